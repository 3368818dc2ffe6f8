"""The land beside the street: hills, the railway and a few estates of the neighbouring streets."""

import random

from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from builder import plan
from builder.areas import Area, Parcel
from builder.geometry import rectangle, smooth, unproject
from builder.things import STYLES, Place, Road, Town
from builder.town import longer_axis, slots

# How far beyond the border of the district the drawing goes on, in metres.
MARGIN = 110.0


def draw_surroundings(town: Town, areas: list[Area]) -> BaseGeometry:
    """Draw the neighbouring streets; returns the frame the whole map is cut to."""
    district = next(area for area in areas if area.level == "district")
    frame = unproject(district.shape).buffer(MARGIN)
    for kind, zh, en, points in plan.FURTHER_PLACES:
        outline = smooth([*points, points[0]])
        town.places.append(Place(kind, zh, en, Polygon(outline.coords).buffer(0)))
    town.roads.append(Road("railway", "云清铁路", "Yunqing Railway", smooth(plan.RAILWAY)))
    station = Place("building", "云溪站", "Yunxi Railway Station", rectangle((-210, 1302), 120, 26, -0.09))
    town.places.append(station)
    for zh, en, points in plan.FURTHER_ESTATES:
        draw_estate(town, zh, en, Polygon(points))
    return frame


def draw_estate(town: Town, zh: str, en: str, outline: Polygon) -> None:
    """An estate of another street: drawn, but with no rows of its own in the building register."""
    plot = outline.buffer(-14, join_style="mitre")
    town.places.append(Place("estate", zh, en, plot))
    parcel = Parcel("M", 1, zh, en)
    style, angle = STYLES[parcel.kind], longer_axis(plot, 0.0)
    angle = 0.06 if angle > 1 else 0.0
    for x, y, length in slots(plot.buffer(-8), style, style.length[0], angle, random.Random(zh)):
        town.places.append(Place("building", "", "", rectangle((x, y), length, style.depth, angle)))
