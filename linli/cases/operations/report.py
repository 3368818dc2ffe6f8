"""Reporting: the word comes in. One report or many, by any door, safe to send twice."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import h3
import numpy as np
from django.conf import settings as django_settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.cases.models import Case, CaseStep
from linli.cases.operations.clocks import step_due, warn_of
from linli.cases.operations.taking import attach_photos, moved
from linli.cases.words import tokens
from linli.cases.workflow import QUEUE_OF, Stage
from linli.catalogue.queries import catalogue
from linli.kernel.encryption import blind_index
from linli.kernel.errors import Conflict, RuleBroken
from linli.kernel.events import emit_many
from linli.kernel.identifiers import new_id, new_reference, normalise_phone
from linli.kernel.inserting import insert
from linli.kernel.masking import mask_personal_data
from linli.kernel.models import Quarantined
from linli.kernel.policy import Actor
from linli.places.queries import areas

CELL_RESOLUTION = 10
MAX_TEXT = 2000


@dataclass(frozen=True)
class Report:
    """What a reporter sends.

    `lng`, `lat` are WGS-84; `area_code` stands in when there is no point (its middle is taken by the caller).
    `id` is the sender's own UUID: the same id with the same content gives the same case, with other content 409.
    `contact` holds name, phone, email as given; it is encrypted and never public.
    """

    category: str
    text: str
    lng: float
    lat: float
    door: str
    address: str = ""
    contact: dict[str, str] = field(default_factory=dict)
    photos: Sequence[uuid.UUID] = ()
    id: uuid.UUID | None = None
    device_at: datetime | None = None
    component_code: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    is_public: bool = True
    at: datetime | None = None  # only history and simulation say when; a door never does
    level: str = ""
    announced: Sequence[str] = ()  # SHA-256 of pictures that follow by themselves; the report counts without them
    device: dict[str, Any] = field(default_factory=dict)  # what a phone tells besides; kept, but nothing the reporter said
    on_behalf: bool = False  # taken down at a window or on the telephone: who writes is not who reports

    def fingerprint(self) -> str:
        """Digest of everything the sender said: what “the same content” means."""
        said = [
            self.category,
            self.text.strip(),
            round(self.lng, 7),
            round(self.lat, 7),
            self.address.strip(),
            sorted(self.contact.items()),
            sorted(map(str, self.photos)),
            self.component_code,
            json.dumps(self.attributes, sort_keys=True, ensure_ascii=False),
            self.is_public,
            *([sorted(self.announced)] if self.announced else []),
        ]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Reported:
    """The answer to a report: the case, the secret of its link, and whether it was new."""

    case: Case
    secret: str
    is_new: bool


def link_secret(case_id: uuid.UUID) -> str:
    """The secret in the link by which the reporter follows and judges without signing in; 128 bits, the same each time."""
    digest = hmac.new(django_settings.SECRET_KEY.encode(), b"case-link:" + case_id.bytes, hashlib.sha256).digest()
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def is_link_secret(case_id: uuid.UUID, secret: str) -> bool:
    """Whether the secret is that of this case's link; takes as long for a wrong one."""
    return hmac.compare_digest(link_secret(case_id).encode(), secret.encode())


def report_case(*, actor: Actor, report: Report) -> Reported:
    """Take in one report.

    Raises: RuleBroken (category_unknown, text_missing, text_too_long, place_missing, outside_district,
            photo_unknown), Conflict("same_id_other_content"); nothing is written then, but the other content of a
            known id is kept in quarantine.
    Emits:  cases.case.reported
    """
    prepared = _prepare(actor, report)
    try:
        with transaction.atomic():
            _write(actor, [prepared])
        return Reported(prepared.case, link_secret(prepared.case.pk), True)
    except IntegrityError:
        return _known(actor, report, prepared)


def report_cases(*, actor: Actor, reports: Sequence[Report]) -> list[Reported]:
    """Take in many reports with a handful of statements, all or none; ids already known give their case.

    Raises what `report_case` raises, with `details["index"]` saying which report is at fault.
    """
    prepared = []
    for index, (report, grid) in enumerate(zip(reports, _grids_of(reports), strict=True)):
        try:
            prepared.append(_prepare(actor, report, grid))
        except RuleBroken as broken:
            broken.details["index"] = index
            raise
    try:
        with transaction.atomic():
            _write(actor, prepared)
        return [Reported(item.case, link_secret(item.case.pk), True) for item in prepared]
    except IntegrityError:
        return [report_case(actor=actor, report=report) for report in reports]


@dataclass(frozen=True)
class _Prepared:
    case: Case
    row: CaseStep
    photos: Sequence[uuid.UUID]


def _prepare(actor: Actor, report: Report, grid: str = "") -> _Prepared:
    """Check a report and make its rows; no query but for pictures. `grid` is where it lies, if that is known already."""
    known, now = catalogue(), report.at or timezone.now()
    category = known.categories.get(report.category)
    if category is None:
        raise RuleBroken("category_unknown", _("Choose what it is about from the list."), field="category")
    text = report.text.strip()
    if not text:
        raise RuleBroken("text_missing", _("Say in a few words what is the matter."), field="text")
    if len(text) > MAX_TEXT:
        raise RuleBroken("text_too_long", _("At most %(max)s characters, please.") % {"max": MAX_TEXT}, field="text")
    grid = grid or _grid_of(report)
    lead, _helpers = known.duty(category.code, grid)
    due = step_due(("register",), now)
    case_id = new_id(report.at)
    case = Case(
        id=case_id,
        reference=new_reference(now),
        stage=Stage.REPORTED,
        queue=QUEUE_OF[Stage.REPORTED],
        category_id=category.code,
        level=report.level or known.urgency(text),
        text=text,
        public_text=mask_personal_data(text).text,
        words=tokens(f"{text} {report.address}"),
        address=mask_personal_data(report.address.strip()[:200]).text,
        lng=report.lng,
        lat=report.lat,
        cell=h3.str_to_int(h3.latlng_to_cell(report.lat, report.lng, CELL_RESOLUTION)),
        street_code=grid[:9],
        community_code=grid[:12],
        grid_code=grid[:15],
        component_code=report.component_code,
        attributes=report.attributes,
        door=report.door,
        reporter_id=None if report.on_behalf else actor.person_id,
        reporter_contact=json.dumps(report.contact, ensure_ascii=False) if any(report.contact.values()) else "",
        reporter_index=_contact_index(report.contact),
        submission_id=report.id,
        fingerprint=report.fingerprint() if report.id else "",
        is_public=report.is_public and not category.is_sealed,
        is_sealed=category.is_sealed,
        suggested_unit_id=lead.id if lead else None,
        reported_at=now,
        device_at=report.device_at,
        updated_at=now,
        step_due_at=due,
        due_at=due,
        warn_at=warn_of(now, due) if due else None,
        photo_count=len(report.photos),
    )
    return _Prepared(case, _first_line(actor, report, case, now), report.photos)


def _first_line(actor: Actor, report: Report, case: Case, now: datetime) -> CaseStep:
    """The line with which the timeline of a case begins."""
    return CaseStep(
        id=new_id(report.at),
        case_id=case.pk,
        verb="report",
        stage=Stage.REPORTED,
        at=now,
        device_at=report.device_at,
        actor_kind=actor.kind,
        person_id=actor.person_id,
        post_id=actor.post_id,
        organization_id=actor.organization_id,
        data=_told(report),
    )


def _told(report: Report) -> dict[str, Any]:
    """What the timeline keeps of how a report came."""
    told: dict[str, Any] = {"door": report.door}
    if report.announced:
        told["announced"] = list(report.announced)
    return told | ({"device": report.device} if report.device else {})


def _grids_of(reports: Sequence[Report]) -> list[str]:
    """The grids of many reports, asked at once; "" for a place outside or none."""
    lngs, lats = (np.array([getattr(report, name) for report in reports], dtype=float) for name in ("lng", "lat"))
    return [str(code) for code in areas().grids.grids_at(lngs, lats)]


def _grid_of(report: Report) -> str:
    if not (math.isfinite(report.lng) and math.isfinite(report.lat)):
        raise RuleBroken("place_missing", _("Say where it is: by the map, an address or a grid."), field="place")
    grid = areas().grid_at(report.lng, report.lat)
    if not grid:
        raise RuleBroken(
            "outside_district",
            _("This place lies outside the district. Choose a place inside it on the map or by its address."),
            field="place",
        )
    return grid


def _contact_index(contact: dict[str, str]) -> str:
    phone = normalise_phone(contact.get("phone", ""))
    return blind_index("people.person.phone", phone) if phone else ""


def _write(actor: Actor, prepared: Sequence[_Prepared]) -> None:
    insert([item.case for item in prepared])
    insert([item.row for item in prepared])
    for item in prepared:
        if item.photos:
            attach_photos(item.case, item.row, item.photos, side="before")
    emit_many(((actor, moved("report", item.case, item.row)) for item in prepared), at=prepared[0].case.reported_at)


def _known(actor: Actor, report: Report, prepared: _Prepared) -> Reported:
    """The id is known, or (once in a billion) the reference was taken: answer the one, try the other again."""
    case = Case.objects.filter(submission_id=report.id).first() if report.id else None
    if case is None:
        again = _prepare(actor, report)
        with transaction.atomic():
            _write(actor, [again])
        return Reported(again.case, link_secret(again.case.pk), True)
    if case.fingerprint == prepared.case.fingerprint:
        return Reported(case, link_secret(case.pk), False)
    Quarantined.objects.create(
        kind="report",
        subject_id=case.pk,
        person_id=actor.person_id,
        body={
            "category": report.category,
            "text": report.text,
            "lng": report.lng,
            "lat": report.lat,
            "photos": [str(photo) for photo in report.photos],
        },
    )
    raise Conflict(
        "same_id_other_content",
        _("This report was already received with other content. Both are kept; the office will look at it."),
        reference=case.reference,
    )
