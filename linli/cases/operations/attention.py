"""Attention: urging, supervising, notes, support, following, and looking at who reported."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.cases import settings
from linli.cases.events import CaseEscalated, CaseNoted, CaseSupported, ReporterRevealed
from linli.cases.models import Case, CaseStep, Follow, Support
from linli.cases.operations.taking import (
    NOTHING,
    Ask,
    Taking,
    fingerprint_of,
    is_same_request,
    quarantine_step,
    same_id_other_content,
)
from linli.cases.workflow import CARDS, OPEN
from linli.kernel.errors import RuleBroken
from linli.kernel.events import emit
from linli.kernel.identifiers import new_id
from linli.kernel.policy import SYSTEM, Actor, require

LEVEL_ORDER = ("", *settings.LEVELS)


def urge_case(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """Ask those who have the case to hurry; counted. Attached to the case, never a new one."""
    with Taking("urge", actor, case, ask) as taking:
        taking.change(urge_count=taking.case.urge_count + 1)
    return taking.case


def supervise_case(*, actor: Actor, case: Case, card: str, ask: Ask) -> Case:
    """Put a case under supervision with a yellow or red card: a violet light, and the unit is told.

    Raises RuleBroken("card_unknown").
    """
    with Taking("supervise", actor, case, ask) as taking:
        if card not in CARDS:
            taking.broken("card_unknown", _("Choose a yellow or a red card."), "card")
        taking.change(card=card)
        taking.data["card"] = card
    return taking.case


def note_case(*, actor: Actor, case: Case, text: str, ask: Ask = NOTHING) -> CaseStep:
    """Add a staff note: never public, never sent to the reporter. The same request id again gives the same note.

    Raises RuleBroken("text_missing"), Conflict("same_id_other_content").
    """
    require(actor, "cases.case.note", case)
    if not text.strip():
        raise RuleBroken("text_missing", _("Write a few words."), field="text")
    ask = replace(ask, text=text)
    try:
        with transaction.atomic():
            row = _line(actor, case, "note", text=text.strip(), ask=ask)
            emit(actor, CaseNoted(case_id=case.pk, step_id=row.pk))
    except IntegrityError:
        known = CaseStep.objects.filter(request_id=ask.request_id).first() if ask.request_id else None
        if known is None:
            raise
        if not is_same_request(known, actor, ask, "note", case):
            quarantine_step(actor, ask, "note", case)
            raise same_id_other_content() from None
        return known
    return row


def _line(
    actor: Actor, case: Case, verb: str, *, text: str = "", data: dict[str, Any] | None = None, ask: Ask = NOTHING
) -> CaseStep:
    return CaseStep.objects.create(
        id=new_id(),
        case=case,
        verb=verb,
        was=case.stage,
        stage=case.stage,
        at=timezone.now(),
        text=text,
        actor_kind=actor.kind,
        person_id=actor.person_id,
        post_id=actor.post_id,
        organization_id=actor.organization_id,
        data=data or ({"device": dict(ask.device)} if ask.device else {}),
        request_id=ask.request_id,
        fingerprint=fingerprint_of(ask, verb, case),
        device_at=ask.device_at,
    )


def voice_of(actor: Actor, browser: str) -> str:
    """What makes a voice one: the person, or else a digest of the browser's own token."""
    return str(actor.person_id) if actor.person_id else hashlib.sha256(browser.encode()).hexdigest()


@transaction.atomic
def support_case(*, actor: Actor, case: Case, browser: str = "", contact: dict[str, str] | None = None) -> int:
    """Say “me too”; counted once per voice. Returns how many support the case now.

    Raises NotAllowed for a case without a public page, RuleBroken("case_ended").
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    require(actor, "cases.case.support", case)
    if case.stage not in OPEN:
        raise RuleBroken("case_ended", _("This case is closed. If it is there again, please send a new report."))
    made = Support.objects.bulk_create(
        [
            Support(
                case=case,
                person_id=actor.person_id,
                voice=voice_of(actor, browser),
                contact=json.dumps(contact, ensure_ascii=False) if contact and any(contact.values()) else "",
                at=timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )
    count = Support.objects.filter(case=case).count()
    if made and count != case.support_count:
        Case.objects.filter(pk=case.pk).update(support_count=count)
        emit(actor, CaseSupported(case_id=case.pk))
    return count


def follow_case(*, actor: Actor, case: Case, is_following: bool) -> None:
    """Keep an eye on a case, or no longer."""
    if actor.person_id is None:
        raise RuleBroken("sign_in_first", _("Sign in to follow a case."))
    if is_following:
        Follow.objects.bulk_create([Follow(person_id=actor.person_id, case=case, at=timezone.now())], ignore_conflicts=True)
    else:
        Follow.objects.filter(person_id=actor.person_id, case=case).delete()


@transaction.atomic
def reveal_reporter(*, actor: Actor, case: Case, reason: str) -> dict[str, str]:
    """The reporter's contact in clear, for a reason that is written down. Raises RuleBroken("reason_missing")."""
    require(actor, "cases.case.reveal_reporter", case)
    if len(reason.strip()) < 4:
        raise RuleBroken("reason_missing", _("Say why you need it; your reason is kept."), field="reason")
    emit(actor, ReporterRevealed(case_id=case.pk, reason=reason.strip()[:200]))
    contact = json.loads(case.reporter_contact) if case.reporter_contact else {}
    if case.reporter and not contact:
        person = case.reporter
        contact = {"name": person.name, "phone": person.phone, "email": person.email}
    return {key: value for key, value in contact.items() if value}


@transaction.atomic
def escalate_case(*, case: Case, level: str) -> bool:
    """Bring an overdue case before the next level; once per level. True when it was new."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if not case.is_open or LEVEL_ORDER.index(case.escalation) >= LEVEL_ORDER.index(level):
        return False
    case.escalation = level
    case.save(update_fields=["escalation"])
    _line(SYSTEM, case, "escalate", data={"level": level})
    day = timezone.localtime(case.reported_at).date().isoformat()
    emit(SYSTEM, CaseEscalated(case_id=case.pk, level=level, area_code=case.area_code, reported_on=day))
    return True
