"""Draw the grids of a street or district, or tell how good a division is: buildings in, grids and figures out.

The buildings are a CSV file with a code, coordinates (lng and lat, or x and y in metres) and households; a column weight says
how much work a building is (households if there is none), a column estate what belongs together. The map is a GeoJSON file
whose features have a kind: river and railway part neighbours, road_main loosens the tie, bridge joins again.

  linli grids divide buildings.csv --grids 50 --map map.geojson --out grids.csv
  linli grids report buildings.csv --grid grid_code
"""

from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from linli.methods import adjacency, grids
from linli.methods.commands import files
from linli.methods.errors import BadInput
from linli.methods.grids_graph import Floats, Integers
from linli.methods.running import bar

MANY = 1_000  # buildings whose division takes long enough to show a bar
METRES_PER_DEGREE = 111_195.0
KINDS = {"river": "cut", "railway": "cut", "cut": "cut", "road_main": "weak", "weak": "weak"}
Row = dict[str, str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Verbs divide and report."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    divide = verbs.add_parser("divide", help="draw grids")
    report = verbs.add_parser("report", help="figures of a division")
    for verb in (divide, report):
        verb.add_argument("buildings", help="CSV file of the buildings")
        verb.add_argument("--map", help="GeoJSON file with rivers, railways, main roads and bridges")
        verb.add_argument("--outline", help="GeoJSON file with the polygon of the area")
        verb.add_argument("--estate", default="estate", metavar="COLUMN", help="column of the estate (default: estate)")
    divide.add_argument("--grids", type=int, required=True, metavar="N", help="how many grids")
    divide.add_argument("--mode", choices=["balanced", "flat", "estates"], default="balanced", help="what matters most")
    divide.add_argument("--previous", metavar="COLUMN", help="column of the grids so far: few homes change theirs")
    divide.add_argument("--seed", type=int, default=0, help="another number gives another of many good divisions")
    divide.add_argument("--out", required=True, metavar="FILE", help="CSV file to write: code, grid")
    report.add_argument("--grid", default="grid", metavar="COLUMN", help="column of the grid (default: grid)")


def run(options: argparse.Namespace) -> list[str]:
    """Divide or report."""
    rows = files.read_rows(options.buildings, needs=["code"])
    if not rows:
        raise BadInput(options.buildings, "has no rows")
    graph = read_graph(options, rows)
    if options.verb == "report":
        labels, _names = numbered(rows, options.grid, options.buildings)
        return grids.report(graph, labels).lines()
    previous, names = None, [str(number + 1) for number in range(options.grids)]
    if options.previous:
        previous, known = numbered(rows, options.previous, options.buildings, may_be_empty=True)
        if len(known) > options.grids:
            raise BadInput("--grids", f"is {options.grids}, but column {options.previous} names {len(known)} grids")
        names = known + [name for name in names if name not in known][: options.grids - len(known)]
    progress = bar("drawing grids") if len(rows) > MANY else None
    labels = grids.divide(graph, options.grids, mode=options.mode, previous=previous, seed=options.seed, progress=progress)
    files.write_rows(
        options.out, ["code", "grid"], [(row["code"], names[label]) for row, label in zip(rows, labels, strict=True)]
    )
    return [*grids.report(graph, labels, previous=previous).lines(), f"written: {options.out}"]


def read_graph(options: argparse.Namespace, rows: list[Row]) -> grids.Graph:
    """The graph of the buildings, with the barriers of the map."""
    path = options.buildings
    east, north = ("lng", "lat") if "lng" in rows[0] else ("x", "y")
    if east not in rows[0] or north not in rows[0]:
        raise BadInput(path, "has no columns lng and lat, nor x and y")
    points = np.column_stack([column(rows, east, path), column(rows, north, path)])
    households = column(rows, "households", path, default=1.0)
    weight = column(rows, "weight", path, default=None) if "weight" in rows[0] else households
    project = projection(points) if east == "lng" else np.asarray
    barriers, bridges = read_map(options.map, project) if options.map else ([], [])
    outline = read_outline(options.outline, project) if options.outline else None
    estate = None
    if options.estate in rows[0]:
        named = [row[options.estate] for row in rows]
        estate = np.where(np.array(named) == "", -1, np.unique(named, return_inverse=True)[1])
    return adjacency.build(
        project(points),
        weight=weight,
        households=households,
        estate=estate,
        outline=outline,
        barriers=barriers,
        bridges=bridges,
        connect=True,
    )


def column(rows: list[Row], name: str, path: str, default: float | None = None) -> Floats:
    """Numbers of a column; a missing cell is the default, if there is one."""
    return np.array([files.number(row, name, line, path=path, default=default) for line, row in enumerate(rows, start=2)])


def numbered(rows: list[Row], name: str, path: str, *, may_be_empty: bool = False) -> tuple[Integers, list[str]]:
    """Grids of a column as numbers from 0 in the order of their names; -1 for an empty cell."""
    if name not in rows[0]:
        raise BadInput(path, f"has no column {name}")
    found = [row[name].strip() for row in rows]
    if not may_be_empty and "" in found:
        raise BadInput(f"{path}, line {found.index('') + 2}", f"has no grid in column {name}")
    known = sorted(set(found) - {""})
    place = {grid: number for number, grid in enumerate(known)}
    return np.array([place.get(grid, -1) for grid in found]), known


def projection(points: Floats) -> Any:
    """Degrees to metres around the middle of the points; good to a metre within a city."""
    middle = points.mean(0)
    scale = METRES_PER_DEGREE * np.array([math.cos(math.radians(middle[1])), 1.0])

    def project(degrees: Floats) -> Floats:
        metres: Floats = (np.asarray(degrees)[:, :2] - middle) * scale
        return metres

    return project


def features(path: str) -> list[dict[str, Any]]:
    """Features of a GeoJSON file."""
    document = files.read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise BadInput(path, "is no GeoJSON collection of features")
    return list(document["features"])


def drawn(path: str, feature: dict[str, Any], project: Any) -> shapely.Geometry:
    """The shape of a feature in metres."""
    try:
        return shapely.transform(shape(feature["geometry"]), project)
    except (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError):
        raise BadInput(path, "has a feature without a shape") from None


def read_map(path: str, project: Any) -> tuple[list[adjacency.Barrier], list[shapely.Geometry]]:
    """Barriers and bridges of a map."""
    barriers, bridges = [], []
    for feature in features(path):
        kind = (feature.get("properties") or {}).get("kind", "")
        if kind in KINDS:
            barriers.append(adjacency.Barrier(drawn(path, feature, project), KINDS[kind]))  # type: ignore[arg-type]
        elif kind == "bridge":
            bridges.append(drawn(path, feature, project))
    return barriers, bridges


def read_outline(path: str, project: Any) -> shapely.Geometry:
    """All polygons of a file as one."""
    return shapely.union_all([drawn(path, feature, project) for feature in features(path)])
