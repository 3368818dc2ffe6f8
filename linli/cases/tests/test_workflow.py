"""Every verb from every stage by every role: what the table, the rights and the reach say is what happens."""

from __future__ import annotations

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from linli.cases.models import Case, CaseStep
from linli.cases.operations import TAKE, Ask, take
from linli.cases.tests import factories as make
from linli.cases.workflow import INCIDENT, Stage
from linli.kernel.errors import InvalidTransition, NotAllowed, RuleBroken
from linli.kernel.models import Event, Photo
from linli.kernel.policy import Actor

pytestmark = pytest.mark.django_db
VERBS = [step.verb for step in INCIDENT if step.verb != "report"]
# Who may without any right of a role: the one who reported.
OF_THE_REPORTER = {"rate", "urge", "reopen"}
ONLY_THE_REPORTER = {"rate"}


def granted() -> dict[str, set[str]]:
    """The rights of every role as the pack's file has them."""
    with make.ROLES.open(encoding="utf-8") as file:
        return {row["code"]: set(row["rights"].split()) for row in csv.DictReader(file)}


def arguments_of(verb: str, other: Case) -> dict[str, Any]:
    values = {
        "unit": make.body("dept-hw"),
        "units": [make.body("dept-yl")],
        "until": timezone.now() + timedelta(days=5),
        "target": other,
        "found": True,
        "card": "yellow",
        "result": "fixed",
        "is_upheld": False,
        "solved": "yes",
        "satisfaction": 4,
    }
    return {name: values[name] for name in TAKE[verb][1] if name in values}


def outcome(verb: str, actor: Actor, case: Case, other: Case) -> type[Exception] | None:
    """Try the verb and undo it; the kind of refusal, or None when it went through."""
    loose = Photo.objects.filter(attached_to=None).values_list("pk", flat=True).first() or make.photo()
    ask = Ask(text="说明情况", photos=[loose])
    try:
        with transaction.atomic():
            take(verb, actor=actor, case=case, ask=ask, **arguments_of(verb, other))
            transaction.set_rollback(True)
    except (InvalidTransition, NotAllowed, RuleBroken) as error:
        return type(error)
    return None


def covers(actor: Actor, case: Case) -> bool:
    if actor.reach == "unit":
        return case.lead_unit_id == actor.organization_id
    return actor.reach == "all" or (actor.reach == "area" and case.grid_code.startswith(actor.area_code or "x"))


@pytest.mark.parametrize("stage", Stage.values)
def test_every_verb_by_every_role(stage: str) -> None:
    case, other = make.case_at(stage), make.reported("另一处积水", east_m=200)
    rights, before = granted(), (case.version, CaseStep.objects.count(), Event.objects.count())

    for role in make.all_roles():
        actor = make.at_post(role)
        for verb in VERBS:
            step = INCIDENT.steps[verb]
            found = outcome(verb, actor, case, other)

            may = step.right in rights[role] and covers(actor, case) and verb not in ONLY_THE_REPORTER
            if stage not in step.sources:
                assert found is InvalidTransition, (role, verb)
            elif not may:
                assert found is NotAllowed, (role, verb)
            else:
                assert found in (None, RuleBroken), (role, verb)

    case.refresh_from_db()
    assert (case.version, CaseStep.objects.count(), Event.objects.count()) == before


@pytest.mark.parametrize("stage", Stage.values)
def test_the_reporter_may_judge_urge_and_reopen_their_own_case_only(stage: str) -> None:
    reporter = make.at_post("resident")
    case, other = make.case_at(stage, by=reporter), make.reported("另一处积水", east_m=200)
    mine = make.reported("我的另一件", east_m=300, by=reporter)

    for verb in VERBS:
        found = outcome(verb, reporter, case, other)
        possible = stage in INCIDENT.steps[verb].sources
        if not possible:
            assert found is InvalidTransition, verb
        elif verb in OF_THE_REPORTER:
            assert found is None, verb
        else:
            assert found is NotAllowed, verb
        stranger = outcome(verb, make.at_post("resident"), case, other)
        assert stranger is (NotAllowed if possible else InvalidTransition), verb
    assert mine.stage == Stage.REPORTED


def test_a_post_in_another_street_or_unit_reaches_nothing() -> None:
    case, other = make.case_at(Stage.ACCEPTED), make.reported("另一处积水", east_m=200)
    strangers = [
        make.at_post("street_dispatcher", organization="jd-qingping", area=make.OTHER_STREET),
        make.at_post("department_clerk", organization="dept-yl"),
        make.at_post("grid_worker", organization="sq-001004", area="990101001004"),
    ]

    for actor in strangers:
        for verb in VERBS:
            assert outcome(verb, actor, case, other) in (NotAllowed, InvalidTransition), (actor.role, verb)


def test_the_link_of_a_case_judges_that_case_and_no_other() -> None:
    case, other = make.case_at(Stage.CLOSED), make.case_at(Stage.CLOSED, text="另一件", east_m=300)
    holder = Actor(extra={"case_link": case.pk})

    assert outcome("rate", holder, case, other) is None
    assert outcome("rate", holder, other, case) is NotAllowed


def test_a_stale_version_is_a_conflict_and_changes_nothing() -> None:
    case = make.case_at(Stage.REGISTERED)
    stale = case.version
    make.DISPATCH(case)

    with pytest.raises(Exception) as caught:
        take("accept", actor=make.at_post("department_clerk"), case=case, ask=Ask(version=stale))

    case.refresh_from_db()
    assert caught.value.code == "case_changed"
    assert caught.value.details == {"state": Stage.DISPATCHED, "version": case.version}
    assert case.stage == Stage.DISPATCHED


def test_every_step_writes_one_line_and_one_event() -> None:
    case = make.case_at(Stage.RATED)

    verbs = list(case.steps.order_by("id").values_list("verb", flat=True))
    events = list(Event.objects.filter(subject_id=case.pk).order_by("id").values_list("data__verb", flat=True))
    assert verbs == ["report", "register", "dispatch", "accept", "deliver", "verify_pass", "close", "rate"]
    assert events == verbs


def test_clocks_start_and_stop_as_the_table_says() -> None:
    for step in INCIDENT:
        assert set(step.starts) <= {"register", "check", "dispatch", "accept", "handle", "verify", "close", "overall"}
        assert step.right == f"cases.case.{step.verb}"
