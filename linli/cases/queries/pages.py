"""Everything a case page shows, gathered with few queries however much has happened to the case."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from linli.cases.models import Case, CasePhoto, CaseRequest, CaseStep, CoUnit, Follow, light_of
from linli.cases.queries.actions import Offers, Seen, offers, seen_of
from linli.cases.queries.duplicates import Likely, likely_duplicates
from linli.cases.queries.trail import Line, Milestone, limit_words, lines, milestones, shown_photo
from linli.cases.workflow import Stage
from linli.catalogue.models import Condition
from linli.catalogue.queries import catalogue
from linli.kernel.policy import Actor, may
from linli.organizations.queries import bodies
from linli.people.models import Person
from linli.places.queries import areas

MERGEABLE = (Stage.REPORTED, Stage.PRE_CHECK, Stage.REGISTERED)
ASKS_FOR = frozenset({"ask_extension", "ask_suspension", "appeal"})


@dataclass(frozen=True)
class Asked:
    """A request inside the case with its decisions, names filled in."""

    row: CaseRequest
    asked_by: str
    decisions: list[dict[str, Any]]


@dataclass
class CasePage:
    """What the page of a case shows to one actor."""

    case: Case
    place: str
    light: str
    condition: Condition | None
    limit: str
    timeline: list[Line]
    milestones: list[Milestone]
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    co_units: list[str]
    requests: list[Asked]
    merged: list[Case]
    duplicates: list[Likely]
    offers: Offers
    seen: Seen
    suggestion: str
    is_followed: bool
    may_note: bool
    may_reveal: bool
    has_contact: bool
    now: datetime = field(default_factory=timezone.now)

    @property
    def is_masked(self) -> bool:
        """Whether the public text differs from what was typed."""
        return self.case.text != self.case.public_text


def case_rows(actor: Actor) -> QuerySet[Case]:
    """Cases the actor may open, with what a page needs of their neighbours, and whether the actor follows them."""
    followed = Follow.objects.filter(case=OuterRef("pk"), person_id=actor.person_id)
    return (
        Case.objects.visible_to(actor)
        .select_related("category", "lead_unit", "merged_into", "situation")
        .annotate(is_followed=Exists(followed))
    )


def case_page(actor: Actor, case: Case) -> CasePage:
    """Gather the page of a case from `case_rows`. At most six queries."""
    steps = list(CaseStep.objects.filter(case=case).select_related("person").order_by("id"))
    photos = list(CasePhoto.objects.filter(case=case).order_by("pk")) if case.photo_count else []
    requests = _requests(case, steps)
    helping = CoUnit.objects.filter(case=case).order_by("pk").values_list("organization_id", flat=True)
    seen = seen_of(steps, requests)
    return CasePage(
        case=case,
        place=areas().path_name(case.area_code),
        light=shown_light(case),
        condition=catalogue().condition(case.category_id, case.condition_code) if case.condition_code else None,
        limit=limit_words(case.limit),
        timeline=lines(steps, photos),
        milestones=milestones(case),
        before=[shown_photo(item) for item in photos if item.side == "before"],
        after=[shown_photo(item) for item in photos if item.side == "after"],
        co_units=[bodies().name(unit) for unit in helping] if case.dispatched_at else [],
        requests=[_asked(row, steps) for row in requests],
        merged=list(Case.objects.filter(merged_into=case).order_by("id")) if case.support_count else [],
        duplicates=duplicates_of(actor, case) if case.stage in MERGEABLE else [],
        offers=offers(actor, case, seen),
        seen=seen,
        suggestion=bodies().name(case.suggested_unit_id),
        is_followed=getattr(case, "is_followed", False),
        may_note=may(actor, "cases.case.note", case),
        may_reveal=may(actor, "cases.case.reveal_reporter", case),
        has_contact=bool(case.reporter_contact or case.reporter_id),
    )


def shown_light(case: Any, now: datetime | None = None) -> str:
    """The light as pages show it: a closed case has a tick, one without any limit a ring. Of a case or a row of a list."""
    if not case.is_open:
        return "done"
    light = light_of(case, now or timezone.now())
    return "none" if light == "green" and case.due_at is None else light


def duplicates_of(actor: Actor, case: Case, *, most: int = 5) -> list[Likely]:
    """Cases the actor may open that are probably the same thing as this one."""
    rows = Case.objects.visible_to(actor)
    return likely_duplicates(rows, category=case.category_id, lng=case.lng, lat=case.lat, text=case.text, but=case.pk, most=most)


def _requests(case: Case, steps: list[CaseStep]) -> list[CaseRequest]:
    """The requests of a case; no query when the timeline knows of none."""
    if not any(step.verb in ASKS_FOR for step in steps):
        return []
    return list(CaseRequest.objects.filter(case=case).order_by("asked_at"))


def _asked(row: CaseRequest, steps: list[CaseStep]) -> Asked:
    """Names come from the steps of the timeline, so that no person is looked up."""
    people: dict[uuid.UUID, Person] = {step.person_id: step.person for step in steps if step.person_id and step.person}

    def name(person: Any) -> str:
        found = people.get(uuid.UUID(str(person))) if person and str(person) != "None" else None
        return found.shown_name if found else ""

    decisions = [{**item, "name": name(item.get("person")), "at": datetime.fromisoformat(item["at"])} for item in row.decisions]
    return Asked(row, name(row.asked_by), decisions)
