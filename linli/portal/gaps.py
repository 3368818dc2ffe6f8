"""Looking for gaps in what must be whole: every step has its line in the audit, every photo its file."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.db.models import Q

from linli.cases.events import ALL_MOVES
from linli.cases.models import Case, CaseStep
from linli.cases.workflow import INCIDENT
from linli.kernel.errors import DomainError
from linli.kernel.models import Event, Job, Photo
from linli.kernel.storage import open_photo

BLOCK = 1000
Progress = Callable[[int], None]


def steps_without_event(progress: Progress) -> Iterator[str]:
    """Steps of the loop that the audit does not know, and cases whose stage is not that of their last step.

    Cases taken over in bulk (history, imports) have one line for the whole block; their number must agree.
    """
    bulk = 0
    for block in _blocks(Case.objects.order_by("id").values_list("id", "reference", "stage", "source")):
        cases = {row[0]: row for row in block}
        told = _steps_told_of(list(cases))
        last: dict[uuid.UUID, str] = {}
        for step_id, case_id, verb, stage in _steps_of(list(cases)):
            last[case_id] = stage
            if case_id in told and verb in INCIDENT.steps and str(step_id) not in told[case_id]:
                yield f"case {cases[case_id][1]}: step {verb} ({step_id}) has no line in the audit"
        for case_id, (_id, reference, stage, source) in cases.items():
            bulk += case_id not in told and not source
            if last.get(case_id, stage) != stage:
                yield f"case {reference}: stands at {stage}, its last step ended at {last[case_id]}"
        progress(len(block))
    loaded = sum(row.data.get("cases", 0) for row in Event.objects.filter(name="cases.history.loaded"))
    if bulk > loaded:
        yield f"{bulk - loaded} cases are not known to the audit at all"


def _steps_told_of(cases: list[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    """Ids of the steps of which events tell, for each case that was reported here."""
    told: dict[uuid.UUID, set[str]] = {}
    reported = set()
    rows = Event.objects.filter(subject_id__in=cases, name__in=ALL_MOVES).values_list("subject_id", "name", "data")
    for case_id, name, data in rows:
        told.setdefault(case_id, set()).add(data.get("step_id", ""))
        if name == "cases.case.reported":
            reported.add(case_id)
    return {case_id: steps for case_id, steps in told.items() if case_id in reported}


def _steps_of(cases: list[uuid.UUID]) -> Iterator[tuple[uuid.UUID, uuid.UUID, str, str]]:
    rows = CaseStep.objects.filter(case_id__in=cases).order_by("id")
    yield from rows.values_list("id", "case_id", "verb", "stage")


def photos_gone(progress: Progress, *, share: float) -> Iterator[str]:
    """Photos whose file is missing, and of a share of them (0 … 1) those whose content is not what it was."""
    for block in _blocks(Photo.objects.order_by("id").values_list("path", "thumbnail_path", "sha256")):
        for path, thumbnail, sha256 in block:
            chosen = random.random() < share  # another part each time: in the end all have been looked at
            yield from _photo_problems(path, sha256 if chosen else "")
            yield from _photo_problems(thumbnail, "")
        progress(len(block))


def _photo_problems(path: str, sha256: str) -> Iterator[str]:
    try:
        with open_photo(path) as file:
            content = file.read() if sha256 else b""
    except (DomainError, OSError) as error:
        yield f"photo {path}: {error}"
        return
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        yield f"photo {path}: its content is not what was stored"


def jobs_given_up() -> Iterator[str]:
    """Jobs that failed for good and wait for somebody to look."""
    for job in Job.objects.filter(~Q(failed_at=None)).order_by("id")[:100]:
        yield f"job {job.pk} {job.task}: given up, {job.error.strip().splitlines()[-1] if job.error else 'no error kept'}"


def _blocks(rows: Any) -> Iterator[list[Any]]:
    found = rows.iterator(chunk_size=BLOCK)
    while block := list(islice(found, BLOCK)):
        yield block
