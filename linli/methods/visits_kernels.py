"""Compiled loops of `visits`: take out a few strings of neighbouring visits, put them back better, many thousand times.

Routes are rows: order[w, :length[w]] visits; begin and latest are when the service there begins and may begin at the latest
without making any later stop late. So whether a visit fits between two stops is seen in constant time.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

NOWHERE = np.int64(-1)
LONGEST_STRING, MEAN_REMOVED, BLINK = 10, 10.0, 0.01


class Work(NamedTuple):
    """What is to be done. V visits, W workers; base of worker w is place V + w. Times in seconds of the day."""

    travel: Any  # int32[V + W, V + W]
    service: Any  # int64[V]
    opens: Any  # int64[V] service begins not before
    closes: Any  # int64[V] nor after
    missing: Any  # float64[V] price of not being visited
    leaving: Any  # float64[V] price of a visit by another than the own worker
    own: Any  # int64[V], −1: nobody's
    may: Any  # int64[V, K] workers who may come: the own one first, then the nearest; −1 behind the last
    rank: Any  # int64[V] 0 for urgent ones, which are put back first
    near: Any  # int64[V, N] other visits, nearest first; −1 behind the last
    shift: Any  # int64[W, 2] begin and end


class Routes(NamedTuple):
    """Who goes where when."""

    order: Any  # int64[W, L]
    begin: Any  # int64[W, L]
    latest: Any  # int64[W, L]
    length: Any  # int64[W]
    worker: Any  # int64[V], NOWHERE when missed
    cost: Any  # float64[W] travel and prices of leaving
    idle: Any  # int64[W] seconds of the shift without travel and service


@njit(cache=True)
def retime(work, routes, w):
    """Times and cost of a route anew. O(stops)."""
    visits, stops = len(work.service), routes.length[w]
    now, at, cost, idle = work.shift[w, 0], visits + w, 0.0, work.shift[w, 1] - work.shift[w, 0]
    for index in range(stops):
        visit = routes.order[w, index]
        leg = work.travel[at, visit]
        routes.begin[w, index] = max(now + leg, work.opens[visit])
        now, at = routes.begin[w, index] + work.service[visit], visit
        cost += leg
        idle -= leg + work.service[visit]
        if work.own[visit] != w:
            cost += work.leaving[visit]
    leg = work.travel[at, visits + w]
    routes.cost[w], routes.idle[w] = cost + leg, idle - leg
    limit, at = work.shift[w, 1], visits + w
    for index in range(stops - 1, -1, -1):
        visit = routes.order[w, index]
        limit = min(limit - work.travel[visit, at] - work.service[visit], work.closes[visit])
        routes.latest[w, index], at = limit, visit


@njit(cache=True)
def best_place(work, routes, visit, w, bound, blink):
    """Where in a route a visit fits at the least detour below `bound`: (detour, index), index −1 for nowhere."""
    visits, stops, found = len(work.service), routes.length[w], -1
    travel, base = work.travel, visits + w
    spare = routes.idle[w] - work.service[visit]
    if spare < 0 or stops >= routes.order.shape[1]:
        return bound, found
    bound = min(bound, spare + 1.0)
    ready, before = work.shift[w, 0], base
    for index in range(stops + 1):
        after = base if index == stops else routes.order[w, index]
        detour = float(travel[before, visit] + travel[visit, after] - travel[before, after])
        if detour < bound and (blink == 0.0 or np.random.random() >= blink):
            start = max(ready + travel[before, visit], work.opens[visit])
            limit = work.shift[w, 1] if index == stops else routes.latest[w, index]
            if start <= work.closes[visit] and start + work.service[visit] + travel[visit, after] <= limit:
                bound, found = detour, index
        if index < stops:
            ready, before = routes.begin[w, index] + work.service[after], after
            if ready > work.closes[visit]:
                break
    return bound, found


@njit(cache=True)
def put(work, routes, visit, w, index):
    for place in range(routes.length[w], index, -1):
        routes.order[w, place] = routes.order[w, place - 1]
    routes.order[w, index] = visit
    routes.length[w] += 1
    routes.worker[visit] = w
    retime(work, routes, w)


class Bank(NamedTuple):
    """Visits that are in no route."""

    visits: Any  # int64[V]
    size: Any  # int64[1]
    is_fresh: Any  # bool[V], taken out in this round
    key: Any  # float64[V]


@njit(cache=True)
def take_string(work, routes, w, first, count, bank):
    """Move visits first : first + count of a route to the end of the bank."""
    for index in range(first, first + count):
        visit = routes.order[w, index]
        bank.visits[bank.size[0]] = visit
        bank.size[0] += 1
        bank.is_fresh[visit] = True
        routes.worker[visit] = NOWHERE
    for index in range(first, routes.length[w] - count):
        routes.order[w, index] = routes.order[w, index + count]
    routes.length[w] -= count
    retime(work, routes, w)


@njit(cache=True)
def place_best(work, routes, visit, touched, only_touched, blink):
    """Put a visit where it costs least, the own worker first; the worker, or NOWHERE when it fits nobody.

    `only_touched`: look at routes that changed only (for visits that did not fit before).
    """
    best, at, worker = work.missing[visit], -1, NOWHERE
    for option in range(work.may.shape[1]):
        w = work.may[visit, option]
        if w < 0:
            break
        extra = 0.0 if w == work.own[visit] else work.leaving[visit]
        if best <= extra or (only_touched and not touched[w]):
            continue
        detour, index = best_place(work, routes, visit, w, best - extra, blink)
        if index >= 0:
            best, at, worker = detour + extra, index, w
    if worker >= 0:
        put(work, routes, visit, worker, at)
    return worker


@njit(cache=True)
def remember(routes, kept, w):
    """Copy one route from `routes` to `kept`."""
    stops = routes.length[w]
    kept.length[w], kept.cost[w], kept.idle[w] = stops, routes.cost[w], routes.idle[w]
    for index in range(stops):
        visit = routes.order[w, index]
        kept.order[w, index], kept.begin[w, index], kept.latest[w, index] = visit, routes.begin[w, index], routes.latest[w, index]
        kept.worker[visit] = w


@njit(cache=True)
def ruin(work, routes, touched, bank):
    """Take a few strings of visits near a random one out of their routes."""
    strings = 1 + int(np.random.random() * (2 * MEAN_REMOVED / (1 + LONGEST_STRING) + 1))
    centre = np.random.randint(len(work.service))
    for index in range(-1, work.near.shape[1]):
        visit = centre if index < 0 else work.near[centre, index]
        if visit < 0 or strings == 0:
            break
        w = routes.worker[visit]
        if w < 0 or touched[w]:
            continue
        stops, place = routes.length[w], 0
        while routes.order[w, place] != visit:
            place += 1
        count = 1 + np.random.randint(min(LONGEST_STRING, stops))
        earliest = max(0, place - count + 1)
        first = earliest + np.random.randint(min(place, stops - count) - earliest + 1)
        touched[w] = True
        take_string(work, routes, w, first, count, bank)
        strings -= 1


@njit(cache=True)
def sort_bank(work, bank):
    """Order in which the bank is put back: urgent ones first, then at random, or long, far, near, narrow or short ones first."""
    way, key, order = np.random.randint(10), bank.key, bank.visits
    for index in range(bank.size[0]):
        visit = order[index]
        to_base = float(work.travel[len(work.service) + max(work.own[visit], 0), visit])
        if way < 4:
            value = np.random.random()
        elif way < 6:
            value = -float(work.service[visit])
        elif way < 8:
            value = -to_base if way == 6 else to_base
        else:
            value = float(work.closes[visit] - work.opens[visit]) if way == 8 else float(work.service[visit])
        value += 1e7 * work.rank[visit]
        place = index
        while place > 0 and key[place - 1] > value:
            order[place], key[place] = order[place - 1], key[place - 1]
            place -= 1
        order[place], key[place] = visit, value


@njit(cache=True)
def recreate(work, routes, touched, bank, blink):
    """Put the bank back as far as it fits."""
    sort_bank(work, bank)
    size, bank.size[0] = bank.size[0], 0
    for index in range(size):
        visit = bank.visits[index]
        worker = place_best(work, routes, visit, touched, not bank.is_fresh[visit], blink)
        bank.is_fresh[visit] = False
        if worker < 0:
            bank.visits[bank.size[0]] = visit
            bank.size[0] += 1
        else:
            touched[worker] = True


@njit(cache=True)
def copy_bank(bank, kept, routes):
    """Copy the bank; its visits are nowhere in `routes`."""
    kept.size[0] = bank.size[0]
    for index in range(bank.size[0]):
        kept.visits[index] = bank.visits[index]
        routes.worker[bank.visits[index]] = NOWHERE


@njit(cache=True)
def price_of(work, bank):
    total = 0.0
    for index in range(bank.size[0]):
        total += work.missing[bank.visits[index]]
    return total


@njit(cache=True)
def fill(work, routes, bank, seed):
    """A first plan: everybody is put where it costs least, one after the other."""
    np.random.seed(seed)
    for w in range(len(routes.length)):
        retime(work, routes, w)
    touched = np.ones(len(routes.length), np.bool_)
    recreate(work, routes, touched, bank, 0.0)


@njit(cache=True)
def copy_all(plans, banks):
    """Copy the first plan and its bank to the two others."""
    for index in range(1, 3):
        for w in range(len(plans[0].length)):
            remember(plans[0], plans[index], w)
        copy_bank(banks[0], banks[index], plans[index])


@njit(cache=True)
def improve(work, plans, banks, rounds, seed, heats):
    """Ruin and recreate; a worse plan is kept now and then, ever more seldom (simulated annealing from heat to heat, seconds).

    `plans` and `banks`: in work, kept, best; all three the same at the start. At the end the best is in all three.
    """
    np.random.seed(seed)
    now, kept, best = plans
    bank, kept_bank, best_bank = banks
    workers = len(now.length)
    touched, changed = np.zeros(workers, np.bool_), np.zeros(workers, np.bool_)
    gap, heat = 0.0, heats[0]  # gap: kept minus best
    cooling = (heats[1] / heats[0]) ** (1.0 / max(rounds, 1))
    for _round in range(rounds):
        heat *= cooling
        touched[:] = False
        ruin(work, now, touched, bank)
        recreate(work, now, touched, bank, BLINK)
        difference = price_of(work, bank) - price_of(work, kept_bank)
        for w in range(workers):
            if touched[w]:
                difference += now.cost[w] - kept.cost[w]
        is_kept = difference < -heat * np.log(np.random.random())
        for w in range(workers):
            if touched[w] and is_kept:
                remember(now, kept, w)
                changed[w] = True
            elif touched[w]:
                remember(kept, now, w)
        if not is_kept:
            copy_bank(kept_bank, bank, now)
            continue
        copy_bank(bank, kept_bank, kept)
        gap += difference
        if gap < -1e-6:
            gap = 0.0
            for w in range(workers):
                if changed[w]:
                    remember(kept, best, w)
            changed[:] = False
            copy_bank(kept_bank, best_bank, best)
    copy_all((best, now, kept), (best_bank, bank, kept_bank))
