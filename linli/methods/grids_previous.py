"""Re-division: the grids so far are mended instead of drawn anew, so that few residents get another grid worker.

Broken or empty grids are made whole first (the heaviest piece keeps the number, loose units join a neighbour, an empty number
gets half of the heaviest grid). Then a short search at low temperature, in which every home that changes its grid has a price.
"""

from __future__ import annotations

import math

import numpy as np

from linli.methods.grids_graph import Graph, Integers, pieces, sources
from linli.methods.grids_kernels import Prices, Town, anneal_units
from linli.methods.grids_recut import anneal_pairs
from linli.methods.grids_search import Mode, pair_of, state_of, town_of
from linli.methods.grids_seed import bisect
from linli.methods.running import Progress, tell

HOMES = 5.0  # price of moving as many homes as a mean grid has
WARM, COLD = 0.05, 0.005
STEPS = 20
TURNS, FAR_OFF = 3, 0.03  # the search is repeated while a grid is farther beyond the tolerance than this
PAIRS, UNITS = 30, 150


def repair(graph: Graph, k: int, mode: Mode, previous: Integers, seed: int, progress: Progress | None) -> Integers:
    """Labels near to the previous ones that are whole and balanced. O(n · tries)."""
    town = town_of(graph, k, mode, previous, HOMES)
    labels = make_whole(graph, town, k, previous)
    state, pair = state_of(town, labels, k, seed), pair_of(town)
    prices = Prices(mode.tolerance + 0.004, 0.5, 2 * mode.excess, 0.7 * mode.shape, 0.7 * mode.piece, 0.6)
    for turn in range(TURNS):
        for step in range(STEPS):
            heat = WARM * (COLD / WARM) ** (step / (STEPS - 1))
            anneal_pairs(town, state, pair, prices, heat, math.ceil(PAIRS * k / STEPS))
            anneal_units(town, state, prices, heat, math.ceil(UNITS * graph.count / STEPS))
            tell(progress, (turn + (step + 1) / (STEPS + 1)) / TURNS)
        anneal_units(town, state, prices, 0.0, 4 * graph.count)
        if np.abs(state.load - 1.0).max() <= prices.tolerance + FAR_OFF:
            break
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
    """Units without a grid join a neighbouring one, ring by ring, by strongest affinity; a part without any gets a free one."""
    source = sources(graph)
    while (labels < 0).any():
        reach = (labels[source] < 0) & (labels[graph.indices] >= 0)
        if reach.any():
            edges = np.flatnonzero(reach)
            edges = edges[np.argsort(graph.affinity[edges], kind="stable")]
            labels[source[edges]] = labels[graph.indices[edges]]
            continue
        free = np.setdiff1d(np.arange(k), labels)
        number = int(free[0]) if len(free) else _give_up(graph, labels, source)
        labels[int(np.argmax(labels < 0))] = number


def _give_up(graph: Graph, labels: Integers, source: Integers) -> int:
    """Frees a number for a part without any: the lightest grid that has a neighbour joins its lightest neighbour.

    There is one, as long as there are at least as many grids as parts: another part then has two.
    """
    known = labels >= 0
    load = np.bincount(labels[known], graph.weight[known])
    one, two = labels[source], labels[graph.indices]
    meets = (one >= 0) & (two >= 0) & (one != two)
    lightest = int(one[meets][np.lexsort((load[two[meets]], load[one[meets]]))[0]])
    beside = two[meets & (one == lightest)]
    labels[labels == lightest] = beside[np.argmin(load[beside])]
    return lightest


def _fill_empty(graph: Graph, town: Town, labels: Integers, k: int) -> None:
    """Each unused number gets half of the heaviest grid that has two units."""
    for empty in np.setdiff1d(np.arange(k), labels):
        load = np.where(np.bincount(labels, minlength=k) > 1, np.bincount(labels, graph.weight, k), -1.0)
        halved = int(np.argmax(load))
        members = np.flatnonzero(labels == halved).astype(np.int64)
        both = np.zeros(graph.count, np.int64)
        bisect(town, members, 0, len(members), 2, 0, 0.0, both)
        labels[members[both[members] == 1]] = empty
