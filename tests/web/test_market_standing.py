"""What the demo market comes to once it is loaded: its pages and questions, and where its sellers stand.

Loading costs more than all that is looked at afterwards, so one test loads and hands on what it finds.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from apps.accounts.models import MachineAccount, MachineToken, Seller, User
from apps.catalog.models import Reading
from apps.catalog.queries.quizzes import quizzes_of
from apps.compliance.enums import AppealState, EnforcementState, RepeatLevel, ViolationState
from apps.compliance.models import (
    Appeal,
    AppealFile,
    Enforcement,
    MilestoneRecord,
    PointEntry,
    QuizStake,
    ReasonTemplate,
    RepeatFlag,
    Report,
    Standing,
    Violation,
    ViolationType,
    ViolationTypeText,
)
from apps.compliance.services.books import check_books
from apps.learning.services import enrol
from apps.notifications.enums import Channel, Kind, MessageState
from apps.notifications.models import Message, Preference
from apps.quizzes.models import Question, QuestionVersion
from apps.web.models import SeededPage
from apps.web.services import market_people
from apps.web.services.market_bulk_standing import load_large_standing
from apps.web.services.market_pages import Market, count_pages, load_pages
from apps.web.services.market_people import SELLERS, SIGN_INS, load_alices_own, load_people, seller_email
from apps.web.services.market_questions import load_questions
from apps.web.services.market_standing import load_standing
from tests.screens import delivered
from tests.web.test_market import MARKET, course_banks, questions
from tests.web.test_market_programme import STANDING, TYPES, is_revoked, passes, violations


def nobody(_done: str) -> None:
    """Is told of what is loaded."""


def only_enrol(person: User, course: Reading, _lessons: int, start: datetime, *_rest: Any, **_facts: Any) -> None:
    """What the sellers learn is tried elsewhere, and takes long."""
    enrol(person=person, course=course, at=start)


def load_sellers_of_the_file(at: datetime) -> None:
    """Those to sign in as, and of the 200 those whom the file names; the others are there already, as persons only."""
    named = {each["number"] for each in STANDING["sellers"] if "number" in each}
    User.objects.bulk_create(
        User(email=seller_email(number)) for number in range(1, SELLERS + 1) if number not in named
    )
    load_people(at, nobody)


@pytest.mark.django_db
def test_the_whole_market_can_be_loaded(client: Client, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishing refuses unfinished blocks and questions, the market's as anybody's."""
    monkeypatch.setattr(market_people, "learn", only_enrol)
    monkeypatch.setattr(market_people, "load_own", lambda *_facts: None)
    market = load_pages(MARKET, nobody)
    for _run in range(2):
        load_questions(market, nobody)
    see_pages_and_questions(client)
    load_sellers_of_the_file(at)
    load_standing(market, at, nobody)
    load_alices_own(at)
    see_types_and_words()
    see_alice_and_bayu()
    see_violations(at)
    see_what_they_led_to()
    see_letters()
    see_a_second_run(market, at)
    see_many_more(at)


def see_pages_and_questions(client: Client) -> None:
    """All is published, once."""
    assert {version.number for version in QuestionVersion.objects.all()} == {1}
    assert QuestionVersion.objects.ready().filter(language="en").count() == len(questions())
    keys = Reading.objects.filter(kind="course").values_list("key", flat=True)
    assert {quiz.bank for quiz in quizzes_of(keys).values()} == course_banks()
    tagged = Question.objects.filter(tagged_items__tag__name="V02")
    assert {question.bank.code for question in tagged} == {"policy-v02"}
    homes_and_sections = 2 + 6
    assert Reading.objects.count() == count_pages(MARKET) + homes_and_sections
    assert client.get("/id/courses/first-steps-in-seller-center/").status_code == 200


def see_types_and_words() -> None:
    """Every type names its policy, its lesson and its bank, in two languages; every word for a decision is there."""
    for kind in ViolationType.objects.select_related("policy_page", "lesson_page", "bank"):
        told = TYPES[kind.code]
        assert (kind.points, kind.section, kind.channels) == (
            told["points"],
            told["cites"]["section"],
            told["channels"],
        )
        assert f"policies/{kind.policy_page.slug}" == told["cites"]["page"]
        assert told["lesson"].endswith(f"/{kind.lesson_page.slug}")
        assert (kind.bank.code if kind.bank else None) == told["bank"]
    titles = set(ViolationTypeText.objects.values_list("type__code", "language", "title"))
    assert titles == {
        (code, language, title) for code, told in TYPES.items() for language, title in told["title"].items()
    }
    texts = Counter(ReasonTemplate.objects.values_list("verdict", "language"))
    assert texts == {(verdict, language): 5 for verdict in ("upheld", "rejected") for language in ("en", "id")}


def see_alice_and_bayu() -> None:
    """The sign-ins are what the demo says of them."""
    alice = Seller.objects.get(code="ALICE-01")
    assert (alice.standing.balance, alice.violations.count()) == (9, 3)
    assert list(alice.stakes.filter(points__isnull=False).values_list("points", flat=True)) == [1]
    asked = dict(alice.person.assignments.values_list("lesson_title", "assigned_by__email"))
    policy_team = "policy@lantern.example"
    assert asked == {
        "Effects without exaggeration": policy_team,
        "Label what is paid": policy_team,
        "Messages and help": None,
    }
    bayu = Seller.objects.get(code="BAYU-01")
    assert (bayu.standing.balance, bayu.violations.count()) == (0, 0)
    assert "9 points" in SIGN_INS[0].about
    assert "no violations" in SIGN_INS[1].about


def see_violations(at: datetime) -> None:
    """As many, and with as much done about them, as the file tells; none from before its seller joined."""
    told = [violation for _seller, violation, _kind in violations()]
    assert Violation.objects.count() == len(told)
    assert Violation.objects.filter(state=ViolationState.REVOKED).count() == sum(map(is_revoked, told))
    assert Violation.objects.filter(state=ViolationState.EXPIRED).exists()
    assert not Violation.objects.active().filter(expires_at__lte=at).exists()
    assert QuizStake.objects.count() == sum(len(each.get("quizzes", [])) for each in told)
    assert QuizStake.objects.filter(points=1).count() == sum(len(passes(each)) for each in told)
    assert Appeal.objects.filter(state=AppealState.PENDING).count() == sum(
        "decision" not in appeal for each in told for appeal in each.get("appeals", [])
    )
    with_file = {file.stem for file in (MARKET / "media" / "appeals").iterdir()}
    assert AppealFile.objects.count() == sum(
        appeal["text"] in with_file for each in told for appeal in each.get("appeals", [])
    )
    assert not Violation.objects.filter(issued_at__lt=F("seller__standing__began_at")).exists()
    assert not Violation.objects.exclude(recorded_at=F("issued_at")).exists()
    waiting = [each["code"] for each in STANDING["strangers"] for _violation in each["violations"]]
    assert sorted(Report.objects.filter(violation=None).values_list("seller_code", flat=True)) == sorted(waiting)


def see_what_they_led_to() -> None:
    """Milestones and enforcements of each kind, sellers who repeat themselves, and books that are right."""
    states = Enforcement.objects.values_list("points", "state")
    expected = [(points, state) for points in (12, 24) for state in (EnforcementState.ACTIVE, EnforcementState.ENDED)]
    assert Counter(states) == Counter([*expected, (24, EnforcementState.LIFTED)])
    assert set(RepeatFlag.objects.values_list("level", flat=True)) == {RepeatLevel.WARNED, RepeatLevel.FLAGGED}
    assert not RepeatFlag.objects.filter(level=RepeatLevel.FLAGGED, seen_at__isnull=False).exists()
    assert MachineAccount.objects.get().name == "Lantern Market"
    assert not MachineToken.objects.exists()


def see_letters() -> None:
    """They stand on the site; what comes later goes by e-mail too."""
    letters = Message.objects.filter(kind=Kind.STANDING)
    assert letters.filter(person__email="alice@lantern.example").count() >= 4
    assert set(letters.values_list("state", flat=True)) == {MessageState.NONE}
    assert delivered() == []
    assert set(Preference.objects.values_list("channel", flat=True)) == {Channel.BOTH}


def rows() -> Iterator[Any]:
    """What a second run might change."""
    for model in (PointEntry, Violation, Report, QuizStake, Appeal, MilestoneRecord, Enforcement, RepeatFlag, Standing):
        yield list(model.objects.order_by("pk").values())
    for model in (Message, ViolationType, ViolationTypeText, ReasonTemplate, SeededPage, MachineAccount):
        yield list(model.objects.order_by("pk").values())


def see_a_second_run(market: Market, at: datetime) -> None:
    """A day later nothing changes, nor does what staff have changed; what the file says differently is taken over."""
    ViolationType.objects.filter(code="V01").update(points=3)
    ReasonTemplate.objects.filter(title="Proof found").delete()
    before = list(rows())
    load_standing(market, at + timedelta(days=1), nobody)
    assert list(rows()) == before
    SeededPage.objects.filter(ref__in=["standing/types/V01", "standing/reasons/proof-found"]).update(digest="another")
    load_standing(market, at + timedelta(days=1), nobody)
    assert ViolationType.objects.get(code="V01").points == 2
    assert not ReasonTemplate.objects.filter(title="Proof found").exists()


def see_many_more(at: datetime) -> None:
    """The sellers of benchmarks have books that are right, as those of the demo."""
    load_large_standing(60, at)
    load_large_standing(60, at)
    many = Seller.objects.filter(code__startswith="BULK-")
    assert many.count() == 60
    assert Enforcement.objects.filter(seller__in=many).exists()
    assert Violation.objects.filter(seller__in=many, state=ViolationState.EXPIRED).exists()
    assert list(check_books(at=at)) == []
