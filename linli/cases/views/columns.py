"""The columns a list of cases can show: label, cell, and by what it is sorted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from linli.cases.forms import choices
from linli.cases.models import Case
from linli.cases.queries.pages import shown_light
from linli.cases.workflow import Result, Stage
from linli.catalogue.queries import catalogue
from linli.kernel.templatetags import kit
from linli.organizations.middleware import ActorRequest
from linli.organizations.queries import bodies
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


@lru_cache(maxsize=512)
def _mark(kind: str, code: str, language: str) -> SafeString:
    """A lamp, stage or urgency as printed; the same few stand in every list."""
    if kind == "light":
        return kit.light(code, compact=True)
    if kind == "stage":
        return kit.stage(code, Stage(code).label)
    name = choices.name_of(choices.levels(), code)
    return kit.badge(name, LEVEL_TONES[code]) if code in LEVEL_TONES else SafeString("")


@lru_cache(maxsize=8192)
def _span(minutes: int, is_late: bool, language: str) -> SafeString:
    words = gettext("%(span)s over") if is_late else gettext("%(span)s left")
    css = "remaining remaining-late" if is_late else "remaining"
    return format_html('<span class="{}">{}</span>', css, words % {"span": kit.human_span(timedelta(minutes=minutes))})


def _language() -> str:
    return get_language() or ""


def _reference(case: Case) -> SafeString:
    # The number holds digits, letters and a dash only, so it needs no escaping.
    number = case.reference
    return SafeString(f'<a class="row-link reference" href="{address_of(number)}">{number}</a>')


def address_of(reference: str) -> str:
    """The page of a case; made from one pattern, because a list prints it a hundred times."""
    return _pattern().replace("REFERENCE", reference)


@cache
def _pattern() -> str:
    return reverse("cases:case", args=["REFERENCE"])


def level_badge(case: Case) -> SafeString:
    """The urgency, unless it is an ordinary case."""
    return _mark("level", case.level, _language())


def _light(case: Case) -> SafeString:
    return _mark("light", shown_light(case), _language())


def _category(case: Case) -> SafeString:
    known = catalogue().categories.get(case.category_id)
    return SafeString(f"{escape((known or case.category).name)} {level_badge(case)}")


def _unit(case: Case) -> str:
    if not case.lead_unit_id:
        return "—"
    return bodies().name(case.lead_unit_id) or str(case.lead_unit)


def _text(case: Case) -> SafeString:
    words = f'<span title="{escape(case.text[:300])}">{escape(case.text[:80])}</span>'
    if not case.support_count:
        return SafeString(words)
    return SafeString(f'{words} <span class="count" title="{escape(gettext("Supporters"))}">+{case.support_count}</span>')


def _stage(case: Case) -> SafeString:
    return _mark("stage", case.stage, _language())


def _when(moment: datetime | None) -> str:
    """Month, day and time: what a row is compared by. Another year is named."""
    if moment is None:
        return "—"
    here = timezone.localtime(moment)
    return f"{here:%m-%d %H:%M}" if here.year == _this_year(int(time.time() // 60)) else f"{here:%Y-%m-%d}"


@lru_cache(maxsize=2)
def _this_year(minute: int) -> int:
    return timezone.localtime().year


def due_of(case: Case) -> Any:
    """Time left of the overall limit; of the present step while there is no other."""
    if not case.is_open:
        ended = case.delivered_at or case.closed_at
        return left(case.due_at, ended) if case.is_overdue and ended else "—"
    if case.suspended_at:
        return f"{gettext('until')} {timezone.localtime(case.resume_at):%m-%d}" if case.resume_at else "—"
    return left(case.due_at or case.step_due_at)


def left(due: datetime | None, now: datetime | None = None) -> Any:
    """Time left until an instant, or by how much it is over."""
    if due is None:
        return "—"
    minutes = int((due - (now or timezone.now())).total_seconds() // 60)
    return _span(max(1, abs(minutes)), minutes < 0, _language())


def _result(case: Case) -> str:
    return str(Result(case.result).label) if case.result else "—"


def _stars(case: Case) -> str:
    return "★" * case.satisfaction if case.satisfaction else "—"


def _area(level: int) -> Cell:
    return lambda case: areas().name(case.area_code[:level])


COLUMNS = {
    column.key: column
    for column in (
        Column("light", pgettext_lazy("column", "Light"), _light, "pick"),
        Column("reference", _("Number"), _reference),
        Column("category", _("Category"), _category, "nowrap"),
        Column("text", _("Report"), _text, "clip case-text"),
        Column("address", _("Address"), lambda case: case.address, "clip case-place"),
        Column("street", _("Street"), _area(9), "nowrap"),
        Column("community", _("Community"), _area(12), "nowrap"),
        Column("grid", _("Grid"), _area(15), "nowrap"),
        Column("unit", _("Lead unit"), _unit, "clip case-unit"),
        Column("stage", _("Stage"), _stage, "nowrap"),
        Column("due", _("Time left"), due_of, "nowrap", ("due",)),
        Column(
            "reported",
            pgettext_lazy("column", "Reported"),
            lambda case: _when(case.reported_at),
            "nowrap",
            ("newest", "oldest"),
        ),
        Column("updated", pgettext_lazy("column", "Changed"), lambda case: _when(case.updated_at), "nowrap", ("updated",)),
        Column("closed", pgettext_lazy("column", "Closed"), lambda case: _when(case.closed_at), "nowrap"),
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


def chosen(request: ActorRequest) -> list[Column]:
    """The columns to show: those named in the address, else those of the cookie, else the usual ones."""
    wanted: Iterable[str] = request.GET.getlist("columns") or request.COOKIES.get(COOKIE, "").split(".")
    names = [name for name in COLUMNS if name in set(wanted)]
    return [COLUMNS[name] for name in (names or DEFAULT)]


def remember(request: ActorRequest, response: HttpResponse) -> None:
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


def _safe(value: Any) -> str:
    return value if type(value) is SafeString else conditional_escape(value)


def printed(shown: list[Column], rows: Iterable[Case], *, is_picked: bool) -> SafeString:
    """The body of the table: fifty rows through the template engine cost more than the query. `is_picked` adds the boxes."""
    opening = [(f'<td class="{column.css}">' if column.css else "<td>", column.cell) for column in shown]
    body = []
    for case in rows:
        cells = "".join([f"{start}{_safe(cell(case))}</td>" for start, cell in opening])
        pick = _PICK.format(case.pk, case.reference) if is_picked else ""
        body.append(f'<tr data-href="{address_of(case.reference)}">{pick}{cells}</tr>\n')
    return SafeString("".join(body))


# Id and number hold digits, letters and a dash only, so they need no escaping.
_PICK = (
    '<td class="pick"><input type="checkbox" class="form-check-input" name="ids" value="{}" form="batch" aria-label="{}"></td>'
)
