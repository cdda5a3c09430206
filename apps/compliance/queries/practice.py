"""What a seller sees of practising the quiz of a type."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import Seller, User
from apps.compliance.models import ViolationType
from apps.compliance.queries.cards import FixCard, cards_of, ready_questions
from apps.compliance.queries.programmes import programme_row
from apps.compliance.queries.quizzes import practices_of
from apps.compliance.queries.types import title_of
from apps.learning.rules import right_needed
from apps.quizzes.models import Attempt

PRACTICES_SHOWN = 5


@dataclass(frozen=True)
class PracticeCard:
    """Practice of one type: how much is asked, what is open, how the last ones went.

    `violation` is the seller's most urgent active violation of the type, which its quiz could put right.
    """

    title: str
    questions: int
    right_needed: int
    is_ready: bool
    begun: Attempt | None
    last: Sequence[Attempt]
    violation: FixCard | None


def practice_card(kind: ViolationType, seller: Seller, person: User, at: datetime) -> PracticeCard:
    """What the page of practice shows."""
    programme = programme_row(seller.region, at).value
    practices = practices_of(person, kind)
    of_type = (card for card in cards_of(seller, programme, person.language, at) if card.violation.type_id == kind.pk)
    return PracticeCard(
        title=title_of(kind, person.language),
        questions=programme.questions_per_attempt,
        right_needed=right_needed(programme.questions_per_attempt, programme.pass_mark),
        is_ready=ready_questions([kind]).get(kind.bank_id or 0, 0) >= programme.questions_per_attempt,
        begun=practices.open().first(),
        last=list(practices.submitted()[:PRACTICES_SHOWN]),
        violation=next(of_type, None),
    )
