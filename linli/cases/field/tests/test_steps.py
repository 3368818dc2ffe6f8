"""Steps from phones: each answered by itself, safe to repeat, stale ones refused with the present state."""

from __future__ import annotations

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from linli.cases.field.tests.phone import Phone, digest, jpeg
from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.operations import Ask, take
from linli.cases.tests.factories import FAR_GRID, at_post, case_at, person, photo, reported
from linli.cases.workflow import Stage
from linli.kernel.models import Quarantined, RequestKey
from linli.organizations.models import Duty


def with_picture(phone: Phone, verb: str, case: Case, **more) -> dict:
    """Send a picture and then the step it belongs to, as the app does."""
    request_id, picture = str(uuid.uuid4()), jpeg(30)
    phone.piece(picture, request_id)
    sent = {"request_id": request_id, "verb": verb, "case": str(case.pk), "photos": [digest(picture)], **more}
    return phone.post("steps", {"steps": [sent]})["answers"][0] | {"sent": sent}


def test_a_look_on_the_spot_passes_with_its_picture(db):
    case, phone = case_at(Stage.DELIVERED), Phone(at_post("grid_worker"))
    answer = with_picture(phone, "verify_pass", case, device={"spot": {"lng": 110.2, "lat": 30.6, "accuracy": 8}})

    assert (answer["outcome"], answer["stage"]) == ("done", Stage.VERIFIED)
    row = CaseStep.objects.get(case=case, verb="verify_pass")
    assert row.data["device"] == {"lng": 110.2, "lat": 30.6, "accuracy": 8}
    assert CasePhoto.objects.get(step=row).side == "after"


@pytest.mark.parametrize(("found", "text"), [(True, "积水三十厘米"), (False, "没有看到积水")])
def test_a_pre_check_says_what_is_there(db, found, text):
    case, phone = case_at(Stage.PRE_CHECK), Phone(at_post("community_worker"))
    answer = with_picture(phone, "pre_check", case, found=found, text=text)

    assert (answer["outcome"], answer["stage"]) == ("done", Stage.REPORTED)
    assert CaseStep.objects.get(case=case, verb="pre_check").data["found"] is found


def test_a_step_waits_for_its_pictures_and_changes_nothing_meanwhile(db):
    case, phone, picture = case_at(Stage.DELIVERED), Phone(at_post("grid_worker")), jpeg(31)
    answer = phone.step("verify_pass", case, photos=[digest(picture)])

    assert (answer["outcome"], answer["code"], answer["missing"]) == ("waiting", "photo_missing", [digest(picture)])
    case.refresh_from_db()
    assert case.stage == Stage.DELIVERED


def test_the_same_step_again_is_known_even_after_its_pictures_were_forgotten(db):
    case, phone = case_at(Stage.DELIVERED), Phone(at_post("grid_worker"))
    first = with_picture(phone, "verify_fail", case, text="还有淤泥")
    RequestKey.objects.all().delete()
    again = phone.post("steps", {"steps": [first["sent"]]})["answers"][0]

    assert (first["outcome"], again["outcome"], again["version"]) == ("done", "known", first["version"])
    assert CaseStep.objects.filter(case=case, verb="verify_fail").count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_one_step():
    case, phone = case_at(Stage.ACCEPTED), Phone(at_post("grid_worker"))
    sent = {"request_id": str(uuid.uuid4()), "verb": "urge", "case": str(case.pk), "text": "快下雨了"}

    def send(_number):
        try:
            return phone.post("steps", {"steps": [sent]})["answers"][0]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(send, range(24)))

    assert {(answer["stage"], answer["version"]) for answer in answers} == {(Stage.ACCEPTED, case.version + 1)}
    assert {answer["outcome"] for answer in answers} <= {"done", "known"}
    case.refresh_from_db()
    assert case.urge_count == 1


def test_a_stale_step_is_refused_with_the_state_the_case_is_in(db):
    case, phone = case_at(Stage.DELIVERED), Phone(at_post("grid_worker"))
    take("verify_pass", actor=at_post("grid_worker"), case=case, ask=Ask(photos=[photo()]))
    answer = with_picture(phone, "verify_fail", case, text="没修好")

    assert (answer["outcome"], answer["code"], answer["state"]) == ("conflict", "step_not_possible", Stage.VERIFIED)
    assert CaseStep.objects.filter(case=case, verb="verify_fail").count() == 0


def test_the_same_id_with_other_content_is_kept_apart(db):
    case, phone = case_at(Stage.ACCEPTED), Phone(at_post("grid_worker"))
    sent = {"request_id": str(uuid.uuid4()), "verb": "note", "case": str(case.pk), "text": "门口有狗"}
    answers = phone.post("steps", {"steps": [sent, sent, sent | {"text": "门口没有狗"}]})["answers"]

    assert [answer["outcome"] for answer in answers] == ["done", "known", "quarantined"]
    assert Quarantined.objects.get().subject_id == case.pk


def test_one_bad_step_does_not_hold_up_the_others(db):
    case, phone = case_at(Stage.ACCEPTED), Phone(at_post("grid_worker"))
    good = {"request_id": str(uuid.uuid4()), "verb": "urge", "case": str(case.pk), "text": "快下雨了"}
    answer = phone.post(
        "steps",
        {"steps": [{}, {"verb": "close", "request_id": str(uuid.uuid4())}, good | {"request_id": "no"}, good,
                   good | {"request_id": str(uuid.uuid4()), "text": " "}]},
    )  # fmt: skip

    assert [one["outcome"] for one in answer["answers"]] == ["refused", "refused", "refused", "done", "refused"]
    assert answer["answers"][4]["field"] == "text"


def test_a_case_of_another_street_is_not_there(db):
    case, phone = reported(grid=FAR_GRID), Phone(at_post("grid_worker"))
    answer = phone.step("urge", case, text="快点")
    nothing = phone.step("urge", Case(pk=uuid.uuid4()), text="快点")

    assert (answer["outcome"], answer["code"]) == ("refused", "not_found")
    assert answer["message"] == nothing["message"]
    case.refresh_from_db()
    assert case.urge_count == 0


def test_a_post_without_the_right_is_refused_with_the_reason(db):
    case, phone = case_at(Stage.DELIVERED), Phone(at_post("street_dispatcher"))
    answer = with_picture(phone, "verify_pass", case)

    assert (answer["outcome"], answer["code"]) == ("refused", "not_allowed")
    assert "核查" in answer["message"] or "Checked" in answer["message"]


def test_who_did_the_work_does_not_check_it(db):
    who, case = person(), case_at(Stage.ACCEPTED)
    phone = Phone(at_post("grid_worker", who=who))
    take("deliver", actor=at_post("department_clerk", who=who), case=case, ask=Ask(text="清了"), result="fixed")
    answer = with_picture(phone, "verify_pass", case)
    assert (answer["outcome"], answer["code"]) == ("refused", "own_work")


# --- clock ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(["in", "out", "out"])), ids="-".join)
def test_clocking_in_and_out_in_whatever_order_it_arrives(db, order):
    phone, came, went = Phone(at_post("grid_worker")), str(uuid.uuid4()), str(uuid.uuid4())
    send = {
        "in": lambda: phone.step("clock_in", request_id=came, device={"spot": {"lng": 110.23, "lat": 30.65}}),
        "out": lambda: phone.step("clock_out", request_id=went, of=came),
    }
    outcomes = [send[name]()["outcome"] for name in order]
    while "waiting" in outcomes:
        outcomes = [send[name]()["outcome"] for name in order]

    duty = Duty.objects.get(person_id=phone.actor.person_id)
    assert (duty.ended_at is not None, duty.start_lng) == (True, 110.23)
    assert set(outcomes) <= {"done", "known"}


def test_clocking_in_twice_from_two_phones_is_a_conflict(db):
    phone = Phone(at_post("grid_worker"))
    assert phone.step("clock_in")["outcome"] == "done"
    assert phone.step("clock_in")["code"] == "on_duty"
    assert Duty.objects.count() == 1
