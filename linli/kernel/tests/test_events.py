"""Events: the line and the outgoing job in the transaction of the change; listeners later, each for itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from linli.kernel import events
from linli.kernel.events import HAND_ON, Happening, emit, emit_many, hand_on, listen
from linli.kernel.jobs import claim, drain
from linli.kernel.models import Event, Job
from linli.kernel.policy import SYSTEM, Actor

pytestmark = pytest.mark.django_db
NAME = "test.lamp.lit"


@dataclass(frozen=True)
class LampLit(Happening):
    """A lamp was lit."""

    name = NAME
    subject = "lamp"
    lamp: uuid.UUID
    by: uuid.UUID | None = None
    at: datetime | None = None
    rooms: tuple[str, ...] = ()


@pytest.fixture(autouse=True)
def own_listeners() -> Iterator[None]:
    yield
    events._LISTENERS.pop(NAME, None)


def lamp() -> LampLit:
    return LampLit(uuid.uuid4())


def test_the_line_says_who_what_and_when_in_plain_values() -> None:
    actor = Actor(kind="person", person_id=uuid.uuid4(), post_id=7, token_id=9)
    at = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    happening = LampLit(uuid.uuid4(), by=uuid.UUID(int=1), at=at, rooms=("a", "b"))

    emit(actor, happening, at=at)

    row = Event.objects.get(name=NAME)
    assert (row.subject_id, row.at) == (happening.lamp, at)
    assert (row.actor_kind, row.person_id, row.post_id, row.token_id) == ("person", actor.person_id, 7, 9)
    assert row.data == {"by": str(uuid.UUID(int=1)), "at": at.isoformat(), "rooms": ["a", "b"]}


def test_what_is_taken_back_was_never_told() -> None:
    told = []
    listen(NAME)(lambda row: told.append(row))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        emit(SYSTEM, lamp())
        raise ZeroDivisionError

    drain()

    assert (told, Event.objects.filter(name=NAME).count(), Job.objects.count()) == ([], 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_line_without_the_transaction_of_its_change_is_refused() -> None:
    with pytest.raises(RuntimeError):
        emit(SYSTEM, lamp())

    assert not Event.objects.filter(name=NAME).exists()


def test_an_event_that_nobody_listens_to_makes_no_work(monkeypatch) -> None:
    monkeypatch.setattr(events, "_LISTENERS", {})

    emit(SYSTEM, lamp())

    assert (Event.objects.filter(name=NAME).count(), Job.objects.count()) == (1, 0)


def test_every_listener_hears_once() -> None:
    heard = []

    def first(row: Event) -> None:
        heard.append(("first", row.pk))

    def second(row: Event) -> None:
        heard.append(("second", row.pk))

    listen(NAME)(first)
    listen(NAME)(second)
    rows = emit_many([(SYSTEM, lamp()), (SYSTEM, lamp())])

    drain()
    drain()

    assert sorted(heard) == sorted((who, row.pk) for who in ("first", "second") for row in rows)


def test_a_listener_that_fails_takes_back_only_its_own_and_is_tried_again_alone() -> None:
    heard, is_broken = [], [True]

    def broken(row: Event) -> None:
        Job.objects.create(task="test.half", due_at=timezone.now() + timedelta(days=1))
        if is_broken[0]:
            raise ValueError("not today")
        heard.append("broken")

    def sound(row: Event) -> None:
        heard.append("sound")

    listen(NAME)(broken)
    listen(NAME)(sound)
    emit(SYSTEM, lamp())

    drain()  # the event, then the listener by itself, which fails and waits

    assert heard == ["sound"]
    assert not Job.objects.filter(task="test.half").exists()
    row = Job.objects.get(task=HAND_ON)
    assert row.args["listener"].endswith(".broken") and row.attempts == 1

    is_broken[0] = False
    for job in claim(now=timezone.now() + timedelta(hours=1)):
        if job.task == HAND_ON:
            hand_on(**job.args)

    assert heard == ["sound", "broken"]


def test_while_the_database_is_away_the_whole_event_waits() -> None:
    heard = []

    def first(row: Event) -> None:
        heard.append("first")

    def away(row: Event) -> None:
        raise OperationalError("server closed the connection")

    listen(NAME)(first)
    listen(NAME)(away)
    row = emit(SYSTEM, lamp())

    with pytest.raises(OperationalError):
        hand_on(event=row.pk)

    assert not Job.objects.filter(task=HAND_ON, args__has_key="listener").exists()


def test_many_events_cost_two_statements(django_assert_num_queries) -> None:
    listen(NAME)(lambda row: None)
    happenings = [(SYSTEM, lamp()) for _number in range(50)]

    with django_assert_num_queries(2):
        emit_many(happenings)

    assert Job.objects.filter(task=HAND_ON).count() == 50
    assert connection.in_atomic_block
