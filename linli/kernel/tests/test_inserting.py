"""Rows written by one statement are what the ORM would have written, ids of the database included."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from linli.kernel import inserting
from linli.kernel.models import Event, Job

pytestmark = pytest.mark.django_db


def events(count: int) -> list[Event]:
    return [
        Event(name=f"kernel.test.{number}", at=timezone.now(), actor_kind="system", data={"number": number})
        for number in range(count)
    ]


def test_ids_that_the_database_makes_are_read_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inserting, "MOST_PARAMETERS", 30)  # several statements
    rows = events(20)

    inserting.insert(rows)

    stored = {row.pk: row for row in Event.objects.filter(name__startswith="kernel.test.")}
    assert len(stored) == 20
    assert [stored[row.pk].data for row in rows] == [{"number": number} for number in range(20)]
    assert all(stored[row.pk].at == row.at for row in rows)
    (one,) = one_more = events(1)
    inserting.insert(one_more)
    assert one.pk > max(row.pk for row in rows)


def test_what_was_inserted_is_saved_again_as_it_is_known() -> None:
    row = Job(task="kernel.test", due_at=timezone.now())
    inserting.insert([row])

    row.task = "kernel.test.again"
    row.save()
    assert Job.objects.get(task__startswith="kernel.test") == row


def test_nothing_is_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        inserting.insert([])
