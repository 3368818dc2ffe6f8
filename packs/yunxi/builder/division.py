"""The grids of each community, drawn by `linli.methods.grids.divide` over the buildings that stand in the plan's blocks.

The ground of a building is what lies nearest to it between the same roads, so borders of grids follow the roads where they can
and run between the houses elsewhere. The division is kept in `division.csv` (building, grid): building the pack again gives the
same files on any machine; `python packs/yunxi/build.py --divide` draws it anew.
"""

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from shapely import line_merge, unary_union
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

from builder.areas import Grid
from builder.geometry import PRECISION, beyond, largest, project, unproject
from builder.network import Key
from builder.things import Building, Town
from linli.methods import adjacency, grids

KEPT = Path(__file__).parent / "division.csv"
OLD_LANES, OLD_COUNTS = "L", 1.25  # a home in the old lanes is more work, so grids are smaller there
SMOOTH_M = 3.0
TOUCHES_M = 0.5
SPECK = 5e-9  # square degrees, some fifty square metres
BESIDE = ((0, 1), (0, 2))  # the faces of the other streets
Parts = dict[str, BaseGeometry]  # grid code → its part of a block


def draw_division(town: Town, plan_grids: list[Grid]) -> dict[str, str]:
    """Divide every community anew; answers building code → grid code and keeps it in the file."""
    divided: dict[str, str] = {}
    roads = [adjacency.Barrier(road.line, "weak") for road in town.roads if road.name_zh]
    for community in sorted({grid.community for grid in plan_grids}):
        faces = [grid for grid in plan_grids if grid.community == community]
        buildings = [item for item in town.buildings if item.grid[:12] == community]
        estates = sorted({item.name_zh for item in buildings})
        graph = adjacency.build(
            [ground_of[0] for ground_of in grounds_of(faces, buildings)],
            weight=[item.households * (OLD_COUNTS if item.style == OLD_LANES else 1) for item in buildings],
            households=[item.households for item in buildings],
            estate=[estates.index(item.name_zh) for item in buildings],
            barriers=roads,
            connect=True,
        )
        labels = grids.divide(graph, len(faces), mode="estates")
        codes = nearest_codes(faces, buildings, labels)
        divided |= {item.code: codes[label] for item, label in zip(buildings, labels, strict=True)}
        print(community, *grids.report(graph, labels).lines()[:4], sep="\n  ")
    with KEPT.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("building", "grid"), *sorted(divided.items())])
    return divided


def read_division() -> dict[str, str]:
    """Building code → grid code as it was drawn last."""
    with KEPT.open(encoding="utf-8", newline="") as file:
        return {row["building"]: row["grid"] for row in csv.DictReader(file)}


def nearest_codes(faces: list[Grid], buildings: list[Building], labels: np.ndarray) -> list[str]:
    """The codes of the plan for new grids, so that as many buildings as possible keep theirs."""
    same = np.zeros((len(faces), len(faces)))
    place = {grid.code: number for number, grid in enumerate(faces)}
    for item, label in zip(buildings, labels, strict=True):
        same[label, place[item.grid]] += 1 + item.households
    return [faces[number].code for number in linear_sum_assignment(-same)[1]]


def grounds_of(faces: Sequence[Grid], buildings: Sequence[Building]) -> list[tuple[Polygon, str]]:
    """The ground of each building inside its block of the plan, with that block's code."""
    found: dict[int, tuple[Polygon, str]] = {}
    for face in faces:
        inside = [index for index, item in enumerate(buildings) if item.grid == face.code]
        shapes = adjacency.grounds([buildings[index].shape for index in inside], face.ground)
        found |= {index: (largest(shape), face.code) for index, shape in zip(inside, shapes, strict=True)}
    return [found[index] for index in range(len(buildings))]


def redraw_grids(
    town: Town, blocks: list[Grid], faces: dict[Key, list[Polygon]], division: dict[str, str]
) -> tuple[list[Grid], dict[Key, list[Polygon]]]:
    """Give the grids of the plan their new ground and every building its grid.

    The faces beside the street come back with the corners that new borders make on their edges.
    """
    pieces: dict[str, dict[str, list[Polygon]]] = defaultdict(lambda: defaultdict(list))
    for item, (ground, block) in zip(town.buildings, grounds_of(blocks, town.buildings), strict=True):
        pieces[block][division[item.code]].append(ground)
    whole = {block: {code: unary_union(parts) for code, parts in found.items()} for block, found in pieces.items()}
    beside = {f"{row},{column} {number}": shape for row, column in BESIDE for number, shape in enumerate(faces[row, column])}
    shapes = parts_of(blocks, whole, beside)
    for item in town.buildings:
        item.grid = division[item.code]
    redrawn = [replace(grid, shape=shapes[grid.code], ground=unproject(shapes[grid.code])) for grid in blocks]
    again = {key: [shapes[name] for name in beside if name.startswith(f"{key[0]},{key[1]} ")] for key in BESIDE}
    return redrawn, faces | again


def parts_of(blocks: list[Grid], whole: dict[str, Parts], beside: dict[str, Polygon]) -> dict[str, Polygon]:
    """Cut the sheet along all borders at once, so that neighbours share every corner; the ground of each name in degrees."""
    lines = [shape.exterior for shape in (*(block.shape for block in blocks), *beside.values())]
    cuts = [project(cut) for block in blocks for cut in cuts_of(block, list(whole[block.code].values()))]
    found: dict[str, list[Polygon]] = defaultdict(list)
    slivers = []
    for part in polygonize(unary_union([*lines, *cuts], grid_size=PRECISION)):
        if part.area < SPECK:
            slivers.append(part)
        else:
            found[owner_of(part, blocks, whole, beside)].append(part)
    for sliver in slivers:
        name = max(found, key=lambda name: sum(part.intersection(sliver).length for part in found[name]))
        found[name].append(sliver)
    return {name: unary_union(parts) for name, parts in found.items()}


def cuts_of(face: Grid, parts: list[BaseGeometry]) -> list[LineString]:
    """The lines along which parts of a block meet, a little longer where they end at its border."""
    cuts = []
    for index, first in enumerate(parts):
        for second in parts[:index]:
            shared = first.intersection(second)
            lines = [line for line in getattr(shared, "geoms", [shared]) if isinstance(line, LineString)]
            merged = line_merge(unary_union(lines)) if lines else LineString()
            for line in getattr(merged, "geoms", [merged]):
                if line.length > TOUCHES_M:
                    cuts.append(reaching(line.simplify(SMOOTH_M), face.ground))
    return cuts


def reaching(line: LineString, block: Polygon) -> LineString:
    """The line, drawn out where its end lies at the border of the block."""
    points = list(line.coords)
    first, last = (block.exterior.distance(Point(points[end])) < TOUCHES_M for end in (0, -1))
    return LineString(
        [
            *([beyond(points[1], points[0])] if first else []),
            *points,
            *([beyond(points[-2], points[-1])] if last else []),
        ]
    )


def owner_of(part: Polygon, blocks: list[Grid], whole: dict[str, Parts], beside: dict[str, Polygon]) -> str:
    """Whose ground a part is: the code of a grid, or the name of a face beside the street."""
    point = part.representative_point()
    for name, shape in beside.items():
        if shape.contains(point):
            return name
    block = min(blocks, key=lambda grid: grid.shape.distance(point))
    parts, here = whole[block.code], unproject(point)
    return min(parts, key=lambda code: parts[code].distance(here))
