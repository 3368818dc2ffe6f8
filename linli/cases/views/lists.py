"""Lists of cases: tabs, filters, columns, pages, saved filters, export."""

from __future__ import annotations

import tempfile
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.cases import policy
from linli.cases.forms.lists import FilterForm, SaveFilterForm
from linli.cases.operations.lists import delete_filter, export_cases, save_filter
from linli.cases.queries import exports, figures
from linli.cases.queries.counts import far, list_counts, shown
from linli.cases.queries.lists import TABS, CaseFilter, Page, keyset_page, listed, saved_filters
from linli.cases.queries.named import named
from linli.cases.views import columns
from linli.cases.views.common import DeskRequest, desk, next_page
from linli.catalogue.queries import catalogue
from linli.kernel.policy import Actor
from linli.kernel.templatetags import kit
from linli.organizations.queries import bodies
from linli.places.queries import areas

TAB_NAMES = {
    "todo": gettext_lazy("To do"), "done": gettext_lazy("Done"), "mine": gettext_lazy("Mine"),
    "followed": gettext_lazy("Followed"), "supervised": gettext_lazy("Supervised"), "all": gettext_lazy("All"),
}  # fmt: skip
UNITS_OWN = gettext_lazy("Our unit's")
BATCH_RIGHTS = {
    "register": "cases.case.register", "dispatch": "cases.case.dispatch", "merge": "cases.case.merge",
    "urge": "cases.case.urge", "close": "cases.case.close",
}  # fmt: skip
TAKE_DOWN = "cases.case.register"
EMPTY: dict[str, tuple[str, Any, Any]] = {
    "todo": ("nothing-to-do", gettext_lazy("Nothing waits for you"),
             gettext_lazy("New work appears here by itself. Cases of your area stand under “All”.")),
    "done": ("no-reports", gettext_lazy("You have not taken a step yet"),
             gettext_lazy("Every case in which you take a step is listed here.")),
    "mine": ("no-reports", gettext_lazy("Nothing here yet"),
             gettext_lazy("Here stand the cases you reported, or those in your unit's hands.")),
    "followed": ("no-reports", gettext_lazy("You follow no case"),
                 gettext_lazy("Press “Follow” on a case page to keep an eye on it.")),
    "supervised": ("nothing-to-do", gettext_lazy("No open case is under supervision"),
                   gettext_lazy("A case with a yellow or red card appears here until it is closed.")),
    "all": ("nothing-found", gettext_lazy("No case yet"), gettext_lazy("Reports of your area appear here.")),
}  # fmt: skip


def default_tab(request: DeskRequest) -> str:
    """Searching looks everywhere; otherwise what waits comes first."""
    return "all" if request.GET.get("q") or request.GET.get("situation") else "todo"


def read_filter(request: DeskRequest) -> CaseFilter:
    values = request.GET.dict()
    values.setdefault("tab", default_tab(request))
    return CaseFilter.read(values)


def address(wanted: CaseFilter, **more: str) -> str:
    query = {"tab": wanted.tab} | wanted.query() | {key: value for key, value in more.items() if value}
    return f"{_path()}?{urlencode(query)}"


@cache
def _path() -> str:
    return reverse("cases:list")


@require_GET
@desk(policy.VIEW)
def case_list(request: DeskRequest) -> HttpResponse:
    """A page of a list. The same address answers htmx with the part that changes."""
    actor, wanted, size = request.actor, read_filter(request), page_size(request)
    rows, chosen = listed(actor, wanted), columns.chosen(request)
    is_part = request.htmx and request.htmx.target == "cases-part"
    page = keyset_page(
        rows.values_list(*columns.fields_of(chosen, wanted.order), named=True),
        wanted,
        key=request.GET.get("after", "") or request.GET.get("before", ""),
        back="before" in request.GET,
        size=size,
    )
    counts, found, limit = list_counts(actor, () if is_part else TABS, rows, wanted, page, size=size)
    words = ngettext("%(count)s case", "%(count)s cases", found) % {"count": shown(found, limit)}
    context = _table(request, page, chosen, words)
    if is_part:
        response = render(request, "cases/list.html#table", context)
    else:
        may_take_down = actor.holds(TAKE_DOWN)
        context |= {"fields": _fields(actor, wanted), "tabs": _tabs(actor, wanted, counts), "may_take_down": may_take_down}
        response = render(request, "cases/list.html", context)
    columns.remember(request, response)
    return response


def _table(request: DeskRequest, page: Page, chosen: list[columns.Column], found: str) -> dict[str, Any]:
    """What the part of the page with the rows shows."""
    actor, wanted = request.actor, page.filter
    batch = [verb for verb, right in BATCH_RIGHTS.items() if actor.holds(right)]
    return {
        "filter": wanted,
        "heads": columns.heads(chosen, wanted.order, lambda order: address(wanted.but(order=order))),
        "rows": columns.printed(chosen, page.rows, is_picked=bool(batch)),
        "columns": columns.menu(chosen),
        "newer": address(wanted, before=page.newer) if page.newer else "",
        "older": address(wanted, after=page.older) if page.older else "",
        "found": found,
        "chips": _chips(wanted),
        "named": [(one, address(wanted.but(q="", **one.changes))) for one in named(wanted.q)],
        "all_orders_url": address(wanted.but(order="newest")) if wanted.order == "due" else "",
        "is_filtered": wanted.query().keys() - {"tab", "order"},
        "empty": EMPTY[wanted.tab],
        "reset_url": address(CaseFilter(tab=wanted.tab)),
        "batch": batch,
        "may_export": actor.holds(policy.EXPORT),
        "query": urlencode({"tab": wanted.tab} | wanted.query()),
        "saved": lambda: saved_filters(actor),
    }


def _fields(actor: Actor, wanted: CaseFilter) -> dict[str, Any]:
    """The fields of the filter bar as printed; where they offer choices, those of the tables as they are now."""
    return _printed_fields(actor.reach, actor.area_code, wanted, get_language() or "", catalogue(), areas(), bodies())


@lru_cache(maxsize=256)
def _printed_fields(reach: str, area_code: str, wanted: CaseFilter, language: str, *known: Any) -> dict[str, Any]:
    form = FilterForm(reach, area_code, wanted)
    first, more = (SafeString("".join(kit.field(bound, compact=True) for bound in part)) for part in (form.first_row, form.more))
    return {"first": first, "more": more, "is_more_used": form.is_more_used}


def _chips(wanted: CaseFilter) -> list[tuple[Any, str]]:
    """Conditions that have no control in the filter bar, each with the address without it."""
    chips: list[tuple[Any, str]] = []
    if wanted.figure:
        chips.append((figures.NAMES[wanted.figure], address(wanted.but(figure=""))))
    if wanted.situation:
        chips.append((_("One situation only"), address(wanted.but(situation=""))))
    if wanted.state:
        label = pgettext("situation", "Open") if wanted.state == "open" else pgettext("stage", "Closed")
        chips.append((label, address(wanted.but(state=""))))
    return chips


def page_size(request: DeskRequest) -> int:
    """50 rows, or what the address asks for between 10 and 100."""
    asked = request.GET.get("size", "")
    return min(max(int(asked), 10), 100) if asked.isdecimal() and len(asked) < 5 else 50


def _tabs(actor: Actor, wanted: CaseFilter, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Tabs with their counts; a dot where something is overdue."""
    return [
        {
            "label": UNITS_OWN if tab == "mine" and actor.reach == "unit" else TAB_NAMES[tab],
            "url": address(CaseFilter(tab=tab, order=wanted.order)), "active": tab == wanted.tab,
            "count": shown(counts[tab], far(tab)), "dot": tab == "todo" and counts["late"] > 0,
        }
        for tab in TABS
    ]  # fmt: skip


@require_POST
@desk(policy.VIEW)
def filter_save(request: DeskRequest) -> HttpResponse:
    """Keep the present list under a name, with its columns."""
    form, there = SaveFilterForm(request.POST), next_page(request, reverse("cases:list"))
    if form.is_valid():
        shown_now = [column.key for column in columns.chosen(request)]
        save_filter(actor=request.actor, columns=shown_now, **form.cleaned_data)
        messages.success(request, _("Saved as “%(name)s”.") % {"name": form.cleaned_data["name"]})
    else:
        messages.error(request, _("Give the list a name of at most 60 characters."))
    return redirect(there)


@require_GET
@desk(policy.VIEW)
def filter_open(request: DeskRequest, number: int) -> HttpResponse:
    """Open a saved list: its filter and its columns."""
    saved = get_object_or_404(saved_filters(request.actor), pk=number)
    shown_then = urlencode([("columns", key) for key in saved.columns])
    return redirect(f"{reverse('cases:list')}?{saved.query}{'&' if saved.query and shown_then else ''}{shown_then}")


@require_POST
@desk(policy.VIEW)
def filter_delete(request: DeskRequest, number: int) -> HttpResponse:
    delete_filter(actor=request.actor, number=number)
    return redirect(next_page(request, reverse("cases:list")))


@require_GET
@desk(policy.EXPORT)
def case_export(request: DeskRequest) -> FileResponse:
    """The list as a file, xlsx or csv: what the filter finds, no contact data, at most as many rows as the place allows."""
    wanted = read_filter(request)
    kind = "csv" if request.GET.get("format") == "csv" else "xlsx"
    file = tempfile.TemporaryFile()  # noqa: SIM115  FileResponse closes it
    try:
        export_cases(actor=request.actor, wanted=wanted, kind=kind, stream=file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = f"linli-{timezone.localtime():%Y%m%d-%H%M}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=exports.CONTENT_TYPES[kind])


def may_batch(actor: Actor, verb: str) -> bool:
    return verb in BATCH_RIGHTS and actor.holds(BATCH_RIGHTS[verb])
