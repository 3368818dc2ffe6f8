"""Open cases that may be the same as a report: near, of the same or a related kind, recent, alike in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

import h3
from django.utils import timezone

from linli.cases import settings
from linli.cases.models import Case, CaseQuerySet
from linli.cases.queries.lists import first_id
from linli.catalogue.queries import catalogue
from linli.kernel import options
from linli.kernel.coordinates import quick_distance_m

CELL_RESOLUTION = 10  # of `Case.cell`
CELL_STEP_M = 110.0  # how far one more ring of cells reaches at least, at resolution 10
MOST_RINGS = 5
LOOKED_AT = 200


@dataclass(frozen=True)
class Likely:
    """A case that may be the same; `likeness` of the words is 0 to 1."""

    case: Case
    distance_m: float
    likeness: float


def likely_duplicates(
    *, category: str, lng: float, lat: float, text: str = "", among: CaseQuerySet | None = None,
    now: datetime | None = None, limit: int = 5,
) -> list[Likely]:
    """Open cases within the category's radius that may be the same, the likeliest first. One query.

    `among` is what the asker may see; without it, cases that have a public page. Another category counts if it is of
    the same class and the words are alike.
    """  # fmt: skip
    known = catalogue().categories.get(category)
    if known is None:
        return []
    radius = float(known.duplicate_radius_m)
    rings = min(max(1, math.ceil(radius / CELL_STEP_M)), MOST_RINGS)
    cells = [h3.str_to_int(cell) for cell in h3.grid_disk(h3.latlng_to_cell(lat, lng, CELL_RESOLUTION), rings)]
    oldest = (now or timezone.now()) - timedelta(days=options.value(settings.DUPLICATE_DAYS))
    rows = (Case.objects.public() if among is None else among).filter(
        is_open=True, cell__in=cells, pk__gte=first_id(oldest), category_id__startswith=category[:3]
    )
    wanted = _pairs(text)
    found = []
    for case in rows.order_by("-pk").defer("reporter_contact", "words")[:LOOKED_AT]:
        distance = quick_distance_m((lng, lat), (case.lng, case.lat))
        likeness = _likeness(wanted, _pairs(case.public_text))
        if distance <= radius and (case.category_id == category or likeness >= 0.3):
            found.append(Likely(case, round(distance, 1), round(likeness, 2)))
    return sorted(found, key=lambda item: item.likeness - item.distance_m / radius, reverse=True)[:limit]


def _pairs(text: str) -> set[str]:
    """Pairs of neighbouring characters: what two short Chinese texts have in common shows in them."""
    plain = "".join(character for character in text.lower() if character.isalnum())
    return {plain[index : index + 2] for index in range(len(plain) - 1)}


def _likeness(first: set[str], second: set[str]) -> float:
    """How much of the shorter text is in the other one."""
    return len(first & second) / min(len(first), len(second)) if first and second else 0.0
