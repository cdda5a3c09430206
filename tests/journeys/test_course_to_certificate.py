"""A new seller signs up, learns a course to its end, and holds a certificate that anyone can check.

Everything is done as without JavaScript: by the links and buttons that the pages offer, with their tokens.
"""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.learning.models import Certificate, Completion, Enrolment
from tests.factories.catalog import CourseFactory, LessonFactory, Market
from tests.screens import address, buttons, code_in_mail, delivered, follow, go, heading, links, press, words

PASSWORD = "pin-it-before-you-speak"


def sign_up(client: Client, *, name: str, email: str) -> None:
    """From the front door to the welcome page, with the code from the mail."""
    home = follow(client, client.get("/"))
    form = go(client, home, "Start learning")
    code_page = press(client, form, "Create the account", name=name, email=email, password1=PASSWORD)
    assert heading(code_page) == "Enter the code"
    assert email in words(code_page)
    assert delivered()[-1].to == [email]
    welcome = press(client, code_page, "Confirm", code=code_in_mail())
    assert address(welcome) == "/welcome/"
    dashboard = press(client, welcome, "Continue", route="affiliate")
    assert heading(dashboard) == f"Hello, {name.split()[0]}"


def test_a_new_seller_earns_a_certificate_and_anyone_can_check_it(market: Market, approver: Client) -> None:
    seller = Client(enforce_csrf_checks=True)
    sign_up(seller, name="Sari Dewi", email="sari@example.com")
    person = User.objects.get(email="sari@example.com")
    assert (person.name, person.language, person.chosen_route) == ("Sari Dewi", "en", "affiliate")

    # The dashboard offers a course that suits; the catalogue, narrowed to her route, leads to it too.
    dashboard = seller.get("/dashboard/")
    assert "A course that suits you Product anchors" in words(dashboard)
    courses = seller.get("/en/courses/?route=affiliate")
    course = go(seller, courses, "Claims")
    assert "0 of 3 done" not in words(course)

    lesson = press(seller, course, "Enrol and begin")
    assert heading(lesson) == "Say what is so"
    assert "Lesson 1 of 3" in words(lesson)
    lesson = press(seller, lesson, "Mark complete and continue")
    assert heading(lesson) == "Prove it"

    # She leaves, and the dashboard leads back to the lesson at hand.
    dashboard = seller.get("/dashboard/")
    assert "Your next lesson Prove it Claims" in words(dashboard)
    assert "1 of 3 done" in words(dashboard)
    lesson = go(seller, dashboard, "Continue")
    assert heading(lesson) == "Prove it"
    lesson = press(seller, lesson, "Mark complete and continue")
    done = press(seller, lesson, "Mark complete and continue")

    assert "You have completed every lesson. Your certificate is ready, and anyone can check it." in words(done)
    certificate = go(seller, done, "See your certificate")
    assert heading(certificate) == "Your certificate is valid"
    kept = Certificate.objects.get(person=person)
    assert (kept.name, kept.course_title) == ("Sari Dewi", "Claims")
    assert Completion.objects.filter(person=person).count() == 3

    # Somebody with the paper in hand types the reference, with dashes and in small letters.
    on_paper = re.search(r"\b\w{5}-\w{5}-\w{5}-\w{5}\b", words(certificate))
    assert on_paper is not None
    assert on_paper[0].replace("-", "") == kept.reference
    anyone = Client(enforce_csrf_checks=True)
    checked = press(anyone, anyone.get("/certificates/"), "Check it", reference=on_paper[0].lower())
    assert heading(checked) == "This certificate is valid"
    assert "Sari Dewi finished the course “Claims”" in words(checked)
    assert "sari@example.com" not in checked.content.decode()

    # An approver withdraws it: not without a reason that the holder can read.
    edit = reverse("certificates:edit", args=[kept.pk])
    refused = approver.post(edit, {"revoke_reason": "no"})
    assert "Give a reason that the holder can understand." in refused.content.decode()
    kept.refresh_from_db()
    assert kept.state == "valid"
    approver.post(edit, {"revoke_reason": "Somebody else took the course."})
    checked = anyone.get(address(checked))
    assert heading(checked) == "This certificate is no longer valid"
    assert "The reason: Somebody else took the course." in words(checked)

    # What she has learnt stays hers.
    holder = seller.get(address(certificate))
    assert heading(holder) == "This certificate is no longer valid"
    assert "Ask about it" in links(holder)
    assert "Withdrawn on" in words(seller.get("/profile/"))
    assert Completion.objects.filter(person=person).count() == 3


def test_a_lesson_that_came_in_later_does_not_take_the_course_back(
    market: Market, person: User, person_client: Client
) -> None:
    course = market.anchors
    page = press(person_client, person_client.get(course.url), "Enrol and begin")
    for _lesson in range(3):
        page = press(person_client, page, "Mark complete and continue")
    assert "Course finished" in words(page)
    finished_at = Enrolment.objects.get().completed_at

    LessonFactory(parent=course, title="On a replay", slug="a4")

    page = person_client.get(course.url)
    assert "You have finished this course. Since then 1 lesson came in; your certificate stays as it is." in words(page)
    assert "1 new lesson since you finished" in words(person_client.get("/dashboard/"))
    new = go(person_client, page, "Continue")
    assert heading(new) == "On a replay"
    page = press(person_client, new, "Mark complete and continue")
    assert address(page) == course.url
    assert "since" not in words(page).lower().split("contents")[0]
    enrolment = Enrolment.objects.get()
    assert enrolment.completed_at == finished_at
    assert Certificate.objects.count() == 1


def test_lessons_may_be_taken_in_any_order(market: Market, person_client: Client) -> None:
    page = press(person_client, person_client.get(market.anchors.url), "Enrol and begin")
    last = go(person_client, person_client.get(market.anchors.url), "After the live")
    page = press(person_client, last, "Mark complete and continue")
    assert "2 lessons are still open." in words(page)
    assert heading(page) == "On a short video"
    page = press(person_client, page, "Mark complete and continue")
    assert heading(page) == "On a live"
    page = press(person_client, page, "Mark complete and continue")
    assert "Course finished" in words(page)


def test_who_reads_without_an_account_keeps_the_lesson_by_signing_up(market: Market) -> None:
    reader = Client(enforce_csrf_checks=True)
    lesson = reader.get(market.anchor_lessons[0].url)
    assert "Mark complete and continue" not in buttons(lesson)
    form = go(reader, lesson, "Create an account")
    code_page = press(reader, form, "Create the account", name="Joko", email="joko@example.com", password1=PASSWORD)
    welcome = press(reader, code_page, "Confirm", code=code_in_mail())
    assert heading(welcome) == "Two ways to sell"
    back = press(reader, welcome, "Continue", route="affiliate")
    assert address(back) == market.anchor_lessons[0].url
    page = press(reader, back, "Enrol and mark complete")
    assert heading(page) == "On a live"
    assert Completion.objects.get().lesson_title == "On a short video"


def test_the_whole_way_in_indonesian(market: Market) -> None:
    seller = Client(enforce_csrf_checks=True, headers={"Accept-Language": "id"})
    home = follow(seller, seller.get("/"))
    assert (address(home), home["Content-Language"]) == ("/id/", "id")
    form = seller.get(reverse("account_signup"))
    assert form["Content-Language"] == "id"
    (button,) = buttons(form)
    code_page = press(seller, form, button, name="Wulan", email="wulan@example.com", password1=PASSWORD)
    press(seller, code_page, buttons(code_page)[0], code=code_in_mail())
    person = User.objects.get(email="wulan@example.com")
    assert person.language == "id"
    course = seller.get("/id/courses/anchors/")
    assert heading(course) == "Jangkar produk"
    lesson = press(seller, course, buttons(course)[0])
    assert (address(lesson), heading(lesson)) == ("/id/courses/anchors/a1/", "Di video pendek")
    assert "Mark complete" not in lesson.content.decode()
    second = press(seller, lesson, buttons(lesson)[-1])
    assert (address(second), second["Content-Language"]) == ("/en/courses/anchors/a2/", "id"), "not translated yet"
    third = press(seller, second, buttons(second)[-1])
    done = press(seller, third, buttons(third)[-1])
    kept = Certificate.objects.get(person=person)
    assert kept.language == "id"
    assert kept.course_title == "Jangkar produk"
    assert kept.reference in "".join(links(done).values())


@pytest.mark.parametrize("finished", [False, True])
def test_the_certificate_outlives_the_course(market: Market, person_client: Client, finished: bool) -> None:
    """A course taken off keeps what was learnt in it, finished or not."""
    course = CourseFactory(parent=market.catalogue, title="Samples", slug="samples")
    for title in ("Send them", "Track them"):
        LessonFactory(parent=course, title=title)
    page = press(person_client, person_client.get(course.url), "Enrol and begin")
    page = press(person_client, page, "Mark complete and continue")
    if finished:
        press(person_client, page, "Mark complete and continue")
    course.delete()
    dashboard = words(person_client.get("/dashboard/"))
    assert "Samples This course has been taken off. What you finished in it is kept." in dashboard
    assert Completion.objects.count() == (2 if finished else 1)
    assert [each.course_title for each in Certificate.objects.all()] == (["Samples"] if finished else [])
