"""Reporting on the portal: every way to say where it is, looking it over, sending once however often it is pressed."""

from __future__ import annotations

import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from linli.cases.models import Case, Support
from linli.cases.operations import link_secret
from linli.cases.tests.factories import CHILD, FLOOD, GRID, RUBBISH, at_post, browser_of, case_at, reported
from linli.kernel.models import Photo, Quarantined, Setting
from linli.kernel.snapshots import changed
from linli.places.models import Building
from linli.portal.tests.factories import form_values, own_page, picture, send, typed

pytestmark = pytest.mark.django_db
REPORT = "/report/"


def body(response) -> str:
    return response.content.decode()


# --- the way of a visitor without JavaScript ---


def test_a_visitor_without_script_finds_a_kind_and_an_address_looks_it_over_sends_and_gets_a_link(client):
    building = Building.objects.filter(grid_code=GRID).order_by("pk").first()
    page = client.get(REPORT)
    values = form_values(page) | {"text": "楼下路灯三天没亮", "q": "路灯", "where": f"{building.estate_zh}{building.number}幢"}

    found = client.post(REPORT, values | {"action": "lookup"})
    values = form_values(found)
    assert values["text"] == ["楼下路灯三天没亮"]
    assert values["category"] == ["C0137"]
    assert building.address_zh in body(found)

    checked = client.post(REPORT, values | {"building": building.pk, "action": "check"})
    assert checked.status_code == 200
    assert building.address_zh in body(checked)

    sent = client.post(REPORT, form_values(checked) | {"action": "send"})
    case = Case.objects.get()
    assert sent.status_code == 303
    assert sent.url == f"{own_page(case)}sent/"
    assert (case.category_id, case.door, case.grid_code, case.reporter_id) == ("C0137", "portal", GRID, None)
    thanks = body(client.get(sent.url))
    assert case.reference in thanks and own_page(case) in thanks


def test_what_was_typed_comes_back_when_somebody_wants_to_change_something(client):
    checked = send(client, "check", name="云小满", phone="19900000001", address="东门")

    again = form_values(client.post(REPORT, form_values(checked) | {"action": "edit"}))

    assert again["text"] == ["路口积水没过脚面，老人过不去"]
    assert (again["name"], again["phone"], again["category"]) == (["云小满"], ["19900000001"], [FLOOD])
    assert again["is_public"] == ["on"]


def test_a_refused_form_keeps_everything_and_says_what_is_missing_beside_it(client):
    answer = send(client, text="", category="", phone="12", lng="", lat="", address="东门")

    values = form_values(answer)
    assert answer.status_code == 422
    assert values["address"] == ["东门"] and values["phone"] == ["12"]
    for words in ("请说明地点", "拿不准就选最接近的", "电话号码好像不对", "请用几句话说说"):
        assert words in body(answer)
    assert not Case.objects.exists()


def test_kinds_are_proposed_from_the_words_when_none_was_chosen(client):
    answer = send(client, "check", category="", text="电动车在楼道里飞线充电")

    assert answer.status_code == 422
    assert "飞线充电" in body(answer) and "根据您的描述" in body(answer)


def test_an_area_is_enough_and_its_middle_is_taken(client):
    answer = send(client, lng=None, lat=None, area=GRID)

    case = Case.objects.get()
    assert answer.status_code == 303
    assert case.grid_code == GRID and case.address.endswith("第02网格")


def test_a_point_weighs_more_than_a_building_and_that_more_than_an_area(client):
    building = Building.objects.exclude(grid_code=GRID).order_by("pk").first()

    send(client, building=building.pk, area="990101001001001")
    send(client, lng=None, lat=None, building=building.pk, area="990101001001001", text="另一件")

    first, second = Case.objects.order_by("pk")
    assert first.grid_code == GRID
    assert second.grid_code == building.grid_code


@pytest.mark.parametrize("lng,lat", [("116.4", "39.9"), ("0", "0"), ("nan", "30"), ("abc", "30"), ("181", "95")])
def test_a_place_outside_the_district_or_none_is_refused_and_nothing_is_written(client, lng, lat):
    answer = send(client, lng=lng, lat=lat)

    assert answer.status_code == 422
    assert not Case.objects.exists()


def test_an_unknown_kind_is_refused_with_everything_kept(client):
    for action in ("check", "send"):
        answer = send(client, action, category="X9999")
        assert answer.status_code == 422
        assert "老人过不去" in body(answer)
    assert not Case.objects.exists()


# --- photos ---


def test_a_photo_sent_with_the_form_arrives_and_survives_a_refused_form(client):
    refused = client.post(REPORT, typed(text="") | {"action": "check", "files": [picture()]})
    photo = Photo.objects.get()
    assert refused.status_code == 422
    assert form_values(refused)["photo"] == [str(photo.pk)]

    client.post(REPORT, form_values(refused) | {"text": "井盖翻了", "action": "send"})

    photo.refresh_from_db()
    assert photo.attached_to == Case.objects.get().pk


def test_a_photo_sent_ahead_is_shown_small_until_its_report_is_sent(client):
    sent = client.post("/report/photos/", {"file": picture()}, headers={"accept": "application/json"})
    assert sent.status_code == 201
    small = client.get(sent.json()["thumbnail"])
    assert small.status_code == 200 and small["Content-Type"] == "image/webp"

    send(client, photo=sent.json()["id"])

    assert Case.objects.get().photo_count == 1
    assert client.get(sent.json()["thumbnail"]).status_code == 404


def test_a_file_that_is_no_photo_is_named_and_nothing_is_sent(client):
    bad = picture()
    bad.file.seek(0)
    bad.file.truncate()
    bad.file.write(b"<svg onload=alert(1)>")
    bad.seek(0)

    answer = client.post(REPORT, typed() | {"action": "send", "files": [bad]})

    assert answer.status_code == 422
    assert not Case.objects.exists() and not Photo.objects.exists()


def test_somebody_elses_photo_cannot_be_taken(client):
    client.post("/report/photos/", {"file": picture()})
    photo = Photo.objects.get()
    Photo.objects.update(attached_to=uuid.uuid4())

    send(client, photo=str(photo.pk))

    assert Case.objects.get().photo_count == 0


# --- sent once ---


def test_the_same_form_sent_again_leads_to_the_same_page(client):
    values = typed() | {"action": "send"}

    answers = {client.post(REPORT, values).url for _again in range(3)}

    assert len(answers) == 1
    assert Case.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_presses_at_once_make_one_report():
    values = typed() | {"action": "send"}
    Client().get("/")  # everything kept in memory is there

    def press(_number: int) -> str:
        try:
            return Client().post(REPORT, values).url
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(press, range(50)))

    assert len(answers) == 1
    assert Case.objects.count() == 1


def test_the_same_form_with_other_words_is_kept_apart_and_may_be_sent_as_its_own(client):
    values = typed() | {"action": "send"}
    client.post(REPORT, values)

    answer = client.post(REPORT, values | {"text": "是另一处"})
    assert answer.status_code == 409
    assert Case.objects.get().reference in body(answer)
    assert Quarantined.objects.count() == 1

    client.post(REPORT, form_values(answer) | {"action": "send"})
    assert Case.objects.count() == 2


def test_too_many_reports_from_one_address_are_asked_to_wait_and_nothing_typed_is_lost(client):
    Setting.objects.create(key="limits.report_address", value="2/600")
    changed("settings")
    for number in range(2):
        send(client, text=f"第 {number} 件")

    answer = send(client, text="第三件")

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert form_values(answer)["text"] == ["第三件"]
    assert Case.objects.count() == 2


def test_a_form_without_its_secret_is_refused():
    strict = Client(enforce_csrf_checks=True)
    strict.get(REPORT)

    assert strict.post(REPORT, typed() | {"action": "send"}).status_code == 403
    assert not Case.objects.exists()


# --- looking it over ---


def test_the_preview_masks_phones_identity_numbers_and_plates(client):
    text = "车渝A12345堵门，电话19900001234，身份证990101199001011234，请来看看"

    shown = re.sub(r'value="[^"]*"', "", body(send(client, "check", text=text)))

    assert "199****1234" in shown and "渝A*****" in shown
    for secret in ("19900001234", "A12345", "990101199001011234"):
        assert secret not in shown


def test_likely_duplicates_are_offered_and_one_press_supports_instead(client):
    case = case_at("registered")

    checked = send(client, "check", text="路口积水很深")
    supported = client.post(reverse("portal:case-support", args=[case.reference]), form_values(checked), follow=True)

    assert case.reference in body(checked) and case.public_text[:6] in body(checked)
    assert "1 人附议" in body(supported)
    assert Case.objects.count() == 1


def test_the_words_of_an_unread_report_are_not_shown_to_others_who_report(client):
    case = reported("积水，电话见内")

    checked = body(send(client, "check", text="积水，请来看"))

    assert case.reference in checked and "电话见内" not in checked


def test_sealed_kinds_say_that_they_are_not_public_and_whom_to_call(client):
    checked = body(send(client, "check", category=CHILD))
    assert "这件事不公开" in checked and "12355" in checked

    sent = send(client, category=CHILD)

    case = Case.objects.get()
    assert case.is_sealed and not case.is_public
    assert client.get(reverse("portal:case", args=[case.reference])).status_code == 404
    assert client.get(own_page(case)).status_code == 200
    assert "12355" in body(client.get(sent.url))


def test_words_of_danger_bring_the_emergency_numbers_first(client):
    assert "听起来有危险" in body(send(client, "check", text="电梯困人，出不来"))
    assert "听起来有危险" not in body(send(client, "check", category=RUBBISH, text="垃圾没人收"))


def test_who_wants_it_off_the_map_gets_no_public_page(client):
    send(client, is_public=None)

    case = Case.objects.get()
    assert not case.is_public
    assert client.get(reverse("portal:case", args=[case.reference])).status_code == 404


def test_contact_is_kept_encrypted_and_never_in_a_page(client):
    send(client, name="云小满", phone="199 0000 1234")

    case = Case.objects.get()
    assert json.loads(case.reporter_contact) == {"name": "云小满", "phone": "199 0000 1234"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT reporter_contact FROM cases_case")
        assert "云小满" not in str(cursor.fetchone()[0])
    for address in (own_page(case), f"{own_page(case)}sent/", reverse("portal:case", args=[case.reference]), "/map/", "/"):
        assert "云小满" not in body(client.get(address)) and "1234" not in body(client.get(address)).replace(case.reference, "")


def test_a_signed_in_resident_is_the_reporter_and_is_not_asked_for_a_phone():
    resident = at_post("resident")
    browser = browser_of(resident)
    assert 'name="phone"' not in body(browser.get(REPORT))

    send(browser)

    assert Case.objects.get().reporter_id == resident.person_id


# --- cost ---


def test_sending_costs_at_most_ten_statements(client, django_assert_max_num_queries):
    client.get(REPORT)
    with django_assert_max_num_queries(10):
        assert send_ready(client).status_code == 303


def send_ready(client: Client):
    return client.post(REPORT, READY | {"action": "send", "submission": str(uuid.uuid4())})


READY = {"category": FLOOD, "text": "积水", "lng": "110.2400", "lat": "30.6550", "is_public": "on"}


def test_the_form_costs_few_statements(client, django_assert_max_num_queries):
    client.get(REPORT)
    with django_assert_max_num_queries(2):
        client.get(REPORT)


def test_support_from_the_look_over_page_carries_the_phone(client):
    case = case_at("registered")
    client.post(reverse("portal:case-support", args=[case.reference]), typed(name="云小满", phone="19900000001"))

    assert "19900000001" in Support.objects.get().contact


def test_the_link_of_another_report_opens_nothing(client):
    one, other = reported("一"), reported("二", east_m=80)

    assert client.get(reverse("portal:report-sent", args=[one.reference, link_secret(other.pk)])).status_code == 404
    assert client.get(reverse("portal:link-code", args=[one.reference, link_secret(other.pk)])).status_code == 404
    code = client.get(reverse("portal:link-code", args=[one.reference, link_secret(one.pk)]))
    assert code["Content-Type"] == "image/svg+xml" and b"<svg" in code.content
