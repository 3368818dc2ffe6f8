"""A server of its own, as an operator starts it, asked over HTTP."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import httpx
from django.conf import settings

PROGRAM = [sys.executable, "-m", "linli.cli"]
PLACE = {"category": "E0110", "text": "楼下垃圾堆了两天没人清", "lng": 110.2412, "lat": 30.6512}


def until(is_so: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


class Server:
    """`linli serve` with one web process and the worker."""

    def __init__(self, environment: dict[str, str]):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        command = [*PROGRAM, "serve", "--port", str(self.port), "--workers", "1"]
        self.process = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request, as a program that connects anew each time; 599 if nothing comes back."""
        try:
            answer = httpx.request(method, self.address + path, timeout=20, **more)
        except httpx.TransportError:
            return httpx.Response(599)
        assert "Traceback" not in answer.text
        return answer

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def report(self, key: str = "", **headers: str) -> httpx.Response:
        """Send a report as a program does; the same key is the same report."""
        key = key or str(uuid.uuid4())
        return self.ask("POST", "/api/v1/cases", json=PLACE, headers={"Idempotency-Key": key, **headers})

    def children(self) -> list[int]:
        """Its web process and its worker."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return [int(pid) for pid in file.read().split()]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(25)
        except subprocess.TimeoutExpired:
            self.process.kill()


def code_of(answer: httpx.Response) -> str:
    """The code of a refusal, as programs read it."""
    try:
        return str(json.loads(answer.text)["code"])
    except (ValueError, KeyError, TypeError):
        return ""
