"""Open311 GeoReport v2 as the specification has it, over HTTP."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from defusedxml.ElementTree import fromstring
from django.test import Client
from django.utils import timezone
from PIL import Image

from linli.cases.models import Case, CasePhoto
from linli.cases.tests.factories import (
    CHILD,
    COVER,
    FLOOD,
    GRID,
    at_post,
    case_at,
    point_in,
    reported,
)
from linli.cases.workflow import Stage
from linli.kernel.identifiers import new_id
from linli.kernel.models import Setting
from linli.kernel.policy import Actor
from linli.kernel.snapshots import changed
from linli.organizations.models import AccessToken, Organization
from linli.organizations.queries import token_digest
from linli.places.models import Building

ROOT = "/open311/v2"
KEY = "test-open311-key"
PHONE, NAME, MAIL = "19900005678", "云小试", "xiaoshi@example.org"
W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
REQUEST_FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
]  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> str:
    """The api_key of a partner that may report."""
    AccessToken.objects.create(
        name="partner", digest=token_digest(KEY), hint="-key", role_id="partner", area_code="990101",
        organization=Organization.objects.get(code="ops-yunxi"), rights=["cases.case.report"],
    )  # fmt: skip
    return KEY


def key_of(actor: Actor) -> str:
    secret = uuid.uuid4().hex
    AccessToken.objects.create(name="staff", digest=token_digest(secret), hint="-key", post_id=actor.post_id)
    return secret


def get(address: str, **headers: str) -> Any:
    return Client(headers={name.replace("_", "-"): value for name, value in headers.items()}).get(f"{ROOT}{address}")


def post(address: str, data: dict[str, Any], **headers: str) -> Any:
    return Client(headers={name.replace("_", "-"): value for name, value in headers.items()}).post(f"{ROOT}{address}", data)


def a_request(**changes: Any) -> dict[str, Any]:
    lng, lat = point_in(GRID)
    sent = {"api_key": KEY, "service_code": COVER, "lat": lat, "long": lng, "description": "雨水箅子断了一根"} | changes
    return {name: value for name, value in sent.items() if value is not None}


def errors(answer: Any) -> list[dict[str, Any]]:
    found = answer.json()
    assert all(set(item) == {"code", "description"} and item["description"] for item in found)
    assert {item["code"] for item in found} == {answer.status_code}
    return found


# --- discovery and services -------------------------------------------------------------------------------------------


def test_discovery_names_the_endpoint_in_both_formats() -> None:
    told = get("/discovery.json").json()
    root = fromstring(get("/discovery.xml").content)

    endpoint = told["endpoints"][0]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"].endswith(ROOT)
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert (root.tag, root.findtext("endpoints/endpoint/url")) == ("discovery", endpoint["url"])
    assert [item.text for item in root.findall("endpoints/endpoint/formats/format")] == endpoint["formats"]


def test_services_are_a_bare_array_and_xml_with_its_declaration() -> None:
    listed, xml = get("/services.json"), get("/services.xml")

    assert listed["Content-Type"] == "application/json; charset=utf-8"
    assert xml["Content-Type"] == "text/xml; charset=utf-8"
    assert xml.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert isinstance(listed.json(), list)
    names = ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
    assert list(listed.json()[0]) == names
    first = fromstring(xml.content)[0]
    assert (first.tag, [item.tag for item in first], first.findtext("metadata")) == ("service", names, "true")
    assert len(fromstring(xml.content)) == len(listed.json())


def test_names_follow_the_language_asked_for() -> None:
    names = {language: get("/services.json", Accept_Language=language).json()[0]["service_name"] for language in ("zh-CN", "en")}

    assert names == {"zh-CN": "上水井盖", "en": "Water supply manhole cover"}


def test_sealed_categories_are_no_services() -> None:
    codes = {item["service_code"] for item in get("/services.json").json()}

    assert CHILD not in codes
    assert get(f"/services/{CHILD}.json").status_code == 404
    assert FLOOD in codes


def test_a_definition_lists_its_conditions() -> None:
    told = get(f"/services/{COVER}.json").json()
    root = fromstring(get(f"/services/{COVER}.xml").content)

    condition = told["attributes"][0]
    assert told["service_code"] == COVER
    assert list(condition) == [
        "variable", "code", "datatype", "required", "datatype_description", "order", "description", "values"
    ]  # fmt: skip
    assert (condition["code"], condition["datatype"], condition["required"]) == ("condition", "singlevaluelist", False)
    assert set(condition["values"][0]) == {"key", "name"}
    assert [item["order"] for item in told["attributes"]] == list(range(1, len(told["attributes"]) + 1))
    assert (root.tag, root.findtext("service_code")) == ("service_definition", COVER)
    keys = [item.findtext("key") for item in root.findall("attributes/attribute")[0].findall("values/value")]
    assert keys == [item["key"] for item in condition["values"]]


@pytest.mark.parametrize("ending", ["json", "xml"])
def test_an_unknown_service_is_404_in_the_format_asked_for(ending: str) -> None:
    answer = get(f"/services/nothing.{ending}")

    assert answer.status_code == 404
    if ending == "json":
        assert errors(answer)
    else:
        root = fromstring(answer.content)
        assert (root.tag, root[0].tag, root.findtext("error/code")) == ("errors", "error", "404")
        assert root.findtext("error/description")


# --- jurisdictions ----------------------------------------------------------------------------------------------------


def test_a_jurisdiction_need_not_be_named_and_a_wrong_one_is_404() -> None:
    assert get("/services.json").status_code == 200
    assert get("/services.json?jurisdiction_id=").status_code == 200
    assert get("/services.json?jurisdiction_id=990101").status_code == 200
    for address in ("/services.json", f"/services/{COVER}.json", "/requests.json", "/requests/261121-0000000.json"):
        assert get(f"{address}?jurisdiction_id=elsewhere").status_code == 404
    assert post("/requests.json", a_request(jurisdiction_id="elsewhere")).status_code == 404


def test_where_there_are_several_one_has_to_be_named() -> None:
    Setting.objects.create(key="open311.jurisdictions", value=["one", "two"])
    changed("settings")

    assert get("/services.json").status_code == 400
    assert get("/services.json?jurisdiction_id=two").status_code == 200


def test_the_demo_has_its_own_jurisdiction_and_key(settings: Any) -> None:
    asked = a_request(api_key="demo-open311", jurisdiction_id="yunxi")
    before = post("/requests.json", asked).status_code
    settings.LINLI_DEMO = True

    assert before == 404
    assert post("/requests.json", asked).status_code == 201
    settings.LINLI_DEMO = False
    assert post("/requests.json", a_request(api_key="demo-open311")).status_code == 403


# --- sending ----------------------------------------------------------------------------------------------------------


def test_a_form_makes_a_case_and_gives_its_id_as_text(key: str) -> None:
    answer = post("/requests.json", a_request(**{"attribute[condition]": "01"}))

    case = Case.objects.get()
    assert answer.status_code == 201
    assert list(answer.json()[0]) == ["service_request_id", "service_notice", "account_id"]
    assert answer.json()[0]["service_request_id"] == case.reference
    assert (case.door, case.category_id, case.attributes) == ("open311", COVER, {"condition": "01"})
    assert case.text == "雨水箅子断了一根"


def test_xml_answers_alike(key: str) -> None:
    answer = post("/requests.xml", a_request(description='<断> & "坏" \x0b了'))

    root = fromstring(answer.content)
    case = Case.objects.get()
    assert [item.tag for item in root[0]] == ["service_request_id", "service_notice", "account_id"]
    assert (root.tag, root[0].tag, root[0][0].text) == ("service_requests", "request", case.reference)
    shown = fromstring(get(f"/requests/{case.reference}.xml").content)
    assert shown.findtext("request/description") == '<断> & "坏" 了'


def test_multipart_brings_a_picture_that_is_public(key: str) -> None:
    picture = BytesIO()
    Image.new("RGB", (64, 48), (20, 120, 90)).save(picture, "JPEG")
    picture.seek(0)
    picture.name = "路面.jpg"

    answer = post("/requests.json", a_request(media=picture, media_url="http://169.254.169.254/latest"))

    reference = answer.json()[0]["service_request_id"]
    told = get(f"/requests/{reference}.json").json()[0]
    assert CasePhoto.objects.filter(case__reference=reference).count() == 1
    assert told["media_url"].endswith(f"/api/v1/photos/{CasePhoto.objects.get().photo_id}")
    shown = Client().get(told["media_url"].removeprefix("http://testserver"))
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")


def test_what_is_no_picture_is_refused(key: str) -> None:
    fake = BytesIO(b"<svg onload=alert(1)>")
    fake.name = "x.jpg"

    assert post("/requests.json", a_request(media=fake)).status_code == 400
    assert not Case.objects.exists()


@pytest.mark.parametrize("sent", [{"api_key": None}, {"api_key": ""}, {"api_key": "wrong"}])
def test_without_a_valid_key_nothing_is_taken(key: str, sent: dict[str, Any]) -> None:
    answer = post("/requests.json", a_request(**sent))

    assert (answer.status_code, len(errors(answer))) == (403, 1)
    assert not Case.objects.exists()


def test_a_key_that_may_not_report_or_has_ended_is_refused() -> None:
    viewer = key_of(at_post("auditor"))
    assert post("/requests.json", a_request(api_key=viewer)).status_code == 403
    AccessToken.objects.update(expires_on=timezone.localdate() - timedelta(days=1))

    assert post("/requests.json", a_request(api_key=viewer)).status_code == 403
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"service_code": None}, 400), ({"service_code": ""}, 400), ({"service_code": "000"}, 404),
        ({"service_code": CHILD}, 404), ({"lat": None, "long": None}, 400), ({"lat": "", "long": ""}, 400),
        ({"lat": None}, 400), ({"lat": "x"}, 400), ({"lat": "nan"}, 400), ({"lat": "91"}, 400), ({"lat": 0, "long": 0}, 400),
        ({"lat": None, "long": None, "address_string": "没有这条街 999 号"}, 400),
        ({"lat": None, "long": None, "address_id": "nothing"}, 400), ({"attribute[condition]": "99"}, 400),
        ({"description": "长" * 2001}, 400), ({"description": "空\x00字"}, 400), ({"attribute[x]": "长" * 201}, 400),
    ],
)  # fmt: skip
def test_what_is_missing_or_wrong_is_refused(key: str, change: dict[str, Any], status: int) -> None:
    answer = post("/requests.json", a_request(**change))

    assert answer.status_code == status
    assert errors(answer)
    assert not Case.objects.exists()


def test_an_address_stands_in_for_a_point(key: str) -> None:
    building = Building.objects.filter(grid_code=GRID).first()
    assert building is not None
    nowhere = {"lat": None, "long": None}

    by_words = post("/requests.json", a_request(**nowhere, address_string=building.address_zh))
    by_id = post("/requests.json", a_request(**nowhere, address_id=building.code))

    assert (by_words.status_code, by_id.status_code) == (201, 201)
    assert set(Case.objects.values_list("grid_code", flat=True)) == {GRID}


def test_empty_values_are_as_if_not_sent(key: str) -> None:
    sent = a_request(description="", email="", phone="", first_name="", **{"attribute[condition]": "", "address_id": ""})

    assert post("/requests.json", sent).status_code == 201
    case = Case.objects.get()
    assert (case.reporter_contact, case.attributes, case.text) == ("", {}, "雨水箅子")


def test_who_reported_is_in_no_answer(key: str) -> None:
    sent = a_request(last_name="云", first_name="小试", phone=PHONE, email=MAIL, description=f"请打 {PHONE}")
    reference = post("/requests.json", sent).json()[0]["service_request_id"]

    contact = json.loads(Case.objects.get().reporter_contact)
    assert contact == {"name": NAME, "phone": PHONE, "email": MAIL}
    for address in (
        f"/requests/{reference}.json", f"/requests/{reference}.xml?extensions=true", "/requests.json?extensions=true",
        "/servicerequestupdates.json",
    ):  # fmt: skip
        told = get(address).content.decode()
        assert all(secret not in told for secret in (PHONE, NAME, MAIL))


def test_an_idempotency_key_makes_sending_again_safe(key: str) -> None:
    one = str(uuid.uuid4())

    answers = [post("/requests.json", a_request(), Idempotency_Key=one) for _time in range(3)]

    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert post("/requests.json", a_request(description="别的"), Idempotency_Key=one).status_code == 409
    assert Case.objects.count() == 1


# --- reading ----------------------------------------------------------------------------------------------------------


def aged(case: Case, days: int) -> Case:
    """The case as if it had been reported so many days ago; its id tells the time too."""
    at = timezone.now() - timedelta(days=days)
    fresh = Case.objects.get(pk=case.pk)
    fresh.pk, fresh.reference, fresh.reported_at, fresh.updated_at = new_id(at), f"261120-{days:07d}", at, at
    fresh.save(force_insert=True)
    return fresh


def listed(query: str = "") -> list[str]:
    answer = get(f"/requests.json{query}")
    assert answer.status_code == 200, answer.content
    return [item["service_request_id"] for item in answer.json()]


def test_one_request_is_a_list_of_one_with_every_field() -> None:
    case = case_at(Stage.DELIVERED)

    told = get(f"/requests/{case.reference}.json").json()
    xml = fromstring(get(f"/requests/{case.reference}.xml").content)

    assert len(told) == 1
    assert list(told[0]) == REQUEST_FIELDS == [item.tag for item in xml[0]]
    assert (told[0]["status"], told[0]["agency_responsible"]) == ("open", "云溪区排水管理中心")
    assert (told[0]["lat"], told[0]["long"]) == (case.lat, case.lng)
    assert told[0]["status_notes"] == case.answer
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert W3C.fullmatch(told[0][name])
    assert datetime.fromisoformat(told[0]["requested_datetime"]) == case.reported_at.replace(microsecond=0)
    assert xml.findtext("request/zipcode") == ""
    assert (told[0]["zipcode"], told[0]["media_url"]) == (None, None)


def test_a_closed_one_says_closed() -> None:
    case = case_at(Stage.CLOSED)

    assert get(f"/requests/{case.reference}.json").json()[0]["status"] == "closed"
    assert (listed("?status=closed"), listed("?status=open")) == ([case.reference], [])
    assert listed("?status=open,closed") == [case.reference]
    assert listed("?status=CLOSED") == [case.reference]


def test_what_is_not_public_is_not_there(key: str) -> None:
    hidden, sealed, void = reported("不公开", is_public=False), reported("孩子", category=CHILD), case_at(Stage.VOID)

    assert listed() == []
    for case in (hidden, sealed, void):
        assert get(f"/requests/{case.reference}.json").status_code == 404
        assert listed(f"?service_request_id={case.reference}") == []
    assert get("/requests/261121-ZZZZZZZ.xml").status_code == 404


def test_ids_override_everything_else() -> None:
    first, second, third = (reported(f"第 {number} 处") for number in range(3))

    found = listed(f"?service_request_id={first.reference},{third.reference},nothing&status=closed&start_date=nonsense")

    assert sorted(found) == sorted([first.reference, third.reference])
    assert second.reference not in found
    assert set(listed("?service_request_id=")) == {first.reference, second.reference, third.reference}


def test_services_are_a_comma_list_and_an_unknown_one_is_404() -> None:
    flood, cover = reported(), reported("箅子坏了", category=COVER)

    assert listed(f"?service_code={FLOOD}") == [flood.reference]
    assert set(listed(f"?service_code={FLOOD},{COVER}")) == {flood.reference, cover.reference}
    assert get("/requests.json?service_code=nothing").status_code == 404


def test_the_latest_ninety_days_by_default_and_no_longer_span() -> None:
    fresh = reported()
    recent, old = aged(fresh, 60), aged(fresh, 120)
    now = timezone.now()

    def span(start: int | None, end: int | None) -> str:
        days = {"start_date": start, "end_date": end}
        return "?" + "&".join(
            f"{name}={quote((now - timedelta(days=ago)).isoformat(timespec='seconds'))}"
            for name, ago in days.items() if ago is not None
        )  # fmt: skip

    assert listed() == [fresh.reference, recent.reference]
    assert listed(span(130, 100)) == [old.reference]
    assert listed(span(130, None)) == [recent.reference, old.reference]
    assert listed(span(None, 100)) == [old.reference]
    assert listed(span(150, 60)) == [old.reference]
    assert get("/requests.json" + span(151, 60)).status_code == 400
    assert get("/requests.json" + span(60, 90)).status_code == 400


@pytest.mark.parametrize(
    "query",
    ["start_date=yesterday", "start_date=2026-11-21", "end_date=2026-11-21T00:00:00", "start_date=0001-01-01T00:00:00Z",
     "end_date=9999-12-31T23:59:59Z", "status=done", "page=0", "page=x", "page_size=1001", "page_size=-1",
     "page=999999999", "updated_after=x", "service_code=%00"],
)  # fmt: skip
def test_parameters_that_are_wrong_are_400(query: str) -> None:
    answer = get(f"/requests.json?{query}")

    assert answer.status_code == 400
    assert errors(answer)


def test_dates_take_any_zone_even_with_a_bare_plus() -> None:
    case = reported()
    at = timezone.now() - timedelta(hours=1)

    for text in (at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.strftime("%Y-%m-%dT%H:%M:%S+00:00"), quote(at.isoformat())):
        assert listed(f"?start_date={text}") == [case.reference]


def test_pages_and_changes_as_extensions() -> None:
    cases = [reported(f"第 {number} 处") for number in range(5)]
    newest_first = [case.reference for case in reversed(cases)]

    assert listed("?page_size=2") == newest_first[:2]
    assert listed("?page_size=2&page=3") == newest_first[4:]
    later = quote((timezone.now() + timedelta(seconds=1)).isoformat())
    assert listed(f"?updated_after={later}") == []
    assert listed(f"?updated_before={later}&service_code={FLOOD}") == newest_first


def test_extended_attributes_only_when_asked_for() -> None:
    case = reported()

    plain = get(f"/requests/{case.reference}.json").json()[0]
    told = get(f"/requests/{case.reference}.json?extensions=true").json()[0]

    assert "extended_attributes" not in plain
    assert told["extended_attributes"]["stage"] == Stage.REPORTED
    assert told["extended_attributes"]["area_code"] == GRID


def test_a_token_is_the_id_itself() -> None:
    case = reported()

    assert get(f"/tokens/{case.reference}.json").json() == [{"service_request_id": case.reference, "token": case.reference}]
    assert get("/tokens/nothing.xml").status_code == 404


def test_a_thousand_rows_cost_few_statements(django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        reported(f"第 {number} 处")
    get("/services.json")

    with django_assert_max_num_queries(4):
        assert len(listed()) == 8


def test_other_methods_are_refused_in_the_format() -> None:
    answer = Client().put(f"{ROOT}/requests.json")

    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST")
    assert errors(answer)
