"""The district's calendar: working windows from the options, holidays and make-up days from the table."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from linli.kernel import options
from linli.kernel.clocks import Calendar
from linli.kernel.models import CalendarDay
from linli.kernel.option_values import from_until
from linli.kernel.snapshots import Snapshot


def check_windows(value: Any) -> None:
    """Pairs of times that a calendar can be made of: none empty, none over another."""
    Calendar(windows=tuple(from_until(window) for window in value))


WINDOWS = options.option(
    "calendar.windows",
    [["08:00", "12:00"], ["14:00", "18:00"]],
    "Working windows of a working day, local time.",
    check_windows,
)


def _load() -> Calendar:
    return Calendar(
        windows=tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in options.value(WINDOWS)),
        days=dict(CalendarDay.objects.values_list("day", "kind")),
        zone=ZoneInfo(settings.TIME_ZONE),
    )


_calendar: Snapshot[Calendar] = Snapshot("calendar", _load)


def calendar() -> Calendar:
    """The calendar in force; business clocks of every module run on it."""
    return _calendar.get()
