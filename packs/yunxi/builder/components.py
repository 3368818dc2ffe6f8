"""City components: every lamp, cover, bin and hydrant of the street, with the unit and the person who answer for it."""

import csv
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shapely import STRtree
from shapely.geometry import LineString, Point

from builder.areas import DISTRICT, STREET, Grid
from builder.geometry import XY, to_lnglat
from builder.things import Road, Town

HEADER = "code category_code name_zh name_en lng lat grid_code organization_code responsible_username"


@dataclass(frozen=True)
class Series:
    """Components along roads: every so many metres, so far from the middle, on one side or on both in turn."""

    category: str
    kind: str
    spacing: float
    offset: float
    is_alternating: bool = True


ALONG_ROADS = (
    Series("C0137", "road_main", 102, 14),
    Series("C0137", "road_minor", 165, 7),
    Series("C0305", "road_main", 240, 15),
    Series("C0103", "road_main", 250, 9),
    Series("C0104", "road_main", 310, 11),
    Series("C0102", "road_minor", 200, 3),
    Series("C0107", "road_minor", 330, 6, False),
    Series("C0105", "road_main", 520, 12, False),
    Series("C0101", "road_minor", 420, 5, False),
    Series("C0113", "road_main", 420, 15),
    Series("C0204", "road_main", 640, 16),
    Series("C0212", "road_main", 700, 16),
    Series("C0210", "road_main", 560, 15),
    Series("C0402", "road_main", 300, 13),
    Series("C0217", "road_main", 900, 7, False),
)
IN_ESTATES = ("C0398", "C0146", "C0154", "C0512")
IN_PARKS = ("C0407", "C0139", "C0405", "C0306")

Found = tuple[str, str, str, Point]


def along_roads(roads: list[Road]) -> Iterator[Found]:
    """Category, place names and point of everything that lines the named roads."""
    for series in ALONG_ROADS:
        for road in roads:
            if road.kind != series.kind or not road.name_zh:
                continue
            for number in range(int(road.line.length / series.spacing)):
                side = -1 if series.is_alternating and number % 2 else 1
                at = (number + 0.5) * series.spacing
                point = beside(road.line, at, side * series.offset)
                yield series.category, road.name_zh, road.name_en, point


def beside(line: LineString, at: float, offset: float) -> Point:
    """The point that far along a line and that far to its left."""
    (x1, y1), (x2, y2) = line.interpolate(max(at - 2, 0)).coords[0], line.interpolate(at + 2).coords[0]
    length = math.dist((x1, y1), (x2, y2))
    x, y = line.interpolate(at).coords[0]
    return Point(x - (y2 - y1) / length * offset, y + (x2 - x1) / length * offset)


def at_crossings(roads: list[Road]) -> Iterator[Found]:
    """Two traffic lights where two main roads of the street meet."""
    mains = [road for road in roads if road.kind == "road_main"]
    for index, first in enumerate(mains):
        for second in mains[index + 1 :]:
            meeting = first.line.intersection(second.line)
            if meeting.geom_type == "Point":
                names = f"{first.name_zh}与{second.name_zh}路口", f"{first.name_en} and {second.name_en}"
                for dx, dy in ((17, 17), (-17, -17)):
                    yield "C0203", *names, Point(meeting.x + dx, meeting.y + dy)


def in_places(town: Town, chance: random.Random) -> Iterator[Found]:
    """What stands inside estates, parks, schools and squares."""
    for place in town.places:
        if not place.grid or not place.name_zh:
            continue
        inner = place.shape.buffer(-6)
        wanted: tuple[str, ...] = ()
        if place.kind == "estate":
            wanted = IN_ESTATES
        elif place.kind == "park":
            wanted = (*IN_PARKS, "C0301") if place.shape.area > 9000 else IN_PARKS[:3]
        elif place.kind == "station":
            wanted, inner = ("C0308",), place.shape.buffer(8)
        elif place.kind in ("market", "hospital"):
            wanted = ("C0201", "C0301", "C0123")
        for category in wanted:
            yield category, place.name_zh, place.name_en, scatter(inner, chance)


def scatter(shape: object, chance: random.Random) -> Point:
    """A chance point inside a shape."""
    west, south, east, north = shape.bounds  # type: ignore[attr-defined]
    while True:
        point = Point(chance.uniform(west, east), chance.uniform(south, north))
        if shape.contains(point):  # type: ignore[attr-defined]
            return point


def lifts(town: Town) -> Iterator[Found]:
    """A lift in every fourth tower."""
    for building in town.buildings:
        if building.style == "H" and building.number % 4 == 1:
            names = f"{building.name_zh}{building.number}幢", f"{building.name_en} {building.number}"
            yield "C0509", *names, building.shape.centroid


def component_rows(
    town: Town, grids: list[Grid], workers: dict[str, str], organizations: dict[str, str], chance: random.Random
) -> list[tuple[str, ...]]:
    """Rows of components.csv: numbered by category, each in the grid it stands in."""
    categories = read_categories()
    tree, serial, local = STRtree([grid.shape for grid in grids]), Counter[str](), Counter[tuple[str, str]]()
    found = [*along_roads(town.roads), *at_crossings(town.roads), *in_places(town, chance), *lifts(town)]
    rows = []
    for category, zh, en, point in found:
        lng, lat = position = to_lnglat(point.x, point.y)
        grid = grid_at(tree, grids, position)
        if grid is None:
            continue
        serial[category] += 1
        local[zh, category] += 1
        number = local[zh, category]
        name_zh, name_en, unit = categories[category]
        area = next(grid.code[:length] for length in (15, 12) if grid.code[:length] in workers)
        rows.append(
            (f"{DISTRICT}{category[1:]}{serial[category]:06d}", category)
            + (f"{zh}{name_zh}{number:02d}号", f"{name_en} {number:02d}, {en}", f"{lng:.6f}", f"{lat:.6f}")
            + (grid.code, organizations[unit], workers[area])
        )
    return sorted(rows)


def grid_at(tree: STRtree, grids: list[Grid], position: XY) -> Grid | None:
    """The grid a point lies in, or none outside the street."""
    for index in tree.query(Point(position), predicate="within"):
        return grids[int(index)]
    return None


def read_categories() -> dict[str, tuple[str, str, str]]:
    """Names and unit of every category of the default catalogue."""
    path = Path(__file__).parents[2] / "china" / "categories.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["name_zh"], row["name_en"], row["unit_code"]) for row in csv.DictReader(file)}


def units_of_street(rows: list[tuple[str, ...]]) -> dict[str, str]:
    """Which organisation fulfils which unit in the street: unit code → organisation code."""
    return {row[4]: row[0] for row in rows if row[4] and row[5] in (DISTRICT, STREET)}
