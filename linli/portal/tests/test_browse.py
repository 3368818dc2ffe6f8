"""Home, map and one's own reports: what they show, what they leave out, and what they cost."""

from __future__ import annotations

import gzip
import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.cases.models import Case
from linli.cases.operations import follow_case, support_case
from linli.cases.tests.factories import (
    CHILD,
    COVER,
    FAR_GRID,
    FLOOD,
    GRID,
    OTHER_GRID,
    RUBBISH,
    at_post,
    browser_of,
    case_at,
    reported,
)
from linli.cases.workflow import Stage
from linli.catalogue.models import Category
from linli.kernel.identifiers import new_id, new_reference
from linli.kernel.snapshots import forget_all
from linli.portal.queries import choices, drawing, near
from linli.portal.tests.factories import ENGLISH, own_page, page

pytestmark = pytest.mark.django_db
POINTS = "/map/points.json"


def many(count: int, grid: str = GRID) -> None:
    """Rows as they lie after a storm, without the way there."""
    now = timezone.now()
    Case.objects.bulk_create(
        Case(
            id=new_id(), reference=new_reference(now), category_id=FLOOD, text="积水", public_text="积水",
            stage=Stage.REGISTERED, queue="dispatch", lng=110.24 + number / 1e5, lat=30.65, cell=622236721348804607,
            street_code=grid[:9], community_code=grid[:12], grid_code=grid, door="portal", reported_at=now,
        )
        for number in range(count)
    )  # fmt: skip


def text_of(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


# --- home ---


def test_home_offers_to_report_to_look_up_and_shows_what_is_open(client):
    case = case_at("registered", text="路口积水没过脚面")
    closed = case_at("closed", text="早就办好了")

    shown = text_of(client, "/")

    assert reverse("portal:report") in shown and 'name="reference"' in shown
    assert case.public_text in shown and closed.public_text not in shown


def test_home_shows_the_chosen_community_and_remembers_it(client):
    here, there = case_at("registered", text="石榴这里"), case_at("registered", text="那边那件", grid=OTHER_GRID)

    assert there.public_text not in text_of(client, "/", area=here.community_code)
    again = text_of(client, "/")
    assert here.public_text in again and there.public_text not in again
    assert there.public_text in text_of(client, "/", area="")
    assert text_of(client, "/", area="999<script>")


def test_figures_of_the_month_count_what_was_finished_and_what_was_late(client):
    reported()
    for is_late in (True, False, False, False):
        case = case_at("closed")
        Case.objects.filter(pk=case.pk).update(is_overdue=is_late)
    forget_all()

    month = near.month()

    assert (month.open, month.closed, month.in_time) == (1, 4, 75)
    assert "75" in text_of(client, "/")


def test_home_costs_few_statements_however_many_reports_there_are(client, django_assert_max_num_queries):
    many(60)
    client.get("/")
    with django_assert_max_num_queries(3):
        client.get("/")


# --- map ---


def test_points_tell_stage_kind_and_voices_never_limits_or_words(client):
    case = case_at("accepted", text="电话19900001234")
    support_case(actor=at_post("resident"), case=case)

    (point,) = client.get(POINTS).json()["points"]

    lng, lat, shape, stage, reference, category, supports = point
    assert (round(lng, 5), round(lat, 5)) == (round(case.lng, 5), round(case.lat, 5))
    assert (shape, stage, reference, category, supports) == ("green", "办理中", case.reference, "道路积水", 1)


def test_points_leave_out_what_is_not_open_or_not_public(client):
    case_at("closed")
    case_at(Stage.VOID)
    reported("孩子被打", category=CHILD)
    reported("不公开", is_public=False)

    assert client.get(POINTS).json() == {"points": []}


def test_points_of_one_class_and_in_the_readers_language(client):
    reported(category=COVER)
    reported(category=RUBBISH)
    client.cookies.load(ENGLISH)

    (point,) = client.get(POINTS, {"class": "C01"}).json()["points"]

    assert point[3] == "Received" and point[5] == Category.objects.get(pk=COVER).name_en
    assert len(client.get(POINTS, {"class": "nonsense"}).json()["points"]) == 2


def test_four_thousand_points_cost_one_statement(client, django_assert_max_num_queries):
    many(4000)
    client.get("/map/")
    drawing._points.forget()
    with django_assert_max_num_queries(1):
        assert len(client.get(POINTS).json()["points"]) == 4000
    with django_assert_max_num_queries(0):
        client.get(POINTS)


def test_the_list_beside_the_map_has_the_same_reports_a_page_at_a_time(client):
    many(45)
    first = client.get("/map/")
    second = client.get("/map/" + first.context["older"])
    third = client.get("/map/" + second.context["older"])
    back = client.get("/map/" + third.context["newer"])

    seen = [[card["reference"] for card in answer.context["cards"]] for answer in (first, second, third, back)]
    assert [len(part) for part in seen] == [20, 20, 5, 20]
    assert len({*seen[0], *seen[1], *seen[2]}) == 45
    assert seen[3] == seen[1] and not third.context["older"]


def test_the_list_narrows_by_class_and_community(client):
    case_at("registered", text="这里的积水")
    case_at("registered", text="远处的垃圾", category=RUBBISH, grid=OTHER_GRID)

    assert "远处的垃圾" not in text_of(client, "/map/", **{"class": "E05"})
    assert "这里的积水" not in text_of(client, "/map/", area=OTHER_GRID[:12])
    assert client.get("/map/", {"after": "nonsense"}).status_code == 400


def test_the_map_page_costs_few_statements(client, django_assert_max_num_queries):
    many(45)
    client.get("/map/")
    with django_assert_max_num_queries(2):
        client.get("/map/", {"class": "E05"})


@pytest.mark.parametrize("name", ["map-sketch", "map-areas"])
def test_drawings_are_sent_once_and_compressed(client, name):
    address = reverse(f"portal:{name}")
    plain = client.get(address)
    packed = client.get(address, headers={"accept-encoding": "gzip"})
    again = client.get(address, headers={"if-none-match": plain["ETag"]})

    drawn = json.loads(plain.content)
    assert drawn["type"] == "FeatureCollection" and len(drawn["features"]) > 10
    assert packed["Content-Encoding"] == "gzip" and gzip.decompress(packed.content) == plain.content
    assert again.status_code == 304 and not again.content


def test_borders_name_every_grid_of_a_small_district(client):
    codes = {feature["properties"]["code"] for feature in client.get("/map/areas.json").json()["features"]}

    assert {GRID, FAR_GRID, GRID[:12], GRID[:9]} <= codes


# --- one's own ---


def test_my_reports_need_a_sign_in(client):
    assert client.get("/my/").url == "/accounts/login/?next=/my/"


def test_i_see_what_i_sent_follow_and_support_each_in_its_tab():
    resident = at_post("resident")
    mine = reported("门口的箅子松了", by=resident)
    followed = case_at("registered", text="我关注的那件")
    supported = case_at("registered", text="我附议的那件", east_m=60)
    follow_case(actor=resident, case=followed, is_following=True)
    support_case(actor=resident, case=supported)
    browser = browser_of(resident)

    shown = {tab: text_of(browser, "/my/", tab=tab) for tab in near.MINE_TABS}

    for tab, case in (("mine", mine), ("followed", followed), ("supported", supported)):
        others = {mine.text, followed.text, supported.text} - {case.text}
        assert case.text in shown[tab] and not any(other in shown[tab] for other in others)
    assert own_page(mine) in shown["mine"] and page(followed) in shown["followed"]


def test_what_was_sealed_or_withdrawn_later_leaves_the_tabs_of_others():
    resident = at_post("resident")
    case = case_at("registered", text="后来封存的")
    follow_case(actor=resident, case=case, is_following=True)
    Case.objects.update(is_sealed=True, is_public=False)

    assert "后来封存的" not in text_of(browser_of(resident), "/my/", tab="followed")


def test_my_finished_reports_ask_for_my_judgement():
    resident = at_post("resident")
    case_at("closed", by=resident)

    browser = browser_of(resident)

    assert "等您评价" in text_of(browser, "/my/", state="closed")
    assert "等您评价" not in text_of(browser, "/my/", state="open")


def test_my_reports_cost_at_most_eight_statements(django_assert_max_num_queries):
    resident = at_post("resident")
    many(30)
    Case.objects.update(reporter_id=resident.person_id)
    browser = browser_of(resident)
    browser.get("/my/")
    with django_assert_max_num_queries(8):
        browser.get("/my/")


# --- kinds by word ---


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [("路灯", "C0137"), ("路灯坏了", "C0137"), ("street lamp", "C0137"), ("飞线", "E0607"), ("污水井盖", "C0102"),
     ("积水", "E0506"), ("打孩子", CHILD), ("E0110", "E0110"), ("rubbish", "E0110")],
)  # fmt: skip
def test_a_kind_is_found_by_its_name_or_a_word_people_use(asked, wanted):
    assert wanted in [category.code for category in choices.search_categories(asked)][:4]


@pytest.mark.parametrize("asked", ["", "  ", "qqqqzzzz", "鑫", "%", "'; drop table"])
def test_words_that_name_no_kind_find_none(asked):
    assert choices.search_categories(asked) == []


def test_frequent_kinds_come_from_what_people_report_and_are_never_sealed():
    for _again in range(3):
        reported(category=COVER)
        reported("孩子被打", category=CHILD)

    codes = [category.code for category in choices.frequent_categories()]

    assert codes[0] == COVER and CHILD not in codes and len(codes) == 12
