"""The data of the shipped packs is whole: counts, limits, references, and areas that tile."""

import csv
import json
import re
import sys
from collections import Counter, defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from shapely import STRtree, unary_union
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

PACKS = Path(__file__).parents[2] / "packs"
Row = dict[str, str]

# Limits of every category, written down apart from the pack: major class, limits, then the categories that have them.
LIMITS = """
C01 2U,4H,2D,5D: 01 02 03 18 23 25
C01 2U,4H,1D,5D: 04
C01 2U,1D,2D,5D: 05 06 07 08 09 10 11 12 14
C01 2U,1D,3D: 13
C01 4U,1D: 26
C01 1D,2D,5D: 27 30
C01 1D,4D,5D: 28
C01 1D,2D: 29
C01 4U,1D,5D: 31
C01 2H,1D,2D,3D: 37 39
C01 2H,2D,3D: 38
C01 1D,2D,7D: 40
C01 1D,5D: 41 42
C01 1D,3D,5D: 45 46
C01 1D,2D,3D: 49
C01 1D,3D: 50
C01 1D,5D,7D: 51 52
C01 1D,2D,5D,10D: 54
C01 4H,3D: 57
C01 5D: 81
C02 1D,2D,3D,5D: 01 12
C02 2D,5D: 02
C02 2U,1D: 03
C02 1D,3D,5D,7D: 04
C02 3D: 05
C02 4H,1D,3D,5D: 06
C02 2U,1D,2D,5D: 07
C02 4H,1D,2D,5D: 08 19
C02 1D,3D,5D: 09 17
C02 1D,3D: 10 24
C02 4U,1D,3D,5D: 11
C02 2D: 18
C02 1D,2D,3D: 20 21 30
C02 4H,3D: 25
C02 5D,7D: 84 86
C03 4H,1D,2D,3D,5D: 01
C03 1D,2D,3D: 02 06 96
C03 4U,1D,2D: 03
C03 4H,1D,2D: 04
C03 4H,1D,3D: 05 08 98
C03 1D,2D,5D: 07
C03 2D,5D: 09
C03 2H,1D,3D: 97
C04 1D,2D: 01
C04 1D,2D,15D: 02
C04 1D,5D: 03
C04 1D,3D: 04 05 07 08
C04 1D,3D,5D: 06
C04 2U,1D,3D: 09
C04 2U,1D,2D,5D: 10
C04 1D,2D,5D: 95
C04 3D: 97
C05 1D,3D: 01 06 07 08 12 13
C05 4H,2D: 03
C05 2U,1D: 04
C05 2D: 05
C05 1U,1D: 09
C05 2H,1D: 10 11
E01 2UD,15D: 01
E01 1D,3D: 03 04
E01 2D: 05 25 26 35 93 96
E01 2U: 07 20 28 29
E01 4H,5D: 08
E01 4H: 10 14 17 18 31 37 92
E01 5D: 11 13
E01 2H: 12 91
E01 3D: 21
E01 1U,3D: 22
E01 1D,2D: 30
E01 1D: 36 38 80 84
E02 1D: 01 07
E02 2H: 02
E02 1D,5D: 03
E02 5D: 04 99
E02 2D: 06
E03 2U: 01
E03 1D: 02 03 06 12
E03 2H: 04
E03 2D: 05 10 11
E03 1D,2D,3D: 07
E03 5D: 08 09
E04 2U: 01 02 05 06
E04 1D: 04
E04 2H: 09 10 94 96
E04 2H,1D: 93
E04 2D: 98
E05 1U,5D: 01 02 04
E05 1U,4H: 03
E05 2U: 05 06 09 10 96
E05 4H: 07
E05 2H: 08
E05 2U,1D: 11
E05 1U: 97
E06 2H: 02 07
E06 4H: 04
E06 1D: 05 08 09 13 96
E06 2H,1D: 06
E06 2D: 10
E06 1U: 11 12 14
E06 2U: 15
"""


def rows(name: str) -> list[Row]:
    with (PACKS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def features(name: str) -> list[dict[str, Any]]:
    return json.loads((PACKS / name).read_text(encoding="utf-8"))["features"]


def expected_limits() -> dict[str, set[str]]:
    expected = {}
    for line in LIMITS.strip().splitlines():
        start, codes = line.split(": ")
        major, limits = start.split(" ")
        for code in codes.split(" "):
            expected[major + code] = set(limits.split(","))
    return expected


@pytest.fixture(scope="module")
def polygons() -> dict[str, BaseGeometry]:
    return {item["properties"]["code"]: shape(item["geometry"]) for item in features("yunxi/areas.geojson")}


@pytest.fixture(scope="module")
def areas() -> dict[str, Row]:
    return {row["code"]: row for row in rows("yunxi/areas.csv")}


def test_catalogue_has_every_category_once() -> None:
    codes = [row["code"] for row in rows("china/categories.csv")]
    majors = {row["code"]: row["kind"] for row in rows("china/majors.csv")}

    assert len(codes) == len(set(codes))
    assert Counter(majors[code[:3]] for code in codes) == {"component": 96, "event": 89}
    assert set(codes) == set(expected_limits())


def test_limits_of_every_category_are_those_of_the_table() -> None:
    found = defaultdict(set)
    for row in rows("china/conditions.csv"):
        found[row["category_code"]].add(row["limit_b"])

    assert found == expected_limits()


def test_conditions_are_numbered_and_one_is_the_default() -> None:
    conditions = defaultdict(list)
    for row in rows("china/conditions.csv"):
        conditions[row["category_code"]].append(row)
        assert all(re.fullmatch(r"[1-9]\d*(U|UD|H|D)", row[f"limit_{area}"]) for area in "abc"), row
        assert all(row[column] for column in row), row

    for code, found in conditions.items():
        assert [row["code"] for row in found] == [f"{number:02d}" for number in range(1, len(found) + 1)], code
        assert [row["is_default"] for row in found].count("yes") == 1, code


def test_categories_refer_to_what_exists() -> None:
    units = {row["code"] for row in rows("china/units.csv")}
    icons = (PACKS / "china/icons.txt").read_text(encoding="utf-8").split()

    for row in rows("china/categories.csv"):
        assert row["unit_code"] in units and row["icon"] in icons, row
        assert {row["is_public"], row["is_sealed"]} <= {"yes", "no"}
        assert 10 <= int(row["duplicate_radius_m"]) <= 300
        assert all(row[column] for column in row), row
    assert {row["code"] for row in rows("china/categories.csv") if row["is_sealed"] == "yes"} >= {"E0611", "E0612", "E0614"}


def test_calendar_covers_four_years_and_marks_what_is_not_announced() -> None:
    days = rows("china/calendar.csv")
    assert len({row["date"] for row in days}) == len(days)
    for year in ("2024", "2025", "2026", "2027"):
        found = [row for row in days if row["date"].startswith(year)]
        names = {row["name_zh"] for row in found if row["kind"] == "holiday"}
        assert names == {"元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"} or year == "2025"
        assert {row["is_provisional"] for row in found} == {"yes" if year == "2027" else "no"}
    assert {"2026-02-17", "2027-02-06"} <= {row["date"] for row in days if row["name_zh"] == "春节"}


def test_urgent_words_are_few_letters_and_known_levels() -> None:
    words = rows("china/urgent_words.csv")
    assert len({row["word"] for row in words}) == len(words)
    assert {row["level"] for row in words} == {"urgent", "critical"}
    assert {"燃气泄漏", "电线掉落", "井盖缺失", "被困电梯", "消防通道堵塞"} <= {row["word"] for row in words}


def test_areas_form_a_tree_of_codes(areas: dict[str, Row], polygons: dict[str, BaseGeometry]) -> None:
    length = {"district": 6, "street": 9, "community": 12, "grid": 15}
    for code, row in areas.items():
        assert len(code) == length[row["level"]] and code.startswith(row["parent_code"])
        assert (row["parent_code"] in areas) is (row["level"] != "district")
    assert set(areas) == set(polygons)
    inside = Counter(row["level"] for code, row in areas.items() if code.startswith("990101001"))
    assert inside == {"street": 1, "community": 10, "grid": 50}


def test_polygons_are_valid_and_lie_where_the_town_is(polygons: dict[str, BaseGeometry]) -> None:
    for code, polygon in polygons.items():
        assert polygon.is_valid and polygon.geom_type == "Polygon" and not polygon.interiors, code
        west, south, east, north = polygon.bounds
        assert 110.2 < west < east < 110.3 and 30.6 < south < north < 30.7, code


def test_children_tile_their_parents_exactly(areas: dict[str, Row], polygons: dict[str, BaseGeometry]) -> None:
    for code, row in areas.items():
        children = [polygons[child] for child, other in areas.items() if other["parent_code"] == code]
        if not children:
            continue
        union = unary_union(children)
        assert abs(sum(child.area for child in children) - union.area) < 1e-9, row
        assert union.symmetric_difference(polygons[code]).area < 1e-12, row
        tree = STRtree(children)
        for index, child in enumerate(children):
            for other in tree.query(child):
                assert other == index or child.intersection(children[other]).area < 1e-12, row


def test_households_add_up(areas: dict[str, Row]) -> None:
    counted = Counter[str]()
    for row in rows("yunxi/buildings.csv"):
        counted[row["grid_code"]] += int(row["households"])

    assert sum(counted.values()) == 21_533
    for code, row in areas.items():
        assert int(row["households"]) == sum(count for grid, count in counted.items() if grid.startswith(code)), code


@pytest.mark.parametrize("name", ["yunxi/buildings.csv", "yunxi/components.csv"])
def test_points_lie_in_their_grids(name: str, polygons: dict[str, BaseGeometry]) -> None:
    found = rows(name)
    assert len({row["code"] for row in found}) == len(found)
    for row in found:
        assert polygons[row["grid_code"]].contains(Point(float(row["lng"]), float(row["lat"]))), row


def test_buildings_on_the_map_are_the_buildings_of_the_register() -> None:
    drawn = {
        item["properties"]["code"]: item["properties"]["number"]
        for item in features("yunxi/map.geojson")
        if "code" in item["properties"]
    }
    registered = {row["code"]: int(row["number"]) for row in rows("yunxi/buildings.csv")}

    assert drawn == registered
    for estate in {row["estate_zh"] for row in rows("yunxi/buildings.csv")}:
        numbers = sorted(int(row["number"]) for row in rows("yunxi/buildings.csv") if row["estate_zh"] == estate)
        assert numbers == list(range(1, len(numbers) + 1)), estate


def test_map_reads_as_a_town_and_stays_small() -> None:
    found = features("yunxi/map.geojson")
    kinds = Counter(item["properties"]["kind"] for item in found)
    names = {kind: {item["properties"]["name_zh"] for item in found if item["properties"]["kind"] == kind} for kind in kinds}

    assert (PACKS / "yunxi/map.geojson").stat().st_size < 1_200_000
    assert all(shape(item["geometry"]).is_valid for item in found)
    assert {"river", "lake", "square", "railway", "bridge", "school", "hospital", "market", "station"} <= set(kinds)
    assert len(names["road_main"]) >= 8 and len(names["park"]) >= 6 and len(names["estate"]) >= 30
    assert 900 <= kinds["building"] <= 1600


def test_every_unit_has_an_organisation(areas: dict[str, Row]) -> None:
    organizations = rows("yunxi/organizations.csv")
    codes = {row["code"] for row in organizations}
    units = {row["code"] for row in rows("china/units.csv")}

    assert len(codes) == len(organizations)
    assert {row["unit_code"] for row in organizations if row["unit_code"]} == units
    for row in organizations:
        assert row["area_code"] in areas and (not row["parent_code"] or row["parent_code"] in codes), row


def test_duties_refer_to_what_exists(areas: dict[str, Row]) -> None:
    organizations = {row["code"] for row in rows("yunxi/organizations.csv")}
    categories = {row["code"] for row in rows("china/categories.csv")}
    duties = rows("yunxi/duty.csv")

    assert len({(row["category_code"], row["area_code"]) for row in duties}) == len(duties)
    for row in duties:
        assert row["category_code"] in categories and row["area_code"] in areas, row
        assert {row["lead_organization"], *row["co_organizations"].split()} <= organizations, row


def test_accounts_cover_every_role_with_invented_people(areas: dict[str, Row]) -> None:
    accounts = rows("yunxi/accounts.csv")
    organizations = {row["code"] for row in rows("yunxi/organizations.csv")}
    roles = {row["code"] for row in rows("china/roles.csv")}
    people = defaultdict(set)
    for row in accounts:
        assert row["area_code"] in areas, row
        assert row["organization_code"] in organizations or row["role"] == "resident", row
        assert re.fullmatch(r"1990000\d{4}", row["phone"]) and row["email"].endswith("@yunxi.example"), row
        people[row["username"]].add((row["name_zh"], row["phone"]))

    featured = [row for row in accounts if row["is_featured"] == "yes"]
    assert {row["role"] for row in accounts} == {row["role"] for row in featured} == roles
    assert len(featured) == len(roles) and all(row["sentence_zh"] and row["sentence_en"] for row in featured)
    assert all(len(found) == 1 for found in people.values()), "two posts, one person"
    assert len({name for found in people.values() for name in found}) == len(people)
    assert [row["username"] for row in accounts if row["valid_until"]] == ["wangge16"]
    assert max(Counter(row["username"] for row in accounts).values()) == 2


def test_grid_workers_answer_for_every_grid(areas: dict[str, Row]) -> None:
    posts = [row for row in rows("yunxi/accounts.csv") if row["role"] == "grid_worker" and not row["valid_until"]]

    for code in (code for code, row in areas.items() if row["level"] == "grid"):
        assert any(code.startswith(row["area_code"]) for row in posts), code


def test_components_have_official_codes_and_somebody_responsible() -> None:
    organizations = {row["code"] for row in rows("yunxi/organizations.csv")}
    workers = {row["username"]: row["area_code"] for row in rows("yunxi/accounts.csv") if row["role"] == "grid_worker"}
    units = {row["code"]: row["unit_code"] for row in rows("china/categories.csv")}

    for row in rows("yunxi/components.csv"):
        assert re.fullmatch(r"990101\d{10}", row["code"]) and "C" + row["code"][6:10] == row["category_code"], row
        assert row["category_code"] in units and row["organization_code"] in organizations, row
        assert row["grid_code"].startswith(workers[row["responsible_username"]]), row


def test_the_plan_still_gives_these_people_and_areas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PACKS / "yunxi"))
    import_module("build").build(tmp_path)

    for name in ("organizations.csv", "duty.csv", "accounts.csv", "areas.csv"):
        assert (tmp_path / name).read_bytes() == (PACKS / "yunxi" / name).read_bytes(), name
    for module in [name for name in sys.modules if name == "build" or name.split(".")[0] == "builder"]:
        del sys.modules[module]
