"""Done, checked, closed, judged, reopened; and the appeal against “overdue”."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from linli.cases.models import Case, CasePhoto
from linli.cases.operations import Ask, take
from linli.cases.tests import factories as make
from linli.cases.workflow import Stage
from linli.kernel.errors import RuleBroken

pytestmark = pytest.mark.django_db


def late_case() -> Case:
    """A case that was closed too late."""
    case = make.case_at(Stage.ACCEPTED)
    with time_machine.travel(case.due_at + timedelta(hours=3), tick=False):
        for step in (make.DELIVER, make.VERIFY, make.CLOSE):
            case = step(case)
    return case


def test_the_answer_is_masked_and_the_words_as_typed_stay_with_staff() -> None:
    case = make.case_at(Stage.ACCEPTED)

    case = take(
        "deliver", actor=make.at_post("department_clerk"), case=case, result="fixed",
        ask=Ask(text="已疏通，联系人 19900001234", note="井下有钢筋"),
    )  # fmt: skip

    row = case.steps.order_by("-id").first()
    assert case.answer == row.public_text == "已疏通，联系人 199****1234"
    assert "19900001234" in row.text and "井下有钢筋" in row.text
    assert "井下有钢筋" not in case.answer


def test_who_did_the_work_may_not_check_it() -> None:
    worker = make.person()
    case = make.case_at(Stage.ACCEPTED)
    clerk = make.at_post("department_clerk", who=worker)
    case = take("deliver", actor=clerk, case=case, result="fixed", ask=Ask(text="好了"))
    same_person = make.at_post("grid_worker", who=worker)

    for verb in ("verify_pass", "verify_fail"):
        with pytest.raises(RuleBroken) as caught:
            take(verb, actor=same_person, case=case, ask=Ask(text="我看过了", photos=[make.photo()]))
        assert caught.value.code == "own_work"
    case.refresh_from_db()
    assert case.stage == Stage.DELIVERED


def test_a_check_needs_a_picture_and_keeps_it_as_after() -> None:
    case = make.case_at(Stage.DELIVERED)

    with pytest.raises(RuleBroken) as caught:
        take("verify_pass", actor=make.at_post("grid_worker"), case=case, ask=Ask(text="好了"))
    case = make.VERIFY(case)

    assert caught.value.code == "photo_missing"
    assert CasePhoto.objects.get(case=case).side == "after"
    assert case.photo_count == 1


def test_a_failed_check_goes_back_to_the_unit_and_is_counted() -> None:
    case = make.case_at(Stage.DELIVERED)
    due = case.due_at

    actor, ask = make.at_post("grid_worker"), Ask(text="井盖还在晃", photos=[make.photo()])
    case = take("verify_fail", actor=actor, case=case, ask=ask)

    assert (case.stage, case.rework_count, case.delivered_at, case.result, case.due_at) == (
        Stage.ACCEPTED, 1, None, "", due,
    )  # fmt: skip


def test_a_picture_cannot_serve_two_cases() -> None:
    picture = make.photo()
    one, other = make.case_at(Stage.DELIVERED), make.case_at(Stage.DELIVERED, east_m=200)
    take("verify_pass", actor=make.at_post("grid_worker"), case=one, ask=Ask(photos=[picture]))

    with pytest.raises(RuleBroken) as caught:
        take("verify_pass", actor=make.at_post("grid_worker"), case=other, ask=Ask(photos=[picture]))

    other.refresh_from_db()
    assert (caught.value.code, other.stage) == ("photo_unknown", Stage.DELIVERED)


def test_the_units_time_ends_when_it_delivers_not_when_others_check() -> None:
    case = make.case_at(Stage.DELIVERED)
    with time_machine.travel(case.due_at + timedelta(days=2), tick=False):
        case = make.CLOSE(make.VERIFY(case))

    assert case.is_overdue is False
    assert late_case().is_overdue is True


@pytest.mark.parametrize("result", ["duplicate", "nonsense", ""])
def test_the_result_is_one_that_a_unit_may_give(result: str) -> None:
    case = make.case_at(Stage.ACCEPTED)

    with pytest.raises(RuleBroken) as caught:
        take("deliver", actor=make.at_post("department_clerk"), case=case, result=result, ask=Ask(text="说明"))

    assert (caught.value.code, caught.value.field) == ("result_unknown", "result")


def test_a_forced_end_skips_the_check_and_frees_what_waited() -> None:
    case = make.case_at(Stage.ACCEPTED)
    case = take("ask_extension", actor=make.at_post("department_clerk"), case=case, ask=Ask(text="等配件"))

    leader = make.at_post("street_leader")
    case = take("force_close", actor=leader, case=case, result="cannot", ask=Ask(text="产权未定，暂不具备条件"))

    assert (case.stage, case.result, case.pending, case.answer) == (Stage.CLOSED, "cannot", "", "产权未定，暂不具备条件")
    assert case.verified_at is None


def test_the_reporter_judges_once_within_the_days_allowed() -> None:
    reporter = make.at_post("resident")
    case = make.case_at(Stage.CLOSED, by=reporter)

    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False), pytest.raises(RuleBroken) as late:
        take("rate", actor=reporter, case=case, solved="yes", satisfaction=5)
    for solved, stars, code in (("maybe", 5, "solved_unknown"), ("yes", 6, "satisfaction_unknown")):
        with pytest.raises(RuleBroken) as wrong:
            take("rate", actor=reporter, case=case, solved=solved, satisfaction=stars)
        assert wrong.value.code == code
    case = take("rate", actor=reporter, case=case, solved="partly", satisfaction=3, ask=Ask(text="还差一点"))

    assert late.value.code == "too_late"
    assert (case.stage, case.solved, case.satisfaction, case.rating_text) == (Stage.RATED, "partly", 3, "还差一点")


def test_refusing_the_result_reopens_with_a_counter_and_a_new_limit() -> None:
    reporter = make.at_post("resident")
    case = make.case_at(Stage.RATED, by=reporter)
    due, unit = case.due_at, case.lead_unit_id

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        case = take("reopen", actor=reporter, case=case, ask=Ask(text="又堵了"))

    assert (case.stage, case.is_open, case.reopen_count, case.lead_unit_id) == (Stage.DISPATCHED, True, 1, unit)
    assert case.due_at > due
    assert (case.result, case.solved, case.satisfaction, case.closed_at, case.is_overdue) == ("", "", None, None, False)


def test_an_appeal_takes_two_reviewers_and_the_raw_fact_stays() -> None:
    case = late_case()
    case = take("appeal", actor=make.at_post("department_clerk"), case=case, ask=Ask(text="当天停水，无法施工"))
    assert (case.appeal, case.pending) == ("asked", "review_appeal")

    with pytest.raises(RuleBroken) as too_early:
        take("decide_appeal", actor=make.at_post("district_supervisor"), case=case, is_upheld=True, ask=Ask(text="同意"))
    case = take("review_appeal", actor=make.at_post("street_dispatcher"), case=case, ask=Ask(text="属实"))
    supervisor = make.at_post("district_supervisor")
    case = take("decide_appeal", actor=supervisor, case=case, is_upheld=True, ask=Ask(text="情况属实，剔除"))

    assert too_early.value.code == "nothing_asked"
    assert (case.appeal, case.is_overdue, case.is_exempt, case.pending) == ("upheld", True, True, "")
    with pytest.raises(RuleBroken) as again:
        take("appeal", actor=make.at_post("department_clerk"), case=case, ask=Ask(text="再来"))
    assert again.value.code == "too_often"


def test_both_reviewers_may_not_be_the_same_person() -> None:
    case, twice = late_case(), make.person()
    case = take("appeal", actor=make.at_post("department_clerk"), case=case, ask=Ask(text="停水"))
    case = take("review_appeal", actor=make.at_post("street_dispatcher", who=twice), case=case)

    with pytest.raises(RuleBroken) as caught:
        supervisor = make.at_post("district_supervisor", who=twice)
        take("decide_appeal", actor=supervisor, case=case, is_upheld=True, ask=Ask(text="同意"))

    assert caught.value.code == "decided_already"


def test_an_appeal_may_be_rejected_at_once_and_needs_something_to_appeal_against() -> None:
    case = late_case()
    case = take("appeal", actor=make.at_post("department_clerk"), case=case, ask=Ask(text="人手不够"))
    supervisor = make.at_post("district_supervisor")
    case = take("decide_appeal", actor=supervisor, case=case, is_upheld=False, ask=Ask(text="理由不成立"))
    assert (case.appeal, case.is_exempt) == ("rejected", False)

    in_time = make.case_at(Stage.CLOSED, east_m=300)
    with pytest.raises(RuleBroken) as caught:
        take("appeal", actor=make.at_post("department_clerk"), case=in_time, ask=Ask(text="没有超时也申诉"))
    assert caught.value.code == "not_overdue"
