"""Sending outside never becomes a way inside."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from linli.kernel.errors import RuleBroken
from linli.notifications import outgoing
from linli.notifications.outgoing import check_address, is_reachable, send

FORBIDDEN = [
    "", "x", "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "//example.org/",
    "https://", "https:///path", "https://localhost/", "https://LOCALHOST/", "https://a.localhost/", "https://db.internal/",
    "https://printer.local/", "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
    "https://0177.0.0.1/", "https://0.0.0.0/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://224.0.0.1/", "https://255.255.255.255/",
    "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fc00::1]/", "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://user:pass@example.org/",
    "https://example.org@127.0.0.1/", "https://example.org:22/", "https://example.org:99999/", "https://example.org:x/",
    "https://exa mple.org/", "https://example.org\\@127.0.0.1/", "https://example.org/\r\nHost: x", "https://例子.中国/",
    "https://example/", "https://-bad.org/", "https://example.org/a\x00b", "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("url", FORBIDDEN)
def test_addresses_that_lead_inside_are_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        check_address(url)

    assert (refused.value.code, refused.value.field) == ("url_wrong", "url")


@pytest.mark.parametrize(
    "url", ["https://example.org/hook", "https://a.example.org:443/x?y=1", "https://1.1.1.1/", "https://[2606:4700::1111]/"]
)
def test_public_addresses_are_taken(url: str) -> None:
    assert check_address(f" {url} ") == url


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.1.1", "0.0.0.0", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"]
)
def test_addresses_inside_are_not_reachable_unless_the_operator_allows_them(settings: Any, address: str) -> None:
    found = ipaddress.ip_address(address)
    assert not is_reachable(found)

    settings.LINLI_WEBHOOK_NETWORKS = ["0.0.0.0/0", "::/0"]
    assert is_reachable(found)


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolving(*_args: Any, **_options: Any) -> list[Any]:
        return [(2, 1, 6, "", ("1.1.1.1", 443)), (2, 1, 6, "", ("127.0.0.1", 443))]

    reached: list[Any] = []
    monkeypatch.setattr(socket, "getaddrinfo", resolving)
    monkeypatch.setattr(socket, "create_connection", lambda *args, **_options: reached.append(args))

    sent = send("https://example.org/", b"{}", {})

    assert (sent.status, sent.is_taken, bool(sent.error)) == (None, False, True)
    assert reached == []


def test_a_name_is_asked_once_and_what_was_checked_is_what_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: Any, *_args: Any, **_options: Any) -> list[Any]:
        asked.append(host)
        answer = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port))]

    reached: list[Any] = []

    def connecting(address: Any, *_args: Any, **_options: Any) -> Any:
        reached.append(address)
        raise OSError("stopped here")

    monkeypatch.setattr(outgoing, "is_reachable", lambda address: str(address) == "192.0.2.1")
    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connecting)

    sent = send("https://example.org/", b"{}", {})

    assert (sent.status, asked, [address[0] for address in reached]) == (None, ["example.org"], ["192.0.2.1"])


# --- a receiver on this machine, which only an operator can allow -----------------------------------------------------

Answering = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def receiver(settings: Any) -> Iterator[Callable[[Answering], str]]:
    """`receiver(answering)` starts a server on this machine and gives its address."""
    settings.LINLI_WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    servers: list[ThreadingHTTPServer] = []

    def start(answering: Answering) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answering(self)

            def log_message(self, *_args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/hook"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_what_is_sent_arrives(receiver: Callable[[Answering], str]) -> None:
    got: list[Any] = []

    def answering(handler: BaseHTTPRequestHandler) -> None:
        got.append((handler.path, handler.headers["X-One"], handler.rfile.read(int(handler.headers["Content-Length"]))))
        handler.send_response(204)
        handler.end_headers()

    sent = send(receiver(answering), "一".encode(), {"X-One": "1"})

    assert (sent.status, sent.is_taken, got) == (204, True, [("/hook", "1", "一".encode())])


def test_redirects_are_not_followed(receiver: Callable[[Answering], str]) -> None:
    asked: list[str] = []

    def answering(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        handler.send_response(302)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    sent = send(receiver(answering), b"{}", {})

    assert (sent.status, sent.is_taken, asked) == (302, False, ["/hook"])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_receiver_that_drips_is_cut_off(receiver: Callable[[Answering], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SECONDS", 1.0)

    def answering(handler: BaseHTTPRequestHandler) -> None:
        try:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(40):
                handler.wfile.write(f"X-{number}: x\r\n".encode())
                time.sleep(0.3)
        except OSError:
            pass

    began = time.monotonic()
    sent = send(receiver(answering), b"{}", {})

    assert sent.status is None
    assert time.monotonic() - began < 3


def test_nobody_there_is_told_and_not_raised(settings: Any) -> None:
    settings.LINLI_WEBHOOK_NETWORKS = ["127.0.0.0/8"]

    sent = send("http://127.0.0.1:9/", b"{}", {})

    assert (sent.status, bool(sent.error)) == (None, True)
