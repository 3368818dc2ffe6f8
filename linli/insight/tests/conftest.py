"""Tests of insight travel in time: ids start afresh with each, and nothing is kept from the one before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from linli.kernel import identifiers


@pytest.fixture(autouse=True)
def fresh_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids never go back within a process; a test that tells of last month needs ids of last month."""
    monkeypatch.setattr(identifiers, "_maker", type(identifiers._maker)())


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture(scope="module")
def lived(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Forty lives, counted; made once for the tests of a module, which leave them as they are."""
    from linli.insight.operations import refresh_all
    from linli.insight.tests.lives import Lives, exempt_one

    maker = identifiers._maker
    identifiers._maker = type(maker)()
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        Lives(7).make(40)
        exempt_one()
        refresh_all()
    identifiers._maker = maker
    yield
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)
