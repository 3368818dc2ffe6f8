"""What every test stands on: the demo district, loaded once, and nothing kept in memory from the test before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import Client
from pytest_django.plugin import blocking_manager_key

from linli.kernel import limits, snapshots

_emptied: list[str] = []  # the test that left the database of this process empty
TRANSACTIONAL = {"transactional_db", "live_server", "django_db_reset_sequences", "django_db_serialized_rollback"}


@cache
def _packs() -> list[Any]:
    """The packs as read from their files: once a process."""
    from linli.kernel.packs import folder_of, read_pack

    return [read_pack(folder_of(name)) for name in ("china", "yunxi")]


def load_district() -> None:
    """Load the default catalogue and the demo district; nothing if they are there."""
    from linli.kernel.pack_difference import difference, load

    load(difference(_packs()))


def _flush_append_only(connection: Any) -> None:
    """Let a committing test empty the tables that refuse DELETE (SQLite) or TRUNCATE (PostgreSQL), and refuse again after it.

    For the class, not for this connection: a test may have closed it and got another one.
    """
    kind = type(connection.ops)
    plain = kind.sql_flush
    if connection.vendor == "sqlite":
        find = "SELECT 'DROP TRIGGER ' || name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_delete'"
    else:
        alter = "'ALTER TABLE ' || tgrelid::regclass || ' {} TRIGGER ' || tgname"
        find = f"SELECT {alter.format('DISABLE')}, {alter.format('ENABLE')} FROM pg_trigger WHERE tgname LIKE '%_no_truncate'"  # noqa: S608  nothing from outside

    def sql_flush(self: Any, *args: Any, **options: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute(find)
            triggers = cursor.fetchall()
        return [*(off for off, _on in triggers), *plain(self, *args, **options), *(on for _off, on in triggers)]

    kind.sql_flush = sql_flush


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The test database with the demo district in it: areas, organizations, people, roles, catalogue."""
    from django.db import connection

    with django_db_blocker.unblock():
        _flush_append_only(connection)
        load_district()


def _commits(item: Any) -> bool:
    """Whether a test writes for good, and so leaves an empty database behind."""
    marker = item.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction")) or bool(TRANSACTIONAL & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """The district is there again after a test that committed: whichever test comes next, for processes share them out."""
    uses_database = item.get_closest_marker("django_db") or {"db", *TRANSACTIONAL} & set(getattr(item, "fixturenames", ()))
    if not (_emptied and uses_database):
        return
    from linli.places.models import Area

    with item.config.stash[blocking_manager_key].unblock():
        if not Area.objects.exists():
            load_district()
    _emptied.clear()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    if _commits(item):
        _emptied.append(item.name)


@pytest.fixture(autouse=True)
def clean_memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that a process keeps in memory survives a test; no statement comes in between because time has passed."""
    monkeypatch.setattr(snapshots, "LOOK_EVERY", 3600.0)
    snapshots.forget_all()
    caches["default"].clear()
    yield
    snapshots.forget_all()
    if limits.is_used():
        limits.forget_all()


@pytest.fixture
def sign_in() -> Callable[[str], Client]:
    """`sign_in("diaodu01")` gives a browser in which that person of the demo district is signed in."""
    from linli.people.models import Account

    def signed_in(username: str, **headers: Any) -> Client:
        client = Client(**headers)
        client.force_login(Account.objects.get(username=username), backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return signed_in
