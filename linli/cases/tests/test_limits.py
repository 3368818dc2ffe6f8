"""Limits: where they come from, when they start, extension, suspension, lights, escalation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from linli.cases.models import Case, CaseRequest
from linli.cases.operations import Ask, take
from linli.cases.tasks import escalate_overdue, resume_due
from linli.cases.tests import factories as make
from linli.cases.workflow import Stage
from linli.kernel.calendar import calendar
from linli.kernel.clocks import Limit
from linli.kernel.errors import RuleBroken
from linli.kernel.models import Event
from linli.people.models import Person

pytestmark = pytest.mark.django_db
TUESDAY_NINE = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)  # 09:00 in China
REASON = Ask(text="配件要三天才到")


def clerk(who: Person | None = None):
    return make.at_post("department_clerk", who=who)


def dispatcher():
    return make.at_post("street_dispatcher")


def head():
    return make.at_post("department_head")


def slow_case(stage: str = Stage.ACCEPTED) -> Case:
    """A blocked grating: one working day."""
    case = take("register", actor=dispatcher(), case=make.reported(category=make.COVER), condition="03")
    steps = {Stage.REGISTERED: (), Stage.DISPATCHED: (make.DISPATCH,), Stage.ACCEPTED: (make.DISPATCH, make.ACCEPT)}
    for step in steps[stage]:
        case = step(case)
    return case


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_the_condition_brings_the_limit_and_dispatching_starts_it() -> None:
    case = slow_case(Stage.REGISTERED)
    assert (case.condition_code, case.limit) == ("03", "1D")

    with time_machine.travel(TUESDAY_NINE + timedelta(hours=2), tick=False):
        case = make.DISPATCH(case)

    start = TUESDAY_NINE + timedelta(hours=2)
    assert case.due_at == calendar().due(start, Limit.parse("1D"))
    assert case.warn_at == case.due_at - (case.due_at - start) * 0.2


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_until_it_is_dispatched_the_limit_of_the_present_step_is_the_only_one() -> None:
    reported = make.reported(category=make.COVER)
    assert reported.due_at == reported.step_due_at == calendar().due(TUESDAY_NINE, Limit.parse("2H"))

    with time_machine.travel(TUESDAY_NINE + timedelta(hours=1, minutes=55), tick=False):
        case = take("register", actor=dispatcher(), case=reported, condition="03")

    just_registered = TUESDAY_NINE + timedelta(hours=2, minutes=5)
    assert case.due_at == case.step_due_at > just_registered
    assert case.light(just_registered) == "green"


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_an_urgent_hour_runs_on_at_night_and_a_working_hour_does_not() -> None:
    night = TUESDAY_NINE + timedelta(hours=14)  # 23:00
    with time_machine.travel(night, tick=False):
        urgent = make.case_at(Stage.DISPATCHED, category=make.FLOOD)
        calm = take("register", actor=dispatcher(), case=make.reported(category=make.COVER, east_m=100), condition="02")
        calm = make.DISPATCH(calm)

    assert urgent.due_at == night + timedelta(hours=2)
    assert calm.limit == "4H" and calm.due_at > night + timedelta(hours=12)


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_the_limit_goes_on_through_a_return_and_another_dispatch() -> None:
    case = slow_case()
    due = case.due_at

    with time_machine.travel(TUESDAY_NINE + timedelta(hours=3), tick=False):
        case = take("return", actor=clerk(), case=case, ask=Ask(text="不归我们管"))
        assert (case.stage, case.lead_unit_id, case.return_count) == (Stage.REGISTERED, None, 1)
        case = take("dispatch", actor=dispatcher(), case=case, unit=make.body("dept-yl"))

    assert case.due_at == due


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_reassigning_keeps_the_limit_and_names_both_units() -> None:
    case = slow_case()
    due = case.due_at

    case = take("reassign", actor=dispatcher(), case=case, unit=make.body("dept-yl"), ask=Ask(text="改由园林"))

    assert (case.stage, case.due_at, case.lead_unit_id) == (Stage.DISPATCHED, due, make.body("dept-yl"))
    data = case.steps.order_by("-id").first().data
    assert (data["unit_was"], data["unit"]) == (make.body("dept-ps"), make.body("dept-yl"))


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_an_extension_adds_one_original_limit_at_most_twice() -> None:
    case, due = slow_case(), None
    for _time in range(2):
        due = case.due_at
        case = take("ask_extension", actor=clerk(), case=case, ask=REASON)
        assert case.pending == "approve_extension"
        case = take("approve_extension", actor=dispatcher(), case=case)
        assert case.due_at == calendar().due(due, Limit.parse("1D"))

    with pytest.raises(RuleBroken) as caught:
        take("ask_extension", actor=clerk(), case=case, ask=REASON)
    assert caught.value.code == "too_often"
    case.refresh_from_db()
    assert (case.extension_count, case.pending) == (2, "")


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_a_refused_extension_does_not_count() -> None:
    case = slow_case()
    due = case.due_at

    case = take("ask_extension", actor=clerk(), case=case, ask=REASON)
    case = take("deny_extension", actor=dispatcher(), case=case, ask=Ask(text="理由不充分"))

    assert (case.extension_count, case.pending, case.due_at) == (0, "", due)
    request = CaseRequest.objects.get(case=case)
    assert (request.state, request.decisions[0]["verdict"], request.decisions[0]["text"]) == ("denied", "no", "理由不充分")


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_more_time_must_be_asked_for_before_the_limit_is_over() -> None:
    case = slow_case()

    with time_machine.travel(case.due_at + timedelta(minutes=1), tick=False), pytest.raises(RuleBroken) as caught:
        take("ask_extension", actor=clerk(), case=case, ask=REASON)

    assert caught.value.code == "too_late"
    assert not CaseRequest.objects.exists()


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_one_request_waits_at_a_time_and_who_asks_may_not_decide() -> None:
    case = slow_case()
    asker = make.person()
    case = take("ask_extension", actor=clerk(asker), case=case, ask=REASON)

    with pytest.raises(RuleBroken) as twice:
        take("ask_suspension", actor=clerk(), case=case, ask=REASON, until=TUESDAY_NINE + timedelta(days=3))
    with pytest.raises(RuleBroken) as own:
        take("approve_extension", actor=make.at_post("street_dispatcher", who=asker), case=case)
    with pytest.raises(RuleBroken) as delivering:
        take("deliver", actor=clerk(), case=case, ask=Ask(text="好了"), result="fixed")

    assert [error.value.code for error in (twice, own, delivering)] == ["request_waits", "own_request", "request_waits"]
    case.refresh_from_db()
    assert (case.pending, case.stage, case.extension_count) == ("approve_extension", Stage.ACCEPTED, 0)


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_a_suspension_takes_two_levels_and_moves_the_limit_by_the_pause() -> None:
    case = slow_case()
    due, until = case.due_at, TUESDAY_NINE + timedelta(days=7)

    case = take("ask_suspension", actor=clerk(), case=case, ask=REASON, until=until)
    with pytest.raises(RuleBroken):
        take("confirm_suspension", actor=dispatcher(), case=case)
    case = take("approve_suspension", actor=head(), case=case)
    assert (case.stage, case.pending) == (Stage.ACCEPTED, "confirm_suspension")
    case = take("confirm_suspension", actor=dispatcher(), case=case)
    assert (case.stage, case.resume_at, case.light()) == (Stage.SUSPENDED, until, "grey")

    with time_machine.travel(until + timedelta(minutes=1), tick=False):
        resume_due()
    case.refresh_from_db()
    assert (case.stage, case.suspended_at, case.suspension_count) == (Stage.ACCEPTED, None, 1)
    assert case.due_at == calendar().shift(due, TUESDAY_NINE, until + timedelta(minutes=1), Limit.parse("1D").unit)
    assert case.due_at > due
    assert case.steps.order_by("-id").first().actor_kind == "system"


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_a_case_is_suspended_once_and_at_most_for_a_year() -> None:
    case = slow_case()
    for until in (TUESDAY_NINE - timedelta(days=1), TUESDAY_NINE + timedelta(days=367)):
        with pytest.raises(RuleBroken) as caught:
            take("ask_suspension", actor=clerk(), case=case, ask=REASON, until=until)
        assert (caught.value.code, caught.value.field) == ("until_wrong", "until")

    case = make.case_at(Stage.SUSPENDED, east_m=100)
    case = take("resume", actor=dispatcher(), case=case)
    with pytest.raises(RuleBroken) as again:
        take("ask_suspension", actor=clerk(), case=case, ask=REASON, until=TUESDAY_NINE + timedelta(days=3))
    assert again.value.code == "too_often"


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_nothing_moves_while_a_case_is_suspended() -> None:
    case = make.case_at(Stage.SUSPENDED)

    for verb in ("deliver", "return", "urge", "ask_extension"):
        with pytest.raises(Exception) as caught:
            take(verb, actor=clerk(), case=case, ask=Ask(text="说明"), **({"result": "fixed"} if verb == "deliver" else {}))
        assert caught.value.code == "step_not_possible"


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_the_light_turns_yellow_then_red_and_violet_under_supervision() -> None:
    case = slow_case()
    assert case.light(TUESDAY_NINE) == "green"
    assert case.light(case.warn_at) == "yellow"
    assert case.light(case.due_at + timedelta(seconds=1)) == "red"

    case = take("supervise", actor=make.at_post("district_supervisor"), case=case, card="red", ask=Ask(text="限今日"))
    assert case.light(TUESDAY_NINE) == "violet"
    with pytest.raises(RuleBroken):
        take("supervise", actor=make.at_post("district_supervisor"), case=case, card="blue", ask=Ask(text="限今日"))


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_an_overdue_case_climbs_level_by_level_once_each() -> None:
    case = slow_case()
    climbed = []
    for late in (timedelta(minutes=1), timedelta(minutes=2), timedelta(hours=4, minutes=1), timedelta(hours=24, minutes=1)):
        with time_machine.travel(case.due_at + late, tick=False):
            escalate_overdue()
        case.refresh_from_db()
        climbed.append(case.escalation)

    assert climbed == ["community", "community", "street", "district"]
    told = Event.objects.filter(name="cases.case.escalated", subject_id=case.pk).order_by("id")
    assert [event.data["level"] for event in told] == ["community", "street", "district"]
    assert case.steps.filter(verb="escalate").count() == 3


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_a_case_left_alone_for_days_is_brought_before_the_top_without_skipping_its_event() -> None:
    case = slow_case()

    with time_machine.travel(case.due_at + timedelta(days=3), tick=False):
        escalate_overdue()

    case.refresh_from_db()
    assert case.escalation == "district"


@time_machine.travel(TUESDAY_NINE, tick=False)
def test_suspended_and_closed_cases_do_not_climb() -> None:
    suspended, closed = make.case_at(Stage.SUSPENDED), make.case_at(Stage.CLOSED, east_m=100)

    with time_machine.travel(TUESDAY_NINE + timedelta(days=9), tick=False):
        escalate_overdue()

    for case in (suspended, closed):
        case.refresh_from_db()
        assert case.escalation == ""
