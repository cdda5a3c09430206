"""The demo market's people: those to sign in as, and 200 sellers with believable progress.

Everything goes through the services that people use, with instants in the past, so that the records look as if
the market had been learning since spring. The same seed gives the same people.
"""

import random
from collections.abc import Callable
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
from apps.learning.services import complete_lesson, enrol, keep_place

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
    SignIn("alice@lantern.example", "Alice Carter", "affiliate seller in the United States, half-way"),
    SignIn("bayu@lantern.example", "Bayu Pratama", "self-selling seller in Indonesia, new"),
    SignIn("editor@lantern.example", "Edda Lindqvist", "content editor", Role.EDITOR),
    SignIn("approver@lantern.example", "Amir Rahman", "content approver", Role.APPROVER),
    SignIn("policy@lantern.example", "Paula Moreno", "policy team", Role.POLICY),
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
    User.objects.filter(pk=person.pk).update(language=LANGUAGES[region], zone=ZONES[region])
    choose_route(person=person, route=route)
    seller = register_seller(code=code, shop_name=shop_name, region=region, by=None)
    link_seller(seller=seller, person=User.objects.get(pk=person.pk), at=at, by=None)
    return User.objects.get(pk=person.pk)


def course_of(slug: str) -> Reading:
    """An English course of the market by its slug."""
    return Reading.objects.get(path=f"en/courses/{slug}/")


def learn(person: User, course: Reading, lessons: int, start: datetime, gap: timedelta) -> None:
    """Enrol, and complete the first `lessons` lessons, one every `gap`."""
    enrol(person=person, course=course, at=start)
    for number, lesson in enumerate(Reading.objects.of_course(course).select_related("parent")[:lessons], start=1):
        complete_lesson(person=person, lesson=lesson, at=start + number * gap)


@transaction.atomic
def load_alice(at: datetime) -> None:
    """Alice, affiliate, half-way: one course finished, one in the middle, one just begun."""
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
    learn(alice, course_of("first-steps-in-seller-center"), 4, at - timedelta(days=41), gap)
    learn(alice, course_of("claims-you-can-stand-behind"), 1, at - timedelta(days=9), gap)
    plans = course_of("promotion-plans-and-commission")
    learn(alice, plans, 2, at - timedelta(days=2), gap)
    third = Reading.objects.of_course(plans).select_related("parent", "page")[2]
    block = third.page.specific.body[4].id
    keep_place(person=alice, lesson=third, block=block, at=at - timedelta(days=1))


def load_bayu(at: datetime) -> None:
    """Bayu, self-selling, in Indonesia, new: nothing begun."""
    load_linked(
        "bayu@lantern.example", "BAYU-01", "Toko Pratama", Region.INDONESIA, Route.SELF_SELLING, at - timedelta(days=2)
    )


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
    email, code = f"seller{number:03d}@lantern.example", f"{last[:6].upper()}-{number:03d}"
    if User.objects.filter(email=email).exists():
        return email
    person = User.objects.create_user(email, name=f"{first} {last}")
    User.objects.filter(pk=person.pk).update(date_joined=joined)
    confirm_email(person=person)
    person = load_linked(email, code, shop, region, route, joined) or person
    for course, zeal, delay, minutes in plans:
        total = Reading.objects.of_course(course).count()
        lessons = total if zeal > 0.55 else int(zeal * 1.8 * total)
        learn(person, course, lessons, joined + (at - joined) * delay, timedelta(minutes=minutes))
    return email
