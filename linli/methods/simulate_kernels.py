"""Compiled loops of `simulate` and `simulate_tables`."""

from __future__ import annotations

import numpy as np
from numba import njit

NOBODY = -1


@njit(cache=True)
def _sink(times, cases, size):
    """Put the entry at the end of a heap (earliest first; of equals the lower case) where it belongs."""
    child = size - 1
    while child > 0:
        parent = (child - 1) >> 1
        if times[parent] < times[child] or (times[parent] == times[child] and cases[parent] < cases[child]):
            break
        times[parent], times[child] = times[child], times[parent]
        cases[parent], cases[child] = cases[child], cases[parent]
        child = parent


@njit(cache=True)
def _lift(times, cases, size):
    """Take the first entry of a heap away; the heap has size - 1 entries afterwards."""
    last = size - 1
    times[0], cases[0] = times[last], cases[last]
    parent = 0
    while True:
        child = 2 * parent + 1
        if child >= last:
            break
        right = child + 1
        if right < last and (times[right] < times[child] or (times[right] == times[child] and cases[right] < cases[child])):
            child = right
        if times[parent] < times[child] or (times[parent] == times[child] and cases[parent] < cases[child]):
            break
        times[parent], times[child] = times[child], times[parent]
        cases[parent], cases[child] = cases[child], cases[parent]
        parent = child


@njit(cache=True)
def _call_next(heads, tails, following):
    """The case that waits longest in the most urgent class; somebody must wait."""
    urgency = 0
    while heads[urgency] == NOBODY:
        urgency += 1
    case = heads[urgency]
    heads[urgency] = following[case]
    if following[case] == NOBODY:
        tails[urgency] = NOBODY
    return case


@njit(cache=True)
def _queue(case, urgency, heads, tails, following):
    following[case] = NOBODY
    if tails[urgency] == NOBODY:
        heads[urgency] = case
    else:
        following[tails[urgency]] = case
    tails[urgency] = case


@njit(cache=True)
def _earliest(ends):
    """Who is free first, and when. Looking at everybody is quicker than a heap for as many as work in a street."""
    who, first = 0, ends[0]
    for handler in range(1, ends.size):
        if ends[handler] < first:
            who, first = handler, ends[handler]
    return who, first


@njit(cache=True)
def _work_off_street(begin, end, work, handlers, classes, result):
    """One street's days and nights: cases come, wait by urgency, are handled, some come back later. Hours throughout.

    The street's cases are begin to end, in order of arrival. `work`, by case: (arrived, urgency, work hours, hours until it comes
    back or -1, work hours then). `result`, by case: (started, done, started again, done again, room for links). At one instant
    those who come are counted before a handler who becomes free chooses. Who comes back waits in a heap until then.
    """
    arrived, urgency, hours, again, again_hours = work
    started, done, started_again, done_again, following = result
    heads, tails = np.full(classes, NOBODY), np.full(classes, NOBODY)
    ends, idle, idle_count = np.full(handlers, np.inf), np.arange(handlers), handlers
    back_at, back_case, back = np.empty(end - begin + 1), np.empty(end - begin + 1, np.int64), 0
    index, waiting, first, frees = begin, 0, 0, np.inf
    while index < end or back > 0 or waiting > 0:
        comes = arrived[index] if index < end else np.inf
        returns = back_at[0] if back > 0 else np.inf
        now = min(comes, returns)
        if now <= frees:
            if comes <= returns:
                case = index
                index += 1
            else:
                case = back_case[0]
                _lift(back_at, back_case, back)
                back -= 1
            if idle_count == 0:
                _queue(case, urgency[case], heads, tails, following)
                waiting += 1
                continue
            idle_count -= 1
            handler = idle[idle_count]
        else:
            now, handler = frees, first
            if waiting == 0:
                ends[handler], idle[idle_count] = np.inf, handler
                idle_count += 1
                first, frees = _earliest(ends)
                continue
            case = _call_next(heads, tails, following)
            waiting -= 1
        if started[case] < 0:
            started[case], done[case] = now, now + hours[case]
            ends[handler] = done[case]
            if again[case] >= 0:
                back_at[back], back_case[back] = done[case] + again[case], case
                back += 1
                _sink(back_at, back_case, back)
        else:
            started_again[case], done_again[case] = now, now + again_hours[case]
            ends[handler] = done_again[case]
        first, frees = _earliest(ends)


@njit(cache=True)
def _deal(street_of, first, column):
    """A column with each street's cases together, in their order: read once, written in as many places as there are streets."""
    dealt, place = np.empty_like(column), first[:-1].copy()
    for case in range(street_of.size):
        street = street_of[case]
        dealt[place[street]] = column[case]
        place[street] += 1
    return dealt


@njit(cache=True)
def _collect(street_of, first, column):
    """The column back in the order of cases."""
    collected, place = np.empty_like(column), first[:-1].copy()
    for case in range(street_of.size):
        street = street_of[case]
        collected[case] = column[place[street]]
        place[street] += 1
    return collected


@njit(cache=True)
def work_off(street_of, work, handlers, classes):
    """Every street by itself. Returns (started, done, started again, done again), by case; `work` as of one street."""
    first, count = np.zeros(handlers.size + 1, np.int64), street_of.size
    for case in range(count):
        first[street_of[case] + 1] += 1
    first = np.cumsum(first)
    arrived, urgency, hours, again, again_hours = work
    dealt = (
        _deal(street_of, first, arrived), _deal(street_of, first, urgency), _deal(street_of, first, hours),
        _deal(street_of, first, again), _deal(street_of, first, again_hours),
    )  # fmt: skip
    result = (np.full(count, -1.0), np.empty(count), np.full(count, -1.0), np.full(count, -1.0), np.empty(count, np.int64))
    for street in range(handlers.size):
        _work_off_street(first[street], first[street + 1], dealt, handlers[street], classes, result)
    return (
        _collect(street_of, first, result[0]), _collect(street_of, first, result[1]), _collect(street_of, first, result[2]),
        _collect(street_of, first, result[3]),
    )  # fmt: skip


@njit(cache=True)
def put_field(buffer, at, pool, begin, length):
    """Write one field of every row: four bytes of length (-1: null), then the bytes pool[begin:begin + length].

    `at[row]` is where the row's next field starts, and is moved on.
    """
    for row in range(at.size):
        place, size = at[row], length[row]
        buffer[place] = (size >> 24) & 255
        buffer[place + 1] = (size >> 16) & 255
        buffer[place + 2] = (size >> 8) & 255
        buffer[place + 3] = size & 255
        place += 4
        start = begin[row]
        for index in range(size):
            buffer[place + index] = pool[start + index]
        at[row] = place + max(size, 0)


@njit(cache=True)
def put_eight(buffer, at, pool):
    """`put_field` for rows of eight bytes that follow each other and are never null: most columns, so it is worth its lines."""
    for row in range(at.size):
        place, start = at[row], 8 * row
        a, b, c, d = pool[start], pool[start + 1], pool[start + 2], pool[start + 3]
        e, f, g, h = pool[start + 4], pool[start + 5], pool[start + 6], pool[start + 7]
        buffer[place], buffer[place + 1], buffer[place + 2], buffer[place + 3] = 0, 0, 0, 8
        buffer[place + 4], buffer[place + 5], buffer[place + 6], buffer[place + 7] = a, b, c, d
        buffer[place + 8], buffer[place + 9], buffer[place + 10], buffer[place + 11] = e, f, g, h
        at[row] = place + 12


@njit(cache=True)
def put_four(buffer, at, pool):
    """`put_field` for rows of four bytes that follow each other and are never null."""
    for row in range(at.size):
        place, start = at[row], 4 * row
        a, b, c, d = pool[start], pool[start + 1], pool[start + 2], pool[start + 3]
        buffer[place], buffer[place + 1], buffer[place + 2], buffer[place + 3] = 0, 0, 0, 4
        buffer[place + 4], buffer[place + 5], buffer[place + 6], buffer[place + 7] = a, b, c, d
        at[row] = place + 8
