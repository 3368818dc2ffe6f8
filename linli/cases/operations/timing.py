"""More time, pauses, and appeals against “overdue”: asked by the unit, decided by others, each decision kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.cases import settings
from linli.cases.models import Case, CaseRequest
from linli.cases.operations.clocks import due_of, parse_limit, warn_of
from linli.cases.operations.taking import NOTHING, Ask, Taking
from linli.kernel import options
from linli.kernel.calendar import calendar
from linli.kernel.policy import Actor


def _ask(taking: Taking, kind: str, waits_for: str, until: datetime | None = None) -> None:
    if taking.case.pending:
        taking.broken("request_waits", _("A request of this case still waits for an answer."))
    CaseRequest.objects.create(
        case=taking.case,
        kind=kind,
        reason=taking.text,
        until=until,
        asked_by=taking.actor.person_id,
        asked_at=taking.now,
    )
    taking.change(pending=waits_for)


def _answer(taking: Taking, kind: str, verdict: str, *, state: str, waits_for: str = "") -> CaseRequest:
    """Write a decision on the open request; nobody decides their own request, nor the same one twice."""
    request = CaseRequest.objects.filter(case=taking.case, kind=kind, state__in=["open", "halfway"]).first()
    if request is None:
        taking.broken("nothing_asked", _("There is no open request of this kind."))
    person = str(taking.actor.person_id)
    if taking.actor.person_id and request.asked_by == taking.actor.person_id:
        taking.broken("own_request", _("Who asks may not decide."))
    if taking.actor.person_id and any(item["person"] == person for item in request.decisions):
        taking.broken("decided_already", _("You have decided on this request already; somebody else has to."))
    decision: dict[str, Any] = {
        "person": person,
        "post": taking.actor.post_id,
        "verdict": verdict,
        "text": taking.text,
        "at": taking.now.isoformat(),
    }
    request.decisions = [*request.decisions, decision]
    request.state = state
    request.save(update_fields=["decisions", "state"])
    taking.change(pending=waits_for)
    return request


def ask_extension(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """Ask for one more original limit, before the present one is over, at most as often as the place allows.

    Raises RuleBroken (too_late, too_often, request_waits).
    """
    with Taking("ask_extension", actor, case, ask) as taking:
        row = taking.case
        if row.due_at and taking.now > row.due_at:
            taking.broken("too_late", _("The limit is over; more time must be asked for before."))
        if row.extension_count >= options.value(settings.EXTENSIONS):
            taking.broken("too_often", _("More time was already given as often as is allowed."))
        _ask(taking, "extension", "approve_extension")
    return taking.case


def approve_extension(*, actor: Actor, case: Case, ask: Ask = NOTHING) -> Case:
    """Grant the asked time: one original limit on top of the present due time."""
    with Taking("approve_extension", actor, case, ask) as taking:
        _answer(taking, "extension", "yes", state="approved")
        row = taking.case
        was, due = row.due_at or taking.now, due_of(row.due_at or taking.now, row.limit or "1D")
        taking.change(due_at=due, warn_at=warn_of(was, due), extension_count=row.extension_count + 1, step_due_at=None)
        taking.data.update(due_was=was.isoformat(), due=due.isoformat())
    return taking.case


def deny_extension(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """Refuse more time, with a reason; a refusal does not count against the allowance."""
    with Taking("deny_extension", actor, case, ask) as taking:
        _answer(taking, "extension", "no", state="denied")
    return taking.case


def ask_suspension(*, actor: Actor, case: Case, until: datetime, ask: Ask) -> Case:
    """Ask to pause until a day, at most a year away, once. Raises RuleBroken (until_wrong, too_often, request_waits)."""
    with Taking("ask_suspension", actor, case, ask) as taking:
        last = taking.now + timedelta(days=options.value(settings.SUSPENSION_DAYS))
        if not taking.now < until <= last:
            taking.broken("until_wrong", _("The end must lie in the future, at most a year away."), "until")
        if taking.case.suspension_count >= options.value(settings.SUSPENSIONS):
            taking.broken("too_often", _("This case was suspended before; once is all that is allowed."))
        _ask(taking, "suspension", "approve_suspension", until)
    return taking.case


def approve_suspension(*, actor: Actor, case: Case, ask: Ask = NOTHING) -> Case:
    """First of two: the head of the unit agrees; the dispatcher confirms."""
    with Taking("approve_suspension", actor, case, ask) as taking:
        if taking.case.pending != "approve_suspension":
            taking.broken("nothing_asked", _("There is no open request of this kind."))
        _answer(taking, "suspension", "yes", state="halfway", waits_for="confirm_suspension")
    return taking.case


def confirm_suspension(*, actor: Actor, case: Case, ask: Ask = NOTHING) -> Case:
    """Second of two: the case pauses until the asked day and then goes on by itself."""
    with Taking("confirm_suspension", actor, case, ask) as taking:
        if taking.case.pending != "confirm_suspension":
            taking.broken("nothing_asked", _("The unit's head has to agree first."))
        request = _answer(taking, "suspension", "yes", state="approved")
        taking.change(suspended_at=taking.now, resume_at=request.until, suspension_count=taking.case.suspension_count + 1)
        taking.data["until"] = request.until.isoformat() if request.until else ""
    return taking.case


def deny_suspension(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """Refuse the pause at either level, with a reason."""
    with Taking("deny_suspension", actor, case, ask) as taking:
        _answer(taking, "suspension", "no", state="denied")
    return taking.case


def resume_case(*, actor: Actor, case: Case, ask: Ask = NOTHING) -> Case:
    """End a pause (by hand, or by the clock): the limit is moved by the business time that was paused."""
    with Taking("resume", actor, case, ask) as taking:
        row = taking.case
        if row.due_at and row.suspended_at:
            unit = parse_limit(row.limit or "1D").unit
            due = calendar().shift(row.due_at, row.suspended_at, taking.now, unit)
            taking.change(due_at=due, warn_at=warn_of(row.dispatched_at or row.suspended_at, due))
        taking.change(suspended_at=None, resume_at=None)
    return taking.case


def appeal(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """The unit appeals against “overdue”, after closing, once. Raises RuleBroken (not_overdue, too_often)."""
    with Taking("appeal", actor, case, ask) as taking:
        if not taking.case.is_overdue:
            taking.broken("not_overdue", _("This case was not overdue."))
        if taking.case.appeal:
            taking.broken("too_often", _("There was an appeal already; once is all that is allowed."))
        _ask(taking, "appeal", "review_appeal")
        taking.change(appeal="asked")
    return taking.case


def review_appeal(*, actor: Actor, case: Case, ask: Ask = NOTHING) -> Case:
    """First reviewer: supports the appeal and hands it to the second."""
    with Taking("review_appeal", actor, case, ask) as taking:
        if taking.case.appeal != "asked":
            taking.broken("nothing_asked", _("There is no open request of this kind."))
        _answer(taking, "appeal", "yes", state="halfway", waits_for="decide_appeal")
        taking.change(appeal="reviewed")
    return taking.case


def decide_appeal(*, actor: Actor, case: Case, is_upheld: bool, ask: Ask) -> Case:
    """Second reviewer decides. The raw fact stays; upheld, the case is left out of the statistics of lateness."""
    with Taking("decide_appeal", actor, case, ask) as taking:
        if taking.case.appeal not in ("asked", "reviewed") or (is_upheld and taking.case.appeal != "reviewed"):
            taking.broken("nothing_asked", _("Another reviewer has to look at the appeal first."))
        _answer(taking, "appeal", "yes" if is_upheld else "no", state="approved" if is_upheld else "denied")
        taking.change(appeal="upheld" if is_upheld else "rejected", is_exempt=is_upheld)
        taking.data["verdict"] = "upheld" if is_upheld else "rejected"
    return taking.case
