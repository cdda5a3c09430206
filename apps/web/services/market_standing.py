"""The demo market's policy programme: types of violation, words for decisions, and what its sellers did.

Types and words are kept as pages are: a second run touches only what the file says differently since
(`SeededPage`). What sellers did goes through the services that the marketplace, sellers and the policy team use,
every act at its own instant of the past. A seller of whom something of the file is there already stays as they are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Min

from apps.accounts.enums import Region
from apps.accounts.models import MachineAccount, Seller, User
from apps.accounts.rules import LANGUAGES
from apps.accounts.services.machines import register_machine
from apps.compliance.enums import AppealState, EnforcementState, Source
from apps.compliance.models import (
    Appeal,
    Enforcement,
    ReasonTemplate,
    Report,
    Violation,
    ViolationType,
    ViolationTypeText,
)
from apps.compliance.queries.programmes import programme_row
from apps.compliance.services.appeals import decide_appeal, make_appeal
from apps.compliance.services.attempts import start_quiz, submit_quiz
from apps.compliance.services.expiry import end_of_seller, expire_of_seller
from apps.compliance.services.intake import revoke_report, take_batch
from apps.learning.services.assignments import fulfil_assignments
from apps.notifications.enums import Kind as LetterKind
from apps.quizzes.models import Bank
from apps.web.models import SeededPage
from apps.web.services.market_pages import Market
from apps.web.services.market_people import answers_to, on_the_site_only
from apps.web.services.market_questions import digest_of, remember

MARKETPLACE = "Lantern Market"
QUIZ_AFTER, QUIZ_TAKES, APPEAL_AFTER = timedelta(minutes=35), timedelta(minutes=6), timedelta(minutes=50)
DECIDED = time(10, 20)
Act = tuple[datetime, Callable[[datetime], object]]


@dataclass(frozen=True)
class Stage:
    """What the file says, the instant up to which it is played, and who acts beside the sellers."""

    market: Market
    text: dict[str, Any]
    at: datetime
    machine: MachineAccount
    policy_team: User


def standing_of(market: Market | Path) -> dict[str, Any]:
    """What the file says."""
    folder = market if isinstance(market, Path) else market.folder
    return Market(folder).read(folder / "standing.yaml")


def load_standing(market: Market, at: datetime, tick: Callable[[str], None]) -> None:
    """Load types and words, and play what is missing up to the instant `at`; `tick` is told each seller's code."""
    text = standing_of(market)
    load_programme(market, text)
    stage = Stage(market, text, at, load_machine(at), User.objects.get(email="policy@lantern.example"))
    for told in text["sellers"]:
        seller = seller_of(told)
        if seller is not None:
            play_seller(stage, seller, told["violations"])
        tick(str(seller or told))
    for told in text["strangers"]:
        report_stranger(stage, told)


def load_machine(at: datetime) -> MachineAccount:
    """The marketplace's account, without a token: whoever tries the API makes one."""
    known = MachineAccount.objects.filter(name=MARKETPLACE).first()
    note = "Sends violations in and asks where sellers stand."
    return known or register_machine(name=MARKETPLACE, note=note, is_active=True, at=at, by=None)


# --- Types and words ------------------------------------------------------------------------------------------------


@transaction.atomic
def load_programme(market: Market, text: dict[str, Any]) -> None:
    """The types of violation, and the words with which appeals are decided."""
    known = {row.ref: row.digest for row in SeededPage.objects.filter(ref__startswith="standing/")}
    for told in text["types"]:
        put(f"standing/types/{told['code']}", told, known, partial(put_type, market, told))
    for verdict in (AppealState.UPHELD, AppealState.REJECTED):
        for name, words in text["reasons"][verdict].items():
            put(f"standing/reasons/{name}", words, known, partial(put_reason, verdict, name, words))


def put(ref: str, told: dict[str, Any], known: dict[str, str], write: Callable[[bool], None]) -> None:
    """Have it written as the file says, unless it says what it said at the last run."""
    digest = digest_of(told)
    if known.get(ref) != digest:
        write(ref not in known)
        remember(ref, "en", uuid5(NAMESPACE_URL, ref), digest)


def put_type(market: Market, told: dict[str, Any], is_first: bool) -> None:
    """A type with its names. One that staff have made, or deleted since, stays as they left it."""
    kind = ViolationType.objects.filter(code=told["code"]).first()
    if is_first != (kind is None):
        return
    kind = kind or ViolationType(code=told["code"])
    policy, lesson = market.page(told["cites"]["page"], "en"), market.page(told["lesson"], "en")
    kind.severity, kind.points, kind.channels = told["severity"], told["points"], told["channels"]
    kind.policy_page_id, kind.section = policy.pk if policy else None, told["cites"]["section"]
    kind.lesson_page_id = lesson.pk if lesson else None
    kind.bank = Bank.objects.get(code=told["bank"]) if told["bank"] else None
    kind.save()
    for language, title in told["title"].items():
        facts = {"title": title, "description": told["description"][language]}
        ViolationTypeText.objects.update_or_create(type=kind, language=language, defaults=facts)


def put_reason(verdict: str, name: str, words: dict[str, str], is_first: bool) -> None:
    """Words for a decision, in each language; both bear the same title. What staff deleted stays away."""
    title = name.replace("-", " ").capitalize()
    for language, text in words.items():
        facts = {"verdict": verdict, "text": text}
        same = ReasonTemplate.objects.filter(title=title, language=language)
        if is_first and not same.exists():
            ReasonTemplate.objects.create(title=title, language=language, **facts)
        elif not is_first:
            same.update(**facts)


# --- What sellers did -----------------------------------------------------------------------------------------------


def seller_of(told: dict[str, Any]) -> Seller | None:
    """The seller whom the file names, by code or as one of the 200; None where nobody stands for them any more."""
    named = (
        {"code": told["code"]} if "code" in told else {"person__email": f"seller{told['number']:03d}@lantern.example"}
    )
    return Seller.objects.filter(person__isnull=False, **named).select_related("person").first()


@transaction.atomic
def play_seller(stage: Stage, seller: Seller, violations: list[dict[str, Any]]) -> None:
    """All that one seller did and what came of it, in the order of time."""
    cases = [Case(stage, seller.code, seller.region, number, told) for number, told in enumerate(violations, start=1)]
    ids = [case.external_id for case in cases]
    if seller.person is None or Report.objects.filter(source=Source.MARKETPLACE, external_id__in=ids).exists():
        return
    with on_the_site_only(seller.person, (LetterKind.STANDING, LetterKind.LEARNING)):
        acts = [act for case in cases for act in acts_of(case, seller.person)]
        for at, act in sorted(acts, key=lambda each: each[0]):
            let_time_pass(seller, at)
            act(at)
        let_time_pass(seller, stage.at)
    note_done_lessons(seller.person)


def report_stranger(stage: Stage, told: dict[str, Any]) -> None:
    """What the marketplace reports of a seller for whom nobody stands here: it waits."""
    for number, violation in enumerate(told["violations"], start=1):
        case = Case(stage, told["code"], told["region"], number, violation)
        if not Report.objects.filter(source=Source.MARKETPLACE, external_id=case.external_id).exists():
            case.report(case.issued_at.astimezone(UTC))


@dataclass(frozen=True)
class Case:
    """One violation of the file: whose it is, the how manieth of this seller, and what is told of it."""

    stage: Stage
    code: str
    region: str
    number: int
    told: dict[str, Any]

    @property
    def external_id(self) -> str:
        """The marketplace's own id."""
        return f"lm-{self.code.lower()}-{self.number}"

    @property
    def language(self) -> str:
        """In which everybody writes: that of the seller's region."""
        return LANGUAGES[Region(self.region)]

    @property
    def day(self) -> date:
        """The day of issue on the calendar of the programme's zone."""
        return self.stage.at.astimezone(self.zone).date() - timedelta(days=self.told["days_ago"])

    @cached_property
    def zone(self) -> ZoneInfo:
        """Whose clock it is."""
        return ZoneInfo(programme_row(self.region, self.stage.at).value.zone)

    @property
    def issued_at(self) -> datetime:
        """The instant of issue, on the programme's clock; at some minute of the hour."""
        minute = sum(map(ord, self.external_id)) % 60
        return datetime.combine(self.day, time(self.told["hour"], minute), self.zone)

    def later(self, days: int, after: timedelta) -> datetime:
        """So many days after the issue, and a little."""
        return (self.issued_at + timedelta(days=days) + after).astimezone(UTC)

    def in_office(self, days: int) -> datetime:
        """In the morning, so many days after the day of issue."""
        return datetime.combine(self.day + timedelta(days=days), DECIDED, self.zone).astimezone(UTC)

    @property
    def violation(self) -> Violation:
        """Its row, as it is now."""
        rows = Violation.objects.select_related("seller__person", "type__bank")
        return rows.get(report__source=Source.MARKETPLACE, report__external_id=self.external_id)

    def report(self, at: datetime) -> None:
        """The marketplace sends it in."""
        incident = self.stage.text["incidents"][self.told["incident"]]
        content = incident["content"] | {"title": incident["content"]["title"][self.language]}
        item = {
            "external_id": self.external_id,
            "seller_code": self.code,
            "type": incident["type"],
            "channel": incident["channel"],
            "issued_at": self.issued_at.isoformat(),
            "message": incident["message"][self.language],
            "content": content | {"url": content["url"].format(code=self.code.lower())},
        }
        take_batch(items=[item], source=Source.MARKETPLACE, at=at, by=self.stage.machine)

    def take_quiz(self, person: User, right: int, at: datetime) -> None:
        """The seller takes the quiz, and answers so many questions right."""
        attempt = start_quiz(violation=self.violation, person=person, at=at)
        submit_quiz(attempt=attempt, answers=answers_to(attempt, attempt.total - right), at=at + QUIZ_TAKES)

    def appeal(self, name: str, at: datetime) -> None:
        """The seller objects, with the file that belongs to these words."""
        files = [
            SimpleUploadedFile(file.name, file.read_bytes())
            for file in sorted(self.stage.market.folder.glob(f"media/appeals/{name}.*"))
        ]
        make_appeal(violation=self.violation, text=self.stage.text["appeals"][name][self.language], files=files, at=at)

    def decide(self, verdict: str, reason: str, at: datetime) -> None:
        """The policy team decides the appeal that waits."""
        appeal = Appeal.objects.get(violation=self.violation, state=AppealState.PENDING)
        words = self.stage.text["reasons"][verdict][reason][self.language]
        by = self.stage.policy_team
        decide_appeal(appeal=appeal, verdict=AppealState(verdict), reason=words, at=at, by=by)

    def revoke(self, reason: str, at: datetime) -> None:
        """The marketplace takes it back."""
        words = self.stage.text["reasons"]["revoked"][reason][self.language]
        revoke_report(
            external_id=self.external_id, source=Source.MARKETPLACE, reason=words, at=at, by=self.stage.machine
        )


def acts_of(case: Case, person: User) -> Iterator[Act]:
    """Everything that happens about a violation, each with its instant."""
    told = case.told
    yield case.issued_at.astimezone(UTC), case.report
    for quiz in told.get("quizzes", []):
        yield case.later(quiz["days_later"], QUIZ_AFTER), partial(case.take_quiz, person, quiz["right"])
    for appeal in told.get("appeals", []):
        yield case.later(appeal["days_later"], APPEAL_AFTER), partial(case.appeal, appeal["text"])
        if "decision" in appeal:
            decide = partial(case.decide, appeal["decision"], appeal["reason"])
            yield case.in_office(appeal["decided_days_later"]), decide
    if "revoked" in told:
        yield case.in_office(told["revoked"]["days_later"]), partial(case.revoke, told["revoked"]["reason"])


def let_time_pass(seller: Seller, until: datetime) -> None:
    """What the jobs write down of this seller up to an instant: enforcements end, points expire."""
    while due := next_due(seller, until):
        end_of_seller(seller=seller, at=due)
        expire_of_seller(seller=seller, at=due)


def next_due(seller: Seller, until: datetime) -> datetime | None:
    """When the next of these happens, None where nothing does until then."""
    ending = Enforcement.objects.filter(seller=seller, state=EnforcementState.ACTIVE, ends_at__lte=until)
    expiring = Violation.objects.active().filter(seller=seller, expires_at__lte=until)
    dues = [ending.aggregate(at=Min("ends_at"))["at"], expiring.aggregate(at=Min("expires_at"))["at"]]
    return min((due for due in dues if due), default=None)


def note_done_lessons(person: User) -> None:
    """Lessons that a milestone asked for and that the person has done afterwards are done."""
    for asked in person.assignments.filter(fulfilled_at=None, withdrawn_at=None):
        after = person.completions.filter(lesson_key=asked.lesson_key, completed_at__gt=asked.assigned_at)
        if done := after.order_by("completed_at").first():
            fulfil_assignments(person=person, lesson_key=asked.lesson_key, at=done.completed_at)
