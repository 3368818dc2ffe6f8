"""Dispatch board, situation board and batches over HTTP, and the exported list."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from linli.cases import settings
from linli.cases.models import Case, Situation
from linli.cases.operations import take
from linli.cases.operations.situations import open_situation
from linli.cases.tests import factories as make
from linli.cases.workflow import Stage
from linli.kernel.models import Event, Setting
from linli.kernel.snapshots import changed

pytestmark = pytest.mark.django_db
BOARD = "/desk/dispatch/"
BATCH = "/desk/cases/batch/"


def dispatcher_browser() -> Any:
    return make.browser_of(make.at_post("street_dispatcher"))


# --- dispatch board ---------------------------------------------------------------------------------------------------


def test_the_board_holds_what_waits_the_most_urgent_first() -> None:
    calm = make.reported("垃圾", category=make.RUBBISH)
    critical = make.reported("燃气泄漏", category=make.TREE, east_m=60)
    gone = make.case_at(Stage.DISPATCHED, east_m=120)

    html = dispatcher_browser().get(BOARD).content.decode()

    assert html.index(critical.reference) < html.index(calm.reference)
    assert gone.reference not in html.split("dispatch-panel")[0]
    assert "云溪区排水管理中心" in html.split("dispatch-loads")[1]


def test_the_suggestion_of_the_matrix_is_shown_and_sent_in_one_go() -> None:
    case = make.reported()
    browser = dispatcher_browser()
    panel = browser.get(f"{BOARD}{case.reference}/", headers={"HX-Request": "true"}).content.decode()
    lead, helpers = make.body("dept-ps"), {make.body("jd-qinghe"), make.body("dept-jj")}
    assert f'value="{lead}" selected' in panel and "责任矩阵：云溪区排水管理中心" in panel
    assert all(f'name="co_units" value="{helper}" checked' in panel for helper in helpers)

    answer = browser.post(
        f"{BOARD}{case.reference}/",
        {"version": case.version, "category": case.category_id, "condition": "01", "level": "urgent", "unit": lead,
         "co_units": sorted(helpers)},
    )  # fmt: skip

    case.refresh_from_db()
    assert answer.status_code == 302
    assert (case.stage, case.lead_unit_id, case.level) == (Stage.DISPATCHED, lead, "urgent")
    assert set(case.co_units.values_list("organization_id", flat=True)) == helpers


def test_the_suggestion_may_be_overridden_and_the_board_goes_on_to_the_next() -> None:
    first, second = make.reported(), make.reported("另一处", east_m=400)
    browser = dispatcher_browser()

    answer = browser.post(
        f"{BOARD}{first.reference}/",
        {"version": 1, "category": make.RUBBISH, "condition": "99", "level": "normal", "unit": make.body("dept-yl"),
         "following": second.reference},
    )  # fmt: skip

    first.refresh_from_db()
    assert answer.url == f"{BOARD}{second.reference}/"
    assert (first.category_id, first.lead_unit.code, first.stage) == (make.RUBBISH, "dept-yl", Stage.DISPATCHED)
    assert first.condition_code == "01"  # of the new category; the one sent was none of its


def test_a_board_left_open_too_long_says_what_happened() -> None:
    case = make.reported()
    make.REGISTER(case)

    answer = dispatcher_browser().post(
        f"{BOARD}{case.reference}/", {"version": 1, "category": case.category_id, "unit": make.body("dept-ps"), "text": "请快"}
    )

    assert answer.status_code == 409
    assert "已被其他人办理" in answer.content.decode() and "请快" in answer.content.decode()
    case.refresh_from_db()
    assert case.stage == Stage.REGISTERED


def test_a_form_without_a_unit_comes_back() -> None:
    case = make.reported()

    answer = dispatcher_browser().post(
        f"{BOARD}{case.reference}/", {"version": 1, "category": case.category_id, "condition": "01", "unit": "", "text": "请快"}
    )

    assert answer.status_code == 422 and "请快" in answer.content.decode()
    case.refresh_from_db()
    assert case.stage == Stage.REPORTED


def test_the_board_costs_the_same_at_any_length_and_is_for_dispatchers() -> None:
    browser = dispatcher_browser()
    counts = []
    for number in (1, 30):
        for one in range(number):
            make.reported(f"{number}-{one}", east_m=one * 7)
        browser.get(BOARD)
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(BOARD).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 10

    for role in ("department_clerk", "grid_worker", "auditor", "resident"):
        assert make.browser_of(make.at_post(role)).get(BOARD).status_code == 403, role
    other = make.browser_of(make.at_post("street_dispatcher", organization="jd-qingping", area=make.OTHER_STREET))
    reference = Case.objects.first().reference
    assert reference not in other.get(BOARD).content.decode()
    assert other.get(f"{BOARD}{reference}/").status_code == 404


# --- batches ----------------------------------------------------------------------------------------------------------


def test_a_batch_first_asks_then_takes_every_case_by_itself() -> None:
    good, gone = make.reported(), make.case_at(Stage.DISPATCHED, east_m=100)
    browser, ids = dispatcher_browser(), {"ids": [], "verb": "register"}
    ids["ids"] = [str(good.pk), str(gone.pk)]

    asked = browser.post(BATCH, ids)
    good.refresh_from_db()
    assert asked.status_code == 200 and good.stage == Stage.REPORTED
    assert "有 1 件处于可办阶段" in asked.content.decode()
    done = browser.post(BATCH, {**ids, "go": "1"}).content.decode()

    good.refresh_from_db()
    gone.refresh_from_db()
    assert (good.stage, gone.stage) == (Stage.REGISTERED, Stage.DISPATCHED)
    assert "成功 1 件" in done and "1 件未办理" in done
    assert "“立案”" in done.rsplit(gone.reference, 1)[1]


def test_a_batch_dispatches_by_the_matrix_merges_urges_and_closes() -> None:
    browser = dispatcher_browser()
    water, heap = make.case_at(Stage.REGISTERED), make.case_at(Stage.REGISTERED, category=make.RUBBISH, east_m=90)
    browser.post(BATCH, {"ids": [water.pk, heap.pk], "verb": "dispatch", "go": "1"})
    first, second = make.reported("甲", east_m=200), make.reported("乙", east_m=210)
    browser.post(BATCH, {"ids": [first.pk, second.pk], "verb": "merge", "target": second.pk, "go": "1"})
    nothing_said = browser.post(BATCH, {"ids": [water.pk], "verb": "urge", "go": "1", "text": ""})
    browser.post(BATCH, {"ids": [water.pk, heap.pk], "verb": "urge", "go": "1", "text": "请今日办结"})
    checked = make.case_at(Stage.VERIFIED, east_m=300)
    browser.post(BATCH, {"ids": [checked.pk], "verb": "close", "go": "1", "text": "已处理，联系 19900001234"})

    for case in (water, heap, first, checked):
        case.refresh_from_db()
    assert (water.lead_unit.code, heap.lead_unit.code) == ("dept-ps", "dept-hw")
    assert (first.stage, first.merged_into_id) == (Stage.MERGED, second.pk)
    assert nothing_said.status_code == 422
    assert (water.urge_count, heap.urge_count) == (1, 1)
    assert (checked.stage, checked.answer) == (Stage.CLOSED, "已处理，联系 199****1234")


def test_a_batch_touches_only_what_the_post_sees_and_may() -> None:
    case = make.case_at(Stage.REGISTERED)
    elsewhere = make.browser_of(make.at_post("street_dispatcher", organization="jd-qingping", area=make.OTHER_STREET))
    clerk = make.browser_of(make.at_post("department_clerk"))

    assert elsewhere.post(BATCH, {"ids": [case.pk], "verb": "dispatch", "go": "1"}).status_code == 302
    assert clerk.post(BATCH, {"ids": [case.pk], "verb": "dispatch", "go": "1"}).status_code == 403
    assert dispatcher_browser().post(BATCH, {"ids": [case.pk], "verb": "void", "go": "1"}).status_code == 400
    assert dispatcher_browser().post(BATCH, {"ids": ["x"], "verb": "dispatch", "go": "1"}).status_code == 400
    case.refresh_from_db()
    assert case.stage == Stage.REGISTERED


# --- situations -------------------------------------------------------------------------------------------------------


def a_situation() -> Situation:
    return open_situation(
        actor=make.at_post("street_dispatcher"), name="11月暴雨", area_code=make.STREET, since=timezone.now() - timedelta(hours=2)
    )


def test_a_storm_from_opening_to_its_report() -> None:
    browser = dispatcher_browser()
    cases = [make.reported(f"垃圾 {n}", category=make.RUBBISH, east_m=n * 15) for n in range(3)]
    far = make.reported("倒树", category=make.TREE, east_m=350)
    since = (timezone.localtime() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")

    opened = browser.post("/desk/situations/", {"name": "11月暴雨", "area": make.STREET, "since": since})
    situation = Situation.objects.get()
    address = f"/desk/situations/{situation.pk}/"
    assert opened.url == address
    board = browser.get(address).content.decode()
    assert cases[0].reference not in board or "合并 2 件" in board
    browser.post(f"{address}merge/", {"lead": str(cases[0].pk)})
    browser.post(f"{address}dispatch/", {"ids": [f"{cases[0].pk} {far.pk}"]})
    points = browser.get(f"{address}points.json").json()["points"]
    closed = browser.post(f"{address}close/", {"words": "雨停，垃圾清完"})
    report = browser.get(address).content.decode()

    units = dict(Case.objects.filter(is_open=True).values_list("reference", "lead_unit__code"))
    assert units == {cases[0].reference: "dept-hw", far.reference: "dept-yl"}
    assert {point[4] for point in points} == set(units)
    assert closed.url == address
    assert "雨停，垃圾清完" in report and "暴露垃圾" in report and far.reference in report
    assert f'action="{address}merge/"' not in report


def test_the_board_costs_the_same_for_many_reports_and_polls_a_part() -> None:
    situation, browser, counts = a_situation(), dispatcher_browser(), []
    for number in (2, 25):
        for one in range(number):
            make.reported(f"{number}-{one}", east_m=one * 9)
        Case.objects.update(situation=situation)
        browser.get(f"/desk/situations/{situation.pk}/")
        with CaptureQueriesContext(connection) as caught:
            html = browser.get(f"/desk/situations/{situation.pk}/").content.decode()
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 9
    assert 'data-poll="20"' in html and 'id="live-clusters"' in html


def test_a_situation_is_for_its_area_and_changed_only_by_right() -> None:
    situation = a_situation()
    address = f"/desk/situations/{situation.pk}/"
    elsewhere = make.browser_of(make.at_post("street_dispatcher", organization="jd-qingping", area=make.OTHER_STREET))
    clerk = make.browser_of(make.at_post("department_clerk"))
    supervisor = make.browser_of(make.at_post("district_supervisor"))

    assert [one.get(address).status_code for one in (elsewhere, clerk, supervisor)] == [404, 403, 200]
    assert clerk.post(f"{address}close/", {"words": "x"}).status_code == 403
    assert elsewhere.post(f"{address}merge/").status_code == 404
    assert dispatcher_browser().post(f"{address}close/", {"words": ""}).status_code == 422
    again = dispatcher_browser().post("/desk/situations/", {"name": "又一个", "area": make.STREET, "since": "2026-01-01T08:00"})
    assert again.status_code == 409 and "又一个" in again.content.decode()
    situation.refresh_from_db()
    assert situation.closed_at is None


# --- export -----------------------------------------------------------------------------------------------------------


def content_of(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content)
    for close in answer._resource_closers:  # not answer.close(): it would end the connection of the test
        close()
    return content


def rows_of(content: bytes, kind: str) -> list[list[Any]]:
    if kind == "csv":
        return list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_export_holds_what_the_filter_finds_and_no_contact(kind: str) -> None:
    case = make.case_at(
        Stage.CLOSED, text="=1+1 积水 19900001234", contact={"name": "云小满", "phone": "19900005678"}, address="滨河路1号"
    )
    make.reported("垃圾", category=make.RUBBISH, east_m=80)
    dispatcher = make.at_post("street_dispatcher")

    answer = make.browser_of(dispatcher).get("/desk/cases/export/", {"tab": "all", "category": make.FLOOD, "format": kind})
    content = content_of(answer)
    head, *rows = rows_of(content, kind)

    assert answer.status_code == 200 and f".{kind}" in answer["Content-Disposition"]
    assert len(rows) == 1
    row = dict(zip((name.strip("*") for name in head), rows[0], strict=False))
    assert (row["编号"], row["阶段" if "阶段" in row else "办理阶段"], row["主办单位"]) == (
        case.reference, "已结案", "云溪区排水管理中心",
    )  # fmt: skip
    assert "199****1234" in row["问题描述"]
    assert row["问题描述"].startswith("'=" if kind == "csv" else "=1+1")  # never run as a formula
    for secret in (b"19900005678", b"19900001234", "云小满".encode()):
        assert secret not in content
    event = Event.objects.get(name="cases.list.exported")
    assert (event.person_id, event.data["rows"], event.data["kind"]) == (dispatcher.person_id, 1, kind)


def test_an_export_needs_the_right_and_stops_at_its_cap() -> None:
    for number in range(3):
        make.reported(str(number), east_m=number * 30)
    Setting.objects.update_or_create(key=settings.EXPORT_ROWS, defaults={"value": 2})
    changed("settings")

    too_many = dispatcher_browser().get("/desk/cases/export/", {"tab": "all"})
    assert too_many.status_code == 422 and "超过 2 行" in too_many.content.decode()
    assert make.browser_of(make.at_post("auditor")).get("/desk/cases/export/").status_code == 403
    assert not Event.objects.filter(name="cases.list.exported").exists()


def test_an_export_of_a_unit_holds_only_its_cases() -> None:
    mine = make.case_at(Stage.ACCEPTED)
    other = make.case_at(Stage.REGISTERED, east_m=200)
    take("dispatch", actor=make.at_post("street_dispatcher"), case=other, unit=make.body("dept-yl"), co_units=[])

    answer = make.browser_of(make.at_post("department_clerk")).get("/desk/cases/export/", {"tab": "all", "format": "csv"})

    content = content_of(answer).decode("utf-8-sig")
    assert mine.reference in content and other.reference not in content
