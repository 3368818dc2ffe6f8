"""Cases as plain dictionaries: what everybody may see, and what staff see besides. Never a contact.

Built by hand and not by a schema, because lists are asked for often; `schemas.py` describes the same shapes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from linli.cases import models
from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.policy import VIEW, covers
from linli.cases.workflow import INCIDENT
from linli.catalogue.queries import catalogue
from linli.kernel.policy import Actor, may
from linli.organizations.queries import bodies
from linli.places.queries import areas

# Fields that a list reads; contact, words and the like stay in the database.
LIST_FIELDS = (
    "id", "reference", "version", "stage", "is_open", "result", "level", "category_id", "text", "public_text",
    "address", "lng", "lat", "street_code", "community_code", "grid_code", "lead_unit_id", "suggested_unit_id",
    "reported_at", "updated_at", "due_at", "warn_at", "step_due_at", "closed_at", "answer", "support_count",
    "photo_count", "merged_into_id", "queue", "pending", "condition_code", "limit", "door", "is_public", "is_sealed",
    "card", "escalation", "is_overdue", "is_exempt", "reporter_id", "situation_id", "component_code", "urge_count",
    "return_count", "rework_count", "reopen_count", "extension_count", "appeal", "solved", "satisfaction",
)  # fmt: skip
# Steps that everybody may see on the timeline of a public case.
PUBLIC_STEPS = (
    "report", "register", "refuse", "dispatch", "accept", "return", "reassign", "approve_extension",
    "confirm_suspension", "resume", "deliver", "verify_pass", "verify_fail", "close", "force_close", "rate", "reopen",
    "merge",
)  # fmt: skip
WORK_FIELDS = (
    "queue", "pending", "suggested_unit_id", "limit", "door", "is_public", "is_sealed", "card",
    "escalation", "is_overdue", "is_exempt", "situation_id", "component_code", "urge_count", "return_count",
    "rework_count", "reopen_count", "extension_count", "appeal", "solved", "satisfaction",
)  # fmt: skip


def instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def is_staff_of(actor: Actor, case: Case, *, is_seen: bool = True) -> bool:
    """Whether the actor sees a case as staff do. `is_seen`: it came from what their post sees, not from the public."""
    if actor.is_system:
        return True
    if not actor.holds(VIEW):
        return False
    return covers(actor, case) or (is_seen and case.reporter_id != actor.person_id)


def shown(case: Case, *, is_staff: bool, now: datetime) -> dict[str, Any]:
    """A case as everybody sees it, with `work` for staff."""
    return {
        "id": case.id,
        "reference": case.reference,
        "version": case.version,
        "stage": case.stage,
        "status": "open" if case.is_open else "closed",
        "result": case.result,
        "level": case.level,
        "category": case.category_id,
        "category_name": catalogue().category_name(case.category_id),
        "text": case.public_text,
        "address": case.address,
        "lng": case.lng,
        "lat": case.lat,
        "area": case.area_code,
        "unit_name": bodies().name(case.lead_unit_id),
        "light": case.light(now),
        "reported_at": instant(case.reported_at),
        "updated_at": instant(case.updated_at),
        "due_at": instant(case.due_at),
        "closed_at": instant(case.closed_at),
        "answer": case.answer,
        "support_count": case.support_count,
        "photo_count": case.photo_count,
        "merged_into": case.merged_into_id,
        "work": work(case) if is_staff else None,
    }


def work(case: Case) -> dict[str, Any]:
    """What staff see besides; the text as it was typed is among it, who typed it is not."""
    found = {name: getattr(case, name) for name in WORK_FIELDS}
    found.update(step_due_at=instant(case.step_due_at), warn_at=instant(case.warn_at))
    found.update(text=case.text, condition=case.condition_code, unit=case.lead_unit_id)
    return found


def shown_in_full(case: Case, actor: Actor, *, is_staff: bool) -> dict[str, Any]:
    """One case with its pictures and the verbs the asker may take now. One query if there are pictures."""
    found = shown(case, is_staff=is_staff, now=timezone.now())
    found["photos"] = photos_of(case, is_staff=is_staff) if case.photo_count else []
    found["verbs"] = [step.verb for step in INCIDENT.from_state(case.stage) if may(actor, step.right, case)]
    return found


def photos_of(case: Case, *, is_staff: bool) -> list[dict[str, Any]]:
    rows = CasePhoto.objects.filter(case=case).order_by("id")
    if not is_staff:
        rows = rows.filter(is_public=True)
    return [{"id": row.photo_id, "side": row.side, **photo_urls(row.photo_id)} for row in rows]


def photo_urls(photo_id: Any) -> dict[str, str]:
    return {"url": f"/api/v1/photos/{photo_id}", "thumbnail": f"/api/v1/photos/{photo_id}?size=small"}


def etag(case: Case) -> str:
    """The version, with what may change beside it: supporters and the light."""
    return f'"{case.version}.{case.support_count}.{case.light()}"'


def timeline(case: Case, *, is_staff: bool) -> list[dict[str, Any]]:
    """Everything that happened, oldest first; for those outside only the public steps and answers. One query."""
    rows = CaseStep.objects.filter(case=case).order_by("id")
    rows = rows.select_related("person") if is_staff else rows.filter(verb__in=PUBLIC_STEPS)
    return [_line(row, is_staff) for row in rows[:1000]]


def _line(row: CaseStep, is_staff: bool) -> dict[str, Any]:
    unit = (row.data or {}).get("unit")
    return {
        "id": row.id,
        "verb": row.verb,
        "was": row.was,
        "stage": row.stage,
        "at": instant(row.at),
        "public_text": row.public_text,
        "unit_name": bodies().name(unit if isinstance(unit, int) else row.organization_id),
        "text": row.text if is_staff else None,
        "by": _by(row) if is_staff else None,
        "data": row.data if is_staff else None,
    }


def _by(row: CaseStep) -> str:
    """Who took a step. A reporter stays unnamed here, as on the case: their name is revealed for a reason only."""
    if row.post_id is not None and row.person is not None:
        return row.person.shown_name
    return row.actor_kind


def shown_situation(row: models.Situation, figures: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "area": row.area_code,
        "area_name": areas().name(row.area_code),
        "opened_at": instant(row.opened_at),
        "closed_at": instant(row.closed_at),
        "opened_by_system": row.opened_by_system,
        "version": row.version,
        "figures": figures,
    }
