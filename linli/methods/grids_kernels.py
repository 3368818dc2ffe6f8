"""The inner loops of drawing grids: what a division costs, and moving single units to a neighbouring grid.

Principle: simulated annealing on one cost. A state holds, for each grid, its load, area, perimeter and number of units, and for
each estate the grids in which it has units ("pieces"), so that a move is judged in time proportional to the neighbours of the
unit. A move is made only when the grid that loses the unit stays in one piece, which a search inside that grid decides.

Sizes: n units, m directed edges, k grids. Memory O(n + m + k). Nothing here is checked: `grids.divide` does that.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

WINDOW, SLIDES = 4096, 4  # units looked at together; how often the window goes over all of them


class Town(NamedTuple):
    """What does not change during the search. Loads in units of the mean load of a grid (so 1.0 is a perfect grid)."""

    start: np.ndarray  # (n + 1,) first edge of each unit
    other: np.ndarray  # (m,) unit at the other end
    tie: np.ndarray  # (m,) cost of cutting this edge
    border: np.ndarray  # (m,) metres of common boundary
    load: np.ndarray  # (n,)
    area: np.ndarray  # (n,) square metres
    perimeter: np.ndarray  # (n,) metres
    x: np.ndarray  # (n,) metres
    y: np.ndarray
    estate: np.ndarray  # (n,) 0 … estates - 1, or -1
    slot: np.ndarray  # (estates + 1,) first slot of each estate
    before: np.ndarray  # (n,) grid in the previous division, or -1
    homes: np.ndarray  # (n,) cost of giving the unit to another grid than before


class Prices(NamedTuple):
    """What the one cost adds up."""

    tolerance: float  # deviation of the load that is nearly free
    slope: float  # price of deviation inside the tolerance
    excess: float  # price of deviation beyond it
    shape: float  # price of a grid's perimeter over that of a circle
    piece: float  # price of a piece of an estate
    sweeps: float  # share of the cuts through pairs that are sweeps; the others are trees


class State(NamedTuple):
    """A division and its sums; arrays that the kernels change in place."""

    label: np.ndarray  # (n,)
    load: np.ndarray  # (k,)
    area: np.ndarray  # (k,)
    perimeter: np.ndarray  # (k,)
    units: np.ndarray  # (k,) number of units
    piece_grid: np.ndarray  # (slots,) grids in which an estate has units …
    piece_units: np.ndarray  # … and how many
    pieces: np.ndarray  # (estates,) how many slots are in use
    mark: np.ndarray  # (n,) last search that saw the unit
    place: np.ndarray  # (n,) scratch: position of a unit in the merged pair
    queue: np.ndarray  # (n,) scratch
    chance: np.ndarray  # (2,) random state; number of the last search


@njit(cache=True)
def random_bits(chance):
    """The next 64 random bits (xorshift64*, Vigna 2016)."""
    word = chance[0]
    word ^= word >> np.uint64(12)
    word ^= word << np.uint64(25)
    word ^= word >> np.uint64(27)
    chance[0] = word
    return word * np.uint64(2685821657736338717)


@njit(cache=True)
def uniform(chance):
    """A random number from 0 up to 1."""
    return float(random_bits(chance) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def below(chance, count):
    """A random integer from 0 to count - 1."""
    return int(uniform(chance) * count)


@njit(cache=True)
def next_mark(chance):
    """A number no search has used."""
    chance[1] += np.uint64(1)
    return np.int64(chance[1])


@njit(cache=True)
def grid_cost(load, area, perimeter, prices):
    """Balance and shape of one grid."""
    deviation = abs(load - 1.0)
    cost = prices.slope * deviation * deviation
    if deviation > prices.tolerance:
        over = (deviation - prices.tolerance) * 100.0
        cost += prices.excess * (over * over + over)
    if area > 0.0:
        cost += prices.shape * perimeter / math.sqrt(12.566370614359172 * area)
    return cost


@njit(cache=True)
def piece_slot(town, state, estate, grid):
    """Slot of an estate's piece in a grid, -1 when it has none there."""
    first = town.slot[estate]
    for slot in range(first, first + state.pieces[estate]):
        if state.piece_grid[slot] == grid:
            return slot
    return -1


@njit(cache=True)
def add_piece(town, state, estate, grid):
    """One more unit of an estate in a grid."""
    slot = piece_slot(town, state, estate, grid)
    if slot < 0:
        slot = town.slot[estate] + state.pieces[estate]
        state.piece_grid[slot] = grid
        state.piece_units[slot] = 0
        state.pieces[estate] += 1
    state.piece_units[slot] += 1


@njit(cache=True)
def drop_piece(town, state, estate, grid):
    """One unit of an estate fewer in a grid; the last slot fills the gap of an ended piece."""
    slot = piece_slot(town, state, estate, grid)
    state.piece_units[slot] -= 1
    if state.piece_units[slot] == 0:
        state.pieces[estate] -= 1
        last = town.slot[estate] + state.pieces[estate]
        state.piece_grid[slot] = state.piece_grid[last]
        state.piece_units[slot] = state.piece_units[last]


@njit(cache=True)
def fill_state(town, state):
    """Sum everything from the labels. O(n + m)."""
    state.load[:] = 0.0
    state.area[:] = 0.0
    state.perimeter[:] = 0.0
    state.units[:] = 0
    state.pieces[:] = 0
    for unit in range(len(state.label)):
        grid = state.label[unit]
        state.load[grid] += town.load[unit]
        state.area[grid] += town.area[unit]
        state.perimeter[grid] += town.perimeter[unit]
        state.units[grid] += 1
        for edge in range(town.start[unit], town.start[unit + 1]):
            if state.label[town.other[edge]] == grid:
                state.perimeter[grid] -= town.border[edge]
        if town.estate[unit] >= 0:
            add_piece(town, state, town.estate[unit], grid)


@njit(cache=True)
def total_cost(town, state, prices):
    """The cost of the whole division. O(n + m)."""
    cost = 0.0
    for grid in range(len(state.load)):
        cost += grid_cost(state.load[grid], state.area[grid], state.perimeter[grid], prices)
    for estate in range(len(state.pieces)):
        cost += prices.piece * state.pieces[estate]
    for unit in range(len(state.label)):
        if town.before[unit] >= 0 and town.before[unit] != state.label[unit]:
            cost += town.homes[unit]
        for edge in range(town.start[unit], town.start[unit + 1]):
            if state.label[town.other[edge]] != state.label[unit]:
                cost += 0.5 * town.tie[edge]
    return cost


@njit(cache=True)
def stays_whole(town, state, unit):
    """Whether the grid of a unit stays in one piece without it. Searches that grid only, and stops when all is reached."""
    grid = state.label[unit]
    seen = next_mark(state.chance)
    wanted = 0
    first = -1
    for edge in range(town.start[unit], town.start[unit + 1]):
        neighbour = town.other[edge]
        if state.label[neighbour] == grid and neighbour != unit:
            wanted += 1
            first = neighbour
            state.place[neighbour] = -1 - seen  # a neighbour that must be reached
    if wanted <= 1:
        return wanted == 1
    state.mark[unit] = seen
    state.mark[first] = seen
    state.queue[0] = first
    head, tail, found = 0, 1, 1
    while head < tail:
        here = state.queue[head]
        head += 1
        for edge in range(town.start[here], town.start[here + 1]):
            there = town.other[edge]
            if state.label[there] == grid and state.mark[there] != seen:
                state.mark[there] = seen
                if state.place[there] == -1 - seen:
                    found += 1
                    if found == wanted:
                        return True
                state.queue[tail] = there
                tail += 1
    return False


@njit(cache=True)
def move_price(town, state, unit, to, prices):
    """Change of the cost when a unit goes to another grid. O(neighbours)."""
    grid = state.label[unit]
    change, with_own, with_new = 0.0, 0.0, 0.0
    for edge in range(town.start[unit], town.start[unit + 1]):
        label = state.label[town.other[edge]]
        if label == grid:
            change += town.tie[edge]
            with_own += town.border[edge]
        elif label == to:
            change -= town.tie[edge]
            with_new += town.border[edge]
    load, area, edge_length = town.load[unit], town.area[unit], town.perimeter[unit]
    change += grid_cost(
        state.load[grid] - load, state.area[grid] - area, state.perimeter[grid] - edge_length + 2.0 * with_own, prices
    ) - grid_cost(state.load[grid], state.area[grid], state.perimeter[grid], prices)
    change += grid_cost(
        state.load[to] + load, state.area[to] + area, state.perimeter[to] + edge_length - 2.0 * with_new, prices
    ) - grid_cost(state.load[to], state.area[to], state.perimeter[to], prices)
    estate = town.estate[unit]
    if estate >= 0:
        if piece_slot(town, state, estate, to) < 0:
            change += prices.piece
        if state.piece_units[piece_slot(town, state, estate, grid)] == 1:
            change -= prices.piece
    if town.before[unit] >= 0:
        change += town.homes[unit] * ((town.before[unit] != to) - (town.before[unit] != grid))
    return change


@njit(cache=True)
def move_unit(town, state, unit, to):
    """Give a unit to another grid and keep all sums right. O(neighbours)."""
    grid = state.label[unit]
    with_own, with_new = 0.0, 0.0
    for edge in range(town.start[unit], town.start[unit + 1]):
        label = state.label[town.other[edge]]
        if label == grid:
            with_own += town.border[edge]
        elif label == to:
            with_new += town.border[edge]
    state.load[grid] -= town.load[unit]
    state.load[to] += town.load[unit]
    state.area[grid] -= town.area[unit]
    state.area[to] += town.area[unit]
    state.perimeter[grid] += 2.0 * with_own - town.perimeter[unit]
    state.perimeter[to] += town.perimeter[unit] - 2.0 * with_new
    state.units[grid] -= 1
    state.units[to] += 1
    state.label[unit] = to
    if town.estate[unit] >= 0:
        drop_piece(town, state, town.estate[unit], grid)
        add_piece(town, state, town.estate[unit], to)


@njit(cache=True)
def other_grid(town, state, unit):
    """A random neighbouring grid of a unit (by a random neighbour), -1 when that neighbour is in the same grid."""
    degree = town.start[unit + 1] - town.start[unit]
    if degree == 0:
        return -1
    to = state.label[town.other[town.start[unit] + below(state.chance, degree)]]
    return to if to != state.label[unit] else -1


@njit(cache=True)
def unit_near(state, attempt, attempts):
    """A random unit out of a window that slides over all units during the attempts: what is near stays in the cache."""
    count = len(state.label)
    unit = int(attempt * SLIDES % attempts / attempts * count) + below(state.chance, min(count, WINDOW))
    return unit if unit < count else unit - count


@njit(cache=True)
def anneal_units(town, state, prices, heat, attempts):
    """Try random single-unit moves at one temperature. O(attempts × neighbours); returns how many were made."""
    made = 0
    for attempt in range(attempts):
        unit = unit_near(state, attempt, attempts)
        to = other_grid(town, state, unit)
        if to < 0 or state.units[state.label[unit]] < 2:
            continue
        change = move_price(town, state, unit, to, prices)
        if change > 0.0 and (heat <= 0.0 or uniform(state.chance) >= math.exp(-change / heat)):
            continue
        if stays_whole(town, state, unit):
            move_unit(town, state, unit, to)
            made += 1
    return made
