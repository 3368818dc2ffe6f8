"""The columns a list of cases can show: label, cell, and by what it is sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from linli.cases.forms import choices
from linli.cases.models import Case
from linli.cases.queries.pages import shown_light
from linli.cases.workflow import Result
from linli.kernel.templatetags import kit
from linli.places.queries import areas

COOKIE = "linli_columns"
COOKIE_SECONDS = 365 * 86400
LEVEL_TONES = {"urgent": "warn", "critical": "bad"}
Cell = Callable[[Case], Any]


@dataclass(frozen=True)
class Column:
    """A column: its label, how a cell is printed, its class, and the orders its head switches between."""

    key: str
    label: Any
    cell: Cell
    css: str = ""
    orders: tuple[str, ...] = ()


def _reference(case: Case) -> SafeString:
    return format_html(
        '<a class="row-link reference" href="{}">{}</a>', reverse("cases:case", args=[case.reference]), case.reference
    )


def level_badge(case: Case) -> Any:
    """The urgency, unless it is an ordinary case."""
    if case.level == "normal":
        return ""
    return kit.badge(choices.name_of(choices.levels(), case.level), LEVEL_TONES.get(case.level, "quiet"))


def _category(case: Case) -> SafeString:
    return format_html("{} {}", case.category.name, level_badge(case))


def _text(case: Case) -> SafeString:
    support = format_html(' <span class="count" title="{}">+{}</span>', gettext("Supporters"), case.support_count)
    return format_html('<span title="{}">{}</span>{}', case.text[:300], case.text[:80], support if case.support_count else "")


def _stage(case: Case) -> SafeString:
    return kit.stage(case.stage, case.get_stage_display())


def due_of(case: Case) -> Any:
    """Time left of the overall limit; of the present step while there is no other."""
    if not case.is_open:
        return kit.remaining(case.due_at, ended=case.delivered_at or case.closed_at) if case.is_overdue else "—"
    if case.suspended_at:
        return format_html("{} {:%m-%d}", gettext("until"), timezone.localtime(case.resume_at)) if case.resume_at else "—"
    return kit.remaining(case.due_at or case.step_due_at)


def _result(case: Case) -> str:
    return str(Result(case.result).label) if case.result else "—"


def _stars(case: Case) -> str:
    return "★" * case.satisfaction if case.satisfaction else "—"


def _area(level: int) -> Cell:
    return lambda case: areas().name(case.area_code[:level])


COLUMNS = {
    column.key: column
    for column in (
        Column("light", pgettext_lazy("column", "Light"), lambda case: kit.light(shown_light(case), compact=True), "pick"),
        Column("reference", _("Number"), _reference),
        Column("category", _("Category"), _category, "nowrap"),
        Column("text", _("Report"), _text, "clip case-text"),
        Column("address", _("Address"), lambda case: case.address, "clip case-place"),
        Column("street", _("Street"), _area(9), "nowrap"),
        Column("community", _("Community"), _area(12), "nowrap"),
        Column("grid", _("Grid"), _area(15), "nowrap"),
        Column("unit", _("Lead unit"), lambda case: case.lead_unit.name if case.lead_unit else "—", "clip case-unit"),
        Column("stage", _("Stage"), _stage, "nowrap"),
        Column("due", _("Time left"), due_of, "nowrap", ("due",)),
        Column(
            "reported",
            pgettext_lazy("column", "Reported"),
            lambda case: kit.when(case.reported_at),
            "nowrap",
            ("newest", "oldest"),
        ),
        Column("updated", pgettext_lazy("column", "Changed"), lambda case: kit.when(case.updated_at), "nowrap", ("updated",)),
        Column("closed", pgettext_lazy("column", "Closed"), lambda case: kit.when(case.closed_at), "nowrap"),
        Column("door", pgettext_lazy("column", "Door"), lambda case: choices.name_of(choices.doors(), case.door), "nowrap"),
        Column("result", _("Result"), _result, "nowrap"),
        Column("satisfaction", _("Satisfaction"), _stars, "nowrap"),
        Column("urges", pgettext_lazy("column", "Urged"), lambda case: case.urge_count or "", "num"),
        Column("returns", pgettext_lazy("column", "Returned"), lambda case: case.return_count or "", "num"),
        Column("rework", pgettext_lazy("column", "Rework"), lambda case: case.rework_count or "", "num"),
        Column("reopened", pgettext_lazy("column", "Reopened"), lambda case: case.reopen_count or "", "num"),
    )
}
DEFAULT = ("light", "reference", "category", "text", "grid", "unit", "stage", "due", "reported")


def chosen(request: HttpRequest) -> list[Column]:
    """The columns to show: those named in the address, else those of the cookie, else the usual ones."""
    wanted: Iterable[str] = request.GET.getlist("columns") or request.COOKIES.get(COOKIE, "").split(".")
    names = [name for name in COLUMNS if name in set(wanted)]
    return [COLUMNS[name] for name in (names or DEFAULT)]


def remember(request: HttpRequest, response: HttpResponse) -> None:
    """Keep the choice made in the address for a year."""
    if names := [name for name in COLUMNS if name in request.GET.getlist("columns")]:
        response.set_cookie(
            COOKIE, ".".join(names), max_age=COOKIE_SECONDS, samesite="Lax", secure=request.is_secure(), httponly=True
        )


def menu(shown: list[Column]) -> list[dict[str, Any]]:
    """The menu of columns as the kit shows it."""
    keys = {column.key for column in shown}
    return [{"key": column.key, "label": column.label, "shown": column.key in keys} for column in COLUMNS.values()]


def heads(shown: list[Column], order: str, address: Callable[[str], str]) -> list[dict[str, Any]]:
    """The head row: label, class, where a press sorts, and how it is sorted now. `address(order)` makes the link."""
    found = []
    for column in shown:
        is_sorted = order in column.orders
        following = ""
        if column.orders:
            at = column.orders.index(order) if is_sorted else -1
            following = address(column.orders[(at + 1) % len(column.orders)])
        direction = ("ascending" if order in ("oldest", "due") else "descending") if is_sorted else ""
        found.append({"label": column.label, "css": column.css, "url": following, "sort": direction})
    return found


def cells(shown: list[Column], rows: Iterable[Case]) -> list[dict[str, Any]]:
    """The rows of the table, each with its cells printed."""
    return [
        {
            "case": case,
            "url": reverse("cases:case", args=[case.reference]),
            "cells": [(column.css, column.cell(case)) for column in shown],
        }
        for case in rows
    ]


def local(moment: datetime | None) -> datetime | None:
    return timezone.localtime(moment) if moment else None
