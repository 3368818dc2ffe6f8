import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel import coordinates as geo
from linli.kernel.coordinates import Box, Datum

# One place measured on all three maps.
WGS, GCJ, BD = (106.5107, 29.5023), (106.514514, 29.499533), (106.521061, 29.505296)

CHINA_LNG = st.floats(75, 134)
CHINA_LAT = st.floats(18, 53)


def close(first, second, degrees=1e-7):
    return abs(first[0] - second[0]) <= degrees and abs(first[1] - second[1]) <= degrees


def test_the_measured_place_on_all_three_maps():
    assert close(geo.wgs84_to_gcj02(*WGS), GCJ, 1e-6)
    assert close(geo.gcj02_to_bd09(*GCJ), BD, 1e-6)
    assert close(geo.wgs84_to_bd09(*WGS), BD, 2e-6)
    assert close(geo.to_wgs84(*GCJ, "gcj02"), WGS, 1e-6)
    assert close(geo.to_wgs84(*BD, Datum.BD09), WGS, 2e-6)
    assert geo.to_wgs84(*WGS, "wgs84") == WGS


def test_the_shift_is_480_metres_there():
    assert geo.distance_m(WGS, GCJ) == pytest.approx(480, abs=3)


def test_outside_china_nothing_is_moved():
    assert geo.wgs84_to_gcj02(13.4, 52.5) == (13.4, 52.5)
    assert geo.gcj02_to_wgs84(13.4, 52.5) == (13.4, 52.5)


def test_an_unknown_datum_is_refused():
    with pytest.raises(ValueError, match="xian80"):
        geo.to_wgs84(*WGS, "xian80")
    with pytest.raises(ValueError, match="xian80"):
        geo.from_wgs84(*WGS, "xian80")


@given(CHINA_LNG, CHINA_LAT, st.sampled_from(list(Datum)))
def test_there_and_back_again(lng, lat, datum):
    assert close(geo.to_wgs84(*geo.from_wgs84(lng, lat, datum), datum), (lng, lat))


@given(CHINA_LNG, CHINA_LAT, st.sampled_from(list(Datum)))
def test_back_and_there_again(lng, lat, datum):
    assert close(geo.from_wgs84(*geo.to_wgs84(lng, lat, datum), datum), (lng, lat))


@given(CHINA_LNG, CHINA_LAT)
def test_the_shift_stays_below_a_kilometre(lng, lat):
    assert geo.distance_m((lng, lat), geo.wgs84_to_gcj02(lng, lat)) < 1_000


@pytest.mark.parametrize("place", [(181, 30), (106, 91), (math.nan, 30), (106, math.inf), (0, 0)])
def test_what_is_no_place(place):
    assert not geo.is_place(*place)


def test_what_is_a_place():
    assert geo.is_place(*WGS)
    assert geo.is_place(0, 51.5)


def test_a_degree_of_latitude_is_111_km():
    assert geo.distance_m((106, 29), (106, 30)) == pytest.approx(111_195, abs=1)
    assert geo.distance_m((0, 0), (180, 0)) == pytest.approx(math.pi * geo.EARTH_RADIUS_M)
    assert geo.distance_m(WGS, WGS) == 0


METRES = st.floats(-5_000, 5_000)


@given(CHINA_LNG, CHINA_LAT, METRES, METRES)
def test_the_quick_distance_is_nearly_the_true_one(lng, lat, east, north):
    there = geo.offset(lng, lat, east, north)

    assert geo.quick_distance_m((lng, lat), there) == pytest.approx(geo.distance_m((lng, lat), there), rel=1e-3, abs=0.01)
    assert geo.distance_m((lng, lat), there) == pytest.approx(math.hypot(east, north), rel=1e-3, abs=0.01)


@given(CHINA_LNG, CHINA_LAT, st.floats(1, 5_000), st.floats(0, 360))
def test_a_box_around_holds_everything_within_the_radius(lng, lat, radius, bearing):
    inside = geo.offset(lng, lat, radius * 0.999 * math.cos(bearing), radius * 0.999 * math.sin(bearing))

    assert geo.box_around(lng, lat, radius).holds(*inside)


def test_a_box_around_is_not_much_larger_than_needed():
    box = geo.box_around(*WGS, 100)

    assert not box.holds(*geo.offset(*WGS, 102, 0))
    assert not box.holds(*geo.offset(*WGS, 0, -102))


def test_the_box_of_points():
    assert geo.box_of([(1, 5), (3, 2), (2, 9)]) == Box(1, 2, 3, 9)
    with pytest.raises(ValueError, match="point"):
        geo.box_of([])
