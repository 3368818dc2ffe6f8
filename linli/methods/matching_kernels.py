"""Compiled loops of `matching`: shortest paths on the graph of organisations, for one change at a time.

An organisation is a node, moving one of its requests elsewhere is an arc. Prices keep every arc's reduced length at zero or
above, so that Dijkstra's search works and stops early: after a change only the organisations that it touches are looked at.

Invariants between calls (p: price, c: cost, g(r): what the slot after r used ones costs):
- a request that may move is where c + p is least, among its organisations and "nowhere" (its cost unserved, price 0);
- g(load − 1) ≤ p ≤ g(load) for every organisation.
Together they prove the least total cost (complementary slackness of the transport problem).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

FAR = np.int64(1) << np.int64(60)
GONE, BARRED = np.int64(-2), np.int64(-1)  # place of a request that left; cost of a pair that was refused


# Columns of `State.requests` (one request = one line of the processor's cache) and of `State.pairs`.
PLACE, COST, UNSERVED, FIRST, END, NEXT, PREVIOUS, ACCEPTED = range(8)
ORGANIZATION, PAIR_COST = range(2)


class State(NamedTuple):
    """Everything the loops read and write. R requests, E pairs, n organisations; index n is "nowhere"."""

    # int64[R, 8]: where it is, its cost there, its cost unserved, its pairs FIRST : END by rising cost, the next and the
    # previous request of the same place (−1: none), 1 when it is accepted and may not move
    requests: Any
    pairs: Any  # int32[E, 2]: organisation, cost (BARRED when refused)
    pair_request: Any  # int32[E]
    pair_next: Any  # int32[E], next pair of the same organisation, −1 at the end
    first_pair: Any  # int32[n + 1] of an organisation
    first_member: Any  # int32[n + 1]
    load: Any  # int64[n + 1]
    level_end: Any  # int64[n + 1, levels], slots before it cost at most level_cost
    level_cost: Any  # int64[levels]
    price: Any  # int64[n + 1]
    distance: Any  # int64[n + 1]
    by_request: Any  # int64[n + 1], who moves along the last arc to here
    by_place: Any  # int64[n + 1], the other end of that arc, −1 at the start
    touched: Any  # int64[n + 2], [0] is their number
    heap: Any  # int64[n + 1], nodes, nearest first
    heap_place: Any  # int64[n + 1], of a node
    moved: Any  # int64[n + 4, 4] request, from, to, because of; [0, 0] is their number
    spent: Any  # int64[1], the sum of the costs of all that are served


@njit(cache=True)
def slot_cost(state, node, used):
    """What one more costs where `used` slots are taken; FAR when there is none."""
    for level in range(len(state.level_cost)):
        if used < state.level_end[node, level]:
            return state.level_cost[level]
    return FAR


@njit(cache=True)
def rise(state, at, node):
    """Put a node where its distance belongs, from place `at` of the heap upwards."""
    heap, distance = state.heap, state.distance
    while at > 0:
        above = (at - 1) >> 1
        if distance[heap[above]] <= distance[node]:
            break
        heap[at] = heap[above]
        state.heap_place[heap[at]] = at
        at = above
    heap[at] = node
    state.heap_place[node] = at


@njit(cache=True)
def take_nearest(state, size):
    """The nearest node, taken off a heap of `size` nodes."""
    heap, distance = state.heap, state.distance
    nearest, node = heap[0], heap[size - 1]
    at, below, size = 0, 1, size - 1
    while below < size:
        if below + 1 < size and distance[heap[below + 1]] < distance[heap[below]]:
            below += 1
        if distance[heap[below]] >= distance[node]:
            break
        heap[at] = heap[below]
        state.heap_place[heap[at]] = at
        at, below = below, 2 * below + 1
    heap[at] = node
    state.heap_place[node] = at
    return nearest


@njit(cache=True)
def reach(state, size, node, distance, request, place):
    """Note a shorter way to a node that was not taken yet; the new size of the heap."""
    at = state.heap_place[node]
    if state.distance[node] == FAR:
        state.touched[0] += 1
        state.touched[state.touched[0]] = node
        at, size = size, size + 1
    state.distance[node], state.by_request[node], state.by_place[node] = distance, request, place
    rise(state, at, node)
    return size


@njit(cache=True)
def close_search(state, best, sign):
    """Move the prices of what lies nearer than the end, and forget the search."""
    for index in range(1, state.touched[0] + 1):
        node = state.touched[index]
        if state.distance[node] < best:
            state.price[node] += sign * (best - state.distance[node])
        state.distance[node] = FAR
    state.touched[0] = 0


@njit(cache=True)
def leave(state, request):
    """Take a request out of its place."""
    node = state.requests[request, PLACE]
    before, after = state.requests[request, PREVIOUS], state.requests[request, NEXT]
    if before >= 0:
        state.requests[before, NEXT] = after
    else:
        state.first_member[node] = after
    if after >= 0:
        state.requests[after, PREVIOUS] = before
    state.load[node] -= 1
    if node < len(state.load) - 1:
        state.spent[0] -= state.requests[request, COST]
    state.requests[request, PLACE] = GONE


@njit(cache=True)
def enter(state, request, node, cost):
    """Put a request into a place."""
    after = state.first_member[node]
    state.requests[request, PREVIOUS], state.requests[request, NEXT] = -1, after
    if after >= 0:
        state.requests[after, PREVIOUS] = request
    state.first_member[node] = request
    state.load[node] += 1
    if node < len(state.load) - 1:
        state.spent[0] += cost
    state.requests[request, PLACE], state.requests[request, COST] = node, cost


@njit(cache=True)
def cost_at(state, request, node):
    if node == len(state.load) - 1:
        return state.requests[request, UNSERVED]
    for pair in range(state.requests[request, FIRST], state.requests[request, END]):
        if state.pairs[pair, ORGANIZATION] == node:
            return state.pairs[pair, PAIR_COST]
    return FAR


@njit(cache=True)
def move(state, request, node, because):
    """Move a request and note it."""
    before = state.requests[request, PLACE]
    if before != GONE:
        leave(state, request)
    enter(state, request, node, cost_at(state, request, node))
    state.moved[0, 0] += 1
    row = state.moved[0, 0]
    state.moved[row, 0], state.moved[row, 1], state.moved[row, 2], state.moved[row, 3] = request, before, node, because


@njit(cache=True)
def search_room(state, size, best, end, barred):
    """The cheapest way for the one who is too many at the nodes on the heap to end at a free slot or nowhere.

    `best` and `end`: the nearest end known so far. Returns them improved. `barred` may not be the end.
    """
    nowhere = len(state.load) - 1
    requests, pairs, price, distance = state.requests, state.pairs, state.price, state.distance
    while size > 0:
        node = take_nearest(state, size)
        size -= 1
        if distance[node] >= best:
            break
        start = distance[node] - price[node]
        request = np.int64(state.first_member[node])
        while request >= 0:
            base = start - requests[request, COST]
            if requests[request, ACCEPTED]:
                request = requests[request, NEXT]
                continue
            if base + requests[request, UNSERVED] < best:
                best, end = base + requests[request, UNSERVED], nowhere
                state.by_request[nowhere], state.by_place[nowhere] = request, node
            for pair in range(requests[request, FIRST], requests[request, END]):
                other, cost = pairs[pair, ORGANIZATION], pairs[pair, PAIR_COST]
                if base + cost >= best:
                    break  # pairs stand by cost, and no price is below zero
                length = base + cost + price[other]
                if length < best and length < distance[other] and cost != BARRED:
                    size = reach(state, size, other, length, request, node)
                    room = length + slot_cost(state, other, state.load[other]) - price[other]
                    if room < best and other != barred:
                        best, end = room, other
            request = requests[request, NEXT]
    return best, end


@njit(cache=True)
def search_filler(state, size, best, barred):
    """The cheapest way to fill the free slot at the node on the heap: who moves in, who takes the place it left, and so on.

    The way ends where a slot may stay empty, or with somebody unserved. Returns as `search_room`.
    """
    end, nowhere = np.int64(-1), len(state.load) - 1
    while size > 0:
        node = take_nearest(state, size)
        size -= 1
        distance = state.distance[node]
        if distance >= best:
            break
        pair = state.first_pair[node]
        while pair >= 0:
            request, cost = state.pair_request[pair], state.pairs[pair, PAIR_COST]
            place = state.requests[request, PLACE]
            if cost != BARRED and place != GONE and place != node and not state.requests[request, ACCEPTED]:
                length = distance + cost + state.price[node] - state.requests[request, COST] - state.price[place]
                if length < best and place == nowhere:
                    best, end = length, nowhere
                    state.by_request[nowhere], state.by_place[nowhere] = request, node
                elif length < best and length < state.distance[place]:
                    size = reach(state, size, place, length, request, node)
                    saved = length + state.price[place] - slot_cost(state, place, state.load[place] - 1)
                    if saved < best and place != barred:
                        best, end = saved, place
            pair = state.pair_next[pair]
    return best, end


@njit(cache=True)
def arrive(state, request):
    """Place a request that is nowhere yet; everybody else may move along one path. O(pairs of the organisations touched)."""
    nowhere = len(state.load) - 1
    state.moved[0, 0] = 0
    least, end, size = state.requests[request, UNSERVED], np.int64(nowhere), 0
    for pair in range(state.requests[request, FIRST], state.requests[request, END]):
        if state.pairs[pair, PAIR_COST] != BARRED:
            least = min(least, state.pairs[pair, PAIR_COST] + state.price[state.pairs[pair, ORGANIZATION]])
    best = state.requests[request, UNSERVED] - least
    state.by_request[nowhere], state.by_place[nowhere] = request, -1
    for pair in range(state.requests[request, FIRST], state.requests[request, END]):
        node, cost = state.pairs[pair, ORGANIZATION], state.pairs[pair, PAIR_COST]
        length = cost + state.price[node] - least
        if cost != BARRED and length < best:
            size = reach(state, size, node, length, request, -1)
            room = length + slot_cost(state, node, state.load[node]) - state.price[node]
            if room < best:
                best, end = room, np.int64(node)
    best, end = search_room(state, size, best, end, -1)
    close_search(state, best, 1)
    walk_back(state, end, request)


@njit(cache=True)
def walk_back(state, node, request):
    """Let everybody on the way to a free slot move up, the last first; the arriving `request` comes last of all."""
    while state.by_place[node] >= 0:
        source, mover = state.by_place[node], state.by_request[node]
        because = state.by_request[source] if state.by_place[source] >= 0 else request
        move(state, mover, node, because)
        node = source
    if request >= 0:
        move(state, request, node, -1)


@njit(cache=True)
def arrive_all(state, first, last):
    """Link the pairs of requests first : last − 1 and let them arrive one after the other."""
    for request in range(first, last):
        for pair in range(state.requests[request, FIRST], state.requests[request, END]):
            link(state, pair)
        arrive(state, request)


@njit(cache=True)
def settle(state, node, because):
    """Restore the optimum after the slots or the load of one organisation changed, by one path; True when more may be needed."""
    state.moved[0, 0] = 0
    used = state.load[node]
    last = slot_cost(state, node, used - 1) if used > 0 else np.int64(0)
    following = slot_cost(state, node, used)
    if used > 0 and state.price[node] < last:
        size = reach(state, 0, node, np.int64(0), -1, -1)
        best, end = search_room(state, size, last - state.price[node], np.int64(-1), node)
        close_search(state, best, 1)
        if end >= 0:
            walk_back(state, end, -1)
        return end >= 0
    if state.price[node] > following:
        size = reach(state, 0, node, np.int64(0), -1, -1)
        best, end = search_filler(state, size, state.price[node] - following, node)
        close_search(state, best, -1)
        while end >= 0 and state.by_place[end] >= 0:
            source, mover = state.by_place[end], state.by_request[end]
            move(state, mover, source, because if source == node else state.by_request[source])
            end = source
        return end >= 0
    return False


@njit(cache=True)
def link(state, pair):
    """Hang a pair into the list of its organisation."""
    node = state.pairs[pair, ORGANIZATION]
    state.pair_next[pair] = state.first_pair[node]
    state.first_pair[node] = pair


@njit(cache=True)
def link_all(state, count):
    """Hang all pairs anew, after those of requests that left were dropped."""
    state.first_pair[:] = -1
    for pair in range(count):
        link(state, pair)


@njit(cache=True)
def slot_values(state, values):
    """What one slot more at each organisation would save, before its own load step. Changes nothing. n searches."""
    for node in range(len(values)):
        size = reach(state, 0, node, np.int64(0), -1, -1)
        best, _end = search_filler(state, size, state.price[node], node)
        values[node] = state.price[node] - best
        for index in range(1, state.touched[0] + 1):
            state.distance[state.touched[index]] = FAR
        state.touched[0] = 0
