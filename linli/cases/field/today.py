"""A worker's day: what is to be looked at on the spot, what they reported, what is open around. No contact data.

Of a report only the masked text leaves; sealed cases stay at the office; a phone drops what is older than a week.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from linli.cases.models import Case, CasePhoto, CaseStep, in_area
from linli.cases.queries.lists import todo
from linli.kernel.masking import mask_personal_data
from linli.kernel.policy import Actor
from linli.organizations.models import Duty
from linli.organizations.queries import bodies

TASKS = ("pre_check", "verify")
KEPT = timedelta(days=7)
MOST_TASKS, MOST_MINE, MOST_NEAR = 200, 100, 300
# What a look on the spot goes by: the dispatcher's wish, the unit's word, what the one before found.
TELLING = ("request_pre_check", "deliver", "verify_fail", "reopen")


def today(actor: Actor) -> dict[str, Any]:
    """Everything of the day, with when it was made and when a phone has to forget it. Seven queries."""
    now = timezone.now()
    tasks = list(_tasks(actor))
    mine = list(_mine(actor, now))
    near = list(_near(actor, now))
    shown = {case.pk: case for case in (*near, *mine, *tasks)}
    pictures, words = _pictures(shown), _words(tasks)
    cases = {str(key): _case(case, now, pictures[key], words.get(key, "")) for key, case in shown.items()}
    return {
        "made_at": now,
        "expires_at": now + KEPT,
        "duty": _duty(actor),
        "cases": cases,
        "tasks": [case.pk for case in tasks],
        "mine": [case.pk for case in mine],
        "near": [case.pk for case in near],
    }


def _tasks(actor: Actor) -> QuerySet[Case]:
    if actor.person_id is None or actor.post_id is None:
        return Case.objects.none()
    rows = todo(actor).filter(queue__in=TASKS, is_sealed=False)
    return rows.order_by("step_due_at", "pk")[:MOST_TASKS]


def _mine(actor: Actor, now: datetime) -> QuerySet[Case]:
    if actor.person_id is None:
        return Case.objects.none()
    rows = Case.objects.filter(reporter_id=actor.person_id, is_sealed=False)
    return rows.filter(Q(is_open=True) | Q(updated_at__gte=now - KEPT)).order_by("-pk")[:MOST_MINE]


def _near(actor: Actor, now: datetime) -> QuerySet[Case]:
    """Open cases of the post's own area that moved within the week."""
    if not actor.area_code:
        return Case.objects.none()
    rows = Case.objects.visible_to(actor) if actor.holds("cases.case.view") else Case.objects.public()
    rows = rows.filter(in_area(actor.area_code), is_open=True, is_sealed=False, updated_at__gte=now - KEPT)
    return rows.order_by("-pk")[:MOST_NEAR]


def _pictures(keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[dict[str, str]]]:
    found: dict[uuid.UUID, list[dict[str, str]]] = defaultdict(list)
    rows = CasePhoto.objects.filter(case_id__in=list(keys)).order_by("pk")
    for case, photo, side in rows.values_list("case_id", "photo_id", "side"):
        found[case].append({"id": str(photo), "side": side})
    return found


def _words(cases: list[Case]) -> dict[uuid.UUID, str]:
    """The latest word that a task goes by, with personal data masked."""
    rows = CaseStep.objects.filter(case_id__in=[case.pk for case in cases], verb__in=TELLING).order_by("pk")
    return {case: mask_personal_data(text).text for case, text in rows.values_list("case_id", "text") if text}


def _duty(actor: Actor) -> dict[str, Any] | None:
    duty = Duty.objects.filter(person_id=actor.person_id, ended_at=None).first() if actor.person_id else None
    return {"id": duty.pk, "started_at": duty.started_at, "of": duty.request_id} if duty else None


def _case(case: Case, now: datetime, pictures: list[dict[str, str]], words: str) -> dict[str, Any]:
    """A case as a phone keeps it; names of categories, areas and stages are in its bundle."""
    unit = bodies().by_id.get(case.lead_unit_id or 0)
    return {
        "id": case.pk,
        "reference": case.reference,
        "version": case.version,
        "stage": case.stage,
        "queue": case.queue,
        "category": case.category_id,
        "level": case.level,
        "text": case.public_text,
        "address": case.address,
        "lng": round(case.lng, 6),
        "lat": round(case.lat, 6),
        "area": case.area_code,
        "reported_at": case.reported_at,
        "due_at": case.due_at,
        "step_due_at": case.step_due_at,
        "light": case.light(now),
        "unit": [unit.name_zh, unit.name_en or unit.name_zh] if unit else None,
        "answer": case.answer,
        "result": case.result,
        "words": words,
        "rework": case.rework_count,
        "urged": case.urge_count,
        "is_open": case.is_open,
        "photos": pictures,
    }
