"""Likely duplicates: the same or a related thing, close by, recent, alike in words. One query each.

Offered to a reporter before sending ("support this one instead") and to a dispatcher (merge). Candidates come from the
H3 cells around the point, an index; nearness and likeness are worked out here.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from datetime import timedelta

import h3
from django.db.models import QuerySet
from django.utils import timezone

from linli.cases import settings
from linli.cases.models import Case
from linli.cases.queries.lists import first_id
from linli.catalogue.queries import catalogue
from linli.kernel import options
from linli.kernel.coordinates import quick_distance_m

CELL_RESOLUTION = 10
REACH_OF_NO_RING_M = 60.0  # what the first ring covers at least, from the edge of the middle cell
REACH_OF_RING_M = 110.0  # what each further ring adds at least
MOST_CANDIDATES = 60
LEAST_SCORE = 0.3
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


def bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text, blanks and punctuation left out."""
    plain = "".join(letter for letter in text.lower() if letter.isalnum())
    return frozenset(plain[at : at + 2] for at in range(len(plain) - 1)) or frozenset([plain])


def likeness(first: str, second: str) -> float:
    """How alike two texts are by shared pairs of characters (Dice): 0 nothing in common, 1 the same words."""
    one, other = bigrams(first), bigrams(second)
    return 2 * len(one & other) / (len(one) + len(other))


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
    candidates = near.exclude(pk=but).select_related("category", "lead_unit").order_by("-id")[:MOST_CANDIDATES]
    scored = (_scored(case, category, (lng, lat), text, radius) for case in candidates)
    likely = [item for item in scored if item is not None]
    return sorted(likely, key=lambda item: (-item.score, item.case.pk))[:most]


def _scored(case: Case, category: str, place: tuple[float, float], text: str, radius: float) -> Likely | None:
    """Nearness counts 0.4, likeness 0.4, the very same category 0.2; without words the words count nothing."""
    distance = quick_distance_m(place, (case.lng, case.lat))
    if distance > radius:
        return None
    alike = likeness(text, case.public_text) if text.strip() else 0.0
    near = 1 - distance / radius if radius else 1.0
    same = 1.0 if case.category_id == category else 0.0
    score = 0.4 * near + 0.4 * alike + 0.2 * same if text.strip() else 0.6 * near + 0.4 * same
    return Likely(case, distance, alike, score) if score >= LEAST_SCORE else None
