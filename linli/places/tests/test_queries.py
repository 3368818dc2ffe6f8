"""Which grid a point lies in, and what lies inside what: against plain counting and on the demo district."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box, shape

from linli.kernel.snapshots import changed
from linli.places.models import Area
from linli.places.queries import GridIndex, areas, find_addresses

SIDE = 6
CODES = [f"{row}{column}" for row in range(SIDE) for column in range(SIDE)]
SQUARES = [box(column, row, column + 1, row + 1) for row in range(SIDE) for column in range(SIDE)]
# A hole in the middle of the board, and a square that overlaps its neighbours.
BOARD = [square for code, square in zip(CODES, SQUARES, strict=True) if code not in ("22", "44")]
BOARD_CODES = [code for code in CODES if code not in ("22", "44")]
INDEX = GridIndex([*BOARD_CODES, "over"], [*BOARD, box(4.5, 1.5, 5.5, 2.5)])
PLACES = st.floats(-1, SIDE + 1) | st.integers(0, SIDE).map(float)


def plainly(lng: float, lat: float) -> str:
    """The first grid in the given order that covers the point; "" outside."""
    polygons = [*BOARD, box(4.5, 1.5, 5.5, 2.5)]
    covering = [
        code for code, polygon in zip([*BOARD_CODES, "over"], polygons, strict=True) if polygon.covers(shapely.Point(lng, lat))
    ]
    return covering[0] if covering else ""


@settings(max_examples=200, deadline=None)
@given(PLACES, PLACES)
def test_the_tree_finds_what_looking_at_every_grid_finds(lng: float, lat: float) -> None:
    assert INDEX.grid_at(lng, lat) == plainly(lng, lat)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(PLACES, PLACES), max_size=30))
def test_many_points_at_once_are_found_as_one_by_one(points: list[tuple[float, float]]) -> None:
    lngs, lats = np.array([x for x, _y in points]), np.array([y for _x, y in points])

    assert INDEX.grids_at(lngs, lats).tolist() == [plainly(lng, lat) for lng, lat in points]


def test_no_grids_and_no_place_are_outside() -> None:
    assert GridIndex([], []).grid_at(1.0, 1.0) == ""
    assert GridIndex([], []).grids_at(np.array([1.0]), np.array([1.0])).tolist() == [""]
    assert INDEX.grid_at(float("nan"), float("nan")) == ""
    assert INDEX.bounds() == (0.0, 0.0, SIDE, SIDE)


@pytest.mark.django_db
def test_the_middle_of_every_grid_of_the_district_lies_in_that_grid() -> None:
    rows = [(row.code, shape(row.polygon).representative_point()) for row in Area.objects.filter(level="grid") if row.polygon]

    found = areas().grids.grids_at(np.array([point.x for _code, point in rows]), np.array([point.y for _code, point in rows]))

    assert len(rows) >= 50
    assert found.tolist() == [code for code, _point in rows]
    assert all(areas().grid_at(point.x, point.y) == code for code, point in rows[:10])
    assert areas().grid_at(0.0, 0.0) == ""


@pytest.mark.django_db
def test_an_area_holds_itself_and_what_lies_inside_it() -> None:
    inside = areas().within("990101001003")

    assert inside[0].level == "community"
    assert {area.parent_code for area in inside[1:] if area.level == "grid"} == {"990101001003"}
    assert areas().of_level("street") and all(area.code.startswith("990101") for area in areas().of_level("street"))
    assert areas().district().code == "990101"


@pytest.mark.django_db
def test_names_go_from_the_street_down_and_leave_out_what_is_known_already() -> None:
    names = [areas().name(code) for code in ("990101001", "990101001003", "990101001003002")]

    assert areas().path_name("990101001003002") == " ".join(names)
    assert areas().path_name("990101001003002", above="990101001") == " ".join(names[1:])
    assert areas().name("999999") == "999999"


@pytest.mark.django_db
def test_an_area_that_has_ended_is_gone_as_soon_as_that_is_told() -> None:
    assert "990101001003002" in areas().by_code
    point = shape(Area.objects.get(code="990101001003002").polygon).representative_point()

    Area.objects.filter(code="990101001003002").update(valid_until="2020-01-01")
    changed("areas")

    assert "990101001003002" not in areas().by_code
    assert areas().grid_at(point.x, point.y) != "990101001003002"


@pytest.mark.django_db
def test_addresses_are_found_by_all_their_words_in_either_language() -> None:
    some = find_addresses("清河")[0]
    street, number = some.address_en.split()[0], some.number

    assert some in find_addresses(f"{some.address_zh[:4]} {some.address_zh[-4:]}", limit=100)
    assert find_addresses(street) and number
    assert find_addresses("   ") == [] and find_addresses("清河 没有这个词") == []
    assert len(find_addresses("清河", limit=3)) == 3
