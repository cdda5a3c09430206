"""Doors of the person's own settings."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from apps.accounts.services import choose_language
from apps.core.htmx import go_to, speak


def local_address(request: HttpRequest, address: str, otherwise: str) -> str:
    """The address if it leads to this site, else the other one."""
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if safe and urlsplit(address).path else otherwise


@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on, and go back to where the reader was."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponse("Unknown language.", status=400, content_type="text/plain")
    if request.user.is_authenticated:
        choose_language(person=request.user, language=language)
    address = local_address(request, request.POST.get("next", ""), reverse("web:start"))
    response = go_to(request, address)
    return speak(request, response, language)
