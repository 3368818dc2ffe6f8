"""Every write of cases: one function a verb. Pages, API, imports, jobs and commands all come in here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from linli.cases.models import Case
from linli.cases.operations import dispatching, finishing, intake, timing
from linli.cases.operations.attention import (
    escalate_case,
    follow_case,
    note_case,
    reveal_reporter,
    supervise_case,
    support_case,
    urge_case,
    voice_of,
)
from linli.cases.operations.batches import Batch, send_case
from linli.cases.operations.report import (
    Report,
    Reported,
    is_link_secret,
    link_secret,
    report_case,
    report_cases,
)
from linli.cases.operations.taking import NOTHING, Ask, said
from linli.kernel.errors import DomainError

# Verb of the workflow → the operation that takes it. All take actor=, case=, ask= and the arguments named.
TAKE: dict[str, tuple[Callable[..., Case], tuple[str, ...]]] = {
    "request_pre_check": (intake.request_pre_check, ()),
    "pre_check": (intake.pre_check, ("found",)),
    "register": (intake.register_case, ("condition", "category", "level")),
    "refuse": (intake.refuse_case, ()),
    "void": (intake.void_case, ()),
    "merge": (intake.merge_case, ("target",)),
    "dispatch": (dispatching.dispatch_case, ("unit", "co_units")),
    "accept": (dispatching.accept_case, ()),
    "return": (dispatching.return_case, ()),
    "reassign": (dispatching.reassign_case, ("unit", "co_units")),
    "co_handle": (dispatching.co_handle_case, ("units",)),
    "urge": (urge_case, ()),
    "supervise": (supervise_case, ("card",)),
    "ask_extension": (timing.ask_extension, ()),
    "approve_extension": (timing.approve_extension, ()),
    "deny_extension": (timing.deny_extension, ()),
    "ask_suspension": (timing.ask_suspension, ("until",)),
    "approve_suspension": (timing.approve_suspension, ()),
    "confirm_suspension": (timing.confirm_suspension, ()),
    "deny_suspension": (timing.deny_suspension, ()),
    "resume": (timing.resume_case, ()),
    "deliver": (finishing.deliver_case, ("result",)),
    "verify_pass": (finishing.verify_pass, ()),
    "verify_fail": (finishing.verify_fail, ()),
    "close": (finishing.close_case, ()),
    "force_close": (finishing.force_close_case, ("result",)),
    "rate": (finishing.rate_case, ("solved", "satisfaction")),
    "reopen": (finishing.reopen_case, ()),
    "appeal": (timing.appeal, ()),
    "review_appeal": (timing.review_appeal, ()),
    "decide_appeal": (timing.decide_appeal, ("is_upheld",)),
}


def take(verb: str, *, actor: Any, case: Case, ask: Ask = NOTHING, **arguments: Any) -> Case:
    """Take any verb by its name; doors that offer all of them (API, batch, phone) come in here.

    Arguments that the verb does not know raise TypeError: doors validate them before.
    """
    operation, known = TAKE[verb]
    unknown = set(arguments) - set(known)
    if unknown:
        raise TypeError(f"{verb} takes {known}, not {sorted(unknown)}")
    if ask.request_id is not None and not ask.fingerprint:
        ask = replace(ask, fingerprint=said(verb, case, ask, arguments))
    return operation(actor=actor, case=case, ask=ask, **arguments)


def take_many(verb: str, *, actor: Any, cases: Iterable[Case], ask: Ask = NOTHING, **arguments: Any) -> Batch:
    """Take one verb on many cases, each in its own transaction; one that cannot go does not hold up the others."""
    done, refused = [], []
    for case in cases:
        try:
            take(verb, actor=actor, case=case, ask=ask, **arguments)
            done.append(case.reference)
        except DomainError as error:
            refused.append((case.reference, str(error.message)))
    return Batch(done, refused)


__all__ = [
    "NOTHING",
    "TAKE",
    "Ask",
    "Batch",
    "Report",
    "Reported",
    "escalate_case",
    "follow_case",
    "is_link_secret",
    "link_secret",
    "note_case",
    "report_case",
    "report_cases",
    "reveal_reporter",
    "send_case",
    "supervise_case",
    "support_case",
    "take",
    "take_many",
    "urge_case",
    "voice_of",
]
