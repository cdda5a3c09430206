"""The demo market's people: those to sign in as, and 200 sellers with believable progress.

Everything goes through the services that people use, with instants in the past, so that the records look as if
the market had been learning since spring. The same seed gives the same people.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction

from apps.accounts.enums import Region, Role, Route
from apps.accounts.models import Seller, User
from apps.accounts.rules import LANGUAGES, ZONES
from apps.accounts.services import choose_route, confirm_email, link_seller, register_seller
from apps.catalog.enums import Kind
from apps.catalog.models import CoursePage, Reading
from apps.catalog.queries.quizzes import quiz_of
from apps.learning.services import (
    assign_lesson,
    choose_goal,
    complete_lesson,
    enrol,
    keep_place,
    save_lesson,
    say_clarity,
    start_quiz,
    submit_quiz,
)
from apps.notifications.enums import Channel
from apps.notifications.enums import Kind as LetterKind
from apps.notifications.services.letters import post_letter
from apps.notifications.services.preferences import set_preference
from apps.quizzes.models import Attempt
from apps.quizzes.queries.attempts import field_name
from apps.quizzes.rules import places_of
from apps.web.letters import welcome_letter

PASSWORD = "lantern-demo"  # noqa: S105 - printed by `make demo`, never on a real site
SELLERS = 200
SEED = 20_261_121


@dataclass(frozen=True)
class SignIn:
    """A person to sign in as, and what the demo says of them."""

    email: str
    name: str
    about: str
    role: Role | None = None


SIGN_INS = [
    SignIn("alice@lantern.example", "Alice Carter", "affiliate seller in the United States, half-way, 9 points"),
    SignIn("bayu@lantern.example", "Bayu Pratama", "self-selling seller in Indonesia, new, no violations"),
    SignIn("editor@lantern.example", "Edda Lindqvist", "content editor", Role.EDITOR),
    SignIn("approver@lantern.example", "Amir Rahman", "content approver", Role.APPROVER),
    SignIn("policy@lantern.example", "Paula Moreno", "policy team: violations, appeals, the programme", Role.POLICY),
    SignIn("events@lantern.example", "Eko Santoso", "event manager", Role.EVENT_MANAGER),
    SignIn("door@lantern.example", "Dora Bell", "event staff", Role.EVENT_STAFF),
    SignIn("ops@lantern.example", "Oscar Nilsen", "operator", Role.OPERATOR),
]

FIRST = {
    Region.INDONESIA: """
        Adi Agus Ayu Bagus Bima Citra Dewi Dian Eka Fajar Fitri Gilang Hana Indra Intan Joko Kartika Lestari Made
        Maya Nadia Novi Nur Putri Rani Ratna Reza Rizky Sari Sinta Siti Tari Tono Wahyu Wulan Yudi
    """.split(),
    Region.UNITED_STATES: """
        Aaliyah Aiden Amara Ben Carlos Chloe Dana Diego Elena Ethan Grace Hannah Isaac Jada Jamal Kayla Liam Lucia
        Marcus Maya Mei Nina Noah Olivia Omar Priya Quinn Rosa Sam Sofia Theo Tyler Uma Victor Zoe
    """.split(),
}
LAST = {
    Region.INDONESIA: """
        Anggraini Gunawan Halim Handayani Hidayat Kurniawan Kusuma Lubis Maharani Nasution Nugroho Permata Pratiwi
        Purnomo Rahayu Saputra Setiawan Siregar Susanto Utami Wibowo Wijaya
    """.split(),
    Region.UNITED_STATES: """
        Adams Bennett Brooks Chen Cruz Diaz Edwards Flores Foster Garcia Hayes Jackson Kim Lee Lopez Martin Nguyen
        Ortiz Patel Reed Rivera Shah Stewart Torres Walker Young
    """.split(),
}
SHOPS = "Atelier Corner Craft Goods Home Kitchen Living Market Outfit Studio Supply Toko Warung Workshop".split()


def load_people(at: datetime, tick: Callable[[str], None]) -> None:
    """Make everyone who is missing, up to the instant `at`; who is there already stays as they are."""
    for sign_in in SIGN_INS:
        load_sign_in(sign_in)
    load_alice(at)
    load_bayu(at)
    load_sellers(at, tick)


def load_sellers(at: datetime, tick: Callable[[str], None]) -> None:
    """The 200; `tick` is told the address of each."""
    chance = random.Random(SEED)  # noqa: S311 - a demo's dice
    courses = list(Reading.objects.filter(kind=Kind.COURSE, language="en").order_by("page__path"))
    routes = dict(CoursePage.objects.values_list("reading__key", "for_route"))
    for number in range(1, SELLERS + 1):
        suited = {route: [each for each in courses if routes[each.key] in (route, Route.BOTH)] for route in Route}
        suited[Route.BOTH] = courses
        tick(load_seller(number, chance, suited, at))


def load_sign_in(sign_in: SignIn) -> User:
    """One of the people to sign in as, with their role."""
    person = User.objects.filter(email=sign_in.email).first()
    if person is None:
        person = User.objects.create_user(sign_in.email, PASSWORD, name=sign_in.name)
    confirm_email(person=person)
    if sign_in.role:
        person.groups.add(Group.objects.get(name=sign_in.role))
    return person


def load_linked(email: str, code: str, shop_name: str, region: Region, route: Route, at: datetime) -> User | None:
    """A seller with this code, linked to the person; None where the link stands already."""
    person = User.objects.get(email=email)
    if Seller.objects.filter(code=code, person=person).exists():
        return None
    # They were here before: whoever signs in for the first time takes over the language of the device.
    User.objects.filter(pk=person.pk).update(language=LANGUAGES[region], zone=ZONES[region], last_login=at)
    choose_route(person=person, route=route)
    seller = register_seller(code=code, shop_name=shop_name, region=region, at=at, by=None)
    link_seller(seller=seller, person=User.objects.get(pk=person.pk), at=at, by=None)
    return User.objects.get(pk=person.pk)


@contextmanager
def on_the_site_only(
    person: User, kinds: Sequence[LetterKind] = (LetterKind.LEARNING, LetterKind.NEWS)
) -> Iterator[None]:
    """What is written to the person meanwhile stands on the site: nobody wants e-mail about last spring."""
    chosen = dict(person.letter_preferences.values_list("kind", "channel"))
    for kind in kinds:
        set_preference(person=person, kind=kind, channel=Channel.SITE)
    yield
    for kind in kinds:
        set_preference(person=person, kind=kind, channel=chosen.get(kind, Channel.BOTH))


def welcome(person: User, at: datetime) -> None:
    """The letter that the market's staff write to new sellers."""
    post_letter(letter=welcome_letter(person), person=person, at=at, dedupe_key="demo:welcome")


def course_of(slug: str) -> Reading:
    """An English course of the market by its slug."""
    return Reading.objects.get(path=f"en/courses/{slug}/")


def learn(
    person: User, course: Reading, lessons: int, start: datetime, gap: timedelta, tries: Sequence[int] = ()
) -> None:
    """Enrol, and complete the first `lessons` lessons, one every `gap`; then try the quiz, one try every half hour.

    `tries` says of each how many answers are wrong.
    """
    enrol(person=person, course=course, at=start)
    for number, lesson in enumerate(Reading.objects.of_course(course).select_related("parent")[:lessons], start=1):
        complete_lesson(person=person, lesson=lesson, at=start + number * gap)
    for number, wrong in enumerate(tries, start=1):
        try_quiz(person, course, wrong, start + lessons * gap + number * timedelta(minutes=30))


def try_quiz(person: User, course: Reading, wrong: int, at: datetime) -> None:
    """One try at the quiz of a course, over in four minutes; so many of the first answers are wrong."""
    attempt = start_quiz(person=person, course=course, at=at)
    submit_quiz(attempt=attempt, answers=answers_to(attempt, wrong), at=at + timedelta(minutes=4))


def answers_to(attempt: Attempt, wrong: int) -> dict[str, list[str]]:
    """What somebody answers who gets so many of the first questions wrong and all others right."""
    answers = {}
    for drawn in attempt.drawn.prefetch_related("version__options").order_by("position"):
        right_ids = {option.pk for option in drawn.version.options.all() if option.is_right}
        places = places_of(drawn.option_order)
        right = [place for place, option in places.items() if option in right_ids]
        others = [place for place, option in places.items() if option not in right_ids]
        answers[field_name(drawn)] = others[:1] if drawn.position <= wrong else right
    return answers


def tries_by(chance: random.Random) -> list[int]:
    """How the quiz goes for one of the 200: most pass at once, some at the second or third try, a few never come."""
    outcomes: list[list[int]] = [[0], [1], [2, 0], [3, 1], [2, 2, 0], [2], []]
    return chance.choices(outcomes, weights=[30, 25, 18, 10, 5, 6, 6])[0]


@transaction.atomic
def load_alice(at: datetime) -> None:
    """Alice, affiliate, half-way: one course finished, one in the middle, one just begun, of one the quiz is left."""
    alice = load_linked(
        "alice@lantern.example",
        "ALICE-01",
        "Carter Kitchen",
        Region.UNITED_STATES,
        Route.AFFILIATE,
        at - timedelta(days=60),
    )
    if alice is None:
        return
    gap = timedelta(minutes=9)
    plans = course_of("promotion-plans-and-commission")
    with on_the_site_only(alice):
        welcome(alice, at - timedelta(days=60))
        learn(alice, course_of("first-steps-in-seller-center"), 4, at - timedelta(days=41), gap, tries=[2, 0])
        learn(alice, course_of("claims-you-can-stand-behind"), 1, at - timedelta(days=9), gap)
        learn(alice, plans, 2, at - timedelta(days=2), gap)
        learn(alice, course_of("labels-music-and-rights"), 3, at - timedelta(hours=3), gap)
    third = Reading.objects.of_course(plans).select_related("parent", "page")[2]
    block = third.page.specific.body[4].id
    keep_place(person=alice, lesson=third, block=block, at=at - timedelta(days=1))


@transaction.atomic
def load_alices_own(at: datetime) -> None:
    """What Alice keeps and plans, and two lessons that she is asked to do, one of them by a day.

    Comes after the market's standing, which has asked her for lessons weeks before.
    """
    alice = User.objects.get(email="alice@lantern.example")
    if alice.assignments.filter(assigned_by__isnull=False).exists():
        return
    policy_team = User.objects.get(email="policy@lantern.example")
    saved = [*lessons_of("first-steps-in-seller-center")[1:2], *lessons_of("points-and-dispatch-2026")[:2]]
    for days, lesson in enumerate(saved, start=3):
        save_lesson(person=alice, lesson=lesson, at=at - timedelta(days=days))
    for lesson in lessons_of("first-steps-in-seller-center")[:3]:
        say_clarity(person=alice, lesson=lesson, is_clear=True, words="", at=at - timedelta(days=40))
    choose_goal(person=alice, lessons=3, at=at - timedelta(days=30))
    with on_the_site_only(alice):
        assign_lesson(
            person=alice,
            lesson_key=lessons_of("claims-you-can-stand-behind")[1].key,
            reason="A video of yours named a benefit without proof. This lesson shows what counts as proof.",
            due_on=(at + timedelta(days=4)).date(),
            at=at - timedelta(days=1),
            by=policy_team,
        )
        assign_lesson(
            person=alice,
            lesson_key=lessons_of("labels-music-and-rights")[0].key,
            reason="Your creators ask which product details belong on the label. Here is what to send them.",
            at=at - timedelta(days=2),
            by=policy_team,
        )


def lessons_of(slug: str) -> list[Reading]:
    """The lessons of an English course by its slug."""
    return list(Reading.objects.of_course(course_of(slug)).select_related("parent"))


@transaction.atomic
def load_bayu(at: datetime) -> None:
    """Bayu, self-selling, in Indonesia, new: nothing begun."""
    joined = at - timedelta(days=2)
    bayu = load_linked("bayu@lantern.example", "BAYU-01", "Toko Pratama", Region.INDONESIA, Route.SELF_SELLING, joined)
    if bayu is not None:
        with on_the_site_only(bayu):
            welcome(bayu, joined)


def seller_email(number: int) -> str:
    """The address of one of the 200."""
    return f"seller{number:03d}@lantern.example"


@transaction.atomic
def load_seller(number: int, chance: random.Random, suited: dict[Route, list[Reading]], at: datetime) -> str:
    """One of the 200: most have begun something, a third finished something, some never came back.

    The dice are thrown whether the seller is there already or not, so that everyone after gets the same ones.
    """
    region = chance.choice(list(Region))
    first, last = chance.choice(FIRST[region]), chance.choice(LAST[region])
    route = chance.choices(list(Route), weights=[4, 5, 2])[0]
    joined = at - timedelta(days=chance.randint(3, 200), minutes=chance.randint(0, 1439))
    begun = chance.sample(suited[route], k=min(len(suited[route]), chance.choice([0, 1, 1, 2, 2, 3, 4])))
    plans = [(course, chance.random(), chance.uniform(0.0, 0.9), chance.randint(6, 25)) for course in begun]
    shop = f"{last} {chance.choice(SHOPS)}"
    email, code = seller_email(number), f"{last[:6].upper()}-{number:03d}"
    if User.objects.filter(email=email).exists():
        return email
    person = User.objects.create_user(email, name=f"{first} {last}")
    User.objects.filter(pk=person.pk).update(date_joined=joined)
    confirm_email(person=person)
    person = load_linked(email, code, shop, region, route, joined) or person
    luck = random.Random(SEED + number)  # noqa: S311 - dice of their own, thrown by nobody else
    with on_the_site_only(person):
        for course, zeal, delay, minutes in plans:
            total = Reading.objects.of_course(course).count()
            lessons = total if zeal > 0.55 else int(zeal * 1.8 * total)
            tries = tries_by(luck) if lessons == total and quiz_of(course) else []
            learn(person, course, lessons, joined + (at - joined) * delay, timedelta(minutes=minutes), tries)
    load_own(person, at)
    return email


SAID = {
    "en": {
        True: ["Short and to the point.", "The pictures helped.", "I used it the same evening."],
        False: [
            "The steps did not match my screen.",
            "An example with real numbers would help.",
            "I did not understand when the time begins to count.",
        ],
    },
    "id": {
        True: ["Singkat dan jelas.", "Gambarnya membantu.", "Langsung saya pakai malam itu."],
        False: [
            "Langkahnya tidak sama dengan layar saya.",
            "Tolong beri contoh dengan angka.",
            "Saya belum paham kapan waktunya mulai dihitung.",
        ],
    },
}


def load_own(person: User, at: datetime) -> None:
    """What a seller keeps, says and plans: every third lesson done has an answer, every fourth seller a goal.

    Dice of their own, by the address, so that those of `load_seller` fall as they always did.
    """
    chance = random.Random(person.email)  # noqa: S311 - a demo's dice
    lessons = {each.key: each for each in Reading.objects.filter(kind=Kind.LESSON, language="en").order_by("path")}
    for done in person.completions.order_by("completed_at", "pk"):
        lesson = lessons[done.lesson_key]
        if chance.random() > 1 / 3:
            continue
        is_clear = chance.random() < 0.6 + sum(map(ord, lesson.title)) % 8 / 20
        words = chance.choice(SAID[person.language][is_clear]) if chance.random() < 0.3 else ""
        say_clarity(person=person, lesson=lesson, is_clear=is_clear, words=words, at=done.completed_at)
    if chance.random() < 0.25:
        choose_goal(person=person, lessons=chance.choice([1, 2, 3, 5]), at=at - timedelta(days=chance.randint(3, 60)))
    for lesson in chance.sample(list(lessons.values()), k=chance.choice([0, 0, 1, 2])):
        save_lesson(person=person, lesson=lesson, at=at - timedelta(days=chance.randint(1, 30)))
