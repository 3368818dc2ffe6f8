"""What can happen to a case and to a situation, as frozen dataclasses of ids and plain values."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from linli.cases.workflow import INCIDENT
from linli.kernel.events import Happening, event


@dataclass(frozen=True)
class CaseMoved(Happening):
    """A step of the loop was taken. One class for every verb; its `name` tells which.

    `step_id` is the timeline row, `stage` where the case stands now, `was` where it stood,
    `unit_id` the lead unit, `area_code` the grid.
    """

    subject: ClassVar[str] = "case_id"

    case_id: uuid.UUID
    step_id: uuid.UUID
    verb: str
    was: str
    stage: str
    area_code: str
    unit_id: int | None = None
    category: str = ""
    reported_on: str = ""


PAST = {
    "report": "reported", "request_pre_check": "pre_check_requested", "pre_check": "pre_checked",
    "register": "registered", "refuse": "refused", "void": "voided", "dispatch": "dispatched", "accept": "accepted",
    "return": "returned", "reassign": "reassigned", "co_handle": "co_handled", "urge": "urged",
    "supervise": "supervised", "ask_extension": "extension_asked", "approve_extension": "extension_approved",
    "deny_extension": "extension_denied", "ask_suspension": "suspension_asked",
    "approve_suspension": "suspension_approved", "confirm_suspension": "suspended",
    "deny_suspension": "suspension_denied", "resume": "resumed", "deliver": "delivered",
    "verify_pass": "verified", "verify_fail": "sent_back", "close": "closed", "force_close": "force_closed",
    "rate": "rated", "reopen": "reopened", "merge": "merged", "appeal": "appealed",
    "review_appeal": "appeal_reviewed", "decide_appeal": "appeal_decided",
}  # fmt: skip

MOVED = {
    step.verb: event(
        type(
            f"Case{PAST[step.verb].title().replace('_', '')}",
            (CaseMoved,),
            {"name": f"cases.case.{PAST[step.verb]}", "__doc__": f"The verb `{step.verb}` was taken.", "__module__": __name__},
        )
    )
    for step in INCIDENT
}
ALL_MOVES = tuple(kind.name for kind in MOVED.values())


@event
@dataclass(frozen=True)
class CaseEscalated(Happening):
    """An overdue case was brought before the next level up (community, street, district)."""

    name: ClassVar[str] = "cases.case.escalated"
    subject: ClassVar[str] = "case_id"
    case_id: uuid.UUID
    level: str
    area_code: str
    reported_on: str = ""


@event
@dataclass(frozen=True)
class CaseSupported(Happening):
    """Somebody said: me too."""

    name: ClassVar[str] = "cases.case.supported"
    subject: ClassVar[str] = "case_id"
    case_id: uuid.UUID


@event
@dataclass(frozen=True)
class CaseNoted(Happening):
    """A staff note was added; it is never public."""

    name: ClassVar[str] = "cases.case.noted"
    subject: ClassVar[str] = "case_id"
    case_id: uuid.UUID
    step_id: uuid.UUID


@event
@dataclass(frozen=True)
class ReporterRevealed(Happening):
    """Somebody looked at the reporter's contact, and gave this reason."""

    name: ClassVar[str] = "cases.case.reporter_revealed"
    subject: ClassVar[str] = "case_id"
    case_id: uuid.UUID
    reason: str


@event
@dataclass(frozen=True)
class CasesExported(Happening):
    """A list of cases was taken out as a file: what was asked for, and how many rows left the house."""

    name: ClassVar[str] = "cases.list.exported"
    query: str
    kind: str
    rows: int


@event
@dataclass(frozen=True)
class SituationOpened(Happening):
    """A burst of reports in one area became a situation that is followed on one board."""

    name: ClassVar[str] = "cases.situation.opened"
    subject: ClassVar[str] = "situation_id"
    situation_id: uuid.UUID
    area_code: str
    cases: int


@event
@dataclass(frozen=True)
class SituationClosed(Happening):
    """A situation ended with its report."""

    name: ClassVar[str] = "cases.situation.closed"
    subject: ClassVar[str] = "situation_id"
    situation_id: uuid.UUID
    area_code: str


@event
@dataclass(frozen=True)
class HistoryLoaded(Happening):
    """Cases came in by the block, from an import or a simulation, without a step-by-step audit."""

    name: ClassVar[str] = "cases.history.loaded"
    cases: int
    source: str = ""


@event
@dataclass(frozen=True)
class QuarantineLookedAt(Happening):
    """A person looked at something that came under a known id with other content."""

    name: ClassVar[str] = "cases.quarantine.looked_at"
    subject: ClassVar[str] = "quarantined_id"
    quarantined_id: uuid.UUID
