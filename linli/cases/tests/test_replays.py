"""A step that is sent again under its own id: done once, answered alike, and other content is kept apart."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection

from linli.cases.models import Case, CaseStep
from linli.cases.operations import Ask, note_case, take
from linli.cases.tests.factories import at_post, case_at, photo
from linli.cases.workflow import Stage
from linli.kernel.errors import Conflict, InvalidTransition, RuleBroken
from linli.kernel.models import Event, Quarantined


def steps_of(case: Case, verb: str) -> int:
    return CaseStep.objects.filter(case=case, verb=verb).count()


def passing(**changes) -> Ask:
    return replace(Ask(text="已到现场看过", photos=[photo()], request_id=uuid.uuid4()), **changes)


def test_the_same_step_again_changes_nothing_and_gives_the_case_as_it_is_now(db):
    case, worker, ask = case_at(Stage.DELIVERED), at_post("grid_worker"), passing()
    first = take("verify_pass", actor=worker, case=case, ask=ask)
    events = Event.objects.count()

    again = take("verify_pass", actor=worker, case=case, ask=ask)

    assert (again.stage, again.version) == (first.stage, first.version) == (Stage.VERIFIED, case.version + 1)
    assert (steps_of(case, "verify_pass"), Event.objects.count()) == (1, events)


def test_a_late_repetition_is_answered_though_the_case_went_on_and_came_back(db):
    case, worker = case_at(Stage.DELIVERED), at_post("grid_worker")
    ask = passing(text="还有积水")
    take("verify_fail", actor=worker, case=case, ask=ask)
    clerk = at_post("department_clerk")
    again = take("deliver", actor=clerk, case=Case.objects.get(pk=case.pk), ask=Ask(text="又清了一遍"), result="fixed")

    after = take("verify_fail", actor=worker, case=again, ask=ask)

    assert (after.stage, after.version, after.rework_count) == (Stage.DELIVERED, again.version, 1)
    assert steps_of(case, "verify_fail") == 1


def test_a_repetition_is_answered_though_a_rule_would_now_refuse_it(db):
    """Merging again meets a case that is merged already, and a target that has ended since."""
    dispatcher, ask = at_post("street_dispatcher"), Ask(request_id=uuid.uuid4())
    case, target = case_at(Stage.REPORTED), case_at(Stage.REPORTED)
    take("merge", actor=dispatcher, case=case, ask=ask, target=target)
    take("refuse", actor=dispatcher, case=target, ask=Ask(text="不属实"))
    supporters = Case.objects.get(pk=target.pk).support_count

    again = take("merge", actor=dispatcher, case=case, ask=ask, target=target)

    assert again.stage == Stage.MERGED
    assert Case.objects.get(pk=target.pk).support_count == supporters


@pytest.mark.parametrize(
    "changes", [{"text": "另一句话"}, {"note": "另一条备注"}, {"photos": ()}], ids=["text", "note", "photos"]
)
def test_the_same_id_with_other_content_is_refused_and_kept_once(db, changes):
    case, worker, ask = case_at(Stage.ACCEPTED), at_post("grid_worker"), passing()
    take("urge", actor=worker, case=case, ask=ask)

    for _time in range(2):
        with pytest.raises(Conflict, match="same_id_other_content"):
            take("urge", actor=worker, case=case, ask=replace(ask, **changes))

    assert steps_of(case, "urge") == 1
    kept = Quarantined.objects.get(subject_id=case.pk)
    assert (kept.kind, kept.person_id, kept.body["verb"]) == ("step", worker.person_id, "urge")


def test_the_same_id_for_another_case_verb_argument_or_person_is_other_content(db):
    first, other, worker = case_at(Stage.PRE_CHECK), case_at(Stage.PRE_CHECK), at_post("grid_worker")
    ask = passing()
    take("pre_check", actor=worker, case=first, ask=ask, found=True)

    for attempt in (
        lambda: take("pre_check", actor=worker, case=other, ask=replace(ask, photos=[photo()]), found=True),
        lambda: take("urge", actor=worker, case=first, ask=ask),
        lambda: take("pre_check", actor=worker, case=first, ask=ask, found=False),
        lambda: take("pre_check", actor=at_post("grid_worker"), case=first, ask=ask, found=True),
    ):
        with pytest.raises(Conflict, match="same_id_other_content"):
            attempt()

    other.refresh_from_db()
    assert (other.stage, steps_of(first, "pre_check"), steps_of(first, "urge")) == (Stage.PRE_CHECK, 1, 0)
    assert Quarantined.objects.count() == 4


def test_a_refused_step_leaves_its_id_free(db):
    case, worker = case_at(Stage.DELIVERED), at_post("grid_worker")
    ask = passing(photos=())
    with pytest.raises(RuleBroken, match="photo_missing"):
        take("verify_pass", actor=worker, case=case, ask=ask)

    assert take("verify_pass", actor=worker, case=case, ask=replace(ask, photos=[photo()])).stage == Stage.VERIFIED


def test_a_fresh_step_that_comes_too_late_is_refused_with_the_present_state(db):
    case = case_at(Stage.DELIVERED)
    take("verify_pass", actor=at_post("grid_worker"), case=case, ask=passing())

    with pytest.raises(InvalidTransition) as refusal:
        take("verify_pass", actor=at_post("grid_worker"), case=case, ask=passing())

    assert refusal.value.details["state"] == Stage.VERIFIED
    assert steps_of(case, "verify_pass") == 1


def test_a_note_again_is_one_note(db):
    case, worker, ask = case_at(Stage.ACCEPTED), at_post("grid_worker"), Ask(request_id=uuid.uuid4())
    first = note_case(actor=worker, case=case, text="门口有狗", ask=ask)

    assert note_case(actor=worker, case=case, text="门口有狗", ask=ask).pk == first.pk
    with pytest.raises(Conflict, match="same_id_other_content"):
        note_case(actor=worker, case=case, text="门口没有狗", ask=ask)
    assert steps_of(case, "note") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["verify_pass", "urge"], ids=["moves", "stays"])
def test_twenty_at_once_are_one_step_and_twenty_same_answers(verb):
    case, worker, ask = case_at(Stage.DELIVERED), at_post("grid_worker"), passing()

    def send(_number: int) -> tuple[str, int]:
        try:
            done = take(verb, actor=worker, case=Case.objects.get(pk=case.pk), ask=ask)
            return done.stage, done.version
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as crowd:
        answers = set(crowd.map(send, range(20)))

    assert answers == {(Stage.VERIFIED if verb == "verify_pass" else Stage.DELIVERED, case.version + 1)}
    assert steps_of(case, verb) == 1
    assert Event.objects.filter(subject_id=case.pk, data__verb=verb).count() == 1
