"""Merging two neighbouring grids and cutting them again: the large steps of the search (see `grids_cuts` for the cuts).

A proposal is judged by the cost of the pair alone, since nothing else changes, and is taken as annealing says.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np
from numba import njit

from linli.methods.grids_cuts import sweep_cut, tree_cut
from linli.methods.grids_kernels import below, grid_cost, move_unit, next_mark, uniform, unit_near

HOPELESS = 6.0  # a cut dearer than the old one by so many times the heat is not looked at any further


@njit(cache=True)
def gather(town, state, pair, first_unit, second_unit):
    """Collect the units of the grids of two units; state.place says where each stands. Returns (mark, number of units)."""
    seen = next_mark(state.chance)
    tail = 0
    for turn in range(2):
        root = first_unit if turn == 0 else second_unit
        grid = state.label[root]
        head = tail
        pair.unit[tail] = root
        state.mark[root] = seen
        state.place[root] = tail
        pair.side[tail] = turn
        tail += 1
        while head < tail:
            here = pair.unit[head]
            head += 1
            for edge in range(town.start[here], town.start[here + 1]):
                there = town.other[edge]
                if state.label[there] == grid and state.mark[there] != seen:
                    state.mark[there] = seen
                    state.place[there] = tail
                    pair.unit[tail] = there
                    pair.side[tail] = turn
                    tail += 1
    return seen, tail


@njit(cache=True)
def pair_cost(town, state, pair, side, seen, count, first, second, prices):
    """What the pair costs when cut like `side`; first and second are the grids of side 0 and 1. O(edges of the pair)."""
    sums = np.zeros((2, 3))
    cost = 0.0
    turn = next_mark(state.chance)
    for position in range(count):
        unit = pair.unit[position]
        mine = side[position]
        sums[mine, 0] += town.load[unit]
        sums[mine, 1] += town.area[unit]
        sums[mine, 2] += town.perimeter[unit]
        for edge in range(town.start[unit], town.start[unit + 1]):
            there = town.other[edge]
            if state.mark[there] == seen:
                if side[state.place[there]] == mine:
                    sums[mine, 2] -= town.border[edge]
                else:
                    cost += 0.5 * town.tie[edge]
        estate = town.estate[unit]
        if estate >= 0:
            if pair.estate_seen[estate] != turn:
                pair.estate_seen[estate] = turn
                pair.estate_units[estate, 0] = 0
                pair.estate_units[estate, 1] = 0
            if pair.estate_units[estate, mine] == 0:
                cost += prices.piece
            pair.estate_units[estate, mine] += 1
        if town.before[unit] >= 0 and town.before[unit] != (first if mine == 0 else second):
            cost += town.homes[unit]
    for mine in range(2):
        cost += grid_cost(sums[mine, 0], sums[mine, 1], sums[mine, 2], prices)
    return cost


@njit(cache=True)
def join_loose(town, state, pair, seen, count):
    """Give every part of a side but its largest to the other side; both are in one piece after that."""
    for wanted in range(2):
        for position in range(count):
            pair.parent[position] = -1
        best, best_size = -1, 0
        for root in range(count):
            if pair.fresh[root] != wanted or pair.parent[root] >= 0:
                continue
            state.queue[0] = root
            pair.parent[root] = root
            head, tail = 0, 1
            while head < tail:
                unit = pair.unit[state.queue[head]]
                head += 1
                for edge in range(town.start[unit], town.start[unit + 1]):
                    if state.mark[town.other[edge]] == seen:
                        place = state.place[town.other[edge]]
                        if pair.fresh[place] == wanted and pair.parent[place] < 0:
                            pair.parent[place] = root
                            state.queue[tail] = place
                            tail += 1
            if tail > best_size:
                best, best_size = root, tail
        for position in range(count):
            if pair.fresh[position] == wanted and pair.parent[position] != best:
                pair.fresh[position] = 1 - wanted


@njit(cache=True)
def recut(town, state, pair, prices, heat, unit, neighbour):
    """Merge the grids of two units and take a new cut if it is cheap enough. Returns whether the division changed."""
    seen, count = gather(town, state, pair, unit, neighbour)
    first, second = state.label[unit], state.label[neighbour]
    whole = state.load[first] + state.load[second]
    room = max(0.5 * abs(whole - 2.0) + 0.04, min(0.15, max(abs(state.load[first] - 1.0), abs(state.load[second] - 1.0))))
    old = pair_cost(town, state, pair, pair.side, seen, count, first, second, prices)
    if uniform(state.chance) < prices.sweeps:
        price = sweep_cut(town, state, pair, seen, count, prices, room)
        if price > old + HOPELESS * heat and town.before[unit] < 0:
            return False
        found = price < math.inf
    else:
        found = tree_cut(town, state, pair, seen, count, room)
    if not found:
        return False
    join_loose(town, state, pair, seen, count)
    new = pair_cost(town, state, pair, pair.fresh, seen, count, first, second, prices)
    turned = pair_cost(town, state, pair, pair.fresh, seen, count, second, first, prices) if town.before[unit] >= 0 else new
    if turned < new:
        first, second, new = second, first, turned
    if new >= old and (heat <= 0.0 or uniform(state.chance) >= math.exp((old - new) / heat)):
        return False
    for position in range(count):
        to = first if pair.fresh[position] == 0 else second
        if state.label[pair.unit[position]] != to:
            move_unit(town, state, pair.unit[position], to)
    return True


@njit(cache=True)
def anneal_pairs(town, state, pair, prices, heat, attempts):
    """Try to cut random pairs of neighbouring grids anew at one temperature; returns how many cuts were taken."""
    made = 0
    for attempt in range(attempts):
        unit = unit_near(state, attempt, attempts)
        degree = town.start[unit + 1] - town.start[unit]
        if degree == 0:
            continue
        neighbour = town.other[town.start[unit] + below(state.chance, degree)]
        if state.label[neighbour] != state.label[unit]:
            made += recut(town, state, pair, prices, heat, unit, neighbour)
    return made
