"""Likely duplicates: the same or a related thing, close by, recent, alike in words. One query each.

Offered to a reporter before sending ("support this one instead") and to a dispatcher (merge). Candidates come from the
H3 cells around the point, an index; how likely each is the same is the rule of `linli.methods.likeness_rule`.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta

import h3
from django.db.models import QuerySet
from django.utils import timezone

from linli.cases import settings
from linli.cases.models import Case
from linli.cases.queries.lists import first_id
from linli.cases.queries.suggestions import telling
from linli.catalogue.queries import catalogue
from linli.kernel import options
from linli.kernel.coordinates import quick_distance_m
from linli.methods.likeness_rule import RULE, alike, likelihood

CELL_RESOLUTION = 10
REACH_OF_NO_RING_M = 60.0  # what the first ring covers at least, from the edge of the middle cell
REACH_OF_RING_M = 110.0  # what each further ring adds at least
MOST_CANDIDATES = 60
LEAST_SCORE = 0.15  # offered to people, never merged: better one too many
DEFAULT_RADIUS_M = 50


@dataclass(frozen=True)
class Likely:
    """A case that is probably about the same thing. `likeness` and `score` lie between 0 and 1."""

    case: Case
    distance_m: float
    likeness: float
    score: float

    @property
    def percent(self) -> int:
        return round(self.score * 100)


def cells_around(lng: float, lat: float, radius_m: float) -> list[int]:
    """The H3 cells that together cover a circle around the point."""
    rings = 1 + max(0, math.ceil((radius_m - REACH_OF_NO_RING_M) / REACH_OF_RING_M))
    return [h3.str_to_int(cell) for cell in h3.grid_disk(h3.latlng_to_cell(lat, lng, CELL_RESOLUTION), rings)]


def likely_duplicates(
    rows: QuerySet[Case],
    *,
    category: str,
    lng: float,
    lat: float,
    text: str = "",
    but: uuid.UUID | None = None,
    most: int = 5,
) -> list[Likely]:
    """Open cases among `rows` that are probably the same thing, the likeliest first. One query.

    `rows` says who asks: `Case.objects.public()` for a reporter, `Case.objects.visible_to(actor)` for staff. The
    category's own radius decides what is near; a related category is one of the same class. Ages count from now, up to
    the days the place has set.
    """
    found = catalogue().categories.get(category)
    radius = found.duplicate_radius_m if found else DEFAULT_RADIUS_M
    since = timezone.now() - timedelta(days=options.value(settings.DUPLICATE_DAYS))
    near = rows.filter(
        is_open=True, cell__in=cells_around(lng, lat, radius), category__code__startswith=category[:3], pk__gte=first_id(since)
    )
    candidates = list(near.exclude(pk=but).select_related("category", "lead_unit").order_by("-id")[:MOST_CANDIDATES])
    likely = [item for item in _scored(candidates, category, (lng, lat), text.strip()) if item.distance_m <= radius]
    if not text.strip():
        likely = [_by_place(item, category, radius) for item in likely]
    likely = [item for item in likely if item.score >= LEAST_SCORE]
    return sorted(likely, key=lambda item: (-item.score, item.case.pk))[:most]


def _scored(cases: list[Case], category: str, place: tuple[float, float], text: str) -> list[Likely]:
    """Each case with the probability that it is about the same thing: words, metres, age and kind."""
    now = timezone.now()
    metres = [quick_distance_m(place, (case.lng, case.lat)) for case in cases]
    words = alike(text, [case.public_text for case in cases], telling())
    chances = likelihood(
        RULE,
        alike=words,
        metres=metres,
        hours=[(now - case.reported_at) / timedelta(hours=1) for case in cases],
        is_same_kind=[case.category_id == category for case in cases],
        signs=[min(len(text), len(case.public_text)) for case in cases],
    )
    return [Likely(*row) for row in zip(cases, metres, words.tolist(), chances.tolist(), strict=True)]


def _by_place(item: Likely, category: str, radius: float) -> Likely:
    """Before anything is said, nearness counts 0.6 and the very same category 0.4."""
    near = 1 - item.distance_m / radius if radius else 1.0
    return replace(item, likeness=0.0, score=0.6 * near + (0.4 if item.case.category_id == category else 0.0))
