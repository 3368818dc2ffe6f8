"""One verb on many cases: first a page that says what will happen, then one that says what did."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.cases.forms.lists import BatchForm
from linli.cases.models import Case
from linli.cases.operations import Ask, Batch, take_many
from linli.cases.queries.actions import ICONS, step_name
from linli.cases.views.common import DeskRequest, desk, next_page
from linli.cases.views.lists import BATCH_RIGHTS, may_batch
from linli.cases.workflow import INCIDENT
from linli.kernel.errors import BadInput, NotAllowed
from linli.kernel.policy import why_not

MOST = 200


@require_POST
@desk(*BATCH_RIGHTS.values())
def case_batch(request: DeskRequest) -> HttpResponse:
    """Ask for what the verb needs (first press), or take it on every chosen case and tell how each went (second)."""
    verb = request.POST.get("verb", "")
    if verb not in BATCH_RIGHTS:
        raise BadInput("verb_unknown", _("This cannot be done with many cases at once."))
    if not may_batch(request.actor, verb):
        raise NotAllowed("not_allowed", why_not(request.actor, BATCH_RIGHTS[verb]))
    cases = chosen_cases(request)
    if not cases:
        return redirect(next_page(request, reverse("cases:list")))
    is_sent = "go" in request.POST
    form = BatchForm(verb, request.POST if is_sent else None)
    if is_sent and form.is_valid():
        done = run(request, verb, cases, form)
        return render(request, "cases/batch_done.html", _context(request, verb, cases) | {"batch": done})
    context = _context(request, verb, cases) | {"form": form, "target": cases[0]}
    return render(request, "cases/batch.html", context, status=422 if is_sent else 200)


def chosen_cases(request: DeskRequest) -> list[Case]:
    """The ticked cases that the actor may see, the first reported first."""
    ids = []
    for one in request.POST.getlist("ids")[:MOST]:
        try:
            ids.append(uuid.UUID(one))
        except ValueError:
            raise BadInput("id_wrong", f"ids: {one[:40]!r} is not an id", field="ids") from None
    rows = Case.objects.visible_to(request.actor).filter(pk__in=ids)
    return list(rows.select_related("category", "lead_unit").order_by("pk"))


def run(request: DeskRequest, verb: str, cases: list[Case], form: BatchForm) -> Batch:
    ask = Ask(text=form.cleaned_data.get("text", ""))
    if verb != "merge":
        return take_many(verb, actor=request.actor, cases=cases, ask=ask)
    chosen = request.POST.get("target", "")
    target = next((case for case in cases if str(case.pk) == chosen), cases[0])
    return take_many(verb, actor=request.actor, cases=[case for case in cases if case.pk != target.pk], ask=ask, target=target)


def _context(request: DeskRequest, verb: str, cases: list[Case]) -> dict[str, Any]:
    step = INCIDENT.steps[verb]
    return {
        "verb": verb,
        "label": step_name(verb),
        "icon": ICONS.get(verb, "check"),
        "cases": cases,
        "fitting": sum(case.stage in step.sources for case in cases),
        "sources": step.sources,
        "next": next_page(request, reverse("cases:list")),
    }
