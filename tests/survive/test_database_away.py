"""The database is torn away from a server at work: a clear answer at once, nothing half written, and back by itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.conf import settings

from tests.run import Cluster, postgres_binaries
from tests.survive.conftest import fill
from tests.survive.serving import Server, code_of, until

GONE_SECONDS = 10
WRITERS = 6
pytestmark = [pytest.mark.survive, pytest.mark.postgres]

# One dispatcher with a key, alone in the district, so that who is told of what can be counted; reports without a limit.
STOCK = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from linli.cases.tests.factories import at_post
from linli.kernel import limits
from linli.kernel.models import Setting
from linli.organizations.models import AccessToken, Post
from linli.organizations.queries import token_digest
Post.objects.update(valid_until=timezone.localdate() - timedelta(days=1))
post = at_post("street_dispatcher").post_id
AccessToken.objects.create(name="dispatcher", digest=token_digest("away"), hint="away", post_id=post)
Setting.objects.update_or_create(key=limits.REPORT_BY_ADDRESS, defaults={"value": ""})
"""
DISPATCHER = {"Authorization": "Bearer away"}


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    binaries = postgres_binaries()
    assert binaries is not None  # the mark says so
    made = Cluster(binaries, synchronous_commit="on")  # what was acknowledged must outlive the tearing
    made.start()
    yield made
    made.remove()


@pytest.fixture
def server(cluster: Cluster, tmp_path: Path) -> Iterator[Server]:
    rows(cluster, "CREATE DATABASE linli", database="postgres")
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LINLI_DATA": str(tmp_path),
        "LINLI_LEASE_SECONDS": "3",  # what the worker had in hand is done again after that
        "LINLI_DATABASE_URL": cluster.address().removesuffix("&pool=0"),  # with the pool, as in production
    }
    fill(environment)
    subprocess.run([sys.executable, "-c", STOCK], env=environment, cwd=settings.BASE_DIR, check=True)
    made = Server(environment)
    yield made
    made.stop()


def rows(cluster: Cluster, statement: str, database: str = "linli") -> list[Any]:
    with psycopg.connect(f"host={cluster.folder} user=linli dbname={database}", autocommit=True) as connection:
        found = connection.execute(statement)  # type: ignore[arg-type]  # all written here
        return found.fetchall() if found.description else []


class Writer(threading.Thread):
    """Somebody who reports and registers without a pause, and keeps what was not acknowledged to send it again."""

    def __init__(self, server: Server):
        super().__init__(daemon=True)
        self._server, self._is_over = server, threading.Event()
        self.answers: Counter[tuple[int, str]] = Counter()
        self.unanswered: list[tuple[str, str]] = []  # address, key
        self.references: list[str] = []
        self._refused: list[tuple[float, float]] = []  # from when to when it took
        self.start()

    def run(self) -> None:
        while not self._is_over.is_set():
            reported = self._send("/api/v1/cases", str(uuid.uuid4()))
            if reported is not None:
                self._send(self._keep(reported), str(uuid.uuid4()))

    def end(self) -> None:
        self._is_over.set()
        self.join(30)
        assert not self.is_alive()

    def send_again(self) -> None:
        """Everything that was not acknowledged, under its old key; a report that was late is registered too."""
        waiting, self.unanswered = self.unanswered, []
        for path, key in waiting:
            answer = self._send(path, key)
            if answer is not None and path == "/api/v1/cases":
                self._send(self._keep(answer), str(uuid.uuid4()))

    def was_torn(self, at: float) -> bool:
        """Whether something of its own was under way at this instant, and refused."""
        return any(begun_at < at < ended_at for begun_at, ended_at in self._refused)

    def _keep(self, reported: httpx.Response) -> str:
        self.references.append(reported.json()["reference"])
        return f"/api/v1/cases/{self.references[-1]}/register"

    def _send(self, path: str, key: str) -> httpx.Response | None:
        begun_at = time.monotonic()
        if path == "/api/v1/cases":
            answer = self._server.report(key)
        else:
            answer = self._server.ask("POST", path, json={}, headers={"Idempotency-Key": key, **DISPATCHER})
        self.answers[answer.status_code, code_of(answer)] += 1
        if answer.is_success:
            return answer
        self.unanswered.append((path, key))
        self._refused.append((begun_at, time.monotonic()))
        time.sleep(0.1)
        return None


def test_torn_away_in_the_middle_of_work(cluster: Cluster, server: Server) -> None:
    until(lambda: server.get("/healthz").status_code == 200)
    writers = [Writer(server) for _number in range(WRITERS)]
    until(lambda: all(len(writer.references) > 3 for writer in writers))
    before = sum((writer.answers for writer in writers), Counter())
    assert {status for status, _code in before} <= {200, 201}, before

    torn_at = time.monotonic()
    cluster.stop(at_once=True)

    gone_until = time.monotonic() + GONE_SECONDS
    look_while_it_is_gone(server)
    time.sleep(max(0, gone_until - time.monotonic()))
    cluster.start()
    until(lambda: server.get("/healthz").status_code == 200)
    back = [len(writer.references) for writer in writers]
    until(lambda: all(len(writer.references) > count + 1 for writer, count in zip(writers, back, strict=True)))
    for writer in writers:
        writer.end()

    answers = sum((writer.answers for writer in writers), Counter())
    assert {known for known in answers if known[0] >= 300} == {(503, "database_away")}
    assert any(writer.was_torn(torn_at) for writer in writers), "nothing was in hand"
    check_nothing_is_half(cluster, [reference for writer in writers for reference in writer.references])

    for writer in writers:
        writer.send_again()

    assert [writer.unanswered for writer in writers] == [[]] * WRITERS
    check_everything_is_there_once(cluster, [reference for writer in writers for reference in writer.references])
    assert json.loads(server.get("/healthz").text)["status"] == "ok"


def look_while_it_is_gone(server: Server) -> None:
    started = time.monotonic()
    page = server.get("/map/")
    assert time.monotonic() - started < 10
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5"), page.text[:300]
    assert "503" in page.text
    answer = server.report()
    assert (answer.status_code, code_of(answer)) == (503, "database_away")
    assert server.get("/healthz").status_code == 503
    assert server.process.poll() is None


def check_nothing_is_half(cluster: Cluster, acknowledged: list[str]) -> None:
    """Read plainly from the rows: each case has its steps, each step its line in the audit, each key its answer."""
    counted = "SELECT reference, count(s.id) FROM cases_case c LEFT JOIN cases_casestep s ON s.case_id = c.id GROUP BY reference"
    steps = dict(rows(cluster, counted))
    registered = {name for (name,) in rows(cluster, "SELECT reference FROM cases_case WHERE stage = 'registered'")}
    lines = "SELECT data->>'step_id' FROM kernel_event WHERE name LIKE 'cases.case.%' AND data ? 'step_id'"

    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= set(steps)
    assert steps == {name: 2 if name in registered else 1 for name in steps}
    assert sorted(rows(cluster, lines)) == sorted(rows(cluster, "SELECT id::text FROM cases_casestep"))
    assert rows(cluster, "SELECT key FROM kernel_requestkey WHERE status = 0") == []


def check_everything_is_there_once(cluster: Cluster, acknowledged: list[str]) -> None:
    """As many cases as reports were sent, each registered; the worker has caught up and told the dispatcher of each once."""
    check_nothing_is_half(cluster, acknowledged)
    own_work = "SELECT task, error FROM kernel_job WHERE coalesce(unique_key, '') NOT LIKE 'every:%'"
    until(lambda: rows(cluster, own_work) == [])
    told = "SELECT count(*), count(DISTINCT subject_id) FROM notifications_message WHERE kind = 'cases.case.reported'"

    stages = dict(rows(cluster, "SELECT reference, stage FROM cases_case"))
    assert stages == dict.fromkeys(acknowledged, "registered")
    assert rows(cluster, told) == [(len(acknowledged), len(acknowledged))]
