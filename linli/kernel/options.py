"""Options of a place: values that packs set and administrators may change, declared with a default and a meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from linli.kernel.models import Setting
from linli.kernel.snapshots import Snapshot


@dataclass(frozen=True)
class Option:
    key: str
    default: Any
    meaning: str


_OPTIONS: dict[str, Option] = {}
_values: Snapshot[dict[str, Any]] = Snapshot("settings", lambda: dict(Setting.objects.values_list("key", "value")))


def option(key: str, default: Any, meaning: str) -> str:
    """Declare an option; returns its key."""
    _OPTIONS[key] = Option(key, default, meaning)
    return key


def options() -> dict[str, Option]:
    return dict(sorted(_OPTIONS.items()))


def value(key: str) -> Any:
    """The place's value of a declared option, or its default. No query in the ordinary case."""
    return _values.get().get(key, _OPTIONS[key].default)
