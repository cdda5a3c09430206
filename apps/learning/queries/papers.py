"""Certificates as a sheet of paper: one A4, landscape, as PDF.

WeasyPrint is loaded when the first one is drawn: it takes a second, and Pango, which not every server has.
"""

from ctypes.util import find_library
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import override

from apps.core.rules import gettext_noop
from apps.learning.models import Certificate
from apps.learning.queries.certificates import check_url
from apps.learning.rules import PaperUnavailable

# Nothing is ever fetched from there: the drawer asks for our own files by addresses that begin with it.
FILES = "https://static.invalid/"


@cache
def pdf_is_offered() -> bool:
    """Whether this server has what draws PDFs. Where it hasn't, the page is printed instead."""
    return find_library("pango-1.0") is not None


def certificate_pdf(certificate: Certificate) -> bytes:
    """The certificate in its own language, readable by screen readers too (PDF/UA). Raises PaperUnavailable."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError):
        reason = gettext_noop(
            "This server can not make a PDF. Print the page of the certificate instead: it fills one A4."
        )
        raise PaperUnavailable(reason, way_on=check_url(certificate.reference)) from None
    context = {"certificate": certificate, "state": certificate.state, "check_url": check_url(certificate.reference)}
    with override(certificate.language):
        page = render_to_string("learning/certificate_paper.html", context)
    return HTML(string=page, base_url=FILES, url_fetcher=own_files()).write_pdf(pdf_variant="pdf/ua-1")


def own_files() -> Any:
    """Gives the drawer our static files, and nothing else from anywhere: a strange address ends the drawing."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class OwnFiles(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            """The file of this address."""
            path = finders.find(url.removeprefix(FILES)) if url.startswith(FILES) else None
            if path is None:
                raise FatalURLFetchingError(f"not one of our files: {url}")
            return URLFetcherResponse(url, Path(path).read_bytes(), {"Content-Type": KINDS[Path(path).suffix]})

    return OwnFiles()


KINDS = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
