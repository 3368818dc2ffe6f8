"""Figures of a division and the editor's question whether a unit may move, against plain counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods import grids
from linli.methods.errors import BadInput
from linli.methods.grids_search import MODES, first_division, town_of
from linli.methods.tests.test_grids import lattice, members, neighbours, piece_count


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_report_agrees_with_a_plain_count(seed: int) -> None:
    chance = np.random.default_rng(seed)
    graph = lattice(5, 4, weight=chance.integers(1, 9, 20).astype(float), gone=0.2, seed=seed)
    labels = np.concatenate([np.arange(4), chance.integers(0, 4, 16)])

    found = grids.report(graph, labels)

    target = graph.weight.sum() / 4
    assert found.load.tolist() == [sum(graph.weight[unit] for unit in members(labels, grid)) for grid in range(4)]
    assert found.max_deviation_pct == pytest.approx(max(abs(load / target - 1) * 100 for load in found.load))
    assert found.pieces.tolist() == [piece_count(graph, members(labels, grid)) for grid in range(4)]
    assert found.broken_grids == sum(piece > 1 for piece in found.pieces)
    estates = {int(estate): members(np.asarray(graph.estate), int(estate)) for estate in graph.estate}
    pieces = {estate: len({int(labels[unit]) for unit in units}) for estate, units in estates.items()}
    need = {
        estate: max(1, int(np.ceil(sum(graph.weight[u] for u in units) / (1.1 * target)))) for estate, units in estates.items()
    }
    assert found.split_estates == sum(piece > 1 for piece in pieces.values())
    assert found.extra_estate_pieces == sum(pieces.values()) - sum(need.values())
    cut = sum(
        graph.affinity[edge]
        for unit in range(20)
        for edge in range(graph.indptr[unit], graph.indptr[unit + 1])
        if labels[graph.indices[edge]] != labels[unit]
    )
    assert found.cut_pct == pytest.approx(100 * cut / graph.affinity.sum())
    middles = [
        np.average(np.column_stack([graph.x, graph.y])[labels == g], axis=0, weights=graph.weight[labels == g]) for g in range(4)
    ]
    square = sum(
        graph.weight[u] * ((graph.x[u] - middles[labels[u]][0]) ** 2 + (graph.y[u] - middles[labels[u]][1]) ** 2)
        for u in range(20)
    )
    assert found.rms_m == pytest.approx((square / graph.weight.sum()) ** 0.5)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_a_unit_may_move_exactly_when_every_grid_stays_in_one_piece(seed: int) -> None:
    chance = np.random.default_rng(seed)
    graph = lattice(5, 4, gone=0.05, seed=seed)
    if piece_count(graph, set(range(20))) > 1:
        return
    labels = first_division(graph, town_of(graph, 4, MODES["flat"], None, 0.0), 4, seed)
    for unit in chance.permutation(20)[:6]:
        for to in range(4):
            verdict = grids.can_move(graph, labels, int(unit), to)
            after = labels.copy()
            after[unit] = to
            whole = [piece_count(graph, members(after, grid)) for grid in range(4)] == [1] * 4
            assert verdict.is_allowed == (whole and to != labels[unit]), verdict
            if verdict.is_allowed:
                now = grids.report(graph, after)
                assert verdict.to_deviation_pct == pytest.approx(now.deviation_pct[to])
                assert verdict.from_deviation_pct == pytest.approx(now.deviation_pct[labels[unit]])
                assert verdict.extra_pieces == now.extra_estate_pieces - grids.report(graph, labels).extra_estate_pieces


def test_each_refusal_has_its_reason() -> None:
    graph = lattice(5, 1)
    labels = [0, 0, 0, 1, 2]

    reasons = [grids.can_move(graph, labels, unit, to).reason for unit, to in [(0, 0), (0, 1), (3, 0), (2, 1)]]

    assert reasons == ["same_grid", "not_neighbours", "would_empty", ""]
    assert grids.can_move(lattice(3, 2), [0, 0, 0, 1, 1, 1], 1, 1).reason == "would_break"
    assert neighbours(graph, 0) == [1]


def test_a_grid_that_is_broken_already_can_still_be_mended() -> None:
    assert grids.can_move(lattice(5, 1), [0, 1, 0, 0, 1], 4, 0).is_allowed


@pytest.mark.parametrize(("unit", "to", "field"), [(9, 0, "unit"), (-1, 0, "unit"), (0, 2, "to"), (0, -1, "to")])
def test_a_unit_or_grid_that_does_not_exist_is_named(unit: int, to: int, field: str) -> None:
    with pytest.raises(BadInput) as fault:
        grids.can_move(lattice(3, 1), [0, 0, 1], unit, to)
    assert fault.value.field == field


@pytest.mark.parametrize("labels", [[0, 0], [0, -1, 1], [0, 0.5, 1], [0, 0, 2]])
def test_labels_that_are_no_division_are_refused(labels: list) -> None:
    with pytest.raises(BadInput, match="labels"):
        grids.report(lattice(3, 1), labels)


def test_the_report_in_words_names_what_matters() -> None:
    graph = lattice(6, 2)
    text = "\n".join(grids.report(graph, [0] * 6 + [1] * 6, previous=[0] * 7 + [1] * 5).lines())
    assert "2 grids of 6.0 each: largest deviation 0.00 %" in text
    assert "homes in another grid than before: 1 (8.3 %)" in text
