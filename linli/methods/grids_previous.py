"""Re-division: the grids so far are mended instead of drawn anew, so that few residents get another grid worker.

Broken or empty grids are made whole first (the heaviest piece keeps the number, loose units join a neighbour, an empty number gets
half of the heaviest grid). Then a short search at low temperature, in which every home that changes its grid has a price.
"""

from __future__ import annotations

import math

import numpy as np

from linli.methods.errors import BadInput
from linli.methods.grids_graph import Graph, Integers, pieces, sources
from linli.methods.grids_kernels import Prices, Town, anneal_units
from linli.methods.grids_recut import anneal_pairs
from linli.methods.grids_search import Mode, pair_of, state_of, town_of
from linli.methods.grids_seed import bisect
from linli.methods.running import Progress, tell

HOMES = 20.0  # price of moving as many homes as a mean grid has
WARM, COLD = 0.05, 0.005
STEPS = 20
PAIRS, UNITS = 20, 120


def repair(graph: Graph, k: int, mode: Mode, previous: Integers, seed: int, progress: Progress | None) -> Integers:
    """Labels near to the previous ones that are whole and balanced. O(n · tries)."""
    town = town_of(graph, k, mode, previous, HOMES)
    labels = make_whole(graph, town, k, previous)
    state, pair = state_of(town, labels, k, seed), pair_of(town)
    prices = Prices(mode.tolerance + 0.007, 0.5, mode.excess, 0.3 * mode.shape, 0.3 * mode.piece, 0.6)
    for step in range(STEPS):
        heat = WARM * (COLD / WARM) ** (step / (STEPS - 1))
        anneal_pairs(town, state, pair, prices, heat, math.ceil(PAIRS * k / STEPS))
        anneal_units(town, state, prices, heat, math.ceil(UNITS * graph.count / STEPS))
        tell(progress, (step + 1) / (STEPS + 1))
    anneal_units(town, state, prices, 0.0, 4 * graph.count)
    return state.label


def make_whole(graph: Graph, town: Town, k: int, previous: Integers) -> Integers:
    """Every unit in a grid, every grid in one piece and none empty, with as little change as that needs."""
    piece = pieces(graph, previous)
    load = np.bincount(piece, graph.weight)
    units = np.bincount(piece)
    grid = np.zeros(len(units), np.int64)
    grid[piece] = previous
    order = np.lexsort((-units, -load, grid))
    leads = np.ones(len(order), bool)
    leads[1:] = grid[order][1:] != grid[order][:-1]
    kept = np.zeros(len(units), bool)
    kept[order[leads]] = True
    labels = np.where(kept[piece] & (previous >= 0), previous, -1)
    _grow(graph, labels, k)
    _fill_empty(graph, town, labels, k)
    return labels


def _grow(graph: Graph, labels: Integers, k: int) -> None:
    """Units without a grid join a neighbouring one, ring by ring, by the strongest affinity; a part without any gets a free number."""
    source = sources(graph)
    while (labels < 0).any():
        reach = (labels[source] < 0) & (labels[graph.indices] >= 0)
        if reach.any():
            edges = np.flatnonzero(reach)
            edges = edges[np.argsort(graph.affinity[edges], kind="stable")]
            labels[source[edges]] = labels[graph.indices[edges]]
            continue
        free = np.setdiff1d(np.arange(k), labels)
        if not len(free):
            unit = int(np.argmax(labels < 0))
            raise BadInput(
                "previous", f"the part around unit {unit} has no grid and no connection, and all {k} numbers are in use"
            )
        labels[int(np.argmax(labels < 0))] = free[0]


def _fill_empty(graph: Graph, town: Town, labels: Integers, k: int) -> None:
    """Each unused number gets half of the heaviest grid that has two units."""
    for empty in np.setdiff1d(np.arange(k), labels):
        load = np.where(np.bincount(labels, minlength=k) > 1, np.bincount(labels, graph.weight, k), -1.0)
        halved = int(np.argmax(load))
        members = np.flatnonzero(labels == halved).astype(np.int64)
        both = np.zeros(graph.count, np.int64)
        bisect(town, members, 0, len(members), 2, 0, 0.0, both)
        labels[members[both[members] == 1]] = empty
