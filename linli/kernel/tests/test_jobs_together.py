"""Several jobs in one transaction: all done, or each by itself so that only the faulty one waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.kernel import jobs
from linli.kernel.models import Job, Setting

pytestmark = pytest.mark.django_db


@pytest.fixture
def note() -> Iterator[str]:
    """A task that writes a row, and fails where it is told to."""

    @jobs.task("test.note")
    def write(key: str, fails: bool = False) -> None:
        Setting.objects.create(key=key, value="done")
        if fails:
            raise ValueError(key)

    yield "test.note"
    jobs._TASKS.pop("test.note")


def test_jobs_that_go_well_are_done_once_each(note: str) -> None:
    for number in range(25):
        jobs.enqueue(note, key=f"test.{number:02}")

    assert jobs.do_all(jobs.claim(50)) == 25
    assert Setting.objects.filter(key__startswith="test.").count() == 25
    assert not Job.objects.filter(task=note).exists()
    assert jobs.claim(50) == []


def test_one_that_fails_holds_up_none_of_the_others(note: str) -> None:
    for number in range(12):
        jobs.enqueue(note, key=f"test.{number:02}", fails=number == 4)

    assert jobs.do_all(jobs.claim(50)) == 11
    assert set(Setting.objects.filter(key__startswith="test.").values_list("key", flat=True)) == {
        f"test.{number:02}" for number in range(12) if number != 4
    }
    (left,) = Job.objects.filter(task=note)
    assert (left.args["key"], left.attempts, "ValueError" in left.error) == ("test.04", 1, True)


def test_what_another_worker_has_taken_over_is_left_to_it(note: str) -> None:
    for number in range(3):
        jobs.enqueue(note, key=f"test.{number}")
    mine = jobs.claim(50)
    Job.objects.filter(pk=mine[1].pk).update(attempts=2)

    assert jobs.do_all(mine) == 2
    assert not Setting.objects.filter(key="test.1").exists()
    assert Job.objects.get(task=note).pk == mine[1].pk


def test_work_stops_between_parts_when_asked(note: str) -> None:
    for number in range(3):
        jobs.enqueue(note, key=f"test.{number}")

    assert jobs.do_all(jobs.claim(50), is_stopping=lambda: True) == 0
    assert Job.objects.filter(task=note).count() == 3


def test_on_sqlite_few_transactions_do_many_jobs(note: str) -> None:
    for number in range(jobs.TOGETHER):
        jobs.enqueue(note, key=f"test.{number}")
    mine = jobs.claim(50)
    with CaptureQueriesContext(connection) as caught:
        jobs.do_all(mine)

    begun = sum(query["sql"].startswith("SAVEPOINT") for query in caught)  # the test's own transaction is outside
    assert begun == (1 if connection.vendor == "sqlite" else jobs.TOGETHER)


@pytest.mark.parametrize("is_crowded", [False, True])
def test_in_a_crowd_fewer_are_done_at_once_and_others_get_their_turn(
    note: str, is_crowded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, pauses = [], []
    together = jobs._do_together
    monkeypatch.setattr(jobs, "_is_crowded", lambda: is_crowded)
    monkeypatch.setattr(jobs, "_do_together", lambda part: parts.append(len(part)) or together(part))
    monkeypatch.setattr(jobs.time, "sleep", pauses.append)
    for number in range(12):
        jobs.enqueue(note, key=f"test.{number:02}")

    assert jobs.do_all(jobs.claim(50)) == 12
    if connection.vendor == "sqlite":
        assert parts == ([3, 3, 3, 3] if is_crowded else [10, 2])
        assert len(pauses) == len(parts)
        assert all(0 < pause <= jobs.LONGEST_WAY for pause in pauses)
    else:
        assert (parts, pauses) == ([], [])
