"""A first division: contiguous, roughly equal and roughly round, by halving again and again.

A set of units that is to become several grids is swept by a line in several directions; where half of the load is passed, it
is cut. Parts that this leaves without connection to their half go to the other half (which they must touch, because the whole
was connected), so both halves are in one piece. The cut that is cheapest is kept. O(directions × m log n log k).
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np
from numba import njit

DIRECTIONS = 6


@njit(cache=True)
def largest_part(start, other, side, wanted, members, first, end, mark, seen, queue):
    """Marks the largest connected part of the members on one side with `seen`. Returns the next unused mark."""
    best, best_size, stamp = -1, -1, seen
    for index in range(first, end):
        unit = members[index]
        if side[unit] != wanted or mark[unit] >= seen:
            continue
        stamp += 1
        mark[unit] = stamp
        queue[0] = unit
        head, tail = 0, 1
        while head < tail:
            here = queue[head]
            head += 1
            for edge in range(start[here], start[here + 1]):
                there = other[edge]
                if side[there] == wanted and mark[there] < seen:
                    mark[there] = stamp
                    queue[tail] = there
                    tail += 1
        if tail > best_size:
            best, best_size = stamp, tail
    for index in range(first, end):
        unit = members[index]
        if side[unit] == wanted and mark[unit] != best:
            side[unit] = 1 - wanted
    return stamp + 1


@njit(cache=True)
def sweep(town, members, first, end, angle, share, side):
    """Put the members of the lower part of a direction on side 0 until they carry their share, the others on side 1."""
    count = end - first
    keys = np.empty(count)
    total = 0.0
    for index in range(count):
        unit = members[first + index]
        keys[index] = math.cos(angle) * town.x[unit] + math.sin(angle) * town.y[unit]
        total += town.load[unit]
    order = np.argsort(keys, kind="mergesort")
    passed = 0.0
    for index in range(count):
        unit = members[first + order[index]]
        side[unit] = 0 if passed + 0.5 * town.load[unit] < share * total else 1
        passed += town.load[unit]
    side[members[first + order[0]]] = 0
    side[members[first + order[count - 1]]] = 1


@njit(cache=True)
def judge(town, members, first, end, side, parts):
    """Cost of a cut in two, and how many grids side 0 should get. Deviation of both sides from whole grids counts."""
    low, high, cut = 0.0, 0.0, 0.0
    low_units = 0
    for index in range(first, end):
        unit = members[index]
        if side[unit] == 0:
            low += town.load[unit]
            low_units += 1
        else:
            high += town.load[unit]
        for edge in range(town.start[unit], town.start[unit + 1]):
            there = town.other[edge]
            if side[there] >= 0 and side[there] != side[unit]:
                cut += 0.5 * town.tie[edge] + 1e-3 * town.border[edge]
    whole = low + high
    wanted = round(parts * low / whole) if whole > 0.0 else parts // 2
    least, most = max(1, parts - (end - first - low_units)), min(low_units, parts - 1)
    wanted = min(max(wanted, least), most)
    off = abs(low * parts / max(whole, 1e-300) - wanted) / min(wanted, parts - wanted)
    return cut * (1.0 + 8.0 * off) + 40.0 * off, wanted


@njit(cache=True)
def halve(town, members, first, end, parts, turn, side, best_side, mark, seen, queue):
    """The cheapest of several cuts of members[first:end]; answers grids of the first half and the next unused mark."""
    best, wanted = np.inf, 0
    share = (parts // 2) / parts
    for direction in range(DIRECTIONS):
        sweep(town, members, first, end, turn + math.pi * direction / DIRECTIONS, share, side)
        seen = largest_part(town.start, town.other, side, 0, members, first, end, mark, seen, queue)
        seen = largest_part(town.start, town.other, side, 1, members, first, end, mark, seen, queue)
        cost, grids = judge(town, members, first, end, side, parts)
        if cost < best:
            best, wanted = cost, grids
            for index in range(first, end):
                best_side[members[index]] = side[members[index]]
    for index in range(first, end):
        side[members[index]] = -1
    return wanted, seen


@njit(cache=True)
def bisect(town, members, first, end, parts, label_from, turn, label):
    """Divide the connected set members[first:end] into `parts` connected grids numbered from `label_from`, in place."""
    count = len(label)
    side = np.full(count, -1, np.int8)
    best_side = np.zeros(count, np.int8)
    mark = np.zeros(count, np.int64)
    queue = np.empty(count, np.int64)
    seen = 1
    todo = [(first, end, parts, label_from)]
    while len(todo) > 0:
        low, high, grids, base = todo.pop()
        if grids == 1:
            for index in range(low, high):
                label[members[index]] = base
            continue
        wanted, seen = halve(town, members, low, high, grids, turn, side, best_side, mark, seen, queue)
        middle = low
        for index in range(low, high):
            unit = members[index]
            if best_side[unit] == 0:
                members[index] = members[middle]
                members[middle] = unit
                middle += 1
        todo.append((low, middle, wanted, base))
        todo.append((middle, high, grids - wanted, base + wanted))
