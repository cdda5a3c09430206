"""A policy changes materially: its editor sees whom it touches, its learners read what is new, violations keep the old.

And a change whose day is still to come touches nobody before that day.
"""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.models import User
from apps.catalog import rules
from apps.catalog.models import CoursePage, PolicyPage
from apps.catalog.queries.policies import section_at, section_now
from apps.catalog.services.policies import tell_due_changes
from apps.core.clock import now
from apps.learning.models import Completion
from apps.notifications.models import Message
from apps.quizzes.models import Attempt
from tests.factories.catalog import LessonFactory, Market, give_quiz, stream
from tests.factories.policies import tell_learners
from tests.factories.quizzes import BankFactory, QuestionFactory, answers_of
from tests.journeys.editing import blocks, edit_page, rich
from tests.screens import address, go, heading, press, words

CHANGE = "A claim needs its proof before the LIVE, not after it."


@pytest.fixture
def lesson(market: Market) -> str:
    """The address of a lesson that shows section 1.1, in a course whose quiz asks about the policy."""
    body = stream(("policy_excerpt", {"policy": market.policy.pk, "section": "1.1"}))
    page = LessonFactory(parent=market.claims, title="Proof first", slug="c4", body=body)
    give_quiz(market.claims, quiz_questions=3)
    bank = BankFactory(code="claims-policy")
    for number in range(4):
        QuestionFactory(bank=bank, prompt=f"What needs proof, {number}?", cited_page=market.policy, cited_section="1.1")
    course = CoursePage.objects.get(pk=market.claims.pk)
    course.quiz_bank = bank
    course.save_revision().publish()
    return page.url


def sections(first: str) -> dict:
    """The policy's sections as the form sends them, the first with this text."""
    texts = {"1.1": ("Claims", first), "1.2": ("Prices", "<p>Show the whole price.</p>")}
    return blocks(
        *(
            ("section", {"number": number, "title": title, "text": rich(text)})
            for number, (title, text) in texts.items()
        )
    )


def test_a_policy_changes_and_its_learners_catch_up(
    market: Market, lesson: str, approver: Client, person: User, person_client: Client, visitor: Client
) -> None:
    # Ayu finishes the lesson, and begins the quiz of its course.
    press(person_client, person_client.get(market.claims.url), "Enrol and begin")
    press(person_client, person_client.get(lesson), "Mark complete and continue")
    quiz = f"/courses/en/{market.claims.translation_key}/quiz/"
    sheet = press(person_client, person_client.get(quiz), "Take the quiz now")

    # The editor reads whom a material change touches, and publishes one; without words it is refused.
    form = approver.get(f"/cms/pages/{market.policy.pk}/edit/").content.decode()
    assert "1 person who finished a lesson on it" in form
    assert "1 quiz under way, which is closed without counting" in form
    policy = PolicyPage.objects.get(pk=market.policy.pk)
    new = {"sections": sections("<p>Prove every claim before you go live.</p>"), "change_kind": "material"}
    assert "Say what changed" in edit_page(approver, policy, action_publish="1", **new).content.decode()
    published_at = now()
    done = edit_page(approver, policy, action_publish="1", what_changed=CHANGE, **new)
    assert done.status_code == 302

    # Her quiz is closed, and says why; a letter leads to what changed.
    closed = press(person_client, sheet, "Look over my answers", **answers_of(Attempt.objects.get()))
    assert closed.status_code == 409
    assert "A policy that this quiz asks about has changed." in words(closed)
    assert tell_learners(now()) == {"told": 1}
    letter = Message.objects.get(person=person, subject="Changed since you learned it: Claims policy")
    assert CHANGE in letter.text and "closed without counting" in letter.text
    board = person_client.get("/dashboard/")
    page = go(person_client, board, "Claims policy")
    assert address(page) == letter.link
    assert heading(page) == "What changed since you learned this"
    assert "Taken out:" in words(page) and "before you go live." in words(page)

    # She answers three questions, one of them wrongly, and nothing is taken back.
    check = press(person_client, page, "Begin the re-check")
    answers = answers_of(Attempt.objects.open().get(), wrong=(1,))
    result = press(person_client, check, "See the answers", **answers)
    assert heading(result) == "2 of 3 right"
    assert CHANGE not in words(person_client.get("/dashboard/"))
    assert Completion.objects.filter(person=person).count() == 1

    # What she was judged by is kept, and what is so now is known.
    key = market.policy.translation_key
    then, today = section_at(key, "1.1", "en", published_at), section_now(key, "1.1", "en")
    assert then is not None and then.html == "<p>Say what you can prove.</p>"
    assert today is not None and "Prove every claim before you go live." in today.html

    # The next draft is wording only, until somebody says otherwise.
    assert edit_page(approver, policy, title="Claims", action_publish="1").status_code == 302
    assert tell_learners(now()) == {"told": 0}
    assert Message.objects.filter(person=person, subject__startswith="Changed since").count() == 1
    assert visitor.get(letter.link).status_code == 302


def test_a_change_of_next_month_acts_next_month(
    market: Market, lesson: str, approver: Client, person_client: Client
) -> None:
    press(person_client, person_client.get(market.claims.url), "Enrol and begin")
    press(person_client, person_client.get(lesson), "Mark complete and continue")
    day = now().date() + timedelta(days=30)
    policy = PolicyPage.objects.get(pk=market.policy.pk)
    new = {"sections": sections("<p>Prove every claim.</p>"), "change_kind": "material", "what_changed": CHANGE}
    assert edit_page(approver, policy, action_publish="1", effective_on=day.isoformat(), **new).status_code == 302

    assert tell_due_changes(at=now()) == {"told": 0}
    assert CHANGE not in words(person_client.get("/dashboard/"))
    assert "1.1" in words(person_client.get(policy.url)), "the new text can be read before its day"

    begins = rules.day_begins(day, settings.MARKET_ZONE)
    assert tell_due_changes(at=begins) == {"told": 1}
    assert tell_learners(begins) == {"told": 1}
    page = go(person_client, person_client.get("/dashboard/"), "Claims policy")
    assert "Prove every claim." in words(page)
