"""Periods and what they are compared with; curves; repeat spots against a brute search."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from linli.insight.queries.board import at_share
from linli.insight.queries.hotspots import LEAST, RADIUS_M, spots
from linli.insight.queries.overview import curve
from linli.insight.queries.periods import month_of, period_of, read_period
from linli.insight.queries.rates import nothing
from linli.kernel.coordinates import offset, quick_distance_m
from linli.kernel.errors import BadInput

NOVEMBER = date(2026, 11, 21)


def days(*texts: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)


@pytest.mark.parametrize(
    ("name", "today", "expected"),
    [
        ("days30", NOVEMBER, ("2026-10-23", "2026-11-21", "2026-09-23", "2026-10-22")),
        ("month", NOVEMBER, ("2026-11-01", "2026-11-21", "2026-10-01", "2026-10-21")),
        ("month", date(2026, 3, 31), ("2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28")),
        ("month", date(2026, 1, 1), ("2026-01-01", "2026-01-01", "2025-12-01", "2025-12-01")),
        ("last_month", NOVEMBER, ("2026-10-01", "2026-10-31", "2026-09-01", "2026-09-30")),
        ("last_month", date(2026, 1, 5), ("2025-12-01", "2025-12-31", "2025-11-01", "2025-11-30")),
        ("quarter", NOVEMBER, ("2026-10-01", "2026-11-21", "2026-07-01", "2026-08-21")),
        ("quarter", date(2026, 1, 2), ("2026-01-01", "2026-01-02", "2025-10-01", "2025-10-02")),
    ],
)
def test_a_period_knows_its_days_and_those_before(name: str, today: date, expected: tuple[str, ...]) -> None:
    period = period_of(name, today)
    assert (period.since, period.until, period.since_before, period.until_before) == days(*expected)


def test_days_alone_are_a_period_of_their_own() -> None:
    period = read_period({"since": "2026-11-01", "until": "2026-11-10"}, today=NOVEMBER)
    assert (period.name, period.days) == ("custom", 10)
    assert (period.since_before, period.until_before) == days("2026-10-22", "2026-10-31")
    assert read_period({"period": "custom"}, today=NOVEMBER).since == date(2026, 10, 23)
    assert read_period({}, today=NOVEMBER).name == "days30"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"period": "century"}, "period"),
        ({"since": "yesterday"}, "since"),
        ({"until": "0001-01-01"}, "until"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "since"),
        ({"since": "2020-01-01", "until": "2026-11-01"}, "since"),
    ],
)
def test_a_period_that_is_none_is_refused_by_its_field(values: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read_period(values, today=NOVEMBER)
    assert refusal.value.field == field


def test_a_whole_month_is_compared_with_the_month_before() -> None:
    period = month_of(date(2026, 3, 17))
    assert (period.since, period.until, period.since_before, period.until_before) == days(
        "2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"
    )


@pytest.mark.parametrize(("length", "places"), [(30, 30), (60, 9), (365, 13)])
def test_a_curve_has_no_gaps_and_loses_nothing(length: int, places: int) -> None:
    since = NOVEMBER - timedelta(days=length - 1)
    period = read_period({"since": since.isoformat(), "until": NOVEMBER.isoformat()}, today=NOVEMBER)
    told = []
    for back in (0, 3, length - 1):
        day = nothing((since + timedelta(days=back)).isoformat())
        day.counts["reported"] = back + 1
        told.append(day)
    found = curve(told, period)
    assert len(found) == places
    assert sum(item.reported for item in found) == length + 5
    assert found[0].key == since.isoformat()


def test_shares_of_sorted_values() -> None:
    assert at_share([], 0.5) is None
    assert at_share([7], 0.9) == 7
    assert at_share([1, 2, 3, 4], 0.5) == 2
    assert at_share(list(range(1, 11)), 0.9) == 9
    assert at_share(list(range(1, 12)), 0.9) == 10


def test_repeat_spots_are_those_a_brute_search_finds() -> None:
    chance, day = random.Random(5), NOVEMBER
    seen = [
        (chance.choice("AB"), *offset(106.55, 29.5, chance.uniform(0, 400), chance.uniform(0, 400)), "990101001003002",
         day - timedelta(days=chance.randrange(8)))
        for _number in range(300)
    ]  # fmt: skip
    led: list[tuple[str, float, float, list[int]]] = []
    for number, (kind, lng, lat, _grid, _day) in enumerate(seen):
        near = [
            (quick_distance_m((one[1], one[2]), (lng, lat)), index)
            for index, one in enumerate(led)
            if one[0] == kind and quick_distance_m((one[1], one[2]), (lng, lat)) <= RADIUS_M
        ]
        if near:
            led[min(near)[1]][3].append(number)
        else:
            led.append((kind, lng, lat, [number]))
    expected = sorted((kind, len(held), len({seen[one][4] for one in held})) for kind, _x, _y, held in led if len(held) >= LEAST)
    found = spots(seen)
    assert sorted((spot.category, spot.cases, len(spot.days)) for spot in found) == expected
    assert [spot.is_hot for spot in found] == sorted((spot.is_hot for spot in found), reverse=True)
    assert any(spot.is_hot for spot in found)
