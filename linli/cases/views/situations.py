"""Situations: a storm on one board, from the first report to the closing report."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.cases import policy
from linli.cases.forms import choices
from linli.cases.forms.lists import CloseSituationForm, OpenSituationForm
from linli.cases.models import Situation
from linli.cases.operations.batches import Batch
from linli.cases.operations.situations import close_situation, dispatch_batch, merge_clusters, open_situation
from linli.cases.queries import boards
from linli.cases.queries.clusters import Cluster
from linli.cases.queries.counts import situations_of
from linli.cases.queries.pages import shown_light
from linli.cases.views.common import DeskRequest, desk
from linli.kernel.errors import BadInput, DomainError
from linli.kernel.writing import pair, series
from linli.organizations.queries import bodies
from linli.places.queries import areas

MOST_LISTED = 100


def find_situation(request: DeskRequest, situation_id: uuid.UUID) -> Situation:
    return get_object_or_404(situations_of(request.actor), pk=situation_id)


@require_http_methods(["GET", "POST"])
@desk(policy.SITUATION_VIEW)
def situation_list(request: DeskRequest) -> HttpResponse:
    """Situations of the area, open ones first; opening one by hand."""
    actor = request.actor
    may_manage = actor.holds(policy.SITUATION_MANAGE)
    form = OpenSituationForm(actor, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            wanted = form.cleaned_data
            try:
                made = open_situation(actor=actor, name=wanted["name"], area_code=wanted["area"], since=wanted["since"])
                return redirect("cases:situation", made.pk)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
                status = error.status
    rows = list(situations_of(actor).order_by("-opened_at")[:MOST_LISTED])
    context = {
        "open": [_named(row) for row in rows if row.closed_at is None],
        "closed": [_named(row) for row in rows if row.closed_at is not None],
        "form": form if may_manage else None,
        "is_sent": request.method == "POST",
    }
    return render(request, "cases/situations.html", context, status=status)


def _named(row: Situation) -> dict[str, Any]:
    return {"row": row, "area": areas().name(row.area_code), "report": row.report or {}}


@require_GET
@desk(policy.SITUATION_VIEW)
def situation_board(request: DeskRequest, situation_id: uuid.UUID) -> HttpResponse:
    """The board of a situation, or its closing report when it has ended. Asks itself again while it is open."""
    return show(request, find_situation(request, situation_id))


def show(request: DeskRequest, situation: Situation, *, status: int = 200, **more: Any) -> HttpResponse:
    board = boards.situation_board(request.actor, situation)
    actor = request.actor
    context = {
        "situation": situation,
        "board": board,
        "area": areas().name(situation.area_code),
        "clusters": [_cluster(cluster) for cluster in board.clusters],
        "may_manage": actor.holds(policy.SITUATION_MANAGE) and situation.closed_at is None,
        "may_open_cases": actor.holds(policy.VIEW),
        "units": choices.units_for(situation.area_code),
        "close_form": CloseSituationForm(),
        "fresh": max(0, len(board.cases) - seen) if (seen := _number(request.GET.get("seen", ""))) else 0,
        "report": boards.readable_report(situation) if situation.closed_at else None,
        **more,
    }
    return render(request, "cases/situation.html", context, status=status)


def _cluster(cluster: Cluster) -> dict[str, Any]:
    """A cluster as a row of the board: where it leads, how many, who would get it or has it."""
    lead = cluster.lead
    unit = lead.lead_unit.name if lead.lead_unit else bodies().name(lead.suggested_unit_id)
    return {
        "cluster": cluster,
        "lead": lead,
        "light": shown_light(lead),
        "place": boards.short_address(lead) or areas().name(lead.grid_code),
        "unit": boards.short_unit(unit),
        "waiting": cluster.waiting,
        "mergeable": cluster.mergeable,
        "supporters": sum(case.support_count for case in cluster.cases),
    }


@require_GET
@desk(policy.SITUATION_VIEW)
def situation_points(request: DeskRequest, situation_id: uuid.UUID) -> HttpResponse:
    """Points of a situation for its map."""
    situation = find_situation(request, situation_id)
    return JsonResponse({"points": boards.points(boards.situation_cases(request.actor, situation))})


@require_POST
@desk(policy.SITUATION_MANAGE)
def situation_merge(request: DeskRequest, situation_id: uuid.UUID) -> HttpResponse:
    """Merge what is probably the same: in every cluster, or in the one that was pressed."""
    situation = find_situation(request, situation_id)
    leads = ids_of(request, "lead") or None
    done = merge_clusters(actor=request.actor, situation=situation, leads=leads)
    _tell(request, done, ngettext("%(count)d report merged.", "%(count)d reports merged.", len(done.done)))
    return redirect("cases:situation", situation.pk)


@require_POST
@desk(policy.SITUATION_MANAGE)
def situation_dispatch(request: DeskRequest, situation_id: uuid.UUID) -> HttpResponse:
    """Dispatch the chosen cases at once: each as the matrix says, or all to the unit that was chosen."""
    situation = find_situation(request, situation_id)
    chosen = ids_of(request, "ids")
    if not chosen:
        messages.warning(request, _("Tick at least one report."))
        return redirect("cases:situation", situation.pk)
    unit = _number(request.POST.get("unit", ""))
    helpers = [number for one in request.POST.getlist("co_units") if (number := _number(one))]
    done = dispatch_batch(
        actor=request.actor, situation=situation, cases=chosen, unit=unit, co_units=helpers if unit or helpers else None
    )
    _tell(request, done, ngettext("%(count)d case is on its way.", "%(count)d cases are on their way.", len(done.done)))
    return redirect("cases:situation", situation.pk)


@require_POST
@desk(policy.SITUATION_MANAGE)
def situation_close(request: DeskRequest, situation_id: uuid.UUID) -> HttpResponse:
    """End a situation with its report."""
    situation = find_situation(request, situation_id)
    form = CloseSituationForm(request.POST)
    if not form.is_valid():
        return show(request, situation, status=422, close_form=form)
    try:
        close_situation(actor=request.actor, situation=situation, words=form.cleaned_data["words"])
    except DomainError as error:
        form.add_error(None, str(error.message))
        return show(request, find_situation(request, situation_id), status=error.status, close_form=form)
    messages.success(request, _("The situation is closed; this is its report."))
    return redirect("cases:situation", situation.pk)


def ids_of(request: DeskRequest, name: str) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(one) for value in request.POST.getlist(name)[:500] for one in value.split()]
    except ValueError:
        raise BadInput("id_wrong", f"{name}: not an id", field=name) from None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _tell(request: DeskRequest, done: Batch, words: str) -> None:
    """How a batch went: one line for what worked, one for each reason why not."""
    if done.done:
        messages.success(request, words % {"count": len(done.done)})
    by_reason: dict[str, list[str]] = {}
    for reference, reason in done.refused:
        by_reason.setdefault(reason, []).append(reference)
    for reason, references in by_reason.items():
        messages.error(request, pair(series(references[:10]), reason))
    if not done.done and not done.refused:
        messages.info(request, _("There was nothing left to do: others were faster."))
