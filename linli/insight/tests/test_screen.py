"""The situation screen: nothing of a person in it, sealed cases absent, its area only, cheap, and quiet while nothing changes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.cases.models import Case, Situation
from linli.cases.operations import Ask, Report, report_case, take
from linli.cases.operations.situations import open_situation
from linli.cases.tests.factories import (
    CHILD,
    COMMUNITY,
    DISTRICT,
    FLOOD,
    GRID,
    RUBBISH,
    STREET,
    at_post,
    browser_of,
    case_at,
    person,
    point_in,
    reported,
)  # fmt: skip
from linli.insight.operations import refresh_day
from linli.insight.queries.screen import screen_data
from linli.insight.tests.lives import FAR_GRID
from linli.kernel.policy import Actor
from linli.organizations.queries import resident_actor

pytestmark = pytest.mark.django_db
SCREEN, DATA = "/screen/", "/screen/data.json"
SECRETS = {
    "text": "独家原文西瓜皮", "address": "梧桐里八幢二单元", "name": "柳小测", "phone": "19900005678", "email": "liu@example.org",
    "answer": "回复原文石榴籽", "note": "内部备注芝麻糖", "rating": "评价原文桂花糕",
}  # fmt: skip


def data_of(actor: Actor) -> dict[str, Any]:
    cache.clear()
    return json.loads(browser_of(actor).get(DATA).content)


def told_everything() -> Case:
    """A case in which every field that could tell of a person says something that can be found again."""
    who = person(SECRETS["name"], phone=SECRETS["phone"], email=SECRETS["email"])
    reporter = resident_actor(who.pk, name=SECRETS["name"])
    lng, lat = point_in(GRID)
    contact = {"name": SECRETS["name"], "phone": SECRETS["phone"], "email": SECRETS["email"]}
    report = Report(
        category=FLOOD, text=f"{SECRETS['text']}，找{SECRETS['name']}{SECRETS['phone']}", lng=lng, lat=lat, door="portal",
        address=SECRETS["address"], contact=contact,
    )  # fmt: skip
    case = report_case(actor=reporter, report=report).case
    case = case_at("verified", case=case)
    take("close", actor=at_post("street_dispatcher"), case=case, ask=Ask(text=SECRETS["answer"], note=SECRETS["note"]))
    take("rate", actor=reporter, case=case, ask=Ask(text=SECRETS["rating"]), solved="no", satisfaction=1)
    case.refresh_from_db()
    return case


def test_nothing_of_a_person_is_on_the_screen() -> None:
    closed = told_everything()
    lng, lat = point_in(GRID)
    contact = {"name": SECRETS["name"], "phone": SECRETS["phone"]}
    report = Report(
        category=FLOOD, text=SECRETS["text"], lng=lng, lat=lat, door="portal", address=SECRETS["address"], contact=contact
    )
    fresh = report_case(actor=at_post("resident"), report=report).case
    refresh_day(timezone.localdate())
    browser = browser_of(at_post("screen_viewer"))
    for address in (SCREEN, DATA):
        shown = browser.get(address).content.decode()
        written = shown + shown.encode().decode("unicode_escape", "ignore")  # json_script writes some letters as numbers
        for name, secret in SECRETS.items():
            assert secret not in written, (address, name)
        for case in (closed, fresh):
            assert case.reference not in shown
            assert str(case.pk) not in shown
            assert str(round(case.lng, 6)) not in shown


def test_the_figures_hold_these_fields_and_no_others() -> None:
    told_everything()
    case_at("accepted", category=RUBBISH)
    found = data_of(at_post("screen_viewer"))
    assert found.keys() == {
        "place", "today", "open", "rates", "kinds", "areas", "usual_hours", "latest", "situations", "points", "is_cut",
    }  # fmt: skip
    assert all(step.keys() == {"at", "area", "kind", "stage", "tone"} for step in found["latest"])
    assert {step["area"] for step in found["latest"]} == {"石榴社区"}
    (point,) = found["points"]
    lng, lat, light, stage, reference, kind = point
    assert (light, stage, reference, kind) == ("green", "处置中", "", "暴露垃圾")
    assert (lng, lat) == (round(lng, 4), round(lat, 4))
    assert found["areas"] == [] or found["areas"][0].keys() == {"name", "score", "in_time", "open", "late"}


def test_sealed_cases_are_absent_from_everything() -> None:
    viewer = at_post("screen_viewer")
    refresh_day(timezone.localdate())
    before = data_of(viewer)
    case = reported(category=CHILD, text="线索")
    Case.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(hours=1))
    open_situation(actor=at_post("street_dispatcher"), name="暴雨", area_code=STREET, since=timezone.now() - timedelta(hours=2))
    Case.objects.filter(pk=case.pk).update(situation=Situation.objects.get())
    refresh_day(timezone.localdate())
    assert case.is_sealed
    after = data_of(viewer)
    (situation,) = after.pop("situations")
    assert (situation["reports"], situation["waiting"], situation["moving"], situation["done"]) == (0, 0, 0, 0)
    before.pop("situations")
    assert after == before
    leader = data_of(at_post("district_supervisor"))
    assert (leader["open"]["all"], leader["today"]["reported"], leader["latest"], leader["points"]) == (0, 0, [], [])


def test_figures_agree_with_the_cases() -> None:
    with time_machine.travel(timezone.now() - timedelta(days=3), tick=False):
        old = case_at("accepted", category=FLOOD)
        reported(category=RUBBISH)
    case_at("accepted", category=RUBBISH)
    done = case_at("delivered", category=RUBBISH)
    case_at("rated", category=RUBBISH)
    case_at("suspended", category=RUBBISH)
    for back in range(4):
        refresh_day(timezone.localdate() - timedelta(days=back))
    found = data_of(at_post("screen_viewer"))
    assert {name: found["today"][name] for name in ("reported", "done", "closed")} == {"reported": 4, "done": 2, "closed": 1}
    assert sum(found["today"]["hours"]) == 4
    assert found["today"]["doors"] == [{"door": "portal", "count": 4}]
    lights = {case.pk: case.light() for case in Case.objects.filter(is_open=True)}
    assert lights[old.pk] == "red"
    assert {name: found["open"][name] for name in ("red", "green", "grey", "yellow", "violet")} == {
        name: list(lights.values()).count(name) for name in ("red", "green", "grey", "yellow", "violet")
    }
    assert found["open"]["all"] == len(lights) == len(found["points"])
    assert found["open"]["phases"] == {"waiting": 1, "sent": 0, "in_hand": 2, "suspended": 1, "checked": 1}
    assert found["kinds"] == [{"name": "暴露垃圾", "count": 1}, {"name": "道路积水", "count": 1}]
    assert [(row["name"], row["open"], row["late"]) for row in found["areas"]] == [
        ("石榴社区", 5, list(lights.values()).count("red"))
    ]
    assert found["latest"][0]["kind"] == "暴露垃圾"
    assert len(found["latest"]) == 4
    assert done.community_code == COMMUNITY


def test_a_post_sees_its_own_area() -> None:
    reported(category=RUBBISH)
    reported(category=FLOOD, grid=FAR_GRID)
    far_office = at_post("street_dispatcher", organization="jd-qingping", area=FAR_GRID[:9])
    open_situation(actor=far_office, name="邻街积水", area_code=FAR_GRID[:9], since=timezone.now() - timedelta(hours=1))
    mine, far = data_of(at_post("screen_viewer")), data_of(at_post("screen_viewer", area=FAR_GRID[:9]))
    whole = data_of(at_post("district_leader"))
    assert (mine["place"], mine["open"]["all"], mine["situations"]) == ("清河街道", 1, [])
    assert (far["place"], far["open"]["all"], far["situations"][0]["reports"]) == ("青屏街道", 1, 1)
    assert (whole["place"], whole["open"]["all"], len(whole["situations"])) == ("云溪区", 2, 1)
    assert {point[5] for point in mine["points"]} == {"暴露垃圾"}


def test_who_may_look() -> None:
    assert Client().get(SCREEN)["Location"].startswith("/accounts/login/")
    assert Client().get(DATA).status_code == 401
    for role in ("resident", "grid_worker", "street_dispatcher", "department_head", "evaluator"):
        browser = browser_of(at_post(role))
        assert (browser.get(SCREEN).status_code, browser.get(DATA).status_code) == (403, 403), role
    for role in ("screen_viewer", "street_leader", "district_leader", "district_supervisor"):
        browser = browser_of(at_post(role))
        assert (browser.get(SCREEN).status_code, browser.get(DATA).status_code) == (200, 200), role
    assert browser_of(at_post("screen_viewer")).post(DATA).status_code == 405


def test_nothing_is_sent_while_nothing_has_changed() -> None:
    browser = browser_of(at_post("screen_viewer"))
    first = browser.get(DATA)
    again = browser.get(DATA, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    reported()
    moved = browser.get(DATA, headers={"If-None-Match": first["ETag"]})
    assert moved.status_code == 200
    assert moved["ETag"] != first["ETag"]
    assert "no-cache" in moved["Cache-Control"]
    assert "private" in moved["Cache-Control"]


def test_what_the_screen_costs() -> None:
    for category in (FLOOD, RUBBISH):
        case_at("accepted", category=category)
    open_situation(actor=at_post("street_dispatcher"), name="暴雨", area_code=STREET, since=timezone.now() - timedelta(hours=2))
    viewer = at_post("screen_viewer")
    screen_data(viewer)
    cache.clear()
    with CaptureQueriesContext(connection) as cold:
        screen_data(viewer)
    assert len(cold) <= 7
    browser = browser_of(viewer)
    browser.get(DATA)
    with CaptureQueriesContext(connection) as warm:
        assert browser.get(DATA).status_code == 200
    assert len(warm) <= 8


def test_the_page_brings_its_first_figures_and_names_its_parts() -> None:
    case_at("accepted")
    page = browser_of(at_post("screen_viewer")).get(SCREEN).content.decode()
    assert 'id="screen-data" type="application/json"' in page
    assert page.count('<section class="panel"') == 6
    assert "清河街道治理运行态势" in page
    assert 'data-palette="screen"' in page
    assert " style=" not in page
    english = browser_of(at_post("screen_viewer")).get(SCREEN, {"lang": "en"}).content.decode()
    assert "Qinghe Street: how things stand" in english


def test_the_district_whole_is_the_place_of_who_reaches_everywhere() -> None:
    page = browser_of(at_post("district_leader")).get(SCREEN)
    assert page.context["area"] == DISTRICT
