"""The columns a list of cases can show: label, cell, and by what it is sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache, lru_cache
from html import escape  # Django's own takes lazy texts too, and three times as long
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from linli.cases.forms import choices
from linli.cases.models import Case, area_of
from linli.cases.queries.lists import ORDER_KEY
from linli.cases.queries.pages import shown_light
from linli.cases.workflow import Result, Stage
from linli.catalogue.queries import Catalogue, catalogue
from linli.kernel.templatetags import kit
from linli.organizations.middleware import ActorRequest
from linli.organizations.queries import Bodies, bodies
from linli.places.queries import Areas, areas

COOKIE = "linli_columns"
COOKIE_SECONDS = 365 * 86400
LEVEL_TONES = {"urgent": "warn", "critical": "bad"}


@dataclass(frozen=True)
class Sheet:
    """What all cells of a page share, looked up once: the reader's language, the present, the tables of names."""

    language: str
    now: datetime
    zone: tzinfo
    year: int
    catalogue: Catalogue
    bodies: Bodies
    areas: Areas

    @classmethod
    def of_reader(cls) -> Sheet:
        now, zone = timezone.now(), timezone.get_current_timezone()
        return cls(get_language() or "", now, zone, now.astimezone(zone).year, catalogue(), bodies(), areas())


# Why a case waits besides its next step: a request, and who has to answer it.
WAITING = {
    "approve_extension": _("Extension asked"),
    "approve_suspension": _("Suspension asked"),
    "confirm_suspension": _("Suspension asked"),
    "review_appeal": _("Appealed"),
    "decide_appeal": _("Appealed"),
}
Row = Any  # has the fields that the columns shown name, and those of `ALWAYS`
Cell = Callable[[Row, Sheet], Any]
ALWAYS = ("id", "reference")


@dataclass(frozen=True)
class Column:
    """A column: its label, how a cell is printed and of which fields, its class, and the orders its head switches between."""

    key: str
    label: Any
    cell: Cell
    fields: tuple[str, ...]
    css: str = ""
    orders: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def _mark(kind: str, code: str, language: str) -> SafeString:
    """A lamp, stage, waiting request or urgency as printed; the same few stand in every list."""
    if kind == "light":
        return kit.light(code, compact=True)
    if kind == "stage":
        return kit.stage(code, Stage(code).label)
    if kind == "pending":
        return kit.badge(WAITING[code], "warn") if code in WAITING else SafeString("")
    name = choices.name_of(choices.levels(), code)
    return kit.badge(name, LEVEL_TONES[code]) if code in LEVEL_TONES else SafeString("")


@lru_cache(maxsize=8192)
def _span(minutes: int, is_late: bool, language: str) -> SafeString:
    words = gettext("%(span)s over") if is_late else gettext("%(span)s left")
    css = "remaining remaining-late" if is_late else "remaining"
    return format_html('<span class="{}">{}</span>', css, words % {"span": kit.human_span(timedelta(minutes=minutes))})


def _reference(row: Row, sheet: Sheet) -> SafeString:
    # The number holds digits, letters and a dash only, so it needs no escaping.
    number = row.reference
    return SafeString(f'<a class="row-link reference" href="{address_of(number)}">{number}</a>')


def address_of(reference: str) -> str:
    """The page of a case; made from one pattern, because a list prints it a hundred times."""
    return _pattern().replace("REFERENCE", reference)


@cache
def _pattern() -> str:
    return reverse("cases:case", args=["REFERENCE"])


def level_badge(case: Case) -> SafeString:
    """The urgency, unless it is an ordinary case."""
    return _mark("level", case.level, get_language() or "")


def _light(row: Row, sheet: Sheet) -> SafeString:
    return _mark("light", shown_light(row, sheet.now), sheet.language)


def _category(row: Row, sheet: Sheet) -> SafeString:
    name = sheet.catalogue.category_name(row.category_id)
    return SafeString(f"{escape(name)} {_mark('level', row.level, sheet.language)}")


def _unit(row: Row, sheet: Sheet) -> str:
    return sheet.bodies.name(row.lead_unit_id) or "—"


def _text(row: Row, sheet: Sheet) -> SafeString:
    words = f'<span title="{escape(row.text[:300])}">{escape(row.text[:80])}</span>'
    if not row.support_count:
        return SafeString(words)
    return SafeString(f'{words} <span class="count" title="{escape(gettext("Supporters"))}">+{row.support_count}</span>')


def _stage(row: Row, sheet: Sheet) -> SafeString:
    stage = _mark("stage", row.stage, sheet.language)
    return SafeString(f"{stage} {_mark('pending', row.pending, sheet.language)}") if row.pending else stage


def _when(name: str) -> Cell:
    """Month, day and time: what a row is compared by. Another year is named."""

    def cell(row: Row, sheet: Sheet) -> str:
        moment = getattr(row, name)
        if moment is None:
            return "—"
        here = moment.astimezone(sheet.zone)
        day = f"{here.month:02}-{here.day:02}"
        return f"{day} {here.hour:02}:{here.minute:02}" if here.year == sheet.year else f"{here.year}-{day}"

    return cell


def _due(row: Row, sheet: Sheet) -> Any:
    """Time left of the overall limit; of the present step while there is no other."""
    if not row.is_open:
        ended = row.delivered_at or row.closed_at
        return _left(row.due_at, ended, sheet) if row.is_overdue and ended else "—"
    if row.suspended_at:
        return f"{gettext('until')} {row.resume_at.astimezone(sheet.zone):%m-%d}" if row.resume_at else "—"
    return _left(row.due_at or row.step_due_at, sheet.now, sheet)


def _left(due: datetime | None, now: datetime, sheet: Sheet) -> Any:
    """Time left until an instant, or by how much it is over."""
    if due is None:
        return "—"
    minutes = int((due - now).total_seconds() // 60)
    return _span(max(1, abs(minutes)), minutes < 0, sheet.language)


def _result(row: Row, sheet: Sheet) -> str:
    return str(Result(row.result).label) if row.result else "—"


def _stars(row: Row, sheet: Sheet) -> str:
    return "★" * row.satisfaction if row.satisfaction else "—"


def _door(row: Row, sheet: Sheet) -> Any:
    return choices.name_of(choices.doors(), row.door)


def _area(level: int) -> Cell:
    return lambda row, sheet: sheet.areas.name(area_of(row)[:level])


def _plain(name: str) -> Cell:
    """What the field holds; nothing where that is zero."""
    return lambda row, sheet: getattr(row, name) or ""


AREA = ("street_code", "community_code", "grid_code")
LIGHT = ("stage", "is_open", "due_at", "warn_at", "card")
_REPORTED = pgettext_lazy("column", "Reported")
DUE = ("is_open", "due_at", "step_due_at", "delivered_at", "closed_at", "is_overdue", "suspended_at", "resume_at")
COLUMNS = {
    column.key: column
    for column in (
        Column("light", pgettext_lazy("column", "Light"), _light, LIGHT, "pick"),
        Column("reference", _("Number"), _reference, ()),
        Column("category", _("Category"), _category, ("category_id", "level"), "nowrap"),
        Column("text", _("Report"), _text, ("text", "support_count"), "clip case-text"),
        Column("address", _("Address"), _plain("address"), ("address",), "clip case-place"),
        Column("street", _("Street"), _area(9), AREA, "nowrap"),
        Column("community", _("Community"), _area(12), AREA, "nowrap"),
        Column("grid", _("Grid"), _area(15), AREA, "nowrap"),
        Column("unit", _("Lead unit"), _unit, ("lead_unit_id",), "clip case-unit"),
        Column("stage", _("Stage"), _stage, ("stage", "pending"), "nowrap"),
        Column("due", _("Time left"), _due, DUE, "nowrap", ("due",)),
        Column("reported", _REPORTED, _when("reported_at"), ("reported_at",), "nowrap", ("newest", "oldest")),
        Column("updated", pgettext_lazy("column", "Changed"), _when("updated_at"), ("updated_at",), "nowrap", ("updated",)),
        Column("closed", pgettext_lazy("column", "Closed"), _when("closed_at"), ("closed_at",), "nowrap"),
        Column("door", pgettext_lazy("column", "Door"), _door, ("door",), "nowrap"),
        Column("result", _("Result"), _result, ("result",), "nowrap"),
        Column("satisfaction", _("Satisfaction"), _stars, ("satisfaction",), "nowrap"),
        Column("urges", pgettext_lazy("column", "Urged"), _plain("urge_count"), ("urge_count",), "num"),
        Column("returns", pgettext_lazy("column", "Returned"), _plain("return_count"), ("return_count",), "num"),
        Column("rework", pgettext_lazy("column", "Rework"), _plain("rework_count"), ("rework_count",), "num"),
        Column("reopened", pgettext_lazy("column", "Reopened"), _plain("reopen_count"), ("reopen_count",), "num"),
    )
}  # fmt: skip
DEFAULT = ("light", "reference", "category", "text", "grid", "unit", "stage", "due", "reported")


def fields_of(shown: list[Column], order: str) -> list[str]:
    """What the database is asked for: the fields of the columns shown and of the order, each once."""
    key = () if ORDER_KEY[order] == "pk" else (ORDER_KEY[order],)
    return list(dict.fromkeys(ALWAYS + key + tuple(name for column in shown for name in column.fields)))


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
    return value if type(value) is SafeString else escape(value) if type(value) is str else conditional_escape(value)


def printed(shown: list[Column], rows: Iterable[Row], *, is_picked: bool) -> SafeString:
    """The body of the table: fifty rows through the template engine cost more than the query. `is_picked` adds the boxes."""
    sheet = Sheet.of_reader()
    opening = [(f'<td class="{column.css}">' if column.css else "<td>", column.cell) for column in shown]
    body = []
    for row in rows:
        cells = "".join([f"{start}{_safe(cell(row, sheet))}</td>" for start, cell in opening])
        pick = _PICK.format(row.id, row.reference) if is_picked else ""
        body.append(f'<tr data-href="{address_of(row.reference)}">{pick}{cells}</tr>\n')
    return SafeString("".join(body))


# Id and number hold digits, letters and a dash only, so they need no escaping.
_PICK = (
    '<td class="pick"><input type="checkbox" class="form-check-input" name="ids" value="{}" form="batch" aria-label="{}"></td>'
)
