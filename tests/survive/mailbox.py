"""A mail server that keeps what it is given: whoever claims to have sent something is asked here."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes


class Mailbox:
    """What arrived, by the id that the sender gave each message."""

    def __init__(self) -> None:
        self.port = 0
        self._lock = threading.Lock()
        self._arrived: Counter[str] = Counter()

    def keep(self, message: bytes) -> None:
        name = str(message_from_bytes(message)["Message-ID"]).strip("<>").partition("@")[0]
        with self._lock:
            self._arrived[name] += 1

    def arrived(self) -> Counter[str]:
        with self._lock:
            return Counter(self._arrived)


class _Talk(socketserver.StreamRequestHandler):
    """One sender; as little of SMTP as a client needs. A sender who dies in the middle of a message left none."""

    def handle(self) -> None:
        try:
            self._talk()
        except OSError:
            return

    def _talk(self) -> None:
        self._say("220 mailbox")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self._say("354 go on")
                if not self._take():
                    return
            elif word == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line)
        self.server.mailbox.keep(b"".join(lines))  # type: ignore[attr-defined]
        self._say("250 kept")
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server on a free port of this machine, as long as the block lasts."""
    box = Mailbox()
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.mailbox = box  # type: ignore[attr-defined]
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield box
        server.shutdown()
