"""Who borders on whom: buildings or plots, an outline and barriers become the `Graph` that `grids.divide` divides.

Problem: buildings stand apart, but "neighbours" and "compact" need cells that tile the ground. Principle: every place belongs to
the building nearest to it (Voronoi cells), cut off at the outline of the area. Two units are neighbours along the boundary their
cells share, unless a river or railway runs between them; a bridge opens it again. A large road only makes the tie weak.

An outline of a building or plot stands for many points along its edge, whose cells are put together, so plots that touch and
buildings that do not are treated alike. Points at the same place are moved apart by a hand's breadth, so that each has a cell.

Sizes: n units, g ≥ n points. Time O(g log g), about 3 s for 50,000 points; memory O(g).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

from linli.methods.errors import BadInput
from linli.methods.grids_graph import Floats, Graph, Integers, sums

SAME_ESTATE, SAME_SIDE, ACROSS = 8.0, 3.0, 1.0  # affinity: one estate, no large road between, across a road or bridge
APART_M = 0.1  # points at one place are put on a circle of this radius
TOUCH_M, TOUCH_SHARE = 0.5, 0.05  # shorter common boundaries are corners: metres, and share of the usual spacing, the smaller
BRIDGE_M = 60.0  # a bridge serves the pairs that cross this near to it
EDGE_STEP = 6.0  # metres between the points that stand for an outline


@dataclass(frozen=True)
class Barrier:
    """Something that divides neighbours: "cut" (river, railway, motorway) parts them, "weak" (a large road) loosens the tie."""

    shape: shapely.Geometry
    kind: Literal["cut", "weak"] = "cut"


@dataclass(frozen=True)
class _Edges:
    """Pairs of units, each once."""

    low: Integers
    high: Integers
    boundary: Floats
    affinity: Floats


def build(
    units: ArrayLike | Sequence[shapely.Geometry],
    *,
    weight: ArrayLike | None = None,
    households: ArrayLike | None = None,
    estate: ArrayLike | None = None,
    outline: shapely.Geometry | None = None,
    barriers: Sequence[Barrier] = (),
    bridges: Sequence[shapely.Geometry] = (),
    connect: bool = False,
) -> Graph:
    """The graph of n units: points (n, 2) in metres, or shapes (points or polygons).

    `outline`: polygon of the area; without one, the hull of the units and some ground around it. `bridges`: points or lines.
    `weight` is 1 for each unit if not given. `connect` joins parts without connection by the shortest link (boundary 0).
    Raises BadInput for coordinates that are no numbers, empty shapes, units outside the outline, and arrays of another length.
    """
    points, owner, count = _generators(units)
    weight = np.ones(count) if weight is None else weight
    if count == 0:
        return Graph([0], [], weight)  # type: ignore[arg-type]
    points = _apart(points)
    ground = _ground(points, outline)
    cells, ridge, length = _cells(points, ground)
    area, around = shapely.area(cells), shapely.length(cells)
    middle = np.column_stack([np.bincount(owner, points[:, axis], count) for axis in (0, 1)]) / np.bincount(owner)[:, None]
    touches = min(TOUCH_M, TOUCH_SHARE * _spacing(points))
    if len(points) > count:  # an outline stands for several points, whose cells meet at corners only roughly
        touches = min(EDGE_STEP, 0.3 * float(np.sqrt(area.sum() / count)))
    edges = _edges(points, owner, count, ridge, length, touches, estate, barriers, bridges)
    if connect:
        edges = _connected(edges, middle)
    inner = owner[ridge[:, 0]] == owner[ridge[:, 1]]
    perimeter = sums(owner, around, count) - 2 * sums(owner[ridge[inner, 0]], length[inner], count)
    return _graph(edges, count, weight, households, estate, middle, sums(owner, area, count), perimeter)


def grounds(units: ArrayLike | Sequence[shapely.Geometry], outline: shapely.Geometry | None = None) -> list[shapely.Geometry]:
    """The ground of each unit: the places of the outline that are nearest to it. They tile the outline; units as in `build`."""
    points, owner, count = _generators(units)
    if count == 0:
        return []
    points = _apart(points)
    cells, _ridge, _length = _cells(points, _ground(points, outline))
    if len(points) == count:
        return list(cells)
    return [shapely.union_all(cells[owner == unit]) for unit in range(count)]


def _generators(units: ArrayLike | Sequence[shapely.Geometry]) -> tuple[Floats, Integers, int]:
    """Points, the unit each stands for, and the number of units."""
    found = np.asarray(units)
    if found.size == 0:
        return np.zeros((0, 2)), np.zeros(0, np.int64), 0
    if found.dtype != object:
        points = found.astype(np.float64)
        if points.ndim != 2 or points.shape[1] != 2:
            raise BadInput("units", f"must be points of two coordinates, not an array of shape {points.shape}")
        if not np.isfinite(points).all():
            raise BadInput("units", f"unit {int(np.argmin(np.isfinite(points).all(1)))} has a coordinate that is no number")
        return points, np.arange(len(points)), len(points)
    each = [_points_of(shape, index) for index, shape in enumerate(found)]
    owner = np.repeat(np.arange(len(each)), [len(points) for points in each])
    return np.concatenate(each), owner, len(each)


def _points_of(shape: object, index: int) -> Floats:
    """Points that stand for a unit's shape: itself, or points along its edge, drawn in a little so that plots do not overlap."""
    if not isinstance(shape, shapely.Geometry) or shape.is_empty or not np.isfinite(shapely.bounds(shape)).all():
        raise BadInput("units", f"unit {index} is no point or polygon")
    if shape.area == 0:
        return shapely.get_coordinates(shape.centroid)  # type: ignore[no-any-return]
    drawn_in = shape.buffer(-0.1 * float(np.sqrt(shape.area)))
    edge = (shape if drawn_in.is_empty else drawn_in).boundary
    steps = max(4, int(edge.length / EDGE_STEP))
    places = shapely.line_interpolate_point(_one_line(edge), np.arange(steps) / steps, normalized=True)
    return shapely.get_coordinates(places)  # type: ignore[no-any-return]


def _one_line(edge: shapely.Geometry) -> shapely.Geometry:
    """The longest ring of a boundary."""
    return max(getattr(edge, "geoms", [edge]), key=lambda line: line.length)


def _apart(points: Floats) -> Floats:
    """Points at the same place go onto a small circle around it."""
    _place, first, group, number = np.unique(
        np.round(points, 2), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    group = group.ravel()
    if len(first) == len(points):
        return points
    order = np.argsort(group, kind="stable")
    starts = np.concatenate([[0], np.cumsum(number)[:-1]])
    turn = np.empty(len(points))
    turn[order] = (np.arange(len(points)) - starts[group[order]]) / number[group[order]]
    ring = APART_M * np.column_stack([np.cos(2 * np.pi * turn + 0.5), np.sin(2 * np.pi * turn + 0.5)])
    shared = number[group] > 1
    radius = np.maximum(1.0, number[group] / 6)[:, None]  # many at one place need a larger circle
    return np.where(shared[:, None], points[first][group] + radius * ring, points)


def _spacing(points: Floats) -> float:
    """The usual distance of a point to the next one; 20 m if there is only one."""
    if len(points) < 2:
        return 20.0
    return max(float(np.median(cKDTree(points).query(points, k=2)[0][:, 1])), 2 * APART_M)


def _ground(points: Floats, outline: shapely.Geometry | None) -> shapely.Geometry:
    """The area whose ground is shared out."""
    if outline is None:
        return shapely.MultiPoint(points).convex_hull.buffer(_spacing(points))
    if not isinstance(outline, shapely.Geometry) or outline.area <= 0:
        raise BadInput("outline", "must be a polygon with ground in it")
    ground = outline if outline.is_valid else shapely.make_valid(outline)
    shapely.prepare(ground)
    outside = ~shapely.intersects_xy(ground, points[:, 0], points[:, 1])
    if outside.any():
        far = shapely.distance(shapely.points(points[outside]), ground)
        if far.max() > 1.0:
            first = points[outside][int(np.argmax(far))]
            message = f"{int((far > 1).sum())} lie outside the outline, one {far.max():.0f} m away, at {first.round(1).tolist()}"
            raise BadInput("units", message)
        ground = ground.union(shapely.MultiPoint(points[outside]).buffer(2.0))
    return ground


def _cells(points: Floats, ground: shapely.Geometry) -> tuple[NDArray[np.object_], Integers, Floats]:
    """Voronoi cells cut to the ground, pairs of points that share a ridge, and its length."""
    low, high = points.min(0), points.max(0)
    low, high = np.minimum(low, ground.bounds[:2]), np.maximum(high, ground.bounds[2:])
    middle, reach = (low + high) / 2, 4 * float(np.max(high - low)) + 10
    turns = np.arange(8) * np.pi / 4 + 0.1
    ghosts = middle + reach * np.column_stack([np.cos(turns), np.sin(turns)])
    centred = np.concatenate([points, ghosts]) - middle
    diagram = Voronoi(centred)
    corners = diagram.vertices + middle
    ridge = np.asarray(diagram.ridge_points)
    ends = np.asarray([ends if len(ends) == 2 else (-1, -1) for ends in diagram.ridge_vertices])
    real = (ridge < len(points)).any(1) & (ends >= 0).all(1)
    ridge, ends = ridge[real], ends[real]
    cells = _polygons(points, ridge, corners[ends], len(points))
    shapely.prepare(ground)
    inside = shapely.contains_properly(ground, cells)
    cells[~inside] = shapely.intersection(cells[~inside], ground)
    both = (ridge < len(points)).all(1)
    ridge, ends = ridge[both], ends[both]
    length = np.hypot(*(corners[ends[:, 0]] - corners[ends[:, 1]]).T)
    partly = ~(inside[ridge[:, 0]] | inside[ridge[:, 1]])
    length[partly] = shapely.length(shapely.intersection(shapely.linestrings(corners[ends[partly]]), ground))
    keep = length > 0
    return cells, ridge[keep], length[keep]


def _polygons(points: Floats, ridge: Integers, lines: Floats, count: int) -> NDArray[np.object_]:
    """Convex cells from the ridges around each point: corners in the order of their direction from the point."""
    cell = np.repeat(ridge.ravel(), 2)
    corner = np.repeat(lines, 2, axis=0).reshape(-1, 2)
    mine = cell < count
    cell, corner = cell[mine], corner[mine]
    seen_from = corner - points[cell]
    order = np.lexsort((np.arctan2(seen_from[:, 1], seen_from[:, 0]), cell))
    cell, corner = cell[order], corner[order]
    cells = np.full(count, shapely.Polygon(), dtype=object)
    owners, size = np.unique(cell, return_counts=True)
    enough = np.repeat(size >= 3, size)
    numbers = np.repeat(np.arange((size >= 3).sum()), size[size >= 3])
    cells[owners[size >= 3]] = shapely.polygons(shapely.linearrings(corner[enough], indices=numbers))
    return cells


def _edges(
    points: Floats,
    owner: Integers,
    count: int,
    ridge: Integers,
    length: Floats,
    touches: float,
    estate: ArrayLike | None,
    barriers: Sequence[Barrier],
    bridges: Sequence[shapely.Geometry],
) -> _Edges:
    """Ridges between different units that no barrier closes, summed up for each pair."""
    ridge, length = ridge[owner[ridge[:, 0]] != owner[ridge[:, 1]]], length[owner[ridge[:, 0]] != owner[ridge[:, 1]]]
    lines = shapely.linestrings(points[ridge])
    closed = _crosses(lines, [barrier.shape for barrier in barriers if barrier.kind == "cut"])
    opened = _served(lines, closed, bridges)
    weak = _crosses(lines, [barrier.shape for barrier in barriers if barrier.kind == "weak"]) | opened
    kept = ~closed | opened
    ridge, weak, length = ridge[kept], weak[kept], np.where(opened, 0.0, length)[kept]
    pair = np.sort(owner[ridge], axis=1)
    code, group = np.unique(pair[:, 0] * count + pair[:, 1], return_inverse=True)
    boundary = np.bincount(group, length, len(code))
    is_bridge = np.bincount(group, opened[kept], len(code)) > 0
    strong = np.bincount(group, ~weak, len(code)) > 0
    low, high = code // max(count, 1), code % max(count, 1)
    affinity = np.where(strong, SAME_SIDE, ACROSS)
    if estate is not None:
        of = np.asarray(estate)
        if of.shape != (count,):
            raise BadInput("estate", f"has {of.size} values where {count} are needed")
        affinity[(of[low] == of[high]) & (of[low] >= 0) & ~is_bridge] = SAME_ESTATE
    longest = np.zeros(count)
    for ends in (low, high):
        np.maximum.at(longest, ends, boundary)
    only = (boundary >= longest[low]) | (boundary >= longest[high])  # nobody loses the last neighbour to this
    real = (boundary > touches) | is_bridge | only
    return _Edges(low[real], high[real], boundary[real], affinity[real])


def _crosses(lines: NDArray[np.object_], shapes: Sequence[shapely.Geometry]) -> NDArray[np.bool_]:
    """Which lines meet any of the shapes."""
    hit = np.zeros(len(lines), bool)
    if len(lines) and len(shapes):
        hit[shapely.STRtree(lines).query(np.array(shapes, dtype=object), predicate="intersects")[1]] = True
    return hit


def _served(lines: NDArray[np.object_], closed: NDArray[np.bool_], bridges: Sequence[shapely.Geometry]) -> NDArray[np.bool_]:
    """Which of the closed pairs a bridge opens: those that cross near it, at least the nearest."""
    opened = np.zeros(len(lines), bool)
    index = np.flatnonzero(closed)
    if len(index):
        for bridge in bridges:
            far = shapely.distance(lines[index], bridge)
            opened[index[far <= max(BRIDGE_M / 2, float(far.min()))]] = True
    return opened


def _connected(edges: _Edges, middle: Floats) -> _Edges:
    """Join the parts, smallest first, each by the shortest link between two units."""
    count = len(middle)
    low, high, boundary, affinity = edges.low, edges.high, edges.boundary, edges.affinity
    while True:
        linked = coo_matrix((np.ones(len(low)), (low, high)), shape=(count, count))
        number, part = connected_components(linked, directed=False)
        if number == 1:
            return _Edges(low, high, boundary, affinity)
        small = part == int(np.argmin(np.bincount(part)))
        inner, outer = np.flatnonzero(small), np.flatnonzero(~small)
        far, nearest = cKDTree(middle[outer]).query(middle[inner])
        here = int(np.argmin(far))
        ends = sorted((int(inner[here]), int(outer[nearest[here]])))
        low, high = np.append(low, ends[0]), np.append(high, ends[1])
        boundary, affinity = np.append(boundary, 0.0), np.append(affinity, ACROSS)


def _graph(
    edges: _Edges,
    count: int,
    weight: ArrayLike,
    households: ArrayLike | None,
    estate: ArrayLike | None,
    middle: Floats,
    area: Floats,
    perimeter: Floats,
) -> Graph:
    """Both directions of every pair, in rows."""
    source, other = np.concatenate([edges.low, edges.high]), np.concatenate([edges.high, edges.low])
    order = np.lexsort((other, source))
    twice = np.arange(len(order)) % max(len(edges.low), 1)
    return Graph(
        indptr=np.concatenate([[0], np.cumsum(np.bincount(source, minlength=count))]),
        indices=other[order],
        weight=weight,  # type: ignore[arg-type]
        households=households,  # type: ignore[arg-type]
        x=middle[:, 0],
        y=middle[:, 1],
        boundary=edges.boundary[twice[order]],
        affinity=edges.affinity[twice[order]],
        area=area,
        perimeter=np.maximum(perimeter, 0.0),
        estate=estate,  # type: ignore[arg-type]
    )
