"""Options of a place: values that packs set and administrators may change, declared with a default and a meaning."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from linli.kernel.models import Setting
from linli.kernel.option_values import Check, is_number
from linli.kernel.snapshots import Snapshot

Names = Callable[[Any], Iterable[tuple[str, str]]]


@dataclass(frozen=True)
class Option:
    """`check` raises ValueError for a value the program could not work with; `names` gives the rows of a pack that a
    value speaks of, as file and key.
    """

    key: str
    default: Any
    meaning: str
    check: Check | None = None
    names: Names | None = None

    def mistake(self, given: Any) -> str:
        """What is wrong with a value, in words; empty if nothing is."""
        kind = is_number(given) if is_number(self.default) else type(given) is type(self.default)
        if not kind:
            return f"must be of the same kind as {json.dumps(self.default, ensure_ascii=False)}: {self.meaning}"
        try:
            if self.check:
                self.check(given)
        except ValueError as error:
            return str(error)
        return ""


_OPTIONS: dict[str, Option] = {}
_values: Snapshot[dict[str, Any]] = Snapshot("settings", lambda: dict(Setting.objects.values_list("key", "value")))


def option(key: str, default: Any, meaning: str, check: Check | None = None, names: Names | None = None) -> str:
    """Declare an option, with a check where its values have a shape; returns its key."""
    _OPTIONS[key] = Option(key, default, meaning, check, names)
    return key


def options() -> dict[str, Option]:
    return dict(sorted(_OPTIONS.items()))


def value(key: str) -> Any:
    """The place's value of a declared option, or its default. No query in the ordinary case."""
    return _values.get().get(key, _OPTIONS[key].default)
