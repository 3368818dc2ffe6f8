"""The program is updated in the middle of a history: the books stay as they were, and lost guards are seen."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import connection, models

from linli.ledger import guards, operations
from linli.ledger.models import Transfer
from linli.ledger.queries.verifying import verify
from linli.ledger.tests.factories import balances, capture, hold, issuer, post, purse


@contextmanager
def altered(length):
    """Let the note have another length, as a later migration may; on SQLite that builds the table anew."""
    guards.remove(connection)
    old, new = Transfer._meta.get_field("note"), models.CharField(max_length=length, blank=True)
    new.set_attributes_from_name("note")
    new.model = Transfer
    with connection.schema_editor() as editor:
        editor.alter_field(Transfer, old, new)
    yield
    guards.remove(connection)
    with connection.schema_editor() as editor:
        editor.alter_field(Transfer, new, old)
    guards.install(connection)


@pytest.mark.django_db(transaction=True)
def test_a_migration_in_the_middle_keeps_the_books_and_guards_that_it_forgets_are_named():
    giver, taker = issuer(), purse()
    post(giver, taker, 100)
    held = hold(taker, purse(), 40)
    head = operations.seal()

    with altered(300):
        assert set(guards.missing(connection)) == set(guards.triggers(connection.vendor))
        assert {finding.kind for finding in verify().findings} == {"guard"}
        guards.install(connection)  # what every such migration ends with

        capture(held, 15)
        post(giver, taker, 1)
        later = operations.seal()
        assert verify().findings == []
        assert later.number == head.number + 1
        assert balances(taker) == [86]

    assert guards.missing(connection) == []
    assert verify().findings == []
