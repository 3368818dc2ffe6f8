"""Plane geometry in metres for drawing a town, and its projection to longitude and latitude.

The town is drawn on a flat sheet: x east, y north, metres from the centre of the town. Only what is written to
files is projected, so that rotated rectangles stay rectangles while the plan is made.
"""

import math
from collections.abc import Sequence

import numpy as np
from shapely import set_precision, transform
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

CENTRE = (110.25, 30.65)
METRES_PER_LATITUDE = 110_860.0
METRES_PER_LONGITUDE = 111_320.0 * math.cos(math.radians(CENTRE[1]))
PRECISION = 1e-6
# The street does not lie square to the north; nothing in a real town does.
TILT = math.radians(6)

XY = tuple[float, float]


def to_lnglat(x: float, y: float) -> XY:
    """Turn metres on the sheet into WGS-84 degrees, six decimals."""
    east = x * math.cos(TILT) - y * math.sin(TILT)
    north = x * math.sin(TILT) + y * math.cos(TILT)
    return (
        round(CENTRE[0] + east / METRES_PER_LONGITUDE, 6),
        round(CENTRE[1] + north / METRES_PER_LATITUDE, 6),
    )


def project(shape: BaseGeometry) -> BaseGeometry:
    """Project a whole shape; every coordinate lies on the grid of six decimals."""
    return transform(shape, lambda points: np.array([to_lnglat(x, y) for x, y in points]))


def unproject(shape: BaseGeometry) -> BaseGeometry:
    """Bring a projected shape back to metres on the sheet, to build on it."""
    cos, sin = math.cos(TILT), math.sin(TILT)

    def each(points: np.ndarray) -> np.ndarray:
        east = (points[:, 0] - CENTRE[0]) * METRES_PER_LONGITUDE
        north = (points[:, 1] - CENTRE[1]) * METRES_PER_LATITUDE
        return np.column_stack([east * cos + north * sin, north * cos - east * sin])

    return transform(shape, each)


def snap(shape: BaseGeometry) -> BaseGeometry:
    """Node and round a projected shape so that everything that touches shares its vertices."""
    return set_precision(shape, PRECISION)


def smooth(points: Sequence[XY], step: float = 25.0) -> LineString:
    """Draw a soft curve through the points (Catmull-Rom), then drop vertices that bend by less than a metre."""
    control = np.array([points[0], *points, points[-1]], dtype=float)
    drawn: list[XY] = [points[0]]
    for before, start, end, after in zip(control, control[1:], control[2:], control[3:], strict=False):
        count = max(2, int(math.dist(start, end) / step))
        for t in np.linspace(0, 1, count + 1)[1:]:
            curve = (
                2 * start
                + (end - before) * t
                + (2 * before - 5 * start + 4 * end - after) * t**2
                + (3 * start - before - 3 * end + after) * t**3
            ) / 2
            drawn.append((float(curve[0]), float(curve[1])))
    return LineString(drawn).simplify(1.0)


def between(line: LineString, start: Point, end: Point) -> LineString:
    """Cut the piece of a line that runs from one point on it to another."""
    return substring(line, line.project(start), line.project(end))


def beyond(start: XY, end: XY, metres: float = 0.3) -> XY:
    """The point a little beyond the end of a segment."""
    length = math.dist(start, end)
    return (
        end[0] + (end[0] - start[0]) * metres / length,
        end[1] + (end[1] - start[1]) * metres / length,
    )


class Patch:
    """A four-sided block whose inside can be addressed by u (west to east) and v (south to north), both 0 to 1."""

    def __init__(self, south: LineString, north: LineString, west: LineString, east: LineString) -> None:
        self.south, self.north, self.west, self.east = south, north, west, east

    def outline(self) -> Polygon:
        """The block as a polygon."""
        ring = [*self.south.coords, *self.east.coords, *reversed(self.north.coords), *reversed(self.west.coords)]
        return Polygon(ring)

    def at(self, u: float, v: float) -> XY:
        """Blend the four sides (Coons patch): straight lines in u and v become roads that follow the borders."""

        def on(line: LineString, t: float) -> np.ndarray:
            return np.array(line.interpolate(t, normalized=True).coords[0])

        ruled_v = (1 - v) * on(self.south, u) + v * on(self.north, u)
        ruled_u = (1 - u) * on(self.west, v) + u * on(self.east, v)
        corners = (
            (1 - u) * (1 - v) * on(self.south, 0)
            + u * (1 - v) * on(self.south, 1)
            + (1 - u) * v * on(self.north, 0)
            + u * v * on(self.north, 1)
        )
        x, y = ruled_v + ruled_u - corners
        return float(x), float(y)

    def direction(self, u: float, v: float) -> float:
        """The angle, in radians, of the line of constant v at that place: the way the houses face."""
        (x1, y1), (x2, y2) = self.at(max(u - 0.1, 0), v), self.at(min(u + 0.1, 1), v)
        return math.atan2(y2 - y1, x2 - x1)

    def line(self, axis: str, at: float, start: float, end: float) -> LineString:
        """Draw the line u=at or v=at from start to end of the other coordinate, a little longer at both ends.

        The overhang keeps rounding from leaving a cut hanging short of the border it should meet.
        """
        steps = np.linspace(start, end, 13)
        points = [self.at(at, float(t)) if axis == "u" else self.at(float(t), at) for t in steps]
        return LineString([beyond(points[1], points[0]), *points[1:-1], beyond(points[-2], points[-1])]).simplify(0.8)


def rectangle(centre: XY, length: float, depth: float, angle: float) -> Polygon:
    """A rectangle of that length along the angle (radians) and that depth across it."""
    cos, sin = math.cos(angle), math.sin(angle)
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    return Polygon(
        [
            (
                centre[0] + a * length / 2 * cos - b * depth / 2 * sin,
                centre[1] + a * length / 2 * sin + b * depth / 2 * cos,
            )
            for a, b in corners
        ]
    )


def extent(shape: BaseGeometry, angle: float) -> tuple[float, float]:
    """How far a shape reaches along the angle: lowest and highest position."""
    cos, sin = math.cos(angle), math.sin(angle)
    along = [x * cos + y * sin for x, y in shape.convex_hull.exterior.coords]
    return min(along), max(along)


def halves(shape: Polygon, share: float, angle: float) -> tuple[Polygon, Polygon, LineString]:
    """Cut a shape square to the angle so that the first part, where the angle comes from, has that share.

    Returns both parts and the line of the cut, long enough to reach the roads around.
    """
    cos, sin = math.cos(angle), math.sin(angle)
    reach = 10_000.0

    def first(limit: float) -> BaseGeometry:
        centre = ((limit - reach / 2) * cos, (limit - reach / 2) * sin)
        return shape.intersection(rectangle(centre, reach, reach * 2, angle))

    start, end = extent(shape, angle)
    for _ in range(30):
        middle = (start + end) / 2
        if first(middle).area < share * shape.area:
            start = middle
        else:
            end = middle
    part = first(start)
    ray = LineString([(start * cos + t * sin, start * sin - t * cos) for t in (-reach, reach)])
    cut = ray.intersection(shape.buffer(16, join_style="mitre"))
    return largest(part), largest(shape.difference(part)), longest(cut)


def longest(shape: BaseGeometry) -> LineString:
    """The longest line of a shape."""
    return max(getattr(shape, "geoms", [shape]), key=lambda part: part.length)


def largest(shape: BaseGeometry) -> Polygon:
    """The largest polygon of a shape; an empty polygon if there is none."""
    polygons = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon)]
    return max(polygons, key=lambda part: part.area, default=Polygon())
