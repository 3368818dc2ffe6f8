"""Compiled loops of `alarms` and `alarms_spots`."""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit(cache=True)
def score_series(counts, group, factor, settings, score, expected):
    """score[s, t]: how far above the expected the smoothed count is, in standard deviations (0 when it is not above).

    factor[g, t] is what a usual series of the group has on the day. The rate of a series beside that is its count over its
    sum of factors in the window, drawn to 1 by `prior` made-up reports. Settings: (memory, prior, lag, window, first day).
    """
    memory, prior, lag, window, begin = settings
    series, days = counts.shape
    lag_days, window_days, first = int(lag), int(window), int(begin)
    forget, keep = 1 - memory, memory * memory
    for one in range(series):
        seen = usual = smooth = mean = spread = 0.0
        of = factor[group[one]]
        row = counts[one]
        for day in range(days):
            entering = day - lag_days - 1
            if entering >= 0:
                seen += row[entering]
                usual += of[entering]
                if entering >= window_days:
                    seen -= row[entering - window_days]
                    usual -= of[entering - window_days]
            today = (seen + prior) / (max(usual, 0.0) + prior) * of[day]
            smooth = memory * row[day] + forget * smooth
            mean = memory * today + forget * mean
            spread = keep * today + forget * forget * spread
            expected[one, day] = today
            score[one, day] = 0.0
            if day >= first and smooth > mean:
                variance = spread + mean * mean / (seen + prior)  # chance of the days, and that the rate is an estimate
                shape = mean * mean / variance
                score[one, day] = max((np.cbrt(smooth / mean) - (1 - 1 / (9 * shape))) * math.sqrt(9 * shape), 0.0)


@njit(cache=True)
def episodes(score, threshold, series_out, first_out, last_out, best_out):
    """Runs of days above the threshold, by series and day; returns how many (writes no more than there is room for)."""
    found = 0
    for one in range(score.shape[0]):
        is_on = False
        for day in range(score.shape[1]):
            value = score[one, day]
            if value < threshold:
                is_on = False
                continue
            if not is_on:
                found += 1
                is_on = True
                if found <= series_out.size:
                    series_out[found - 1], first_out[found - 1], best_out[found - 1] = one, day, value
            if found <= series_out.size:
                last_out[found - 1] = day
                best_out[found - 1] = max(best_out[found - 1], value)
    return found


@njit(cache=True)
def lattice_sums(row_of, column_of, value, ring, rows, columns):
    """Sum of values, and number of cells, within `ring` steps of each cell (itself included) on a hexagonal lattice."""
    width = columns + 2 * ring
    place = np.full((rows + 2 * ring) * width, -1, np.int32)
    for cell in range(row_of.size):
        place[(row_of[cell] + ring) * width + column_of[cell] + ring] = cell
    sums, numbers = np.zeros(value.size), np.zeros(value.size, np.int64)
    for cell in range(row_of.size):
        total, number = 0.0, 0
        middle = (row_of[cell] + ring) * width + column_of[cell] + ring
        for i in range(-ring, ring + 1):
            for j in range(max(-ring, i - ring), min(ring, i + ring) + 1):  # (1, 1) is one step in these axes, (1, -1) two
                other = place[middle + i * width + j]
                if other >= 0:
                    total += value[other]
                    number += 1
        sums[cell], numbers[cell] = total, number
    return sums, numbers
