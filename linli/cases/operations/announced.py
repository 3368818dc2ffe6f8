"""Pictures that a report announced and that come by themselves, one by one, over a bad network."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction

from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.operations.taking import attach_photos
from linli.kernel.errors import NotFound
from linli.kernel.policy import Actor


def announced_by(actor: Actor, submission_id: uuid.UUID) -> tuple[Case, CaseStep] | None:
    """The actor's own report that was sent under this id, and the line of the timeline that names its pictures."""
    case = Case.objects.filter(submission_id=submission_id, reporter_id=actor.person_id).first()
    row = CaseStep.objects.filter(case=case, verb="report").order_by("id").first() if case else None
    return (case, row) if case and row else None


@transaction.atomic
def attach_announced(*, actor: Actor, case: Case, row: CaseStep, arrived: Mapping[str, uuid.UUID]) -> int:
    """Tie pictures that have arrived (SHA-256 as announced → photo) to their report; returns how many it has now.

    Pictures that were not announced are left alone, those tied already stay: safe to repeat. Raises NotFound for
    somebody else's report.
    """
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if actor.person_id is None or locked.reporter_id != actor.person_id:
        raise NotFound("report_unknown")
    tied = set(CasePhoto.objects.filter(step=row).values_list("photo_id", flat=True))
    named = [arrived[digest] for digest in row.data.get("announced", ()) if digest in arrived]
    fresh = [photo for photo in named if photo not in tied]
    if fresh:
        attach_photos(locked, row, fresh, side="before")
        locked.photo_count += len(fresh)
        locked.save(update_fields=["photo_count"])
    return len(tied) + len(fresh)
