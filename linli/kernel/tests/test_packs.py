
"""Packs: what is wrong is named with file, row and column; loading twice changes nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from linli.catalogue.models import Category, Condition, DutyRule
from linli.catalogue.queries import catalogue
from linli.kernel import options
from linli.kernel.loading import load_everything
from linli.kernel.models import CalendarDay, Event, Setting
from linli.kernel.pack_difference import difference, load, loaded_digest
from linli.kernel.pack_values import PackUnreadable
from linli.kernel.packs import check, folder_of, read_pack
from linli.organizations.models import Organization, Post, Role
from linli.people.models import Account
from linli.places.models import Area, Component, SketchFeature
from linli.places.queries import areas

PACKS = settings.BASE_DIR / "packs"
TWO_GRIDS = ("990101001001001", "990101001001002")


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """A copy of both packs, to be altered."""
    for name in ("china", "yunxi"):
        shutil.copytree(PACKS / name, tmp_path / name, ignore=shutil.ignore_patterns("builder", "*.py", "__pycache__"))
    return tmp_path


def alter(path: Path, old: str, new: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


def drop_line(path: Path, start: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(start)), encoding="utf-8")


def both(folder: Path) -> list:
    return [read_pack(folder / "china"), read_pack(folder / "yunxi")]


def load_both(folder: Path) -> dict[str, int]:
    return dict(load(difference(both(folder))))


def test_the_packs_that_come_along_have_no_mistakes():
    assert [str(problem) for problem in check(both(PACKS))] == []


def test_a_pack_alone_is_checked_against_those_it_needs():
    assert check([read_pack(PACKS / "yunxi")]) == []


def test_a_pack_elsewhere_is_checked_against_those_that_come_along(copies):
    shutil.rmtree(copies / "china")

    assert check([read_pack(copies / "yunxi")]) == []


def test_a_pack_that_is_missing_is_all_that_is_said(copies):
    alter(copies / "yunxi" / "pack.json", '["china"]', '["chinna"]')

    assert [str(problem) for problem in check([read_pack(copies / "yunxi")])] == [
        "yunxi/pack.json, column requires: no pack “chinna” lies beside this one or comes along"
    ]


def test_what_a_required_pack_needs_is_looked_for_too(copies):
    (copies / "town").mkdir()
    info = {"name": "town", "version": "1", "title_zh": "镇", "title_en": "Town", "requires": ["yunxi"]}
    (copies / "town" / "pack.json").write_text(json.dumps(info), encoding="utf-8")
    (copies / "town" / "duty.csv").write_text(
        "category_code,area_code,lead_organization,co_organizations\nE0506,990101001001,dept-ps,\n", encoding="utf-8"
    )

    assert check([read_pack(copies / "town")]) == []


def test_before_loading_a_required_pack_has_to_be_loaded(db, copies):
    assert check([read_pack(copies / "yunxi")], with_stored=True) == []
    Setting.objects.filter(key="packs.loaded.china").delete()

    (problem,) = check([read_pack(copies / "yunxi")], with_stored=True)

    assert "the pack “china” is not loaded; load it first" in str(problem)
    assert check(both(copies), with_stored=True) == []


@pytest.mark.parametrize("requires", ['"china"', '{"china": 1}'])
def test_requires_is_a_list(copies, requires):
    alter(copies / "yunxi" / "pack.json", '["china"]', requires)

    problems = [str(problem) for problem in check(both(copies))]

    assert problems == ["yunxi/pack.json, column requires: is a list of names of packs; write it like [“china”]"]


def test_a_file_that_is_no_object_is_said_so(copies):
    (copies / "china" / "settings.json").write_text("[]")

    assert [str(problem) for problem in check(both(copies))] == [
        "china/settings.json: is no JSON object; write it like {“key”: value}"
    ]


def test_what_is_no_pack_is_said_so():
    with pytest.raises(PackUnreadable, match=r"a pack is a folder with a pack\.json"):
        folder_of("nowhere")


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "says"),
    [
        ("china/conditions.csv", ",2U,2U,2U,", ",2X,2U,2U,", "china/conditions.csv, row 2, column limit_a", "2U, 3UD, 4H or 5D"),
        ("china/categories.csv", "上水井盖,Water supply manhole cover,GS", "上水井盖,Water,GZ", "china/categories.csv, row 2, column unit_code", "“GZ” does not stand in units.csv"),
        ("china/categories.csv", ",30,yes,", ",wide,yes,", "china/categories.csv, row 2, column duplicate_radius_m", "“wide” is not a whole number"),
        ("china/categories.csv", "duplicate_radius_m", "duplicate_radius", "china/categories.csv, row 1, column duplicate_radius", "did you mean duplicate_radius_m?"),
        ("china/roles.csv", "cases.case.pre_check", "cases.case.precheck", "china/roles.csv, row 3, column rights", "did you mean “cases.case.pre_check”?"),
        ("china/settings.json", "cases.yellow_share", "cases.yellow", "china/settings.json, row 3, column cases.yellow", "did you mean “cases.yellow_share”?"),
        ("china/settings.json", '"cases.extensions": 2', '"cases.extensions": "two"', "china/settings.json, row 4, column cases.extensions", "same kind as 2"),
        ("china/settings.json", '["08:30", "12:00"]', '["25:30", "12:00"]', "china/settings.json, row 1, column calendar.windows", "“25:30” is not a time of day; write it like 08:30"),
        ("china/settings.json", '["14:00", "17:30"]', '["11:00", "17:30"]', "china/settings.json, row 1, column calendar.windows", "must not be empty or overlap"),
        ("china/settings.json", '"register": "2H"', '"register": "abc"', "china/settings.json, row 2, column cases.step_limits", "write 2U, 3UD, 4H or 5D"),
        ("china/settings.json", '"register": "2H"', '"registre": "2H"', "china/settings.json, row 2, column cases.step_limits", "“registre” is not known in it"),
        ("china/settings.json", '"cases.yellow_share": 0.2', '"cases.yellow_share": 20', "china/settings.json, row 3, column cases.yellow_share", "between 0 and 1"),
        ("china/settings.json", '"cases.extensions": 2', '"cases.extensions": -2', "china/settings.json, row 4, column cases.extensions", "-2 is not a whole number"),
        ("china/settings.json", '"cases.extensions": 2', '"cases.extensions": true', "china/settings.json, row 4, column cases.extensions", "same kind as 2"),
        ("china/settings.json", '["street", 240]', '["nolevel", "x"]', "china/settings.json, row 7, column cases.escalation", "“nolevel” is not a level; known are community, street, district"),
        ("china/settings.json", '["street", 240]', '["street", "x"]', "china/settings.json, row 7, column cases.escalation", "x is not a whole number"),
        ("china/settings.json", '"E05"', '"E99"', "china/settings.json, row 9, column cases.storm", "“E99” does not stand in majors.csv"),
        ("china/settings.json", '"minutes": 60, ', "", "china/settings.json, row 9, column cases.storm", "“minutes” is missing in it"),
        ("china/settings.json", '"cases.extensions": 2', '"limits.report_address": "0/60"', "china/settings.json, row 4, column limits.report_address", "write it like 30/600"),
        ("china/settings.json", '"cases.extensions": 2', '"limits.report_address": "many"', "china/settings.json, row 4, column limits.report_address", "30 in 600 seconds"),
        ("china/settings.json", '"cases.extensions": 2', '"notifications.quiet_hours": ["22:00"]', "china/settings.json, row 4, column notifications.quiet_hours", "not a pair of times"),
        ("china/settings.json", '"cases.extensions": 2', '"insight.weights": {"in_time": 0, "solved": 0, "satisfied": 0}', "china/settings.json, row 4, column insight.weights", "more than 0"),
        ("china/settings.json", '"cases.extensions": 2', '"portal.emergency": [["110", "警情"]]', "china/settings.json, row 4, column portal.emergency", "a list of 3: number, Chinese name, English name"),
        ("china/calendar.csv", "2024-01-01,holiday", "2024-13-01,holiday", "china/calendar.csv, row 2, column date", "write it like 2026-11-21"),
        ("china/pack.json", '"version": "1.0.0"', '"version": ""', "china/pack.json, column version", "is missing"),
        ("yunxi/areas.csv", "990101001,street,990101,", "990101001,street,990102,", "yunxi/areas.csv, row 3, column parent_code", "must be “990101”"),
        ("yunxi/accounts.csv", "grid_worker,sq-001003", "grid_walker,sq-001003", "yunxi/accounts.csv, row 6, column role", "did you mean “grid_worker”?"),
        ("yunxi/accounts.csv", "19900000001", "1990000", "yunxi/accounts.csv, row 2, column phone", "not a telephone number"),
        ("yunxi/duty.csv", "E0506,990101001", "E0999,990101001", "yunxi/duty.csv, row 2, column category_code", "neither a category, nor a class"),
        ("yunxi/duty.csv", "jd-qinghe dept-jj\n", "jd-qinghe,dept-jj\n", "yunxi/duty.csv, row 2", "more cells than columns: “dept-jj”"),
        ("yunxi/accounts.csv", "yes,2024-01-01,,19900000001", "yes,2024-13-01,,19900000001", "yunxi/accounts.csv, row 2, column valid_from", "write it like 2026-11-21"),
        ("yunxi/accounts.csv", "yes,2024-01-01,,19900000001", "yes,2024-01-01,2023-01-01,19900000001", "yunxi/accounts.csv, row 2, column valid_until", "before the first day"),
        ("yunxi/accounts.csv", "990101001003005,portal", "990101001003005,nodoor", "yunxi/accounts.csv, row 2, column door", "“nodoor” is not known"),
        ("yunxi/accounts.csv", "yes,2024-01-01,,19900000001", "si,2024-01-01,,19900000001", "yunxi/accounts.csv, row 2, column is_featured", "neither yes nor no"),
        ("yunxi/accounts.csv", "resident,,990101001003005", "resident,,990101001003999", "yunxi/accounts.csv, row 2, column area_code", "does not stand in areas.csv"),
        ("yunxi/accounts.csv", "grid_worker,sq-001003", "grid_worker,", "yunxi/accounts.csv, row 6, column organization_code", "is empty"),
        ("yunxi/buildings.csv", "110.235682,30.659317", "116.397,39.908", "yunxi/buildings.csv, row 2, column lng", "km away from its grid 990101001001004"),
        ("yunxi/components.csv", "110.237262,30.657000", "116.397,39.908", "yunxi/components.csv, row 2, column lng", "km away from its grid 990101001001001"),
        ("yunxi/organizations.csv", ",gov-yunxi\n", ",gov-yunxy\n", "yunxi/organizations.csv, row 3, column parent_code", "did you mean “gov-yunxi”?"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_its_mending(copies, file, old, new, where, says):
    alter(copies / file, old, new)

    problems = [str(problem) for problem in check(both(copies))]

    assert any(problem.startswith(where) and says in problem for problem in problems), problems


def test_every_option_takes_its_own_default():
    load_everything()

    assert {key: option.mistake(option.default) for key, option in options.options().items() if option.mistake(option.default)} == {}


def test_a_grid_without_polygon_is_named(copies):
    alter(copies / "yunxi" / "areas.geojson", '"990101001001001"', '"990101001001999"')

    problems = [str(problem) for problem in check(both(copies))]

    assert any("990101001001001; a grid needs its polygon" in problem for problem in problems), problems


def test_two_grids_over_each_other_are_named(copies):
    path = copies / "yunxi" / "areas.geojson"
    drawn = json.loads(path.read_text(encoding="utf-8"))
    first, second = [item for item in drawn["features"] if item["properties"]["code"] in TWO_GRIDS]
    ring = [[lng + 0.001, lat] for lng, lat in first["geometry"]["coordinates"][0]]
    second["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    path.write_text(json.dumps(drawn), encoding="utf-8")

    problems = [str(problem) for problem in check(both(copies))]

    assert any("lies over that of 990101001001002; move the border" in problem for problem in problems), problems


def same_polygon(folder: Path) -> None:
    """Give the second grid the polygon of the first."""
    path = folder / "yunxi" / "areas.geojson"
    drawn = json.loads(path.read_text(encoding="utf-8"))
    first, second = [item for item in drawn["features"] if item["properties"]["code"] in TWO_GRIDS]
    second["geometry"] = first["geometry"]
    path.write_text(json.dumps(drawn), encoding="utf-8")


def test_two_grids_with_the_same_polygon_are_named(copies):
    same_polygon(copies)

    problems = [str(problem) for problem in check(both(copies))]

    assert any("lies over that of 990101001001002; move the border" in problem for problem in problems), problems


def test_a_grid_may_have_the_polygon_of_the_one_it_came_out_of(copies):
    same_polygon(copies)
    path = copies / "yunxi" / "areas.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    ended = ["2024-06-30" if line.startswith(TWO_GRIDS[0] + ",") else "" for line in lines]
    begun = [line.replace("2024-01-01", "2024-07-01") if line.startswith(TWO_GRIDS[1] + ",") else line for line in lines]
    whole = [begun[0] + ",valid_until", *(f"{line},{end}" for line, end in zip(begun[1:], ended[1:], strict=True))]
    path.write_text("\n".join(whole) + "\n", encoding="utf-8")

    problems = [str(problem) for problem in check(both(copies)) if f"that of {TWO_GRIDS[1]};" in problem.message]

    assert [problem for problem in problems if problem.startswith("yunxi/areas.csv, row 5,")] == []


def test_a_broken_file_of_polygons_is_named_itself_and_nothing_else(copies):
    alter(copies / "yunxi" / "areas.geojson", "{", "{{")

    (problem,) = check(both(copies))

    assert str(problem).startswith("yunxi/areas.geojson: not JSON")


def test_a_misspelt_resident_is_a_role_nobody_knows(copies):
    alter(copies / "yunxi" / "accounts.csv", "resident,,990101001003005", "residentx,,990101001003005")

    assert [str(problem) for problem in check(both(copies))] == [
        "yunxi/accounts.csv, row 2, column role: “residentx” does not stand in roles.csv; did you mean “resident”?"
    ]


def test_a_row_of_a_resident_twice_is_named_once(copies):
    path = copies / "yunxi" / "accounts.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1]]), encoding="utf-8")

    (problem,) = check(both(copies))

    assert "stands in row 2 already" in str(problem)


def test_residents_are_checked_and_get_no_post(db):
    assert Account.objects.filter(username="jumin01").exists()
    assert not Post.objects.filter(person__account__username="jumin01").exists()


def test_a_cell_too_many_that_is_empty_is_no_mistake(copies):
    alter(copies / "yunxi" / "duty.csv", "jd-qinghe dept-jj\n", "jd-qinghe dept-jj,,\n")

    assert check(both(copies)) == []


def test_an_icon_nobody_drew_is_named(copies, monkeypatch):
    monkeypatch.setattr("linli.catalogue.packs.known_icons", lambda: frozenset(icons) - {icon})
    icons = (PACKS / "china" / "icons.txt").read_text(encoding="utf-8").split()
    icon = read_pack(PACKS / "china").rows["categories.csv"][0]["icon"]

    problems = [str(problem) for problem in check(both(copies))]

    assert problems[0].startswith("china/categories.csv, row 2, column icon: ")
    assert f"no icon is called “{icon}”" in problems[0]


def test_a_file_nobody_reads_is_named(copies):
    (copies / "china" / "category.csv").write_text("code\n")

    assert [str(problem) for problem in check(both(copies))] == [
        "china/category.csv: no table has this name; did you mean categories.csv?"
    ]


def test_a_row_twice_is_named(copies):
    path = copies / "china" / "units.csv"
    path.write_text(path.read_text(encoding="utf-8") + "SZ,市政,Roads\n", encoding="utf-8")

    assert any("SZ stands in row 2 already" in str(problem) for problem in check(both(copies)))


def test_loading_twice_changes_nothing(db):
    before = Event.objects.filter(name="kernel.pack.loaded").count()

    assert difference(both(PACKS)).changes == []
    assert load_both(PACKS) == {}
    assert Event.objects.filter(name="kernel.pack.loaded").count() == before


def test_the_district_is_there(db):
    assert Area.objects.filter(level="grid").count() >= 50
    assert Category.objects.count() == 185
    assert Condition.objects.get(category_id="C0101", code="01").limit_a == "2U"
    assert CalendarDay.objects.filter(day__year=2027).exists()
    assert Post.objects.get(person__account__username="wangge01").organization.code == "sq-001003"
    assert not Account.objects.get(username="wangge01").has_usable_password()
    assert Account.objects.select_related("person").get(username="jumin01").person.phone == "19900000001"


def test_a_changed_row_shows_old_and_new_and_is_seen_at_once(db, copies):
    assert catalogue().condition("C0101", "01").limit_a == "2U"
    alter(copies / "china" / "conditions.csv", ",2U,2U,2U,", ",4U,2U,2U,")

    found = difference(both(copies))

    assert [str(change) for change in found.changes] == [
        "~ C0101 01  井盖缺失、移位或开裂，有跌落危险  limit_a: 2U → 4U"
    ]
    assert dict(load(found)) == {"changed": 1}
    assert catalogue().condition("C0101", "01").limit_a == "4U"
    event = Event.objects.filter(name="kernel.pack.loaded").order_by("-id")[0]
    assert event.data == {"pack": "china", "version": "1.0.0", "added": 0, "changed": 1, "removed": 0}
    assert loaded_digest("china") == both(copies)[0].digest


def test_rows_that_have_gone_are_put_to_rest_and_wake_again(db, copies):
    drop_line(copies / "china" / "categories.csv", "E0107")
    drop_line(copies / "china" / "conditions.csv", "E0107")
    drop_line(copies / "china" / "roles.csv", "evaluator")
    drop_line(copies / "yunxi" / "accounts.csv", "pinggu01")
    drop_line(copies / "yunxi" / "accounts.csv", "jiaojing02")
    drop_line(copies / "yunxi" / "organizations.csv", "so-hemu")
    alter(copies / "yunxi" / "accounts.csv", "so-hemu", "so-nuanyang")
    drop_line(copies / "yunxi" / "duty.csv", "E0506,990101001")
    first = read_pack(PACKS / "yunxi").rows["components.csv"][0]["code"]
    drop_line(copies / "yunxi" / "components.csv", first)
    assert check(both(copies)) == []

    load_both(copies)

    assert not Category.objects.get(code="E0107").is_active
    assert not Condition.objects.filter(category_id="E0107").exists()
    assert Role.objects.get(code="evaluator").rights == []
    assert not Account.objects.get(username="jiaojing02").is_active
    assert Post.objects.get(person__account__username="jiaojing02").valid_until is not None
    assert not Organization.objects.get(code="so-hemu").is_active
    assert not DutyRule.objects.filter(category_code="E0506", area_code="990101001").exists()
    assert Component.objects.get(code=first).state == "removed"
    assert difference(both(copies)).changes == []

    load_both(PACKS)

    assert Category.objects.get(code="E0107").is_active
    assert Role.objects.get(code="evaluator").rights == ["insight.rates.view"]
    assert Account.objects.get(username="jiaojing02").is_active
    assert Component.objects.get(code=first).state == "intact"
    assert Post.objects.get(person__account__username="jiaojing02").valid_until is None
    assert difference(both(PACKS)).changes == []


def test_the_sketch_keeps_the_order_in_which_it_is_drawn(db, copies):
    path = copies / "yunxi" / "map.geojson"
    drawn = json.loads(path.read_text(encoding="utf-8"))
    drawn["features"][0]["properties"]["name_en"] = "Another Park"
    drawn["features"].insert(1, drawn["features"].pop())
    path.write_text(json.dumps(drawn), encoding="utf-8")

    found = difference(both(copies))
    load(found)

    assert [change.kind for change in found.changes] == ["changed"]
    names = list(SketchFeature.objects.order_by("pk").values_list("name_en", flat=True))
    assert names == [item["properties"]["name_en"] for item in drawn["features"]]
    assert difference(both(copies)).changes == []


def test_an_area_that_has_gone_ends_and_is_no_longer_found(db, copies):
    code, path = "99010100300100101", copies / "yunxi" / "areas.csv"
    row = f"{code},micro_grid,990101003001001,桃源一号微网格,Taoyuan Micro-grid 1,C,0,2024-01-01\n"
    path.write_text(path.read_text(encoding="utf-8") + row, encoding="utf-8")
    load_both(copies)
    assert code in areas().by_code
    drop_line(copies / "yunxi" / "areas.csv", code)

    load_both(copies)

    assert Area.objects.get(code=code).valid_until is not None
    assert code not in areas().by_code


def test_what_an_administrator_has_set_is_kept(db):
    Setting.objects.update_or_create(key="cases.extensions", defaults={"value": 1, "pack": ""})

    found = difference(both(PACKS))

    assert [str(change) for change in found.changes] == [
        "= cases.extensions  value: 1 → 2  (kept: set here, not by this pack)"
    ]
    load(found)
    assert Setting.objects.get(key="cases.extensions").value == 1
