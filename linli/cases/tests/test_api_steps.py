"""Steps of the loop by the JSON API: versions, rights, forged forms, voices."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from linli.cases.models import Case, CaseStep, Follow
from linli.cases.operations import link_secret
from linli.cases.tests.factories import at_post, body, browser_of, case_at, photo, reported
from linli.cases.tests.test_api import a_report, program_of, send
from linli.cases.workflow import Stage

pytestmark = pytest.mark.django_db


def test_the_whole_loop_by_the_api() -> None:
    reference = send(Client(), "POST", "/cases", a_report()).json()["reference"]
    dispatcher, clerk = program_of(at_post("street_dispatcher")), program_of(at_post("department_clerk"))
    worker, secret = program_of(at_post("grid_worker")), link_secret(Case.objects.get().pk)
    steps = [
        (dispatcher, "register", {}), (dispatcher, "dispatch", {"unit": body("dept-ps")}), (clerk, "accept", {}),
        (clerk, "deliver", {"text": "已抽排完毕", "result": "fixed"}),
        (worker, "verify_pass", {"photos": [str(photo())]}), (dispatcher, "close", {"text": "积水已排除"}),
    ]  # fmt: skip

    for client, verb, data in steps:
        answer = send(client, "POST", f"/cases/{reference}/{verb}", data)
        assert answer.status_code == 200, (verb, answer.content)
    rated = send(Client(), "POST", f"/cases/{reference}/rate?link={secret}", {"solved": "yes", "satisfaction": 5})

    assert (rated.status_code, rated.json()["stage"], rated.json()["answer"]) == (200, "rated", "积水已排除")


def test_if_match_of_an_older_version_is_refused_and_nothing_changes() -> None:
    case, client = case_at(Stage.REGISTERED), program_of(at_post("street_dispatcher"))
    address = f"/cases/{case.reference}/urge"

    old = send(client, "POST", address, {"text": "快一点"}, If_Match=f'"{case.version - 1}"')
    wrong = send(client, "POST", address, {"text": "快一点"}, If_Match="abc")
    seen = send(client, "GET", f"/cases/{case.reference}")["ETag"]
    right = send(client, "POST", address, {"text": "快一点"}, If_Match=seen)

    assert (old.status_code, old.json()["code"], old.json()["version"]) == (412, "case_changed", case.version)
    assert (wrong.status_code, right.status_code) == (400, 200)
    assert right["ETag"].startswith(f'"{case.version + 1}.')
    assert CaseStep.objects.filter(case=case, verb="urge").count() == 1


def test_a_step_of_somebody_without_the_right_is_refused_and_nothing_changes() -> None:
    case = case_at(Stage.DISPATCHED)
    askers = {
        "grid worker": (browser_of(at_post("grid_worker")), 403),
        "other unit": (browser_of(at_post("department_clerk", organization="dept-sz")), 403),
        "nobody": (Client(), 403),
    }

    for asker, status in askers.values():
        assert send(asker, "POST", f"/cases/{case.reference}/accept", {}).status_code == status
    case.refresh_from_db()
    assert (case.stage, CaseStep.objects.filter(case=case, verb="accept").count()) == (Stage.DISPATCHED, 0)


def test_a_narrow_token_does_only_what_it_names() -> None:
    case = reported()
    narrow = program_of(at_post("street_dispatcher"), rights=("cases.case.view",))

    assert send(narrow, "GET", f"/cases/{case.reference}").json()["work"] is not None
    assert send(narrow, "POST", f"/cases/{case.reference}/register", {}).status_code == 403


def test_a_session_needs_its_secret_against_forged_forms() -> None:
    case, actor = reported(), at_post("street_dispatcher")
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = browser_of(actor).cookies

    answer = send(checked, "POST", f"/cases/{case.reference}/register", {})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert Case.objects.get(pk=case.pk).stage == Stage.REPORTED


def test_a_voice_counts_once() -> None:
    case, voice = reported(), uuid.uuid4().hex

    counts = [send(Client(), "POST", f"/cases/{case.reference}/support", {"voice": voice}).json() for _time in range(2)]
    short = send(Client(), "POST", f"/cases/{case.reference}/support", {"voice": "x"})

    assert counts == [{"support_count": 1}] * 2
    assert (short.status_code, short.json()["field"]) == (422, "voice")


def test_following_and_no_longer() -> None:
    case, client = reported(), browser_of(at_post("resident"))

    assert send(client, "PUT", f"/cases/{case.reference}/follow").status_code == 204
    assert Follow.objects.count() == 1
    assert send(client, "DELETE", f"/cases/{case.reference}/follow").status_code == 204
    assert not Follow.objects.exists()
    assert send(Client(), "PUT", f"/cases/{case.reference}/follow").status_code == 401
