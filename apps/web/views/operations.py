"""Doors for machines, for staff on their way to the admin, and for the demo."""

import re
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.core.clock import now
from apps.web import queries
from apps.web.letters import all_samples

RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
# What stands in a letter for "where the reader's device is dark", to show either side at will.
SCHEMES = {"light": "not all", "dark": "all"}
LARGEST_PART = 2 * 1024 * 1024


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether the site can serve: 200 with every part ok, else 503 with what isn't.

    `?of=web` leaves out the periodic jobs: a load balancer must not take the web away because letters are late.
    """
    parts = queries.readiness(now())
    if request.GET.get("of") == "web":
        del parts["jobs"]
    return JsonResponse(parts, status=200 if set(parts.values()) == {"ok"} else 503)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers may look at."""
    lines = ["User-agent: *", "Disallow: /accounts/", "Disallow: /certificates/", "Disallow: /cms/"]
    lines.append("Disallow: /search/")
    lines.append(f"Sitemap: {settings.BASE_URL}/sitemap.xml")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


def staff_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin is entered through the one sign-in that everyone has."""
    if request.user.is_authenticated:
        return redirect("wagtailadmin_home") if request.user.has_perm("wagtailadmin.access_admin") else redirect("/")
    return redirect(f"{reverse('account_login')}?next={reverse('wagtailadmin_home')}")


def private_page_sign_in(request: HttpRequest) -> HttpResponse:
    """A private page asks who reads; who is signed in and still sent here may not read it."""
    if request.user.is_authenticated:
        raise PermissionDenied
    query = urlencode({"next": request.GET.get("next") or reverse("wagtailadmin_home")}, safe="/")
    return redirect(f"{reverse('account_login')}?{query}")


def staff_sign_out(request: HttpRequest) -> HttpResponse:
    """Wagtail's own button: a POST signs out, a GET asks first."""
    if request.method == "POST":
        logout(request)
        return redirect("/")
    return redirect("account_logout")


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """An uploaded file, for the embedded run; a proxy or an object store does it at scale.

    Documents have their own address, which asks who may read them. A drawing opened by itself must not run scripts
    on our address, hence the sandbox. Parts of a clip are sent on request, since phones ask for them.
    """
    if path.startswith("documents/"):
        raise Http404
    try:
        file = default_storage.open(path)
    except OSError:
        raise Http404 from None
    response: HttpResponseBase = FileResponse(file, filename=Path(path).name)
    if asked := RANGE.fullmatch(request.headers.get("Range", "")):
        response = part_of(file, default_storage.size(path), asked, response["Content-Type"])
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "public, max-age=86400"
    response._csp_replace = {"default-src": ["'none'"], "style-src": ["'unsafe-inline'"], "sandbox": [""]}  # type: ignore[attr-defined]
    return response


def part_of(file: File, size: int, asked: re.Match[str], content_type: str) -> HttpResponse:
    """The bytes that were asked for, at most two megabytes at a time; the browser asks for the rest."""
    first = int(asked[1])
    last = min(int(asked[2] or size - 1), size - 1, first + LARGEST_PART - 1)
    if first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    with file:
        file.seek(first)
        part = HttpResponse(file.read(last - first + 1), status=206, content_type=content_type)
    part["Content-Range"] = f"bytes {first}-{last}/{size}"
    return part


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """Every component, light and dark; for who builds the site."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "web/style.html")


@require_safe
def style_letters(request: HttpRequest) -> HttpResponse:
    """Every letter with example data, in one language and scheme; for who builds the site."""
    if not settings.DEBUG:
        raise Http404
    language, scheme = previewed(request)
    context = {"letters": all_samples(language), "chosen": language, "scheme": scheme, "schemes": list(SCHEMES)}
    return render(request, "web/style_letters.html", context)


@require_safe
def style_letter(request: HttpRequest, name: str) -> HttpResponse:
    """One letter by itself, as HTML or (`?part=text`) as text; nothing in it runs."""
    language, scheme = previewed(request)
    letter = all_samples(language).get(name) if settings.DEBUG else None
    if letter is None:
        raise Http404
    if request.GET.get("part") == "text":
        return HttpResponse(letter.text, content_type="text/plain; charset=utf-8")
    response = HttpResponse(letter.html.replace("(prefers-color-scheme: dark)", SCHEMES[scheme]))
    response._csp_replace = {  # type: ignore[attr-defined]
        "default-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "frame-ancestors": ["'self'"],
        "sandbox": [""],
    }
    return response


def previewed(request: HttpRequest) -> tuple[str, str]:
    """The language and the scheme that a letter is to be shown in."""
    language, scheme = request.GET.get("language", ""), request.GET.get("scheme", "")
    known = dict(settings.LANGUAGES)
    return language if language in known else settings.LANGUAGE_CODE, scheme if scheme in SCHEMES else "light"


@require_safe
def demo_mail(request: HttpRequest) -> HttpResponse:
    """The mail that the demo wrote to files; never on a real site."""
    if not (settings.DEBUG and settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")):
        raise Http404
    return render(request, "web/demo_mail.html", {"letters": queries.demo_letters()})
