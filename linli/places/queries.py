"""Reading places: which grid a point lies in, what an area is called, what lies inside what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from shapely import STRtree
from shapely.geometry import shape

from linli.kernel.snapshots import Snapshot
from linli.places.models import Area, AreaLevel, Building

LEVEL_BY_LENGTH = {6: "district", 9: "street", 12: "community", 15: "grid", 17: "micro_grid"}


@dataclass(frozen=True)
class AreaView:
    """An area as pages need it."""

    code: str
    level: str
    parent_code: str
    name_zh: str
    name_en: str
    area_class: str
    households: int

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "zh").startswith("zh") else (self.name_en or self.name_zh)


class GridIndex:
    """Point → grid by an R-tree over the grids' polygons; built once, read by all threads."""

    def __init__(self, codes: list[str], polygons: Any):
        self.codes = np.array(codes, dtype=object)
        self._polygons = np.asarray(polygons, dtype=object)
        if len(codes):
            shapely.prepare(self._polygons)
        self._tree = STRtree(self._polygons)

    def grid_at(self, lng: float, lat: float) -> str:
        """The code of the grid that covers the point (WGS-84), or "" outside all of them."""
        hits = self._tree.query(shapely.points(lng, lat), predicate="intersects")
        return str(self.codes[hits.min()]) if len(hits) else ""

    def grids_at(self, lngs: np.ndarray, lats: np.ndarray) -> np.ndarray:
        """Codes for many points at once; "" where no grid covers the point."""
        points, hits = self._tree.query(shapely.points(lngs, lats), predicate="intersects")
        found = np.full(len(lngs), "", dtype=object)
        order = np.argsort(-hits, kind="stable")  # on a common border the lowest grid wins, as in grid_at
        found[points[order]] = self.codes[hits[order]]
        return found

    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all grids together."""
        west, south, east, north = shapely.total_bounds(self._polygons)
        return float(west), float(south), float(east), float(north)


class Areas:
    """The whole tree in memory: names, children, and the grid index."""

    def __init__(self) -> None:
        today = timezone.localdate()
        rows = Area.objects.filter(Q(valid_until=None) | Q(valid_until__gte=today)).order_by("code")
        self.by_code: dict[str, AreaView] = {}
        self.children: dict[str, list[str]] = defaultdict(list)
        codes, polygons = [], []
        for row in rows.iterator(chunk_size=2000):
            self.by_code[row.code] = AreaView(
                row.code, row.level, row.parent_code, row.name_zh, row.name_en, row.area_class, row.households
            )
            self.children[row.parent_code].append(row.code)
            if row.level == AreaLevel.GRID and row.polygon:
                codes.append(row.code)
                polygons.append(shape(row.polygon))
        self.grids = GridIndex(codes, polygons)

    def grid_at(self, lng: float, lat: float) -> str:
        return self.grids.grid_at(lng, lat)

    def area_class(self, code: str) -> str:
        """The class of the nearest area up the tree that has one."""
        found = self.by_code.get(code) or self.by_code.get(code[:12]) or self.by_code.get(code[:9])
        return found.area_class if found else "B"

    def name(self, code: str) -> str:
        found = self.by_code.get(code)
        return found.name if found else code

    def path_name(self, code: str, *, above: str = "") -> str:
        """Names from the street down, joined; parts that contain `above` are left out."""
        parts = [code[:cut] for cut in (9, 12, 15, 17) if len(code) >= cut and len(above) < cut]
        return " ".join(self.by_code[part].name for part in parts if part in self.by_code)

    def within(self, code: str) -> list[AreaView]:
        """The area itself and everything inside it, in code order; everything for ""."""
        return [area for key, area in self.by_code.items() if key.startswith(code)]

    def of_level(self, level: str, inside: str = "") -> list[AreaView]:
        return [area for area in self.within(inside) if area.level == level]

    def district(self) -> AreaView | None:
        return next((area for area in self.by_code.values() if area.level == AreaLevel.DISTRICT), None)


_areas: Snapshot[Areas] = Snapshot("areas", Areas)


def areas() -> Areas:
    """The present tree of areas (kept in memory; remade when areas change)."""
    return _areas.get()


def find_addresses(text: str, *, limit: int = 8) -> list[Building]:
    """Buildings whose address or estate holds every word of `text`."""
    words = [word for word in text.split() if word][:4]
    if not words:
        return []
    rows = Building.objects.all()
    for word in words:
        rows = rows.filter(Q(address_zh__icontains=word) | Q(address_en__icontains=word) | Q(estate_zh__icontains=word))
    return list(rows.order_by("code")[:limit])
