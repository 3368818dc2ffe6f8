"""Daily counts against a plain recount of the rows; what makes them move; which cases are left out."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from linli.cases.models import Case
from linli.cases.operations import Ask, take
from linli.cases.tests.factories import CHILD, COMMUNITY, FLOOD, RUBBISH, STREET, at_post, body, case_at, photo, reported
from linli.insight import operations, tasks
from linli.insight.models import ALL_UNITS, EVERYWHERE, SUMS, DayCount
from linli.insight.queries import Span, area_rates, day_rates, total_rates, unit_rates
from linli.insight.tests.lives import Lives, exempt_one, recount
from linli.kernel.jobs import drain, enqueue
from linli.kernel.models import Job

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def counted(**fields: Any) -> list[tuple[Any, ...]]:
    return list(DayCount.objects.filter(**fields).order_by("day", "community_code", "unit_id").values_list(*SUMS))


def local_day(case: Case) -> date:
    return timezone.localtime(case.reported_at).date()


def same(rates: Any, rows: list[Case], now: Any) -> None:
    """The figures agree with the recount; minutes within the rounding of one a row of counts."""
    expected = recount(rows, now)
    seconds = expected.pop("minutes_to_done")
    assert {name: rates.counts[name] for name in expected} == expected
    assert 0 <= seconds - 60 * rates.counts["minutes_to_done"] <= 60 * max(1, expected["delivered"])


@pytest.mark.parametrize("seed", [1, 2])
def test_rates_agree_with_a_plain_recount_of_the_rows(seed: int) -> None:
    Lives(seed).make(45)
    exempted = exempt_one()
    now = timezone.now()
    operations.refresh_all()
    rows = [case for case in Case.objects.select_related("lead_unit") if not case.is_sealed]
    span = Span(TODAY() - timedelta(days=50), TODAY())
    same(total_rates(span), rows, now)
    assert total_rates(span).exempt == bool(exempted)
    for street in ("990101001", "990101002"):
        inside = Span(span.since, span.until, street)
        mine = [case for case in rows if case.street_code == street]
        same(total_rates(inside), mine, now)
        _by_unit(inside, mine, now)
        _by_area(inside, mine, now)
    _by_unit(span, rows, now)
    _by_area(span, rows, now)
    _by_day(span, rows, now)
    half = Span(TODAY() - timedelta(days=20), TODAY() - timedelta(days=9))
    same(total_rates(half), [case for case in rows if half.since <= local_day(case) <= half.until], now)


def _grouped(rows: list[Case], key: Any) -> dict[str, list[Case]]:
    found = defaultdict(list)
    for case in rows:
        found[key(case)].append(case)
    return found


def _by_unit(span: Span, rows: list[Case], now: Any) -> None:
    mine = _grouped([case for case in rows if case.lead_unit_id], lambda case: str(case.lead_unit_id))
    shown = {item.key: item for item in unit_rates(span)}
    assert shown.keys() == mine.keys()
    for key, held in mine.items():
        same(shown[key], held, now)
        same(total_rates(span, int(key)), held, now)


def _by_area(span: Span, rows: list[Case], now: Any) -> None:
    for level, cut in (("community", 12), ("street", 9)):
        mine = _grouped(rows, lambda case, cut=cut: case.community_code[:cut])
        shown = {item.key: item for item in area_rates(span, level=level)}
        assert shown.keys() == mine.keys()
        for key, held in mine.items():
            same(shown[key], held, now)
    unit = body("dept-ps")
    led = _grouped([case for case in rows if case.lead_unit_id == unit], lambda case: case.community_code)
    shown = {item.key: item for item in area_rates(span, unit=unit)}
    assert shown.keys() == led.keys()
    for key, held in led.items():
        same(shown[key], held, now)


def _by_day(span: Span, rows: list[Case], now: Any) -> None:
    mine = _grouped(rows, lambda case: local_day(case).isoformat())
    shown = {item.key: item for item in day_rates(span)}
    assert shown.keys() == mine.keys()
    for key, held in mine.items():
        same(shown[key], held, now)


def test_counting_again_changes_nothing_and_from_nothing_gives_the_same() -> None:
    Lives(3).make(15)
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        operations.refresh_all()
        first = counted()
        operations.refresh_all()
        assert counted() == first
        DayCount.objects.all().delete()
        operations.refresh_all()
    assert counted() == first
    assert first


def test_a_case_that_changes_hands_leaves_no_count_behind() -> None:
    case = case_at("dispatched")
    operations.refresh_day(TODAY())
    take("reassign", actor=at_post("street_dispatcher"), case=case, ask=Ask(text="应由环卫办理"), unit=body("dept-hw"))
    operations.refresh_day(TODAY())
    units = DayCount.objects.filter(community_code=COMMUNITY).exclude(unit_id=ALL_UNITS).values_list("unit_id", flat=True)
    assert list(units) == [body("dept-hw")]


def test_sums_lie_beside_the_counts() -> None:
    case_at("dispatched")
    operations.refresh_day(TODAY())
    places = {COMMUNITY, f"{STREET}{EVERYWHERE}", EVERYWHERE}
    assert set(DayCount.objects.values_list("community_code", "unit_id")) == {
        (place, unit) for place in places for unit in (body("dept-ps"), ALL_UNITS)
    }
    assert {row.reported for row in DayCount.objects.all()} == {1}


def test_a_report_outside_every_area_is_counted_under_no_area() -> None:
    case = reported()
    Case.objects.filter(pk=case.pk).update(street_code="", community_code="", grid_code="")
    operations.refresh_day(TODAY())
    span = Span(TODAY(), TODAY())
    assert total_rates(span).reported == 1
    assert [(item.key, item.reported) for item in area_rates(span)] == [("", 1)]
    assert total_rates(Span(TODAY(), TODAY(), STREET)).reported == 0


def test_sealed_cases_are_counted_nowhere() -> None:
    reported(category=CHILD)
    operations.refresh_day(TODAY())
    assert not DayCount.objects.exists()


def test_a_step_asks_for_its_day_to_be_counted_again() -> None:
    case = reported()
    _all_work()
    assert total_rates(Span(TODAY(), TODAY())).registered == 0
    take("register", actor=at_post("street_dispatcher"), case=case, ask=Ask())
    _all_work()
    assert total_rates(Span(TODAY(), TODAY())).registered == 1


def _all_work() -> None:
    """Hand events on, then do what was put off by some seconds."""
    drain()
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        drain()


def test_a_step_during_a_count_asks_for_another() -> None:
    day = TODAY().isoformat()
    enqueue("insight.refresh_day", unique_key=f"count:{day}", day=day)
    tasks.refresh_day(day)  # under way: its job is still there
    enqueue("insight.refresh_day", unique_key=f"count:{day}", day=day)
    assert Job.objects.filter(task="insight.refresh_day").count() == 2


def test_history_that_is_loaded_is_counted_whole() -> None:
    Lives(4).make(6)
    DayCount.objects.all().delete()
    tasks.refresh_all()
    assert total_rates(Span(TODAY() - timedelta(days=60), TODAY())).reported == Case.objects.filter(is_sealed=False).count()


def test_an_open_case_becomes_late_without_anybody_touching_it() -> None:
    case_at("accepted", category=RUBBISH)
    tasks.refresh_recent()
    assert total_rates(Span(TODAY(), TODAY())).due == 0
    day = TODAY()
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        tasks.refresh_recent()
    rates = total_rates(Span(day, day))
    assert (rates.due, rates.in_time, rates.late) == (1, 0, 1)


def test_a_suspended_case_is_not_late_unless_it_was_before() -> None:
    calm = case_at("suspended", category=FLOOD)
    was_late = case_at("suspended", category=FLOOD)
    Case.objects.filter(pk=was_late.pk).update(due_at=was_late.suspended_at - timedelta(minutes=1))
    later = timezone.now() + timedelta(days=5)
    operations.refresh_day(TODAY(), now=later)
    rates = total_rates(Span(TODAY(), TODAY()))
    assert calm.due_at < later
    assert (rates.due, rates.late) == (1, 1)


def test_a_case_closed_without_being_done_is_judged_by_its_closing() -> None:
    case = case_at("dispatched")
    take("force_close", actor=at_post("street_leader"), case=case, ask=Ask(text="产权单位自行处理"), result="explained")
    operations.refresh_day(TODAY(), now=timezone.now() + timedelta(days=30))
    rates = total_rates(Span(TODAY(), TODAY()))
    assert (rates.due, rates.in_time, rates.delivered) == (1, 1, 0)


def test_an_upheld_appeal_leaves_the_rate_but_not_the_fact() -> None:
    with time_machine.travel(timezone.now() - timedelta(days=20), tick=False) as clock:
        case = case_at("accepted", category=RUBBISH)
        clock.shift(timedelta(days=9))
        for verb, role in (("deliver", "department_clerk"), ("verify_pass", "grid_worker"), ("close", "street_dispatcher")):
            pictures = [photo()] if verb == "verify_pass" else ()
            more = {"result": "fixed"} if verb == "deliver" else {}
            take(verb, actor=at_post(role), case=case, ask=Ask(text="已办", photos=pictures), **more)
    day = local_day(case)
    operations.refresh_day(day)
    before = total_rates(Span(day, day))
    assert (before.due, before.late, before.exempt, before.in_time_rate) == (1, 1, 0, 0.0)
    exempted = exempt_one()
    assert exempted is not None
    assert exempted.is_overdue
    operations.refresh_day(day)
    after = total_rates(Span(day, day))
    assert (after.due, after.late, after.exempt, after.in_time_rate) == (0, 0, 1, None)
    assert after.dispatched == 1


def test_an_exempted_case_is_not_judged_even_when_it_was_in_time() -> None:
    case = case_at("delivered")
    Case.objects.filter(pk=case.pk).update(is_exempt=True)
    operations.refresh_day(TODAY())
    rates = total_rates(Span(TODAY(), TODAY()))
    assert (rates.due, rates.in_time, rates.exempt, rates.delivered) == (0, 0, 1, 1)


def test_rates_follow_the_weights_of_the_place() -> None:
    from linli.insight.queries.rates import nothing
    from linli.kernel import options
    from linli.kernel.models import Setting
    from linli.kernel.snapshots import changed

    item = nothing()
    item.counts.update(due=4, in_time=3, rated=10, solved=6, partly=2, satisfied=5, fairly=5)
    assert (item.in_time_rate, item.solved_rate, item.satisfied_rate) == (75.0, 70.0, 90.0)
    assert item.score == round(0.1 * 75 + 0.45 * 70 + 0.45 * 90, 1)
    Setting.objects.create(key="insight.partly_weight", value=0)
    Setting.objects.create(key="insight.weights", value={"in_time": 1, "solved": 1, "satisfied": 0})
    changed("settings")
    assert options.value("insight.partly_weight") == 0
    assert (item.solved_rate, item.score) == (60.0, 67.5)
    item.counts["rated"] = 0
    assert (item.solved_rate, item.score) == (None, None)
