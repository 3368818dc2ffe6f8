"""Places on the earth: the three datums phones and maps use in China, distances, offsets, boxes.

Linli stores WGS-84 (CGCS2000, the datum of Tianditu, equals it for our use). AMap and Tencent give GCJ-02, Baidu gives
BD-09, browsers and GPS give WGS-84; every input names its datum and is converted at the edge by `to_wgs84`.
Order is always longitude, latitude, in degrees; lengths are metres.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from typing import NamedTuple

EARTH_RADIUS_M = 6_371_008.8  # IUGG mean radius
METRES_PER_DEGREE = math.pi * EARTH_RADIUS_M / 180
# The ellipsoid GCJ-02 was built on (Krasovsky 1940).
KRASOVSKY_AXIS_M = 6_378_245.0
KRASOVSKY_ECCENTRICITY2 = 0.00669342162296594323
BAIDU_TURN = math.pi * 3000.0 / 180.0
# Outside this box GCJ-02 is WGS-84. The box is the customary one: it is part of the datum, not a border.
OFFSET_WEST, OFFSET_SOUTH, OFFSET_EAST, OFFSET_NORTH = 72.004, 0.8293, 137.8347, 55.8271
INVERSE_TOLERANCE = 1e-10  # degrees, about 10 micrometres
INVERSE_STEPS = 30


class Datum(enum.StrEnum):
    """What the numbers of a point are measured against."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class Point(NamedTuple):
    """A place, in degrees."""

    lng: float
    lat: float


class Box(NamedTuple):
    """All places from west to east and south to north, in degrees; never across the 180th meridian."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, lng: float, lat: float) -> bool:
        return self.west <= lng <= self.east and self.south <= lat <= self.north

    def grown(self, metres: float) -> Box:
        """The box with so many metres added (or, below zero, taken away) on each side."""
        up = metres / METRES_PER_DEGREE
        aside = up / max(math.cos(math.radians(max(abs(self.south), abs(self.north)))), 1e-9)
        return Box(self.west - aside, self.south - up, self.east + aside, self.north + up)


def is_place(lng: float, lat: float) -> bool:
    """Whether the numbers can be a place: finite, in range, and not the 0, 0 of a phone without a fix."""
    return -180 <= lng <= 180 and -90 <= lat <= 90 and not (lng == 0 and lat == 0)


def to_wgs84(lng: float, lat: float, datum: Datum | str = Datum.WGS84) -> Point:
    """A point of any datum in WGS-84, right to 1e-7 degrees (1 cm). Raises ValueError for an unknown datum."""
    datum = Datum(datum)
    if datum is Datum.WGS84:
        return Point(lng, lat)
    return gcj02_to_wgs84(lng, lat) if datum is Datum.GCJ02 else bd09_to_wgs84(lng, lat)


def from_wgs84(lng: float, lat: float, datum: Datum | str) -> Point:
    """A WGS-84 point in another datum, for links into map apps. Raises ValueError for an unknown datum."""
    datum = Datum(datum)
    if datum is Datum.WGS84:
        return Point(lng, lat)
    shifted = wgs84_to_gcj02(lng, lat)
    return shifted if datum is Datum.GCJ02 else gcj02_to_bd09(*shifted)


def _gcj02_shift(lng: float, lat: float) -> tuple[float, float]:
    """By how many degrees GCJ-02 moves a WGS-84 point east and north."""
    x, y = lng - 105.0, lat - 35.0
    root, product = math.sqrt(abs(x)), x * y
    pi_x, pi_y = math.pi * x, math.pi * y
    ripple = (20.0 * math.sin(6.0 * pi_x) + 20.0 * math.sin(2.0 * pi_x)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * product + 0.1 * root + ripple
    east += (20.0 * math.sin(pi_x) + 40.0 * math.sin(pi_x / 3.0)) * 2.0 / 3.0
    east += (150.0 * math.sin(pi_x / 12.0) + 300.0 * math.sin(pi_x / 30.0)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * product + 0.2 * root + ripple
    north += (20.0 * math.sin(pi_y) + 40.0 * math.sin(pi_y / 3.0)) * 2.0 / 3.0
    north += (160.0 * math.sin(pi_y / 12.0) + 320.0 * math.sin(pi_y / 30.0)) * 2.0 / 3.0
    radians = math.radians(lat)
    flattened = 1 - KRASOVSKY_ECCENTRICITY2 * math.sin(radians) ** 2
    meridian = KRASOVSKY_AXIS_M * (1 - KRASOVSKY_ECCENTRICITY2) / (flattened * math.sqrt(flattened))
    parallel = KRASOVSKY_AXIS_M / math.sqrt(flattened) * math.cos(radians)
    return math.degrees(east / parallel), math.degrees(north / meridian)


def wgs84_to_gcj02(lng: float, lat: float) -> Point:
    if not (OFFSET_WEST <= lng <= OFFSET_EAST and OFFSET_SOUTH <= lat <= OFFSET_NORTH):
        return Point(lng, lat)
    east, north = _gcj02_shift(lng, lat)
    return Point(lng + east, lat + north)


def gcj02_to_wgs84(lng: float, lat: float) -> Point:
    """The WGS-84 point that GCJ-02 moves here, by fixed-point iteration (the shift changes by under 1 % a step)."""
    guess_lng, guess_lat = lng, lat
    for _ in range(INVERSE_STEPS):
        there = wgs84_to_gcj02(guess_lng, guess_lat)
        miss_lng, miss_lat = there.lng - lng, there.lat - lat
        guess_lng, guess_lat = guess_lng - miss_lng, guess_lat - miss_lat
        if abs(miss_lng) < INVERSE_TOLERANCE and abs(miss_lat) < INVERSE_TOLERANCE:
            break
    return Point(guess_lng, guess_lat)


def gcj02_to_bd09(lng: float, lat: float) -> Point:
    radius = math.hypot(lng, lat) + 0.00002 * math.sin(lat * BAIDU_TURN)
    angle = math.atan2(lat, lng) + 0.000003 * math.cos(lng * BAIDU_TURN)
    return Point(radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006)


def bd09_to_gcj02(lng: float, lat: float) -> Point:
    """The GCJ-02 point that BD-09 moves here. The usual closed formula is 1e-6 degrees off; this iterates."""
    guess_lng, guess_lat = lng - 0.0065, lat - 0.006
    for _ in range(INVERSE_STEPS):
        there = gcj02_to_bd09(guess_lng, guess_lat)
        miss_lng, miss_lat = there.lng - lng, there.lat - lat
        guess_lng, guess_lat = guess_lng - miss_lng, guess_lat - miss_lat
        if abs(miss_lng) < INVERSE_TOLERANCE and abs(miss_lat) < INVERSE_TOLERANCE:
            break
    return Point(guess_lng, guess_lat)


def bd09_to_wgs84(lng: float, lat: float) -> Point:
    return gcj02_to_wgs84(*bd09_to_gcj02(lng, lat))


def wgs84_to_bd09(lng: float, lat: float) -> Point:
    return gcj02_to_bd09(*wgs84_to_gcj02(lng, lat))


def distance_m(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Metres along the earth between two (lng, lat) of one datum, by haversine; within 0.5 % everywhere."""
    lng_a, lat_a, lng_b, lat_b = map(math.radians, (*first, *second))
    half_lat, half_lng = math.sin((lat_b - lat_a) / 2), math.sin((lng_b - lng_a) / 2)
    chord = half_lat * half_lat + math.cos(lat_a) * math.cos(lat_b) * half_lng * half_lng
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def quick_distance_m(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Metres between two (lng, lat) on a flat map; within 0.1 % of `distance_m` up to 10 km below 60° of latitude."""
    east = (second[0] - first[0]) * math.cos(math.radians((first[1] + second[1]) / 2))
    return METRES_PER_DEGREE * math.hypot(east, second[1] - first[1])


def offset(lng: float, lat: float, east_m: float, north_m: float) -> Point:
    """The point so many metres east and north (negative: west, south). For distances of a city, not of a continent."""
    new_lat = lat + north_m / METRES_PER_DEGREE
    return Point(lng + east_m / (METRES_PER_DEGREE * math.cos(math.radians((lat + new_lat) / 2))), new_lat)


def box_around(lng: float, lat: float, radius_m: float) -> Box:
    """A box that holds every point within `radius_m`: the first, index-friendly filter before measuring."""
    # Haversine measures on the sphere; a hair more than the radius keeps points on the rim inside.
    return Box(lng, lat, lng, lat).grown(radius_m * 1.001)


def box_of(points: Iterable[tuple[float, float]]) -> Box:
    """The smallest box that holds all points. Raises ValueError when there are none."""
    places = list(points)
    if not places:
        raise ValueError("a box needs at least one point")
    lngs, lats = [place[0] for place in places], [place[1] for place in places]
    return Box(min(lngs), min(lats), max(lngs), max(lats))
