"""What the situation screen shows, as one plain dictionary: figures, lights, places; never a person, a word or an address.

Sealed cases are in nothing of it. Places are rounded to about ten metres, the latest steps name the community only.
Four small reads for what moves by the second; three for what moves slowly, kept for a minute.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from linli.cases.models import AREA_COLUMN, Case, CaseStep, Situation, in_area
from linli.cases.queries.lists import first_id
from linli.cases.workflow import ENDED, Stage
from linli.catalogue.queries import catalogue
from linli.insight.queries.overview import Line, in_order
from linli.insight.queries.periods import day_bounds, period_of
from linli.insight.queries.rates import Span, area_for, area_rates, nothing, together, total_rates
from linli.kernel.policy import Actor
from linli.places.queries import areas

MOST_POINTS = 3000
DIGITS = 4
LATEST, LOOK_BACK = 24, timedelta(hours=24)
TOP_KINDS, KIND_DAYS = 8, 7
SLOW_SECONDS = 60
LIGHTS = ("red", "violet", "yellow", "green", "grey")
# Stages as the screen groups them: what waits, what is under way, what is checked.
PHASES: dict[str, tuple[str, ...]] = {
    "waiting": (Stage.REPORTED, Stage.PRE_CHECK, Stage.REGISTERED),
    "sent": (Stage.DISPATCHED,),
    "in_hand": (Stage.ACCEPTED,),
    "suspended": (Stage.SUSPENDED,),
    "checked": (Stage.DELIVERED, Stage.VERIFIED),
}
TONES = {
    Stage.REPORTED: "new", Stage.PRE_CHECK: "new", Stage.REGISTERED: "new", Stage.DISPATCHED: "moving",
    Stage.ACCEPTED: "moving", Stage.DELIVERED: "check", Stage.VERIFIED: "check", Stage.CLOSED: "good", Stage.RATED: "good",
}  # fmt: skip


def screen_data(actor: Actor, *, now: datetime | None = None) -> dict[str, Any]:
    """Everything the screen shows of the actor's area, in the reader's language; JSON-ready. At most seven queries."""
    now = now or timezone.now()
    area = area_for(actor, "")
    rows = _open_rows(area, now)
    slow = _slow(area, now)
    return {
        "place": areas().name(area) if area else _district_name(),
        "today": _today(area, now),
        "open": _open_figures(rows),
        "rates": slow["rates"],
        "kinds": [{"name": _kind(code), "count": count} for code, count in slow["kinds"]],
        "areas": _ranking(slow["areas"], rows),
        "usual_hours": slow["hours"],
        "latest": _latest(area, now),
        "situations": _situations(area),
        "points": [_point(row) for row in rows[:MOST_POINTS]],
        "is_cut": len(rows) > MOST_POINTS,
    }


def _district_name() -> str:
    district = areas().district()
    return district.name if district else ""


def _seen(area: str) -> QuerySet[Case]:
    return Case.objects.filter(in_area(area), is_sealed=False)


def _kind(code: str) -> str:
    known = catalogue().categories
    return known[code].name if code in known else ""


# --- open cases -------------------------------------------------------------------------------------------------------

OpenRow = tuple[float, float, str, str, str, str]  # lng, lat, light, stage, category, community


def _open_rows(area: str, now: datetime) -> list[OpenRow]:
    """Open cases with the light of each at `now`. One query."""
    fields = ("lng", "lat", "stage", "category_id", "community_code", "due_at", "warn_at", "card")
    found = _seen(area).filter(is_open=True).order_by("-pk").values_list(*fields)
    return [
        (lng, lat, _light(stage, due_at, warn_at, card, now), stage, category, community)
        for lng, lat, stage, category, community, due_at, warn_at, card in found.iterator(chunk_size=5000)
    ]


def _light(stage: str, due_at: datetime | None, warn_at: datetime | None, card: str, now: datetime) -> str:
    """As `Case.light` has it, for an open case."""
    if stage == Stage.SUSPENDED:
        return "grey"
    if due_at and now > due_at:
        return "red"
    if card:
        return "violet"
    return "yellow" if warn_at and now >= warn_at else "green"


def _open_figures(rows: list[OpenRow]) -> dict[str, Any]:
    lights, stages = Counter(row[2] for row in rows), Counter(row[3] for row in rows)
    return {
        "all": len(rows),
        **{light: lights[light] for light in LIGHTS},
        "phases": {name: sum(stages[stage] for stage in held) for name, held in PHASES.items()},
    }


def _point(row: OpenRow) -> list[Any]:
    lng, lat, light, stage, category, _community = row
    return [round(lng, DIGITS), round(lat, DIGITS), light, str(Stage(stage).label), "", _kind(category)]


# --- today ------------------------------------------------------------------------------------------------------------


def _today(area: str, now: datetime) -> dict[str, Any]:
    """What happened since midnight: whatever moved today, and whatever came in, has been touched today. One query."""
    zone = timezone.get_default_timezone()
    start, _end = day_bounds(now.astimezone(zone).date())
    hours, doors, done, closed = [0] * 24, Counter[str](), 0, 0
    touched = _seen(area).filter(updated_at__gte=start).order_by()
    for reported_at, door, stage, delivered_at, closed_at in touched.values_list(
        "reported_at", "door", "stage", "delivered_at", "closed_at"
    ).iterator(chunk_size=5000):
        if reported_at >= start:
            hours[reported_at.astimezone(zone).hour] += 1
            doors[door] += 1
        done += delivered_at is not None and delivered_at >= start
        closed += stage in ENDED and closed_at is not None and closed_at >= start
    return {
        "reported": sum(hours), "done": done, "closed": closed, "hours": hours,
        "doors": [{"door": door, "count": count} for door, count in doors.most_common()],
    }  # fmt: skip


def _latest(area: str, now: datetime) -> list[dict[str, str]]:
    """The cases that moved last: when, in which community, of what kind, where they stand now. One query."""
    steps = (
        CaseStep.objects.filter(pk__gte=first_id(now - LOOK_BACK), case__is_sealed=False)
        .filter(**_of_case(area))
        .exclude(was=F("stage"))
        .order_by("-pk")
        .values_list("case_id", "at", "stage", "case__community_code", "case__category_id")
    )
    found: dict[Any, dict[str, str]] = {}
    for case, at, stage, community, category in steps[: LATEST * 6]:
        line = {
            "at": f"{timezone.localtime(at):%H:%M}",
            "area": areas().name(community) if community else "",
            "kind": _kind(category),
            "stage": str(Stage(stage).label),
            "tone": TONES.get(Stage(stage), "quiet"),
        }
        found.setdefault(case, line)
    return list(found.values())[:LATEST]


def _of_case(area: str) -> dict[str, str]:
    return {f"case__{AREA_COLUMN[len(area)]}": area} if len(area) > 6 else {}


# --- situations -------------------------------------------------------------------------------------------------------


def _situations(area: str) -> list[dict[str, Any]]:
    """Open situations in, around and inside the area with their figures. One query."""
    above = [area[:cut] for cut in (6, 9, 12) if cut <= len(area)]
    of_here = Q(area_code__startswith=area) | Q(area_code__in=above)
    plain = Q(cases__is_sealed=False)
    rows = (
        Situation.objects.filter(of_here, closed_at=None)
        .order_by("opened_at")
        .annotate(
            reports=Count("cases", filter=plain),
            waiting=Count("cases", filter=plain & Q(cases__stage__in=PHASES["waiting"])),
            moving=Count("cases", filter=plain & Q(cases__is_open=True) & ~Q(cases__stage__in=PHASES["waiting"])),
            done=Count("cases", filter=plain & Q(cases__is_open=False)),
        )
    )
    return [
        {
            "name": row.name, "area": areas().name(row.area_code), "since": f"{timezone.localtime(row.opened_at):%m-%d %H:%M}",
            "reports": row.reports, "waiting": row.waiting, "moving": row.moving, "done": row.done,
        }
        for row in rows[:3]
    ]  # fmt: skip


# --- what moves slowly ------------------------------------------------------------------------------------------------


def _slow(area: str, now: datetime) -> dict[str, Any]:
    """Rates, kinds and usual hours; the same for every screen of the area for a minute. Three queries when made."""
    key = f"insight.screen.{area}"
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        kept = _make_slow(area, now)
        cache.set(key, kept, SLOW_SECONDS)
    return kept


def _make_slow(area: str, now: datetime) -> dict[str, Any]:
    period = period_of("days30", timezone.localtime(now).date())
    lines = area_rates(Span(period.since, period.until, area))
    total = Line(together(lines), total_rates(Span(period.since_before, period.until_before, area)))
    hours, kinds = _last_days(area, now)
    named = [Line(item, nothing()) for item in lines if item.key]
    return {
        "rates": {
            **{name: getattr(total.now, f"{name}_rate") for name in ("in_time", "solved", "satisfied")},
            **{f"{name}_change": total.change(f"{name}_rate") for name in ("in_time", "solved", "satisfied")},
            "score": total.now.score, "due": total.now.due, "late": total.now.late, "judged": total.now.rated,
        },
        "areas": [(line.now.key, line.now.score, line.now.in_time_rate) for line in in_order(named, "-score")],
        "kinds": kinds,
        "hours": hours,
    }  # fmt: skip


def _last_days(area: str, now: datetime) -> tuple[list[float], list[tuple[str, int]]]:
    """The mean of reports by hour, and the most frequent kinds, of the last whole days. One query."""
    zone = timezone.get_default_timezone()
    today = now.astimezone(zone).date()
    start, end = day_bounds(today - timedelta(days=KIND_DAYS))[0], day_bounds(today)[0]
    hours, kinds = [0] * 24, Counter[str]()
    rows = _seen(area).filter(pk__gte=first_id(start), pk__lt=first_id(end)).order_by()
    for reported_at, category in rows.values_list("reported_at", "category_id").iterator(chunk_size=5000):
        hours[reported_at.astimezone(zone).hour] += 1
        kinds[category] += 1
    most = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))[:TOP_KINDS]
    return [round(count / KIND_DAYS, 1) for count in hours], most


def _ranking(ranked: list[tuple[str, float | None, float | None]], rows: list[OpenRow]) -> list[dict[str, Any]]:
    """Communities by score, with what is open and overdue in each now."""
    open_now, late = Counter(row[5] for row in rows), Counter(row[5] for row in rows if row[2] == "red")
    return [
        {"name": areas().name(code), "score": score, "in_time": in_time, "open": open_now[code], "late": late[code]}
        for code, score, in_time in ranked
    ]
