"""Many cases at once, and register and dispatch in one go. Every case is its own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from linli.cases.models import Case
from linli.cases.operations import dispatching, intake
from linli.cases.operations.taking import NOTHING, Ask
from linli.cases.workflow import Stage
from linli.kernel.policy import Actor

UNREGISTERED = (Stage.REPORTED, Stage.PRE_CHECK)


@dataclass(frozen=True)
class Batch:
    """What a batch did: references that went well, and what stood in the way of each other."""

    done: list[str]
    refused: list[tuple[str, str]]  # reference, reason


def send_case(
    *,
    actor: Actor,
    case: Case,
    condition: str = "",
    category: str = "",
    level: str = "",
    unit: int | None = None,
    co_units: Sequence[int] | None = None,
    ask: Ask = NOTHING,
) -> Case:
    """Register a report, if that has not been done, and dispatch it: both or neither.

    By default under the first condition of its category and as the duty matrix says. Raises what `register_case` and
    `dispatch_case` raise. Emits both events.
    """  # fmt: skip
    with transaction.atomic():
        if case.stage in UNREGISTERED:
            registering = Ask(version=ask.version)
            case = intake.register_case(
                actor=actor, case=case, condition=condition, category=category, level=level, ask=registering
            )
            ask = Ask(text=ask.text, note=ask.note)
        return dispatching.dispatch_case(actor=actor, case=case, unit=unit, co_units=co_units, ask=ask)
