"""Storm mode: a burst opens a situation, it is merged, dispatched in batches, and closed with a report."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.cases.models import Case, Situation
from linli.cases.operations import Ask, take
from linli.cases.operations.situations import (
    close_situation,
    dispatch_batch,
    gather,
    merge_clusters,
    notice_burst,
    open_situation,
)
from linli.cases.queries.clusters import clusters
from linli.cases.tests import factories as make
from linli.cases.workflow import Stage
from linli.kernel.errors import Conflict, NotAllowed, RuleBroken
from linli.kernel.jobs import drain
from linli.kernel.models import Event

pytestmark = pytest.mark.django_db
RADIUS = 50  # metres within which two heaps of rubbish are one, in the default catalogue


def burst(count: int = 12) -> list[Case]:
    """Reports of scattered rubbish all over a grid, in pairs close to each other."""
    kind = make.RUBBISH
    return [
        make.reported(f"垃圾 {n}", category=kind, east_m=(n // 2) * (RADIUS + 20) - 200, north_m=(n % 2) * 10)
        for n in range(count)
    ]


def situation_of(cases: list[Case]) -> Situation:
    made = open_situation(
        actor=make.at_post("street_dispatcher"), name="暴雨", area_code=make.STREET, since=timezone.now() - timedelta(hours=1)
    )
    assert made.cases.count() == len(cases)
    return made


def test_a_burst_opens_a_situation_by_itself_and_later_reports_join() -> None:
    burst(11)
    assert notice_burst(make.GRID, timezone.now()) is None

    make.reported("积水 12", north_m=60)
    found = notice_burst(make.GRID, timezone.now())
    make.reported("积水 13", north_m=80)
    again = notice_burst(make.GRID, timezone.now())

    assert found is not None and again == found
    assert (found.opened_by_system, found.area_code, found.trigger) == (True, make.STREET, {"reports": 12, "minutes": 60})
    assert found.cases.count() == 13
    assert Event.objects.filter(name="cases.situation.opened").count() == 1


def test_the_worker_notices_the_burst_from_the_reports_themselves() -> None:
    burst(12)

    drain()

    assert Situation.objects.filter(area_code=make.STREET, closed_at=None).count() == 1


def test_reports_of_other_kinds_do_not_make_a_storm() -> None:
    for number in range(14):
        make.reported("线索", category="E0607", north_m=number * 5)

    assert notice_burst(make.GRID, timezone.now()) is None


def test_one_situation_is_open_in_an_area_at_a_time() -> None:
    situation_of(burst(2))

    with pytest.raises(Conflict) as caught:
        situation_of(burst(2))

    assert caught.value.code == "situation_open"
    assert Situation.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "area", "code"),
    [(" ", make.STREET, "name_missing"), ("暴雨", "990101002", "area_unknown"), ("暴雨", "1", "area_unknown")],
)
def test_a_situation_needs_a_name_and_an_area_of_the_post(name: str, area: str, code: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        open_situation(actor=make.at_post("street_dispatcher"), name=name, area_code=area, since=timezone.now())

    assert caught.value.code == code
    assert not Situation.objects.exists()


def test_without_the_right_nothing_is_opened_merged_sent_or_closed() -> None:
    situation, clerk = situation_of(burst(2)), make.at_post("department_clerk")

    for attempt in (
        lambda: open_situation(actor=clerk, name="x", area_code=make.DISTRICT, since=timezone.now()),
        lambda: merge_clusters(actor=clerk, situation=situation),
        lambda: dispatch_batch(actor=clerk, situation=situation, cases=[case.pk for case in situation.cases.all()]),
        lambda: close_situation(actor=clerk, situation=situation, words="x"),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    situation.refresh_from_db()
    assert situation.closed_at is None
    assert set(situation.cases.values_list("stage", flat=True)) == {Stage.REPORTED}


def test_alike_reports_are_one_cluster_led_by_what_is_on_its_way() -> None:
    first, second, far = (make.reported("垃圾", category=make.RUBBISH, east_m=east) for east in (0, 20, RADIUS + 30))
    make.reported("积水", category=make.FLOOD)
    make.case_at(Stage.DISPATCHED, case=second)

    found = clusters(Case.objects.select_related("category"))

    sizes = sorted(len(cluster.cases) for cluster in found)
    assert sizes == [1, 1, 2]
    pair = next(cluster for cluster in found if len(cluster.cases) == 2)
    assert [case.pk for case in pair.cases] == [second.pk, first.pk]
    assert [case.pk for case in pair.mergeable] == [first.pk]
    assert far.pk not in {case.pk for case in pair.cases}


def test_merging_clusters_keeps_one_of_each_and_tells_how_it_went() -> None:
    situation = situation_of(burst(12))

    done = merge_clusters(actor=make.at_post("street_dispatcher"), situation=situation)

    assert (len(done.done), done.refused) == (6, [])
    assert situation.cases.filter(stage=Stage.MERGED).count() == 6
    assert set(situation.cases.filter(is_open=True).values_list("support_count", flat=True)) == {1}


def test_one_cluster_may_be_merged_alone() -> None:
    cases = burst(4)
    situation = situation_of(cases)

    done = merge_clusters(actor=make.at_post("street_dispatcher"), situation=situation, leads=[cases[0].pk])

    assert done.done == [cases[1].reference]


def test_a_batch_goes_to_several_units_at_once_and_one_bad_case_holds_up_nobody() -> None:
    water, tree = make.reported("积水"), make.reported("树倒", category=make.TREE, east_m=200)
    situation = situation_of([water, tree])
    gone = make.reported("已派", east_m=300)
    gather(situation)
    make.case_at(Stage.DISPATCHED, case=gone)

    ids = [case.pk for case in (water, tree, gone)]
    done = dispatch_batch(actor=make.at_post("street_dispatcher"), situation=situation, cases=ids)

    assert set(done.done) == {water.reference, tree.reference}
    units = dict(Case.objects.filter(pk__in=ids).values_list("pk", "lead_unit__code"))
    assert (units[water.pk], units[tree.pk]) == ("dept-ps", "dept-yl")
    water.refresh_from_db()
    assert (water.stage, water.limit) == (Stage.DISPATCHED, "2U")


def test_a_chosen_unit_and_helpers_win_over_the_matrix() -> None:
    cases = burst(2)
    situation = situation_of(cases)

    dispatch_batch(
        actor=make.at_post("street_dispatcher"), situation=situation, cases=[cases[0].pk], unit=make.body("dept-sz"),
        co_units=[make.body("dept-jj")],
    )  # fmt: skip

    cases[0].refresh_from_db()
    assert cases[0].lead_unit.code == "dept-sz"
    assert list(cases[0].co_units.values_list("organization__code", flat=True)) == ["dept-jj"]


def test_a_refused_case_of_a_batch_names_its_reason_and_stays() -> None:
    cases = burst(2)
    situation = situation_of(cases)

    done = dispatch_batch(
        actor=make.at_post("street_dispatcher"), situation=situation, cases=[case.pk for case in cases], unit=999_999
    )

    assert done.done == [] and len(done.refused) == 2
    assert all("单位" in reason for _reference, reason in done.refused)
    assert set(situation.cases.values_list("stage", flat=True)) == {Stage.REPORTED}


def test_closing_writes_the_figures_and_open_cases_stay_open() -> None:
    cases = burst(4)
    situation = situation_of(cases)
    dispatcher = make.at_post("street_dispatcher")
    merge_clusters(actor=dispatcher, situation=situation)
    dispatch_batch(actor=dispatcher, situation=situation, cases=[cases[0].pk])
    cases[0].refresh_from_db()
    clerk = make.at_post("department_clerk", organization="dept-hw")
    case = take("accept", actor=clerk, case=cases[0])
    take("deliver", actor=clerk, case=case, result="fixed", ask=Ask(text="已清运"))

    closed = close_situation(actor=dispatcher, situation=situation, words="  雨停，积水退去 ")

    report = closed.report
    assert (report["reports"], report["merged"], report["delivered"], report["open"]) == (4, 2, 1, 1)
    assert report["words"] == "雨停，积水退去"
    assert report["open_references"] == [cases[2].reference]  # what is done counts once, as done
    assert report["by_category"] == {make.RUBBISH: 4}
    assert report["by_unit"] == {str(make.body("dept-hw")): 1}
    assert Case.objects.filter(situation=situation, is_open=True).count() == 2
    with pytest.raises(Conflict):
        close_situation(actor=dispatcher, situation=situation)
    assert Event.objects.filter(name="cases.situation.closed").count() == 1
