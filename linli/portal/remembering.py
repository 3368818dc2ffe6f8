"""Values that cost a query or more and may be a little old: kept in each process for some seconds.

When one is too old, the first who asks makes it anew while others still get the old one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from linli.kernel.snapshots import Snapshot

T = TypeVar("T")


class Remembered(Snapshot[Any], Generic[T]):
    """Values made by `make(*key)`, each at most `seconds` old; forgotten with all snapshots."""

    def __init__(self, make: Callable[..., T], *, seconds: float):
        super().__init__("", lambda: None)
        self._make, self._seconds = make, seconds
        self._lock = threading.Lock()
        self._kept: dict[tuple[Hashable, ...], tuple[float, T]] = {}

    def get(self, *key: Hashable) -> T:
        found = self._kept.get(key)
        if found and (time.monotonic() < found[0] or self._lock.locked()):
            return found[1]
        with self._lock:
            found = self._kept.get(key)
            if found and time.monotonic() < found[0]:
                return found[1]
            value = self._make(*key)
            self._kept[key] = (time.monotonic() + self._seconds, value)
            return value

    def forget(self) -> None:
        self._kept = {}
