"""The program `linli`: its overview is true, it serves and works until told to stop, and all its processes end together."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands

from linli import __version__, cli
from linli.kernel.management.commands import serve

ROOT = settings.BASE_DIR


def test_the_overview_names_every_command_of_ours_once():
    listed = [name for commands in cli.GROUPS.values() for name in commands]
    ours = {name for name, app in get_commands().items() if app.startswith("linli.")}

    assert len(listed) == len(set(listed))
    assert ours <= set(listed)
    for name in ours:
        assert f"  {name} " in cli.overview()


def test_the_version_is_one():
    project = (ROOT / "pyproject.toml").read_text()

    assert f'version = "{__version__}"' in project


def test_the_demo_takes_a_free_port_and_its_own_folder(monkeypatch):
    for name in ("LINLI_DATA", "LINLI_DEMO", "LINLI_BASE_URL", "LINLI_HOSTS", "LINLI_PACKS"):
        monkeypatch.delenv(name, raising=False)

    arguments = cli.demo_environment(["demo", "serve", "--host", "0.0.0.0", "--workers", "1"])

    assert arguments[:7] == ["demo", "serve", "--workers", "1", "--host", "0.0.0.0", "--port"]
    assert os.environ["LINLI_BASE_URL"] == f"http://127.0.0.1:{arguments[7]}"
    assert os.environ["LINLI_DATA"].endswith("var/demo")
    for name in ("LINLI_DATA", "LINLI_DEMO", "LINLI_BASE_URL", "LINLI_HOSTS", "LINLI_PACKS"):
        monkeypatch.delenv(name)


def test_a_taken_port_is_said_at_once():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match="choose another --port"):
            serve.require_free("127.0.0.1", taken.getsockname()[1])


@pytest.mark.django_db
def test_demo_commands_are_refused_outside_the_demo():
    with pytest.raises(CommandError, match="LINLI_DEMO is off"):
        call_command("demo", "accounts")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(is_so: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(number) for number in listed.stdout.split()]


def is_alive(pid: int) -> bool:
    try:
        return not re.search(r"State:\s+Z", Path(f"/proc/{pid}/status").read_text())
    except FileNotFoundError:
        return False


class Served:
    def __init__(self, process: subprocess.Popen[bytes], port: int):
        self.process, self.port = process, port

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def health(self) -> dict:
        return json.loads(self.get("/healthz")[1] or "{}")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """`linli serve` with a database of its own."""
    environment = {**os.environ, "LINLI_DATA": str(tmp_path), "LINLI_DATABASE_URL": "", "LINLI_LEASE_SECONDS": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    program = [sys.executable, "-m", "linli.cli"]
    subprocess.run([*program, "migrate", "-v0"], env=environment, cwd=ROOT, check=True)
    port = free_port()
    process = subprocess.Popen([*program, "serve", "--port", str(port), "--workers", "1"], env=environment, cwd=ROOT)
    answer = Served(process, port)
    try:
        until(lambda: answer.get("/healthz")[0] == 200)
        yield answer
    finally:
        for pid in [*children(process.pid), process.pid]:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        process.wait()


@pytest.mark.survive
def test_served_pages_have_a_worker_beside_them_that_is_started_again(served):
    until(lambda: served.health()["checks"]["worker"]["ok"])
    before = children(served.process.pid)
    assert len(before) == 2  # one web process and the worker

    for pid in before:
        os.kill(pid, signal.SIGKILL)

    until(lambda: len([pid for pid in children(served.process.pid) if pid not in before and is_alive(pid)]) == 2)
    until(lambda: served.get("/healthz")[0] == 200)


@pytest.mark.survive
def test_a_killed_parent_leaves_no_orphans(served):
    family = children(served.process.pid)

    served.process.kill()

    until(lambda: not any(is_alive(pid) for pid in family), seconds=15)


@pytest.mark.survive
def test_told_to_stop_all_processes_end_with_code_zero(served):
    family = children(served.process.pid)

    served.process.terminate()

    assert served.process.wait(25) == 0
    assert not any(is_alive(pid) for pid in family)
