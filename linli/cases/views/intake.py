"""Taking down a report for somebody at the window or on the telephone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.cases.forms.intake import TakeDownForm
from linli.cases.models import Case
from linli.cases.operations import Report, report_case
from linli.cases.queries.suggestions import Proposals, proposed_categories
from linli.cases.views.common import DeskRequest, desk
from linli.cases.views.lists import TAKE_DOWN
from linli.kernel.errors import DomainError
from linli.places.models import Building
from linli.places.queries import find_addresses


@require_http_methods(["GET", "POST"])
@desk(TAKE_DOWN)
def case_new(request: DeskRequest) -> HttpResponse:
    """The form, and taking the report in. Whoever called is the reporter, not the clerk who writes."""
    if request.method == "GET":
        return _show(request, TakeDownForm())
    form = TakeDownForm(_with_proposed(request))
    if "proposed" in request.POST:
        return _show(request, form)
    if "find" in request.POST:
        return _show(request, form, buildings=find_addresses(request.POST.get("where", "")))
    if not form.is_valid():
        return _show(request, form, status=422)
    place = _place(form)
    if place is None:
        form.add_error(None, _("Say where it is: on the map, or by a building from the search."))
        return _show(request, form, status=422)
    try:
        case = report_case(actor=request.actor, report=_report(form, place)).case
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return _show(request, form, status=error.status)
    messages.success(request, _("Taken down as %(reference)s. Tell the caller this number.") % {"reference": case.reference})
    seen = Case.objects.visible_to(request.actor).filter(pk=case.pk).exists()
    return redirect("cases:case", case.reference) if seen else redirect("cases:list")


def _with_proposed(request: DeskRequest) -> QueryDict:
    """What was posted; a pressed proposal is the category then."""
    if "proposed" not in request.POST:
        return request.POST
    data = request.POST.copy()
    data["category"] = request.POST["proposed"][:8]
    return data


def _place(form: TakeDownForm) -> tuple[float, float, str] | None:
    """Longitude, latitude and address words."""
    data = form.cleaned_data
    address = data["address"].strip()
    if data["lng"] is not None and data["lat"] is not None:
        return data["lng"], data["lat"], address
    row = Building.objects.filter(code=data["building"]).first() if data["building"] else None
    return (row.lng, row.lat, f"{row.address_zh} {address}".strip()) if row else None


def _report(form: TakeDownForm, place: tuple[float, float, str]) -> Report:
    data = form.cleaned_data
    return Report(
        category=data["category"],
        text=data["text"],
        lng=place[0],
        lat=place[1],
        address=place[2],
        door="desk",
        contact=form.contact,
        attributes={"channel": data["channel"]},
        on_behalf=True,
    )


def _show(request: DeskRequest, form: TakeDownForm, *, status: int = 200, buildings: Any = None) -> HttpResponse:
    where = request.POST.get("where", "")
    if buildings is None and form.is_bound and form.data.get("building"):
        buildings = Building.objects.filter(code=form.data["building"])
    context = {"form": form, "buildings": buildings or [], "where": where, "chosen": form.data.get("building", "")}
    context["proposals"] = _proposals(form.data.get("text", ""), form.data.get("category", ""))
    return render(request, "cases/new.html", context, status=status)


def _proposals(text: str, chosen: str) -> Proposals | None:
    """What the words speak for, unless that is chosen already."""
    found = proposed_categories(text) if text.strip() else None
    return None if found is None or (found.rows and found.rows[0].category.code == chosen) else found


@require_POST
@desk(TAKE_DOWN)
def kinds(request: DeskRequest) -> HttpResponse:
    """Categories that the words speak for: a fragment. Nothing is kept."""
    proposals = _proposals(request.POST.get("text", ""), request.POST.get("category", ""))
    return render(request, "cases/new.html#proposed", {"proposals": proposals})


@require_GET
@desk(TAKE_DOWN)
def addresses(request: DeskRequest) -> HttpResponse:
    """Buildings whose address holds the words: a fragment."""
    where = request.GET.get("where", "")[:60]
    return render(request, "cases/new.html#addresses", {"where": where, "buildings": find_addresses(where)})
