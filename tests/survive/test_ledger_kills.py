"""Clients, workers and the database's server are killed at random instants: nothing acknowledged is lost, nothing doubles.

What was booked is known from files outside of the database. Every test shows that work was done before it trusts a figure.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.conf import settings

from tests.run import Cluster, postgres_binaries
from tests.survive.conftest import environment_of

pytestmark = pytest.mark.survive
CLEAN = {"lost": 0, "unknown": 0, "doubles": 0, "wrong": 0, "findings": []}


class Life:
    """The program `ledger_life.py` on a database of its own."""

    def __init__(self, environment: dict[str, str]):
        command = [sys.executable, "-m", "tests.survive.ledger_life"]
        self.process = subprocess.Popen(
            command, env=environment, cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == {"ready": True}

    def _answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        assert line, "the program has died"
        return json.loads(line)

    def __call__(self, *words: object) -> dict[str, Any]:
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        assert self("reap", pid) == {"code": -signal.SIGKILL}

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def acknowledged(*logs: Path) -> int:
    return sum(log.read_text().count("ack") for log in logs if log.exists())


def until_acknowledged(count: int, *logs: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while acknowledged(*logs) < count:
        assert time.monotonic() < deadline, f"only {acknowledged(*logs)} of {count} bookings came"
        time.sleep(0.005)


def clean(found: dict[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in CLEAN}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """An empty database on the engine that the tests run on; in memory, for it is processes that are killed here."""
    if not os.environ.get("LINLI_DATABASE_URL"):
        folder = Path(tempfile.mkdtemp(prefix="linli-books-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        yield f"sqlite:///{folder}/books.sqlite3"
        shutil.rmtree(folder)
        return
    url = urlsplit(os.environ["LINLI_DATABASE_URL"])
    host, name = parse_qs(url.query)["host"][0], f"books_{os.getpid()}_{random.randrange(10**6)}"
    with psycopg.connect(f"host={host} user=linli dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield url._replace(path=f"/{name}").geturl()
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def life(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    made = Life(environment_of(tmp_path_factory.mktemp("data"), address))
    made("prepare")
    yield made
    made.end()


@pytest.fixture(scope="module")
def told() -> list[Path]:
    """The files of every client that ever wrote into the module's database."""
    return []


def test_clients_are_killed_and_nothing_acknowledged_is_lost(life: Life, told: list[Path], tmp_path: Path) -> None:
    chance, before = random.Random(20261121), acknowledged(*told)
    for round_number in range(8):
        some = [tmp_path / f"{round_number}-{number}" for number in range(3)]
        pids = [life("client", log)["pid"] for log in some]
        until_acknowledged(6 + chance.randrange(12), *some)
        for pid in pids:
            time.sleep(chance.random() * 0.004)
            life.kill(pid)
        told += some

    found = life("look", *told)
    assert found["acknowledged"] >= before + 8 * 6
    assert clean(found) == CLEAN
    again = life("send_again", *told)
    after = life("look", *told)

    assert again["again"] == found["tried"] - found["acknowledged"] > 0
    assert clean(after) == CLEAN
    assert after["there"] == after["tried"] == found["tried"]


def test_workers_are_killed_while_they_seal_and_give_up_reservations(life: Life, told: list[Path], tmp_path: Path) -> None:
    chance, log, rounds = random.Random(7), tmp_path / "log", tmp_path / "rounds"
    told.append(log)
    client = life("client", log)["pid"]
    before = life("look", *told)
    for turn in range(8):
        worker = life("worker", rounds)["pid"]
        until_acknowledged(2 * (turn + 1), rounds)
        time.sleep(chance.random() * 0.01)
        life.kill(worker)
    until_acknowledged(20, log)
    life.kill(client)

    found = life("look", *told)

    assert clean(found) == CLEAN
    assert found["heads"] >= before["heads"] + 8
    assert found["released"] > before["released"]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A server that writes its log only when somebody waits for it, so that not waiting would show."""
    binaries = postgres_binaries()
    assert binaries is not None  # the mark says so
    made = Cluster(binaries, synchronous_commit="on", wal_writer_delay="10s", shared_buffers="64MB")
    made.start()
    with psycopg.connect(f"host={made.folder} user=linli dbname=postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE linli")
    yield made
    made.remove()


def kill_server(cluster: Cluster) -> None:
    """The postmaster and every process of it at once, as when the machine's power goes; then it starts again."""
    parent = int((cluster.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    pids = [parent, *map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    cluster._server.wait(20)
    while any(Path(f"/proc/{pid}/stat").exists() and ") Z " not in Path(f"/proc/{pid}/stat").read_text() for pid in pids):
        time.sleep(0.01)
    cluster.start()


@pytest.mark.postgres
def test_the_server_is_killed_and_nothing_acknowledged_is_lost(cluster: Cluster, tmp_path: Path) -> None:
    """Clients send what was under way again under the same id; and a ledger that did not wait for the disk is found out."""
    life = Life(environment_of(tmp_path / "data", cluster.address()))
    life("prepare")
    logs = [tmp_path / f"log-{number}" for number in range(4)]
    pids = [life("client", log)["pid"] for log in logs]
    for turn in range(3):
        until_acknowledged(60 * (turn + 1), *logs)
        kill_server(cluster)
    until_acknowledged(acknowledged(*logs) + 20, *logs)
    for pid in pids:
        life.kill(pid)

    found = life("look", *logs)

    assert found["acknowledged"] >= 200
    assert clean(found) == CLEAN

    life("hasty")
    hasty = tmp_path / "hasty"
    pid = life("client", hasty)["pid"]
    until_acknowledged(50, hasty)
    os.kill(pid, signal.SIGSTOP)
    kill_server(cluster)
    life.kill(pid)
    assert life("look", *logs, hasty)["lost"] > 0
    life.end()


def test_the_power_goes_at_any_instant_and_the_copy_opens_whole(
    life: Life, told: list[Path], address: str, tmp_path: Path
) -> None:
    """SQLite: database and log as they lie there at one instant, with and without rubbish behind the log's end."""
    if not address.startswith("sqlite"):
        return  # the test above kills PostgreSQL's server
    source, chance = Path(address.removeprefix("sqlite:///")), random.Random(3)
    logs, earlier = [tmp_path / f"log-{number}" for number in range(3)], list(told)
    told += logs
    pids = [life("client", log)["pid"] for log in logs]
    pids.append(life("worker", tmp_path / "rounds")["pid"])
    copies = []
    for turn in range(8):
        until_acknowledged(15 * (turn + 1), *logs)
        time.sleep(chance.random() * 0.01)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        copy = tmp_path / f"copy-{turn}"
        copy.mkdir()
        for name in ("books.sqlite3", "books.sqlite3-wal"):
            shutil.copy(source.with_name(name), copy / name)
        for log in logs:
            shutil.copy(log, copy / log.name)
        if turn % 2:
            with (copy / "books.sqlite3-wal").open("ab") as wal:
                wal.write(chance.randbytes(chance.randrange(1, 9000)))
        copies.append(copy)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    for pid in pids:
        life.kill(pid)

    for turn, copy in enumerate(copies):
        life("path", copy / "books.sqlite3")
        known = [*earlier, *(copy / log.name for log in logs)]
        found = life("look", *known)
        assert found["acknowledged"] >= 15 * (turn + 1)
        assert clean(found) == CLEAN
        life("send_again", *known)
        assert life("look", *known)["there"] == found["tried"]
    life("path", source)
