"""Small tables that every request needs (areas, catalogue, roles, calendar, settings), kept in memory.

Each is loaded whole and replaced whole. A `Stamp` row counts changes; every process compares its number at
most every `LOOK_EVERY` seconds, so ordinary requests pay no query. Whoever writes such a table calls `changed`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.db import transaction
from django.db.models import F

from linli.kernel.models import Stamp

LOOK_EVERY = 3.0
T = TypeVar("T")

_lock = threading.RLock()
_all: list[Snapshot] = []
_versions: dict[str, int] = {}
_looked_at = 0.0


class Snapshot(Generic[T]):
    """A value made by `load`, shared by all threads, remade when the stamp `name` has moved."""

    def __init__(self, name: str, load: Callable[[], T]):
        self.name, self._load = name, load
        self._value: T | None = None
        self._version: int | None = None
        _all.append(self)

    def get(self) -> T:
        version = _current_version(self.name)
        if self._version != version or self._value is None:
            with _lock:
                if self._version != version or self._value is None:
                    self._value, self._version = self._load(), version
        return self._value

    def forget(self) -> None:
        self._value = self._version = None


def _current_version(name: str) -> int:
    global _looked_at
    now = time.monotonic()
    if now - _looked_at > LOOK_EVERY:
        with _lock:
            _looked_at = now
            _versions.clear()
            _versions.update(Stamp.objects.values_list("name", "version"))
    return _versions.get(name, 0)


def changed(name: str) -> None:
    """Say, in the transaction of the change, that the table behind `name` is another now."""
    moved = Stamp.objects.filter(name=name).update(version=F("version") + 1)
    if not moved:
        Stamp.objects.create(name=name, version=1)
    transaction.on_commit(forget_all)
    forget_all()


def forget_all() -> None:
    """Load everything afresh at the next use in this process."""
    global _looked_at
    with _lock:
        _looked_at = 0.0
        for snapshot in _all:
            snapshot.forget()
