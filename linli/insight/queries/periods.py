"""Periods people ask for, each with the one before it that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from linli.kernel.errors import BadInput

NAMES = {
    "days30": pgettext_lazy("period", "Last 30 days"),
    "month": pgettext_lazy("period", "This month"),
    "last_month": pgettext_lazy("period", "Last month"),
    "quarter": pgettext_lazy("period", "This quarter"),
    "custom": pgettext_lazy("period", "Chosen days"),
}
USUAL = "days30"
MOST_DAYS = 1100


@dataclass(frozen=True)
class Period:
    """Local days, both included, and the days before that they are compared with."""

    name: str
    since: date
    until: date
    since_before: date
    until_before: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


def _one(day: date) -> date:
    return day.replace(day=1)


def _months_back(first: date, months: int) -> date:
    """The first day of the month so many months before."""
    number = first.year * 12 + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _so_far(name: str, since: date, before: date, today: date) -> Period:
    """A month or quarter up to today, against as many days of the one before."""
    until_before = min(before + (today - since), since - timedelta(days=1))
    return Period(name, since, today, before, until_before)


def month_of(day: date) -> Period:
    """A whole month against the month before."""
    since = _one(day)
    until = _months_back(since, -1) - timedelta(days=1)
    return Period("custom", since, until, _months_back(since, 1), since - timedelta(days=1))


def period_of(name: str, today: date) -> Period:
    """A period by its name as it stands today."""
    first = _one(today)
    if name == "month":
        return _so_far(name, first, _months_back(first, 1), today)
    if name == "last_month":
        whole = month_of(_months_back(first, 1))
        return Period(name, whole.since, whole.until, whole.since_before, whole.until_before)
    if name == "quarter":
        since = _months_back(first, (first.month - 1) % 3)
        return _so_far(name, since, _months_back(since, 3), today)
    return _span(name, today - timedelta(days=29), today)


def _span(name: str, since: date, until: date) -> Period:
    days = until - since
    return Period(name, since, until, since - days - timedelta(days=1), since - timedelta(days=1))


def read_period(values: Mapping[str, str], *, today: date | None = None) -> Period:
    """The period a query string asks for: `period`, and with `custom` the days `since` and `until`.

    Days alone mean `custom`. Raises BadInput naming the field.
    """
    today = today or timezone.localdate()
    since, until = _day(values, "since"), _day(values, "until")
    name = values.get("period") or ("custom" if since or until else USUAL)
    if name not in NAMES:
        raise BadInput("period_unknown", _("There is no such period."), field="period")
    if name != "custom":
        return period_of(name, today)
    until = until or today
    since = since or until - timedelta(days=29)
    if since > until:
        raise BadInput("days_wrong", _("The first day must not lie after the last."), field="since")
    if (until - since).days >= MOST_DAYS:
        raise BadInput("days_too_many", _("At most three years at once."), field="since")
    return _span(name, since, until)


def _day(values: Mapping[str, str], name: str) -> date | None:
    text = values.get(name) or ""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year <= 2199:
        raise BadInput("day_wrong", _("This is not a day such as 2026-11-21."), field=name)
    return day


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The instants between which a local day lies."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(day, time(), zone)
    return start, datetime.combine(day + timedelta(days=1), time(), zone)
