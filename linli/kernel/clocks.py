"""Business clocks: how long a limit runs when offices close, holidays move and weekends are worked.

Four clocks, as city management offices count them:

| code | unit | how it runs |
| --- | --- | --- |
| `U` | urgent hour 紧急工作时 | continuously, day and night |
| `UD` | urgent day 紧急工作日 | continuously, 24 hours each |
| `H` | working hour 工作时 | inside the working windows of working days |
| `D` | working day 工作日 | n working days later at the same time of day |

A `Calendar` is plain data made once (windows, exceptions, zone) and then only read: immutable, safe between threads.
Instants go in and come out aware; results are in UTC.
Source of the rules: practice of GB/T 30428.8-2020 offices; windows and exceptions are pack data.
"""

from __future__ import annotations

import enum
import re
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import accumulate
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.utils.translation import ngettext, override

SECOND = 1_000_000  # every inner number is whole microseconds
DAY = 86_400 * SECOND
HOUR = 3_600 * SECOND
MICROSECOND = timedelta(microseconds=1)
MIDNIGHT = time()
LIMIT_PATTERN = re.compile(r"([1-9][0-9]{0,3})(UD|U|H|D)", re.ASCII)
DEFAULT_WINDOWS = ((time(8), time(12)), (time(14), time(18)))
DEFAULT_WEEKEND = frozenset({5, 6})  # Monday is 0


class MissingCalendarYear(UserWarning):
    """A limit was counted through a year without holiday rows: weekends were skipped, holidays were not."""


class DayKind(enum.StrEnum):
    """What an exception row says about its day."""

    HOLIDAY = "holiday"
    WORKDAY = "workday"  # a make-up day (调休)


class Unit(enum.StrEnum):
    """The clock a limit runs on."""

    URGENT_HOUR = "U"
    URGENT_DAY = "UD"
    WORKING_HOUR = "H"
    WORKING_DAY = "D"

    @property
    def is_continuous(self) -> bool:
        return self in (Unit.URGENT_HOUR, Unit.URGENT_DAY)


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount of time on one of the four clocks, written `2U`, `3UD`, `4H` or `5D`."""

    amount: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read `2U`, `3UD`, `4H` or `5D` (any case, blanks around it). Raises ValueError naming the text."""
        match = LIMIT_PATTERN.fullmatch(text.strip().upper())
        if match is None:
            raise ValueError(f"not a limit: {text!r}; write 2U, 3UD, 4H or 5D")
        return cls(int(match[1]), Unit(match[2]))

    def text(self, lang: str | None = None) -> str:
        """The limit in words, in `lang` or the active language: "4 working hours", "4 个工作时"."""
        if lang is None:
            return self._words()
        with override(lang):
            return self._words()

    def _words(self) -> str:
        if self.unit is Unit.URGENT_HOUR:
            words = ngettext("%(amount)d urgent hour", "%(amount)d urgent hours", self.amount)
        elif self.unit is Unit.URGENT_DAY:
            words = ngettext("%(amount)d urgent day", "%(amount)d urgent days", self.amount)
        elif self.unit is Unit.WORKING_HOUR:
            words = ngettext("%(amount)d working hour", "%(amount)d working hours", self.amount)
        else:
            words = ngettext("%(amount)d working day", "%(amount)d working days", self.amount)
        return words % {"amount": self.amount}

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"


def _microseconds(clock: time) -> int:
    return ((clock.hour * 60 + clock.minute) * 60 + clock.second) * SECOND + clock.microsecond


def _checked_windows(windows: Iterable[tuple[time, time]]) -> tuple[tuple[int, int], ...]:
    """Windows as microseconds from midnight, in order. An end of 00:00 means midnight at the day's end."""
    spans = sorted((_microseconds(start), _microseconds(end) or DAY) for start, end in windows)
    if not spans:
        raise ValueError("a calendar needs at least one working window")
    for position, (start, end) in enumerate(spans):
        if end <= start or (position and start < spans[position - 1][1]):
            raise ValueError("working windows must not be empty or overlap")
    return tuple(spans)


class _WorkingDays:
    """Counts working days by closed form: whole weeks by division, exceptions by bisection. No table to outgrow.

    Days are proleptic ordinals (`date.toordinal`); ordinal 1 is a Monday.
    """

    __slots__ = ("exceptions", "kinds", "nth_in_week", "per_week", "shifts", "starts", "week_counts")

    def __init__(self, days: Mapping[date, str], weekend: frozenset[int]) -> None:
        working = [weekday not in weekend for weekday in range(7)]
        self.per_week = sum(working)
        if not self.per_week:
            raise ValueError("a week needs at least one working day")
        self.week_counts = (0, *accumulate(int(works) for works in working))
        self.nth_in_week = tuple(weekday for weekday in range(7) if working[weekday])
        changes = {day.toordinal(): DayKind(kind) is DayKind.WORKDAY for day, kind in days.items()}
        # A row that repeats what the week says anyway (a holiday on a Sunday) changes no count.
        effective = sorted(day for day, works in changes.items() if works != working[(day - 1) % 7])
        self.exceptions = tuple(effective)
        self.kinds = tuple(changes[day] for day in effective)
        # shifts[i]: working days gained or lost by the first i exceptions.
        self.shifts = (0, *accumulate(1 if works else -1 for works in self.kinds))
        # starts[i]: how many working days lie before the day *after* exception i.
        self.starts = tuple(self._plain_before(day + 1) + shift for day, shift in zip(effective, self.shifts[1:], strict=True))

    def _plain_before(self, ordinal: int) -> int:
        weeks, weekday = divmod(ordinal - 1, 7)
        return weeks * self.per_week + self.week_counts[weekday]

    def before(self, ordinal: int) -> int:
        """How many working days lie before this day."""
        weeks, weekday = divmod(ordinal - 1, 7)
        return weeks * self.per_week + self.week_counts[weekday] + self.shifts[bisect_left(self.exceptions, ordinal)]

    def works(self, ordinal: int) -> bool:
        position = bisect_left(self.exceptions, ordinal)
        if position < len(self.exceptions) and self.exceptions[position] == ordinal:
            return self.kinds[position]
        weekday = (ordinal - 1) % 7
        return self.week_counts[weekday + 1] > self.week_counts[weekday]

    def nth(self, index: int) -> int:
        """The working day that has `index` working days before it."""
        position = bisect_right(self.starts, index)
        # The first `position` exceptions lie before the day sought; the next one is that day, or lies after it.
        if position < len(self.exceptions) and self.kinds[position] and self.starts[position] == index + 1:
            return self.exceptions[position]
        weeks, rest = divmod(index - self.shifts[position], self.per_week)
        return weeks * 7 + self.nth_in_week[rest] + 1


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """When an office works: windows of a day, days that differ from the week, zone.

    `days` maps a date to "holiday" or "workday"; other days follow the week. `covered_years` are the years whose rows
    are complete: by default those that appear in `days`. Counting through another year warns (`MissingCalendarYear`).
    """

    windows: tuple[tuple[time, time], ...] = DEFAULT_WINDOWS
    days: Mapping[date, str] = field(default_factory=dict)
    zone: tzinfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    weekend: frozenset[int] = DEFAULT_WEEKEND
    covered_years: frozenset[int] | None = None
    _spans: tuple[tuple[int, int], ...] = field(init=False, repr=False)
    _day_length: int = field(init=False, repr=False)
    _working: _WorkingDays = field(init=False, repr=False)

    def __post_init__(self) -> None:
        days = dict(self.days)
        years = frozenset(day.year for day in days) if self.covered_years is None else frozenset(self.covered_years)
        spans = _checked_windows(self.windows)
        values = {
            "windows": tuple((start, end) for start, end in self.windows),
            "days": MappingProxyType(days),
            "weekend": frozenset(self.weekend),
            "covered_years": years,
            "_spans": spans,
            "_day_length": sum(end - start for start, end in spans),
            "_working": _WorkingDays(days, frozenset(self.weekend)),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    # --- what callers use ---

    def due(self, start: datetime, limit: Limit) -> datetime:
        """The instant (UTC) by which a limit that starts at `start` is over.

        Working hours end at the moment the last one is used up: work ending at 12:00 is due 12:00, not 14:00.
        Working days: the n-th working day after the start's day, same time of day, at most the end of its last
        window; a limit that starts on a day off ends with the n-th working day: never less than n whole days.
        """
        unit, amount = limit.unit, limit.amount
        if unit is Unit.URGENT_HOUR:
            return start.astimezone(UTC) + timedelta(hours=amount)
        if unit is Unit.URGENT_DAY:
            return start.astimezone(UTC) + timedelta(days=amount)
        ordinal, clock = self._local(start)
        if unit is Unit.WORKING_HOUR:
            due_ordinal, due_clock = self._place(self._business(ordinal, clock) + amount * HOUR)
        else:
            closing = self._spans[-1][1]
            works = self._working.works(ordinal)
            first = self._working.before(ordinal) + (1 if works else 0)
            due_ordinal = self._working.nth(first + amount - 1)
            due_clock = min(clock, closing) if works else closing
        due = self._instant(due_ordinal, due_clock)
        self._warn_if_missing(ordinal, due_ordinal)
        return due

    def extend(self, due: datetime, limit: Limit) -> datetime:
        """The new due instant (UTC) when one more `limit` is granted on top of `due`."""
        return self.due(due, limit)

    def shift(self, due: datetime, paused_from: datetime, paused_until: datetime, unit: Unit = Unit.WORKING_HOUR) -> datetime:
        """The new due instant (UTC) after a suspension: later by the time paused, counted on the limit's own clock.

        Only the part of the pause before `due` costs time: a case already overdue stays overdue.
        Raises ValueError when the pause ends before it starts.
        """
        due, paused_from, paused_until = (instant.astimezone(UTC) for instant in (due, paused_from, paused_until))
        if paused_until < paused_from:
            raise ValueError("a pause cannot end before it starts")
        if paused_from >= due:
            return due
        if unit.is_continuous:
            return due + (paused_until - paused_from)
        paused = self._business_between(paused_from, paused_until)
        if paused == 0:
            return due
        ordinal, clock = self._local(due)
        due_ordinal, due_clock = self._place(self._business(ordinal, clock) + paused)
        self._warn_if_missing(ordinal, due_ordinal)
        return max(self._instant(due_ordinal, due_clock), paused_until)

    def elapsed(self, start: datetime, end: datetime, unit: Unit) -> float:
        """Time from `start` to `end` in hours or days of the unit (a working day is one day's windows), from 0 up."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if end <= start:
            return 0.0
        if unit.is_continuous:
            return (end - start) / timedelta(hours=1 if unit is Unit.URGENT_HOUR else 24)
        business = self._business_between(start, end)
        return business / (HOUR if unit is Unit.WORKING_HOUR else self._day_length)

    def remaining_share(self, start: datetime, due: datetime, now: datetime, unit: Unit | None = None) -> float:
        """How much of the limit is left at `now`, from 1.0 (just started) to 0.0 (used up or overdue); lights read it.

        Counted in business time, for urgent units (or when no business time lies between) in plain time.
        """
        # In one zone Python subtracts wall clocks, an hour wrong across a change to summer time: count in UTC.
        start, due, now = (instant.astimezone(UTC) for instant in (start, due, now))
        if now >= due or due <= start:
            return 0.0
        if now <= start:
            return 1.0
        if unit is None or not unit.is_continuous:
            whole = self._business_between(start, due)
            if whole:
                return min(1.0, self._business_between(now, due) / whole)
        return (due - now) / (due - start)

    def is_working_day(self, day: date) -> bool:
        return self._working.works(day.toordinal())

    def is_open(self, at: datetime) -> bool:
        """Whether the instant lies in a working window (its start counts, its end does not)."""
        ordinal, clock = self._local(at)
        return self._working.works(ordinal) and any(start <= clock < end for start, end in self._spans)

    def missing_years(self, first: date | datetime | int, last: date | datetime | int) -> list[int]:
        """The years from `first` to `last` (dates, instants or years, both included) that have no holiday rows."""
        years = [value if isinstance(value, int) else self._year(value) for value in (first, last)]
        covered = self.covered_years or frozenset()
        return [year for year in range(years[0], years[1] + 1) if year not in covered]

    # --- counting: every instant has a place on one line of business microseconds ---

    def _year(self, value: date | datetime) -> int:
        return value.astimezone(self.zone).year if isinstance(value, datetime) else value.year

    def _local(self, instant: datetime) -> tuple[int, int]:
        if instant.tzinfo is None:
            raise ValueError("business clocks need aware instants")
        local = instant.astimezone(self.zone)
        clock = ((local.hour * 60 + local.minute) * 60 + local.second) * SECOND + local.microsecond
        return local.toordinal(), clock

    def _business(self, ordinal: int, clock: int) -> int:
        """Business time from the beginning of the calendar to this wall-clock place."""
        total = self._working.before(ordinal) * self._day_length
        if self._working.works(ordinal):
            for start, end in self._spans:
                if clock <= start:
                    break
                total += (clock if clock < end else end) - start
        return total

    def _business_between(self, start: datetime, end: datetime) -> int:
        first, last = self._local(start), self._local(end)
        self._warn_if_missing(first[0], last[0])
        return max(0, self._business(*last) - self._business(*first))

    def _place(self, business: int) -> tuple[int, int]:
        """The earliest wall-clock place at which `business` (more than 0) is used up: inverse of `_business`."""
        index, rest = divmod(business, self._day_length)
        if rest == 0:
            index, rest = index - 1, self._day_length
        ordinal = self._working.nth(index)
        for start, end in self._spans:
            if rest <= end - start:
                return ordinal, start + rest
            rest -= end - start
        raise AssertionError("a day's rest is never longer than its windows")

    def _instant(self, ordinal: int, clock: int) -> datetime:
        local = datetime.combine(date.fromordinal(ordinal), MIDNIGHT) + timedelta(microseconds=clock)
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def _warn_if_missing(self, first: int, last: int) -> None:
        years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
        covered = self.covered_years or frozenset()
        for year in years:
            if year not in covered:
                warnings.warn(
                    f"The calendar has no holiday rows for {year}: weekends are skipped, holidays are not.",
                    MissingCalendarYear,
                    stacklevel=3,
                )
