"""The dispatch board: what waits on the left, who could take it on the right."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.cases.forms import choices
from linli.cases.forms.step import SendForm
from linli.cases.models import Case
from linli.cases.operations import send_case
from linli.cases.queries import boards
from linli.cases.queries.pages import duplicates_of, shown_light
from linli.cases.views.columns import level_badge
from linli.cases.views.common import DeskRequest, desk, find_case
from linli.kernel.errors import Conflict, DomainError
from linli.kernel.policy import may, why_not
from linli.places.queries import areas

DISPATCH = "cases.case.dispatch"
READY = ("reported", "pre_check", "registered")


@require_GET
@desk(DISPATCH)
def dispatch_board(request: DeskRequest) -> HttpResponse:
    """The board with the first waiting case chosen."""
    return _board(request)


@require_http_methods(["GET", "POST"])
@desk(DISPATCH)
def dispatch_send(request: DeskRequest, reference: str) -> HttpResponse:
    """One waiting case with the matrix's suggestion (GET), and sending it (POST)."""
    case = find_case(request, reference)
    if request.method == "GET":
        if request.htmx and not request.htmx.boosted:
            return render(request, "cases/dispatch.html#panel", _panel(request, case, _form(request, case)))
        return _board(request, case=case)
    form = SendForm(case, request.POST)
    if not form.is_valid():
        return _board(request, case=case, form=form, status=422)
    try:
        send_case(actor=request.actor, case=case, ask=form.ask([]), **form.arguments())
    except Conflict as error:
        fresh = find_case(request, reference)
        sent = request.POST.copy()
        sent["version"] = str(fresh.version)
        again = SendForm(fresh, sent)
        again.full_clean()
        again.errors.clear()
        return _board(request, case=fresh, form=again, status=409, conflict=str(error.message))
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return _board(request, case=case, form=form, status=error.status)
    messages.success(request, _("%(reference)s is on its way.") % {"reference": case.reference})
    following = request.POST.get("following", "")
    return redirect("cases:dispatch-send", following) if following else redirect("cases:dispatch-board")


def _form(request: DeskRequest, case: Case) -> SendForm:
    return SendForm(case, preset=request.GET.dict())


def _board(
    request: DeskRequest, *, case: Case | None = None, form: SendForm | None = None, status: int = 200, **more: Any
) -> HttpResponse:
    waiting = boards.waiting_cases(request.actor)
    if case is None and waiting:
        case = waiting[0]
    context: dict[str, Any] = {
        "groups": [(choices.name_of(choices.levels(), group.level), group) for group in boards.groups(waiting)],
        "waiting": len(waiting),
        "is_cut": len(waiting) >= boards.MOST_WAITING,
        "loads": boards.loads(request.actor),
        "panel": None,
        **more,
    }
    if case is not None:
        context |= _panel(request, case, form or _form(request, case), waiting)
    return render(request, "cases/dispatch.html", context, status=status)


def _panel(request: DeskRequest, case: Case, form: SendForm, waiting: list[Case] | None = None) -> dict[str, Any]:
    """The chosen case; `following` is the next one of the list, where the board goes after sending."""
    right = "cases.case.register" if case.stage in ("reported", "pre_check") else DISPATCH
    return {
        "case": case,
        "form": form,
        "place": areas().path_name(case.area_code),
        "light": shown_light(case),
        "level_badge": level_badge(case),
        "is_ready": case.stage in READY,
        "refusal": "" if may(request.actor, right, case) else why_not(request.actor, right, case),
        "duplicates": duplicates_of(request.actor, case, most=4) if case.stage in READY else [],
        "following": _following(waiting if waiting is not None else boards.waiting_cases(request.actor), case),
    }


def _following(waiting: list[Case], case: Case) -> str:
    numbers = [row.reference for row in waiting]
    if case.reference not in numbers:
        return numbers[0] if numbers else ""
    others = numbers[numbers.index(case.reference) + 1 :] + numbers[: numbers.index(case.reference)]
    return others[0] if others else ""
