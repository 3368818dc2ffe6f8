"""The three rates side by side: units, areas and days of a period, each with the period before. Five reads of daily counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from linli.insight.queries.periods import Period
from linli.insight.queries.rates import Rates, Span, area_for, area_rates, day_rates, nothing, together, unit_rates
from linli.kernel.policy import Actor

DAILY, WEEKLY = 45, 200  # up to so many days a curve has one place a day, a week; beyond, a month


@dataclass(frozen=True)
class Line:
    """One unit or area now and in the period before."""

    now: Rates
    before: Rates

    def change(self, rate: str) -> float | None:
        """By how many points a rate has moved; None while one of the two is missing."""
        now, before = getattr(self.now, rate), getattr(self.before, rate)
        return None if now is None or before is None else round(now - before, 1)


@dataclass(frozen=True)
class Overview:
    """What the page of rates shows."""

    period: Period
    span: Span
    unit: int | None
    level: str
    total: Line
    units: list[Line]
    areas: list[Line]
    days: list[Rates]


def overview(actor: Actor, period: Period, *, area: str = "", unit: int | None = None, level: str = "community") -> Overview:
    """The rates of a period within what the actor's post covers. Raises NotFound for an area that is not theirs."""
    mine = area_for(actor, area)
    now, before = Span(period.since, period.until, mine), Span(period.since_before, period.until_before, mine)
    areas, areas_before = (area_rates(span, level=level, unit=unit) for span in (now, before))
    days = day_rates(now, unit)
    return Overview(
        period, now, unit, level,
        total=Line(together(days), together(areas_before)),
        units=_lines(unit_rates(now, unit), unit_rates(before, unit)),
        areas=_lines(areas, areas_before),
        days=days,
    )  # fmt: skip


def _lines(now: list[Rates], before: list[Rates]) -> list[Line]:
    earlier = {item.key: item for item in before}
    return [Line(item, earlier.get(item.key) or nothing(item.key, item.name)) for item in now]


def in_order(lines: Iterable[Line], by: str) -> list[Line]:
    """Lines by a rate or count (`-score`: the best first); those without one come last, equals by name."""
    name, is_falling = by.removeprefix("-"), by.startswith("-")
    named = sorted(lines, key=lambda line: line.now.key)
    with_value = [line for line in named if getattr(line.now, name) is not None]
    without = [line for line in named if getattr(line.now, name) is None]
    return sorted(with_value, key=lambda line: getattr(line.now, name), reverse=is_falling) + without


def curve(days: Sequence[Rates], period: Period) -> list[Rates]:
    """One place a day, week or month without gaps, so that a quiet day shows as one. The key is its first day."""
    first_of = _bucket(period.days)
    places: dict[date, list[Rates]] = {}
    for back in range(period.days):
        places.setdefault(max(first_of(period.since + timedelta(days=back)), period.since), [])
    for day in days:
        places[max(first_of(date.fromisoformat(day.key)), period.since)].append(day)
    return [together(parts, first.isoformat(), first.isoformat()) for first, parts in sorted(places.items())]


def _bucket(days: int) -> Callable[[date], date]:
    if days <= DAILY:
        return lambda day: day
    if days <= WEEKLY:
        return lambda day: day - timedelta(days=day.weekday())
    return lambda day: day.replace(day=1)
