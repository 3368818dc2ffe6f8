"""Compiled loops of `matching`: shortest paths on the graph of organisations, for one change at a time.

An organisation is a node, moving one of its requests elsewhere is an arc. Prices keep every arc's reduced length at zero or
above, so that Dijkstra's search works and stops early: after a change only the organisations that it touches are looked at.

Invariants between calls (p: price, c: cost, g(r): what the slot after r used ones costs):
- a request that may move is where c + p is least, among its organisations and "nowhere" (its cost unserved, price 0);
- g(load − 1) ≤ p ≤ g(load) for every organisation.
Together they prove the least total cost (complementary slackness of the transport problem).
"""

# mypy: allow-untyped-defs
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

FAR = np.int64(1) << np.int64(60)
MOST_COST = 2**31 - 2
GONE, BARRED = np.int64(-2), np.int64(-1)  # place of a request that left; cost of a pair that was refused


# Columns of the tables of `State`: of requests (one = one line of the processor's cache), of pairs, of nodes.
PLACE, COST, UNSERVED, FIRST, END, SPOT, ACCEPTED = range(7)
ORGANIZATION, PAIR_COST = range(2)
LOAD, PRICE, MEMBERS, OFFERS, DISTANCE, BY_REQUEST, BY_PLACE, TOUCHED, HEAP, HEAP_PLACE = range(10)


CHUNK = 32  # entries of a list that lie side by side, so that the processor need not wait for each to know the next


class State(NamedTuple):
    """Everything the loops read and write: few tables, for each costs a microsecond at every call from Python.

    R requests, E pairs, n organisations; node n is "nowhere".
    """

    # int64[R, 8]: where it is, its cost there, its cost unserved, its pairs FIRST : END by rising cost, its spot in the list
    # of its place, 1 when it is accepted and may not move
    requests: Any
    pairs: Any  # int32[E, 2]: organisation, cost (BARRED when refused)
    pair_request: Any  # int32[E]
    # int32[C, 2 + 2 · CHUNK], lists in chunks: the next chunk (−1: none), number of entries, then request and cost of each.
    # All chunks of a list but the first are full.
    chunks: Any
    # int64[n + 2, 10]: load, price, first chunk of its requests and of those that it may serve; of a search: distance, who
    # moves along the last arc to here, the other end of that arc (−1 at the start), the nodes that were touched (their
    # number in row 0), the heap of nodes and the place of a node in it
    nodes: Any
    level_end: Any  # int64[n + 1, levels], slots before it cost at most level_cost
    level_cost: Any  # int64[levels]
    # int64[n + 4, 4]: request, from, to, because of; row 0: their number, the sum of the costs of the served, the first free
    # chunk (−1: none), the number of chunks that were ever used
    moved: Any


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
    nodes = state.nodes
    while at > 0:
        above = (at - 1) >> 1
        if nodes[nodes[above, HEAP], DISTANCE] <= nodes[node, DISTANCE]:
            break
        nodes[at, HEAP] = nodes[above, HEAP]
        nodes[nodes[at, HEAP], HEAP_PLACE] = at
        at = above
    nodes[at, HEAP] = node
    nodes[node, HEAP_PLACE] = at


@njit(cache=True)
def take_nearest(state, size):
    """The nearest node, taken off a heap of `size` nodes."""
    nodes = state.nodes
    nearest, node = nodes[0, HEAP], nodes[size - 1, HEAP]
    at, below, size = 0, 1, size - 1
    while below < size:
        if below + 1 < size and nodes[nodes[below + 1, HEAP], DISTANCE] < nodes[nodes[below, HEAP], DISTANCE]:
            below += 1
        if nodes[nodes[below, HEAP], DISTANCE] >= nodes[node, DISTANCE]:
            break
        nodes[at, HEAP] = nodes[below, HEAP]
        nodes[nodes[at, HEAP], HEAP_PLACE] = at
        at, below = below, 2 * below + 1
    nodes[at, HEAP] = node
    nodes[node, HEAP_PLACE] = at
    return nearest


@njit(cache=True)
def reach(state, size, node, distance, request, place):
    """Note a shorter way to a node that was not taken yet; the new size of the heap."""
    at = state.nodes[node, HEAP_PLACE]
    if state.nodes[node, DISTANCE] == FAR:
        state.nodes[0, TOUCHED] += 1
        state.nodes[state.nodes[0, TOUCHED], TOUCHED] = node
        at, size = size, size + 1
    state.nodes[node, DISTANCE], state.nodes[node, BY_REQUEST], state.nodes[node, BY_PLACE] = distance, request, place
    rise(state, at, node)
    return size


@njit(cache=True)
def close_search(state, best, sign):
    """Move the prices of what lies nearer than the end, and forget the search."""
    for index in range(1, state.nodes[0, TOUCHED] + 1):
        node = state.nodes[index, TOUCHED]
        if state.nodes[node, DISTANCE] < best:
            state.nodes[node, PRICE] += sign * (best - state.nodes[node, DISTANCE])
        state.nodes[node, DISTANCE] = FAR
    state.nodes[0, TOUCHED] = 0


@njit(cache=True)
def add(state, node, column, request, cost):
    """Put an entry into a list of a node; its spot."""
    chunks, head = state.chunks, state.nodes[node, column]
    if head < 0 or chunks[head, 1] == CHUNK:
        fresh = state.moved[0, 2]
        if fresh >= 0:
            state.moved[0, 2] = chunks[fresh, 0]
        else:
            fresh = state.moved[0, 3]
            state.moved[0, 3] += 1
        chunks[fresh, 0], chunks[fresh, 1] = head, 0
        state.nodes[node, column] = head = fresh
    slot = chunks[head, 1]
    chunks[head, 2 + 2 * slot], chunks[head, 3 + 2 * slot] = request, cost
    chunks[head, 1] += 1
    return head * CHUNK + slot


@njit(cache=True)
def take_out(state, node, column, spot):
    """Take an entry out of a list; the last one comes to its spot. The request that is there now."""
    chunks, head = state.chunks, state.nodes[node, column]
    last, chunk, slot = chunks[head, 1] - 1, spot // CHUNK, spot % CHUNK
    mover = chunks[head, 2 + 2 * last]
    chunks[chunk, 2 + 2 * slot], chunks[chunk, 3 + 2 * slot] = mover, chunks[head, 3 + 2 * last]
    chunks[head, 1] = last
    if last == 0:
        state.nodes[node, column] = chunks[head, 0]
        chunks[head, 0] = state.moved[0, 2]
        state.moved[0, 2] = head
    return mover


@njit(cache=True)
def leave(state, request):
    """Take a request out of its place."""
    requests, node = state.requests, state.requests[request, PLACE]
    mover = take_out(state, node, MEMBERS, requests[request, SPOT])
    requests[mover, SPOT] = requests[request, SPOT]
    state.nodes[node, LOAD] -= 1
    if node < len(state.nodes) - 2:
        state.moved[0, 1] -= requests[request, COST]
    requests[request, PLACE] = GONE


@njit(cache=True)
def enter(state, request, node, cost):
    """Put a request into a place."""
    requests = state.requests
    requests[request, SPOT] = add(state, node, MEMBERS, request, 0)
    state.nodes[node, LOAD] += 1
    if node < len(state.nodes) - 2:
        state.moved[0, 1] += cost
    requests[request, PLACE], requests[request, COST] = node, cost


@njit(cache=True)
def cost_at(state, request, node):
    if node == len(state.nodes) - 2:
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
def search_room(state, size, best, end):
    """The cheapest way for the one who is too many at the nodes on the heap to end at a free slot or nowhere.

    `best` and `end`: the nearest end known so far. Returns them improved.
    """
    nowhere = len(state.nodes) - 2
    requests, pairs, nodes, chunks = state.requests, state.pairs, state.nodes, state.chunks
    while size > 0:
        node = take_nearest(state, size)
        size -= 1
        if nodes[node, DISTANCE] >= best:
            break
        start, chunk = nodes[node, DISTANCE] - nodes[node, PRICE], nodes[node, MEMBERS]
        while chunk >= 0:
            for slot in range(chunks[chunk, 1]):
                request = np.int64(chunks[chunk, 2 + 2 * slot])
                base = start - requests[request, COST]
                if requests[request, ACCEPTED]:
                    continue
                if base + requests[request, UNSERVED] < best:
                    best, end = base + requests[request, UNSERVED], nowhere
                    nodes[nowhere, BY_REQUEST], nodes[nowhere, BY_PLACE] = request, node
                for pair in range(requests[request, FIRST], requests[request, END]):
                    other, cost = pairs[pair, ORGANIZATION], pairs[pair, PAIR_COST]
                    if base + cost >= best:
                        break  # pairs stand by cost, and no price is below zero
                    length = base + cost + nodes[other, PRICE]
                    if length < best and length < nodes[other, DISTANCE] and cost != BARRED:
                        size = reach(state, size, other, length, request, node)
                        room = length + slot_cost(state, other, nodes[other, LOAD]) - nodes[other, PRICE]
                        if room < best:
                            best, end = room, other
            chunk = np.int64(chunks[chunk, 0])
    return best, end


@njit(cache=True)
def search_filler(state, size, best):
    """The cheapest way to fill the free slot at the node on the heap: who moves in, who takes the place it left, and so on.

    The way ends where a slot may stay empty, or with somebody unserved. Returns as `search_room`.
    """
    end: Any = np.int64(-1)
    nowhere = len(state.nodes) - 2
    requests, nodes, chunks = state.requests, state.nodes, state.chunks
    while size > 0:
        node = take_nearest(state, size)
        size -= 1
        if nodes[node, DISTANCE] >= best:
            break
        start, chunk = nodes[node, DISTANCE] + nodes[node, PRICE], nodes[node, OFFERS]
        while chunk >= 0:
            for slot in range(chunks[chunk, 1]):
                request = np.int64(chunks[chunk, 2 + 2 * slot])
                place = requests[request, PLACE]
                if place in (GONE, node) or requests[request, ACCEPTED]:
                    continue
                length = start + chunks[chunk, 3 + 2 * slot] - requests[request, COST] - nodes[place, PRICE]
                if length < best and place == nowhere:
                    best, end = length, nowhere
                    nodes[nowhere, BY_REQUEST], nodes[nowhere, BY_PLACE] = request, node
                elif length < best and length < nodes[place, DISTANCE]:
                    size = reach(state, size, place, length, request, node)
                    saved = length + nodes[place, PRICE] - slot_cost(state, place, nodes[place, LOAD] - 1)
                    if saved < best:
                        best, end = saved, place
            chunk = np.int64(chunks[chunk, 0])
    return best, end


@njit(cache=True)
def arrive(state, request):
    """Place a request that is nowhere yet; everybody else may move along one path. O(pairs of the organisations touched)."""
    nowhere = len(state.nodes) - 2
    state.moved[0, 0] = 0
    least, end, size = state.requests[request, UNSERVED], np.int64(nowhere), 0
    for pair in range(state.requests[request, FIRST], state.requests[request, END]):
        if state.pairs[pair, PAIR_COST] != BARRED:
            least = min(least, state.pairs[pair, PAIR_COST] + state.nodes[state.pairs[pair, ORGANIZATION], PRICE])
    best = state.requests[request, UNSERVED] - least
    state.nodes[nowhere, BY_REQUEST], state.nodes[nowhere, BY_PLACE] = request, -1
    for pair in range(state.requests[request, FIRST], state.requests[request, END]):
        node, cost = state.pairs[pair, ORGANIZATION], state.pairs[pair, PAIR_COST]
        length = cost + state.nodes[node, PRICE] - least
        if cost != BARRED and length < best:
            size = reach(state, size, node, length, request, -1)
            room = length + slot_cost(state, node, state.nodes[node, LOAD]) - state.nodes[node, PRICE]
            if room < best:
                best, end = room, np.int64(node)
    best, end = search_room(state, size, best, end)
    close_search(state, best, 1)
    walk_back(state, end, request)


@njit(cache=True)
def walk_back(state, node, request):
    """Let everybody on the way to a free slot move up, the last first; the arriving `request` comes last of all."""
    while state.nodes[node, BY_PLACE] >= 0:
        source, mover = state.nodes[node, BY_PLACE], state.nodes[node, BY_REQUEST]
        because = state.nodes[source, BY_REQUEST] if state.nodes[source, BY_PLACE] >= 0 else request
        move(state, mover, node, because)
        node = source
    if request >= 0:
        move(state, request, node, -1)


@njit(cache=True)
def offer(state, first, last):
    """Put pairs first : last into the lists of their organisations."""
    pairs, chunks, nodes = state.pairs, state.chunks, state.nodes
    for pair in range(first, last):
        node, cost, request = pairs[pair, ORGANIZATION], pairs[pair, PAIR_COST], state.pair_request[pair]
        if cost == BARRED:
            continue
        head = nodes[node, OFFERS]
        if head < 0 or chunks[head, 1] == CHUNK:
            add(state, node, OFFERS, request, cost)
            continue
        slot = chunks[head, 1]  # the same as `add` without a call, for there are many
        chunks[head, 2 + 2 * slot], chunks[head, 3 + 2 * slot], chunks[head, 1] = request, cost, slot + 1


@njit(cache=True)
def arrive_all(state, first, last):
    """Offer requests first : last − 1 to their organisations and let them arrive one after the other."""
    for request in range(first, last):
        offer(state, state.requests[request, FIRST], state.requests[request, END])
        arrive(state, request)


@njit(cache=True)
def offer_all(state, count):
    """Make the lists of all pairs anew, after those of requests that left were dropped."""
    for node in range(len(state.nodes) - 2):
        while state.nodes[node, OFFERS] >= 0:
            take_out(state, node, OFFERS, state.nodes[node, OFFERS] * CHUNK)
    offer(state, 0, count)


@njit(cache=True)
def bar(state, pair):
    """A pair is refused for good."""
    node, request = state.pairs[pair, ORGANIZATION], state.pair_request[pair]
    state.pairs[pair, PAIR_COST] = BARRED
    chunk = state.nodes[node, OFFERS]
    while chunk >= 0:
        for slot in range(state.chunks[chunk, 1]):
            if state.chunks[chunk, 2 + 2 * slot] == request:
                take_out(state, node, OFFERS, chunk * CHUNK + slot)
                return
        chunk = np.int64(state.chunks[chunk, 0])


@njit(cache=True)
def accepted_at(state, node):
    """How many of the requests of a place may not move."""
    count, chunk = 0, state.nodes[node, MEMBERS]
    while chunk >= 0:
        for slot in range(state.chunks[chunk, 1]):
            count += state.requests[state.chunks[chunk, 2 + 2 * slot], ACCEPTED]
        chunk = np.int64(state.chunks[chunk, 0])
    return count


@njit(cache=True)
def write_one(state, request, start, organizations, costs, unserved):
    """Write and offer one request whose pairs begin at `start`. 0, or 1 or 2 when its organisations or costs are wrong."""
    fault, n, table, pairs = 0, len(state.nodes) - 2, state.requests, state.pairs
    for index in range(len(organizations)):
        node, cost, at = organizations[index], costs[index], start + index
        if node < 0 or node >= n or state.nodes[node, DISTANCE] != FAR:
            fault = 1
            break
        if cost < 0 or cost > MOST_COST:
            fault = 2
            break
        state.nodes[node, DISTANCE] = 0  # seen
        while at > start and (pairs[at - 1, PAIR_COST] > cost or (pairs[at - 1, PAIR_COST] == cost and pairs[at - 1, 0] > node)):
            pairs[at, ORGANIZATION], pairs[at, PAIR_COST] = pairs[at - 1, ORGANIZATION], pairs[at - 1, PAIR_COST]
            at -= 1
        pairs[at, ORGANIZATION], pairs[at, PAIR_COST] = node, cost
        state.pair_request[start + index] = request
    for node in organizations:
        if 0 <= node < n:
            state.nodes[node, DISTANCE] = FAR
    table[request, PLACE], table[request, COST], table[request, UNSERVED] = GONE, 0, unserved
    table[request, FIRST], table[request, END] = start, start + len(organizations)
    table[request, ACCEPTED] = 0
    if fault == 0:
        offer(state, start, start + len(organizations))
    return fault


@njit(cache=True)
def settle(state, node, because):
    """Restore the optimum after the slots or the load of one organisation changed, by one path; True when more may be needed."""
    state.moved[0, 0] = 0
    used = state.nodes[node, LOAD]
    last = slot_cost(state, node, used - 1) if used > 0 else np.int64(0)
    following = slot_cost(state, node, used)
    if used > 0 and state.nodes[node, PRICE] < last:
        size = reach(state, 0, node, np.int64(0), -1, -1)
        best, end = search_room(state, size, last - state.nodes[node, PRICE], np.int64(-1))
        close_search(state, best, 1)
        if end >= 0:
            walk_back(state, end, -1)
        return end >= 0
    if state.nodes[node, PRICE] > following:
        size = reach(state, 0, node, np.int64(0), -1, -1)
        best, end = search_filler(state, size, state.nodes[node, PRICE] - following)
        close_search(state, best, -1)
        while end >= 0 and state.nodes[end, BY_PLACE] >= 0:
            source, mover = state.nodes[end, BY_PLACE], state.nodes[end, BY_REQUEST]
            move(state, mover, source, because if source == node else state.nodes[source, BY_REQUEST])
            end = source
        return end >= 0
    return False


@njit(cache=True)
def slot_values(state, values):
    """What one slot more at each organisation would save, before its own load step. Changes nothing. n searches."""
    for node in range(len(values)):
        size = reach(state, 0, node, np.int64(0), -1, -1)
        best, _end = search_filler(state, size, state.nodes[node, PRICE])
        values[node] = state.nodes[node, PRICE] - best
        for index in range(1, state.nodes[0, TOUCHED] + 1):
            state.nodes[state.nodes[index, TOUCHED], DISTANCE] = FAR
        state.nodes[0, TOUCHED] = 0
