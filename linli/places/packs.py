"""Tables of places in a pack: areas with their polygons, the town sketch, buildings, components."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import shapely
from django.db.models import Q
from django.utils import timezone
from shapely.errors import ShapelyError
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from linli.kernel.coordinates import distance_m
from linli.kernel.pack_values import Raw, day, decimal, integer, one_of, read_csv, read_features, text
from linli.kernel.packs import Column, Known, Row, Table, register
from linli.places.models import Area, AreaLevel, Building, Component, SketchFeature

CODE_LENGTHS = {"district": 6, "street": 9, "community": 12, "grid": 15, "micro_grid": 17}
LEVEL_ABOVE = {"street": 6, "community": 9, "grid": 12, "micro_grid": 15}
OVERLAP = 1e-9  # square degrees, about ten square metres: less is rounding
FAR_M = 2000  # metres beyond the border of its grid at which a point is a mistake
LNG, LAT = decimal(-180, 180), decimal(-90, 90)


def read_geometry(*kinds: str) -> Any:
    """A GeoJSON geometry of the given kinds that is whole: closed, not empty, not crossing itself."""

    def read(raw: Any) -> dict[str, Any] | None:
        if raw in (None, ""):
            return None
        if raw.get("type") not in kinds:
            raise ValueError(f"is a {raw.get('type')}; draw a {' or '.join(kinds)}")
        try:
            drawn = shape(raw)
        except (ShapelyError, ValueError, TypeError, IndexError) as error:
            raise ValueError(f"cannot be drawn: {error}") from None
        if drawn.is_empty or not drawn.is_valid:
            raise ValueError(f"is not whole: {shapely.is_valid_reason(drawn)}; draw it again without crossing lines")
        west, south, east, north = drawn.bounds
        if west < -180 or east > 180 or south < -90 or north > 90:
            raise ValueError("leaves the globe; coordinates are longitude, latitude in degrees (WGS-84)")
        return dict(raw)

    return read


def read_areas(path: Path) -> Iterator[tuple[int, Raw]]:
    """Rows of areas.csv, each with its polygon from areas.geojson beside it."""
    beside = path.with_suffix(".geojson")
    polygons = {str(raw.get("code")): raw["geometry"] for _n, raw in read_features(beside)} if beside.is_file() else {}
    for number, raw in read_csv(path):
        yield number, {**raw, "polygon": polygons.get(raw.get("code", ""), "")}


def check_area(row: Row) -> Iterable[tuple[str, str]]:
    """Code, level and parent agree; a grid has a polygon."""
    code, level, parent = row["code"], row["level"], row["parent_code"]
    if not code.isdigit() or len(code) != CODE_LENGTHS[level]:
        yield "code", f"a {level} has {CODE_LENGTHS[level]} digits, “{code}” has {len(code)} characters"
        return
    above = code[: LEVEL_ABOVE[level]] if level in LEVEL_ABOVE else ""
    if parent != above:
        yield "parent_code", f"is “{parent}”; by the code it must be “{above}”"
    if level == AreaLevel.GRID and not row["polygon"]:
        yield "polygon", f"areas.geojson has no feature with code {code}; a grid needs its polygon"


def check_overlaps(rows: list[Row], known: Known) -> Iterable[tuple[Row, str, str]]:
    """No two grids lie over each other: a point belongs to one."""
    grids = [row for row in rows if row["level"] == AreaLevel.GRID and row["polygon"]]
    shapes = [shape(row["polygon"]) for row in grids]
    tree = shapely.STRtree(shapes)
    for index, drawn in enumerate(shapes):
        for other in tree.query(drawn, predicate="intersects"):
            if other <= index or not hold_together(grids[index], grids[other]):
                continue
            if drawn.intersection(shapes[other]).area > OVERLAP:
                yield grids[index], "polygon", f"lies over that of {grids[other]['code']}; move the border"


def hold_together(one: Row, other: Row) -> bool:
    """Whether there is a day on which both areas hold; one that came out of the other may have its polygon."""
    first = max(one["valid_from"] or date.min, other["valid_from"] or date.min)
    return bool(first <= min(one["valid_until"] or date.max, other["valid_until"] or date.max))


def check_near_grid(rows: list[Row], known: Known) -> Iterable[tuple[Row, str, str]]:
    """What stands in a grid lies in it, or so near that the border may be drawn too coarsely."""
    grids: dict[str, BaseGeometry | None] = {}
    for row in rows:
        code, point = row["grid_code"], Point(row["lng"], row["lat"])
        if code not in grids:
            area = known.values("areas.csv", code)
            grids[code] = shape(area["polygon"]) if area and area["polygon"] else None
        drawn = grids[code]
        if drawn is None or drawn.contains(point):
            continue
        nearest = nearest_points(drawn, point)[0]
        away = distance_m((nearest.x, nearest.y), (point.x, point.y))
        if away > FAR_M:
            yield row, "lng", f"stands {away / 1000:.0f} km away from its grid {code}; look at lng and lat"


def end_areas(rows: list[Area]) -> None:
    """An area that has gone ends; its code stays taken and what happened in it keeps its place."""
    yesterday = timezone.localdate() - timedelta(days=1)
    for row in rows:
        row.valid_until = yesterday
        row.save(update_fields=["valid_until"])


def remove_components(rows: list[Component]) -> None:
    for row in rows:
        row.state = "removed"
        row.save(update_fields=["state"])


NAMES = (
    Column("name_zh", "Name in Chinese.", text(60), required=True),
    Column("name_en", "Name in English.", text(80)),
)
AREAS = Table(
    name="areas.csv",
    model=Area,
    meaning="The tree of areas; polygons lie in areas.geojson, each feature with the area's `code`.",
    key=("code",),
    title="name_zh",
    snapshot="areas",
    read_file=read_areas,
    check_row=check_area,
    check_all=check_overlaps,
    retire=end_areas,
    retired="ended yesterday",
    resting=Q(valid_until__isnull=False),
    columns=(
        Column("code", "Its path: district 6 digits, then 3 for each level, 2 for a micro-grid.", text(17), required=True),
        Column("level", "district, street, community, grid or micro_grid.", one_of(*CODE_LENGTHS), required=True),
        Column("parent_code", "Code of the area around it; empty for the district.", text(17), refers="areas.csv"),
        *NAMES,
        Column("area_class", "A core, B ordinary, C outer: chooses the limit.", one_of("A", "B", "C", default="B")),
        Column("households", "Households that live in it.", integer()),
        Column("valid_from", "First day.", day),
        Column("valid_until", "Last day; empty while it holds.", day),
        Column("predecessor_code", "Code of the area it came out of.", text(17)),
        Column("polygon", "Its polygon, read from areas.geojson.", read_geometry("Polygon", "MultiPolygon")),
    ),
)  # fmt: skip
SKETCH = Table(
    name="map.geojson",
    model=SketchFeature,
    meaning="The town as it is drawn without map tiles: rivers, roads, parks, estates, buildings.",
    key=("kind", "name_zh", "number", "geometry"),
    is_ordered=True,  # drawn in this order
    snapshot="areas",
    columns=(
        Column("kind", "river, lake, park, road_main, road_minor, estate, building …", text(16), required=True),
        Column("name_zh", "Name in Chinese.", text(60)),
        Column("name_en", "Name in English.", text(80)),
        Column("number", "Number of a building.", text(12)),
        Column(
            "geometry",
            "GeoJSON geometry, WGS-84.",
            read_geometry("Polygon", "MultiPolygon", "LineString", "MultiLineString", "Point"),
            required=True,
        ),
    ),
    read_file=read_features,
)
BUILDINGS = Table(
    name="buildings.csv",
    model=Building,
    meaning="Numbered buildings with their address and households.",
    key=("code",),
    title="address_zh",
    check_all=check_near_grid,
    columns=(
        Column("code", "The building's own code: its community's code and 5 digits.", text(24), required=True),
        Column("estate_zh", "Estate in Chinese.", text(60)),
        Column("estate_en", "Estate in English.", text(80)),
        Column("number", "Number of the building.", text(12)),
        Column("grid_code", "Grid in which it stands.", text(17), required=True, refers="areas.csv"),
        Column("lng", "Longitude, WGS-84.", LNG, required=True),
        Column("lat", "Latitude, WGS-84.", LAT, required=True),
        Column("floors", "Floors.", integer(0, 200)),
        Column("households", "Households.", integer()),
        Column("address_zh", "Address in Chinese.", text(120), required=True),
        Column("address_en", "Address in English.", text(160)),
    ),
)
COMPONENTS = Table(
    name="components.csv",
    model=Component,
    meaning="City components (部件): lamps, covers, bins, with who owns them and who answers for them.",
    key=("code",),
    title="name_zh",
    check_all=check_near_grid,
    retire=remove_components,
    retired="marked as removed",
    resting=Q(state="removed"),
    revive={"state": "intact"},
    columns=(
        Column("code", "16 digits: district 6, class 2, kind 2, number 6.", text(16), required=True),
        Column("category_code", "Category of the catalogue.", text(8), required=True, refers="categories.csv"),
        *NAMES,
        Column("lng", "Longitude, WGS-84.", LNG, required=True),
        Column("lat", "Latitude, WGS-84.", LAT, required=True),
        Column("grid_code", "Grid in which it stands.", text(17), required=True, refers="areas.csv"),
        Column("organization_code", "Body that owns it.", text(40), refers="organizations.csv"),
        Column("responsible_username", "Account of the person who answers for it.", text(60), refers="accounts.csv"),
    ),
)
register(AREAS, SKETCH, BUILDINGS, COMPONENTS)
