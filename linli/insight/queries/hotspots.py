"""Places where the same comes again and again: one category within 50 metres, three cases or more."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from linli.kernel.coordinates import quick_distance_m

RADIUS_M = 50
LEAST = 3
HOT_CASES, HOT_DAYS = 10, 5
LAT_STEP = RADIUS_M / 111_195  # degrees of latitude that are the radius
LNG_STEP = 2 * LAT_STEP  # of longitude, at least the radius up to 60° from the equator; the same for all, so that squares fit


@dataclass
class Spot:
    """Cases of one category around the first of them."""

    category: str
    lng: float
    lat: float
    grid: str
    cases: int = 0
    days: set[date] = field(default_factory=set)

    @property
    def is_hot(self) -> bool:
        return self.cases >= HOT_CASES and len(self.days) >= HOT_DAYS


Sighting = tuple[str, float, float, str, date]  # category, lng, lat, grid, local day


def spots(sightings: Iterable[Sighting]) -> list[Spot]:
    """Repeat spots, hot ones first, then by number of cases. Each case belongs to the nearest spot within the radius.

    Linear: a spot is looked for in the nine squares around a case only.
    """
    squares: dict[tuple[str, int, int], list[Spot]] = defaultdict(list)
    found: list[Spot] = []
    for category, lng, lat, grid, day in sightings:
        column, row = math.floor(lng / LNG_STEP), math.floor(lat / LAT_STEP)
        spot = _nearest(squares, category, column, row, (lng, lat))
        if spot is None:
            spot = Spot(category, lng, lat, grid)
            squares[category, column, row].append(spot)
            found.append(spot)
        spot.cases += 1
        spot.days.add(day)
    repeated = [spot for spot in found if spot.cases >= LEAST]
    return sorted(repeated, key=lambda spot: (not spot.is_hot, -spot.cases, -len(spot.days), spot.category))


def _nearest(
    squares: dict[tuple[str, int, int], list[Spot]], category: str, column: int, row: int, place: tuple[float, float]
) -> Spot | None:
    best, least = None, float(RADIUS_M)
    for east in (-1, 0, 1):
        for north in (-1, 0, 1):
            for spot in squares.get((category, column + east, row + north), ()):
                distance = quick_distance_m((spot.lng, spot.lat), place)
                if distance <= least:
                    best, least = spot, distance
    return best
