"""Sign-in with the marketplace's own accounts: OpenID Connect with PKCE, and nothing taken on trust.

allauth leaves the signature of a token unchecked that it fetched itself, and sends no nonce. Here a token counts only
with a signature by one of the issuer's keys, for this site, for this sign-in, and only together with user data of the
same subject.
"""

import logging
from typing import Any

import jwt
from allauth.account.internal.userkit import filter_users_by_email
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.adapter import get_adapter as get_market_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import get_language, gettext_lazy
from requests import RequestException

from apps.accounts.models import User
from apps.accounts.queries import is_staff, is_unproven
from apps.accounts.rules import AddressKnown, usual_zone
from apps.accounts.services import give_up_unproven
from apps.core.rules import gettext_noop

log = logging.getLogger(__name__)

# Signatures by a key that only the issuer has: never `none`, never by the secret that this site has as well.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
REQUIRED_CLAIMS = ["iss", "sub", "aud", "exp", "iat", "nonce"]
CLOCKS_DIFFER_BY_SECONDS = 30


def nonce_of(state: str) -> str:
    """What ties a token to the sign-in that asked for it: made from its `state`, which counts once, in one session."""
    return salted_hmac("accounts.market.nonce", state, algorithm="sha256").hexdigest()


class MarketClient(OAuth2Client):
    """Sends the nonce along."""

    def get_redirect_url(self, authorization_url: str, scope: list[str], extra_params: dict[str, str]) -> str:
        """Where the marketplace asks its account who they are."""
        return super().get_redirect_url(authorization_url, scope, extra_params | {"nonce": nonce_of(self.state)})


class MarketTokens(OpenIDConnectOAuth2Adapter):
    """Fetches tokens and user data from the issuer, and checks them."""

    client_class = MarketClient

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, settings.OIDC_ISSUER)

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the issuer says of itself. One that speaks in another's name isn't listened to."""
        if not hasattr(self, "_openid_config"):
            config = fetch_json(f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration")
            if config.get("issuer") != settings.OIDC_ISSUER:
                raise OAuth2Error(f"The discovery document is of another issuer: {config.get('issuer')!r}")
            if missing := {"authorization_endpoint", "token_endpoint", "jwks_uri"} - config.keys():
                raise OAuth2Error(f"The discovery document lacks {', '.join(sorted(missing))}")
            self._openid_config = config
        return self._openid_config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Where the marketplace sends people back to: the address that operators registered there."""
        return settings.BASE_URL + reverse("accounts:market-return")

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **facts: Any) -> SocialLogin:
        """Who it is, by a token that was checked and user data of the same subject."""
        claims = self.checked_claims(app, facts["response"].get("id_token") or "")
        if address := self.openid_config.get("userinfo_endpoint"):
            told = fetch_json(address, headers={"Authorization": f"Bearer {token.token}"})
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("The user data are of another subject")
            claims |= told
        return self.get_provider().sociallogin_from_response(request, {"userinfo": claims})

    def checked_claims(self, app: SocialApp, token: str) -> dict[str, Any]:
        """What the token says, if the issuer signed it for this site and this sign-in and it still counts."""
        try:
            claims = jwt.decode(
                token,
                self.key_of(token),
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=settings.OIDC_ISSUER,
                leeway=CLOCKS_DIFFER_BY_SECONDS,
                options={"require": REQUIRED_CLAIMS},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error(f"The token does not count: {error}") from error
        if not constant_time_compare(str(claims["nonce"]), nonce_of(self.request.GET.get("state", ""))):
            raise OAuth2Error("The token is of another sign-in")
        if claims.get("azp", app.client_id) != app.client_id:
            raise OAuth2Error("The token was made for another site")
        return claims

    def key_of(self, token: str) -> jwt.PyJWK:
        """The issuer's key that the token names; the only one where it names none."""
        name = jwt.get_unverified_header(token).get("kid")
        keys = jwt.PyJWKSet.from_dict(fetch_json(self.openid_config["jwks_uri"])).keys
        found = [key for key in keys if key.key_id == name or (name is None and len(keys) == 1)]
        if not found:
            raise OAuth2Error(f"The issuer has no key {name!r}")
        return found[0]


def fetch_json(address: str, **options: Any) -> dict[str, Any]:
    """A document of the issuer's. Whatever goes wrong with it is one kind of error."""
    try:
        with get_market_adapter().get_requests_session() as session:
            answer = session.get(address, allow_redirects=False, **options)
            answer.raise_for_status()
            document = answer.json()
    except RequestException as error:
        raise OAuth2Error(f"No answer from {address}: {error}") from error
    if not isinstance(document, dict):
        raise OAuth2Error(f"{address} is no object")
    return document


LONGEST_REASON = 200


def reason_of(problem: Any) -> str:
    """Why a sign-in failed, for a log: of what kind it is and what it came from, and nothing that the issuer answered.

    What stands behind a colon may be an answer with tokens and claims in it.
    """
    kinds = [type(each).__name__ for each in (problem, getattr(problem, "__cause__", None)) if each is not None]
    return f"{' from '.join(kinds)}: {str(problem).partition(': ')[0][:LONGEST_REASON]}"


class MarketProvider(OpenIDConnectProvider):
    """The marketplace as one that says who people are."""

    pkce_enabled_default = True
    oauth2_adapter_class = MarketTokens

    def get_oauth2_adapter(self, request: HttpRequest) -> MarketTokens:
        """The one issuer's."""
        return self.oauth2_adapter_class(request)

    def get_login_url(self, request: HttpRequest, **_facts: Any) -> str:
        """Where sign-in with the marketplace begins."""
        return reverse("accounts:market-sign-in")

    def get_callback_url(self) -> str:
        """Where it ends."""
        return reverse("accounts:market-return")

    def redirect(self, request: HttpRequest, process: str, next_url: str | None = None, **facts: Any) -> HttpResponse:
        """On to the marketplace, or a page that says that it doesn't answer."""
        try:
            return super().redirect(request, process, next_url, **facts)
        except OAuth2Error as error:
            return render_authentication_error(request, self, exception=error)

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """The address, verified only where the marketplace says so in so many words: not "false", not 1."""
        addresses = super().extract_email_addresses(data)
        for each in addresses:
            each.verified = data["userinfo"].get("email_verified") is True
        return addresses

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is kept of the claims: how the account is recognised in the list, and whom it stands for."""
        claims = data["userinfo"]
        kept = (
            "email",
            "name",
            settings.OIDC_CLAIM_SELLER_CODE,
            settings.OIDC_CLAIM_SHOP_NAME,
            settings.OIDC_CLAIM_REGION,
        )
        return {name: claims[name] for name in kept if name in claims}


class MarketAdapter(DefaultSocialAccountAdapter):
    """Who may come in with an account of the marketplace, and what becomes of them here."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "email_taken": gettext_lazy(
            "There is an account with this address. Sign in to it, and link your %s account there."
        ),
        "no_password": gettext_lazy(
            "It is the way by which you come in. Set a password first; then you can unlink it."
        ),
    }

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> MarketProvider:
        """The marketplace: there is no other, and none without an issuer.

        The accounts are kept under the issuer's own address: a subject of another issuer is another one.
        """
        if not settings.OIDC_ISSUER:
            raise Http404
        app = SocialApp(
            provider="openid_connect",
            provider_id=settings.OIDC_ISSUER,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={"scope": settings.OIDC_SCOPES},
        )
        return MarketProvider(request, app=app)

    def list_providers(self, request: HttpRequest) -> list[MarketProvider]:
        """The marketplace, where it is set up."""
        return [self.get_provider(request, "")] if settings.OIDC_ISSUER else []

    def on_authentication_error(self, request: HttpRequest, provider: Any, **facts: Any) -> None:
        """Operators read why in the log; the reader, that it didn't work."""
        log.warning(
            "Sign-in with %s refused: %s", provider.name, reason_of(facts.get("exception") or facts.get("error"))
        )

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """An account here is never entered because its address matches: who has it signs in and links it there.

        Only a verified address is told so. An unverified one goes the way of every sign-up, which gives nothing away.
        An account that somebody made with the address and never proved gives way: this one has proven it.
        """
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        proven = [each.email for each in sociallogin.email_addresses if each.verified]
        holders = {each for email in proven for each in filter_users_by_email(email)}
        if not all(give_up_unproven(person=each) for each in holders):
            raise AddressKnown(
                gettext_noop(
                    "There is an account with the address %(email)s already. Sign in to it first; then link your "
                    "%(market)s account on the page Security."
                ),
                email=proven[0],
                market=settings.OIDC_NAME,
                way_on=f"{reverse('account_login')}?next={reverse('accounts:security')}",
            )

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        """Where operators say so, never for staff, and never into an account that nobody has proven."""
        holders = filter_users_by_email(email)
        return settings.OIDC_TRUST_EMAIL and not any(is_staff(each) or is_unproven(each) for each in holders)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Name, and the language and zone that the reader has here."""
        person: User = super().populate_user(request, sociallogin, data)
        person.name = str(data.get("name") or "").strip()[:120]
        person.language = get_language() or settings.LANGUAGE_CODE
        person.zone = usual_zone(person.language)
        return person

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Who comes without a name is asked for one: it stands on certificates."""
        return bool(sociallogin.user.name)

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        """What is known already."""
        return super().get_signup_form_initial_data(sociallogin) | {"name": sociallogin.user.name}

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        """Back to where one linked it."""
        return reverse("accounts:security")
