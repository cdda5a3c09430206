"""An OpenID provider on loopback: discovery, keys, authorize, token, user data. Strict by itself; lies where a test says.

It stands in for the marketplace's own sign-in. People there are known by their `sub`; a browser gets a page with one
button for each of them, the test client calls `sign_in` to press one.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "seller-university", "a-secret-that-only-the-two-of-them-know"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FOREIGN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY_NAME = "2026"

Claims = dict[str, Any]


@dataclass
class OpenIDProvider:
    """What the provider knows, and how it lies: each is a change to what it would say rightly."""

    address: str = ""
    people: dict[str, Claims] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, Claims] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    token_answer: Claims = field(default_factory=dict)
    token_claims: Claims = field(default_factory=dict)
    discovery: Claims = field(default_factory=dict)
    user_data: Claims = field(default_factory=dict)
    sign: Callable[[Claims], str] | None = None

    def knows(self, sub: str, **claims: Any) -> None:
        """Somebody has an account there."""
        self.people[sub] = {"sub": sub, **claims}

    def sign_in(self, asked: str, sub: str) -> str:
        """Press the button of this person on the page at the address `asked`; where it leads back to."""
        return self.consent(dict(parse_qsl(urlsplit(asked).query)) | {"who": sub})

    # --- What is asked of it ------------------------------------------------------------------------------

    def consent(self, query: dict[str, str]) -> str:
        """A code for who signed in, at the address that asked."""
        self.asked.append(query)
        if query["who"] == "nobody":
            return f"{query['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': query['state']})}"
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def describe(self) -> Claims:
        """The discovery document."""
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        } | self.discovery

    def keys(self) -> Claims:
        """The one public key that it signs with."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [public | {"kid": KEY_NAME, "alg": "RS256", "use": "sig"}]}

    def exchange(self, form: dict[str, str]) -> tuple[int, Claims]:
        """Tokens for a code: once, for the site that asked, with what only the asking browser's session knows."""
        query = self.codes.pop(form.get("code", ""), None)
        if query is None or (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return 400, {"error": "invalid_grant"}
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != query.get("code_challenge"):
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        token = secrets.token_urlsafe(8)
        self.tokens[token] = self.people[query["who"]]
        answer = {"access_token": token, "token_type": "Bearer", "id_token": self.id_token(query)} | self.token_answer
        return 200, {name: value for name, value in answer.items() if value is not None}

    def id_token(self, query: dict[str, str]) -> str:
        """Who it is, signed."""
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT_ID,
            "sub": query["who"],
            "iat": now,
            "exp": now + 300,
            "nonce": query.get("nonce"),
        } | self.token_claims
        claims = {name: value for name, value in claims.items() if value is not None}
        return self.sign(claims) if self.sign else jwt.encode(claims, KEY, "RS256", headers={"kid": KEY_NAME})

    def tell(self, header: str) -> tuple[int, Claims]:
        """User data for an access token."""
        claims = self.tokens.get(header.removeprefix("Bearer "))
        return (200, claims | self.user_data) if claims else (401, {"error": "invalid_token"})


def handler_of(provider: OpenIDProvider) -> type[BaseHTTPRequestHandler]:
    """The doors of this provider."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, query = urlsplit(self.path).path, urlsplit(self.path).query
            if path == "/authorize":
                self.answer(200, page(provider, query), "text/html; charset=utf-8")
            elif path == "/consent":
                asked = {name: values[0] for name, values in parse_qs(query).items()}
                self.send_response(302)
                self.send_header("Location", provider.consent(asked))
                self.end_headers()
            elif path == "/.well-known/openid-configuration":
                self.answer_json(200, provider.describe())
            elif path == "/keys":
                self.answer_json(200, provider.keys())
            elif path == "/userinfo":
                self.answer_json(*provider.tell(self.headers.get("Authorization", "")))
            else:
                self.answer_json(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer_json(*provider.exchange(dict(parse_qsl(body))))

        def answer_json(self, status: int, document: Claims) -> None:
            self.answer(status, json.dumps(document), "application/json")

        def answer(self, status: int, text: str, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_args: Any) -> None:
            """Quietly."""

    return Handler


def page(provider: OpenIDProvider, query: str) -> str:
    """Who of its people is it? One link for each."""
    links = "".join(f'<p><a href="/consent?{query}&who={sub}">I am {sub}</a></p>' for sub in provider.people)
    return f'<!doctype html><html lang="en"><title>Market</title><link rel="icon" href="data:,"><h1>Market</h1>{links}'


@contextmanager
def running_provider() -> Iterator[OpenIDProvider]:
    """The provider, until the block ends."""
    provider = OpenIDProvider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(provider))
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
