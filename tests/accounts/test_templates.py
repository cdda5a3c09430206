"""No page, message or letter of sign-in is allauth's own: ours come first."""

from pathlib import Path

import allauth
import pytest
from django.conf import settings
from django.template.loader import get_template

ALLAUTH = Path(allauth.__file__).parent / "templates"
# What our settings, views and templates leave no way to.
UNREACHABLE = {
    "mfa/index.html",
    "mfa/trust.html",
    "mfa/webauthn/authenticator_list.html",
    "mfa/webauthn/signup_form.html",
    "socialaccount/login.html",
    "socialaccount/login_redirect.html",
}
NAMES = sorted(
    str(path.relative_to(ALLAUTH))
    for app in ("mfa", "socialaccount", "usersessions")
    for path in (ALLAUTH / app).rglob("*")
    if path.is_file() and path.parent.name != "snippets" and not path.name.startswith("base")
)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNREACHABLE and "_message.txt" not in name])
def test_a_template_is_ours(name: str) -> None:
    assert Path(get_template(name).origin.name).is_relative_to(settings.BASE_DIR / "templates")


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("_message.txt")])
@pytest.mark.parametrize("kind", ["txt", "html"])
def test_a_letter_is_ours(name: str, kind: str) -> None:
    ours = name.replace("_message.txt", f".{kind}")
    assert Path(get_template(ours).origin.name).is_relative_to(settings.BASE_DIR / "templates")
