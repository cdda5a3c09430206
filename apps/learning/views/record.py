"""The door to a person's learning record."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.accounts.queries import seller_of
from apps.core.clock import now
from apps.core.htmx import page_urls
from apps.learning.queries import record as records

LESSONS_A_PAGE = 300


@require_safe
@login_required
def record(request: HttpRequest) -> HttpResponse:
    """Everything that the reader has begun and done: courses as a whole, the lessons of one year at a time."""
    person: User = request.user  # type: ignore[assignment]
    years = records.years_of(person)
    year = chosen_year(request.GET.get("year", ""), years)
    pages = Paginator(records.lessons_in(person, year.number) if year else [], LESSONS_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    courses = records.courses_on_record(person)
    context = {
        "courses": courses,
        "totals": records.totals_of(courses, years),
        "years": years,
        "year": year,
        "groups": records.by_course(page.object_list, person),
        "page": page,
        "page_urls": page_urls(request.path, {"year": str(year.number)} if year else {}, page),
        "seller": seller_of(person),
        "as_of": now(),
    }
    return render(request, "learning/record.html", context)


def chosen_year(named: str, years: list[records.Year]) -> records.Year | None:
    """The year that the address names, the latest where it names none; None where nothing was done yet."""
    if not named:
        return years[0] if years else None
    for year in years:
        if str(year.number) == named:
            return year
    raise Http404
