"""Endpoints of what reports refer to: categories with their conditions, areas, organizations; and who is asking."""

# Shapes are made by functions and from tables, which only pydantic reads.
# mypy: disable-error-code="valid-type"
from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from linli.cases.api.schemas import AreaCode
from linli.catalogue.models import Category as CategoryRow
from linli.catalogue.queries import catalogue
from linli.kernel.endpoints import Body, answer, asker, bounded, endpoint
from linli.kernel.errors import NotFound
from linli.organizations.queries import bodies
from linli.places.models import Area
from linli.places.queries import LEVEL_BY_LENGTH, areas

router = Router(tags=["Catalogue and places"])
MOST_AREAS = 1000


class Condition(BaseModel):
    """A condition under which a category is registered, with its limit in areas of class A, B, C (2U, 4H, 5D …)."""

    code: str
    name: str
    limits: dict[str, str]
    is_default: bool


class Category(BaseModel):
    """What can be reported. Reports of a sealed one are never public."""

    code: str
    name: str
    major: str
    major_name: str
    kind: str
    is_sealed: bool
    duplicate_radius_m: int
    conditions: list[Condition]


class Categories(BaseModel):
    """The whole catalogue."""

    items: list[Category]


class AreaProperties(BaseModel):
    """An area; its code is its path."""

    code: str
    level: str
    parent: str
    name: str
    area_class: str
    households: int


class AreaFeature(BaseModel):
    """An area as GeoJSON."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any] | None
    properties: AreaProperties


class AreaCollection(BaseModel):
    """Areas as GeoJSON, in WGS-84; `next` is sent as `after` for the following ones."""

    type: Literal["FeatureCollection"]
    features: list[AreaFeature]
    next: str


class AreaFilter(Body):
    """Which areas: inside one, of a level, and after a code."""

    inside: AreaCode | None = None
    level: Literal[tuple(LEVEL_BY_LENGTH.values())] | None = None
    after: bounded(17) = ""
    size: Annotated[int, Field(ge=1, le=MOST_AREAS)] = 200


class Organization(BaseModel):
    """A body that acts; `unit_code` says which kind of duty it carries."""

    id: int
    code: str
    kind: str
    name: str
    unit_code: str
    area: str


class Organizations(BaseModel):
    """All active organizations."""

    items: list[Organization]


class Me(BaseModel):
    """Who asks, on which post, with which rights, how far they reach (own, area, unit, all)."""

    kind: Literal["anonymous", "person", "program"]
    name: str
    role: str
    rights: list[str]
    reach: str
    area: str
    organization: int | None
    post: int | None


@endpoint(router, "GET", "/categories", answers={200: Categories})
def list_categories(request: HttpRequest) -> HttpResponse:
    """Everything that can be reported, with the conditions under which it is registered."""
    rows = catalogue().categories.values()
    return answer({"items": [_category(row) for row in rows]}, Cache_Control="private, max-age=300")


@endpoint(router, "GET", "/categories/{code}", answers={200: Category})
def show_category(request: HttpRequest, code: str) -> HttpResponse:
    """One category."""
    row = catalogue().categories.get(code)
    if row is None:
        raise NotFound("category_unknown", _("There is no such category."))
    return answer(_category(row))


def _category(row: CategoryRow) -> dict[str, Any]:
    known = catalogue()
    major = known.majors[row.major_id]
    return {
        "code": row.code,
        "name": row.name,
        "major": major.code,
        "major_name": major.name,
        "kind": major.kind,
        "is_sealed": row.is_sealed,
        "duplicate_radius_m": row.duplicate_radius_m,
        "conditions": [
            {
                "code": item.code,
                "name": item.name,
                "limits": {"A": item.limit_a, "B": item.limit_b, "C": item.limit_c},
                "is_default": item.is_default,
            }
            for item in known.conditions.get(row.code, {}).values()
        ],
    }


@endpoint(router, "GET", "/areas", answers={200: AreaCollection})
def list_areas(request: HttpRequest, wanted: Query[AreaFilter]) -> HttpResponse:
    """Areas with their outlines as GeoJSON, in the order of their codes: each before what lies inside it."""
    known = areas()
    rows = Area.objects.filter(code__gt=wanted.after).order_by("code")
    if wanted.inside:
        rows = rows.filter(code__gte=wanted.inside, code__lt=f"{wanted.inside}:")  # ":" follows "9"
    if wanted.level:
        rows = rows.filter(level=wanted.level)
    found = list(rows.values_list("code", "polygon")[: wanted.size + 1])
    features = [_feature(code, polygon) for code, polygon in found[: wanted.size] if code in known.by_code]
    return answer({
        "type": "FeatureCollection",
        "features": features,
        "next": found[wanted.size - 1][0] if len(found) > wanted.size else "",
    })  # fmt: skip


def _feature(code: str, polygon: Any) -> dict[str, Any]:
    area = areas().by_code[code]
    return {
        "type": "Feature",
        "id": code,
        "geometry": polygon,
        "properties": {
            "code": code,
            "level": area.level,
            "parent": area.parent_code,
            "name": area.name,
            "area_class": area.area_class,
            "households": area.households,
        },
    }


@endpoint(router, "GET", "/organizations", answers={200: Organizations})
def list_organizations(request: HttpRequest) -> HttpResponse:
    """Every active organization; their ids are what dispatching takes."""
    return answer({
        "items": [
            {
                "id": body.id,
                "code": body.code,
                "kind": body.kind,
                "name": body.name,
                "unit_code": body.unit_code,
                "area": body.area_code,
            }
            for body in bodies().by_id.values()
        ]
    })  # fmt: skip


@endpoint(router, "GET", "/me", answers={200: Me})
def show_me(request: HttpRequest) -> HttpResponse:
    """Who asks, and with which rights."""
    actor = asker(request)
    return answer({
        "kind": actor.kind,
        "name": actor.name,
        "role": actor.role,
        "rights": sorted(actor.rights),
        "reach": actor.reach,
        "area": actor.area_code,
        "organization": actor.organization_id,
        "post": actor.post_id,
    })  # fmt: skip
