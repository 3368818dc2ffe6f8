"""Steps taken on the spot, as phones send them: each is judged by itself and answered by itself.

Outcomes: `done`; `known` (was done before, the same answer); `refused` with code and words; `conflict` with the state the
case is in now (somebody else was faster); `quarantined` (the id came before with other content, both are kept); `waiting`
(pictures have not arrived, or the clock-in has not: send again).
"""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext as _

from linli.cases.field.shapes import SentStep, read
from linli.cases.models import Case, CaseStep
from linli.cases.operations import Ask, note_case, take
from linli.cases.operations.taking import said
from linli.kernel.errors import BadInput, Conflict, DomainError, NotFound, RuleBroken
from linli.kernel.policy import Actor
from linli.kernel.uploads import received
from linli.organizations.models import Duty
from linli.organizations.operations import Clocking, end_duty, start_duty

Answer = dict[str, Any]


class Waiting(DomainError):
    """Something that was sent before has not arrived yet."""

    status = 409


def take_step(actor: Actor, given: dict[str, Any]) -> Answer:
    """Take one step as sent; never raises for what the step itself is to blame for."""
    head: Answer = {"request_id": str(given.get("request_id", ""))[:40]}
    try:
        step = read(SentStep, given)
        return head | (_clock(actor, step) if step.case is None else _on_case(actor, step, step.case))
    except Waiting as wait:
        return head | {"outcome": "waiting", "code": wait.code, "message": str(wait.message), **wait.details}
    except Conflict as conflict:
        return head | _conflict(conflict)
    except DomainError as refusal:
        if refusal.status >= 500:
            raise
        return head | {"outcome": "refused", "code": refusal.code, "message": str(refusal.message), "field": refusal.field}


def _conflict(conflict: Conflict) -> Answer:
    outcome = "quarantined" if conflict.code == "same_id_other_content" else "conflict"
    found = {"outcome": outcome, "code": conflict.code, "message": str(conflict.message)}
    return found | {name: conflict.details[name] for name in ("state", "version") if name in conflict.details}


# --- on a case --------------------------------------------------------------------------------------------------------


def _on_case(actor: Actor, step: SentStep, case_id: uuid.UUID) -> Answer:
    if step.verb in ("clock_in", "clock_out"):
        raise BadInput("input_wrong", _("A clock-in names no case."))
    was_known = _is_known(actor, step, case_id)
    # What was taken is answered even when the case has left the area since.
    seen = Case.objects.all() if was_known else Case.objects.visible_to(actor)
    case = seen.filter(pk=case_id).first()
    if case is None:
        raise NotFound("not_found", _("This case is no longer in your area."))
    ask = _ask(actor, case, step, was_known)
    if step.verb == "note":
        note_case(actor=actor, case=case, text=step.text, ask=ask)
    else:
        case = take(step.verb, actor=actor, case=case, ask=ask, **_arguments(step))
    return {
        "outcome": "known" if was_known else "done",
        "case": case.pk,
        "reference": case.reference,
        "stage": case.stage,
        "version": case.version,
    }


def _is_known(actor: Actor, step: SentStep, case_id: uuid.UUID) -> bool:
    if actor.person_id is None:
        return False
    rows = CaseStep.objects.filter(request_id=step.request_id, person_id=actor.person_id, case_id=case_id)
    return rows.exists()


def _arguments(step: SentStep) -> dict[str, Any]:
    if step.verb != "pre_check":
        return {}
    if step.found is None:
        raise RuleBroken("found_missing", _("Say whether it is there."), field="found")
    return {"found": step.found}


def _ask(actor: Actor, case: Case, step: SentStep, was_known: bool) -> Ask:
    """What comes with the step. Its fingerprint is made of what the phone said, so of digests and not of our photo ids."""
    plain = Ask(text=step.text, request_id=step.request_id)
    arguments: dict[str, Any] = {"found": step.found, "photos": sorted(step.photos)}
    return Ask(
        text=step.text,
        photos=() if was_known else _photos(actor, step),
        version=step.version,
        request_id=step.request_id,
        device_at=step.device_at,
        device=step.device.evidence(),
        fingerprint=said(step.verb, case, plain, arguments),
    )


def _photos(actor: Actor, step: SentStep) -> list[uuid.UUID]:
    found = {digest: received(str(actor.person_id), digest, str(step.request_id)).photo_id for digest in step.photos}
    missing = [digest for digest, photo in found.items() if photo is None]
    if missing:
        raise Waiting("photo_missing", _("Not all pictures have arrived yet."), missing=missing)
    return [photo for photo in found.values() if photo is not None]


# --- clocking in and out ----------------------------------------------------------------------------------------------


def _clock(actor: Actor, step: SentStep) -> Answer:
    if step.verb not in ("clock_in", "clock_out"):
        raise BadInput("input_wrong", _("This step needs a case."), field="case")
    spot = step.device.spot
    clocking = Clocking(
        request_id=step.request_id, at=step.device_at, lng=spot.lng if spot else None, lat=spot.lat if spot else None
    )
    if step.verb == "clock_in":
        was_known = Duty.objects.filter(request_id=step.request_id).exists()
        duty = start_duty(actor=actor, clocking=clocking)
        return {"outcome": "known" if was_known else "done", "duty": duty.pk, "started_at": duty.started_at}
    duty = end_duty(actor=actor, clocking=clocking, duty_id=_duty_to_end(actor, step))
    return {"outcome": "done", "duty": duty.pk, "ended_at": duty.ended_at}


def _duty_to_end(actor: Actor, step: SentStep) -> int | None:
    """The duty whose clock-in the phone names; a clock-out that overtook its clock-in waits for it."""
    if step.of is None or actor.person_id is None:
        return None
    duty = Duty.objects.filter(request_id=step.of, person_id=actor.person_id).first()
    if duty is None:
        raise Waiting("duty_missing", _("The clock-in has not arrived yet."))
    return duty.pk
