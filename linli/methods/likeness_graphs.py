"""Compiled loops over many texts: pairs close in place and time, nearest neighbours by words, communities.

Rows are sparse (CSR) as in `linli.methods.likeness_kernels`.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np
from numba import njit

from linli.methods.likeness_kernels import product

DEGREE_M = 111_195.0


@njit(cache=True)
def near_pairs(lng, lat, hours, cells, cell_keys, cell_starts, spans, radius_m, window_hours, most):
    """Every pair of reports within `radius_m` and `window_hours`, each once.

    The reports are ordered by cell (a strip of latitude `radius_m` wide, a slice of time `window_hours` long), then by
    longitude; `cells` is each one's cell, `spans` slices in a strip. Answers how many there are, and the first `most` of
    them: (count, first, second, metres, hours apart). Complexity: n log n + pairs in neighbouring cells.
    """
    first, second = np.empty(most, np.int32), np.empty(most, np.int32)
    metres, apart = np.empty(most, np.float32), np.empty(most, np.float32)
    count = 0
    for one in range(len(lng)):
        reach = radius_m / (DEGREE_M * max(math.cos(math.radians(min(abs(lat[one]) + 0.01, 89.9))), 0.01))
        for strip in range(-1, 2):
            for slice_ in range(-1, 2):
                wanted = cells[one] + strip * spans + slice_
                at = np.searchsorted(cell_keys, wanted)
                if at == len(cell_keys) or cell_keys[at] != wanted:
                    continue
                begin, end = cell_starts[at], cell_starts[at + 1]
                begin += np.searchsorted(lng[begin:end], lng[one] - reach)
                for other in range(max(begin, one + 1), end):
                    if lng[other] > lng[one] + reach:
                        break
                    wait = abs(hours[other] - hours[one])
                    if wait > window_hours:
                        continue
                    north = (lat[other] - lat[one]) * DEGREE_M
                    east = (lng[other] - lng[one]) * DEGREE_M * math.cos(math.radians((lat[other] + lat[one]) / 2))
                    distance = math.sqrt(north * north + east * east)
                    if distance > radius_m:
                        continue
                    if count < most:
                        first[count], second[count], metres[count], apart[count] = one, other, distance, wait
                    count += 1
    kept = min(count, most)
    return count, first[:kept], second[:kept], metres[:kept], apart[:kept]


@njit(cache=True)
def products(starts, columns, values, first, second):
    """Likeness (cosine) of pairs of rows."""
    found = np.empty(len(first), np.float32)
    for pair in range(len(first)):
        found[pair] = product(starts, columns, values, first[pair], second[pair])
    return found


@njit(cache=True)
def summed(starts, columns, values, labels, groups, width):
    """The sum of the rows of each group, as rows again (ascending columns)."""
    order = np.argsort(labels, kind="mergesort")
    begins = np.zeros(groups + 1, np.int64)
    for label in labels:
        begins[label + 1] += 1
    begins = np.cumsum(begins)
    total, seen = np.zeros(width, np.float32), np.empty(width, np.int32)
    new_starts = np.zeros(groups + 1, np.int64)
    new_columns, new_values = np.empty(len(columns), np.int32), np.empty(len(columns), np.float32)
    size = 0
    for group in range(groups):
        count = 0
        for row in order[begins[group] : begins[group + 1]]:
            for at in range(starts[row], starts[row + 1]):
                if total[columns[at]] == 0:
                    seen[count] = columns[at]
                    count += 1
                total[columns[at]] += values[at]
        mine = np.sort(seen[:count])
        for column in mine:
            new_columns[size], new_values[size] = column, total[column]
            total[column] = 0
            size += 1
        new_starts[group + 1] = size
    return new_starts, new_columns[:size].copy(), new_values[:size].copy()


@njit(cache=True)
def joined(count, first, second):
    """The groups that pairs join together, numbered by their first member: int64 (count)."""
    parent = np.arange(count)
    for pair in range(len(first)):
        one, other = first[pair], second[pair]
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        while parent[other] != other:
            parent[other] = parent[parent[other]]
            other = parent[other]
        parent[max(one, other)] = min(one, other)
    for item in range(count):
        parent[item] = parent[parent[item]]
    return parent


@njit(cache=True)
def listed_by_column(starts, columns, values, most_rows, width):
    """The rows of each column, for columns that not more than `most_rows` rows have: (starts, rows, values)."""
    sizes = np.zeros(width + 1, np.int64)
    for at in range(len(columns)):
        sizes[columns[at] + 1] += 1
    for column in range(width):
        if sizes[column + 1] > most_rows:
            sizes[column + 1] = 0
    begins = np.cumsum(sizes)
    rows, weights, filled = np.empty(begins[-1], np.int32), np.empty(begins[-1], np.float32), begins.copy()
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            column = columns[at]
            if begins[column + 1] > begins[column]:
                rows[filled[column]], weights[filled[column]] = row, values[at]
                filled[column] += 1
    return begins, rows, weights


@njit(cache=True)
def neighbours(starts, columns, values, most_rows, width, most, least, begin, end):
    """For rows `begin` to `end` the `most` likest others with a cosine of at least `least`: (rows, likeness), −1 where fewer.

    Candidates share a gram that not too many have; among the best of them the whole cosine decides.
    """
    by_start, by_row, by_value = listed_by_column(starts, columns, values, most_rows, width)
    total, touched = np.zeros(len(starts) - 1, np.float32), np.empty(len(starts) - 1, np.int32)
    found = np.full((end - begin, most), -1, np.int32)
    alike = np.zeros((end - begin, most), np.float32)
    for row in range(begin, end):
        count = 0
        for at in range(starts[row], starts[row + 1]):
            value = values[at]
            for place in range(by_start[columns[at]], by_start[columns[at] + 1]):
                other = by_row[place]
                if total[other] == 0:
                    touched[count] = other
                    count += 1
                total[other] += value * by_value[place]
        candidates = touched[:count]
        partial = total[candidates]
        total[candidates] = 0
        room = min(count, 2 * most + 1)
        chosen = np.argsort(-partial)[:room] if count <= 64 else _largest(partial, room)
        for pick in chosen:
            other = candidates[pick]
            cosine = product(starts, columns, values, row, other)
            if other == row or cosine < least or cosine <= alike[row - begin, most - 1]:
                continue
            at = most - 1
            while at and alike[row - begin, at - 1] < cosine:
                alike[row - begin, at], found[row - begin, at] = alike[row - begin, at - 1], found[row - begin, at - 1]
                at -= 1
            alike[row - begin, at], found[row - begin, at] = cosine, other
    return found, alike


@njit(cache=True)
def _largest(partial, room):
    """Places of the `room` largest, in no order."""
    edge = np.partition(partial, len(partial) - room)[len(partial) - room]
    chosen, count = np.empty(room, np.int64), 0
    for at in range(len(partial)):
        if partial[at] >= edge and count < room:
            chosen[count] = at
            count += 1
    return chosen[:count]


@njit(cache=True)
def _free(volume, node):
    """A community number that nobody has, its own if it can be: alone is better than where the node is."""
    if volume[node] == 0:
        return node
    for label in range(len(volume)):
        if volume[label] == 0:
            return label
    return node


@njit(cache=True)
def moved(starts, targets, weights, sizes, resolution, labels, order):
    """Constant-Potts local moving: each node joins the neighbouring community that gains most, until none gains.

    `labels` is where it starts and is changed. Complexity: edges × a few turns.
    """
    count = len(sizes)
    volume = np.zeros(count)
    for node in range(count):
        volume[labels[node]] += sizes[node]
    ties, seen, is_seen = np.zeros(count), np.empty(count, np.int64), np.zeros(count, np.bool_)
    waiting, is_waiting = order.copy(), np.ones(count, np.bool_)
    head, held = 0, count
    while held:
        node = waiting[head]
        head, held, is_waiting[node] = (head + 1) % count, held - 1, False
        near, home = 0, labels[node]
        for at in range(starts[node], starts[node + 1]):
            label = labels[targets[at]]
            if not is_seen[label]:
                seen[near], is_seen[label] = label, True
                near += 1
            ties[label] += weights[at]
        volume[home] -= sizes[node]
        best, gain = home, ties[home] - resolution * sizes[node] * volume[home]
        if gain < 0:
            best, gain = -1, 0.0
        for place in range(near):
            label = seen[place]
            value = ties[label] - resolution * sizes[node] * volume[label]
            if value > gain + 1e-9:
                best, gain = label, value
            ties[label], is_seen[label] = 0, False
        if best == -1:
            best = _free(volume, node)
        volume[best] += sizes[node]
        if best != home:
            labels[node] = best
            for at in range(starts[node], starts[node + 1]):
                other = targets[at]
                if labels[other] != best and not is_waiting[other]:
                    waiting[(head + held) % count] = other
                    held, is_waiting[other] = held + 1, True
    return labels
