"""Counting again: a day at a time, from the cases as they stand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from linli.cases.models import Case
from linli.cases.queries.lists import first_id
from linli.cases.workflow import ENDED, Stage
from linli.insight.models import DayCount

FIELDS = (
    "community_code",
    "lead_unit_id",
    "suggested_unit_id",
    "stage",
    "is_open",
    "registered_at",
    "dispatched_at",
    "delivered_at",
    "due_at",
    "is_overdue",
    "is_exempt",
    "solved",
    "satisfaction",
    "rework_count",
    "return_count",
    "reopen_count",
    "reported_at",
)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The instants between which a local day lies."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(day, time(), zone)
    return start, datetime.combine(day + timedelta(days=1), time(), zone)


@transaction.atomic
def refresh_day(day: date, *, now: datetime | None = None) -> int:
    """Count one day again; returns how many rows it has. Safe to run at any time, any number of times."""
    now = now or timezone.now()
    start, end = day_bounds(day)
    counts: dict[tuple[str, int], DayCount] = {}
    rows = Case.objects.filter(pk__gte=first_id(start), pk__lt=first_id(end)).values_list(*FIELDS)
    for row in rows.iterator(chunk_size=5000):
        key = (row[0], row[1] or row[2] or 0)
        count = counts.get(key)
        if count is None:
            count = counts[key] = DayCount(day=day, community_code=key[0], unit_id=key[1])
        _add(count, row, now)
    DayCount.objects.filter(day=day).delete()
    DayCount.objects.bulk_create(counts.values(), batch_size=400)
    return len(counts)


def _add(count: DayCount, row: tuple, now: datetime) -> None:
    (
        _community,
        _lead,
        _suggested,
        stage,
        is_open,
        registered_at,
        dispatched_at,
        delivered_at,
        due_at,
        _overdue,
        is_exempt,
        solved,
        satisfaction,
        rework,
        returned,
        reopened,
        reported_at,
    ) = row
    count.reported += 1
    count.open += is_open
    count.registered += registered_at is not None
    count.refused += stage == Stage.REFUSED
    count.merged += stage == Stage.MERGED
    count.closed += stage in ENDED
    count.reworked += rework > 0
    count.returned += returned > 0
    count.reopened += reopened > 0
    count.exempt += is_exempt
    if dispatched_at is not None and stage not in (Stage.MERGED, Stage.VOID):
        count.dispatched += 1
        done_at = delivered_at or now
        is_late = due_at is not None and done_at > due_at
        if (delivered_at is not None or is_late) and not is_exempt:
            count.due += 1
            count.in_time += not is_late
    if delivered_at is not None:
        count.minutes_to_done += int((delivered_at - reported_at).total_seconds() // 60)
    if satisfaction is not None:
        count.rated += 1
        count.solved += solved == "yes"
        count.partly += solved == "partly"
        count.satisfied += satisfaction >= 4
        count.fairly += satisfaction == 3


def refresh_all(*, progress: object = None) -> int:
    """Count every day there are cases of; returns how many days. For after a load of history."""
    first, last = Case.objects.order_by("pk").first(), Case.objects.order_by("-pk").first()
    if first is None or last is None:
        return 0
    day, end, days = timezone.localtime(first.reported_at).date(), timezone.localtime(last.reported_at).date(), 0
    while day <= end:
        refresh_day(day)
        if callable(progress):
            progress(day)
        day, days = day + timedelta(days=1), days + 1
    return days
