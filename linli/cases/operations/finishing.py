"""Finishing: done, checked on the spot, closed, judged, reopened."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from linli.cases import settings
from linli.cases.models import Case, CaseStep
from linli.cases.operations.dispatching import start_overall
from linli.cases.operations.taking import NOTHING, Ask, Taking
from linli.cases.workflow import Result
from linli.kernel import options
from linli.kernel.policy import Actor

SOLVED = ("yes", "partly", "no")


def deliver_case(*, actor: Actor, case: Case, result: str = Result.FIXED, ask: Ask) -> Case:
    """The lead unit reports the work as done, with a public answer, a result and pictures of after.

    Raises RuleBroken (result_unknown, request_waits). Stops `handle`, starts `verify`.
    """
    with Taking("deliver", actor, case, ask, side="after") as taking:
        _result(taking, result)
        if taking.case.pending:
            taking.broken("request_waits", _("A request of this case still waits for an answer."))
        taking.change(delivered_at=taking.now)
    return taking.case


def _result(taking: Taking, result: str) -> None:
    if result not in Result.values or result == Result.DUPLICATE:
        taking.broken("result_unknown", _("Choose what came of it."), "result")
    taking.change(result=result)
    taking.data["result"] = result


def verify_pass(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """A grid worker saw on the spot that it is done; a picture proves it. Who did the work may not check it.

    Raises RuleBroken("own_work").
    """
    with Taking("verify_pass", actor, case, ask, side="after") as taking:
        _not_own_work(taking)
        taking.change(verified_at=taking.now)
    return taking.case


def verify_fail(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """A grid worker saw that it is not done: back to the unit, counted as rework. Raises RuleBroken("own_work")."""
    with Taking("verify_fail", actor, case, ask, side="after") as taking:
        _not_own_work(taking)
        taking.change(rework_count=taking.case.rework_count + 1, delivered_at=None, result="")
    return taking.case


def _not_own_work(taking: Taking) -> None:
    if taking.actor.person_id is None:
        return
    delivered = CaseStep.objects.filter(case=taking.case, verb="deliver").order_by("-id").values_list("person_id").first()
    if delivered and delivered[0] == taking.actor.person_id:
        taking.broken("own_work", _("Who did the work may not check it; somebody else has to look."))


def close_case(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """Close a checked case with the final public answer; the reporter is asked for a verdict. Stops `overall`."""
    with Taking("close", actor, case, ask) as taking:
        _ended(taking)
    return taking.case


def force_close_case(*, actor: Actor, case: Case, result: str, ask: Ask) -> Case:
    """Close a case without a check, with a reason everybody sees. Raises RuleBroken("result_unknown")."""
    with Taking("force_close", actor, case, ask) as taking:
        _result(taking, result)
        _ended(taking)
        taking.change(pending="", suspended_at=None, resume_at=None)
    return taking.case


def _ended(taking: Taking) -> None:
    row = taking.case
    done_at = row.delivered_at or taking.now  # the unit's time ends when it delivers, not when others check
    overdue = bool(row.due_at and row.dispatched_at and done_at > row.due_at)
    taking.change(closed_at=taking.now, is_overdue=overdue)
    taking.data["overdue"] = overdue


def rate_case(*, actor: Actor, case: Case, solved: str, satisfaction: int, ask: Ask = NOTHING) -> Case:
    """The reporter judges: solved (yes, partly, no) and satisfied from 1 to 5, with a few words if they like.

    Raises RuleBroken (solved_unknown, satisfaction_unknown, too_late).
    """
    with Taking("rate", actor, case, ask) as taking:
        _in_time(taking)
        if solved not in SOLVED:
            taking.broken("solved_unknown", _("Say whether it was solved."), "solved")
        if satisfaction not in range(1, 6):
            taking.broken("satisfaction_unknown", _("Choose between one and five."), "satisfaction")
        taking.change(solved=solved, satisfaction=satisfaction, rating_text=taking.text, rated_at=taking.now)
        taking.data.update(solved=solved, satisfaction=satisfaction)
    return taking.case


def _in_time(taking: Taking) -> None:
    days = options.value(settings.RATE_DAYS)
    if taking.case.closed_at and taking.now > taking.case.closed_at + timedelta(days=days):
        taking.broken("too_late", _("The time for judging is over. Please send a new report."))


def reopen_case(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """The result is refused: back to the unit with a new limit, counted. Raises RuleBroken("too_late")."""
    with Taking("reopen", actor, case, ask) as taking:
        _in_time(taking)
        row = taking.case
        if row.lead_unit_id is None:
            taking.broken("unit_missing", _("This case never had a unit. Please send a new report."))
        taking.change(
            reopen_count=row.reopen_count + 1,
            closed_at=None,
            delivered_at=None,
            verified_at=None,
            accepted_at=None,
            rated_at=None,
            result="",
            solved="",
            satisfaction=None,
            rating_text="",
            is_overdue=False,
            escalation="",
            dispatched_at=taking.now,
        )
        start_overall(taking)
    return taking.case
