"""The database keeps every rule by itself; and every rule has a test that notices when it is gone."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from linli.kernel.errors import DomainError
from linli.ledger import guards
from linli.ledger.queries.verifying import verify
from linli.ledger.tests.factories import capture, hold, issuer, post, purse, release
from linli.ledger.tests.rules import ATTEMPTS, Attempt

pytestmark = pytest.mark.django_db


def for_this_engine() -> list[Attempt]:
    return [attempt for attempt in ATTEMPTS if attempt.only in ("", connection.vendor)]


def take_away(attempt: Attempt) -> None:
    """Drop the guard: a rule of a trigger, a trigger, a unique index or a check."""
    whole = {name for name in guards.triggers(connection.vendor) if name.endswith("_no_truncate")}  # one empties the others too
    guards.install(connection, without=whole if attempt.guard in whole else {attempt.guard})
    if not attempt.table or attempt.guard in guards.triggers(connection.vendor):
        return
    unique = attempt.guard in {"ledger_transfer_once", "ledger_transfer_one_resolution", "ledger_transfer_one_reversal"}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            is_index = unique and attempt.guard != "ledger_transfer_once"
            cursor.execute(
                f"DROP INDEX {attempt.guard}" if is_index else f"ALTER TABLE {attempt.table} DROP CONSTRAINT {attempt.guard}"
            )
        elif unique and attempt.guard != "ledger_transfer_once":
            cursor.execute(f"DROP INDEX {attempt.guard}")
        else:
            _drop_from_the_schema(cursor, attempt)


def _drop_from_the_schema(cursor, attempt: Attempt) -> None:
    """SQLite cannot drop a constraint: it is cut out of the table's own text, until the test is rolled back."""
    cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [attempt.table])
    text = cursor.fetchone()[0]
    start = text.index(f', CONSTRAINT "{attempt.guard}"')
    end, depth = text.index("(", start) + 1, 1
    while depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    cursor.execute("PRAGMA writable_schema = 1")
    cursor.execute(
        "UPDATE sqlite_master SET sql = %s WHERE type = 'table' AND name = %s", [text[:start] + text[end:], attempt.table]
    )
    if attempt.guard == "ledger_transfer_once":
        cursor.execute("DELETE FROM sqlite_master WHERE name LIKE 'sqlite_autoindex_ledger_transfer_%%'")
    cursor.execute("PRAGMA writable_schema = RESET")


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_the_database_refuses(attempt):
    if attempt in for_this_engine():
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt.try_it()


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_without_the_guard_it_would_go_through_and_verify_would_see(attempt):
    if attempt not in for_this_engine():
        return
    take_away(attempt)

    attempt.try_it()

    kinds = {finding.kind for finding in verify().findings}
    assert attempt.found == "" or attempt.found in kinds
    assert "guard" in kinds


def test_every_guard_has_an_attempt():
    """A rule, constraint or trigger that is added without somebody who tries to break it is red here."""
    tried = {attempt.guard for attempt in ATTEMPTS}
    rules = {guard.name for _table, _event, found in guards.BEFORE.values() for guard in found}
    refusing = {name for name in guards.triggers(connection.vendor) if re.search(r"_no_(update|delete|truncate)$|_opens$", name)}
    models = [model for model in apps.get_app_config("ledger").get_models() if model._meta.db_table in guards.TABLES]
    constraints = {item.name for model in models for item in model._meta.constraints}

    assert (rules | refusing | constraints) - tried == {"ledger_account_opens"}  # a trigger that only carries its rule


def test_guards_are_in_place():
    """Also after every migration there ever was: on SQLite a rebuilt table loses its triggers."""
    assert guards.missing(connection) == []


@pytest.mark.parametrize("move", guards.MOVES)
def test_a_move_that_is_missing_shows_in_the_totals(move):
    giver, taker = issuer(), issuer()
    guards.install(connection, without={move})

    post(giver, taker, 5)

    assert "total" in {finding.kind for finding in verify().findings}


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("id = NEW.debit_id", "id = NEW.credit_id"),
        ("kind IN ('post', 'capture')", "kind IN ('post')"),
        ("WHEN 'hold' THEN NEW.amount", "WHEN 'hold' THEN 0"),
        ("ELSE -(SELECT h.amount", "ELSE (SELECT h.amount"),
        ("ELSE -(SELECT h.amount FROM ledger_transfer h WHERE h.seq = NEW.hold_id)", "ELSE -NEW.amount"),
        ("+ CASE WHEN", "- CASE WHEN"),
    ],
)
def test_a_move_that_is_wrong_is_refused_or_seen(monkeypatch, was, now):
    """Mutants of the arithmetic: the wrong leg, a capture that moves nothing, a part that stays reserved."""
    monkeypatch.setattr(guards, "MOVES", {name: sql.replace(was, now) for name, sql in guards.MOVES.items()})
    guards.install(connection)
    try:
        with transaction.atomic():
            giver, taker = purse(100), purse()
            capture(hold(giver, taker, 10), 4)
            release(hold(giver, taker, 10))
    except (DatabaseError, DomainError):
        return
    assert "total" in {finding.kind for finding in verify().findings}
