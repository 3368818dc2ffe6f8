import pickle
import time as clock_time
import warnings
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from linli.kernel.clocks import Calendar, Limit, MissingCalendarYear, Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")


def _days(kind: str, month: int, *numbers: int) -> dict[date, str]:
    return {date(2026, month, number): kind for number in numbers}


# The State Council's arrangement for 2026.
HOLIDAYS_2026 = (
    _days("holiday", 1, 1, 2, 3)
    | _days("holiday", 2, *range(15, 24))
    | _days("holiday", 4, 4, 5, 6)
    | _days("holiday", 5, 1, 2, 3, 4, 5)
    | _days("holiday", 6, 19, 20, 21)
    | _days("holiday", 9, 25, 26, 27)
    | _days("holiday", 10, *range(1, 8))
    | _days("workday", 1, 4)
    | _days("workday", 2, 14, 28)
    | _days("workday", 5, 9)
    | _days("workday", 9, 20)
    | _days("workday", 10, 10)
)
CALENDAR = Calendar(days=HOLIDAYS_2026)


def local(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


NAMED_CASES = [
    # limit, start, due                                  why
    ("2U", local(3, 4, 23, 59), local(3, 5, 1, 59)),  # urgent hours run through the night
    ("1UD", local(2, 16, 8), local(2, 17, 8)),  # and through the Spring Festival
    ("4H", local(3, 4, 8), local(3, 4, 12)),  # used up at noon: due at noon, not after lunch
    ("4H", local(3, 4, 10), local(3, 4, 16)),  # lunch does not count
    ("4H", local(3, 4, 13), local(3, 4, 18)),  # started in the lunch hour
    ("4H", local(3, 4, 17), local(3, 5, 11)),
    ("8H", local(3, 4, 8), local(3, 4, 18)),
    ("1H", local(3, 4, 23, 59), local(3, 5, 9)),
    ("4H", local(2, 14, 16), local(2, 24, 10)),  # make-up Saturday before the festival, then nine days off
    ("1D", local(2, 14, 10), local(2, 24, 10)),
    ("2D", local(2, 13, 9, 30), local(2, 24, 9, 30)),  # Friday, make-up Saturday, festival, Tuesday
    ("5D", local(2, 11, 15), local(2, 25, 15)),
    ("1D", local(2, 27, 9), local(2, 28, 9)),  # make-up Saturday after the festival
    ("2D", local(2, 27, 9), local(3, 2, 9)),
    ("2D", local(3, 4, 23, 59), local(3, 6, 18)),  # clamped to the end of the last window
    ("2D", local(3, 4, 6), local(3, 6, 6)),
    ("1D", local(3, 7, 10), local(3, 9, 18)),  # Saturday: the whole of Monday
    ("1D", local(2, 17, 10), local(2, 24, 18)),  # on the first day of the new year
    ("1D", local(9, 30, 17), local(10, 8, 17)),
    ("2D", local(10, 9, 9), local(10, 12, 9)),  # Friday, make-up Saturday, Monday
]


@pytest.mark.parametrize(("limit", "start", "due"), NAMED_CASES)
def test_due_in_named_cases(limit, start, due):
    found = CALENDAR.due(start, Limit.parse(limit))

    assert found == due
    assert found.tzinfo is UTC


def test_limits_are_read_and_written():
    assert [str(Limit.parse(text)) for text in ("2U", " 3ud ", "4h", "5D")] == ["2U", "3UD", "4H", "5D"]
    assert Limit.parse("3UD") == Limit(3, Unit.URGENT_DAY)
    assert Limit.parse("1H").text("en") == "1 working hour"
    assert Limit.parse("3UD").text("en") == "3 urgent days"


@pytest.mark.parametrize("text", ["", "U", "0U", "-1H", "2", "2X", "2.5H", "1DU", "99999D", "２H", "2H3D"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ValueError, match="not a limit"):
        Limit.parse(text)


@pytest.mark.parametrize(
    ("limit", "words"),
    [("2U", "2 个紧急工作时"), ("3UD", "3 个紧急工作日"), ("4H", "4 个工作时"), ("5D", "5 个工作日")],
)
def test_limits_in_chinese(limit, words):
    assert Limit.parse(limit).text("zh-hans") == words


def test_naive_instants_are_refused():
    with pytest.raises(ValueError, match="aware"):
        CALENDAR.due(datetime(2026, 3, 4, 8), Limit.parse("1H"))


@pytest.mark.parametrize(
    "windows",
    [(), ((time(9), time(9)),), ((time(12), time(9)),), ((time(8), time(12)), (time(11), time(18)))],
)
def test_impossible_windows_are_refused(windows):
    with pytest.raises(ValueError, match="window"):
        Calendar(windows=windows)


def test_an_unknown_kind_of_day_is_refused():
    with pytest.raises(ValueError, match="festival"):
        Calendar(days={date(2026, 2, 17): "festival"})


def test_a_calendar_cannot_be_changed_or_pickled_into_another():
    with pytest.raises(FrozenInstanceError):
        CALENDAR.windows = ()
    with pytest.raises(TypeError):
        CALENDAR.days[date(2026, 1, 5)] = "holiday"
    with pytest.raises(TypeError):
        pickle.dumps(CALENDAR)


def test_changing_the_rows_given_does_not_change_the_calendar():
    rows = dict(HOLIDAYS_2026)
    calendar = Calendar(days=rows)

    rows[date(2026, 3, 5)] = "holiday"

    assert calendar.due(local(3, 4, 9), Limit.parse("1D")) == local(3, 5, 9)


# --- years without rows ---


def test_a_year_without_rows_warns_and_still_skips_weekends():
    with pytest.warns(MissingCalendarYear, match="2027"):
        due = CALENDAR.due(local(12, 31, 9), Limit.parse("1D"))

    assert due == local(1, 1, 9, year=2027)  # a Friday, wrongly worked: hence the warning


def test_a_covered_year_and_an_urgent_limit_do_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CALENDAR.due(local(11, 30, 9), Limit.parse("5D"))
        CALENDAR.due(local(12, 31, 23), Limit.parse("5UD"))
        assert CALENDAR.elapsed(local(12, 31), local(1, 5, year=2027), Unit.URGENT_DAY) == 5
        Calendar(covered_years=frozenset({2030})).due(local(1, 2, 9, year=2030), Limit.parse("1D"))


def test_measuring_through_a_missing_year_warns():
    with pytest.warns(MissingCalendarYear):
        CALENDAR.elapsed(local(12, 31), local(1, 5, year=2027), Unit.WORKING_DAY)


def test_missing_years_are_named():
    assert CALENDAR.missing_years(2025, 2028) == [2025, 2027, 2028]
    assert CALENDAR.missing_years(date(2026, 1, 1), date(2026, 12, 31)) == []
    # 2026-12-31T16:00Z is already 2027 in Shanghai.
    assert CALENDAR.missing_years(local(1, 1), datetime(2026, 12, 31, 16, tzinfo=UTC)) == [2027]


# --- extension, suspension, lights ---


def test_an_extension_adds_one_limit_to_the_due_instant():
    limit = Limit.parse("4H")

    assert CALENDAR.extend(CALENDAR.due(local(3, 4, 8), limit), limit) == local(3, 4, 18)


def test_a_suspension_moves_the_due_instant_by_the_business_time_paused():
    due = local(3, 5, 10)

    assert CALENDAR.shift(due, local(3, 4, 16), local(3, 6, 10)) == local(3, 6, 16)  # 2 + 8 + 2 hours
    assert CALENDAR.shift(due, local(3, 4, 16), local(3, 6, 16), Unit.URGENT_HOUR) == local(3, 7, 10)


def test_a_pause_outside_office_hours_moves_nothing():
    assert CALENDAR.shift(local(3, 5, 10), local(3, 4, 18), local(3, 5, 8)) == local(3, 5, 10)


def test_a_pause_that_ends_after_hours_is_not_overdue_before_it_ends():
    assert CALENDAR.shift(local(3, 5, 6), local(3, 4, 9), local(3, 4, 20)) == local(3, 5, 17)
    assert CALENDAR.shift(local(3, 4, 18), local(3, 4, 18) - timedelta(hours=1), local(3, 5, 20)) == local(3, 6, 9)
    assert CALENDAR.shift(local(3, 5, 6), local(3, 4, 19), local(3, 5, 20)) == local(3, 5, 20)


def test_a_pause_after_the_due_instant_does_not_save_it():
    assert CALENDAR.shift(local(3, 5, 10), local(3, 5, 11), local(3, 6, 11)) == local(3, 5, 10)


def test_a_pause_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match="pause"):
        CALENDAR.shift(local(3, 5, 10), local(3, 4, 11), local(3, 4, 10))


def test_the_share_left_is_counted_in_business_time():
    start, due = local(3, 6, 8), local(3, 9, 18)  # Friday to Monday: two working days

    assert CALENDAR.remaining_share(start, due, start - timedelta(hours=1)) == 1.0
    assert CALENDAR.remaining_share(start, due, local(3, 6, 18)) == 0.5
    assert CALENDAR.remaining_share(start, due, local(3, 8, 12)) == 0.5  # Sunday noon: nothing was used up
    assert CALENDAR.remaining_share(start, due, due) == 0.0
    assert CALENDAR.remaining_share(start, due, due + timedelta(days=1)) == 0.0


def test_the_share_of_an_urgent_limit_is_counted_in_plain_time():
    start, due = local(3, 6, 20), local(3, 6, 22)

    assert CALENDAR.remaining_share(start, due, local(3, 6, 21)) == 0.5  # no office hours in it at all
    assert CALENDAR.remaining_share(local(3, 6, 16), local(3, 6, 20), local(3, 6, 19), Unit.URGENT_HOUR) == 0.25


def test_summer_time_does_not_stretch_an_urgent_limit():
    berlin = ZoneInfo("Europe/Berlin")
    calendar = Calendar(zone=berlin, covered_years=frozenset({2026}))
    start = datetime(2026, 3, 29, 1, tzinfo=berlin)

    due = calendar.due(start, Limit.parse("2U")).astimezone(berlin)

    assert due == datetime(2026, 3, 29, 4, tzinfo=berlin)  # 02:00 to 03:00 did not happen
    assert calendar.elapsed(start, due, Unit.URGENT_HOUR) == 2
    assert calendar.remaining_share(start, due, datetime(2026, 3, 29, 3, tzinfo=berlin), Unit.URGENT_HOUR) == 0.5


def test_open_hours():
    assert CALENDAR.is_open(local(2, 28, 8))  # make-up Saturday
    assert not CALENDAR.is_open(local(2, 28, 12))
    assert not CALENDAR.is_open(local(2, 17, 9))
    assert CALENDAR.is_working_day(date(2026, 1, 4))


def test_a_window_may_end_at_midnight():
    night = Calendar(windows=((time(20), time(0)),), days=HOLIDAYS_2026)

    assert night.due(local(3, 4, 8), Limit.parse("5H")) == local(3, 5, 21)
    assert night.due(local(3, 4, 8), Limit.parse("4H")) == local(3, 5)


# --- against a clock that walks ---

WINDOWS = st.sampled_from(
    [
        ((time(8), time(12)), (time(14), time(18))),
        ((time(8), time(11, 30)), (time(14), time(20))),
        ((time(9), time(17)),),
        ((time(0), time(0)),),
        ((time(6), time(7)), (time(9), time(10)), (time(22), time(0))),
    ]
)
STARTS = st.integers(0, 120 * 24 * 60).map(lambda minute: local(1, 1) + timedelta(minutes=minute))
EXCEPTIONS = st.dictionaries(st.dates(date(2026, 1, 1), date(2026, 5, 31)), st.sampled_from(["holiday", "workday"]), max_size=40)
ZONES = st.sampled_from(["Asia/Shanghai", "UTC", "America/St_Johns"])


class SlowCalendar:
    """The same rules, minute by minute, day by day; written apart from the quick one."""

    def __init__(self, calendar: Calendar):
        self.calendar = calendar

    def works(self, day: date) -> bool:
        kind = self.calendar.days.get(day)
        return kind == "workday" if kind else day.weekday() < 5

    def is_open(self, moment: datetime) -> bool:
        clock = moment.time()
        inside = any(start <= clock and (clock < end or end == time(0)) for start, end in self.calendar.windows)
        return inside and self.works(moment.date())

    def due(self, start: datetime, limit: Limit) -> datetime:
        moment = start.replace(tzinfo=None)
        if limit.unit is Unit.WORKING_HOUR:
            left = limit.amount * 60
            while left:
                left -= self.is_open(moment)
                moment += timedelta(minutes=1)
            return moment
        was_working, day, left = self.works(moment.date()), moment.date(), limit.amount
        while left:
            day += timedelta(days=1)
            left -= self.works(day)
        closing = datetime.combine(day, time()) + self._closing()
        return min(datetime.combine(day, moment.time()), closing) if was_working else closing

    def _closing(self) -> timedelta:
        last = max(end if end != time(0) else time.max for _, end in self.calendar.windows)
        return timedelta(days=1) if last == time.max else timedelta(hours=last.hour, minutes=last.minute)

    def minutes(self, start: datetime, end: datetime) -> int:
        moment, end, count = start.replace(tzinfo=None), end.replace(tzinfo=None), 0
        while moment < end:
            count += self.is_open(moment)
            moment += timedelta(minutes=1)
        return count


@settings(max_examples=150, deadline=None)
@given(windows=WINDOWS, days=EXCEPTIONS, start=STARTS, amount=st.integers(1, 30), unit=st.sampled_from(["H", "D"]))
def test_due_equals_the_slow_clock(windows, days, start, amount, unit):
    calendar = Calendar(windows=windows, days=days, covered_years=frozenset({2026}))
    limit = Limit(amount, Unit(unit))

    due = calendar.due(start, limit)

    assert due.astimezone(SHANGHAI).replace(tzinfo=None) == SlowCalendar(calendar).due(start, limit)


@settings(max_examples=80, deadline=None)
@given(windows=WINDOWS, days=EXCEPTIONS, start=STARTS, minutes=st.integers(0, 20_000))
def test_elapsed_equals_the_slow_clock(windows, days, start, minutes):
    calendar = Calendar(windows=windows, days=days, covered_years=frozenset({2026}))
    end = start + timedelta(minutes=minutes)

    hours = calendar.elapsed(start, end, Unit.WORKING_HOUR)

    assert round(hours * 60, 6) == SlowCalendar(calendar).minutes(start, end)


@settings(max_examples=200, deadline=None)
@given(
    days=EXCEPTIONS,
    start=STARTS,
    amount=st.integers(1, 60),
    unit=st.sampled_from(["U", "UD", "H", "D"]),
    seconds=st.integers(0, 59_999_999),
    zone=ZONES,
)
def test_the_time_up_to_due_is_the_limit(days, start, amount, unit, seconds, zone):
    calendar = Calendar(days=days, zone=ZoneInfo(zone), covered_years=frozenset({2025, 2026}))
    start += timedelta(microseconds=seconds)
    limit = Limit(amount, Unit(unit))

    due = calendar.due(start, limit)

    assert due > start
    assert calendar.elapsed(start, due, limit.unit) == pytest.approx(amount)
    assert calendar.due(start + timedelta(hours=1), limit) >= due  # starting later never ends earlier
    assert calendar.remaining_share(start, due, start, limit.unit) == 1.0
    assert calendar.remaining_share(start, due, due, limit.unit) == 0.0


@settings(max_examples=200, deadline=None)
@given(days=EXCEPTIONS, start=STARTS, amount=st.integers(1, 40), before=st.floats(0, 1), pause=st.integers(0, 30_000))
def test_a_suspension_gives_back_what_was_left(days, start, amount, before, pause):
    calendar = Calendar(days=days, covered_years=frozenset({2026}))
    due = calendar.due(start, Limit(amount, Unit.WORKING_HOUR))
    paused_from = start + (due - start) * before
    paused_until = paused_from + timedelta(minutes=pause)
    assume(paused_from < due)

    moved = calendar.shift(due, paused_from, paused_until)

    left = calendar.elapsed(paused_from, due, Unit.WORKING_HOUR)
    assert moved >= due
    assert calendar.elapsed(paused_until, moved, Unit.WORKING_HOUR) == pytest.approx(left, abs=1e-6)


def test_due_is_quick():
    limits = [Limit.parse(text) for text in ("2U", "4H", "5D")]
    start = local(2, 13, 16, 30)

    def cost() -> float:
        began = clock_time.process_time()
        for _ in range(2_000):
            for limit in limits:
                CALENDAR.due(start, limit)
        return (clock_time.process_time() - began) / 6_000

    assert min(cost() for _ in range(5)) < 15e-6
