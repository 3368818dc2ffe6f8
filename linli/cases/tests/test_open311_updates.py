"""Updates of requests both ways: mySociety's extension of Open311, over HTTP."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from defusedxml.ElementTree import fromstring
from django.utils import timezone

from linli.cases.models import Case, CaseStep
from linli.cases.operations import Ask, take
from linli.cases.tests.factories import CHILD, at_post, case_at, reported
from linli.cases.tests.test_open311 import KEY, errors, get, key, key_of, post
from linli.cases.workflow import Stage
from linli.kernel.identifiers import new_id

__all__ = ["key"]  # the fixture
pytestmark = pytest.mark.django_db


def an_update(case: Case, **changes: Any) -> dict[str, Any]:
    return {
        "api_key": KEY, "service_request_id": case.reference, "update_id": "42", "status": "OPEN",
        "description": "又坏了一根", "updated_datetime": timezone.now().isoformat(),
    } | changes  # fmt: skip


def test_public_steps_are_updates_the_oldest_first() -> None:
    case = case_at(Stage.CLOSED)
    take("urge", actor=at_post("street_dispatcher"), case=reported(), ask=Ask(text="内部催办"))

    told = get("/servicerequestupdates.json").json()
    root = fromstring(get("/servicerequestupdates.xml").content)

    assert list(told[0]) == [
        "update_id", "service_request_id", "status", "updated_datetime", "description", "media_url", "external_status_code"
    ]  # fmt: skip
    assert [item["external_status_code"] for item in told] == [
        "registered", "dispatched", "accepted", "delivered", "verified", "closed"
    ]  # fmt: skip
    assert ([item["status"] for item in told][-2:], told[-1]["description"]) == (["OPEN", "CLOSED"], case.answer)
    assert (root.tag, root[0].tag, len(root)) == ("service_request_updates", "request_update", 6)
    assert "内部催办" not in json.dumps(told, ensure_ascii=False)


def test_updates_are_cut_by_time_and_by_request() -> None:
    case, other = case_at(Stage.REGISTERED), case_at(Stage.REGISTERED)
    later = quote((timezone.now() + timedelta(minutes=5)).isoformat())

    assert len(get("/servicerequestupdates.json").json()) == 2
    assert get(f"/servicerequestupdates.json?start_date={later}").json() == []
    found = get(f"/servicerequestupdates.json?service_request_id={other.reference}").json()
    assert [item["service_request_id"] for item in found] == [other.reference]
    assert case.reference != other.reference


def test_an_update_of_another_system_is_kept_once() -> None:
    case, secret = reported(), key_of(at_post("street_dispatcher"))

    answers = [post("/servicerequestupdates.json", an_update(case, api_key=secret)) for _time in range(3)]
    other = post("/servicerequestupdates.json", an_update(case, api_key=secret, description="别的话"))

    step = CaseStep.objects.get(case=case, verb="note")
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert answers[0].json() == [{"update_id": str(step.pk)}]
    assert "又坏了一根" in step.text
    assert other.status_code == 409


def test_closed_by_another_system_is_delivered_where_its_rights_allow() -> None:
    case, clerk = case_at(Stage.ACCEPTED), key_of(at_post("department_clerk"))

    answer = post("/servicerequestupdates.xml", an_update(case, api_key=clerk, status="CLOSED", description="已更换"))

    case.refresh_from_db()
    assert (answer.status_code, case.stage, case.result, case.answer) == (201, Stage.DELIVERED, "fixed", "已更换")
    root = fromstring(answer.content)
    latest = CaseStep.objects.filter(case=case).order_by("-pk")[0]
    assert (root.tag, root[0].tag, root[0][0].text) == ("service_request_updates", "request_update", str(latest.pk))


def test_an_update_without_the_right_changes_nothing(key: str) -> None:
    case = case_at(Stage.ACCEPTED)

    answer = post("/servicerequestupdates.json", an_update(case, status="CLOSED"))

    case.refresh_from_db()
    assert (answer.status_code, case.stage) == (403, Stage.ACCEPTED)
    assert errors(answer)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"update_id": ""}, 400), ({"service_request_id": ""}, 400), ({"service_request_id": "nothing"}, 404),
        ({"status": "SOMETHING"}, 400), ({"updated_datetime": "soon"}, 400), ({"description": ""}, 400),
        ({"api_key": ""}, 403), ({"api_key": "wrong"}, 403),
    ],
)  # fmt: skip
def test_updates_that_are_wrong_are_refused(key: str, change: dict[str, Any], status: int) -> None:
    case = reported()

    answer = post("/servicerequestupdates.json", an_update(case, **change))

    assert answer.status_code == status
    assert CaseStep.objects.filter(case=case).count() == 1


def test_a_sealed_case_takes_no_update_of_a_stranger(key: str) -> None:
    case = reported("孩子没人管", category=CHILD)

    assert post("/servicerequestupdates.json", an_update(case)).status_code == 404


def told_of(query: str) -> list[str]:
    answer = get(f"/servicerequestupdates.json?{query}")
    assert answer.status_code == 200, answer.content
    return [item["update_id"] for item in answer.json()]


def test_updates_are_cut_by_their_own_instant() -> None:
    case = case_at(Stage.REGISTERED)
    step = CaseStep.objects.get(case=case, verb="register")
    before, after = (quote((step.at + timedelta(seconds=way)).isoformat()) for way in (-1, 1))

    assert told_of(f"updated_after={before}") == [str(step.pk)]
    assert told_of(f"updated_after={after}") == []
    assert told_of(f"updated_before={before}") == []
    assert told_of(f"updated_after={before}&updated_before={after}") == [str(step.pk)]
    assert told_of(f"updated_before={after}&start_date={after}") == []


def test_instants_of_changes_keep_the_ninety_days() -> None:
    case, at = case_at(Stage.REGISTERED), timezone.now() - timedelta(days=120)
    old = CaseStep.objects.create(id=new_id(at), case=case, verb="dispatch", stage=Stage.DISPATCHED, at=at)
    now, recent, long_ago = (quote((timezone.now() - timedelta(days=days)).isoformat()) for days in (0, 89, 121))

    assert str(old.pk) not in told_of(f"updated_before={now}")
    assert str(old.pk) not in told_of(f"updated_after={recent}")
    assert told_of(f"updated_after={long_ago}") == [str(old.pk)]
    assert get(f"/servicerequestupdates.json?updated_after={long_ago}&updated_before={now}").status_code == 400


@pytest.mark.parametrize(
    "query", ["updated_after=zzz", "updated_before=2026-11-21", "updated_after=x&start_date=2026-11-21T08:00:00Z"]
)
def test_instants_of_updates_that_are_wrong_are_400(query: str) -> None:
    answer = get(f"/servicerequestupdates.json?{query}")

    assert answer.status_code == 400
    assert errors(answer)
