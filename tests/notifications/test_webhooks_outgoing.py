"""One request to a real machine that misbehaves, and to addresses that are none of ours."""

import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.notifications import rules
from apps.notifications.services import outgoing
from apps.notifications.services.outgoing import Answer
from tests.notifications.machines import STRANGE, machine_that

HEADERS = {"Content-Type": "application/json"}


def post(url: str) -> Answer:
    """A small request."""
    return outgoing.post(url=url, headers=HEADERS, body=b'{"a":1}')


@pytest.fixture
def inside_allowed(settings: Any) -> None:
    """Loopback may be sent to, as in a demo."""
    settings.WEBHOOKS_ALLOW_PRIVATE = True


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long in tests."""
    monkeypatch.setattr(outgoing, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(outgoing, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(outgoing, "WHOLE_SECONDS", 1.5)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """What names resolve to, time after time; the last answer stays."""
    known: dict[str, list[list[str]]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        if host not in known:
            return real(host, port, *args, **kwargs)
        answers = known[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return known


@pytest.mark.usefixtures("inside_allowed", "short_patience")
class TestPost:
    def test_what_arrives(self) -> None:
        with machine_that(204) as machine:
            answer = post(machine.url + "?a=b")
        assert (answer.status, answer.error) == (204, "")
        request = machine.got[0]
        assert (request.path, request.body) == ("/hook?a=b", b'{"a":1}')
        assert request.headers["host"] == f"127.0.0.1:{machine.port}"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["user-agent"] == "SellerUniversity-Webhooks/1"

    def test_a_failure_keeps_what_was_said(self) -> None:
        with machine_that(500) as machine:
            answer = post(machine.url)
        assert (answer.status, answer.error) == (500, "Answered 500. Said so.")

    def test_a_redirect_is_not_followed(self) -> None:
        with machine_that(200) as inside, machine_that("redirect", location=inside.url) as machine:
            answer = post(machine.url)
            assert inside.got == []
        assert answer.status == 302
        assert answer.error == f"Answered 302: redirected to {inside.url}. Redirects are not followed."

    def test_silence_ends(self) -> None:
        with machine_that("slow", pause=20) as machine:
            answer = post(machine.url)
        assert answer.status == 0
        assert "timed out" in answer.error
        assert 400 <= answer.took_ms < 1500

    def test_trickling_ends(self) -> None:
        with machine_that("trickle") as machine:
            answer = post(machine.url)
        assert (answer.status, answer.error) == (0, "No whole answer within 1.5 seconds.")
        assert 1400 <= answer.took_ms < 4000

    def test_of_an_endless_answer_the_beginning_is_read(self) -> None:
        with machine_that("endless", "huge") as machine:
            endless, huge = post(machine.url), post(machine.url)
        assert (endless.status, huge.status) == (500, 500)
        assert endless.error.startswith("Answered 500. more more")
        assert len(endless.error) <= 1100
        assert huge.error == "Answered 500. " + "x" * 1000

    @pytest.mark.parametrize("answer", STRANGE)
    def test_what_no_database_takes_is_left_out_and_the_rest_cut(self, answer: bytes) -> None:
        with machine_that(answer) as machine:
            said = post(machine.url)
        assert said.error
        assert "\x00" not in said.error
        assert len(said.error) <= outgoing.LONGEST_ERROR

    def test_an_error_that_cannot_be_encoded_is_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_args: Any) -> None:
            raise ValueError("odd \udcff\x00 end")

        monkeypatch.setattr(outgoing, "ask", fail)
        assert post("http://127.0.0.1/").error == "odd ? end"

    def test_a_dropped_connection_is_a_failure(self) -> None:
        with machine_that("drop") as machine:
            answer = post(machine.url)
        assert answer.status == 0
        assert answer.error

    def test_nobody_there_is_a_failure(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            answer = post(f"http://127.0.0.1:{free.getsockname()[1]}/")
        assert answer.status == 0
        assert "refused" in answer.error

    def test_the_next_address_is_taken_where_the_first_is_dead(self, names: dict[str, Any]) -> None:
        names["two.example"] = [["127.0.0.2", "127.0.0.1"]]
        with machine_that(200) as machine:
            assert post(f"http://two.example:{machine.port}/").status == 200
        assert machine.got[0].headers["host"] == f"two.example:{machine.port}"

    def test_proxies_of_the_environment_are_not_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with machine_that(200) as proxy, machine_that(201) as machine:
            for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            assert post(machine.url).status == 201
            assert proxy.got == []


@pytest.mark.usefixtures("short_patience")
class TestInside:
    def test_loopback_is_refused(self) -> None:
        with machine_that(200) as machine:
            answer = post(machine.url)
            assert machine.got == []
        assert answer.status == 0
        assert answer.error == "127.0.0.1 has the address 127.0.0.1, which isn't one of the public Internet."

    @pytest.mark.parametrize(
        "host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]"]
    )
    def test_however_it_is_written(self, host: str) -> None:
        with machine_that(200) as machine:
            answer = post(f"http://{host}:{machine.port}/")
            assert machine.got == []
        assert answer.status == 0
        assert "isn't one of the public Internet" in answer.error

    @pytest.mark.parametrize(
        "addresses",
        [["10.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["2606:4700::1", "fd00::1"], ["169.254.169.254"], ["64:ff9b::7f00:1"]],
    )
    def test_a_name_that_leads_inside_is_refused(self, addresses: list[str], names: dict[str, Any]) -> None:
        names["outside.example"] = [addresses]
        assert "isn't one of the public Internet" in post("http://outside.example/").error
        with pytest.raises(rules.AddressRefused, match="public Internet"):
            outgoing.check_url("http://outside.example/")

    def test_a_name_that_changes_its_mind_wins_nothing(
        self, names: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """First a public address, then, for whoever asks again, one inside: only the first is connected to."""
        names["rebinding.example"] = [["93.184.216.34"], ["127.0.0.1"]]
        tried: list[str] = []

        def connect(where: tuple[str, int], *_args: Any, **_kwargs: Any) -> None:
            tried.append(where[0])
            raise ConnectionRefusedError("refused")

        monkeypatch.setattr("urllib3.util.connection.create_connection", connect)
        with machine_that(200) as machine:
            post(f"http://rebinding.example:{machine.port}/")
            assert machine.got == []
        assert tried == ["93.184.216.34"]

    def test_an_unknown_name_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_args: Any, **_kwargs: Any) -> None:
            raise socket.gaierror("Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(rules.AddressRefused, match=r"no machine called nowhere\.example"):
            outgoing.check_url("https://nowhere.example/")
        assert post("https://nowhere.example/").error == "There is no machine called nowhere.example."

    def test_a_label_that_is_too_long_is_refused(self) -> None:
        with pytest.raises(rules.AddressRefused):
            outgoing.check_url(f"https://{'a' * 70}.example/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of hooks.example, of its own authority."""
    file = tmp_path_factory.mktemp("tls") / "hooks.pem"
    request = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=hooks.example".split()
    subprocess.run(
        [*request, "-addext", "subjectAltName=DNS:hooks.example", "-keyout", file, "-out", file.with_suffix(".crt")],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + file.with_suffix(".crt").read_text())
    return file


@pytest.fixture
def tls_machine(certificate: Path, names: dict[str, Any]) -> Iterator[Any]:
    """A machine that speaks TLS as hooks.example."""
    names |= {"hooks.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with machine_that(200, context=context) as machine:
        yield machine


@pytest.mark.usefixtures("inside_allowed")
class TestCertificates:
    def test_the_name_counts_and_not_the_address(
        self, tls_machine: Any, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert post(f"https://hooks.example:{tls_machine.port}/").status == 200
        other = post(f"https://other.example:{tls_machine.port}/")
        assert other.status == 0
        assert "CERTIFICATE_VERIFY_FAILED" in other.error
        assert len(tls_machine.got) == 1

    def test_an_unknown_authority_is_refused(self, tls_machine: Any) -> None:
        answer = post(f"https://hooks.example:{tls_machine.port}/")
        assert "CERTIFICATE_VERIFY_FAILED" in answer.error
        assert tls_machine.got == []

    def test_a_handshake_that_never_ends_does(self, short_patience: None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            begun = time.monotonic()
            answer = post(f"https://127.0.0.1:{silent.getsockname()[1]}/")
        assert answer.status == 0
        assert time.monotonic() - begun < 3
