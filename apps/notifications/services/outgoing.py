"""One request to another machine: to an address that was checked, in bounded time, reading a bounded answer.

The name is resolved once and the connection made to exactly what was checked, so that a name which changes its
address meanwhile (DNS rebinding) wins nothing. Redirects aren't followed, proxies of the environment aren't used.
"""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection

from apps.core.rules import gettext_noop
from apps.notifications import rules
from apps.notifications.rules import Target

CONNECT_SECONDS, SILENCE_SECONDS, WHOLE_SECONDS = 5.0, 8.0, 15.0
LONGEST_ANSWER = 1000
LONGEST_ERROR = 1100
MOST_ADDRESSES = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """What came of a request: `status` 0 where there was no answer, `error` "" where the event was taken over."""

    status: int
    error: str
    took_ms: int


def check_url(url: str) -> None:
    """Refuse an address to which we would send nothing: malformed, unknown, or inside."""
    resolve(rules.target_of(url))


def resolve(target: Target) -> list[str]:
    """The addresses of the host, all of them checked."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        reason = gettext_noop("There is no machine called %(host)s.")
        raise rules.AddressRefused(reason, host=target.host) from None
    addresses = list(dict.fromkeys(str(where[0]) for *_kind, where in found))
    if not settings.WEBHOOKS_ALLOW_PRIVATE:
        rules.check_addresses(target.host, addresses)
    return addresses


def post(*, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send the body; whatever happens is an answer. Touches no database: it runs in threads."""
    begun = time.monotonic()
    try:
        status, error = ask(rules.target_of(url), headers, body)
    except Exception as failure:
        # What a stranger's machine sends can break anything; it must not break the round.
        status, error = 0, str(failure) or type(failure).__name__
    error = rules.legible(error, LONGEST_ERROR)
    if not status:
        logger.info("No answer from %s: %s", url, error)
    return Answer(status, error, int((time.monotonic() - begun) * 1000))


def ask(target: Target, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
    """Make the request; the status, and why it isn't taken for delivered ("" where it is)."""
    addresses = resolve(target)
    with Deadline(WHOLE_SECONDS) as deadline:
        connection = connect(target, addresses[:MOST_ADDRESSES], deadline)
        connection.request(
            "POST",
            target.path,
            body=body,
            headers={"Host": target.host_header, "User-Agent": "SellerUniversity-Webhooks/1", **headers},
            preload_content=False,
            decode_content=False,
        )
        response = connection.getresponse()
        deadline.check()
        if rules.is_delivered(response.status):
            return response.status, ""
        said = b""
        # The beginning of an answer is for operators only: what can't be read of it is left out.
        with contextlib.suppress(Exception):
            said = response.read(LONGEST_ANSWER, decode_content=False)
        text = " ".join(said.decode(errors="replace").split())
        location = response.headers.get("Location", "")
        return response.status, rules.refusal_text(response.status, said=text, location=location)


def connect(target: Target, addresses: list[str], deadline: "Deadline") -> HTTPConnection:
    """A connection to the first of the checked addresses that takes one."""
    for address in addresses:
        deadline.check()
        connection = connection_to(target, address)
        deadline.watch(connection)
        try:
            connection.connect()
        except Exception:
            if address == addresses[-1]:
                raise
        else:
            connection.timeout = SILENCE_SECONDS  # for what follows; urllib3 hands it to the socket
            return connection
    raise ConnectionError("No address to connect to.")


def connection_to(target: Target, address: str) -> HTTPConnection:
    """A connection, not yet made, to this very address; the certificate must be that of the name."""
    if not target.is_https:
        return HTTPConnection(address, target.port, timeout=CONNECT_SECONDS)
    return HTTPSConnection(
        address,
        target.port,
        timeout=CONNECT_SECONDS,
        server_hostname=target.host,
        ssl_context=ssl.create_default_context(),
    )


class Deadline:
    """Cuts a connection when its time is up, however busily the other side trickles."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.has_passed = seconds, False
        self.connection: HTTPConnection | None = None
        self.timer = threading.Timer(seconds, self.cut)
        self.timer.daemon = True

    def __enter__(self) -> "Deadline":
        self.timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        self.timer.cancel()
        if self.connection is not None:
            self.connection.close()
        if kind is not None:
            self.check()

    def watch(self, connection: HTTPConnection) -> None:
        """This one is to be cut; the one before is let go."""
        if self.connection is not None:
            self.connection.close()
        self.connection = connection

    def check(self) -> None:
        """Raise TimeoutError where the time is up."""
        if self.has_passed:
            raise TimeoutError(f"No whole answer within {self.seconds:g} seconds.")

    def cut(self) -> None:
        """End the connection under whoever reads from it."""
        self.has_passed = True
        sock = getattr(self.connection, "sock", None)
        if sock is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
