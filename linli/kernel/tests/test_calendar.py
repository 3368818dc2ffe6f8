"""The calendar in force: from options and table, made anew when they change, and a warning before a year that is missing."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime

import pytest

from linli.kernel.calendar import calendar
from linli.kernel.clocks import Limit
from linli.kernel.models import CalendarDay, Setting
from linli.kernel.snapshots import changed
from linli.kernel.tasks import look_at_calendar

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # nine in the morning in Shanghai


def test_a_new_holiday_and_new_hours_count_at_once() -> None:
    assert calendar().due(MONDAY, Limit.parse("1D")) == MONDAY.replace(day=3)

    CalendarDay.objects.create(day=date(2026, 3, 3), kind="holiday")
    changed("calendar")
    assert calendar().due(MONDAY, Limit.parse("1D")) == MONDAY.replace(day=4)

    Setting.objects.update_or_create(key="calendar.windows", defaults={"value": [["09:00", "10:00"]]})
    changed("settings")
    changed("calendar")
    assert calendar().due(MONDAY, Limit.parse("2H")) == MONDAY.replace(day=4, hour=2)


def test_the_default_calendar_knows_the_holidays_of_two_years_and_which_of_them_may_still_move() -> None:
    kinds = set(CalendarDay.objects.values_list("day__year", "kind"))

    assert {(2026, "holiday"), (2026, "workday"), (2027, "holiday")} <= kinds
    assert set(CalendarDay.objects.filter(day__year=2027).values_list("is_provisional", flat=True)) == {True}


@pytest.mark.parametrize(("today", "years"), [("2026-10-01", []), ("2026-11-10", ["2027"])])
def test_two_months_before_a_year_that_is_missing_the_worker_warns(time_machine, caplog, today, years) -> None:
    CalendarDay.objects.filter(day__year=2027).delete()
    time_machine.move_to(f"{today}T12:00:00+08:00")

    with caplog.at_level(logging.WARNING, "linli.worker"):
        look_at_calendar()

    assert [year for year in years if year in caplog.text] == years
    assert len(caplog.records) == len(years)
