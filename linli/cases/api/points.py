"""Points of the map: as little as a map needs, worked out in the database."""

from __future__ import annotations

import json
from datetime import datetime

from django.db.models import Case as Either
from django.db.models import CharField, F, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from linli.cases.api import schemas
from linli.cases.api.finding import rows_for
from linli.cases.models import Case
from linli.cases.workflow import Stage
from linli.kernel.endpoints import asker, endpoint
from linli.kernel.errors import BadInput

router = Router(tags=["Map"])


@endpoint(router, "GET", "/map/points", answers={200: schemas.Points}, refuses=(403,))
def list_points(request: HttpRequest, wanted: Query[schemas.PointFilter]) -> HttpResponse:
    """Cases as points, the newest first: [lng, lat, light, stage, reference, category, how many say so].

    Takes the filters of lists, and `box=west,south,east,north`; the order is always the newest first.
    """
    rows, _filter = rows_for(asker(request), wanted)
    found = points(_inside(rows, wanted.box), timezone.now(), most=wanted.most + 1)
    # The encoder of the standard library takes rows as they come; there is nothing in them but numbers and short codes.
    body = json.dumps({"points": found[: wanted.most], "is_cut": len(found) > wanted.most}, separators=(",", ":"))
    return HttpResponse(body, content_type="application/json")


def points(rows: QuerySet[Case], now: datetime, *, most: int) -> list[tuple[float | int | str, ...]]:
    """At most `most` points. The light is worked out by the database: reading two instants a row would cost more."""
    return list(
        rows.annotate(shown_light=light_at(now), voices=F("support_count") + 1)
        .order_by("-pk")
        .values_list("lng", "lat", "shown_light", "stage", "reference", "category_id", "voices")[:most]
    )


def light_at(now: datetime) -> Either:
    """The light of a row at `now`, in the database; agrees with `Case.light`."""
    return Either(
        When(Q(is_open=False) | Q(stage=Stage.SUSPENDED), then=Value("grey")),
        When(due_at__lt=now, then=Value("red")),
        When(~Q(card=""), then=Value("violet")),
        When(warn_at__lte=now, then=Value("yellow")),
        default=Value("green"),
        output_field=CharField(),
    )


def _inside(rows: QuerySet[Case], box: str) -> QuerySet[Case]:
    if not box:
        return rows
    try:
        west, south, east, north = (float(part) for part in box.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadInput("box_wrong", _("The box is west,south,east,north in degrees."), field="box")
    return rows.filter(lng__gte=west, lng__lte=east, lat__gte=south, lat__lte=north)
