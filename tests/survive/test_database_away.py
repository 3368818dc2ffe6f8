"""The database goes away under a running server: a clear answer at once, nothing half written, and back by itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from tests.run import Cluster, postgres_binaries

GONE_SECONDS = 10
pytestmark = [pytest.mark.survive, pytest.mark.postgres]


def until(is_so: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


class Server:
    def __init__(self, cluster: Cluster, data: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        with psycopg.connect(f"host={cluster.folder} user=linli dbname=postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE linli")
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LINLI_DATA": str(data),
            "LINLI_DATABASE_URL": cluster.address().removesuffix("&pool=0"),  # with the pool, as in production
        }
        program = [sys.executable, "-m", "linli.cli"]
        for command in (["migrate", "-v0"], ["pack", "load", "china", "yunxi", "--yes"]):
            subprocess.run([*program, *command], env=environment, cwd=settings.BASE_DIR, check=True, stdout=subprocess.DEVNULL)
        command = [*program, "serve", "--port", str(self.port), "--workers", "1"]
        self.process = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()
        except OSError:
            return 0, {}, ""

    def report(self) -> int:
        """Send a report as a program does; the status of the answer."""
        said = {"category": "E0110", "text": "楼下垃圾堆了两天没人清", "lng": 110.2412, "lat": 30.6512, "id": str(uuid.uuid4())}
        address, headers = f"http://127.0.0.1:{self.port}/api/v1/cases", {"Content-Type": "application/json"}
        request = urllib.request.Request(address, data=json.dumps(said).encode(), headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            assert "Traceback" not in error.read().decode()
            return error.code

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(25)
        except subprocess.TimeoutExpired:
            self.process.kill()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    binaries = postgres_binaries()
    assert binaries is not None  # the mark says so
    made = Cluster(binaries)
    made.start()
    yield made
    made.remove()


@pytest.fixture
def server(cluster: Cluster, tmp_path: Path) -> Iterator[Server]:
    made = Server(cluster, tmp_path)
    yield made
    made.stop()


def test_pages_say_so_at_once_and_come_back_by_themselves(cluster, server):
    until(lambda: server.get("/healthz")[0] == 200)
    assert server.get("/accounts/login/")[0] == 200
    assert server.report() == 201

    cluster.stop()

    gone_until = time.monotonic() + GONE_SECONDS
    started = time.monotonic()
    status, headers, body = server.get("/accounts/login/")
    seconds = time.monotonic() - started
    if status == 200:  # a page that asks the database nothing is served all the same
        status, headers, body = server.get("/map/")
    assert status == 503, body[:300]
    assert headers["Retry-After"] == "5"
    assert "503" in body
    assert "Traceback" not in body
    assert seconds < 10
    status, headers, body = server.get("/", Accept="application/json")
    assert status in (200, 503)
    if status == 503:
        assert json.loads(body)["code"] == "database_away"
    assert server.get("/healthz")[0] == 503
    assert server.process.poll() is None
    while time.monotonic() < gone_until:
        assert server.report() == 503
        time.sleep(0.5)

    cluster.start()

    until(lambda: server.get("/healthz")[0] == 200)
    until(lambda: json.loads(server.get("/healthz")[2])["status"] == "ok")
    assert server.get("/accounts/login/")[0] == 200
    assert server.report() == 201
    kept = json.loads(server.get("/open311/v2/requests.json")[2])
    assert len(kept) == 2, "what was acknowledged is there, and nothing else"
