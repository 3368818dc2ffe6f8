"""The same thing sent fifty times at once, over real connections: done once, answered alike."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from linli.cases.models import Case, CaseStep
from linli.cases.tests.factories import FLOOD, GRID, at_post, case_at, photo, point_in
from linli.cases.workflow import Stage
from linli.kernel import limits
from linli.kernel.models import Event, Quarantined, RequestKey
from linli.organizations.models import AccessToken
from linli.organizations.queries import token_digest

TWINS = 50
pytestmark = pytest.mark.django_db(transaction=True)


def together(count: int, send: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """Send from so many threads in the same moment."""
    answers: list[Any] = [None] * count
    start = threading.Barrier(count)

    def one(index: int) -> None:
        start.wait()
        answers[index] = send(index)

    threads = [threading.Thread(target=one, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def a_report(**changes: Any) -> dict[str, Any]:
    lng, lat = point_in(GRID)
    return {"category": FLOOD, "text": "地下通道积水，行人过不去", "lng": lng, "lat": lat, **changes}


def post(url: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return httpx.post(url, content=json.dumps(body), headers={"Content-Type": "application/json", **headers}, timeout=60)


def token_of(actor: Any) -> dict[str, str]:
    AccessToken.objects.create(name="twin", digest=token_digest(f"secret-{actor.post_id}"), hint="twin", post_id=actor.post_id)
    return {"Authorization": f"Bearer secret-{actor.post_id}"}


def test_fifty_reports_under_one_id_are_one_case(live_server: Any) -> None:
    limits.forget_all()
    body = a_report(id=str(uuid.uuid4()))

    answers = together(TWINS, lambda _index: post(f"{live_server.url}/api/v1/cases", body))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Case.objects.count() == 1
    assert Event.objects.filter(name="cases.case.reported").count() == 1


def test_fifty_reports_under_one_key_are_one_case(live_server: Any) -> None:
    limits.forget_all()
    body, key = a_report(), str(uuid.uuid4())

    answers = together(TWINS, lambda _index: post(f"{live_server.url}/api/v1/cases", body, **{"Idempotency-Key": key}))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert Case.objects.count() == 1


def test_same_id_with_other_content_is_refused_and_kept(live_server: Any) -> None:
    limits.forget_all()
    url, body = f"{live_server.url}/api/v1/cases", a_report(id=str(uuid.uuid4()))
    first = post(url, body)

    second = post(url, {**body, "text": "别的内容"})
    with_key = post(url, {**body, "text": "又是别的"}, **{"Idempotency-Key": str(uuid.uuid4())})

    assert (first.status_code, second.status_code, with_key.status_code) == (201, 409, 409)
    assert second.json()["code"] == "same_id_other_content"
    assert sorted(Quarantined.objects.values_list("body__text", flat=True)) == sorted(["别的内容", "又是别的"])
    assert Case.objects.count() == 1
    assert not RequestKey.objects.exists()


def test_eight_people_take_a_step_and_one_wins(live_server: Any) -> None:
    case = case_at(Stage.DISPATCHED)
    clerks = [token_of(at_post("department_clerk")) for _number in range(8)]
    url = f"{live_server.url}/api/v1/cases/{case.reference}/accept"

    answers = together(8, lambda index: post(url, {}, **clerks[index]))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert {answer.json()["state"] for answer in answers if answer.status_code == 409} == {Stage.ACCEPTED}
    assert CaseStep.objects.filter(case=case, verb="accept").count() == 1


def test_eight_who_saw_the_same_version_and_one_wins(live_server: Any) -> None:
    case = case_at(Stage.DISPATCHED)
    clerks = [token_of(at_post("department_clerk")) for _number in range(8)]
    url = f"{live_server.url}/api/v1/cases/{case.reference}/accept"

    answers = together(8, lambda index: post(url, {}, **clerks[index], **{"If-Match": f'"{case.version}"'}))

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7
    assert {answer.json()["version"] for answer in answers if answer.status_code == 412} == {case.version + 1}


def test_one_step_sent_fifty_times_under_one_key_is_taken_once(live_server: Any) -> None:
    case = case_at(Stage.DELIVERED)
    worker, key = token_of(at_post("grid_worker")), str(uuid.uuid4())
    url, body = f"{live_server.url}/api/v1/cases/{case.reference}/verify_pass", {"photos": [str(photo())]}

    answers = together(TWINS, lambda _index: post(url, body, **worker, **{"Idempotency-Key": key}))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert CaseStep.objects.filter(case=case, verb="verify_pass").count() == 1


def test_pages_walked_while_others_report_lose_no_row(live_server: Any) -> None:
    limits.forget_all()
    for number in range(30):
        assert post(f"{live_server.url}/api/v1/cases", a_report(text=f"早先的第 {number} 件")).status_code == 201
    before = set(Case.objects.values_list("reference", flat=True))
    stop, seen, after = threading.Event(), [], ""
    busy = threading.Thread(target=_report_until, args=(f"{live_server.url}/api/v1/cases", a_report(), stop))
    busy.start()

    try:
        while True:
            answer = httpx.get(f"{live_server.url}/api/v1/cases", params={"size": 4, "after": after}, timeout=30).json()
            seen += [item["reference"] for item in answer["items"]]
            after = answer["next"]
            if not after:
                break
    finally:
        stop.set()
        busy.join()

    assert len(seen) == len(set(seen))
    assert before <= set(seen)


def _report_until(url: str, body: dict[str, Any], stop: threading.Event) -> None:
    for number in range(25):
        if stop.is_set():
            return
        post(url, {**body, "text": f"同时来的第 {number} 件"})
