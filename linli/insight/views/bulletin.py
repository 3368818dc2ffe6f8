"""The monthly bulletin: a page to print and to hand out at a meeting."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.cases.policy import RATES_VIEW
from linli.insight.forms import area_choices
from linli.insight.queries.board import look
from linli.insight.queries.overview import Line, in_order, overview
from linli.insight.queries.periods import Period, month_of
from linli.insight.views import board as boards
from linli.insight.views.common import needs, tabs
from linli.insight.views.rates import weights
from linli.kernel.errors import BadInput
from linli.organizations.queries import bodies
from linli.places.queries import areas

MONTHS_OFFERED = 24
MOST_SPOTS = 8


@require_GET
@needs(RATES_VIEW)
def bulletin(request: Any) -> HttpResponse:
    """The bulletin of a month (`month=2026-10`, by default the last whole one) for an area."""
    today = timezone.localdate()
    period, area = _month(request.GET.get("month", ""), today), request.GET.get("area", "")[:17]
    found = overview(request.actor, period, area=area)
    looked = look(request.actor, period, area=area)
    now, before = found.total.now, found.total.before
    district = areas().district()
    context = {
        "tabs": tabs("bulletin"),
        "month": period.since,
        "months": _months(today, period),
        "area_choices": area_choices(request.actor),
        "area": found.span.area,
        "place": areas().name(found.span.area) if found.span.area else (district.name if district else ""),
        "issuer": bodies().name(request.actor.organization_id),
        "made_on": today,
        "is_whole": period.until < today,
        "period": period,
        "now": now, "before": before, "total": found.total,
        "grown": _grown(now.reported, before.reported),
        "board": looked.board,
        "median": boards.minutes(looked.board.median),
        "ninetieth": boards.minutes(looked.board.ninetieth),
        "same_day": boards.percent(looked.board.same_day, looked.board.closed),
        "units": in_order([line for line in found.units if line.now.due or line.now.rated], "-score"),
        "areas": in_order([line for line in found.areas if line.now.key], "-score"),
        "worst": _slow(found.units),
        "kinds": boards.kinds(request.actor, looked),
        "spots": boards.spots(request.actor, looked)[:MOST_SPOTS],
        "weights": weights(),
    }  # fmt: skip
    return render(request, "insight/bulletin.html", context)


def _month(text: str, today: date) -> Period:
    if not text:
        return month_of(today.replace(day=1) - timedelta(days=1))
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2199:
        raise BadInput("month_wrong", _("This is not a month such as 2026-11."), field="month")
    return month_of(found)


def _months(today: date, shown: Period) -> list[tuple[str, date]]:
    """Months to choose from, the latest first; the one shown is always among them."""
    found, first = {shown.since}, today.replace(day=1)
    for _back in range(MONTHS_OFFERED):
        found.add(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return [(f"{month:%Y-%m}", month) for month in sorted(found, reverse=True)]


def _grown(now: int, before: int) -> float | None:
    """By how many percent there were more reports than in the month before."""
    return round(100 * (now - before) / before, 1) if before else None


def _slow(units: list[Line]) -> list[Line]:
    """Units with most cases past their limit, three at most."""
    late = [line for line in units if line.now.late]
    return sorted(late, key=lambda line: (-line.now.late, line.now.key))[:3]
