"""Sealed cases (a child at risk, violence, fraud leads): somebody can bring them to an end, and nobody else hears of them."""

from __future__ import annotations

import pytest

from linli.cases.models import Case
from linli.cases.operations import Ask, take
from linli.cases.tests import factories as make
from linli.cases.workflow import Result, Stage
from linli.kernel.jobs import drain
from linli.kernel.policy import Actor
from linli.notifications.models import Delivery, Message

pytestmark = pytest.mark.django_db
POLICE = "dept-ga"


def lead(**fields) -> Case:
    return make.reported("楼上常有孩子哭叫", category=make.CHILD, **fields)


def told(case: Case) -> set:
    drain()
    return set(Message.objects.filter(subject_id=case.pk).values_list("person_id", flat=True))


def test_a_sealed_report_goes_all_the_way_through_people_who_may_open_it() -> None:
    leader, head = make.at_post("street_leader"), make.at_post("department_head", organization=POLICE)

    def step(verb: str, actor: Actor, **arguments) -> None:
        seen = Case.objects.visible_to(actor).get(pk=case.pk)
        take(verb, actor=actor, case=seen, ask=Ask(text="已核实处理"), **arguments)

    case = lead()
    step("register", leader)
    step("dispatch", leader, unit=make.body(POLICE))
    step("accept", head)
    step("deliver", head, result=Result.FIXED)
    step("force_close", leader, result=Result.FIXED)

    case.refresh_from_db()
    assert (case.stage, case.is_sealed, case.is_public) == (Stage.CLOSED, True, False)


def test_only_those_who_may_open_it_are_told_of_it() -> None:
    make.at_post("street_dispatcher")
    leader = make.at_post("street_leader")

    found = told(lead())

    assert leader.person_id in found
    assert set(Message.objects.values_list("person__posts__role", flat=True)) == {"street_leader"}


def test_a_unit_learns_of_it_through_those_who_may_open_it_and_never_in_its_group_chat(settings) -> None:
    settings.LINLI_GATEWAYS = [f"{POLICE}=json://localhost/"]
    clerk, head = (make.at_post(role, organization=POLICE) for role in ("department_clerk", "department_head"))
    case = lead()
    leader = make.at_post("street_leader")
    for verb, arguments in (("register", {}), ("dispatch", {"unit": make.body(POLICE)})):
        take(verb, actor=leader, case=case, ask=Ask(text="请核实"), **arguments)

    found = told(case)

    assert head.person_id in found
    assert clerk.person_id not in found
    assert not Delivery.objects.filter(channel="group").exists()


def test_a_clerk_of_the_unit_and_a_head_of_another_do_not_see_it() -> None:
    case, leader = lead(), make.at_post("street_leader")
    for verb, arguments in (("register", {}), ("dispatch", {"unit": make.body(POLICE)})):
        take(verb, actor=leader, case=case, ask=Ask(text="请核实"), **arguments)

    strangers = [
        make.at_post("department_clerk", organization=POLICE),
        make.at_post("department_head", organization="dept-ps"),
        make.at_post("street_leader", organization="jd-qingping", area=make.OTHER_STREET),
        make.at_post("street_dispatcher"),
    ]

    assert [Case.objects.visible_to(actor).filter(pk=case.pk).exists() for actor in strangers] == [False] * 4
