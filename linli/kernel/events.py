"""Events: what happened, written with what changed, handed on afterwards.

`emit` writes the audit line and, if anybody listens, the outgoing job, in the caller's transaction. The worker
calls each listener later in a transaction of its own; the same event never reaches the same listener twice.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from linli.kernel.inserting import insert
from linli.kernel.jobs import task
from linli.kernel.models import Event, Job
from linli.kernel.policy import Actor

log = logging.getLogger("linli.events")

HAND_ON = "kernel.hand_on_event"


@dataclass(frozen=True)
class Happening:
    """Base of all events: frozen, ids and plain values only; `name` is `module.noun.past`.

    `subject` names the field that holds the id of what the event is about.
    """

    name: ClassVar[str] = ""
    subject: ClassVar[str] = ""

    def data(self) -> dict[str, Any]:
        said = ((item.name, getattr(self, item.name)) for item in fields(self) if item.name != self.subject)
        return {name: _plain(value) for name, value in said if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


Listener = Callable[[Event], None]
_KINDS: dict[str, type[Happening]] = {}
_LISTENERS: dict[str, dict[str, Listener]] = {}


def event(kind: type[Happening]) -> type[Happening]:
    """Register an event class; its docstring stands in the reference."""
    _KINDS[kind.name] = kind
    return kind


def kinds() -> dict[str, type[Happening]]:
    return dict(sorted(_KINDS.items()))


def field_names(kind: type[Happening]) -> list[str]:
    return [item.name for item in fields(kind)]


def listen(*names: str) -> Callable[[Listener], Listener]:
    """Register a listener for events by name; it is called with the stored `Event` in its own transaction."""

    def register(listener: Listener) -> Listener:
        for name in names:
            _LISTENERS.setdefault(name, {})[f"{listener.__module__}.{listener.__name__}"] = listener
        return listener

    return register


def listeners_of(name: str) -> dict[str, Listener]:
    return {**_LISTENERS.get("*", {}), **_LISTENERS.get(name, {})}


def _row(actor: Actor, happening: Happening, at: datetime) -> Event:
    return Event(
        name=happening.name,
        at=at,
        subject_id=getattr(happening, happening.subject) if happening.subject else None,
        actor_kind=actor.kind,
        person_id=actor.person_id,
        post_id=actor.post_id,
        token_id=actor.token_id,
        data=happening.data(),
    )


def emit(actor: Actor, happening: Happening, *, at: datetime | None = None) -> Event:
    """Write the event in the present transaction. Raises if there is none: an audit line alone would lie."""
    return emit_many([(actor, happening)], at=at)[0]


def emit_many(happenings: Iterable[tuple[Actor, Happening]], *, at: datetime | None = None) -> list[Event]:
    """Write many events with two statements; see `emit`."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("emit needs the transaction of the change it tells of")
    now = at or timezone.now()
    rows = [_row(actor, happening, now) for actor, happening in happenings]
    insert(rows)
    insert([Job(task=HAND_ON, args={"event": row.pk}, due_at=now) for row in rows if listeners_of(row.name)])
    return rows


@task(HAND_ON)
def hand_on(event: int, listener: str = "") -> None:
    """Call the listeners of one event, in the transaction that deletes the job.

    A listener that fails takes back only its own writing and is tried again by a job of its own, so that one
    bad listener never holds up the others.
    """
    row = Event.objects.get(pk=event)
    found = listeners_of(row.name)
    if listener:
        found[listener](row)
        return
    for name, listen_to in found.items():
        try:
            with transaction.atomic():
                listen_to(row)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("listener %s failed on event %s", name, event)
            Job.objects.create(task=HAND_ON, args={"event": event, "listener": name}, due_at=timezone.now())
