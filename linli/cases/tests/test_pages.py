"""The pages of the desk over HTTP: who sees what, forms that keep what was typed, conflicts that say what happened."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from linli.cases.models import Case, CasePhoto, Follow
from linli.cases.operations import Ask, note_case, support_case, take
from linli.cases.tests import factories as make
from linli.cases.workflow import INCIDENT, Stage
from linli.kernel.models import Event, Photo

pytestmark = pytest.mark.django_db


def page_of(case: Case, verb: str = "") -> str:
    return f"/desk/cases/{case.reference}/{verb + '/' if verb else ''}"


def picture() -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (64, 48), (90, 140, 90)).save(content, "JPEG")
    return SimpleUploadedFile("现场.jpg", content.getvalue(), content_type="image/jpeg")


def content_of(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content)
    for close in answer._resource_closers:  # not answer.close(): it would end the connection of the test
        close()
    return content


def send(browser: Client, case: Case, verb: str, **fields: Any) -> Any:
    return browser.post(page_of(case, verb), {"version": case.version, **fields})


@pytest.mark.parametrize("stage", Stage.values)
def test_the_page_opens_for_those_whose_post_covers_the_case(stage: str) -> None:
    case = make.case_at(stage)
    unit_sees = case.lead_unit_id is not None
    expected = {
        "street_dispatcher": 200, "street_leader": 200, "community_secretary": 200, "grid_worker": 200,
        "community_worker": 200, "district_supervisor": 200, "district_leader": 200, "auditor": 200,
        "department_clerk": 200 if unit_sees else 404, "department_head": 200 if unit_sees else 404,
        "social_organization": 404, "administrator": 403, "evaluator": 403, "resident": 403, "volunteer": 403,
        "partner": 403, "screen_viewer": 403,
    }  # fmt: skip

    for role, status in expected.items():
        answer = make.browser_of(make.at_post(role)).get(page_of(case))
        assert answer.status_code == status, role
        if status == 200:
            html = answer.content.decode()
            assert case.reference in html and 'id="action"' in html
    assert set(expected) == set(make.all_roles())


@pytest.mark.parametrize("stage", Stage.values)
def test_every_action_offered_opens_its_form_and_no_other_does(stage: str) -> None:
    case = make.case_at(stage)
    for role in ("street_dispatcher", "department_clerk", "grid_worker"):
        browser = make.browser_of(make.at_post(role))
        html = browser.get(page_of(case)).content.decode()
        offered = set(re.findall(rf'<li><a class="btn[^"]*" href="/desk/cases/{case.reference}/(\w+)/"', html))
        for verb in (step.verb for step in INCIDENT if step.verb != "report"):
            part = browser.get(page_of(case, verb), headers={"HX-Request": "true"})
            if part.status_code == 404:  # out of this post's sight
                assert not offered
                continue
            assert ("<form" in part.content.decode()) == (verb in offered), (role, verb)
            assert "<html" not in part.content.decode()


def test_refused_actions_say_why() -> None:
    case = make.case_at(Stage.ACCEPTED)
    html = make.browser_of(make.at_post("street_dispatcher")).get(page_of(case)).content.decode()

    assert "您的岗位没有“退单”权限" in html
    assert "仅在以下阶段可办：已核查" in html


def test_a_verb_nobody_knows_is_404() -> None:
    browser = make.browser_of(make.at_post("street_dispatcher"))

    assert browser.get(page_of(make.reported(), "explode")).status_code == 404
    assert browser.get("/desk/cases/261122-0000000/").status_code == 404


def test_a_case_in_full_costs_at_most_twelve_queries_whatever_happened() -> None:
    dispatcher = make.at_post("street_dispatcher")
    browser = make.browser_of(dispatcher)
    plain, rich = make.reported(), make.case_at(Stage.ACCEPTED, east_m=100)
    take("ask_extension", actor=make.at_post("department_clerk"), case=rich, ask=Ask(text="等配件"))
    for number in range(12):
        note_case(actor=dispatcher, case=rich, text=f"备注 {number}")
        support_case(actor=make.at_post("resident"), case=rich)
        other = make.reported(f"也是这里 {number}", east_m=100)
        take("merge", actor=dispatcher, case=other, target=rich)

    counts = []
    for case in (plain, rich):
        browser.get(page_of(case))
        with CaptureQueriesContext(connection) as caught:
            assert browser.get(page_of(case)).status_code == 200
        counts.append(len(caught))
    assert max(counts) <= 12


def test_a_verb_is_taken_by_its_form_and_the_page_tells() -> None:
    case = make.case_at(Stage.DISPATCHED)
    browser = make.browser_of(make.at_post("department_clerk"))

    answer = send(browser, case, "accept", text="马上派人")

    assert (answer.status_code, answer.url) == (302, page_of(case))
    case.refresh_from_db()
    assert case.stage == Stage.ACCEPTED
    assert "签收成功" in browser.get(page_of(case)).content.decode()


def test_what_was_typed_stays_when_a_rule_refuses() -> None:
    case = make.case_at(Stage.ACCEPTED)
    browser = make.browser_of(make.at_post("department_clerk"))

    wrong = send(browser, case, "deliver", text="已经疏通 <b>好了</b>", result="")
    late = send(browser, case, "ask_suspension", text="等配件", until="2020-01-01")

    for answer, kept in ((wrong, "已经疏通 &lt;b&gt;好了&lt;/b&gt;"), (late, "等配件")):
        assert answer.status_code == 422
        assert kept in answer.content.decode()
    assert "截止日期须在将来" in late.content.decode()
    case.refresh_from_db()
    assert (case.stage, case.version) == (Stage.ACCEPTED, 4)


def test_a_stale_form_gets_a_conflict_with_the_present_state_and_what_was_typed() -> None:
    case = make.case_at(Stage.DISPATCHED)
    browser = make.browser_of(make.at_post("department_clerk"))
    stale = case.version
    make.ACCEPT(case)

    answer = browser.post(page_of(case, "return"), {"version": stale, "text": "不归我们管，应属园林"})

    html = answer.content.decode()
    assert answer.status_code == 409
    assert "已被其他人办理，现为“处置中”" in html
    assert "不归我们管，应属园林" in html
    assert f'name="version" value="{stale + 1}"' in html
    case.refresh_from_db()
    assert case.stage == Stage.ACCEPTED


def test_a_conflict_whose_verb_is_gone_keeps_the_words_to_copy() -> None:
    case = make.case_at(Stage.REGISTERED)
    browser = make.browser_of(make.at_post("street_dispatcher"))
    stale = case.version
    make.DISPATCH(case)

    answer = browser.post(page_of(case, "void"), {"version": stale, "text": "测试数据作废"})
    gone = browser.post(page_of(case, "merge"), {"version": case.version + 1, "target": make.reported(east_m=90).reference})

    assert answer.status_code == gone.status_code == 409
    assert "测试数据作废" in answer.content.decode()
    case.refresh_from_db()
    assert case.stage == Stage.DISPATCHED


def test_who_may_not_is_refused_and_nothing_changes() -> None:
    case = make.case_at(Stage.DISPATCHED)

    for role, status in (("street_dispatcher", 403), ("auditor", 403), ("social_organization", 404), ("evaluator", 403)):
        answer = send(make.browser_of(make.at_post(role)), case, "accept")
        assert answer.status_code == status, role
    case.refresh_from_db()
    assert (case.stage, case.version) == (Stage.DISPATCHED, 3)


def test_a_unit_that_gives_a_case_back_lands_where_it_may_look() -> None:
    case = make.case_at(Stage.ACCEPTED)
    browser = make.browser_of(make.at_post("department_clerk"))

    answer = send(browser, case, "return", text="不归我们管")

    assert (answer.status_code, answer.url) == (302, "/desk/cases/")
    assert browser.get(page_of(case)).status_code == 404


def test_a_form_goes_on_only_to_our_own_pages() -> None:
    case = make.case_at(Stage.DISPATCHED)
    browser = make.browser_of(make.at_post("department_clerk"))

    answer = send(browser, case, "accept", next="https://example.org/")

    assert answer.url == page_of(case)


# --- public answers ---------------------------------------------------------------------------------------------------


def test_the_preview_shows_what_will_be_published() -> None:
    browser = make.browser_of(make.at_post("department_clerk"))

    masked = browser.post("/desk/preview/", {"text": "请联系 19900001234 <i>"}).content.decode()
    plain = browser.post("/desk/preview/", {"text": "已经修好"}).content.decode()

    assert "199****1234" in masked and "19900001234" not in masked and "&lt;i&gt;" in masked
    assert "未发现个人信息" in plain
    assert Client().post("/desk/preview/", {"text": "x"}).status_code == 302


def test_personal_data_is_published_only_after_it_was_seen_masked() -> None:
    case = make.case_at(Stage.ACCEPTED)
    browser = make.browser_of(make.at_post("department_clerk"))
    fields = {"text": "已修好，找老王 19900001234", "result": "fixed"}

    first = send(browser, case, "deliver", **fields)
    html = first.content.decode()
    seen = re.search(r'name="previewed" value="(\w+)"', html)
    assert first.status_code == 422 and "199****1234" in html and seen is not None
    case.refresh_from_db()
    assert case.stage == Stage.ACCEPTED

    changed = send(browser, case, "deliver", **{**fields, "text": "改了 19900005678"}, previewed=seen[1])
    second = send(browser, case, "deliver", **fields, previewed=seen[1])
    assert (changed.status_code, second.status_code) == (422, 302)
    case.refresh_from_db()
    assert case.answer == "已修好，找老王 199****1234"


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_a_picture_comes_with_the_step_and_is_shown_to_those_who_may() -> None:
    case = make.case_at(Stage.DELIVERED)
    browser = make.browser_of(make.at_post("grid_worker"))

    missing = send(browser, case, "verify_pass")
    done = send(browser, case, "verify_pass", photos=[picture()])

    assert (missing.status_code, done.status_code) == (422, 302)
    kept = CasePhoto.objects.get(case=case)
    address = f"/desk/photos/{kept.photo_id}/"
    shown = browser.get(address)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
    assert b"WEBP" in content_of(shown)[:16]
    assert content_of(browser.get(f"{address}?small=1"))
    stranger = make.browser_of(make.at_post("department_clerk", organization="dept-yl"))
    assert stranger.get(address).status_code == 404
    assert address in browser.get(page_of(case)).content.decode()


def test_a_picture_sent_with_a_refused_form_need_not_be_sent_again() -> None:
    case = make.case_at(Stage.DELIVERED)
    browser = make.browser_of(make.at_post("grid_worker"))

    refused = send(browser, case, "verify_fail", photos=[picture()], text="")
    kept = re.findall(r'name="kept" value="([0-9a-f-]+)"', refused.content.decode())
    assert refused.status_code == 422 and len(kept) == 1
    assert content_of(browser.get(f"/desk/photos/{kept[0]}/"))
    again = send(browser, case, "verify_fail", text="还有一处没修", kept=kept)

    assert again.status_code == 302
    assert CasePhoto.objects.get(case=case).photo_id == Photo.objects.get(pk=kept[0]).pk


def test_somebody_elses_loose_picture_is_not_taken() -> None:
    case, theirs = make.case_at(Stage.DELIVERED), make.photo()
    browser = make.browser_of(make.at_post("grid_worker"))

    assert send(browser, case, "verify_pass", kept=[str(theirs)]).status_code == 422
    assert browser.get(f"/desk/photos/{theirs}/").status_code == 404


def test_a_file_that_is_no_picture_is_refused_beside_its_field() -> None:
    case = make.case_at(Stage.DELIVERED)
    browser = make.browser_of(make.at_post("grid_worker"))
    page = SimpleUploadedFile("x.jpg", b"<html><script>alert(1)</script>", content_type="image/jpeg")

    answer = send(browser, case, "verify_pass", photos=[page], text="看过了")

    assert answer.status_code == 400
    assert "不是照片" in answer.content.decode() and "看过了" in answer.content.decode()
    case.refresh_from_db()
    assert case.stage == Stage.DELIVERED


# --- beside the verbs -------------------------------------------------------------------------------------------------


def test_notes_stay_with_staff() -> None:
    case = make.reported()
    browser = make.browser_of(make.at_post("street_dispatcher"))

    assert browser.post(page_of(case, "note"), {"text": "居民来过电话"}).status_code == 302
    assert browser.post(page_of(case, "note"), {"text": "  "}).status_code == 422
    assert "居民来过电话" in browser.get(page_of(case)).content.decode()
    assert make.browser_of(make.at_post("auditor")).post(page_of(case, "note"), {"text": "x"}).status_code == 403


def test_following_is_a_press_on_and_off() -> None:
    case, dispatcher = make.reported(), make.at_post("street_dispatcher")
    browser = make.browser_of(dispatcher)

    browser.post(page_of(case, "follow"), {"follow": "yes"})
    assert Follow.objects.filter(case=case, person_id=dispatcher.person_id).exists()
    assert "已关注" in browser.get(page_of(case)).content.decode()
    browser.post(page_of(case, "follow"), {"follow": "no"})
    assert not Follow.objects.exists()


def test_the_reporter_is_shown_for_a_reason_once() -> None:
    case = make.reported(contact={"name": "云小满", "phone": "19900000001"})
    browser = make.browser_of(make.at_post("street_dispatcher"))
    assert "19900000001" not in browser.get(page_of(case)).content.decode()

    refused = browser.post(page_of(case, "reveal"), {"reason": "x"})
    shown = browser.post(page_of(case, "reveal"), {"reason": "核对具体位置"})

    assert refused.status_code == 422 and "19900000001" not in refused.content.decode()
    assert "19900000001" in shown.content.decode() and "no-store" in shown["Cache-Control"]
    assert Event.objects.filter(name="cases.case.reporter_revealed", subject_id=case.pk).count() == 1
    assert make.browser_of(make.at_post("grid_worker")).post(page_of(case, "reveal"), {"reason": "好奇"}).status_code == 403


def test_a_sealed_case_is_404_without_the_right_to_see_it() -> None:
    case = make.reported("线索", category=make.CHILD)

    assert make.browser_of(make.at_post("street_dispatcher")).get(page_of(case)).status_code == 404
    assert make.browser_of(make.at_post("district_supervisor")).get(page_of(case)).status_code == 200


def test_the_registering_form_follows_the_chosen_category() -> None:
    case = make.reported(category=make.FLOOD)
    browser = make.browser_of(make.at_post("street_dispatcher"))

    part = browser.get(page_of(case, "register"), {"category": make.COVER}, headers={"HX-Request": "true"}).content.decode()
    assert f'value="{make.COVER}" selected' in part and "箅子堵塞" in part
    done = send(browser, case, "register", category=make.COVER, condition="01", level="urgent")

    case.refresh_from_db()
    assert done.status_code == 302
    assert (case.category_id, case.condition_code, case.level) == (make.COVER, "01", "urgent")


def test_english_pages_are_english() -> None:
    case = make.case_at(Stage.ACCEPTED)
    browser = make.browser_of(make.at_post("street_dispatcher"))
    browser.cookies["linli_language"] = "en"

    html = browser.get(page_of(case)).content.decode()

    assert "What happened" in html and "In hand" in html
    assert "办理经过" not in html


def test_no_page_carries_inline_styles_or_handlers() -> None:
    case = make.case_at(Stage.CLOSED)
    browser = make.browser_of(make.at_post("street_dispatcher"))

    for address in ("/desk/cases/?tab=all", page_of(case), "/desk/dispatch/", "/desk/situations/"):
        html = browser.get(address).content.decode()
        assert not re.search(r'\sstyle="|\son\w+="', html), address
        assert "<script>" not in html, address
