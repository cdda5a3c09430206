"""Doors that need no reader: the answer to a knowledge check."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.catalog.queries.checks import find_check
from apps.core.htmx import answer


@require_GET
def check(request: HttpRequest, language: str, key: UUID, block: str) -> HttpResponse:
    """Say whether the picked answer is right, and why. Nothing is kept: it is a question to oneself."""
    found = find_check(key=key, language=language, block=block)
    if found is None:
        raise Http404
    pick = request.GET.get("pick", "")
    if pick and not (pick.isdecimal() and len(pick) < 3 and int(pick) < len(found.options)):
        return HttpResponse(status=400, content="There is no such answer.", content_type="text/plain")
    context = found.answered(int(pick) if pick else None)
    return answer(
        request,
        "catalog/knowledge_check.html",
        context,
        partials={f"check-{block}": "answer"},
        status=200 if pick else 422,
    )
