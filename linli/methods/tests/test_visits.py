"""Visits: every plan can be walked, nobody is left out who fits, strangers come only with a reason."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods.errors import BadInput, Cancelled
from linli.methods.visits import Plan, Visits, Workers, plan

HOUR = 3600
NINE, NOON, FIVE = 9 * HOUR, 12 * HOUR, 17 * HOUR


def visits(at, *, service=600, opens=NINE, closes=FIVE, needs=0, own=0, urgency=1) -> Visits:
    def each(value):
        return [value] * len(at) if isinstance(value, int) else value

    return Visits(at, each(service), each(opens), each(closes), each(needs), each(own), each(urgency))


def workers(*at, begins=NINE, ends=FIVE, skills=None) -> Workers:
    return Workers(list(at), [begins] * len(at), [ends] * len(at), skills or [0] * len(at))


def walk(day: Visits, staff: Workers, travel: np.ndarray, made: Plan) -> int:
    """Walk every route by the clock; the travel of all."""
    total, seen = 0, []
    for w, route in enumerate(made.routes):
        now, at = staff.begins_s[w], len(day.at) + w
        for stop in route:
            total += travel[at, stop.visit]
            now += travel[at, stop.visit]
            assert now == stop.arrives_s
            assert stop.begins_s == max(now, day.opens_s[stop.visit]) <= day.closes_s[stop.visit]
            assert day.needs[stop.visit] & ~staff.skills[w] == 0
            now, at = stop.ends_s, stop.visit
            assert now == stop.begins_s + day.service_s[stop.visit]
            assert made.worker[stop.visit] == w
            seen.append(stop.visit)
        assert now + travel[at, len(day.at) + w] <= staff.ends_s[w]
        total += travel[at, len(day.at) + w]
    assert sorted([*seen, *(missed.visit for missed in made.missed)]) == list(range(len(day.at)))
    assert total == made.travel_s
    return total


def straight(day: Visits, staff: Workers) -> np.ndarray:
    places = np.array([*day.at, *staff.at], float).reshape(-1, 2)
    return np.rint(np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) * (1.3 / 1.2)).astype(int)


@st.composite
def days(draw):
    count, staff = draw(st.integers(0, 7)), draw(st.integers(1, 3))
    place = st.tuples(st.integers(0, 3000), st.integers(0, 3000))
    opens = draw(st.lists(st.integers(9, 15), min_size=count, max_size=count))

    def numbers(low, high, size=count):
        return draw(st.lists(st.integers(low, high), min_size=size, max_size=size))

    return (
        visits(
            draw(st.lists(place, min_size=count, max_size=count)), service=[60 * m for m in numbers(5, 90)],
            opens=[h * HOUR for h in opens], closes=[(h + 2) * HOUR for h in opens],
            needs=numbers(0, 3), own=numbers(-1, staff - 1), urgency=numbers(1, 3),
        ),
        workers(*draw(st.lists(place, min_size=staff, max_size=staff)), ends=NINE + 5 * HOUR, skills=numbers(0, 3, staff)),
    )  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(days(), st.integers(0, 5))
def test_every_plan_can_be_walked_and_tells_all(day, seed):
    made = plan(*day, seed=seed)

    walk(*day, straight(*day), made)
    strange = {v for v, w in enumerate(made.worker) if w >= 0 and day[0].own[v] not in (-1, w)}
    assert {moved.visit for moved in made.moved} == strange
    for missed in made.missed:
        able = [w for w, skills in enumerate(day[1].skills) if day[0].needs[missed.visit] & ~skills == 0]
        assert (missed.kind == "nobody_has_the_skill") == (not able)
        assert missed.kind != "no_room" or (missed.short_s > 0 and missed.worker in able)
    again = plan(*day, seed=seed)
    assert again.routes == made.routes


def plain_day(day: Visits, staff: Workers, travel: np.ndarray) -> tuple[int, int]:
    """One worker, every order of every choice: the least (missed, travel)."""
    best, count = (99, 0), len(day.at)
    for size in range(count, -1, -1):
        for order in permutations(range(count), size):
            now, at, way = staff.begins_s[0], count, 0
            for v in order:
                now, way = max(now + travel[at, v], day.opens_s[v]), way + travel[at, v]
                if now > day.closes_s[v]:
                    break
                now, at = now + day.service_s[v], v
            else:
                if now + travel[at, count] <= staff.ends_s[0]:
                    best = min(best, (count - size, int(way + travel[at, count])))
        if best[0] < 99:
            return best
    return best


@pytest.mark.parametrize("seed", range(12))
def test_a_small_day_of_one_worker_is_the_best_of_all_orders(seed):
    rng = np.random.default_rng(seed)
    opens = rng.integers(9, 13, 6) * HOUR
    day = visits(rng.integers(0, 2000, (6, 2)).tolist(), service=1500, opens=opens.tolist(), closes=(opens + 2 * HOUR).tolist())
    staff = workers((1000, 1000), ends=NINE + int(rng.integers(2, 6)) * HOUR)

    made = plan(day, staff, rounds=400)

    assert (len(made.missed), made.travel_s) == plain_day(day, staff, straight(day, staff))


def town(seed: int, each: int = 8) -> tuple[Visits, Workers]:
    """Six workers with a square each, two of them with a skill that some visits need."""
    rng = np.random.default_rng(seed)
    own = np.repeat(np.arange(6), each)
    corner = np.stack([np.arange(6) % 3, np.arange(6) // 3], axis=1) * 400
    at = corner[own] + rng.uniform(0, 400, (len(own), 2))
    needs = (rng.random(len(own)) < 0.1).astype(int)
    return (
        visits(at.tolist(), service=1200, needs=needs.tolist(), own=own.tolist()),
        workers(*(corner + 200).tolist(), ends=NINE + 6 * HOUR, skills=[1, 0, 0, 0, 0, 1]),
    )


@pytest.mark.parametrize("seed", range(3))
def test_residents_keep_their_worker_unless_the_skill_is_missing(seed):
    day, staff = town(seed)

    made = plan(day, staff)

    walk(day, staff, straight(day, staff), made)
    lacking = {v for v in range(len(day.at)) if day.needs[v] and not staff.skills[day.own[v]]}
    assert made.missed == ()
    assert {moved.visit for moved in made.moved} == lacking and lacking
    assert {moved.kind for moved in made.moved} == {"own_lacks_the_skill"}


@pytest.mark.parametrize("seed", range(4))
def test_many_routes_that_change_a_few_at_a_time_stay_whole(seed):
    rng = np.random.default_rng(seed)
    own = np.repeat(np.arange(20), 8)
    corner = np.stack([np.arange(20) % 5, np.arange(20) // 5], axis=1) * 300
    day = visits(
        (corner[own] + rng.uniform(0, 300, (160, 2))).tolist(), service=rng.integers(900, 3600, 160).tolist(), own=own.tolist()
    )
    staff = workers(*corner.tolist(), ends=NINE + int(5.1 * HOUR))

    made = plan(day, staff, leaving_s=120, rounds=30, seed=seed)

    walk(day, staff, straight(day, staff), made)
    assert len(made.missed) < 20


def test_without_a_price_of_leaving_travel_is_shorter_and_more_strangers_come():
    day, staff = town(1)

    keeping, free = plan(day, staff), plan(day, staff, leaving_s=0)

    assert free.travel_s < keeping.travel_s
    assert len(free.moved) > len(keeping.moved)
    assert "nearer" in {moved.kind for moved in free.moved}


def test_more_rounds_are_not_worse():
    day, staff = town(2)

    first, quick, long = (plan(day, staff, rounds=rounds) for rounds in (0, 5, 100))

    assert first.travel_s > quick.travel_s >= long.travel_s


def test_on_a_tight_day_the_urgent_ones_are_visited_and_long_ones_left():
    day = visits([(100 * n, 0) for n in range(12)], service=[1800, 3600] * 6, urgency=[1] * 10 + [5, 5])

    made = plan(day, workers((0, 0), ends=NINE + 5 * HOUR))

    missed = {entry.visit for entry in made.missed}
    assert missed.isdisjoint({10, 11})
    assert missed <= set(range(1, 10, 2)), "an hour each, twice what the others take"
    assert {entry.kind for entry in made.missed} == {"no_room"}


def test_a_full_worker_gives_visits_to_the_neighbour_and_says_so():
    day = visits([(10 * n, 0) for n in range(8)], service=1800)

    made = plan(day, workers((0, 0), (50, 0), ends=NINE + 2 * HOUR + 180))

    assert made.missed == () and len(made.moved) == 4
    assert {(moved.worker, moved.kind) for moved in made.moved} == {(1, "own_has_no_room")}
    assert all(0 < moved.short_s <= 1800 for moved in made.moved)


def test_reasons_for_missing():
    day = visits([(0, 0), (0, 0), (0, 0)], needs=[2, 0, 0], opens=[NINE, FIVE, NINE], closes=[NOON, FIVE + HOUR, NOON])

    made = plan(day, workers((0, 0)))

    assert [(missed.visit, missed.kind, missed.worker) for missed in made.missed] == [
        (0, "nobody_has_the_skill", -1), (1, "no_shift_fits", -1),
    ]  # fmt: skip
    assert [stop.visit for stop in made.routes[0]] == [2]


def test_a_worker_waits_for_a_window_and_the_waiting_is_told():
    made = plan(visits([(0, 0)], opens=NOON, closes=NOON), workers((0, 0)))

    assert (made.routes[0][0].arrives_s, made.routes[0][0].begins_s, made.waiting_s) == (NINE, NOON, 3 * HOUR)


def test_ways_may_be_given_and_differ_by_direction():
    travel = np.array([[0, 10, 500], [900, 0, 5], [7, 800, 0]])

    made = plan(visits([(0, 0), (0, 0)]), workers((0, 0)), travel_s=travel)

    assert [stop.visit for stop in made.routes[0]] == [0, 1]
    assert made.travel_s == 7 + 10 + 5


def test_nobody_and_nothing():
    assert plan(visits([]), workers((0, 0))).routes == ((),)
    assert [missed.kind for missed in plan(visits([(0, 0)], own=-1), workers()).missed] == ["nobody_has_the_skill"]
    assert plan(visits([]), workers()).worker.tolist() == []


def test_visits_without_own_worker_are_nobody_elses():
    made = plan(visits([(0, 0), (90, 0)], own=-1), workers((90, 0), (0, 0)))

    assert made.worker.tolist() == [1, 0] and made.moved == ()


def test_stopped_work_says_so():
    with pytest.raises(Cancelled):
        plan(*town(0), progress=lambda share: share < 0.5)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"service_s": [1]}, "visits.service_s"),
        ({"service_s": [-1, 1]}, "visits.service_s"),
        ({"service_s": ["a", "b"]}, "visits.service_s"),
        ({"opens_s": [np.nan, 1]}, "visits.opens_s"),
        ({"closes_s": [NINE - 1, FIVE]}, "visits.closes_s"),
        ({"own": [0, 2]}, "visits.own"),
        ({"needs": [-1, 0]}, "visits.needs"),
        ({"urgency": [0, 1]}, "visits.urgency"),
        ({"at": [[1], [2]]}, "visits.at"),
    ],
)
def test_bad_visits_are_named(change, field):
    with pytest.raises(BadInput) as fault:
        plan(replace(visits([(0, 0), (1, 1)]), **change), workers((0, 0)))

    assert fault.value.field == field


@pytest.mark.parametrize(
    ("settings_", "field"),
    [
        ({"rounds": -1}, "settings"),
        ({"leaving_s": -1}, "settings"),
        ({"metres_per_second": 0}, "settings"),
        ({"travel_s": [[0]]}, "travel_s"),
    ],
)
def test_bad_settings_are_named(settings_, field):
    with pytest.raises(BadInput) as fault:
        plan(visits([(0, 0)]), workers((0, 0)), **settings_)

    assert fault.value.field == field


def test_too_large_a_town_is_refused_before_any_work():
    with pytest.raises(BadInput, match="too many"):
        plan(visits([(0, 0)] * 8000), workers((0, 0)))


def test_a_shift_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadInput, match="before it begins"):
        plan(visits([(0, 0)]), workers((0, 0), begins=NOON, ends=NINE))
