"""Counting again: a day at a time, from the cases as they stand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Sum, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils import timezone

from linli.cases.models import Case
from linli.cases.queries.figures import FIGURES
from linli.cases.queries.lists import first_id
from linli.insight.models import ALL_UNITS, COUNTS, EVERYWHERE, SUMS, DayCount
from linli.insight.queries.periods import day_bounds

Key = tuple[str, int]
MINUTE = timedelta(minutes=1)


@transaction.atomic
def refresh_day(day: date, *, now: datetime | None = None) -> int:
    """Count one day again; returns how many rows it has. Safe to run at any time, any number of times, also at once."""
    sums: dict[Key, dict[str, int]] = defaultdict(lambda: dict.fromkeys(SUMS, 0))
    for key, counts in _counted(day, now or timezone.now()):
        for place in _places(key[0]):
            for unit in (key[1], ALL_UNITS):
                into = sums[place, unit]
                for name, count in counts.items():
                    into[name] += count
    _keep(day, sums)
    return len(sums)


def _keep(day: date, sums: dict[Key, dict[str, int]]) -> None:
    """Write what differs from what is there: a step moves a handful of a day's rows."""
    there = {
        (place, unit): values
        for place, unit, *values in DayCount.objects.filter(day=day).values_list("community_code", "unit_id", *SUMS)
    }
    gone = there.keys() - sums.keys()
    for place, unit in gone:
        DayCount.objects.filter(day=day, community_code=place, unit_id=unit).delete()
    rows = [
        DayCount(day=day, community_code=place, unit_id=unit, **counts)
        for (place, unit), counts in sorted(sums.items())
        if there.get((place, unit)) != list(counts.values())
    ]
    DayCount.objects.bulk_create(
        rows, batch_size=400, update_conflicts=True, update_fields=SUMS, unique_fields=["day", "community_code", "unit_id"]
    )


def _counted(day: date, now: datetime) -> list[tuple[Key, dict[str, int]]]:
    """The counts of a day by place and unit. One query; the same conditions as the lists that figures open to."""
    start, end = day_bounds(day)
    rows: Any = (
        Case.objects.filter(pk__gte=first_id(start), pk__lt=first_id(end), is_sealed=False)
        .order_by()
        .values(place=Coalesce(NullIf("community_code", Value("")), "street_code"), unit=Coalesce(F("lead_unit_id"), Value(0)))
        .annotate(
            **{f"n_{name}": Count("pk", filter=FIGURES[name](now) or None) for name in COUNTS},
            took=Sum(F("delivered_at") - F("reported_at"), filter=FIGURES["delivered"](now)),
        )
    )
    return [
        (
            (row["place"], row["unit"]),
            {name: row[f"n_{name}"] for name in COUNTS} | {"minutes_to_done": (row["took"] or timedelta()) // MINUTE},
        )
        for row in rows
    ]


def _places(code: str) -> list[str]:
    """The place itself, its whole street, and everywhere."""
    return [code, *([f"{code[:9]}{EVERYWHERE}"] if len(code) >= 9 else []), EVERYWHERE]


def refresh_all(*, progress: Callable[[date], None] | None = None) -> int:
    """Count every day there are cases of; returns how many days. For after a load of history."""
    first, last = Case.objects.order_by("pk").first(), Case.objects.order_by("-pk").first()
    if first is None or last is None:
        return 0
    day, end, days = timezone.localtime(first.reported_at).date(), timezone.localtime(last.reported_at).date(), 0
    while day <= end:
        refresh_day(day)
        if progress is not None:
            progress(day)
        day, days = day + timedelta(days=1), days + 1
    return days
