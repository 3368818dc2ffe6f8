"""Drawing grids: always whole, balanced, the same for a seed; sums against plain slow ones; named cases and bad input."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods import grids
from linli.methods.errors import BadInput, Cancelled
from linli.methods.grids_graph import Graph, parts
from linli.methods.grids_kernels import Prices, anneal_units, move_price, move_unit, stays_whole, total_cost
from linli.methods.grids_recut import anneal_pairs
from linli.methods.grids_search import MODES, first_division, pair_of, state_of, town_of

PRICES = Prices(0.03, 1.0, 2.0, 1.5, 1.2, 0.5)
CALM = settings(max_examples=25, deadline=None)


def lattice(
    columns: int, rows: int, *, block: int = 3, weight: np.ndarray | None = None, gone: float = 0.0, seed: int = 0
) -> Graph:
    """Square plots of 20 m, estates of block × block plots; a share of the borders is `gone` (a wall)."""
    chance = np.random.default_rng(seed)
    count = columns * rows
    number = np.arange(count).reshape(rows, columns)
    pairs = np.concatenate(
        [
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        ]
    )
    pairs = pairs[chance.random(len(pairs)) >= gone]
    ends = np.concatenate([pairs, pairs[:, ::-1]])
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    x, y = number.ravel() % columns, number.ravel() // columns
    estate = (y // block) * ((columns + block - 1) // block) + x // block
    return Graph(
        np.concatenate([[0], np.cumsum(np.bincount(ends[:, 0], minlength=count))]),
        ends[:, 1],
        np.ones(count) if weight is None else weight,
        x=20.0 * x,
        y=20.0 * y,
        boundary=np.full(len(ends), 20.0),
        affinity=np.where(estate[ends[:, 0]] == estate[ends[:, 1]], 8.0, 1.0),
        area=np.full(count, 400.0),
        perimeter=np.full(count, 80.0),
        estate=estate,
    )


def neighbours(graph: Graph, unit: int) -> list[int]:
    return [int(other) for other in graph.indices[graph.indptr[unit] : graph.indptr[unit + 1]]]


def piece_count(graph: Graph, members: set[int]) -> int:
    """Connected pieces of a set of units, by plain search."""
    left, found = set(members), 0
    while left:
        found += 1
        todo = [left.pop()]
        while todo:
            near = left.intersection(neighbours(graph, todo.pop()))
            left -= near
            todo.extend(near)
    return found


def members(labels: np.ndarray, grid: int) -> set[int]:
    return {int(unit) for unit in np.flatnonzero(labels == grid)}


def assert_whole(graph: Graph, labels: np.ndarray, k: int) -> None:
    assert sorted(set(labels.tolist())) == list(range(k))
    assert [piece_count(graph, members(labels, grid)) for grid in range(k)] == [1] * k


@st.composite
def towns(draw: st.DrawFn) -> Graph:
    columns, rows = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    weight = draw(st.lists(st.integers(0, 9), min_size=columns * rows, max_size=columns * rows))
    gone, seed = draw(st.sampled_from([0.0, 0.15, 0.5])), draw(st.integers(0, 99))
    return lattice(columns, rows, weight=np.array(weight, float) + 0.1, gone=gone, seed=seed)


@settings(max_examples=10, deadline=None)
@given(towns(), st.data())
def test_every_grid_of_any_area_is_in_one_piece_and_the_seed_decides(graph: Graph, data: st.DataObject) -> None:
    number, _part = parts(graph)
    k = data.draw(st.integers(number, graph.count))
    mode = data.draw(st.sampled_from(sorted(MODES)))

    labels = grids.divide(graph, k, mode=mode, seed=3)

    assert_whole(graph, labels, k)
    assert (labels == grids.divide(graph, k, mode=mode, seed=3)).all()
    if graph.count < 15:  # keep it quick
        previous = np.where(np.arange(graph.count) % 3 == 0, -1, (labels * 7 + 1) % k)
        assert_whole(graph, grids.divide(graph, k, previous=np.where(previous < 0, labels, previous)), k)


def plain_cost(graph: Graph, labels: np.ndarray, k: int, prices: Prices, tie: float) -> float:
    target = graph.weight.sum() / k
    cost = 0.0
    for grid in range(k):
        mine = members(labels, grid)
        inner = [
            edge for unit in mine for edge in range(graph.indptr[unit], graph.indptr[unit + 1]) if graph.indices[edge] in mine
        ]
        around = sum(graph.perimeter[unit] for unit in mine) - sum(graph.boundary[edge] for edge in inner)
        off = abs(sum(graph.weight[unit] for unit in mine) / target - 1)
        over = max(0.0, off - prices.tolerance) * 100
        cost += prices.slope * off**2 + prices.excess * (over**2 + over)
        cost += prices.shape * around / (4 * np.pi * sum(graph.area[unit] for unit in mine)) ** 0.5
        cost += prices.piece * len({int(graph.estate[unit]) for unit in mine})
        cut = sum(graph.affinity[graph.indptr[unit] : graph.indptr[unit + 1]].sum() for unit in mine)
        cost += 0.5 * tie / graph.affinity.mean() * (cut - sum(graph.affinity[edge] for edge in inner))
    return cost


@CALM
@given(st.integers(0, 10_000))
def test_sums_prices_and_moves_agree_with_a_plain_count_after_any_search(seed: int) -> None:
    chance = np.random.default_rng(seed)
    graph = lattice(6, 6, weight=chance.integers(1, 9, 36).astype(float), gone=0.1, seed=seed)
    k = 5 if parts(graph)[0] <= 5 else 12
    town = town_of(graph, k, MODES["balanced"], None, 0.0)
    state, pair = state_of(town, first_division(graph, town, k, seed), k, seed), pair_of(town)

    anneal_pairs(town, state, pair, PRICES, 0.5, 60)
    anneal_units(town, state, PRICES, 0.5, 400)

    again = state_of(town, state.label, k, 0)
    for name in ("load", "area", "perimeter", "units", "pieces"):
        assert np.allclose(getattr(state, name), getattr(again, name)), name
    before = total_cost(town, state, PRICES)
    assert before == pytest.approx(plain_cost(graph, state.label, k, PRICES, MODES["balanced"].tie))
    for unit in chance.permutation(36)[:12]:
        grid = state.label[unit]
        mine = members(state.label, grid) - {int(unit)}
        assert stays_whole(town, state, unit) == (
            piece_count(graph, mine) == 1 and bool(mine & set(neighbours(graph, int(unit))))
        )
        to = int(state.label[neighbours(graph, int(unit))[0]]) if neighbours(graph, int(unit)) else int(grid)
        if to != grid and stays_whole(town, state, unit):
            price = move_price(town, state, unit, to, PRICES)
            move_unit(town, state, unit, to)
            after = total_cost(town, state, PRICES)
            assert after - before == pytest.approx(price, abs=1e-9)
            before = after


def test_a_town_that_can_be_divided_perfectly_is() -> None:
    graph = lattice(24, 24, block=6)

    labels = grids.divide(graph, 16, mode="estates")
    found = grids.report(graph, labels)

    assert found.max_deviation_pct <= 3 and found.extra_estate_pieces == 0
    assert found.mean_compactness == pytest.approx(np.pi / 4)


def test_the_flattest_cut_of_a_row_is_found() -> None:
    weight = np.array([5, 1, 4, 9, 2, 2, 7, 3, 8, 1.0])
    graph = lattice(10, 1, weight=weight)
    best = min(
        max(abs(weight[a:b].sum() - 14) for a, b in zip((0, *cuts), (*cuts, 10), strict=True))
        for cuts in combinations(range(1, 10), 2)
    )

    labels = grids.divide(graph, 3, mode="flat")

    assert np.abs(np.bincount(labels, weight) - 14).max() == best


def test_a_street_is_balanced_compact_and_flat_is_flatter() -> None:
    weight = np.random.default_rng(5).integers(4, 20, 900).astype(float)
    graph = lattice(30, 30, block=5, weight=weight)

    balanced, flat = (grids.report(graph, grids.divide(graph, 25, mode=mode)) for mode in ("balanced", "flat"))

    assert balanced.max_deviation_pct <= 4 and flat.max_deviation_pct <= 2.5
    assert balanced.mean_compactness >= 0.6 and balanced.extra_estate_pieces <= 30


def test_after_a_change_few_homes_get_another_grid_and_grids_keep_their_numbers() -> None:
    weight = np.random.default_rng(6).integers(4, 20, 900).astype(float)
    graph = lattice(30, 30, block=5, weight=weight)
    before = grids.divide(graph, 25)
    grown = weight * np.where(np.isin(graph.estate, [7, 22]), 1.5, 1.0)
    changed = lattice(30, 30, block=5, weight=grown)

    after = grids.divide(changed, 25, previous=before)
    found = grids.report(changed, after, previous=before)

    assert grids.report(changed, before).max_deviation_pct > 15
    assert found.max_deviation_pct <= 5 and found.broken_grids == 0
    assert 0 < found.moved_pct <= 6
    assert found.moved_households == grown[before != after].sum()


def test_broken_empty_and_missing_grids_are_made_whole_near_to_what_they_were() -> None:
    graph = lattice(12, 6)
    before = (np.arange(72) % 12 // 3).astype(int)  # four columns
    before[[0, 71]] = [3, 0]  # torn off at both ends
    before[30:34] = -1

    after = grids.divide(graph, 5, previous=before)

    assert_whole(graph, after, 5)
    assert (after == before).sum() >= 40


def test_parts_without_connection_are_divided_each_for_itself() -> None:
    left, right = lattice(4, 4), lattice(4, 2)
    graph = Graph(
        np.concatenate([left.indptr, left.indptr[-1] + right.indptr[1:]]),
        np.concatenate([left.indices, right.indices + 16]),
        np.ones(24),
    )

    labels = grids.divide(graph, 3)

    assert_whole(graph, labels, 3)
    assert np.bincount(labels).tolist() == [8, 8, 8]
    with pytest.raises(BadInput, match="2 parts without connection"):
        grids.divide(graph, 1)


def test_a_part_that_had_no_grid_gets_one_even_when_all_numbers_are_taken() -> None:
    graph = Graph([0, 1, 3, 4, 4], [1, 0, 2, 1], [3, 1, 4, 5])

    after = grids.divide(graph, 3, previous=[0, 1, 2, -1])

    assert_whole(graph, after, 3)
    assert sorted(np.bincount(after, graph.weight)) == [4, 4, 5]


@pytest.mark.parametrize("k", [1, 9])
def test_one_grid_and_a_grid_for_each_unit(k: int) -> None:
    assert_whole(lattice(3, 3), grids.divide(lattice(3, 3), k), k)


def test_a_single_unit_is_a_grid() -> None:
    graph = Graph([0, 0], [], [4.0])
    labels = grids.divide(graph, 1)
    assert labels.tolist() == [0]
    assert grids.report(graph, labels).max_deviation_pct == 0


def test_an_empty_area_has_no_grid_and_an_empty_report() -> None:
    empty = Graph([0], [], [])
    with pytest.raises(BadInput, match="only 0 units"):
        grids.divide(empty, 1)
    assert grids.report(empty, np.zeros(0, int)).grids == 0


def test_a_search_that_is_told_to_stop_stops() -> None:
    told: list[float] = []

    def stop(share: float) -> bool:
        told.append(share)
        return len(told) < 4

    with pytest.raises(Cancelled):
        grids.divide(lattice(8, 8), 4, progress=stop)
    assert len(told) == 4 and told == sorted(told)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"k": 0}, "k"),
        ({"k": 10}, "k"),
        ({"k": 3, "mode": "round"}, "mode"),
        ({"k": 3, "previous": [0] * 8}, "previous"),
        ({"k": 3, "previous": [3] * 9}, "previous"),
        ({"k": 3, "previous": [-2] * 9}, "previous"),
        ({"k": 3, "previous": [0.5] * 9}, "previous"),
    ],
)
def test_what_cannot_be_divided_is_named(arguments: dict, field: str) -> None:
    with pytest.raises(BadInput) as fault:
        grids.divide(lattice(3, 3), **arguments)
    assert fault.value.field == field


def test_loads_that_are_all_zero_are_refused() -> None:
    with pytest.raises(BadInput, match="weight: is 0 for all units"):
        grids.divide(lattice(3, 3, weight=np.zeros(9)), 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"indptr": [0, 1, 3]}, "indptr"),
        ({"indptr": [0, 2, 1, 4]}, "indptr"),
        ({"indices": [1, 0, 5, 1]}, "indices"),
        ({"indices": [1, 0, 0, 1]}, "indices"),
        ({"indices": [0, 0, 2, 1]}, "indices"),
        ({"indices": [1.5, 0, 2, 1]}, "indices"),
        ({"weight": [1, 2]}, "weight"),
        ({"weight": [1, -2, 1]}, "weight"),
        ({"weight": [1, float("nan"), 1]}, "weight"),
        ({"weight": ["a", "b", "c"]}, "weight"),
        ({"x": [0, float("inf"), 1]}, "x"),
        ({"boundary": [1, 2, 3, 3]}, "boundary"),
        ({"affinity": [1, 1, 3]}, "affinity"),
        ({"estate": [0.5, 1.5, 2.5]}, "estate"),
    ],
)
def test_a_graph_that_is_wrong_says_where(change: dict, field: str) -> None:
    right = {"indptr": [0, 1, 3, 4], "indices": [1, 0, 2, 1], "weight": [1, 1, 1]}
    Graph(**right)
    with pytest.raises(BadInput) as fault:
        Graph(**{**right, **change})
    assert fault.value.field == field
