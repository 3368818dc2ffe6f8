"""The three rates: per unit, per area, per day, with the period before; and the same as a file."""

from __future__ import annotations

import tempfile
from typing import Any

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from linli.cases.policy import RATES_VIEW
from linli.insight import settings
from linli.insight.forms import RatesForm
from linli.insight.queries.overview import Line, Overview, curve, in_order, overview
from linli.insight.queries.rates import nothing
from linli.insight.views import columns
from linli.insight.views.common import Wanted, needs, read_wanted, rows_url, tabs
from linli.kernel import options
from linli.organizations.queries import bodies
from linli.places.queries import areas

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
KINDS = {"rate": "decimal", "score": "decimal", "hours": "decimal", "count": "integer"}


@require_GET
@needs(RATES_VIEW)
def rates(request: Any) -> HttpResponse:
    """Rates of a period: figures, curves, units, areas; every count opens to its rows."""
    wanted = read_wanted(request, columns.SORTS)
    found = _overview(request, wanted)
    place = curve(found.days, found.period)
    context = {
        "tabs": tabs("rates", wanted),
        "form": RatesForm(request.actor, found.period, request.GET),
        "period": found.period,
        "area": areas().name(found.span.area) if found.span.area else pgettext("area", "Everywhere"),
        "unit": bodies().name(found.unit) if found.unit else "",
        "figures": _figures(found, request, wanted),
        "total": columns.cells(found.total, _link(request, found)),
        "heads": columns.heads(wanted.sort, lambda sort: f"?{wanted.query(sort=sort)}"),
        "units": _units(request, found, wanted),
        "areas": _areas(request, found, wanted),
        "curve": place,
        "has_cases": bool(found.total.now.reported),
        "query": wanted.query(),
        "exports": [("unit", _("Units")), ("area", _("Areas")), ("day", _("Days"))],
        "weights": weights(),
        "now": timezone.localtime(),
    }
    return render(request, "insight/rates.html", context)


def _overview(request: Any, wanted: Wanted) -> Overview:
    return overview(request.actor, wanted.period, area=wanted.area, unit=wanted.unit, level=wanted.level)


def weights() -> dict[str, Any]:
    """How the place reckons, for the explanation below the tables."""
    shares = options.value(settings.WEIGHTS)
    whole = sum(float(share) for share in shares.values()) or 1
    return {
        "partly": options.value(settings.PARTLY_WEIGHT),
        "fairly": options.value(settings.FAIRLY_WEIGHT),
        **{name: round(100 * float(share) / whole) for name, share in shares.items()},
    }


def _link(request: Any, found: Overview, **fixed: Any) -> columns.Link:
    """Where the counts of a line lead; `fixed` says what the line's key is when it is a unit or an area."""
    by = fixed.get("by", "")

    def link(line: Line, figure: str) -> str:
        area, unit = found.span.area, found.unit
        if by == "unit":
            unit = int(line.now.key)
        if by == "area":
            area = line.now.key
            # Cases of which only the street is known stand under its code; lists cannot show these alone.
            if len(area) != (9 if found.level == "street" else 12):
                return ""
        return rows_url(request.actor, found.period, area=area, unit=unit, figure=figure)

    return link


def _figures(found: Overview, request: Any, wanted: Wanted) -> list[dict[str, Any]]:
    """The large figures: rates with their change, and how many cases stand behind them."""
    now, link = found.total.now, _link(request, found)
    said = {
        "score": _("in time, solved and satisfied by weight"),
        "in_time_rate": _("%(part)s of %(whole)s judged") % {"part": now.in_time, "whole": now.due},
        "solved_rate": _("%(part)s solved, %(partly)s partly, of %(whole)s") % {
            "part": now.solved, "partly": now.partly, "whole": now.rated},
        "satisfied_rate": _("%(part)s satisfied, %(fairly)s fairly, of %(whole)s") % {
            "part": now.satisfied, "fairly": now.fairly, "whole": now.rated},
    }  # fmt: skip
    opened = {"score": "", "in_time_rate": "due", "solved_rate": "rated", "satisfied_rate": "rated"}
    return [
        {
            "label": column.label, "value": getattr(now, column.key), "unit": "" if column.kind == "score" else "%",
            "change": found.total.change(column.key), "hint": said[column.key],
            "url": link(found.total, opened[column.key]) if opened[column.key] and getattr(now, opened[column.key]) else "",
        }
        for column in columns.COLUMNS if column.key in said
    ]  # fmt: skip


def _units(request: Any, found: Overview, wanted: Wanted) -> list[dict[str, Any]]:
    lines = in_order(found.units, wanted.sort)
    return columns.body(lines, _link(request, found, by="unit"), lambda line: f"?{wanted.query(unit=line.now.key)}")


def _areas(request: Any, found: Overview, wanted: Wanted) -> list[dict[str, Any]]:
    known = areas().by_code
    lines = [_named(line) for line in in_order(found.areas, wanted.sort)]
    return columns.body(
        lines,
        _link(request, found, by="area"),
        lambda line: f"?{wanted.query(area=line.now.key)}" if line.now.key in known else "",
    )


def _named(line: Line) -> Line:
    """Cases outside every area need a name too."""
    if line.now.key:
        return line
    name = _("Outside every area")
    return Line(type(line.now)("", name, line.now.counts), line.before)


@require_GET
@needs(RATES_VIEW)
def export(request: Any) -> FileResponse:
    """Units, areas or days of the period as xlsx or csv; the columns are those of the page."""
    from linli.kernel import tables  # heavy: loaded by the first export, not by every web process

    wanted = read_wanted(request, columns.SORTS)
    by = request.GET.get("by") if request.GET.get("by") in ("area", "day") else "unit"
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    found = _overview(request, wanted)
    lines = {
        "unit": lambda: in_order(found.units, wanted.sort),
        "area": lambda: [_named(line) for line in in_order(found.areas, wanted.sort)],
        "day": lambda: [Line(day, nothing()) for day in found.days],
    }[by]()
    first = {"unit": _("Lead unit"), "area": _("Area"), "day": pgettext("column", "Day")}[by]
    described = [tables.Column(column.key, column.label, KINDS[column.kind]) for column in columns.COLUMNS]
    table = tables.Table(f"rates-{by}", [tables.Column("name", first), *described], _("Three rates"))
    file = tempfile.TemporaryFile()  # noqa: SIM115  FileResponse closes it
    write = tables.write_csv if kind == "csv" else tables.write_xlsx
    write(table, (columns.as_row(line) for line in lines), file)
    file.seek(0)
    name = f"rates-{by}-{found.period.since:%Y%m%d}-{found.period.until:%Y%m%d}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPES[kind])
