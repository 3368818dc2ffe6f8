"""From reported to dispatched: looking first, registering, refusing, voiding, merging, sending in one go."""

from __future__ import annotations

import pytest

from linli.cases.models import Case, CaseStep, CoUnit, Support
from linli.cases.operations import Ask, reveal_reporter, send_case, support_case, take
from linli.cases.queries.duplicates import likely_duplicates
from linli.cases.tests import factories as make
from linli.cases.workflow import Result, Stage
from linli.kernel.errors import Conflict, NotAllowed, RuleBroken
from linli.kernel.models import Event

pytestmark = pytest.mark.django_db


def test_the_grid_looks_first_and_says_whether_it_is_there() -> None:
    case = make.case_at(Stage.PRE_CHECK)

    case = take("pre_check", actor=make.at_post("grid_worker"), case=case, found=False, ask=Ask(text="路面已干"))

    assert (case.stage, case.queue) == (Stage.REPORTED, "register")
    assert case.steps.order_by("-id").first().data["found"] is False


def test_registering_may_correct_the_category() -> None:
    case = make.reported(category=make.FLOOD)

    case = take("register", actor=make.at_post("street_dispatcher"), case=case, category=make.COVER, condition="03")

    assert (case.category_id, case.condition_code, case.limit) == (make.COVER, "03", "1D")
    assert case.steps.order_by("-id").first().data["category_was"] == make.FLOOD


def test_a_condition_of_another_category_is_refused() -> None:
    case = make.reported(category=make.FLOOD)

    with pytest.raises(RuleBroken) as caught:
        take("register", actor=make.at_post("street_dispatcher"), case=case, condition="99")

    case.refresh_from_db()
    assert (caught.value.code, case.stage, case.version) == ("condition_unknown", Stage.REPORTED, 1)


def test_correcting_to_a_sealed_category_takes_the_case_from_the_public() -> None:
    case = make.reported()

    case = take("register", actor=make.at_post("street_dispatcher"), case=case, category=make.CHILD)

    assert (case.is_sealed, case.is_public) == (True, False)


def test_a_refusal_is_public_and_needs_words() -> None:
    case = make.reported()
    with pytest.raises(RuleBroken) as caught:
        take("refuse", actor=make.at_post("street_dispatcher"), case=case, ask=Ask(text="  "))

    case = take("refuse", actor=make.at_post("street_dispatcher"), case=case, ask=Ask(text="属小区内部事务，请找物业"))

    assert (caught.value.code, caught.value.field) == ("text_missing", "text")
    assert (case.stage, case.result, case.answer) == (Stage.REFUSED, Result.NOT_OURS, "属小区内部事务，请找物业")


def test_a_void_case_is_kept_but_no_longer_public() -> None:
    case = take("void", actor=make.at_post("street_dispatcher"), case=make.reported(), ask=Ask(text="测试数据"))

    assert (case.is_public, case.is_open) == (False, False)
    assert Case.objects.filter(pk=case.pk).exists()


def test_the_matrix_names_lead_and_helpers_and_a_person_may_choose_otherwise() -> None:
    by_matrix = take("dispatch", actor=make.at_post("street_dispatcher"), case=make.case_at(Stage.REGISTERED))
    by_hand = take(
        "dispatch", actor=make.at_post("street_dispatcher"), case=make.case_at(Stage.REGISTERED, east_m=300),
        unit=make.body("dept-yl"), co_units=[],
    )  # fmt: skip

    helpers = set(CoUnit.objects.filter(case=by_matrix).values_list("organization__code", flat=True))
    assert (by_matrix.lead_unit.code, helpers) == ("dept-ps", {"jd-qinghe", "dept-jj"})
    assert (by_hand.lead_unit.code, CoUnit.objects.filter(case=by_hand).count()) == ("dept-yl", 0)
    data = [case.steps.order_by("-id").first().data["by_matrix"] for case in (by_matrix, by_hand)]
    assert data == [True, False]


def test_a_unit_that_helps_sees_the_case_but_does_not_move_it() -> None:
    case = take("dispatch", actor=make.at_post("street_dispatcher"), case=make.case_at(Stage.REGISTERED))
    helper = make.at_post("department_clerk", organization="dept-jj")

    assert Case.objects.visible_to(helper).filter(pk=case.pk).exists()
    with pytest.raises(NotAllowed):
        take("accept", actor=helper, case=case)


def test_sending_registers_and_dispatches_or_does_neither() -> None:
    good, bad = make.reported(), make.reported("另一处", east_m=300)

    sent = send_case(actor=make.at_post("street_dispatcher"), case=good, ask=Ask(version=good.version))
    with pytest.raises(RuleBroken):
        send_case(actor=make.at_post("street_dispatcher"), case=bad, unit=999_999)

    assert (sent.stage, sent.lead_unit.code, sent.registered_at is not None) == (Stage.DISPATCHED, "dept-ps", True)
    bad.refresh_from_db()
    assert (bad.stage, bad.version, bad.steps.count()) == (Stage.REPORTED, 1, 1)


def test_sending_a_case_that_moved_on_is_a_conflict() -> None:
    case = make.reported()
    make.REGISTER(case)

    with pytest.raises(Conflict):
        send_case(actor=make.at_post("street_dispatcher"), case=case, ask=Ask(version=case.version))

    case.refresh_from_db()
    assert case.stage == Stage.REGISTERED


def test_a_merged_report_gives_its_voices_to_the_other() -> None:
    reporter, neighbour = make.at_post("resident"), make.at_post("resident")
    target, doubled = make.reported(), make.reported("同一处积水", by=reporter, contact={"phone": "19900000001"})
    support_case(actor=neighbour, case=doubled)

    merged = take("merge", actor=make.at_post("street_dispatcher"), case=doubled, target=target)

    target.refresh_from_db()
    assert (merged.stage, merged.result, merged.merged_into_id) == (Stage.MERGED, Result.DUPLICATE, target.pk)
    assert target.support_count == 2
    voices = set(Support.objects.filter(case=target).values_list("person_id", flat=True))
    assert voices == {reporter.person_id, neighbour.person_id}


def test_one_voice_counts_once_however_often_it_merges() -> None:
    reporter = make.at_post("resident")
    target = make.reported()
    for number in range(2):
        case = make.reported(f"第{number}次说", by=reporter)
        take("merge", actor=make.at_post("street_dispatcher"), case=case, target=target)

    target.refresh_from_db()
    assert target.support_count == 1


@pytest.mark.parametrize("broken", ["itself", "closed"])
def test_a_report_goes_only_into_another_open_one(broken: str) -> None:
    case = make.reported()
    target = case if broken == "itself" else make.case_at(Stage.CLOSED, east_m=100)

    with pytest.raises(RuleBroken) as caught:
        take("merge", actor=make.at_post("street_dispatcher"), case=case, target=target)

    case.refresh_from_db()
    assert (caught.value.field, case.stage) == ("target", Stage.REPORTED)


def test_support_counts_each_voice_once_and_only_while_open() -> None:
    case, neighbour = make.reported(), make.at_post("resident")

    counts = [support_case(actor=neighbour, case=case), support_case(actor=neighbour, case=case)]
    assert counts == [1, 1]
    closed = make.case_at(Stage.CLOSED, east_m=100)
    with pytest.raises(RuleBroken):
        support_case(actor=neighbour, case=closed)
    sealed = make.reported("线索", category=make.CHILD)
    with pytest.raises(NotAllowed):
        support_case(actor=neighbour, case=sealed)


def test_looking_at_who_reported_needs_a_reason_and_is_written_down() -> None:
    case = make.reported(contact={"name": "云小满", "phone": "19900000001"})
    dispatcher = make.at_post("street_dispatcher")

    with pytest.raises(RuleBroken) as caught:
        reveal_reporter(actor=dispatcher, case=case, reason="  看")
    assert not Event.objects.filter(name="cases.case.reporter_revealed").exists()
    contact = reveal_reporter(actor=dispatcher, case=case, reason="核对具体位置")

    assert caught.value.field == "reason"
    assert contact == {"name": "云小满", "phone": "19900000001"}
    event = Event.objects.get(name="cases.case.reporter_revealed")
    assert (event.person_id, event.data["reason"]) == (dispatcher.person_id, "核对具体位置")
    with pytest.raises(NotAllowed):
        reveal_reporter(actor=make.at_post("grid_worker"), case=case, reason="好奇看一看")


def test_likely_duplicates_are_near_alike_recent_and_open() -> None:
    here = make.point_in(make.GRID)
    near = make.reported("路口积水没过脚面，走不了", east_m=20)
    make.reported("路口积水没过脚面", east_m=400)
    make.reported("垃圾没人清", category=make.RUBBISH, east_m=5)
    make.case_at(Stage.CLOSED, text="路口积水没过脚面", east_m=10)

    found = likely_duplicates(Case.objects.all(), category=make.FLOOD, lng=here[0], lat=here[1], text="路口积水没过脚面", most=5)

    assert [item.case.pk for item in found] == [near.pk]
    assert 15 < found[0].distance_m < 25
    assert 0.5 < found[0].likeness < 1


def test_duplicates_cost_one_query(django_assert_num_queries) -> None:
    for number in range(8):
        make.reported(f"路口积水 {number}", east_m=number * 3)
    lng, lat = make.point_in(make.GRID)
    ask = {"category": make.FLOOD, "lng": lng, "lat": lat, "text": "路口积水"}
    likely_duplicates(Case.objects.public(), **ask)

    with django_assert_num_queries(1):
        assert len(likely_duplicates(Case.objects.public(), **ask)) == 5


def test_a_note_is_never_public() -> None:
    from linli.cases.operations import note_case

    case = make.reported()
    note_case(actor=make.at_post("street_dispatcher"), case=case, text="居民来过三次电话")

    row = CaseStep.objects.get(case=case, verb="note")
    case.refresh_from_db()
    assert (row.text, row.public_text, case.answer) == ("居民来过三次电话", "", "")
    with pytest.raises(NotAllowed):
        note_case(actor=make.at_post("resident"), case=case, text="我也写")
