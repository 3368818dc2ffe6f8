"""Updates of requests, both ways: mySociety's extension `servicerequestupdates`."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from linli.cases.api.showing import PUBLIC_STEPS
from linli.cases.models import Case, CaseStep
from linli.cases.open311 import parse, render, shapes
from linli.cases.open311.parse import Refused, Span, value
from linli.cases.open311.views import door, of_jurisdiction
from linli.cases.operations import Ask, note_case, take
from linli.cases.queries.lists import first_id
from linli.cases.workflow import ENDED, Result, Stage
from linli.kernel.idempotency import fingerprint_of, key_of, once
from linli.kernel.identifiers import normalise_reference
from linli.kernel.policy import Actor, may

# What others call the end of a matter, and what it is with us. Anything else they know of is an open one.
CLOSED = {
    "CLOSED": Result.FIXED,
    "FIXED": Result.FIXED,
    "FIXED_COUNCIL": Result.FIXED,
    "NO_FURTHER_ACTION": Result.EXPLAINED,
    "UNABLE_TO_FIX": Result.CANNOT,
    "NOT_COUNCILS_RESPONSIBILITY": Result.NOT_OURS,
    "DUPLICATE": Result.EXPLAINED,
}
STILL_OPEN = frozenset({"OPEN", "INVESTIGATING", "IN_PROGRESS", "PLANNED", "ACTION_SCHEDULED", "INTERNAL_REFERRAL", "REOPEN"})


@of_jurisdiction
def list_updates(request: HttpRequest, format_: str) -> HttpResponse:
    """Public steps of public requests in a span of at most 90 days by their own instant, the oldest first, at most 1000."""
    span = parse.span_of_changes(request)
    steps = CaseStep.objects.filter(case__is_public=True, case__is_sealed=False, verb__in=PUBLIC_STEPS).exclude(verb="report")
    if named := parse.words(request, "service_request_id"):
        steps = steps.filter(case__reference__in=[reference for reference in map(normalise_reference, named) if reference])
    else:
        steps = _within(steps, span)
    rows = steps.select_related("case").only("id", "at", "stage", "public_text", "case__reference")
    return render.rows(
        format_, "service_request_updates", "request_update",
        shapes.shown_updates(rows.order_by("pk")[parse.page(request)]),
    )  # fmt: skip


def _within(steps, span: Span):  # type: ignore[no-untyped-def]  # a query set of steps
    """Ids carry the time: the primary key cuts the span, with a little room for clocks of several machines."""
    room = timedelta(minutes=1)
    return steps.filter(
        pk__gte=first_id(span.start - room), pk__lt=first_id(span.end + room), at__gte=span.start, at__lte=span.end
    )


@of_jurisdiction
def post_update(request: HttpRequest, format_: str) -> HttpResponse:
    """Take an update from another system: a step of ours where its rights and the state allow one, else a staff note.

    The same `update_id` is taken once, however often it is sent.
    """
    actor = parse.caller(request)
    given = {name: value(request, name) for name in ("service_request_id", "update_id", "description", "status")}
    parse.instant(request, "updated_datetime")
    for name in ("service_request_id", "update_id"):
        if not given[name]:
            raise Refused(400, _("%(name)s is missing.") % {"name": name})
    status = given["status"].upper().replace(" ", "_").replace("-", "_") or "OPEN"
    if status not in CLOSED and status not in STILL_OPEN:
        raise Refused(400, _("status has to be OPEN or CLOSED."))
    if not given["description"] and status in STILL_OPEN - {"REOPEN"}:
        raise Refused(400, _("description is missing."))
    case = _case_for(actor, given["service_request_id"])

    def take_in() -> HttpResponse:
        update_id = _apply(actor, case, status, given["description"])
        return render.rows(format_, "service_request_updates", "request_update", [{"update_id": update_id}], status=201)

    same = fingerprint_of(format_, *given.values())
    return once(key=key_of(actor, f"update-{given['update_id']}", "open311"), fingerprint=same, do=take_in)


def _case_for(actor: Actor, reference: str) -> Case:
    """The case an update is about: one the key's post sees, or a public one. Raises Refused(404)."""
    wanted = normalise_reference(reference)
    case = None
    if wanted:
        rows = Case.objects.filter(reference=wanted)
        case = (rows & Case.objects.visible_to(actor)).first() or (rows & Case.objects.public()).first()
    if case is None:
        raise Refused(404, _("The service_request_id %(id)s is not known.") % {"id": reference[:40]})
    return case


def _apply(actor: Actor, case: Case, status: str, text: str) -> str:
    """Take what the update means with us. Raises NotAllowed (403) where the key may do none of it."""
    words = text or status
    if status == "REOPEN" and case.stage in ENDED and may(actor, "cases.case.reopen", case):
        take("reopen", actor=actor, case=case, ask=Ask(text=words))
        return _latest(case)
    if status in CLOSED and case.stage == Stage.ACCEPTED and may(actor, "cases.case.deliver", case):
        take("deliver", actor=actor, case=case, ask=Ask(text=words), result=CLOSED[status])
        return _latest(case)
    if status in CLOSED and case.stage == Stage.VERIFIED and may(actor, "cases.case.close", case):
        take("close", actor=actor, case=case, ask=Ask(text=words))
        return _latest(case)
    return str(note_case(actor=actor, case=case, text=f"[{status}] {text}".strip()).pk)


def _latest(case: Case) -> str:
    """The step just taken: the case is locked until this transaction ends, so it is the last one."""
    return str(CaseStep.objects.filter(case=case).order_by("-pk").values_list("pk", flat=True)[0])


updates = door(GET=list_updates, POST=post_update)
