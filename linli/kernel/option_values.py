"""Shapes of option values, for the declarations of options: each raises ValueError in words for a value that has another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import time
from typing import Any

Check = Callable[[Any], object]
CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def between(lowest: float, highest: float) -> Check:
    """A number from `lowest` to `highest`."""

    def check(value: Any) -> None:
        if not is_number(value) or not lowest <= value <= highest:
            raise ValueError(f"{value} is not a number between {lowest} and {highest}")

    return check


def whole(lowest: int = 0, highest: int = 1_000_000) -> Check:
    """A count, or a number of days or minutes."""

    def check(value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise ValueError(f"{value} is not a whole number between {lowest} and {highest}")

    return check


def clock_time(value: Any) -> time:
    """A time of day as 08:30."""
    if not isinstance(value, str) or not CLOCK_TIME.fullmatch(value):
        raise ValueError(f"“{value}” is not a time of day; write it like 08:30, at most 23:59")
    return time.fromisoformat(value)


def from_until(value: Any) -> tuple[time, time]:
    """Two times of day."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"{value} is not a pair of times; write it like [“22:00”, “07:00”]")
    return clock_time(value[0]), clock_time(value[1])


def texts(value: Any) -> None:
    """A list of words, none of them empty."""
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, str) or not one.strip():
            raise ValueError(f"{one!r} is not a text; each one of the list must be")


def lines_of(*names: str) -> Check:
    """A list of lists that have one text for each of the names."""

    def check(value: Any) -> None:
        for line in value:
            if not isinstance(line, list) or len(line) != len(names):
                raise ValueError(f"{line!r} is not a list of {len(names)}: {', '.join(names)}")
            texts(line)

    return check


def only_keys(value: dict[str, Any], needed: Iterable[str] = (), more: Iterable[str] = ()) -> None:
    """Every key that is needed, and none that is not known."""
    known = [*needed, *more]
    for key in value:
        if key not in known:
            raise ValueError(f"“{key}” is not known in it; known are {', '.join(known)}")
    for key in needed:
        if key not in value:
            raise ValueError(f"“{key}” is missing in it")
