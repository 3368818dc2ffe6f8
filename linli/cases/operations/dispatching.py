"""Dispatching: to whom it goes, who takes it, gives it back, or helps."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from linli.cases.models import Case, CoUnit
from linli.cases.operations.clocks import due_of, warn_of
from linli.cases.operations.taking import NOTHING, Ask, Taking
from linli.cases.workflow import Stage
from linli.catalogue.queries import catalogue
from linli.kernel.policy import Actor
from linli.organizations.queries import bodies


def suggestion(case: Case) -> tuple[int | None, list[int]]:
    """Lead and helping organizations by the duty matrix, as ids."""
    lead, helpers = catalogue().duty(case.category_id, case.area_code)
    return (lead.id if lead else None), [helper.id for helper in helpers]


def dispatch_case(
    *, actor: Actor, case: Case, unit: int | None = None, co_units: Sequence[int] | None = None, ask: Ask = NOTHING
) -> Case:
    """Send a registered case to the unit that must act, and to those that help; by default as the duty matrix says.

    The overall limit starts at the first dispatch and goes on through returns and reassignments.
    Raises RuleBroken (unit_missing, unit_unknown).
    """
    with Taking("dispatch", actor, case, ask) as taking:
        lead, helpers = suggestion(taking.case)
        chosen = unit if unit is not None else lead
        _send(taking, chosen, helpers if co_units is None else list(co_units))
        if not taking.case.dispatched_at or taking.case.due_at is None or not taking.data.get("again"):
            start_overall(taking)
        taking.change(dispatched_at=taking.now)
        taking.data["by_matrix"] = chosen == lead
    return taking.case


def _send(taking: Taking, unit: int | None, co_units: Sequence[int]) -> None:
    known = bodies().by_id
    if unit is None:
        taking.broken("unit_missing", _("No unit is set for this kind of case here: choose one."), "unit")
    for one in [unit, *co_units]:
        if one not in known:
            taking.broken("unit_unknown", _("This unit is not known or no longer active."), "unit")
    taking.data.update(unit=unit, units=sorted(set(co_units) - {unit}), again=taking.case.return_count > 0)
    taking.change(lead_unit_id=unit, accepted_at=None)
    _add_co_units(taking, [one for one in co_units if one != unit])


def _add_co_units(taking: Taking, units: Sequence[int]) -> None:
    if units:
        CoUnit.objects.bulk_create(
            [CoUnit(case=taking.case, organization_id=one, added_at=taking.now) for one in dict.fromkeys(units)],
            ignore_conflicts=True,
        )


def start_overall(taking: Taking) -> None:
    """Start the overall limit now."""
    limit = taking.case.limit or "5D"
    due = due_of(taking.now, limit)
    taking.change(limit=limit, due_at=due, warn_at=warn_of(taking.now, due))


def accept_case(*, actor: Actor, case: Case, ask: Ask = NOTHING) -> Case:
    """The lead unit takes the case in hand. Stops the clock `accept`, starts `handle`."""
    with Taking("accept", actor, case, ask) as taking:
        taking.change(accepted_at=taking.now)
    return taking.case


def return_case(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """The lead unit gives the case back with a reason; the dispatcher sends it elsewhere. The limit goes on."""
    with Taking("return", actor, case, ask) as taking:
        row = taking.case
        if row.pending:
            taking.broken("request_waits", _("A request of this case still waits for an answer."))
        taking.data["unit"] = row.lead_unit_id
        taking.change(return_count=row.return_count + 1, lead_unit_id=None, accepted_at=None)
    return taking.case


def reassign_case(*, actor: Actor, case: Case, unit: int, co_units: Sequence[int] = (), ask: Ask) -> Case:
    """Send a dispatched case to another lead unit, with a reason. Raises RuleBroken (unit_unknown, unit_same)."""
    with Taking("reassign", actor, case, ask) as taking:
        if unit == taking.case.lead_unit_id and taking.case.stage == Stage.DISPATCHED:
            taking.broken("unit_same", _("This unit has the case already."), "unit")
        taking.data["unit_was"] = taking.case.lead_unit_id
        _send(taking, unit, co_units)
        taking.change(pending="", dispatched_at=taking.now)
    return taking.case


def co_handle_case(*, actor: Actor, case: Case, units: Sequence[int], ask: Ask) -> Case:
    """Ask further units to help the lead unit. Raises RuleBroken (units_missing, unit_unknown)."""
    with Taking("co_handle", actor, case, ask) as taking:
        known, wanted = bodies().by_id, [one for one in units if one != taking.case.lead_unit_id]
        if not wanted:
            taking.broken("units_missing", _("Choose at least one other unit."), "units")
        if any(one not in known for one in wanted):
            taking.broken("unit_unknown", _("This unit is not known or no longer active."), "units")
        taking.data["units"] = sorted(set(wanted))
        _add_co_units(taking, wanted)
    return taking.case
