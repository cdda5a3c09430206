"""A real machine that listens, and can behave badly in every way that we know."""

import contextlib
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Answers with what no database takes: in the status line, in a header, in the body; and endless ones.
STRANGE = (
    b"HTTP/1.1 5\x000 no\r\n\r\n",
    b"HTTP/1.1 " + b"9" * 20_000 + b"\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://a\x00b/" + b"c" * 5000 + b"\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 500 no\r\nContent-Length: 5\r\n\r\na\x00\xffb\x00",
)


@dataclass
class Request:
    """What arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def webhook_id(self) -> str:
        """The id of the event."""
        return self.headers["webhook-id"]


@dataclass
class Machine:
    """Listens on loopback. `ways` says how it behaves: the first words are used up, the last one stays.

    A number is a status, bytes are the whole answer. `slow` answers after `pause`, `redirect` points to `location`,
    `huge` and `endless` send more than anyone reads, `trickle` a sign now and then, `drop` nothing.
    """

    ways: list[str | int | bytes] = field(default_factory=lambda: [200])
    pause: float = 0.5
    location: str = "http://127.0.0.1:9/"
    got: list[Request] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0
    by_subject: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: Any = field(default_factory=threading.Lock)
    url: str = ""
    port: int = 0

    def next_way(self) -> str | int | bytes:
        """How to behave now."""
        with self.lock:
            return self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]


class Handler(BaseHTTPRequestHandler):
    """Does as the machine says."""

    machine: Machine
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Keep what arrived, then behave."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        machine = self.machine
        way = machine.next_way()
        with machine.lock:
            machine.got.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            machine.open_now += 1
            machine.most_open = max(machine.most_open, machine.open_now)
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.behave(way)
        with machine.lock:
            machine.open_now -= 1

    def behave(self, way: str | int | bytes) -> None:
        """Answer, or not."""
        if isinstance(way, bytes):
            self.wfile.write(way)
            return
        if way == "drop":
            return
        if way == "trickle":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.machine.stopped.wait(0.05):
                self.wfile.write(b"X")
            return
        if way == "slow":
            self.machine.stopped.wait(self.machine.pause)
        self.send_response(
            way if isinstance(way, int) else {"redirect": 302, "endless": 500, "huge": 500}.get(way, 200)
        )
        if way == "redirect":
            self.send_header("Location", self.machine.location)
        if way == "endless":
            self.end_headers()
            while not self.machine.stopped.is_set():
                self.wfile.write(b"more " * 1000)
            return
        text = b"x" * 5_000_000 if way == "huge" else b"Said so."
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Silent about connections that the other side cut."""

    daemon_threads = True

    def handle_error(self, *_args: Any) -> None:
        """Say nothing."""


@contextmanager
def machine_that(*ways: str | int | bytes, context: ssl.SSLContext | None = None, **facts: Any) -> Iterator[Machine]:
    """A machine that behaves so, for as long as the block lasts."""
    machine = Machine(list(ways) or [200], **facts)
    handler: Callable[..., Any] = type("Bound", (Handler,), {"machine": machine})
    server = Server(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    machine.port = server.server_address[1]
    machine.url = f"http://127.0.0.1:{machine.port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield machine
    finally:
        machine.stopped.set()
        server.shutdown()
        server.server_close()
