"""Services, requests and updates as Open311 names them. Nothing about who reported is in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.open311.render import w3c
from linli.cases.workflow import OPEN, Stage
from linli.catalogue.models import Category
from linli.catalogue.queries import catalogue
from linli.organizations.queries import bodies

FIELDS = (
    "id", "reference", "is_open", "stage", "answer", "category_id", "public_text", "lead_unit_id", "reported_at",
    "updated_at", "due_at", "address", "lng", "lat", "photo_count", "level", "result", "support_count", "version",
    "street_code", "community_code", "grid_code", "merged_into_id",
)  # fmt: skip


def shown_service(row: Category) -> dict[str, Any]:
    """A service of the list."""
    known = catalogue()
    default = known.condition(row.code)
    keywords = f"{row.keywords_zh} {row.keywords_en}".replace("，", " ").replace(",", " ").split()
    return {
        "service_code": row.code,
        "service_name": row.name,
        "description": default.name if default else row.name,
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(keywords),
        "group": known.majors[row.major_id].name,
    }


def definition(row: Category) -> dict[str, Any]:
    """What may be said about a service: its condition from a list, the number of the thing, how to find the place."""
    known = catalogue()
    conditions = [{"key": item.code, "name": item.name} for item in known.conditions.get(row.code, {}).values()]
    attributes = [
        _attribute("condition", "singlevaluelist", _("Which of these is it?"), _("Choose one."), conditions),
        _attribute("place_note", "text", _("How is the place found?"), _("A few words.")),
    ]
    if known.majors[row.major_id].kind == "component":
        attributes.append(_attribute("component_code", "string", _("Which number is on it?"), _("As it stands on the plate.")))
    for order, attribute in enumerate(attributes, 1):
        attribute["order"] = order
    return {"service_code": row.code, "attributes": attributes}


def _attribute(
    code: str, datatype: str, description: str, how: str, values: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "variable": True, "code": code, "datatype": datatype, "required": False, "datatype_description": how, "order": 0,
        "description": description,
    }  # fmt: skip
    if values is not None:
        found["values"] = values
    return found


def shown_requests(request: HttpRequest, cases: Sequence[Case], *, is_extended: bool) -> list[dict[str, Any]]:
    """Requests of a list, each with the address of its first public picture. One query if any has pictures."""
    pictures = _first_pictures([case.pk for case in cases if case.photo_count])
    found = []
    for case in cases:
        photo = pictures.get(case.pk)
        row = _shown_request(case, request.build_absolute_uri(f"/api/v1/photos/{photo}") if photo else None)
        if is_extended:
            row["extended_attributes"] = _extended(case)
        found.append(row)
    return found


def _first_pictures(cases: Sequence[Any]) -> dict[Any, Any]:
    if not cases:
        return {}
    rows = CasePhoto.objects.filter(case_id__in=cases, is_public=True).order_by("-id")
    return dict(rows.values_list("case_id", "photo_id"))


def _shown_request(case: Case, media_url: str | None) -> dict[str, Any]:
    return {
        "service_request_id": case.reference,
        "status": "open" if case.is_open else "closed",
        "status_notes": case.answer or None,
        "service_name": catalogue().category_name(case.category_id),
        "service_code": case.category_id,
        "description": case.public_text,
        "agency_responsible": bodies().name(case.lead_unit_id) or None,
        "service_notice": None,
        "requested_datetime": w3c(case.reported_at),
        "updated_datetime": w3c(case.updated_at),
        "expected_datetime": w3c(case.due_at),
        "address": case.address or None,
        "address_id": None,
        "zipcode": None,
        "lat": case.lat,
        "long": case.lng,
        "media_url": media_url,
    }


def _extended(case: Case) -> dict[str, Any]:
    """What we know beyond the specification, when `extensions=true` asks for it."""
    return {
        "stage": case.stage,
        "stage_name": str(Stage(case.stage).label),
        "level": case.level,
        "result": case.result or None,
        "area_code": case.area_code,
        "light": case.light(),
        "support_count": case.support_count,
        "version": case.version,
    }


def shown_updates(steps: Iterable[CaseStep]) -> list[dict[str, Any]]:
    """Public steps as updates of mySociety's extension."""
    return [
        {
            "update_id": str(step.pk),
            "service_request_id": step.case.reference,
            "status": "OPEN" if step.stage in OPEN else "CLOSED",
            "updated_datetime": w3c(step.at),
            "description": step.public_text or None,
            "media_url": None,
            "external_status_code": step.stage,
        }
        for step in steps
    ]
