"""Telling webhooks what happens to cases: what moved and where it stands. Never a text, a contact or a sealed case."""

from __future__ import annotations

from typing import Any

from linli.cases.events import ALL_MOVES, CaseEscalated, CaseSupported, SituationClosed, SituationOpened
from linli.cases.models import Case
from linli.kernel.events import listen
from linli.kernel.models import Event
from linli.notifications import webhooks


@listen(*ALL_MOVES, CaseEscalated.name, CaseSupported.name)
def tell_of_case(event: Event) -> None:
    """Put a step of a case on its way to the webhooks that listen for it."""
    area = event.data.get("area_code", "")
    if area and not webhooks.is_wanted(event.name, area):
        return
    fields = ("reference", "version", "stage", "is_open", "result", "category_id", "grid_code", "community_code", "street_code",
              "lead_unit_id", "is_sealed")  # fmt: skip
    case = Case.objects.only(*fields).filter(pk=event.subject_id).first() if event.subject_id else None
    if case is None or case.is_sealed:
        return
    webhooks.announce(event, area_code=case.area_code, data=_told(case, event))


def _told(case: Case, event: Event) -> dict[str, Any]:
    """What the event says, and where the case stands when it is told (it may have moved on since)."""
    said = {key: event.data[key] for key in ("verb", "was", "stage", "level") if key in event.data}
    return {
        "case": str(case.pk),
        "reference": case.reference,
        "category": case.category_id,
        "area": case.area_code,
        "unit": case.lead_unit_id,
        **said,
        "now": {
            "version": case.version,
            "stage": case.stage,
            "status": "open" if case.is_open else "closed",
            "result": case.result,
        },
    }


@listen(SituationOpened.name, SituationClosed.name)
def tell_of_situation(event: Event) -> None:
    """Put the beginning or end of a situation on its way."""
    area = event.data.get("area_code", "")
    webhooks.announce(event, area_code=area, data={"situation": str(event.subject_id), "area": area})
