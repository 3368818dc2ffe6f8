"""The worker is killed (-9) at random instants while cases move: nothing is lost, nothing doubled, nothing without its line."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.survive.conftest import environment_of
from tests.survive.mailbox import mailbox

pytestmark = pytest.mark.survive

CASES = 500
KILLS = 50
WAKING = 0.2  # the part of workers that is not given the time to begin
LONGEST_SECONDS = 0.15
PATIENCE = 10  # every tenth worker may live so many times longer: on a busy machine the others hardly begin


class Life:
    """The program of `life.py`, asked line by line."""

    def __init__(self, environment: dict[str, str]):
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.survive.life"], cwd=settings.BASE_DIR, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._read() == {"ready": True}

    def _read(self) -> dict[str, Any]:
        line = self._program.stdout.readline()
        assert line, "the program has ended; its last words stand above"
        return json.loads(line)

    def ask(self, *words: object) -> dict[str, Any]:
        self._program.stdin.write(" ".join(map(str, words)) + "\n")
        self._program.stdin.flush()
        return self._read()

    def end(self) -> None:
        with self._program:  # closes what leads to it, and waits
            pass


@contextmanager
def living(environment: dict[str, str]) -> Iterator[Life]:
    life = Life(environment)
    try:
        yield life
    finally:
        life.end()


def kill(life: Life, pid: int) -> dict[str, Any]:
    """Kill -9; returns with which code it ended and how many jobs it had in hand."""
    os.kill(pid, signal.SIGKILL)
    return life.ask("reap", pid)


def one_life(life: Life, instants: random.Random, longest: float) -> int:
    """A worker from birth to violent death: mostly in the middle of its work, now and then while it is waking up."""
    worker = life.ask("work")["pid"]
    if instants.random() > WAKING:
        assert life.ask("begun", worker)["in_hand"], "no work was left for it"
    time.sleep(instants.uniform(longest / 10, longest))
    ended = kill(life, worker)
    assert ended["code"] == -signal.SIGKILL, "it had ended by itself"
    return ended["in_hand"]


def disturb(life: Life, instants: random.Random) -> dict[str, Any]:
    """Kill fifty workers, one after the other, and now and then the one who moves the cases too."""
    mover, hits, movers = life.ask("move")["pid"], [], []
    for turn in range(KILLS):
        hits.append(one_life(life, instants, LONGEST_SECONDS * (PATIENCE if turn % 10 == 9 else 1)))
        if turn % 10 == 3:
            movers.append(kill(life, mover)["code"])
            mover = life.ask("move")["pid"]
    return {"mover": mover, "hits": hits, "movers": movers, **life.ask("waiting")}


def settle(life: Life, mover: int) -> None:
    """Let a worker that nobody disturbs do what is left; both end by themselves."""
    worker = life.ask("work")["pid"]
    left = life.ask("finish")
    assert "late" not in left, left
    assert life.ask("reap", mover)["code"] == 0
    os.kill(worker, signal.SIGTERM)
    assert life.ask("reap", worker)["code"] == 0


def test_fifty_killed_workers_lose_nothing_and_double_nothing(own_database: str, memory_folder: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"the instants come from seed {seed}")
    with mailbox() as box:
        mail = {"LINLI_SMTP_HOST": "127.0.0.1", "LINLI_SMTP_PORT": str(box.port)}
        environment = environment_of(memory_folder / "data", own_database, LINLI_LEASE_SECONDS="2", **mail)
        with living(environment) as life:
            assert life.ask("prepare", CASES) == {"cases": CASES}
            disturbed = disturb(life, random.Random(seed))
            settle(life, disturbed["mover"])
            seen = life.ask("look")
        arrived = box.arrived()

    # The kills hit: workers had work in hand, some of it was done by then, and much was not.
    assert sum(in_hand > 0 for in_hand in disturbed["hits"]) > KILLS // 2
    assert 0 < disturbed["told"] < 2 * CASES
    assert disturbed["jobs"] > 0
    assert -signal.SIGKILL in disturbed["movers"]
    # Every case moved, each step with its line in the audit.
    assert (seen["cases"], seen["registered"], seen["steps"]) == (CASES, CASES, 2 * CASES)
    assert (seen["steps_without_line"], seen["lines_without_step"]) == (0, 0)
    # Everybody was told what concerns them, once: the dispatcher of each report, the resident of each step.
    assert seen["told"] == 2 * CASES
    assert (seen["missing"], seen["not_due"], seen["told_twice"]) == (0, 0, 0)
    # Mail went out once. Where a worker died while sending, nobody knows, so it is not sent again but shown to a person.
    assert (seen["mails_missing"], seen["mailed_twice"]) == (0, 0)
    # One worker lives at a time and sends one message after the other, so each kill leaves at most one in doubt, and one that
    # struck a worker without work in hand leaves none.
    assert set(seen["states"]) <= {"sent", "uncertain"}
    assert len(seen["uncertain"]) <= sum(in_hand > 0 for in_hand in disturbed["hits"]) <= KILLS
    assert max(arrived.values()) == 1
    assert set(seen["sent"]) <= set(arrived) <= set(seen["sent"]) | set(seen["uncertain"])
    # The counts agree with the cases, and no job was given up.
    assert seen["counted"] == CASES
    assert seen["failed_jobs"] == 0
