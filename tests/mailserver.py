"""A real mail server on loopback that fails in the ways that mail servers do, by the name before the @."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Post:
    """Takes what it is sent. `gone…` has no mailbox, `spam…` is refused by content, `later…` is put off once,
    `drop…` loses the connection once after the text, `slow…` takes its time.
    """

    port: int = 0
    slow: float = 0.5
    letters: list[tuple[str, str]] = field(default_factory=list)
    """(recipient, Message-ID) of everything that was accepted."""
    texts: dict[str, Any] = field(default_factory=dict)
    connections: int = 0
    dropped: set[str] = field(default_factory=set)
    put_off: set[str] = field(default_factory=set)

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count who comes."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse or take the recipient."""
        if address.startswith("gone"):
            return "550 5.1.1 No such mailbox here"
        if address.startswith("later") and address not in self.put_off:
            self.put_off.add(address)
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the letter."""
        (to,) = envelope.rcpt_tos
        if to.startswith("spam"):
            return "554 5.7.1 Looks like spam"
        if to.startswith("drop") and to not in self.dropped:
            self.dropped.add(to)
            server.transport.abort()
            return "421 bye"
        if to.startswith("slow"):
            await asyncio.sleep(self.slow)
        message = message_from_bytes(envelope.content or b"")
        self.letters.append((to, message["Message-ID"]))
        self.texts[to] = message
        return "250 OK"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def post_office(port: int = 0, **facts: Any) -> Iterator[Post]:
    """The server, until the end of the block."""
    post = Post(port=port or free_port(), **facts)
    controller = Controller(post, hostname="127.0.0.1", port=post.port, timeout=30)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()
