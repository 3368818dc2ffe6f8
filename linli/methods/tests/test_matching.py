"""Matching: always the optimum of a plain assignment over slots, whatever happens in whatever order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix

from linli.methods import matching
from linli.methods import matching_kernels as kernels
from linli.methods.errors import BadInput, Cancelled
from linli.methods.matching import Assigner, Assignment, assign

UNSERVED = 10**6
STEPS = ((0.5, 7), (0.8, 20))


def matrix(rows: list[dict[int, int]], organizations: int) -> csr_matrix:
    """Rows of {organisation: cost}, zeros kept."""
    starts = np.cumsum([0, *map(len, rows)])
    columns = [node for row in rows for node in sorted(row)]
    return csr_matrix(([row[node] for row in rows for node in sorted(row)], columns, starts), (len(rows), organizations))


def slots_of(capacity: list[int], steps=STEPS) -> list[tuple[int, int]]:
    """Each slot as (organisation, surcharge)."""
    return [
        (node, max([0, *(extra for share, extra in steps if used >= int(share * slots + 1e-9))]))
        for node, slots in enumerate(capacity)
        for used in range(slots)
    ]


def plain_optimum(rows: list[dict[int, int]], capacity: list[int], urgency=None, fixed=None, steps=STEPS) -> float:
    """The least objective, by SciPy over single slots; `fixed` requests may go to one organisation only."""
    slots = slots_of(capacity, steps)
    weights = urgency or [1] * len(rows)
    table = np.full((len(rows), len(slots) + len(rows)), 1e12)
    for request, row in enumerate(rows):
        table[request, len(slots) + request] = UNSERVED * weights[request] if request not in (fixed or {}) else 1e10
        for slot, (node, extra) in enumerate(slots):
            if node in row and (fixed or {}).get(request, node) == node:
                table[request, slot] = row[node] + extra
    chosen = linear_sum_assignment(table)
    return float(table[chosen].sum())


def objective(plan: Assignment, urgency=None) -> float:
    weights = np.array(urgency or [1] * len(plan.organization))
    return plan.cost + plan.load_cost + UNSERVED * int(weights[plan.organization < 0].sum())


def rows_of(organizations: int, most: int = 9):
    row = st.dictionaries(st.integers(0, organizations - 1), st.integers(0, 30), max_size=organizations)
    return st.lists(row, max_size=most)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_whole_plan_is_the_optimum(data):
    organizations = data.draw(st.integers(1, 5))
    rows = data.draw(rows_of(organizations))
    capacity = data.draw(st.lists(st.integers(0, 4), min_size=organizations, max_size=organizations))
    urgency = data.draw(st.lists(st.integers(1, 4), min_size=len(rows), max_size=len(rows)))

    plan = assign(matrix(rows, organizations), capacity, load_steps=STEPS, urgency=urgency)

    assert objective(plan, urgency) == plain_optimum(rows, capacity, urgency)
    assert (plan.load <= capacity).all()
    assert all(node < 0 or node in row for node, row in zip(plan.organization, rows, strict=True))


@pytest.mark.parametrize("seed", range(25))
def test_a_tight_plan_with_long_chains_is_the_optimum(seed):
    rng = np.random.default_rng(seed)
    capacity = rng.integers(3, 10, 8).tolist()
    requests = int(sum(capacity) * rng.choice([0.9, 1.0, 1.1]))
    rows = [
        {int(node): int(rng.integers(0, 300)) for node in rng.choice(8, rng.integers(1, 5), replace=False)}
        for _ in range(requests)
    ]

    plan = assign(matrix(rows, 8), capacity, load_steps=STEPS)

    assert objective(plan) == plain_optimum(rows, capacity)
    assert (plan.assigner.slot_values() <= plan.price).all()


@settings(max_examples=50, deadline=None)
@given(rows_of(4), st.lists(st.integers(0, 3), min_size=4, max_size=4), st.integers(1, 40))
def test_a_price_of_not_serving_is_weighed_against_costs(rows, capacity, price):
    plan = assign(matrix(rows, 4), capacity, load_steps=STEPS, unserved_cost=price)

    without = [{node: cost for node, cost in row.items() if cost < price} for row in rows]
    slots = slots_of(capacity)
    table = np.full((len(rows), len(slots) + len(rows)), float(price))
    for request, row in enumerate(without):
        for slot, (node, extra) in enumerate(slots):
            table[request, slot] = row[node] + extra if node in row else 1e9
    chosen = linear_sum_assignment(table)
    assert plan.cost + plan.load_cost + price * plan.unserved == table[chosen].sum()


class Mirror:
    """The same events kept plainly: rows, capacity and promises as lists."""

    def __init__(self, capacity: list[int]):
        self.assigner = Assigner(capacity, load_steps=STEPS)
        self.capacity, self.rows, self.urgency, self.fixed = list(capacity), {}, {}, {}

    def check(self) -> None:
        """The optimum, prices that prove it, and totals that fit."""
        plan, numbers = self.assigner.assignment(), sorted(self.rows)
        place = {request: int(plan.organization[request]) for request in numbers}
        rows = [self.rows[request] for request in numbers]
        weights = [self.urgency[request] for request in numbers]
        fixed = {numbers.index(request): node for request, node in self.fixed.items()}
        found = sum(weight for request, weight in zip(numbers, weights, strict=True) if place[request] < 0) * UNSERVED
        assert found + plan.cost + plan.load_cost == plain_optimum(rows, self.capacity, weights, fixed)
        assert plan.cost == sum(self.rows[request][node] for request, node in place.items() if node >= 0)
        assert plan.load.tolist() == [list(place.values()).count(node) for node in range(len(self.capacity))]
        assert all(place[request] == node for request, node in self.fixed.items())
        assert (self.assigner._state.nodes[:, kernels.DISTANCE] == kernels.FAR).all()

    def event(self, data) -> None:
        kinds = ["arrive", "slots"] + ["withdraw", "refuse", "accept", "release"] * bool(self.rows)
        kind = data.draw(st.sampled_from(kinds))
        node = data.draw(st.integers(0, len(self.capacity) - 1))
        request = data.draw(st.sampled_from(sorted(self.rows))) if self.rows else -1
        before = {number: self.assigner.place_of(number) for number in self.rows}
        spent = self.assigner.assignment().cost
        change = getattr(self, kind)(data, request, node)
        if change is not None:
            moved = {move.request: (move.before, move.after) for move in change.moves}
            after = {number: self.assigner.place_of(number) for number in self.rows}
            everybody = before.keys() | after.keys()
            assert moved == {
                number: (before.get(number, -1), after.get(number, -1))
                for number in everybody
                if before.get(number, -1) != after.get(number, -1)
            }
            assert change.cost == self.assigner.assignment().cost - spent

    def arrive(self, data, _request, node):
        row = data.draw(st.dictionaries(st.integers(0, len(self.capacity) - 1), st.integers(0, 30), max_size=5))
        urgency = data.draw(st.integers(1, 3))
        promised = list(self.fixed.values()).count(node)
        by = node if node in row and promised < self.capacity[node] and data.draw(st.booleans()) else None
        change = self.assigner.arrive(list(row), list(row.values()), urgency=urgency, accepted_by=by)
        self.rows[change.request], self.urgency[change.request] = row, urgency
        if by is not None:
            self.fixed[change.request] = by
        return change

    def slots(self, data, _request, node):
        self.capacity[node] = data.draw(st.integers(list(self.fixed.values()).count(node), 5))
        return self.assigner.set_capacity(node, self.capacity[node])

    def withdraw(self, _data, request, _node):
        del self.rows[request], self.urgency[request]
        self.fixed.pop(request, None)
        return self.assigner.withdraw(request)

    def refuse(self, _data, request, node):
        if request not in self.fixed and node in self.rows[request]:
            del self.rows[request][node]
            return self.assigner.refuse(request, node)
        return None

    def accept(self, _data, request, _node):
        place = self.assigner.place_of(request)
        if place >= 0:
            self.assigner.accept(request)
            self.fixed[request] = place

    def release(self, _data, request, _node):
        self.fixed.pop(request, None)
        return self.assigner.release(request)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_every_event_keeps_the_optimum_and_tells_who_moved(data):
    organizations = data.draw(st.integers(1, 4))
    mirror = Mirror(data.draw(st.lists(st.integers(0, 4), min_size=organizations, max_size=organizations)))

    for _ in range(data.draw(st.integers(1, 25))):
        mirror.event(data)
        mirror.check()


def test_a_year_of_coming_and_going_keeps_memory_small_and_the_optimum(monkeypatch):
    drops, drop = [], matching.drop_gone
    monkeypatch.setattr(matching, "drop_gone", lambda *arguments: drops.append(1) or drop(*arguments))
    rng = np.random.default_rng(4)
    mirror = Mirror([3, 4, 5, 2, 6])
    for turn in range(600):
        row = {int(node): int(rng.integers(1, 99)) for node in rng.choice(5, 3, replace=False)}
        change = mirror.assigner.arrive(list(row), list(row.values()))
        mirror.rows[change.request], mirror.urgency[change.request] = row, 1
        if turn >= 24:
            mirror.withdraw(None, int(rng.choice(sorted(mirror.rows))), 0)
        if turn % 60 == 0:
            mirror.check()

    assert len(mirror.assigner._state.pairs) < 600
    assert 3 < len(drops) < 60, "now and then, not at every arrival"


@settings(max_examples=60, deadline=None)
@given(rows_of(4), st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_the_value_of_a_slot_is_what_one_more_saves(rows, capacity):
    cost = matrix(rows, 4)
    assigner = assign(cost, capacity, load_steps=(), unserved_cost=UNSERVED).assigner

    values = assigner.slot_values()

    now = plain_optimum(rows, capacity, steps=())
    for node in range(4):
        more = [slots + (place == node) for place, slots in enumerate(capacity)]
        assert values[node] == now - plain_optimum(rows, more, steps=())


def test_reasons_name_the_nearest_the_second_and_who_needs_it_more():
    assigner = assign(matrix([{0: 10, 1: 90}, {0: 20, 1: 30}, {}], 2), [1, 1], load_steps=()).assigner

    first, second, none = (assigner.why(request) for request in range(3))

    assert (first.kind, first.chosen.organization, first.second.organization) == ("nearest", 0, 1)
    assert (second.kind, second.chosen.organization, second.nearest.organization) == ("nearest_is_needed", 1, 0)
    assert second.nearest.total >= second.chosen.total
    assert (none.kind, none.chosen, none.second, none.options) == ("nobody_may", None, None, ())


def test_a_request_that_makes_room_knows_for_whom():
    assigner = Assigner([1, 1, 1], load_steps=())
    assigner.arrive([0, 1], [1, 2])
    assigner.arrive([1, 2], [1, 2])

    change = assigner.arrive([0], [1])

    assert [(move.request, move.before, move.after, move.because) for move in change.moves] == [
        (2, -1, 0, -1), (0, 0, 1, 2), (1, 1, 2, 0),
    ]  # fmt: skip
    assert change.cost == 1 + 1 + 1


def test_a_withdrawal_lets_others_move_up_and_says_why():
    assigner = assign(matrix([{0: 1}, {0: 5, 1: 50}, {1: 2}], 2), [1, 1], load_steps=()).assigner
    assert [assigner.place_of(request) for request in range(3)] in ([0, 1, -1], [0, -1, 1], [-1, 0, 1])
    before = assigner.assignment().organization.tolist()

    gone = before.index(0)
    change = assigner.withdraw(gone)

    assert change.moves[0].request == gone and change.moves[0].after == -1
    assert all(move.because == gone for move in change.moves[1:2])
    assert assigner.assignment().unserved == 0
    with pytest.raises(BadInput, match="not here"):
        assigner.place_of(gone)


def test_load_steps_spread_what_distance_alone_would_heap():
    rows = [{0: 100, 1: 150}] * 10

    heaped = assign(matrix(rows, 2), [10, 10], load_steps=())
    spread = assign(matrix(rows, 2), [10, 10], load_steps=((0.5, 60),))

    assert heaped.load.tolist() == [10, 0]
    assert spread.load.tolist() == [5, 5]
    assert (spread.cost, spread.load_cost) == (1250, 0)


def test_missing_capacity_is_named_by_kind():
    rows = [{0: 5}, {0: 6}, {0: 7, 1: 9}, {}, {2: 1}]
    assigner = assign(matrix(rows, 3), [1, 1, 1], load_steps=()).assigner

    care, lift = assigner.shortages(["care", "care", "care", "lift", "meal"])

    assert (care.kind, care.unserved, care.nobody_may, care.where, care.serves_one_more) == ("care", 1, 0, 0, True)
    assert (care.slots, care.taken) == (1, 1)
    assert (lift.kind, lift.unserved, lift.nobody_may, lift.where, lift.serves_one_more) == ("lift", 1, 1, -1, False)


def test_more_urgent_ones_are_served_first_when_slots_are_short():
    plan = assign(matrix([{0: 1}, {0: 30}], 1), [1], urgency=[1, 2])

    assert plan.organization.tolist() == [-1, 0]


def test_nobody_and_nothing():
    assert assign(matrix([], 3), [1, 2, 3]).unserved == 0
    assert assign(matrix([{}, {}], 0), []).organization.tolist() == [-1, -1]
    assert assign(matrix([{0: 3}], 1), [0]).unserved == 1


def test_a_promise_is_kept():
    assigner = Assigner([1])
    assigner.arrive([0], [5], accepted_by=0)

    for wrong in (
        lambda: assigner.set_capacity(0, 0), lambda: assigner.refuse(0, 0), lambda: assigner.arrive([0], [1], accepted_by=0),
    ):  # fmt: skip
        with pytest.raises(BadInput):
            wrong()

    assert assigner.is_accepted(0) and assigner.place_of(0) == 0
    assert assigner.arrive([0], [1], urgency=1000).moves == ()


def test_stopped_work_says_so():
    with pytest.raises(Cancelled):
        assign(matrix([{0: 1}], 1), [1], progress=lambda share: False)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: assign(matrix([{0: 1}], 1), [1, 1]), "cost"),
        (lambda: assign(matrix([{0: 1}], 1).tocsc(), [1]), "cost"),
        (lambda: assign([[1]], [1]), "cost"),
        (lambda: assign(matrix([{0: -1}], 1), [1]), "cost"),
        (lambda: assign(csr_matrix(([1, 1], [0, 0], [0, 2]), (1, 1)), [1]), "cost"),
        (lambda: assign(csr_matrix([[1.5]]), [1]), "cost"),
        (lambda: assign(csr_matrix([[2**31]]), [1]), "cost"),
        (lambda: assign(matrix([{0: 1}], 1), [-1]), "capacity"),
        (lambda: assign(matrix([{0: 1}], 1), ["a"]), "capacity"),
        (lambda: Assigner(np.ones(30_000)), "capacity"),
        (lambda: assign(matrix([{0: 1}], 1), [1], urgency=[1, 2]), "urgency"),
        (lambda: assign(matrix([{0: 1}], 1), [1], urgency=[0]), "urgency"),
        (lambda: assign(matrix([{0: 1}], 1), [1], load_steps=((0.8, 9), (0.5, 10))), "load_steps"),
        (lambda: assign(matrix([{0: 1}], 1), [1], load_steps=((0.5, 9), (0.8, 1))), "load_steps"),
        (lambda: assign(matrix([{0: 1}], 1), [1], unserved_cost=0), "unserved_cost"),
        (lambda: Assigner([1]).arrive([0], [1, 2]), "costs"),
        (lambda: Assigner([1]).arrive([0, 0], [1, 2]), "organizations"),
        (lambda: Assigner([1]).arrive([1], [1]), "organizations"),
        (lambda: Assigner([1]).arrive([0], [1], urgency=1001), "urgency"),
        (lambda: Assigner([1, 1]).arrive([0], [1], accepted_by=1), "accepted_by"),
        (lambda: Assigner([1]).withdraw(0), "request"),
        (lambda: Assigner([1]).set_capacity(1, 1), "organization"),
        (lambda: Assigner([1]).set_capacity(0, -1), "slots"),
        (lambda: assign(matrix([{0: 1}], 2), [1, 1]).assigner.refuse(0, 1), "organization"),
        (lambda: assign(matrix([{}], 2), [1, 1]).assigner.accept(0), "request"),
        (lambda: assign(matrix([{}], 2), [1, 1]).assigner.shortages([]), "kinds"),
    ],
)
def test_bad_input_is_named(call, field):
    with pytest.raises(BadInput) as fault:
        call()

    assert fault.value.field == field
