"""The search of `grids.divide`: arrays for the kernels, a first division, annealing, and what a mode costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from linli.methods.grids_cuts import Pair
from linli.methods.grids_graph import Graph, Integers, parts
from linli.methods.grids_kernels import Prices, State, Town, anneal_units, fill_state, total_cost
from linli.methods.grids_recut import anneal_pairs
from linli.methods.grids_seed import bisect
from linli.methods.running import Progress, tell


@dataclass(frozen=True)
class Mode:
    """What a way of dividing finds dear. Prices are relative: 1 is about the perimeter of one round grid."""

    tolerance: float  # share of the mean load that a grid may be off nearly free
    excess: float
    shape: float
    piece: float
    tie: float


MODES = {
    "balanced": Mode(tolerance=0.0275, excess=2.5, shape=2.7, piece=1.8, tie=0.12),
    "flat": Mode(tolerance=0.016, excess=6.0, shape=1.5, piece=1.0, tie=0.06),
    "estates": Mode(tolerance=0.040, excess=2.0, shape=1.5, piece=2.2, tie=0.09),
}
HOT, COLD = 0.25, 0.02  # temperatures of annealing
SOFT = 0.05  # balance starts at this share of its price, so that grids can still pass through bad balance
STEPS = 40  # temperatures
PAIRS, UNITS = 900, 1100  # tries for each grid and for each unit, of a street; a district gets fewer
STREET = 2_000
# When grids are few units: so much of a mean unit's load is added to the tolerance, a split estate is so much
# dearer, and the search so much hotter (its landscape is rougher).
COARSE, COARSE_PIECE, COARSE_HEAT = 0.026, 9.0, 26.0
MANY, MANY_GRIDS = 0.0025, 60  # of many grids the worst may be farther off: tolerance added for ten times as many
REPEATED, TURNS = 660, 10  # below this many units the search is repeated, and the cheapest division kept
SEED_STEP = 0x9E3779B97F4A7C15


def town_of(graph: Graph, k: int, mode: Mode, previous: Integers | None, homes_price: float) -> Town:
    """The graph in the units of the kernels: loads in mean grids, affinity as a price."""
    target = graph.weight.sum() / k
    known = graph.estate >= 0
    estate = np.full(graph.count, -1, np.int64)
    if known.any():
        estate[known] = np.unique(graph.estate[known], return_inverse=True)[1]
    slot = np.concatenate([[0], np.cumsum(np.bincount(estate[known]))]).astype(np.int64)
    mean = graph.affinity.mean() if len(graph.affinity) else 0.0
    tie = graph.affinity * (mode.tie / mean) if mean > 0 else np.zeros(len(graph.affinity))
    before = np.full(graph.count, -1, np.int64) if previous is None else previous
    return Town(
        start=_own(graph.indptr),
        other=_own(graph.indices),
        tie=_own(tie),
        border=_own(graph.boundary),
        load=_own(graph.weight / target),
        area=_own(graph.area),
        perimeter=_own(graph.perimeter),
        x=_own(graph.x),
        y=_own(graph.y),
        estate=estate,
        slot=slot,
        before=_own(before),
        homes=_own(graph.households * (homes_price / max(graph.households.sum() / k, 1e-300))),
    )


def _own(values: Any) -> Any:
    """A writable copy: kernels are compiled once, for arrays of one kind."""
    return np.array(values)


def sorted_town(town: Town, order: Integers) -> Town:
    """The town with unit order[i] as unit i: what is near in the area is then near in memory. O(n + m)."""
    new_number = np.empty(len(order), np.int64)
    new_number[order] = np.arange(len(order))
    degree = np.diff(town.start)[order]
    start = np.concatenate([[0], np.cumsum(degree)]).astype(np.int64)
    edge = np.repeat(town.start[order] - start[:-1], degree) + np.arange(len(town.other))
    of_units = ("load", "area", "perimeter", "x", "y", "estate", "before", "homes")
    moved = {name: getattr(town, name)[order] for name in of_units}
    return town._replace(start=start, other=new_number[town.other[edge]], tie=town.tie[edge], border=town.border[edge], **moved)


def state_of(town: Town, labels: Integers, k: int, seed: int) -> State:
    """A state with the sums of these labels."""
    units, estates = len(town.load), len(town.slot) - 1
    mixed = (2 * seed + 1) * SEED_STEP % 2**64
    state = State(
        label=np.array(labels, np.int64),
        load=np.zeros(k),
        area=np.zeros(k),
        perimeter=np.zeros(k),
        units=np.zeros(k, np.int64),
        piece_grid=np.zeros(town.slot[-1], np.int64),
        piece_units=np.zeros(town.slot[-1], np.int64),
        pieces=np.zeros(estates, np.int64),
        mark=np.zeros(units, np.int64),
        place=np.zeros(units, np.int64),
        queue=np.zeros(units, np.int64),
        chance=np.array([mixed, 0], np.uint64),
    )
    fill_state(town, state)
    return state


def pair_of(town: Town) -> Pair:
    """Scratch for cutting pairs."""
    units, edges, estates = len(town.load), len(town.other), len(town.slot) - 1

    def whole(*shape: int) -> Integers:
        return np.zeros(shape, np.int64)

    return Pair(
        unit=whole(units),
        side=whole(units),
        fresh=whole(units),
        key=np.zeros(units),
        order=whole(units),
        parent=whole(units),
        below=np.zeros(units),
        link=whole(edges // 2 + 1, 2),
        first=whole(units),
        after=whole(edges + 2),
        estate_units=whole(estates, 2),
        estate_seen=whole(estates),
        estate_sum=np.zeros((estates, 2)),
    )


def shares(graph: Graph, k: int, part: Integers, number: int) -> Integers:
    """Grids of each connected part: at least one, the others where the load for each is largest; never more than units."""
    load = np.bincount(part, graph.weight, number)
    units = np.bincount(part, minlength=number)
    wanted = np.ones(number, np.int64)
    for _grid in range(k - number):
        need = np.where(wanted < units, load / (wanted + 0.5), -1.0)
        wanted[int(np.argmax(need))] += 1
    return wanted


def first_division(graph: Graph, town: Town, k: int, seed: int) -> Integers:
    """Contiguous labels 0 … k - 1 that are roughly balanced; parts without connection are divided for themselves."""
    number, part = parts(graph)
    members = np.argsort(part, kind="stable").astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(np.bincount(part, minlength=number))])
    labels = np.zeros(graph.count, np.int64)
    base = 0
    for index, grids in enumerate(shares(graph, k, part, number)):
        bisect(town, members, int(ends[index]), int(ends[index + 1]), int(grids), base, 0.7 * seed, labels)
        base += int(grids)
    return labels


def anneal(town: Town, state: State, mode: Mode, effort: float, progress: Progress | None, done: float, share: float) -> float:
    """Cool the state from HOT to COLD; answers the cost of what it became. `effort` scales the number of tries."""
    pair, units, grids = pair_of(town), len(town.load), len(state.load)
    coarse = grids / units
    many = MANY * math.log10(max(1.0, grids / MANY_GRIDS))
    tolerance, piece = mode.tolerance + COARSE * coarse + many, mode.piece * (1 + COARSE_PIECE * coarse)
    prices = Prices(tolerance, 1.0, mode.excess, mode.shape, piece, 0.6)
    for step in range(STEPS):
        cooled = step / (STEPS - 1)
        heat = HOT * (COLD / HOT) ** cooled * (1 + COARSE_HEAT * coarse)
        softer = prices._replace(excess=mode.excess * SOFT ** (1 - cooled))
        anneal_pairs(town, state, pair, softer, heat, math.ceil(effort * PAIRS * grids / STEPS))
        anneal_units(town, state, softer, heat, math.ceil(effort * UNITS * units / STEPS))
        tell(progress, done + share * (step + 1) / (STEPS + 2))
    anneal_pairs(town, state, pair, prices, 0.0, math.ceil(effort * PAIRS * grids / STEPS))
    anneal_units(town, state, prices, 0.0, 4 * units)
    return float(total_cost(town, state, prices))


def search(graph: Graph, k: int, mode: Mode, seed: int, progress: Progress | None) -> Integers:
    """Divide from nothing: O(n) tries, each of the order of a grid's size."""
    town = town_of(graph, k, mode, None, 0.0)
    turns = max(1, min(REPEATED // graph.count, TURNS))
    effort = min(1.2, 1.2 * (STREET / graph.count) ** 0.03)
    best, labels = math.inf, np.zeros(graph.count, np.int64)
    for turn in range(turns):
        first = first_division(graph, town, k, seed + turn)
        order = np.argsort(first, kind="stable")
        near = sorted_town(town, order)
        state = state_of(near, first[order], k, seed * turns + turn)
        cost = anneal(near, state, mode, effort, progress, turn / turns, 1 / turns)
        if cost < best:
            best = cost
            labels[order] = state.label
    return labels
