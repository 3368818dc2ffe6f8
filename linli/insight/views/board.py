"""How work runs: kinds, hours, doors, spans of time, repeat spots."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from linli.cases.policy import RATES_VIEW
from linli.catalogue.queries import catalogue
from linli.insight.forms import RatesForm
from linli.insight.queries.board import Board, Looked, look, pareto
from linli.insight.queries.hotspots import HOT_CASES, HOT_DAYS, LEAST, RADIUS_M
from linli.insight.queries.rates import Rates
from linli.insight.views.common import needs, read_wanted, rows_url, tabs
from linli.kernel.templatetags.kit import human_span
from linli.organizations.queries import bodies
from linli.places.queries import areas

HEATS = 5


@require_GET
@needs(RATES_VIEW)
def board(request: Any) -> HttpResponse:
    """The board of a period."""
    wanted = read_wanted(request)
    found = look(request.actor, wanted.period, area=wanted.area, unit=wanted.unit)
    context = {
        "tabs": tabs("board", wanted),
        "form": RatesForm(request.actor, found.period, request.GET, with_level=False),
        "period": found.period,
        "area": areas().name(found.span.area) if found.span.area else pgettext("area", "Everywhere"),
        "unit": bodies().name(found.unit) if found.unit else "",
        "now": timezone.localtime(),
        "board": found.board,
        "figures": figures(found),
        "kinds": kinds(request.actor, found),
        "doors": _doors(request.actor, found),
        "heat": heat(found.board),
        "by_hour": _by_hour(found.board),
        "spots": spots(request.actor, found),
        "spot_rules": {"radius": RADIUS_M, "least": LEAST, "hot_cases": HOT_CASES, "hot_days": HOT_DAYS},
        "points": [_point(spot) for spot in found.board.spots],
    }
    return render(request, "insight/board.html", context)


def figures(found: Looked) -> list[dict[str, Any]]:
    """The figures at the top; rates of repeats beside those of the period before."""
    board, now, before = found.board, found.rates, found.before
    return [
        {"label": pgettext("figure", "Reported"), "value": board.cases,
         "hint": _("%(count)s before") % {"count": before.reported}},
        {"label": _("Median to done"), "value": minutes(board.median), "is_words": True,
         "hint": _("half of those done took no longer")},
        {"label": _("P90 to done"), "value": minutes(board.ninetieth), "is_words": True,
         "hint": _("nine of ten took no longer")},
        {"label": _("Closed the same day"), "value": percent(board.same_day, board.closed), "unit": "%",
         "hint": _("%(part)s of %(whole)s closed") % {"part": board.same_day, "whole": board.closed}},
        *(_repeat(*item, now, before) for item in (
            (_("Rework rate"), "rework_rate", "reworked", "dispatched"),
            (_("Return rate"), "return_rate", "returned", "registered"),
            (_("Reopening rate"), "reopen_rate", "reopened", "dispatched"),
        )),
        {"label": _("Extension rate"), "value": percent(board.extended, now.dispatched), "unit": "%",
         "hint": _("%(part)s of %(whole)s") % {"part": board.extended, "whole": now.dispatched}},
    ]  # fmt: skip


def _repeat(label: str, rate: str, part: str, whole: str, now: Rates, before: Rates) -> dict[str, Any]:
    hint = _("%(part)s of %(whole)s") % {"part": getattr(now, part), "whole": getattr(now, whole)}
    earlier = getattr(before, rate)
    if earlier is not None:
        hint += " · " + _("%(rate)s %% before") % {"rate": earlier}
    return {"label": label, "value": getattr(now, rate), "unit": "%", "hint": hint}


def percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def minutes(value: int | None) -> str | None:
    return human_span(timedelta(minutes=value)) if value is not None else None


def kinds(actor: Any, found: Looked) -> list[dict[str, Any]]:
    """The most frequent categories; each opens to its rows."""
    known = catalogue().categories
    return [
        row | {
            "name": known[row["code"]].name if row["code"] in known else row["code"],
            "url": rows_url(actor, found.period, area=found.span.area, unit=found.unit, category=row["code"]),
        }
        for row in pareto(found.board)
    ]  # fmt: skip


def door_names() -> dict[str, str]:
    return {
        "portal": pgettext("door", "Portal"),
        "field": pgettext("door", "Field app"),
        "desk": _("Window or telephone"),
        "api": _("Other system"),
        "open311": _("Open311"),
        "import": _("Imported"),
    }


def _doors(actor: Any, found: Looked) -> list[dict[str, Any]]:
    names = door_names()
    return [
        {
            "name": names.get(code, code), "count": count, "share": percent(count, found.board.cases),
            "url": rows_url(actor, found.period, area=found.span.area, unit=found.unit, door=code),
        }
        for code, count in found.board.doors.most_common()
    ]  # fmt: skip


def heat(board: Board) -> list[dict[str, Any]]:
    """Weekdays by hours; each cell with how warm it is, from 0 to 5."""
    most = max((count for row in board.hours for count in row), default=0)
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return [
        {"name": name, "total": sum(row), "cells": [{"count": count, "heat": -(-HEATS * count // (most or 1))} for count in row]}
        for name, row in zip(names, board.hours, strict=True)
    ]  # fmt: skip


def _by_hour(board: Board) -> list[dict[str, Any]]:
    """Cases an hour on Mondays to Fridays and at weekends."""
    return [
        {
            "hour": f"{hour:02}",
            "workdays": sum(board.hours[day][hour] for day in range(5)),
            "weekend": sum(board.hours[day][hour] for day in (5, 6)),
        }
        for hour in range(24)
    ]


def spots(actor: Any, found: Looked) -> list[dict[str, Any]]:
    """Repeat spots by grid: no finer place is named."""
    known, tree = catalogue().categories, areas()
    return [
        {
            "name": known[spot.category].name if spot.category in known else spot.category,
            "place": tree.name(spot.grid),
            "cases": spot.cases, "days": len(spot.days), "is_hot": spot.is_hot,
            "url": rows_url(
                actor, found.period, area=spot.grid[:12], unit=found.unit, category=spot.category
            ) if spot.grid else "",
        }
        for spot in found.board.spots
    ]  # fmt: skip


def _point(spot: Any) -> list[Any]:
    known = catalogue().categories
    name = known[spot.category].name if spot.category in known else spot.category
    told = _("%(cases)s cases on %(days)s days") % {"cases": spot.cases, "days": len(spot.days)}
    return [round(spot.lng, 5), round(spot.lat, 5), "red" if spot.is_hot else "yellow", told, "", name, 0]
