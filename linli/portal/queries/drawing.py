"""What maps draw: the town's sketch, borders of areas, and points of open public reports; as ready bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from linli.cases.workflow import Stage
from linli.catalogue.queries import catalogue
from linli.kernel.snapshots import Snapshot
from linli.places.models import Area, SketchFeature
from linli.places.queries import areas
from linli.portal.queries.near import open_public
from linli.portal.queries.story import TONES, plain_stage
from linli.portal.remembering import Remembered

MOST_POINTS = 5000
MOST_GRIDS_DRAWN = 3000
DIGITS = 6
# The lamp a tone is drawn as: public maps tell where a report stands, never whether it is late.
SHAPES = {"new": "none", "moving": "green", "check": "violet", "quiet": "grey", "good": "done"}


@dataclass(frozen=True)
class Drawing:
    """JSON as it is sent: plain and compressed, with the tag that says whether it changed."""

    plain: bytes
    packed: bytes
    tag: str


def as_drawing(value: Any) -> Drawing:
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    tag = hashlib.blake2b(plain, digest_size=8).hexdigest()
    return Drawing(plain, gzip.compress(plain, compresslevel=5, mtime=0), f'"{tag}"')


def rounded(coordinates: Any) -> Any:
    """Coordinates with as many digits as a map can show: 0.1 m."""
    if isinstance(coordinates, int | float):
        return round(coordinates, DIGITS)
    return [rounded(part) for part in coordinates]


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": {"type": geometry["type"], "coordinates": rounded(geometry["coordinates"])},
        "properties": {name: value for name, value in properties.items() if value},
    }


def _load_sketch() -> Drawing:
    rows = SketchFeature.objects.order_by("pk").values_list("kind", "name_zh", "name_en", "number", "geometry")
    features = [
        _feature(geometry, kind=kind, name_zh=zh, name_en=en, number=number)
        for kind, zh, en, number, geometry in rows.iterator(chunk_size=2000)
    ]
    return as_drawing({"type": "FeatureCollection", "features": features})


def _load_borders() -> Drawing:
    shown = ["street", "community"]
    if len(areas().of_level("grid")) <= MOST_GRIDS_DRAWN:
        shown.append("grid")
    rows = Area.objects.filter(level__in=shown, code__in=areas().by_code).exclude(polygon=None).order_by("code")
    features = [
        _feature(polygon, code=code, level=level, name_zh=zh, name_en=en)
        for code, level, zh, en, polygon in rows.values_list("code", "level", "name_zh", "name_en", "polygon")
        if polygon
    ]
    return as_drawing({"type": "FeatureCollection", "features": features})


_sketch: Snapshot[Drawing] = Snapshot("areas", _load_sketch)
_borders: Snapshot[Drawing] = Snapshot("areas", _load_borders)


def sketch() -> Drawing:
    """The drawn town as GeoJSON (kept in memory)."""
    return _sketch.get()


def borders() -> Drawing:
    """Polygons of streets, communities and, unless there are too many, grids as GeoJSON (kept in memory)."""
    return _borders.get()


# --- points ---


def _make_points(major: str, language: str) -> Drawing:
    return as_drawing({"points": point_rows(major)})


_points: Remembered[Drawing] = Remembered(_make_points, seconds=10)


def points(major: str = "") -> Drawing:
    """Open public reports, of one class or all, as the map reads them; at most ten seconds old.

    Each: longitude, latitude, shape by stage, stage in words, reference, category, supporters. No limits, no words.
    """
    return _points.get(major, get_language() or "")


def point_rows(major: str = "") -> list[list[Any]]:
    rows = open_public().filter(cell__gt=0)  # lets the small index of open cases lead
    if major:
        rows = rows.filter(category__code__startswith=major)
    names = {code: category.name for code, category in catalogue().categories.items()}
    looks = {stage.value: (SHAPES[TONES[stage]], plain_stage(stage)) for stage in Stage}
    found = rows.order_by().values_list("lng", "lat", "stage", "reference", "category_id", "support_count")[:MOST_POINTS]
    return [
        [round(lng, DIGITS), round(lat, DIGITS), *looks[stage], reference, names.get(category, category), supports]
        for lng, lat, stage, reference, category, supports in found
    ]
