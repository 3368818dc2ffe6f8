"""Eight people take a step on one case in the same moment: one takes it, seven are told how the case stands now.

The API is tried in `tests/contracts/test_twins.py`; here it is the desk's form, the phone, and doors and verbs mixed.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from linli.cases.forms.step import StepForm
from linli.cases.models import Case, CaseStep
from linli.cases.tests.factories import at_post, body, browser_of, case_at, photo
from linli.cases.workflow import INCIDENT, Stage
from linli.kernel.models import Event
from linli.kernel.policy import Actor

pytestmark = pytest.mark.django_db(transaction=True)
EIGHT = 8


def together(sends: Sequence[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Send everything in the same moment, each from a thread of its own."""
    answers: list[Any] = [None] * len(sends)
    start = threading.Barrier(len(sends))

    def one(index: int) -> None:
        start.wait()
        answers[index] = sends[index]()

    threads = [threading.Thread(target=one, args=(index,)) for index in range(len(sends))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def signed_in(live_server: Any) -> Iterator[Callable[[Actor], httpx.Client]]:
    """`signed_in(actor)`: a browser over real HTTP in which this actor is signed in, with the secret that forms carry."""
    with ExitStack() as open_browsers:

        def opened(actor: Actor) -> httpx.Client:
            cookies = {name: morsel.value for name, morsel in browser_of(actor).cookies.items()}
            client = open_browsers.enter_context(httpx.Client(base_url=live_server.url, cookies=cookies, timeout=60))
            client.headers["X-CSRFToken"] = client.get("/field/api/session").json()["csrf"]
            client.headers["Referer"] = f"{live_server.url}/"
            return client

        yield opened


def by_form(client: httpx.Client, case: Case, verb: str, **fields: Any) -> Callable[[], httpx.Response]:
    proposed = {name: field.initial for name, field in StepForm(verb, case).fields.items() if field.initial}
    given = {**proposed, "version": str(case.version), "text": "已到现场处理", **fields}
    return lambda: client.post(f"/desk/cases/{case.reference}/{verb}/", data=given)


def by_api(
    client: httpx.Client, case: Case, verb: str, *, names_version: bool = False, **fields: Any
) -> Callable[[], httpx.Response]:
    """A call of a program; one that names no version takes its step whenever that is possible."""
    seen = {"If-Match": f'"{case.version}"'} if names_version else {}
    return lambda: client.post(f"/api/v1/cases/{case.reference}/{verb}", json={"text": "已到现场处理", **fields}, headers=seen)


def by_phone(client: httpx.Client, actor: Actor, case: Case, verb: str) -> Callable[[], httpx.Response]:
    step = {"request_id": str(uuid.uuid4()), "verb": verb, "case": str(case.pk), "text": "现场看过", "found": True}
    headers = {"X-Linli-Account": str(actor.person_id)}
    return lambda: client.post("/field/api/steps", content=json.dumps({"steps": [step]}), headers=headers)


def check_one_line(case: Case, before: int) -> CaseStep:
    """One step was written, with its line in the audit, and the case stands where it leads."""
    case.refresh_from_db()
    row = CaseStep.objects.filter(case=case).order_by("-pk")[0]
    assert CaseStep.objects.filter(case=case).count() == before + 1
    assert Event.objects.filter(subject_id=case.pk).count() == before + 1
    assert case.stage == row.stage == INCIDENT.steps[row.verb].target
    return row


CONTESTED = [
    (Stage.REPORTED, "street_dispatcher", "register", {}),
    (Stage.DISPATCHED, "department_clerk", "accept", {}),
    (Stage.ACCEPTED, "department_clerk", "deliver", {"result": "fixed"}),
    (Stage.VERIFIED, "street_dispatcher", "close", {}),
]


@pytest.mark.parametrize(("stage", "role", "verb", "fields"), CONTESTED, ids=[verb for _, _, verb, _ in CONTESTED])
def test_eight_send_the_desks_form_and_one_wins(stage, role, verb, fields, signed_in):
    case = case_at(stage)
    before = CaseStep.objects.filter(case=case).count()
    clients = [signed_in(at_post(role)) for _number in range(EIGHT)]

    answers = together([by_form(client, case, verb, **fields) for client in clients])

    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 7
    assert check_one_line(case, before).verb == verb
    for answer in answers:
        if answer.status_code == 409:
            assert case.get_stage_display() in answer.text
            assert "已到现场处理" in answer.text, "what was typed is gone"
            assert f'name="version" value="{case.version}"' in answer.text


def test_eight_phones_look_on_the_spot_and_one_wins(signed_in):
    case = case_at(Stage.PRE_CHECK)
    before = CaseStep.objects.filter(case=case).count()
    workers = [at_post("grid_worker") for _number in range(EIGHT)]
    clients = [signed_in(worker) for worker in workers]

    answers = together([by_phone(client, worker, case, "pre_check") for client, worker in zip(clients, workers, strict=True)])

    assert {answer.status_code for answer in answers} == {200}
    outcomes = [answer.json()["answers"][0] for answer in answers]
    assert Counter(one["outcome"] for one in outcomes) == {"done": 1, "conflict": 7}
    assert {one["state"] for one in outcomes if one["outcome"] == "conflict"} == {Stage.REPORTED}
    check_one_line(case, before)


def test_eight_want_different_things_through_different_doors_and_one_wins(signed_in):
    """Four verbs that all lead away from “in hand”, by the desk's form and by the API."""
    case = case_at(Stage.ACCEPTED)
    before = CaseStep.objects.filter(case=case).count()
    clerks = [signed_in(at_post("department_clerk")) for _number in range(4)]
    office = [signed_in(at_post("street_leader")) for _number in range(4)]

    answers = together([
        by_form(clerks[0], case, "deliver", result="fixed"),
        by_form(clerks[1], case, "return"),
        by_form(office[0], case, "void"),
        by_form(office[1], case, "force_close", result="cannot"),
        by_api(clerks[2], case, "deliver", names_version=True, result="fixed"),
        by_api(clerks[3], case, "return", names_version=True),
        by_api(office[2], case, "void", names_version=True),
        by_api(office[3], case, "force_close", names_version=True, result="cannot"),
    ])  # fmt: skip

    won = [answer for answer in answers if answer.status_code in (200, 302)]
    assert len(won) == 1
    # A unit that has lost the case to its return does not see it any more.
    assert {answer.status_code for answer in answers if answer not in won} <= {404, 409, 412}
    row = check_one_line(case, before)
    for answer in answers[4:]:
        if answer.status_code in (409, 412):
            assert answer.json()["state"] == row.stage


def test_eight_checks_with_the_same_picture_and_one_keeps_it(signed_in):
    case = case_at(Stage.DELIVERED)
    before = CaseStep.objects.filter(case=case).count()
    clients = [signed_in(at_post("grid_worker")) for _number in range(EIGHT)]
    picture = str(photo())

    answers = together([by_api(client, case, "verify_pass", photos=[picture]) for client in clients])

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    row = check_one_line(case, before)
    assert row.photos.count() == 1
    assert body("dept-ps") == case.lead_unit_id
