"""What came under a known id with other content, for those whose post covers the case."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from linli.cases.models import Case
from linli.kernel.models import Quarantined
from linli.kernel.policy import Actor

PAGE = 40


@dataclass(frozen=True)
class Kept:
    """Something kept aside, and the case it came under."""

    row: Quarantined
    case: Case
    facts: list[tuple[str, Any]]


def quarantined_for(actor: Actor) -> QuerySet[Quarantined]:
    """What lies under cases the actor may see."""
    return Quarantined.objects.filter(subject_id__in=Case.objects.visible_to(actor).values("pk"))


def quarantined_page(actor: Actor, *, before: str = "") -> tuple[list[Kept], str]:
    """A page, newest first, and the key of the next. Two queries; only what lies under cases the actor may see."""
    rows = quarantined_for(actor).order_by("-pk")
    try:
        rows = rows.filter(pk__lt=uuid.UUID(before)) if before else rows
    except ValueError:
        rows = rows.none()
    found = list(rows[: PAGE + 1])
    cases = Case.objects.in_bulk([row.subject_id for row in found])
    kept = [Kept(row, cases[row.subject_id], _facts(row.body)) for row in found[:PAGE]]
    return kept, str(found[PAGE - 1].pk) if len(found) > PAGE else ""


def _facts(body: Any) -> list[tuple[str, Any]]:
    return [(key, value) for key, value in body.items() if value] if isinstance(body, dict) else [("", body)]
