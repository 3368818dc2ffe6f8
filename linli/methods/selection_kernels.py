"""The compiled inner loops of `selection`: money in grains (the currency times a power of two), whole numbers in 64 bits.

A voter's true money differs from its grains by at most `error`. So a comparison that is farther apart than the errors reach
is certain; whatever is closer is left to the exact arithmetic of `selection_shares`. Nothing here decides a close call.
"""

from __future__ import annotations

import numpy as np
from numba import njit

UNSURE, NO, YES = 1, 0, 2
_DOWN, _UP = 1 - 1e-14, 1 + 1e-14  # what a handful of roundings of floats can do, with room


@njit(cache=True)
def rate_of(starts, voters, points, money, project, cost, error):  # type: ignore[no-untyped-def]
    """(can it be afforded, lowest possible rate, likely rate) of a project: what each point costs its supporters.

    Newton from below on the concave sum of min(money, rate × points): at most as many passes as voters change sides,
    three or four in practice. The lowest rate holds for any split of the supporters, so it needs no certainty.
    """
    first, last = starts[project], starts[project + 1]
    total, weight = 0, 0
    for at in range(first, last):
        total += money[voters[at]]
        weight += points[at]
    slack = error * (last - first)
    if weight == 0 or total + slack < cost:
        return NO, 0.0, 0.0
    rate, poor, poor_money = cost / weight, 0, 0
    while True:
        now_poor, now_money, rich_weight = 0, 0, 0
        for at in range(first, last):
            owned = money[voters[at]]
            if owned < rate * points[at]:
                now_poor += 1
                now_money += owned
            else:
                rich_weight += points[at]
        if now_poor == poor or rich_weight == 0:
            break
        poor, poor_money, weight = now_poor, now_money, rich_weight
        rate = max(rate, (cost - poor_money) / weight)
    lowest = max(0.0, (cost - poor_money - error * poor) / weight * _DOWN)
    is_sure = total - slack >= cost and rich_weight > 0
    return (YES if is_sure else UNSURE), lowest, rate


@njit(cache=True)
def highest_rate(starts, voters, points, money, project, cost, error, rate):  # type: ignore[no-untyped-def]
    """A rate at which the supporters certainly bring the cost together; infinite when none is found near."""
    step = max(rate * 1e-13, error * (1.0 + starts[project + 1] - starts[project]) / 4)
    for _turn in range(60):
        tried = (rate + step) * _DOWN
        brought = 0
        for at in range(starts[project], starts[project + 1]):
            sure = max(0, money[voters[at]] - error)
            asked = tried * points[at]
            brought += sure if asked >= sure else int(asked)
        if brought >= cost:
            return rate + step
        step *= 4
    return np.inf


@njit(cache=True)
def find_best(starts, voters, points, money, costs, gains, error, is_open, low, contenders):  # type: ignore[no-untyped-def]
    """Fill `contenders` with all projects that may have the lowest rate per gain; how many, and whether the one is certain.

    `low` are bounds from earlier rounds: money only shrinks, so rates only grow, and projects behind the best bound need
    not be looked at. Closes (in `is_open`) what nobody can afford any more.
    """
    order = np.argsort(low)
    best_high, seen = np.inf, 0
    looked_at = np.empty(len(low), np.int64)
    states = np.empty(len(low), np.int64)
    for project in order:
        if low[project] > best_high:
            break
        if not is_open[project]:
            continue
        state, lowest, rate = rate_of(starts, voters, points, money, project, costs[project], error)
        if state == NO:
            is_open[project] = False
            continue
        low[project] = max(low[project], lowest / gains[project] * _DOWN)
        looked_at[seen], states[seen] = project, state
        seen += 1
        if state == YES and rate / gains[project] < best_high:
            high = highest_rate(starts, voters, points, money, project, costs[project], error, rate)
            best_high = min(best_high, high / gains[project] * _UP)
    found, is_certain = 0, True
    for at in range(seen):
        if low[looked_at[at]] <= best_high:
            contenders[found] = looked_at[at]
            is_certain = is_certain and states[at] == YES
            found += 1
    return found, is_certain and found == 1


@njit(cache=True)
def count_paid(starts, projects, points, bought_at, ended_at, members, is_poor, counts):  # type: ignore[no-untyped-def]
    """Money of the poor, counted instead of added: how many of them have some, and how many points at each rate they paid."""
    counts[:] = 0
    owning = 0
    for at in range(len(members)):
        voter = members[at]
        if is_poor[at] and ended_at[voter] < 0:
            owning += 1
            for mark in range(starts[voter], starts[voter + 1]):
                turn = bought_at[projects[mark]]
                if turn >= 0 and points[mark] > 0:
                    counts[turn] += points[mark]
    return owning


@njit(cache=True)
def pay(members, points, is_poor, money, ended_at, rate, turn):  # type: ignore[no-untyped-def]
    """Take the money of one project: `rate` × points of the rich, everything of the poor."""
    for at in range(len(members)):
        voter = members[at]
        if is_poor[at]:
            money[voter] = 0
            if ended_at[voter] < 0:
                ended_at[voter] = turn
        else:
            money[voter] = max(0, money[voter] - rate * points[at])


@njit(cache=True)
def add_loads(starts, voters, loads, is_open, totals):  # type: ignore[no-untyped-def]
    """Sum of the loads of each open project's supporters."""
    for project in range(len(is_open)):
        if is_open[project]:
            total = 0
            for at in range(starts[project], starts[project + 1]):
                total += loads[voters[at]]
            totals[project] = total


def warm() -> None:
    """Compile everything here on an election of two voters."""
    starts, voters, points = np.array([0, 2]), np.array([0, 1], dtype=np.int32), np.ones(2, dtype=np.int64)
    money, low, chosen = np.full(2, 1 << 20), np.zeros(1), np.empty(1, dtype=np.int64)
    is_open, poor, nobody = np.ones(1, dtype=bool), np.zeros(2, dtype=bool), np.full(2, -1, dtype=np.int32)
    find_best(starts, voters, points, money, np.array([1 << 10]), np.ones(1), 1, is_open, low, chosen)
    bought = np.full(1, -1, dtype=np.int32)
    count_paid(
        np.array([0, 1, 2]), np.zeros(2, dtype=np.int32), points, bought, nobody, voters, poor, np.zeros(2, dtype=np.int64)
    )
    pay(voters, points, poor, money, nobody, 1 << 9, 0)
    add_loads(starts, voters, money, is_open, np.zeros(1, dtype=np.int64))
