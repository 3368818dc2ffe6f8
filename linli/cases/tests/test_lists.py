"""Lists: what stands in which tab, every filter, pages that lose nothing, and the same number of queries at any size."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.cases.models import Case, SavedFilter
from linli.cases.operations import Ask, follow_case, take
from linli.cases.queries import counts
from linli.cases.queries.counts import counts_up_to, shown
from linli.cases.queries.lists import LIGHTS, ORDERS, PAGE, TABS, CaseFilter, Page, filtered, keyset_page, listed, of_light
from linli.cases.tests import factories as make
from linli.cases.views import columns
from linli.cases.workflow import Stage
from linli.catalogue.models import Category
from linli.kernel import snapshots
from linli.kernel.policy import Actor
from linli.organizations.models import Organization
from linli.places.queries import areas

pytestmark = pytest.mark.django_db
LIST = "/desk/cases/"


def page(actor: Actor, wanted: CaseFilter, **place: Any) -> Page:
    return keyset_page(listed(actor, wanted), wanted, **place)


def found(actor: Actor, **wanted: str) -> set[str]:
    return {case.reference for case in page(actor, CaseFilter.read({"tab": "all", **wanted}), size=100).rows}


def test_each_stage_waits_for_those_whose_turn_it_is() -> None:
    dispatcher, clerk, grid = (make.at_post(role) for role in ("street_dispatcher", "department_clerk", "grid_worker"))
    cases = {stage: make.case_at(stage, east_m=number * 30) for number, stage in enumerate(Stage.values)}
    waits_for = {
        dispatcher: {Stage.REPORTED, Stage.REGISTERED, Stage.VERIFIED, Stage.SUSPENDED},
        clerk: {Stage.DISPATCHED, Stage.ACCEPTED},
        grid: {Stage.PRE_CHECK, Stage.DELIVERED},
    }

    for actor, stages in waits_for.items():
        todo = found(actor, tab="todo")
        assert {stage for stage, case in cases.items() if case.reference in todo} == stages, actor.role


def test_a_request_waits_for_who_decides_it_even_after_the_end() -> None:
    case = make.case_at(Stage.ACCEPTED)
    take(
        "ask_suspension",
        actor=make.at_post("department_clerk"),
        case=case,
        ask=Ask(text="等"),
        until=timezone.now() + timedelta(days=3),
    )
    late = make.case_at(Stage.ACCEPTED, east_m=100)
    with time_machine.travel(late.due_at + timedelta(hours=1), tick=False):
        for step in (make.DELIVER, make.VERIFY, make.CLOSE):
            late = step(late)
    take("appeal", actor=make.at_post("department_clerk"), case=late, ask=Ask(text="停水"))

    assert case.reference in found(make.at_post("department_head"), tab="todo")
    dispatcher = found(make.at_post("street_dispatcher"), tab="todo")
    assert late.reference in dispatcher and case.reference not in dispatcher
    for narrowed in ({"state": "open"}, {"order": "due"}):  # its request waits, but it is closed
        assert late.reference not in found(make.at_post("street_dispatcher"), tab="todo", **narrowed)


def test_tabs_hold_what_their_names_say() -> None:
    dispatcher = make.at_post("street_dispatcher")
    acted, followed, carded, mine = (make.reported(str(n), east_m=n * 40) for n in range(4))
    mine = make.reported("我报的", east_m=200, by=dispatcher)
    take("register", actor=dispatcher, case=acted)
    follow_case(actor=dispatcher, case=followed, is_following=True)
    take("supervise", actor=dispatcher, case=carded, card="yellow", ask=Ask(text="抓紧"))

    assert found(dispatcher, tab="done") >= {acted.reference, carded.reference}
    assert followed.reference not in found(dispatcher, tab="done")
    assert found(dispatcher, tab="followed") == {followed.reference}
    assert found(dispatcher, tab="supervised") == {carded.reference}
    assert found(dispatcher, tab="mine") == {mine.reference}
    follow_case(actor=dispatcher, case=followed, is_following=False)
    assert found(dispatcher, tab="followed") == set()


def test_the_tab_mine_of_a_unit_is_what_it_has_and_helps_with() -> None:
    lead = make.case_at(Stage.ACCEPTED)
    helped = make.case_at(Stage.REGISTERED, east_m=100)
    take(
        "dispatch",
        actor=make.at_post("street_dispatcher"),
        case=helped,
        unit=make.body("dept-yl"),
        co_units=[make.body("dept-ps")],
    )
    ended = make.case_at(Stage.CLOSED, east_m=200)
    clerk = make.at_post("department_clerk")

    assert found(clerk, tab="mine") == {lead.reference, helped.reference}
    assert found(clerk, tab="all") == {lead.reference, ended.reference}


def test_every_filter_narrows_to_what_it_names() -> None:
    dispatcher = make.at_post("street_dispatcher")
    flood = make.reported("桥下积水，还有燃气泄漏")
    rubbish = make.case_at(Stage.ACCEPTED, text="垃圾无人清运", category=make.RUBBISH, grid=make.OTHER_GRID)
    closed = make.case_at(Stage.CLOSED, text="雨水箅子堵了", category=make.COVER, east_m=90)
    today = timezone.localdate().isoformat()
    expected = {
        "stage": ("accepted", {rubbish}), "state": ("closed", {closed}), "category": (make.COVER, {closed}),
        "area": (make.OTHER_GRID, {rubbish}), "unit": (str(make.body("dept-ps")), {rubbish, closed}),
        "level": ("critical", {flood}), "result": ("fixed", {closed}), "door": ("portal", {flood, rubbish, closed}),
        "q": ("垃圾 清运", {rubbish}), "light": ("grey", {closed}), "since": (today, {flood, rubbish, closed}),
    }  # fmt: skip

    for name, (value, cases) in expected.items():
        assert found(dispatcher, **{name: value}) == {case.reference for case in cases}, name
    assert found(dispatcher, category="E05") == {flood.reference}
    assert found(dispatcher, q=closed.reference.lower()) == {closed.reference}
    assert found(dispatcher, until=(timezone.localdate() - timedelta(days=1)).isoformat()) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"stage": "x"}, {"tab": "x"}, {"since": "gestern"}, {"situation": "1"}, {"order": "x"}, {"after": "x"}, {"area": "x"},
        {"since": "0026-11-01"}, {"since": "1969-12-31"}, {"until": "9999-12-31"},
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_read_is_refused_with_400_in_words(wrong: dict[str, str]) -> None:
    browser = make.browser_of(make.at_post("street_dispatcher"))

    answer = browser.get(LIST, wrong)
    assert answer.status_code == 400
    assert any(words in answer.content.decode() for words in ("不是", "不在可选范围内"))
    assert "after" in wrong or browser.get(f"{LIST}export/", wrong).status_code == 400


@pytest.mark.parametrize("odd", [{"unit": "²"}, {"unit": "9" * 30}, {"size": "²"}])
def test_a_number_that_is_none_finds_nothing_or_is_passed_over(odd: dict[str, str]) -> None:
    assert make.browser_of(make.at_post("street_dispatcher")).get(LIST, odd).status_code == 200


def test_a_filter_that_is_taken_back_is_gone_from_the_address_that_is_asked() -> None:
    browser = make.browser_of(make.at_post("street_dispatcher"))

    html = browser.get(f"{LIST}?tab=all&light=red").content.decode()
    assert f'hx-get="{LIST}"' in html  # an empty one would add to what stands in the address already


def test_the_list_says_why_a_case_waits_and_what_its_order_leaves_out() -> None:
    case = make.case_at(Stage.ACCEPTED)
    take("ask_extension", actor=make.at_post("department_clerk"), case=case, ask=Ask(text="配件要三天才到"))
    browser = make.browser_of(make.at_post("street_dispatcher"))

    usual, by_limit = (browser.get(f"{LIST}?tab=all{order}").content.decode() for order in ("", "&order=due"))
    assert "申请延期" in usual.split("<tbody>")[1]
    assert "只列有时限的在办案件" in by_limit and "只列有时限的在办案件" not in usual


def test_a_searched_name_offers_the_filter_that_holds_all_of_its_cases() -> None:
    case = make.case_at(Stage.ACCEPTED)
    browser = make.browser_of(make.at_post("street_dispatcher"))

    def offered(text: str) -> list[str]:
        html = browser.get(LIST, {"q": text}).content.decode()
        return [unescape(part.split('"')[0]) for part in html.split('class="tag tag-accent list-chip" href="')[1:]]

    community = areas().name(case.community_code)
    for text in (case.category.name[:3], community, case.lead_unit.name, case.reference[:6]):
        assert any(case.reference in browser.get(url).content.decode() for url in offered(text)), text
    assert offered("灯") == offered("没有这样的名称") == []


def test_what_a_unit_has_in_hand_is_not_called_its_own_reports() -> None:
    def tabs(role: str) -> str:
        return make.browser_of(make.at_post(role)).get(LIST).content.decode().split('id="cases-tabs"')[1].split("</nav>")[0]

    assert "本单位" in tabs("department_clerk") and "本单位" not in tabs("street_dispatcher")


def test_the_light_of_the_list_is_the_light_of_the_case() -> None:
    now = timezone.now()
    cases = [
        make.case_at(stage, east_m=n * 30)
        for n, stage in enumerate((Stage.REPORTED, Stage.ACCEPTED, Stage.SUSPENDED, Stage.CLOSED))
    ]
    take("supervise", actor=make.at_post("street_dispatcher"), case=cases[1], card="red", ask=Ask(text="抓紧"))

    for moment in (now, now + timedelta(hours=1, minutes=50), now + timedelta(days=3)):
        for light in LIGHTS:
            rows = set(of_light(Case.objects.all(), light, moment).values_list("pk", flat=True))
            assert rows == {case.pk for case in Case.objects.all() if case.light(moment) == light}, light


@pytest.mark.parametrize("order", ORDERS)
def test_pages_forward_and_back_lose_and_double_nothing(order: str) -> None:
    dispatcher = make.at_post("street_dispatcher")
    with time_machine.travel(timezone.now(), tick=False):  # equal times: the id must decide
        for number in range(11):
            make.reported(str(number), east_m=number)
    wanted = CaseFilter(order=order)

    forward, key, pages = [], "", []
    while True:
        current = page(dispatcher, wanted, key=key, size=4)
        pages.append([case.pk for case in current.rows])
        forward += pages[-1]
        if not current.older:
            break
        key = current.older
    back = page(dispatcher, wanted, key=current.newer, back=True, size=4)

    assert len(forward) == len(set(forward)) == 11
    assert [case.pk for case in back.rows] == pages[-2]
    assert pages[0] == [case.pk for case in page(dispatcher, wanted, size=4).rows]


def test_counting_stops_where_nobody_reads_on() -> None:
    for number in range(7):
        make.reported(str(number), east_m=number)

    assert counts_up_to([Case.objects.all(), Case.objects.none(), Case.objects.filter(level="critical")], 5) == [5, 0, 0]
    assert [shown(count) for count in (0, 999, 1000)] == ["0", "999", "999+"]


def test_a_stranger_to_the_area_finds_nothing_and_sealed_cases_stay_hidden() -> None:
    make.reported()
    sealed = make.reported("线索", category=make.CHILD, east_m=50)
    elsewhere = make.at_post("street_dispatcher", organization="jd-qingping", area=make.OTHER_STREET)
    dispatcher = make.at_post("street_dispatcher")
    supervisor = make.at_post("district_supervisor")

    for tab in ("todo", "all", "supervised"):
        assert found(elsewhere, tab=tab) == set()
        assert sealed.reference not in found(dispatcher, tab=tab)
    assert sealed.reference in found(supervisor)
    assert sealed.reference not in found(dispatcher, q=sealed.reference)


# --- the page ---------------------------------------------------------------------------------------------------------


def queries_of(browser: Client, address: str) -> int:
    """Statements of a page, without the one that asks once a second whether the catalogue has changed."""
    costs = []
    for _turn in range(3):
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(address).status_code == 200
        costs.append(len(caught))
    return min(costs)


def test_a_list_costs_the_same_few_queries_at_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "LOOK_EVERY", 3600.0)  # its statement comes every few seconds, which a slow machine sees
    browser = make.browser_of(make.at_post("street_dispatcher"))
    make.case_at(Stage.ACCEPTED)
    few = [queries_of(browser, f"{LIST}?tab={tab}") for tab in ("todo", "done", "all")]
    for number in range(25):
        make.reported(str(number), east_m=number * 9)
    many = [queries_of(browser, f"{LIST}?tab={tab}") for tab in ("todo", "done", "all")]

    assert few == many
    assert max(many) <= 8


def test_the_page_shows_rows_counts_filters_and_the_way_on() -> None:
    dispatcher = make.at_post("street_dispatcher")
    browser = make.browser_of(dispatcher)
    for number in range(12):
        case = make.reported(f"第{number}处积水 <b>", east_m=number * 20)

    html = browser.get(f"{LIST}?tab=all&size=10&category=E05").content.decode()

    assert f'href="/desk/cases/{case.reference}/"' in html
    assert "&lt;b&gt;" in html and "<b>" not in html
    assert "共 12 件" in html
    assert 'value="E05" selected' in html
    older = html.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    query = parse_qs(urlparse(older).query)
    assert (query["category"], query["tab"]) == (["E05"], ["all"])
    assert "after" in query


def test_htmx_gets_only_the_part_that_changes() -> None:
    browser = make.browser_of(make.at_post("street_dispatcher"))
    case = make.reported()

    whole = browser.get(f"{LIST}?tab=all").content.decode()
    part = browser.get(f"{LIST}?tab=all", headers={"HX-Request": "true", "HX-Target": "cases-part"}).content.decode()

    assert "<html" in whole and "<html" not in part
    assert 'id="cases-part"' in part and case.reference in part
    assert len(part) < len(whole) / 2


def test_an_empty_list_says_what_to_do() -> None:
    browser = make.browser_of(make.at_post("street_dispatcher"))

    assert "没有待办" in browser.get(LIST).content.decode()
    assert "没有符合条件的案件" in browser.get(f"{LIST}?tab=all&category={make.FLOOD}").content.decode()


def test_chosen_columns_are_remembered() -> None:
    browser = make.browser_of(make.at_post("street_dispatcher"))
    make.reported(address="滨河路1号")

    first = browser.get(f"{LIST}?tab=all&columns=reference&columns=address").content.decode()
    later = browser.get(f"{LIST}?tab=all").content.decode()

    for html in (first, later):
        head = html.split("<thead>")[1].split("</thead>")[0]
        assert "地址" in head and "剩余时限" not in head


@pytest.mark.parametrize("order", ORDERS)
def test_every_column_shows_its_cell_from_the_fields_it_names_and_asks_for_no_other(order: str) -> None:
    browser = make.browser_of(make.at_post("street_dispatcher"))
    bare = {"due_at": None, "step_due_at": None, "warn_at": None}
    cases = [make.case_at(Stage.RATED), make.case_at(Stage.SUSPENDED), make.case_at(Stage.ACCEPTED), make.reported()]
    for late, changes in zip(cases[2:], ({"due_at": timezone.now() - timedelta(hours=1)}, bare), strict=True):
        Case.objects.filter(pk=late.pk).update(**changes)
    usual = queries_of(browser, f"{LIST}?tab=all&order={order}")

    for key in columns.COLUMNS:
        address = f"{LIST}?tab=all&order={order}&columns={key}"
        html = browser.get(address).content.decode()
        assert queries_of(browser, address) == usual, key
        shown_rows = 2 if order == "due" else 4  # those that are open and have a limit
        assert html.split("<tbody>")[1].count("<td") == 2 * shown_rows, key  # the box and the cell


def test_what_a_case_had_to_do_with_keeps_its_name_when_it_is_no_longer_in_use() -> None:
    case = make.case_at(Stage.CLOSED)
    names = (case.lead_unit.name, case.category.name)
    Organization.objects.filter(pk=case.lead_unit_id).update(is_active=False)
    Category.objects.filter(pk=case.category_id).update(is_active=False)
    for stamp in ("organizations", "catalogue"):
        snapshots.changed(stamp)

    html = make.browser_of(make.at_post("street_dispatcher")).get(f"{LIST}?tab=all").content.decode()
    row = html.split("<tbody>")[1]
    assert all(name in row for name in names)
    assert names[0] not in html.split("<tbody>")[0]  # but nobody is offered it any more


def test_a_tab_that_was_found_full_is_not_counted_again_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    dispatcher = make.at_post("street_dispatcher")
    cases = [make.reported(str(number), east_m=number) for number in range(3)]
    browser, wanted = make.browser_of(dispatcher), CaseFilter()
    monkeypatch.setattr(counts, "FOUND_UP_TO", 3)

    def count() -> int:
        first = page(dispatcher, wanted, size=2)
        return counts.list_counts(dispatcher, TABS, Case.objects.none(), wanted, first, size=2)[0]["all"]

    assert count() == 3
    with CaptureQueriesContext(connection) as caught:
        assert count() == 3
    assert caught[-1]["sql"].count("LIMIT 3)") == 5  # done, mine, followed, supervised, situations; not all

    Case.objects.filter(pk__in=[case.pk for case in cases[1:]]).update(is_sealed=True)  # what is there to be seen is said at once
    html = browser.get(f"{LIST}?tab=all").content.decode()
    assert "共 1 件" in html
    assert '<span class="count">1</span>' in html.split('aria-current="page"')[-1].split("</a>")[0]


def test_words_are_counted_to_one_page() -> None:
    dispatcher = make.at_post("street_dispatcher")
    for number in range(PAGE + 3):
        make.reported(f"积水{number}", east_m=number * 3)

    browser = make.browser_of(dispatcher)
    assert "共 50+ 件" in browser.get(f"{LIST}?tab=all&q=积水").content.decode()
    assert f"共 {PAGE + 3} 件" in browser.get(f"{LIST}?tab=all&q=积水&size=100").content.decode()


def test_a_kept_list_brings_back_filter_and_columns_and_belongs_to_its_person() -> None:
    dispatcher = make.at_post("street_dispatcher")
    browser, other = make.browser_of(dispatcher), make.browser_of(make.at_post("street_dispatcher"))
    browser.get(f"{LIST}?columns=reference&columns=unit")

    browser.post("/desk/cases/filters/", {"name": "积水", "query": f"tab=all&category={make.FLOOD}&junk=1"})
    saved = SavedFilter.objects.get(person_id=dispatcher.person_id)
    opened = browser.get(f"/desk/cases/filters/{saved.pk}/")

    assert (saved.query, saved.columns) == (f"tab=all&category={make.FLOOD}", ["reference", "unit"])
    assert opened.url == f"/desk/cases/?tab=all&category={make.FLOOD}&columns=reference&columns=unit"
    assert other.get(f"/desk/cases/filters/{saved.pk}/").status_code == 404
    assert other.post(f"/desk/cases/filters/{saved.pk}/delete/").status_code == 404
    assert browser.post(f"/desk/cases/filters/{saved.pk}/delete/").status_code == 302
    assert not SavedFilter.objects.exists()


def test_roles_without_the_right_get_403_and_visitors_are_sent_to_sign_in() -> None:
    for role in ("administrator", "evaluator", "screen_viewer", "resident"):
        assert make.browser_of(make.at_post(role)).get(LIST).status_code == 403, role
    answer = Client().get(LIST)
    assert (answer.status_code, answer.url) == (302, "/accounts/login/?next=/desk/cases/")


def test_pages_of_the_desk_are_kept_by_nobody_between() -> None:
    answer = make.browser_of(make.at_post("street_dispatcher")).get(LIST)

    assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]


def test_a_filter_with_no_rows_keeps_of_the_whole_set_nothing() -> None:
    assert not filtered(Case.objects.all(), CaseFilter(unit="abc")).exists()
