"""Two ways to propose a cut through a pair of merged grids: a sweep in a random direction, and a random spanning tree.

*Sweep*: the units in the order of a direction (units of an estate together, as often as not); every prefix is judged as it
grows and the cheapest kept. *Tree*: a random spanning tree that joins units of an estate first; each edge of it parts the pair
in two connected halves (the idea of ReCom: DeFord, Duchin & Solomon 2021, used here to optimise rather than to sample).
Both take O(u log u) for the u units of the pair.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from linli.methods.grids_kernels import below, grid_cost, next_mark, uniform


class Pair(NamedTuple):
    """Two merged grids: scratch arrays, long enough for the largest pair there can be."""

    unit: np.ndarray  # (n,) units of the pair, those of the first grid first
    side: np.ndarray  # (n,) 0 or 1: where each is now
    fresh: np.ndarray  # (n,) 0 or 1: a proposed cut
    key: np.ndarray  # (n,) position along the direction
    order: np.ndarray  # (n,) positions in order
    parent: np.ndarray  # (n,) tree: parent of each position; before that, sets
    below: np.ndarray  # (n,) tree: load below each position
    link: np.ndarray  # (m, 2) edges of the pair, then those of the tree
    first: np.ndarray  # (n,) tree: first link of a position
    after: np.ndarray  # (2 m,) tree: next link of the same position
    estate_units: np.ndarray  # (estates, 2) units of an estate on either side
    estate_seen: np.ndarray  # (estates,) last search that saw an estate
    estate_sum: np.ndarray  # (estates, 2) sum of keys, number


@njit(cache=True)
def sort_positions(pair, count):
    """Order of the positions by key: heap sort, without memory of its own."""
    order, key = pair.order, pair.key
    for position in range(count):
        order[position] = position
    for last in range(count // 2 - 1 + count, 0, -1):
        if last >= count:
            root, size = last - count, count
        else:
            order[0], order[last] = order[last], order[0]
            root, size = 0, last
        while True:
            child = 2 * root + 1
            if child >= size:
                break
            if child + 1 < size and key[order[child + 1]] > key[order[child]]:
                child += 1
            if key[order[root]] >= key[order[child]]:
                break
            order[root], order[child] = order[child], order[root]
            root = child


@njit(cache=True)
def direct(town, state, pair, count):
    """Keys along a random direction; half of the times units are drawn towards the middle of their estate."""
    angle = 6.283185307179586 * uniform(state.chance)
    cos, sin = math.cos(angle), math.sin(angle)
    together = max(0.0, 2.0 * uniform(state.chance) - 1.0) if below(state.chance, 4) > 0 else 1.0
    turn = next_mark(state.chance)
    for position in range(count):
        unit = pair.unit[position]
        pair.key[position] = cos * town.x[unit] + sin * town.y[unit]
        estate = town.estate[unit]
        if estate >= 0:
            if pair.estate_seen[estate] != turn:
                pair.estate_seen[estate] = turn
                pair.estate_sum[estate, 0] = 0.0
                pair.estate_sum[estate, 1] = 0.0
            pair.estate_sum[estate, 0] += pair.key[position]
            pair.estate_sum[estate, 1] += 1.0
    for position in range(count):
        estate = town.estate[pair.unit[position]]
        if estate >= 0:
            middle = pair.estate_sum[estate, 0] / pair.estate_sum[estate, 1]
            pair.key[position] += together * (middle - pair.key[position]) * 0.999


@njit(cache=True)
def start_sweep(town, state, pair, seen, count, sums):
    """Everything on the high side: sums = load, area, perimeter of the low side, then of the high side.

    Returns the number of estates in the pair.
    """
    sums[:] = 0.0
    estates = 0
    turn = next_mark(state.chance)
    for position in range(count):
        unit = pair.unit[position]
        pair.fresh[position] = 1
        sums[3] += town.load[unit]
        sums[4] += town.area[unit]
        sums[5] += town.perimeter[unit]
        for edge in range(town.start[unit], town.start[unit + 1]):
            if state.mark[town.other[edge]] == seen:
                sums[5] -= town.border[edge]
        estate = town.estate[unit]
        if estate >= 0:
            if pair.estate_seen[estate] != turn:
                pair.estate_seen[estate] = turn
                pair.estate_units[estate, 0] = 0
                pair.estate_units[estate, 1] = 0
                estates += 1
            pair.estate_units[estate, 1] += 1
    return estates


@njit(cache=True)
def pass_unit(town, state, pair, seen, position, sums, prices):
    """Bring one unit to the low side; returns the change of ties cut and pieces."""
    unit = pair.unit[position]
    with_low, with_high, change = 0.0, 0.0, 0.0
    for edge in range(town.start[unit], town.start[unit + 1]):
        there = town.other[edge]
        if state.mark[there] == seen:
            if pair.fresh[state.place[there]] == 0:
                with_low += town.border[edge]
                change -= town.tie[edge]
            else:
                with_high += town.border[edge]
                change += town.tie[edge]
    pair.fresh[position] = 0
    sums[0] += town.load[unit]
    sums[1] += town.area[unit]
    sums[2] += town.perimeter[unit] - 2.0 * with_low
    sums[3] -= town.load[unit]
    sums[4] -= town.area[unit]
    sums[5] += 2.0 * with_high - town.perimeter[unit]
    estate = town.estate[unit]
    if estate >= 0:
        if pair.estate_units[estate, 0] == 0:
            change += prices.piece
        pair.estate_units[estate, 0] += 1
        pair.estate_units[estate, 1] -= 1
        if pair.estate_units[estate, 1] == 0:
            change -= prices.piece
    return change


@njit(cache=True)
def sweep_cut(town, state, pair, seen, count, prices, room):
    """Propose the cheapest prefix in a random direction in pair.fresh. Returns its cost, infinite if none is balanced enough."""
    direct(town, state, pair, count)
    sort_positions(pair, count)
    sums = np.zeros(6)
    pieces = start_sweep(town, state, pair, seen, count, sums) * prices.piece
    best, best_length, cut = np.inf, 0, 0.0
    for step in range(count - 1):
        cut += pass_unit(town, state, pair, seen, pair.order[step], sums, prices)
        if abs(sums[0] - 1.0) > room or abs(sums[3] - 1.0) > room:
            continue
        cost = cut + grid_cost(sums[0], sums[1], sums[2], prices) + grid_cost(sums[3], sums[4], sums[5], prices)
        if cost < best:
            best, best_length = cost, step + 1
    for step in range(count):
        pair.fresh[pair.order[step]] = 0 if step < best_length else 1
    return best + pieces


@njit(cache=True)
def root_of(parent, position):
    """Representative of a set, with path halving."""
    while parent[position] != position:
        parent[position] = parent[parent[position]]
        position = parent[position]
    return position


@njit(cache=True)
def collect_links(town, state, pair, seen, count):
    """The edges inside the pair: those that should be joined first in front (same estate, then strong, then weak)."""
    total = 0
    loose = below(state.chance, 4) == 0
    for wanted in range(2):
        first = total
        for position in range(count):
            unit = pair.unit[position]
            for edge in range(town.start[unit], town.start[unit + 1]):
                there = town.other[edge]
                if state.mark[there] != seen or state.place[there] <= position:
                    continue
                together = town.estate[unit] >= 0 and town.estate[unit] == town.estate[there]
                rank = 0 if together or loose else 1
                if rank == wanted:
                    pair.link[total, 0] = position
                    pair.link[total, 1] = state.place[there]
                    total += 1
        for index in range(total - 1, first, -1):
            swap = first + below(state.chance, index - first + 1)
            for end in range(2):
                pair.link[index, end], pair.link[swap, end] = pair.link[swap, end], pair.link[index, end]
    return total


@njit(cache=True)
def grow_tree(town, state, pair, seen, count):
    """A random spanning tree: its links come to the front of pair.link; returns their number."""
    total = collect_links(town, state, pair, seen, count)
    for position in range(count):
        pair.parent[position] = position
    taken = 0
    for index in range(total):
        low, high = root_of(pair.parent, pair.link[index, 0]), root_of(pair.parent, pair.link[index, 1])
        if low != high:
            pair.parent[low] = high
            pair.link[taken, 0], pair.link[taken, 1] = pair.link[index, 0], pair.link[index, 1]
            taken += 1
    return taken


@njit(cache=True)
def hang_tree(town, state, pair, taken, count):
    """Turn the links of the tree into parents and an order from the root down; sums of the load below each position."""
    for position in range(count):
        pair.first[position] = -1
    for index in range(2 * taken):
        here = pair.link[index >> 1, index & 1]
        pair.after[index] = pair.first[here]
        pair.first[here] = index
    root = below(state.chance, count)
    pair.order[0] = root
    pair.parent[root] = -1
    head, tail = 0, 1
    while head < tail:
        here = pair.order[head]
        head += 1
        index = pair.first[here]
        while index >= 0:
            there = pair.link[index >> 1, 1 - (index & 1)]
            if there != pair.parent[here]:
                pair.parent[there] = here
                pair.order[tail] = there
                tail += 1
            index = pair.after[index]
    for position in range(count):
        pair.below[position] = town.load[pair.unit[position]]
    for step in range(count - 1, 0, -1):
        here = pair.order[step]
        pair.below[pair.parent[here]] += pair.below[here]


@njit(cache=True)
def tree_cut(town, state, pair, seen, count, room):
    """Propose a random one of the balanced cuts of a random spanning tree in pair.fresh. Returns whether there is one."""
    hang_tree(town, state, pair, grow_tree(town, state, pair, seen, count), count)
    whole = pair.below[pair.order[0]]
    chosen, found = -1, 0
    for step in range(1, count):
        load = pair.below[pair.order[step]]
        if abs(load - 1.0) <= room and abs(whole - load - 1.0) <= room:
            found += 1
            if below(state.chance, found) == 0:
                chosen = pair.order[step]
    if chosen < 0:
        return False
    for step in range(count):
        here = pair.order[step]
        above = pair.parent[here]
        pair.fresh[here] = 0 if here == chosen or (above >= 0 and pair.fresh[above] == 0) else 1
    return True
