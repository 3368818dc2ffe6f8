"""Compiled loops of `linli.methods.likeness`: counting grams, likeness of rows, training, neighbours, communities.

Rows are sparse (CSR): `starts` (n + 1), `columns`, `values` of each row in ascending columns. Web processes never load this.
"""

# mypy: allow-untyped-defs
from __future__ import annotations

import math

import numpy as np
from numba import njit

MIX = np.uint64(0x9E3779B97F4A7C15)
SHIFT = np.uint64(29)
EMPTY = np.int64(-1)


@njit(cache=True)
def slot_of(key, table_keys, table_ids):
    """Where `key` lies in the open table, or the free place where it belongs."""
    mask = len(table_keys) - 1
    mixed = key * MIX
    slot = np.int64((mixed ^ (mixed >> SHIFT)) & np.uint64(mask))
    while table_ids[slot] != EMPTY and table_keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


@njit(cache=True)
def table_of(keys):
    """An open table of `keys`, each with its place in the list."""
    size = 1024
    while size < 2 * len(keys):
        size *= 2
    table_keys, table_ids = np.zeros(size, np.uint64), np.full(size, EMPTY)
    for place in range(len(keys)):
        slot = slot_of(keys[place], table_keys, table_ids)
        table_keys[slot], table_ids[slot] = keys[place], place
    return table_keys, table_ids


@njit(cache=True)
def listed_grams(codes, starts, longest, known):
    """Every gram's place in a growing list: (places in the order of the texts, starts of the texts, the list)."""
    table_keys, table_ids = table_of(known)
    texts = len(starts) - 1
    places, row_starts = np.empty(len(codes) * longest, np.int32), np.zeros(texts + 1, np.int64)
    listed, count = np.empty(max(1024, 2 * len(known)), np.uint64), len(known)
    listed[:count] = known
    found = 0
    for text in range(texts):
        last = starts[text + 1] - 1
        for start in range(starts[text], last):
            key = np.uint64(0)
            for size in range(min(longest, last - start)):
                key |= np.uint64(codes[start + size]) << np.uint64(21 * size)
                slot = slot_of(key, table_keys, table_ids)
                if table_ids[slot] == EMPTY:
                    if count == len(listed):
                        listed = np.concatenate((listed, np.empty(count, np.uint64)))
                    listed[count] = key
                    table_keys[slot], table_ids[slot] = key, count
                    count += 1
                    if 2 * count > len(table_keys):
                        table_keys, table_ids = table_of(listed[:count])
                    places[found] = count - 1
                else:
                    places[found] = table_ids[slot]
                found += 1
        row_starts[text + 1] = found
    return places[:found], row_starts, listed[:count]


@njit(cache=True)
def known_grams(codes, starts, longest, table_keys, table_ids):
    """As `listed_grams`, of a list that does not grow: grams that are not in it are left out."""
    texts = len(starts) - 1
    places, row_starts = np.empty(len(codes) * longest, np.int32), np.zeros(texts + 1, np.int64)
    found = 0
    for text in range(texts):
        last = starts[text + 1] - 1
        for start in range(starts[text], last):
            key = np.uint64(0)
            for size in range(min(longest, last - start)):
                key |= np.uint64(codes[start + size]) << np.uint64(21 * size)
                slot = slot_of(key, table_keys, table_ids)
                if table_ids[slot] != EMPTY:
                    places[found] = table_ids[slot]
                    found += 1
        row_starts[text + 1] = found
    return places[:found], row_starts


@njit(cache=True)
def counted(places, row_starts):
    """Rows of places, repeated ones counted: CSR (starts, columns ascending, counts)."""
    rows = len(row_starts) - 1
    starts, columns, counts = np.zeros(rows + 1, np.int64), np.empty(len(places), np.int32), np.empty(len(places), np.float32)
    size = 0
    for row in range(rows):
        mine = np.sort(places[row_starts[row] : row_starts[row + 1]])
        for at in range(len(mine)):
            if at and mine[at] == mine[at - 1]:
                counts[size - 1] += np.float32(1)
            else:
                columns[size], counts[size] = mine[at], np.float32(1)
                size += 1
        starts[row + 1] = size
    return starts, columns[:size].copy(), counts[:size].copy()


@njit(cache=True)
def weigh(starts, columns, counts, idf):
    """TF-IDF rows of length 1: (1 + ln count) · idf, as `likeness_words.weighted` has it."""
    values = np.empty(len(counts), np.float32)
    for row in range(len(starts) - 1):
        norm = 0.0
        for at in range(starts[row], starts[row + 1]):
            values[at] = (1.0 + math.log(counts[at])) * idf[columns[at]]
            norm += values[at] * values[at]
        norm = math.sqrt(norm)
        for at in range(starts[row], starts[row + 1]):
            values[at] /= norm
    return values


@njit(cache=True)
def product(starts, columns, values, first, second):
    """Scalar product of two rows."""
    at, other, total = starts[first], starts[second], 0.0
    last, other_last = starts[first + 1], starts[second + 1]
    while at < last and other < other_last:
        if columns[at] == columns[other]:
            total += values[at] * values[other]
            at += 1
            other += 1
        elif columns[at] < columns[other]:
            at += 1
        else:
            other += 1
    return total


@njit(cache=True, fastmath=True)
def _margins_of(starts, columns, values, row, weights, bias, margins):
    margins[:] = bias
    for at in range(starts[row], starts[row + 1]):
        column, value = columns[at], values[at]
        for label in range(len(bias)):
            margins[label] += value * weights[column, label]


@njit(cache=True, fastmath=True)
def _add_row(starts, columns, values, row, weights, moves):
    for at in range(starts[row], starts[row + 1]):
        column, value = columns[at], values[at]
        for label in range(len(moves)):
            weights[column, label] += value * moves[label]


@njit(cache=True, fastmath=True)
def scores_of(starts, columns, values, weights, bias):
    """Rows times weights (columns × labels) plus bias: float32 (rows, labels)."""
    scores = np.empty((len(starts) - 1, weights.shape[1]), np.float32)
    for row in range(len(starts) - 1):
        _margins_of(starts, columns, values, row, weights, bias, scores[row])
    return scores


# --- training: support vector machines, one against the rest, all labels in one pass ---


@njit(cache=True, fastmath=True)
def descend(starts, columns, values, truth, weights, bias, cost, epochs, tolerance, seed):
    """Dual coordinate descent of the squared hinge loss; `weights` and `bias` are where it starts and what is changed.

    Minimizes ½|w − w₀|² + cost · Σ max(0, 1 − y w·x)² for every label, w₀ the weights given: nothing for a first training,
    the old model for a further one. Rows have length 1. A text whose bounds all hold rests, until a last look at all.
    Stops when no projected gradient exceeds `tolerance`. Answers the epochs done.
    """
    np.random.seed(seed)
    rows, labels = len(starts) - 1, weights.shape[1]
    alphas, moves, margins = np.zeros((rows, labels), np.float32), np.zeros(labels, np.float32), np.zeros(labels, np.float32)
    order, awake, softness = np.arange(rows), rows, np.float32(0.5 / cost)
    for epoch in range(epochs):
        worst, still = np.float32(0.0), 0
        for turn in range(awake):
            other = turn + np.random.randint(awake - turn)
            order[turn], order[other] = order[other], order[turn]
        for turn in range(awake):
            row = order[turn]
            _margins_of(starts, columns, values, row, weights, bias, margins)
            violation = np.float32(0.0)
            for label in range(labels):
                side = np.float32(1.0) if truth[row] == label else np.float32(-1.0)
                alpha = alphas[row, label]
                gradient = side * margins[label] - np.float32(1.0) + softness * alpha
                moved = max(alpha - gradient / (np.float32(2.0) + softness), np.float32(0.0))
                moves[label] = (moved - alpha) * side
                alphas[row, label] = moved
                if alpha > 0 or gradient < 0:
                    violation = max(violation, abs(gradient))
            worst = max(worst, violation)
            if violation > np.float32(0.1) * tolerance:
                bias += moves
                _add_row(starts, columns, values, row, weights, moves)
                order[still], order[turn] = row, order[still]
                still += 1
        if worst <= tolerance:
            if awake == rows:
                return epoch + 1
            awake = rows
        else:
            awake = max(still, 1)
    return epochs
