"""The JSON API of cases, over HTTP."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from linli.cases.models import Case
from linli.cases.operations import link_secret
from linli.cases.tests.factories import (
    CHILD,
    FLOOD,
    GRID,
    STREET,
    at_post,
    body,
    browser_of,
    case_at,
    point_in,
    reported,
)
from linli.cases.workflow import Stage
from linli.kernel.models import Event, RequestKey
from linli.kernel.policy import Actor
from linli.organizations.models import AccessToken
from linli.organizations.queries import token_digest

PHONE, NAME, MAIL = "19900001234", "云小试", "xiaoshi@example.org"
pytestmark = pytest.mark.django_db


def program_of(actor: Actor, rights: tuple[str, ...] = ()) -> Client:
    """A program with an access token for the actor's post."""
    secret = uuid.uuid4().hex
    AccessToken.objects.create(
        name="test", digest=token_digest(secret), hint=secret[-4:], post_id=actor.post_id, rights=list(rights)
    )
    return Client(headers={"Authorization": f"Bearer {secret}"})


def send(client: Client, method: str, address: str, data: Any = None, **headers: str) -> Any:
    return client.generic(
        method, f"/api/v1{address}", "" if data is None else json.dumps(data), content_type="application/json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )  # fmt: skip


def a_report(**changes: Any) -> dict[str, Any]:
    lng, lat = point_in(GRID)
    return {"category": FLOOD, "text": "积水没过脚面", "lng": lng, "lat": lat, **changes}


# --- reporting --------------------------------------------------------------------------------------------------------


def test_anyone_reports_and_gets_a_reference_and_a_link() -> None:
    answer = send(Client(), "POST", "/cases", a_report(contact={"name": NAME, "phone": PHONE}))

    case = Case.objects.get()
    assert answer.status_code == 201
    assert answer.json()["reference"] == case.reference
    assert answer.json()["link"] == link_secret(case.pk)
    assert answer["Location"] == f"/api/v1/cases/{case.reference}"
    assert (case.door, json.loads(case.reporter_contact)["phone"]) == ("api", PHONE)


def test_a_report_costs_few_statements(django_assert_max_num_queries: Any) -> None:
    client, sent = Client(), a_report()
    send(client, "POST", "/cases", a_report())

    with django_assert_max_num_queries(10):
        assert send(client, "POST", "/cases", sent).status_code == 201
    with django_assert_max_num_queries(10):
        assert send(client, "POST", "/cases", sent, Idempotency_Key=str(uuid.uuid4())).status_code == 201


@pytest.mark.parametrize("field", ["stage", "reference", "reporter", "is_sealed", "street_code", "version", "reporter_id"])
def test_fields_that_are_not_the_senders_are_refused(field: str) -> None:
    answer = send(Client(), "POST", "/cases", a_report(**{field: "1"}))

    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"text": "有\x00空字符"}, 422),
        ({"text": "\ud83d 半个字"}, 422),
        ({"text": "字" * 2001}, 422),
        ({"text": "   "}, 422),
        ({"lng": 200}, 422),
        ({"lng": 0, "lat": 0}, 422),
        ({"category": "X9999"}, 422),
        ({"photos": [str(uuid.UUID(int=7))]}, 422),
        ({"device_at": "0001-01-01T00:00:00Z"}, 422),
        ({"attributes": {"a": {"b": 1}}}, 422),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], status: int) -> None:
    answer = send(Client(), "POST", "/cases", a_report(**change))

    assert answer.status_code == status
    assert not Case.objects.exists()


@pytest.mark.parametrize("broken", ["{", "[1,", '{"lng": NaN}', "\ud800", '{"a":' * 5000])
def test_what_is_not_json_is_refused(broken: str) -> None:
    answer = Client().generic("POST", "/api/v1/cases", broken.encode("utf-8", "surrogatepass"), content_type="application/json")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_other_formats_and_too_much_are_refused() -> None:
    form = Client().post("/api/v1/cases", {"text": "x"})
    much = Client().generic("POST", "/api/v1/cases", b" " * 4_000_000, content_type="application/json")

    assert (form.status_code, much.status_code) == (415, 413)
    assert form.json()["code"] == "type_not_taken"


def test_a_place_may_be_named_in_other_datums() -> None:
    from linli.kernel.coordinates import wgs84_to_gcj02

    lng, lat = point_in(GRID)
    moved = wgs84_to_gcj02(lng, lat)

    send(Client(), "POST", "/cases", a_report(lng=moved[0], lat=moved[1], datum="gcj02"))

    case = Case.objects.get()
    assert (case.lng, case.lat) == (pytest.approx(lng, abs=1e-5), pytest.approx(lat, abs=1e-5))


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused() -> None:
    key, client = str(uuid.uuid4()), Client()
    first = send(client, "POST", "/cases", a_report(), Idempotency_Key=key)

    again = send(client, "POST", "/cases", a_report(), Idempotency_Key=key)
    other = send(client, "POST", "/cases", a_report(text="别的事"), Idempotency_Key=key)

    assert (again.status_code, again.content, again["Location"]) == (201, first.content, first["Location"])
    assert (other.status_code, other.json()["code"]) == (409, "key_other_content")
    assert Case.objects.count() == 1


def test_a_refusal_is_not_kept_under_the_key() -> None:
    case, key = case_at(Stage.REGISTERED), str(uuid.uuid4())
    client = program_of(at_post("department_clerk"))

    early = send(client, "POST", f"/cases/{case.reference}/accept", {}, Idempotency_Key=key)
    send(program_of(at_post("street_dispatcher")), "POST", f"/cases/{case.reference}/dispatch", {"unit": body("dept-ps")})
    late = send(client, "POST", f"/cases/{case.reference}/accept", {}, Idempotency_Key=key)

    assert (early.status_code, late.status_code) == (409, 200)


def test_keys_of_two_people_never_meet() -> None:
    case, key = reported(), str(uuid.uuid4())
    first, second = (program_of(at_post("street_dispatcher")) for _number in range(2))

    send(first, "POST", f"/cases/{case.reference}/notes", {"text": "看过了"}, Idempotency_Key=key)
    answer = send(second, "POST", f"/cases/{case.reference}/notes", {"text": "我也看过了"}, Idempotency_Key=key)

    assert answer.status_code == 201
    assert RequestKey.objects.count() == 2


def test_a_batch_is_taken_in_whole_or_not_at_all() -> None:
    client = program_of(at_post("street_dispatcher"))
    good = send(client, "POST", "/cases/batch", {"reports": [a_report(text=f"第 {number} 件") for number in range(20)]})

    bad = send(client, "POST", "/cases/batch", {"reports": [a_report(), a_report(category="X0000")]})

    assert (good.status_code, len(good.json()["reports"])) == (201, 20)
    assert (bad.status_code, bad.json()["index"]) == (422, 1)
    assert Case.objects.count() == 20
    assert send(Client(), "POST", "/cases/batch", {"reports": [a_report()]}).status_code == 401


# --- reading ----------------------------------------------------------------------------------------------------------


def test_contact_is_in_no_answer() -> None:
    sent = a_report(contact={"name": NAME, "phone": PHONE, "email": MAIL}, text=f"请打 {PHONE} 找我")
    reference = send(Client(), "POST", "/cases", sent).json()["reference"]
    askers = [Client(), *(browser_of(at_post(role)) for role in ("street_dispatcher", "district_supervisor", "auditor"))]

    for asker in askers:
        for address in ("/cases", f"/cases/{reference}", f"/cases/{reference}/timeline", "/map/points"):
            told = send(asker, "GET", address).content.decode()
            assert NAME not in told
            assert MAIL not in told
    assert PHONE not in send(Client(), "GET", f"/cases/{reference}").content.decode()


def test_contact_is_revealed_for_a_reason_that_is_kept() -> None:
    reference = send(Client(), "POST", "/cases", a_report(contact={"phone": PHONE})).json()["reference"]
    clerk = program_of(at_post("street_dispatcher"))

    without = send(clerk, "POST", f"/cases/{reference}/reporter", {"reason": "x"})
    told = send(clerk, "POST", f"/cases/{reference}/reporter", {"reason": "核实地点，需要回电"})
    stranger = send(program_of(at_post("grid_worker")), "POST", f"/cases/{reference}/reporter", {"reason": "想看一看"})

    assert (without.status_code, told.status_code, stranger.status_code) == (422, 200, 403)
    assert told.json() == {"phone": PHONE}
    assert Event.objects.get(name="cases.case.reporter_revealed").data["reason"] == "核实地点，需要回电"


def test_a_case_is_seen_by_right() -> None:
    public, hidden, sealed = reported(), reported("别公开", is_public=False), reported("孩子没人管", category=CHILD)
    lists = {
        role: {item["reference"] for item in send(browser_of(at_post(role)), "GET", "/cases").json()["items"]}
        for role in ("street_dispatcher", "district_supervisor", "department_clerk")
    }

    assert {item["reference"] for item in send(Client(), "GET", "/cases").json()["items"]} == {public.reference}
    assert lists["street_dispatcher"] == {public.reference, hidden.reference}
    assert lists["district_supervisor"] == {public.reference, hidden.reference, sealed.reference}
    assert lists["department_clerk"] == set()
    assert send(Client(), "GET", f"/cases/{hidden.reference}").status_code == 404
    assert send(Client(), "GET", f"/cases/{sealed.reference}").status_code == 404
    assert send(browser_of(at_post("street_dispatcher")), "GET", f"/cases/{sealed.reference}").status_code == 404


def test_staff_of_another_street_see_what_everybody_sees() -> None:
    case = reported("电话 19900004321")
    stranger = browser_of(at_post("street_dispatcher", area="990101002"))

    answer = send(stranger, "GET", f"/cases/{case.reference}").json()

    assert answer["work"] is None
    assert "19900004321" not in answer["text"]
    assert send(stranger, "GET", "/cases").json()["items"] == []


def test_the_reporters_link_opens_the_case_and_lets_them_judge() -> None:
    case = case_at(Stage.CLOSED, is_public=False)
    address, secret = f"/cases/{case.reference}", link_secret(case.pk)

    assert send(Client(), "GET", f"{address}?link={secret}").json()["verbs"] == ["rate", "reopen"]
    assert send(Client(), "GET", f"{address}?link=wrong").status_code == 404
    assert send(Client(), "POST", f"{address}/rate?link=错", {"solved": "yes", "satisfaction": 5}).status_code == 404
    rated = send(Client(), "POST", f"{address}/rate?link={secret}", {"solved": "yes", "satisfaction": 5})
    assert rated.json()["stage"] == Stage.RATED


def test_etag_begins_with_the_version_and_spares_the_body() -> None:
    case = reported()
    first = send(Client(), "GET", f"/cases/{case.reference}")

    again = send(Client(), "GET", f"/cases/{case.reference}", If_None_Match=first["ETag"])

    assert first["ETag"].startswith(f'"{case.version}.')
    assert (again.status_code, again.content) == (304, b"")


def test_the_timeline_tells_outsiders_the_public_steps_only() -> None:
    case = case_at(Stage.DELIVERED)
    send(program_of(at_post("street_dispatcher")), "POST", f"/cases/{case.reference}/notes", {"text": "内部说明"})

    public = send(Client(), "GET", f"/cases/{case.reference}/timeline").json()["items"]
    staff = send(browser_of(at_post("street_dispatcher")), "GET", f"/cases/{case.reference}/timeline").json()["items"]

    assert [line["verb"] for line in public] == ["report", "register", "dispatch", "accept", "deliver"]
    assert {line["text"] for line in public} == {None}
    assert [line["verb"] for line in staff][-1] == "note"
    assert "内部说明" in [line["text"] for line in staff]


def test_pages_follow_each_other_without_a_gap() -> None:
    references = {reported(f"第 {number} 处积水").reference for number in range(7)}
    for order in ("newest", "oldest", "due", "updated"):
        seen, after = [], ""
        while True:
            page = send(Client(), "GET", f"/cases?size=2&order={order}&after={after}").json()
            seen += [item["reference"] for item in page["items"]]
            after = page["next"]
            if not after:
                break
        assert (len(seen), set(seen)) == (7, references)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", 1), ("state=closed", 0), ("stage=reported", 1), ("light=green", 1), ("light=red", 0),
        ("category=E05", 1), ("category=E0506", 1), ("category=C0104", 0), (f"area={STREET}", 1), ("area=990101002", 0),
        ("unit=999999", 0), ("q=积水", 1), ("q=没有", 0), ("level=critical", 0), ("since=2020-01-01", 1),
        ("until=2020-01-01", 0), ("door=portal", 1), (f"situation={uuid.UUID(int=7)}", 0), ("result=fixed", 0),
    ],
)  # fmt: skip
def test_every_filter_narrows(query: str, found: int) -> None:
    reported()

    answer = send(Client(), "GET", f"/cases?{query}")

    assert (answer.status_code, len(answer.json()["items"])) == (200, found)


@pytest.mark.parametrize(
    "query",
    ["stage=x", "light=blue", "order=x", "since=x", "since=0001-01-01", "until=9999-12-31", "unit=²", "unit=99999999999999999999",
     "situation=x", "after=x", "nothing=1", "size=1000000000", "q=%00", "area=abc", "tab=todo", "order=due&after=nan_x"],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_refused(query: str) -> None:
    answer = send(Client(), "GET", f"/cases?{query}")

    assert answer.status_code in (400, 422)
    assert answer.json()["field"]


def test_a_list_of_fifty_costs_few_statements(django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        reported(f"第 {number} 处")
    client = browser_of(at_post("street_dispatcher"))
    send(client, "GET", "/cases")

    with django_assert_max_num_queries(8):
        assert len(send(client, "GET", "/cases?size=50").json()["items"]) == 12


def test_map_points_are_small_and_lit_like_the_cases() -> None:
    cases = {case.reference: case for case in (reported(), case_at(Stage.DISPATCHED), case_at(Stage.SUSPENDED))}

    points = send(Client(), "GET", "/map/points").json()

    assert {row[4]: row[2] for row in points["points"]} == {key: case.light() for key, case in cases.items()}
    assert points["is_cut"] is False
    assert send(Client(), "GET", "/map/points?most=1").json()["is_cut"] is True
    assert send(Client(), "GET", "/map/points?box=0,0,1,1").json()["points"] == []
    assert send(Client(), "GET", "/map/points?box=1,2,3").status_code == 400


def test_duplicates_are_offered_before_sending() -> None:
    case = reported()

    near = send(Client(), "GET", f"/cases/duplicates?category={FLOOD}&lng={case.lng}&lat={case.lat}&text=积水")
    far = send(Client(), "GET", f"/cases/duplicates?category={FLOOD}&lng=0&lat=0")

    assert [item["case"]["reference"] for item in near.json()["items"]] == [case.reference]
    assert far.json()["items"] == []


# --- the rest ---------------------------------------------------------------------------------------------------------


def test_a_situation_from_opening_to_its_report() -> None:
    cases = [reported(f"第 {number} 处积水", east_m=number * 200) for number in range(3)]
    client = program_of(at_post("street_dispatcher"))
    since = cases[0].reported_at.isoformat()

    opened = send(client, "POST", "/situations", {"name": "暴雨", "area": STREET, "since": since})
    twice = send(client, "POST", "/situations", {"name": "暴雨", "area": STREET, "since": since})
    address = f"/situations/{opened.json()['id']}"
    batch = {"cases": [str(case.pk) for case in cases], "unit": body("dept-ps")}
    sent = send(client, "POST", f"{address}/dispatch", batch)
    closed = send(client, "POST", f"{address}/close", {"words": "雨停了"})

    assert (opened.status_code, opened.json()["figures"]["reports"], twice.status_code) == (201, 3, 409)
    assert sorted(sent.json()["done"]) == sorted(case.reference for case in cases)
    assert closed.json()["figures"]["words"] == "雨停了"
    assert len(send(client, "GET", "/situations").json()["items"]) == 1
    assert send(Client(), "GET", "/situations").status_code == 401
    assert send(program_of(at_post("grid_worker")), "GET", "/situations").status_code == 403


def test_areas_are_geojson_page_by_page() -> None:
    grids, after = [], ""
    while True:
        page = send(Client(), "GET", f"/areas?inside={STREET}&level=grid&size=20&after={after}").json()
        grids += [feature["id"] for feature in page["features"]]
        after = page["next"]
        if not after:
            break

    assert len(grids) == len(set(grids)) == 50
    assert all(code.startswith(STREET) for code in grids)


def test_catalogue_organizations_and_who_asks() -> None:
    category = send(Client(), "GET", f"/categories/{FLOOD}").json()
    me = send(program_of(at_post("street_dispatcher")), "GET", "/me").json()

    assert category["conditions"]
    assert len(send(Client(), "GET", "/categories").json()["items"]) >= 180
    assert send(Client(), "GET", "/categories/none").status_code == 404
    assert "dept-ps" in {item["code"] for item in send(Client(), "GET", "/organizations").json()["items"]}
    assert (me["kind"], me["area"], "cases.case.register" in me["rights"]) == ("program", STREET, True)


def test_every_refusal_is_a_problem() -> None:
    askings = [
        ("GET", "/nothing", 404), ("PUT", "/cases", 405), ("GET", "/cases/x", 404), ("GET", "/cases?x=1", 400),
        ("POST", "/cases", 422), ("GET", "/webhooks", 401),
    ]  # fmt: skip
    for method, address, status in askings:
        answer = send(Client(), method, address, {})
        told = answer.json()
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), address
        assert (told["status"], bool(told["title"] and told["code"] and told["detail"])) == (status, True)
    revoked = Client(headers={"Authorization": "Bearer none"}).get("/api/v1/me")
    assert (revoked.status_code, revoked["Content-Type"]) == (401, "application/problem+json")


def test_the_description_and_its_page_are_there() -> None:
    answer = Client().get("/api/openapi.json")
    page = Client().get("/api/")

    assert answer.json()["openapi"].startswith("3.1")
    assert "/api/v1/cases/{reference}/dispatch" in answer.json()["paths"]
    assert Client().get("/api/openapi.json", headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert page.status_code == 200
    assert "/api/v1/cases/{reference}/dispatch" in page.content.decode()
    assert "<script>" not in page.content.decode()


def test_head_is_get_without_a_body() -> None:
    answer = Client().head("/api/v1/categories")

    assert (answer.status_code, answer.content) == (200, b"")
