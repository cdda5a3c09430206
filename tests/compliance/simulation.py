"""One seller's ledger in memory: what the services will do with the rules, without a database.

Every act either changes something or is refused by the rules; what it leads to is kept, so that tests can look back.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from apps.compliance.enums import AppealState, ViolationState
from apps.compliance.rules import appeals, attempts, ledger, milestones, replays
from apps.compliance.rules.attempts import Case, Credit, Record
from apps.compliance.rules.caps import Use
from apps.compliance.rules.dates import Window, expiry_of, quiz_window
from apps.compliance.rules.ledger import Entry, Holding
from apps.compliance.rules.milestones import Enforcement, Reached, Standing
from apps.compliance.rules.programme import Programme, Version, version_in_force


@dataclass
class SimulatedViolation:
    """A violation as its row would be, with what was pinned at its issue."""

    reference: str
    quiz: str
    window: Window
    expires_at: datetime | None
    points_per_pass: int
    appeal_closes_at: datetime
    state: ViolationState = ViolationState.ACTIVE
    remaining: int = 0
    appeals: list[AppealState] = field(default_factory=list)

    @property
    def holding(self) -> Holding:
        return Holding(self.reference, self.state, self.remaining, self.expires_at)

    @property
    def case(self) -> Case:
        pending = AppealState.PENDING in self.appeals
        return Case(self.holding, self.quiz, self.window, self.points_per_pass, pending)


@dataclass
class SimulatedAttempt:
    """An attempt as engine and stakes keep it together."""

    reference: str
    violation: SimulatedViolation
    started_at: datetime
    deadline_at: datetime
    state: str = "open"
    submitted_at: datetime | None = None
    credit: Credit | None = None


class SimulatedSeller:
    """A seller under a programme that may get new versions; time only moves on."""

    def __init__(self, programme: Programme, now: datetime) -> None:
        self.now = now
        self.versions = [Version(1, now - timedelta(days=1000), programme)]
        self.entries: list[Entry] = []
        self.violations: list[SimulatedViolation] = []
        self.attempts: list[SimulatedAttempt] = []
        self.standing = Standing()
        self.endings: list[replays.StaffEnding] = []
        self.reached: list[tuple[datetime, Reached]] = []

    @property
    def programme(self) -> Programme:
        return self.programme_at(self.now)

    def programme_at(self, at: datetime) -> Programme:
        return version_in_force(self.versions, at).programme

    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes, microseconds=1)

    def change_programme(self, programme: Programme) -> None:
        """A new version takes effect now; nothing that is there moves."""
        self.versions.append(Version(len(self.versions) + 1, self.now, programme))

    # --- Acts ---------------------------------------------------------------------------------------------

    def issue(self, points: int, quiz: str = "V01", *, days_ago: int = 0) -> SimulatedViolation:
        """A violation that reaches us so many days late."""
        issued_at = self.now - timedelta(days=days_ago)
        then = self.programme_at(issued_at)
        violation = SimulatedViolation(
            reference=f"V-{len(self.violations) + 1}",
            quiz=quiz,
            window=quiz_window(issued_at, then.zone),
            expires_at=expiry_of(issued_at, then.expiry_days, then.zone),
            points_per_pass=then.points_per_pass,
            appeal_closes_at=appeals.appeal_closes_at(issued_at, then.appeal_days, then.zone),
        )
        self.violations.append(violation)
        dates = {"issued_at": issued_at, "expires_at": violation.expires_at}
        self._record(violation, *ledger.arrival(violation.reference, points, **dates, recorded_at=self.now))
        return violation

    def start(self, violation: SimulatedViolation) -> SimulatedAttempt:
        """A new attempt, or the one of this quiz that is open already."""
        self._lapse()
        for attempt in self.attempts:
            if attempt.state == "open" and attempt.violation.quiz == violation.quiz:
                return attempt
        attempts.check_start(violation.case, self.programme, self.record.tries, at=self.now)
        deadline_at = attempts.deadline_of(self.now, violation.window)
        attempt = SimulatedAttempt(f"A-{len(self.attempts) + 1}", violation, self.now, deadline_at)
        self.attempts.append(attempt)
        return attempt

    def submit(self, attempt: SimulatedAttempt, *, passes: bool) -> Credit | None:
        """What a pass took; submitted again it is the first result again, late it is nothing."""
        self._lapse()
        if attempt.state != "open":
            return attempt.credit
        attempt.state, attempt.submitted_at = "passed" if passes else "failed", self.now
        if passes:
            case, credits = attempt.violation.case, self.record.credits
            self._credit(attempt, attempts.credit_of(case, self.programme, credits, at=self.now))
        return attempt.credit

    def void_question(self, failed: list[SimulatedAttempt]) -> None:
        """A faulty question counts as right: these attempts are passed after all, in the order of submission."""
        for attempt in failed:
            if attempt.state == "failed":
                attempt.state = "passed"
                case, credits, then = attempt.violation.case, self.record.credits, attempt.submitted_at
                facts = {"submitted_at": then, "at": self.now}
                self._credit(attempt, attempts.late_credit_of(case, self.programme_at(then), credits, **facts))

    def supersede(self) -> None:
        """A policy changed: open attempts close without counting."""
        self._lapse()
        for attempt in self.attempts:
            if attempt.state == "open":
                attempt.state = "superseded"

    def adjust(self, violation: SimulatedViolation, delta: int) -> None:
        self._record(violation, ledger.adjustment(violation.holding, delta, at=self.now))

    def revoke(self, violation: SimulatedViolation) -> tuple[Enforcement, ...]:
        """What the replay without it lifts."""
        self._record(violation, ledger.revocation(violation.holding, at=self.now))
        violation.appeals = [AppealState.UPHELD if each == AppealState.PENDING else each for each in violation.appeals]
        for attempt in self.attempts:
            if attempt.state == "open" and attempt.violation is violation:
                attempt.state = "superseded"
        revoked = {each.reference for each in self.violations if each.state == ViolationState.REVOKED}
        gone = replays.lifted(self.standing, self.entries, revoked, at=self.now)
        self.standing = replays.lift(self.standing, gone, at=self.now)
        return gone

    def appeal(self, violation: SimulatedViolation) -> None:
        asked = appeals.Appealable(violation.state, violation.appeal_closes_at, violation.appeals)
        appeals.check_appeal(asked, most=self.programme.appeal_max, at=self.now)
        violation.appeals.append(AppealState.PENDING)

    def decide(self, violation: SimulatedViolation, verdict: AppealState) -> None:
        appeals.check_decision(violation.appeals[-1], verdict)
        violation.appeals[-1] = verdict
        if verdict == AppealState.UPHELD:
            self.revoke(violation)

    def run_jobs(self) -> None:
        """What the schedule does: points expire, enforcements end, attempts lapse."""
        self._lapse()
        for violation in self.violations:
            if entry := ledger.expiry(violation.holding, recorded_at=self.now):
                self._record(violation, entry)
        self.standing = milestones.settle(self.standing, at=self.now)

    def end_by_staff(self) -> None:
        """Staff end the first enforcement that has no end."""
        for enforcement in self.standing.enforcements:
            if enforcement.ends_at is None and enforcement.runs_at(self.now):
                ended = milestones.ended_by_staff(enforcement, at=self.now)
                others = (ended if each == enforcement else each for each in self.standing.enforcements)
                self.standing = replace(self.standing, enforcements=tuple(others))
                self.endings.append(replays.StaffEnding(enforcement.points, self.now))
                return

    # --- What follows -------------------------------------------------------------------------------------

    @property
    def record(self) -> Record:
        """Tries and credits so far, those that no longer count among them."""
        credited = [attempt for attempt in self.attempts if attempt.credit and attempt.credit.points]
        return Record(
            tries=[self._use(each, each.started_at) for each in self.attempts],
            credits=[self._use(each, each.submitted_at) for each in credited],
        )

    def history(self) -> replays.History:
        return replays.history_of(self.entries, self.programme_at, endings=self.endings, until=self.now)

    def entries_of(self, violation: SimulatedViolation) -> list[Entry]:
        return [entry for entry in self.entries if entry.violation == violation.reference]

    def _use(self, attempt: SimulatedAttempt, at: datetime) -> Use:
        violation = attempt.violation
        is_revoked = violation.state == ViolationState.REVOKED
        return Use(at, violation.quiz, violation.reference, attempt.state == "superseded", is_revoked)

    def _credit(self, attempt: SimulatedAttempt, credit: Credit) -> None:
        attempt.credit = credit
        if credit.points:
            holding, facts = attempt.violation.holding, {"at": attempt.submitted_at, "recorded_at": self.now}
            entry = ledger.taken_by_quiz(holding, credit.points, attempt=attempt.reference, **facts)
            self._record(attempt.violation, entry)

    def _record(self, violation: SimulatedViolation, *entries: Entry) -> None:
        """One act: entries, the state of the violation, what the new balance brings about."""
        self.entries += entries
        violation.remaining += ledger.balance_of(entries)
        violation.state = ledger.state_after(entries[-1].kind, violation.remaining)
        delta = ledger.balance_of(entries)
        self.standing = milestones.settle(self.standing, at=self.now)
        self.standing, reached = milestones.move(self.standing, delta, self.programme, at=self.now)
        if reached != Reached():
            self.reached.append((self.now, reached))

    def _lapse(self) -> None:
        for attempt in self.attempts:
            if attempt.state == "open" and attempt.deadline_at <= self.now:
                attempt.state = "lapsed"
