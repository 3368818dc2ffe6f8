"""What is known about a person: fields, their kinds, and how a value becomes one number that can be compared.

| kind   | value in a person's facts      | as a number                            | column of a register (blank)        |
|--------|--------------------------------|----------------------------------------|-------------------------------------|
| number | 1200, 0.5                      | itself                                 | float (NaN) or small int (masked)   |
| code   | "local"                        | place in `codes`                       | int (negative), or texts ("")       |
| set    | ["dibao", "alone"]             | one bit a code, at most 63 codes       | int64 (negative), or lists, "a|b"   |
| flag   | True                           | 0, 1                                   | bool or int8 (negative)             |
| date   | date(1940, 5, 1), "1940-05-01" | days since 1970-01-01                  | datetime64 (NaT) or int32 (masked)  |
| text   | "D-1234"                       | 1; nothing but filled or blank matters | bool, int8, or texts ("")           |

None (in a table: an empty cell) is a blank: nobody has asked yet. It is never a "no".
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from linli.methods.errors import BadInput

FIRST_DAY = date(1970, 1, 1).toordinal()
INFINITE = math.inf
MOST_CODES_OF_A_SET = 63

_ORDER = ("=", "!=", "<", "<=", ">", ">=", "between")
_ALWAYS = ("filled", "blank")
OPERATORS: dict[str, tuple[str, ...]] = {
    "number": (*_ORDER, "in", "not in", *_ALWAYS),
    "code": ("=", "!=", "in", "not in", *_ALWAYS),
    "set": ("has", "has any", "has all", "has none", *_ALWAYS),
    "flag": ("=", "!=", *_ALWAYS),
    "date": (*_ORDER, *_ALWAYS),
    "text": _ALWAYS,
}
MEASURES = ("age", "months_since", "days_since", "days_until")  # whole numbers made of a date and the day of asking
_WORDS_OF_A_FLAG = {"true": True, "yes": True, "1": True, "是": True, "false": False, "no": False, "0": False, "否": False}


@dataclass(frozen=True)
class Field:
    """One fact that a register keeps of everybody.

    `codes`: code → label, in order, for kinds code and set. `is_ordered`: the codes rise, so `>=` may be asked of them.
    `is_open`: codes that are not listed are "something else" instead of a fault (fields that nobody declared).
    `question`: what to ask at the door when it is blank.
    """

    name: str
    kind: str
    title: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    is_ordered: bool = False
    is_open: bool = False
    question: str = ""

    @cached_property
    def places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes)}

    @property
    def shown(self) -> str:
        return self.title or self.name

    @property
    def asks(self) -> str:
        return self.question or f"{self.shown}?"

    def operators(self, measure: str = "") -> tuple[str, ...]:
        """Operators that may be asked of it (or of a measure made of it)."""
        if measure:
            return (*_ORDER, "in", "not in")
        return (*_ORDER, *OPERATORS["code"][2:]) if self.kind == "code" and self.is_ordered else OPERATORS[self.kind]

    def encode(self, value: Any) -> float | int | None:
        """The number of a value, None for a blank. Raises BadInput."""
        if value is None or value == "" or value != value:
            return None
        try:
            return _ENCODERS[self.kind](self, value)
        except BadInput:
            raise
        except (TypeError, ValueError, OverflowError):
            raise BadInput(self.name, f"“{value}” is no {_NOUNS[self.kind]}") from None

    def read(self, text: str) -> Any:
        """The value that a cell of a table stands for (a set: codes with | between them). Raises BadInput."""
        text = text.strip()
        if not text:
            return None
        if self.kind == "set":
            return [] if text == "-" else [code.strip() for code in text.split("|")]
        if self.kind == "flag":
            if text.lower() not in _WORDS_OF_A_FLAG:
                raise BadInput(self.name, f"“{text}” is neither yes nor no")
            return _WORDS_OF_A_FLAG[text.lower()]
        if self.kind != "number":
            return text
        try:
            return float(text)
        except ValueError:
            raise BadInput(self.name, f"“{text}” is no number") from None

    def write(self, value: Any) -> str:
        """A value as people read it: labels instead of codes."""
        if isinstance(value, list | tuple | set | frozenset):
            return "、".join(self.write(one) for one in (value if isinstance(value, list | tuple) else sorted(value)))
        if isinstance(value, bool):
            return "✓" if value else "✗"
        if isinstance(value, float) and value == int(value):
            return str(int(value))
        return self.codes.get(value, value) if isinstance(value, str) else str(value)

    def place_of(self, code: Any) -> int:
        """Place of a code; what is not listed comes after the last in an open field. Raises BadInput."""
        if isinstance(code, str) and code in self.places:
            return self.places[code]
        if self.is_open and isinstance(code, str):
            return len(self.places)
        raise BadInput(self.name, f"knows no code “{code}”{nearest(code, self.codes)}")


_NOUNS = {
    "number": "number", "code": "code", "set": "list of codes", "flag": "true or false",
    "date": "day (year-month-day)", "text": "text",
}  # fmt: skip


def _number(_field: Field, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError
    return float(value)


def _flag(_field: Field, value: Any) -> int:
    if not isinstance(value, bool):
        raise TypeError
    return int(value)


def _set(of: Field, value: Any) -> int:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError
    bits = 0
    for code in value:
        place = of.place_of(code)
        bits |= (1 << place) if place < len(of.places) else 0
    return bits


def _date(_field: Field, value: Any) -> int:
    return (value if isinstance(value, date) else date.fromisoformat(value)).toordinal() - FIRST_DAY


def _text(_field: Field, value: Any) -> int:
    return 1


_ENCODERS = {"number": _number, "code": Field.place_of, "set": _set, "flag": _flag, "date": _date, "text": _text}


def nearest(word: Any, known: Iterable[str]) -> str:
    """“; did you mean …?” for a word that is not known, or nothing."""
    found = get_close_matches(str(word), [*known], n=1)
    return f"; did you mean “{found[0]}”?" if found else ""


def months_between(since: date, day: date) -> int:
    """Whole months from one day to another; a month is full on the same day of the month. Negative before `since`."""
    return (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)


def measure_of(measure: str, value: date, day: date) -> int:
    """Age in full years, full months since, days since or days until a date. Whoever is born on 29 February grows on 1 March."""
    if measure == "age":
        return months_between(value, day) // 12
    if measure == "months_since":
        return months_between(value, day)
    return (day - value).days if measure == "days_since" else (value - day).days


def latest_for(measure: str, least: float, day: date) -> float:
    """The latest day (since 1970) on which a date gives a measure of at least `least` (a whole number)."""
    today = day.toordinal() - FIRST_DAY
    if measure == "days_since":
        return today - least
    months = least * 12 if measure == "age" else least
    if not math.isfinite(months):
        return -months
    year, month = divmod(day.year * 12 + day.month - 1 - int(months), 12)
    if not 1 <= year <= 9999:
        return -INFINITE if year < 1 else INFINITE
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])).toordinal() - FIRST_DAY


def range_of_measure(measure: str, least: float, most: float, day: date) -> tuple[float, float]:
    """Dates (days since 1970, both ends included) whose measure on `day` lies from `least` to `most`."""
    least, most = math.ceil(least) if math.isfinite(least) else least, math.floor(most) if math.isfinite(most) else most
    if measure == "days_until":
        today = day.toordinal() - FIRST_DAY
        return today + least, today + most
    return latest_for(measure, most + 1, day) + 1, latest_for(measure, least, day)


def next_above(of: Field, value: float) -> float:
    """The least number of that kind above a value: the next float, or one more."""
    return math.nextafter(value, INFINITE) if of.kind == "number" else value + 1


def runs(places: Sequence[int]) -> tuple[tuple[float, float], ...]:
    """Whole numbers as ranges: [1, 2, 5] → (1, 2), (5, 5)."""
    found: list[tuple[float, float]] = []
    for place in sorted(set(places)):
        if found and found[-1][1] == place - 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return tuple(found)
