"""The incident workflow: from a word to a verdict. States, verbs, clocks and who is told, as one table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from linli.kernel.workflow import SAME, Step, Workflow


class Stage(TextChoices):
    """Where a case stands, for those who work on it."""

    REPORTED = "reported", pgettext_lazy("stage", "Reported")
    PRE_CHECK = "pre_check", pgettext_lazy("stage", "Being looked at")
    REGISTERED = "registered", pgettext_lazy("stage", "Registered")
    DISPATCHED = "dispatched", pgettext_lazy("stage", "Dispatched")
    ACCEPTED = "accepted", pgettext_lazy("stage", "In hand")
    SUSPENDED = "suspended", pgettext_lazy("stage", "Suspended")
    DELIVERED = "delivered", pgettext_lazy("stage", "Done, to be checked")
    VERIFIED = "verified", pgettext_lazy("stage", "Checked")
    CLOSED = "closed", pgettext_lazy("stage", "Closed")
    RATED = "rated", pgettext_lazy("stage", "Rated")
    REFUSED = "refused", pgettext_lazy("stage", "Refused")
    VOID = "void", pgettext_lazy("stage", "Void")
    MERGED = "merged", pgettext_lazy("stage", "Merged")


class Result(TextChoices):
    """What came of a case, for the outside."""

    FIXED = "fixed", pgettext_lazy("result", "Solved")
    PARTLY = "partly", pgettext_lazy("result", "Partly solved")
    EXPLAINED = "explained", pgettext_lazy("result", "Explained")
    NOT_OURS = "not_ours", pgettext_lazy("result", "Not in our power")
    CANNOT = "cannot", pgettext_lazy("result", "Cannot be solved")
    DUPLICATE = "duplicate", pgettext_lazy("result", "Same as another")


S = Stage
CARDS = ("yellow", "red")  # of supervision
OPEN = frozenset({S.REPORTED, S.PRE_CHECK, S.REGISTERED, S.DISPATCHED, S.ACCEPTED, S.SUSPENDED, S.DELIVERED, S.VERIFIED})
WITH_UNIT = frozenset({S.DISPATCHED, S.ACCEPTED})
ENDED = frozenset({S.CLOSED, S.RATED})

# Which right the next step of a stage needs: the to-do list of a post is made from it.
QUEUES = {
    "register": "cases.case.register",
    "pre_check": "cases.case.pre_check",
    "dispatch": "cases.case.dispatch",
    "accept": "cases.case.accept",
    "deliver": "cases.case.deliver",
    "verify": "cases.case.verify_pass",
    "close": "cases.case.close",
    "resume": "cases.case.resume",
    "approve_extension": "cases.case.approve_extension",
    "approve_suspension": "cases.case.approve_suspension",
    "confirm_suspension": "cases.case.confirm_suspension",
    "review_appeal": "cases.case.review_appeal",
    "decide_appeal": "cases.case.decide_appeal",
}
QUEUE_OF = {
    S.REPORTED: "register",
    S.PRE_CHECK: "pre_check",
    S.REGISTERED: "dispatch",
    S.DISPATCHED: "accept",
    S.ACCEPTED: "deliver",
    S.SUSPENDED: "resume",
    S.DELIVERED: "verify",
    S.VERIFIED: "close",
}


def _step(verb: str, label: Any, sources: Iterable[str], target: str, **rest: Any) -> Step:
    return Step(verb, label, frozenset(sources), target, f"cases.case.{verb}", **rest)


# fmt: off
INCIDENT = Workflow(
    "incident",
    Stage.choices,
    [
        _step("report", pgettext_lazy("step", "Report"), (), S.REPORTED, needs=("text",), starts=("register",), tells=("dispatcher",)),
        _step("request_pre_check", pgettext_lazy("step", "Ask for a look on the spot"), {S.REPORTED}, S.PRE_CHECK,
              starts=("check",), tells=("grid",)),
        _step("pre_check", pgettext_lazy("step", "Report what is there"), {S.PRE_CHECK}, S.REPORTED,
              needs=("text", "found"), stops=("check",), tells=("dispatcher",)),
        _step("register", pgettext_lazy("step", "Register"), {S.REPORTED, S.PRE_CHECK}, S.REGISTERED, tone="good",
              needs=("condition",), stops=("register", "check"), starts=("dispatch",), tells=("reporter",)),
        _step("refuse", pgettext_lazy("step", "Refuse"), {S.REPORTED, S.PRE_CHECK}, S.REFUSED, tone="bad", is_public_text=True,
              needs=("text",), stops=("register", "check"), tells=("reporter", "supporters")),
        _step("void", pgettext_lazy("step", "Void"), {S.REPORTED, S.PRE_CHECK, S.REGISTERED, S.DISPATCHED, S.ACCEPTED}, S.VOID, tone="bad",
              needs=("text",), stops=("overall",), tells=("reporter", "unit")),
        _step("dispatch", pgettext_lazy("step", "Dispatch"), {S.REGISTERED}, S.DISPATCHED, tone="good",
              needs=("unit",), stops=("dispatch",), starts=("overall", "accept"), tells=("unit", "co_units", "reporter")),
        _step("accept", pgettext_lazy("step", "Accept"), {S.DISPATCHED}, S.ACCEPTED, tone="good",
              stops=("accept",), starts=("handle",), tells=("reporter",)),
        _step("return", pgettext_lazy("step", "Return"), WITH_UNIT, S.REGISTERED, tone="warn",
              needs=("text",), stops=("accept", "handle"), starts=("dispatch",), tells=("dispatcher",)),
        _step("reassign", pgettext_lazy("step", "Reassign"), WITH_UNIT, S.DISPATCHED,
              needs=("unit", "text"), starts=("accept",), tells=("unit", "co_units")),
        _step("co_handle", pgettext_lazy("step", "Add units that help"), WITH_UNIT, SAME, needs=("units", "text"), tells=("co_units",)),
        _step("urge", pgettext_lazy("step", "Urge"), OPEN - {S.SUSPENDED}, SAME, needs=("text",), tells=("unit", "dispatcher")),
        _step("supervise", pgettext_lazy("step", "Supervise"), OPEN, SAME, tone="warn", needs=("card", "text"), tells=("unit", "dispatcher", "supervisor")),
        _step("ask_extension", pgettext_lazy("step", "Ask for more time"), WITH_UNIT, SAME, needs=("text",), tells=("approver",)),
        _step("approve_extension", pgettext_lazy("step", "Approve more time"), WITH_UNIT, SAME, tone="good", starts=("overall",), tells=("unit", "reporter")),
        _step("deny_extension", pgettext_lazy("step", "Deny more time"), WITH_UNIT, SAME, tone="bad", needs=("text",), tells=("unit",)),
        _step("ask_suspension", pgettext_lazy("step", "Ask to suspend"), {S.ACCEPTED}, SAME, needs=("text", "until"), tells=("approver",)),
        _step("approve_suspension", pgettext_lazy("step", "Approve suspending (unit)"), {S.ACCEPTED}, SAME, tone="good", tells=("dispatcher",)),
        _step("confirm_suspension", pgettext_lazy("step", "Suspend"), {S.ACCEPTED}, S.SUSPENDED, stops=("overall", "handle"), tells=("unit", "reporter")),
        _step("deny_suspension", pgettext_lazy("step", "Deny suspending"), {S.ACCEPTED}, SAME, tone="bad", needs=("text",), tells=("unit",)),
        _step("resume", pgettext_lazy("step", "Resume"), {S.SUSPENDED}, S.ACCEPTED, starts=("overall", "handle"), tells=("unit", "reporter")),
        _step("deliver", pgettext_lazy("step", "Report as done"), {S.ACCEPTED}, S.DELIVERED, tone="good", is_public_text=True,
              needs=("text", "result"), stops=("handle",), starts=("verify",), tells=("grid", "reporter")),
        _step("verify_pass", pgettext_lazy("step", "Checked: done"), {S.DELIVERED}, S.VERIFIED, tone="good",
              needs=("photo",), stops=("verify",), starts=("close",), tells=("dispatcher",)),
        _step("verify_fail", pgettext_lazy("step", "Checked: not done"), {S.DELIVERED}, S.ACCEPTED, tone="bad",
              needs=("text", "photo"), stops=("verify",), starts=("handle",), tells=("unit",)),
        _step("close", pgettext_lazy("step", "Close"), {S.VERIFIED}, S.CLOSED, tone="good", is_public_text=True,
              needs=("text",), stops=("close", "overall"), tells=("reporter", "supporters", "followers")),
        _step("force_close", pgettext_lazy("step", "Close without a check"),
              {S.REGISTERED, S.DISPATCHED, S.ACCEPTED, S.SUSPENDED, S.DELIVERED, S.VERIFIED}, S.CLOSED, tone="bad", is_public_text=True,
              needs=("text", "result"), stops=("overall",), tells=("reporter", "supporters", "unit", "supervisor")),
        _step("rate", pgettext_lazy("step", "Rate"), {S.CLOSED}, S.RATED, needs=("rating",), tells=("unit", "dispatcher")),
        _step("reopen", pgettext_lazy("step", "Reopen"), ENDED, S.DISPATCHED, tone="warn", needs=("text",),
              starts=("overall", "accept"), tells=("unit", "dispatcher", "followers")),
        _step("merge", pgettext_lazy("step", "Merge into another"), {S.REPORTED, S.PRE_CHECK, S.REGISTERED}, S.MERGED,
              needs=("target",), stops=("register", "dispatch"), tells=("reporter",)),
        _step("appeal", pgettext_lazy("step", "Appeal against “overdue”"), ENDED, SAME, needs=("text",), tells=("approver",)),
        _step("review_appeal", pgettext_lazy("step", "Support the appeal"), ENDED, SAME, tells=("approver",)),
        _step("decide_appeal", pgettext_lazy("step", "Decide the appeal"), ENDED, SAME, needs=("verdict", "text"), tells=("unit",)),
    ],
)
# fmt: on
