"""A database of its own for each test that kills and cuts: on the engine the tests run on, with the demo district in it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

PROGRAM = [sys.executable, "-m", "linli.cli"]
PACKS = ["china", "yunxi"]
collect_ignore = ["test_small_disk.py"] if os.environ.get("LINLI_DATABASE_URL") else []  # it brings its own SQLite: once is enough
KEYS = {"LINLI_KEYS": b64encode(bytes(range(32))).decode(), "LINLI_SECRET_KEY": "only-for-tests-that-kill-and-cut-00"}


def environment_of(data: Path, url: str, **more: str) -> dict[str, str]:
    """What a program of its own is started with: the ordinary settings, not those of the tests."""
    data.mkdir(parents=True, exist_ok=True)
    own = {"DJANGO_SETTINGS_MODULE": "config.settings", "LINLI_DATA": str(data), "LINLI_DATABASE_URL": url}
    return {**os.environ, "PYTHONPATH": str(settings.BASE_DIR), **KEYS, **own, **more}


def fill(environment: dict[str, str]) -> None:
    """Tables and the demo district."""
    for command in (["migrate", "-v0"], ["pack", "load", *PACKS, "--yes"]):
        subprocess.run([*PROGRAM, *command], env=environment, cwd=settings.BASE_DIR, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def once_for_all(folder: Path) -> Iterator[bool]:
    """True for the first of all test processes that comes here; the others wait until it is done."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder / "done"
        yield not done.exists()
        done.touch()


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: Any) -> Path:
    base: Path = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "survive"


def _ask_postgres(statement: str) -> None:
    import psycopg

    folder = parse_qs(urlsplit(os.environ["LINLI_DATABASE_URL"]).query)["host"][0]
    with psycopg.connect(f"host={folder} user=linli dbname=postgres", autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def memory_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a process is killed here, never the machine, so nothing has to reach a disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="linli-survive-", dir=memory))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def own_database(shared_folder: Path, memory_folder: Path) -> Iterator[str]:
    """The address of a database that belongs to this test alone; copied from one that is made once."""
    if not os.environ.get("LINLI_DATABASE_URL"):
        with once_for_all(shared_folder) as is_first:
            if is_first:
                fill(environment_of(shared_folder / "data", f"sqlite:///{shared_folder}/district.sqlite3"))
        shutil.copy(shared_folder / "district.sqlite3", memory_folder / "own.sqlite3")
        yield f"sqlite:///{memory_folder}/own.sqlite3"
        return
    name, template = f"survive_{uuid.uuid4().hex[:12]}", "survive_district"
    address = urlsplit(os.environ["LINLI_DATABASE_URL"])
    with once_for_all(shared_folder) as is_first:
        if is_first:
            _ask_postgres(f"DROP DATABASE IF EXISTS {template}")
            _ask_postgres(f"CREATE DATABASE {template}")
            fill(environment_of(shared_folder / "data", address._replace(path=f"/{template}").geturl()))
        _ask_postgres(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield address._replace(path=f"/{name}").geturl().replace("&pool=0", "")
    _ask_postgres(f"DROP DATABASE {name} WITH (FORCE)")
