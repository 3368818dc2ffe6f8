"""Hot spots and repeat spots: where is there more than by chance, and where does the same thing come again and again?

Hot spots: cells of the H3 grid whose neighbourhood has a higher mean than chance allows (Gi* of Ord & Getis 1995, by formula,
no random shuffling), with the share of false ones among those named under control (Benjamini & Hochberg 1995). With
households given, it is reports per household that counts, small cells drawn to the whole (Marshall 1991): otherwise the
densest estate is always the hottest. O(cells).

Repeat spots: reports of one kind within some metres of one of them, in at least three spells apart in time. The densest spot is
taken first and its reports leave, so a long road is no spot. O(pairs within reach).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods import alarms_kernels as kernels
from linli.methods.errors import BadInput

Floats = NDArray[np.float64]

# Axial coordinates on H3's lattice: where each digit leads, and what the two axes become one resolution finer.
DIGITS = np.array([[0, 0], [-1, -1], [0, 1], [-1, 0], [1, 0], [0, -1], [1, 1], [0, 0]])
FINER_ODD, FINER_EVEN = np.array([[2, -1], [1, 3]]), np.array([[3, 1], [-1, 2]])
PENTAGONS = (4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117)
LARGEST_LATTICE = 40_000_000


@dataclass(frozen=True)
class HotSpots:
    """By cell: Gi* in standard deviations, chance of as much or more by accident, whether it is hot (or cold), the value used."""

    score: Floats
    chance: Floats
    is_hot: NDArray[np.bool_]
    is_cold: NDArray[np.bool_]
    value: Floats


def rates(counts: ArrayLike, households: ArrayLike) -> Floats:
    """Reports per household, drawn to the rate of the whole the more the fewer households a cell has (Marshall 1991).

    A cell without households has the rate of the whole: it says nothing. Raises BadInput for numbers below zero.
    """
    reports, homes = np.asarray(counts, float), np.asarray(households, float)
    if reports.shape != homes.shape or not np.isfinite(homes).all() or (homes < 0).any():
        raise BadInput("households", "needs a number, not below zero, for each cell")
    if homes.sum() <= 0:
        raise BadInput("households", "there is no household in any cell")
    lived = homes > 0
    whole = float(reports[lived].sum() / homes.sum())
    raw = np.divide(reports, homes, out=np.full(homes.shape, whole), where=lived)
    spread = float((homes * (raw - whole) ** 2).sum() / homes.sum()) - whole / float(homes[lived].mean())
    between = max(spread, 0.0)
    trust = np.zeros(homes.shape) if between == 0 else between / (between + whole / np.maximum(homes, 1e-12))
    return np.asarray(whole + np.where(lived, trust, 0) * (raw - whole), float)


def lattice(cells: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Axial coordinates of H3 cells of one resolution; None when they lie on several base cells or on a pentagon's."""
    codes = np.asarray(cells, np.uint64)
    base = (codes >> np.uint64(45)) & np.uint64(127)
    if base.min() != base.max() or int(base[0]) in PENTAGONS:
        return None
    resolution = int((codes[0] >> np.uint64(52)) & np.uint64(15))
    row, column = np.zeros(codes.size, np.int64), np.zeros(codes.size, np.int64)
    for step in range(1, resolution + 1):
        (a, b), (c, d) = FINER_ODD if step % 2 else FINER_EVEN
        digit = ((codes >> np.uint64(3 * (15 - step))) & np.uint64(7)).astype(np.int64)
        row, column = a * row + c * column + DIGITS[digit, 0], b * row + d * column + DIGITS[digit, 1]
    return row - row.min(), column - column.min()


def neighbourhood_sums(cells: ArrayLike, value: Floats, ring: int = 1) -> tuple[Floats, NDArray[np.int64]]:
    """Sum of the values within `ring` steps of each cell (itself included), and of how many: cells not given are not there."""
    at = lattice(cells)
    if at is not None:
        rows, columns = int(at[0].max()) + 1, int(at[1].max()) + 1
        if (rows + 2 * ring) * (columns + 2 * ring) <= LARGEST_LATTICE:
            sums, numbers = kernels.lattice_sums(at[0], at[1], value, ring, rows, columns)
            return sums, numbers
    import h3.api.numpy_int as h3

    codes = np.asarray(cells, np.uint64)
    order = np.argsort(codes)
    sums, numbers = np.zeros(codes.size), np.zeros(codes.size, np.int64)
    for index, cell in enumerate(codes):
        near = np.asarray(h3.grid_disk(cell, ring), np.uint64)
        place = order[np.minimum(np.searchsorted(codes, near, sorter=order), codes.size - 1)]
        there = place[codes[place] == near]
        sums[index], numbers[index] = value[there].sum(), there.size
    return sums, numbers


def _cells(cells: ArrayLike, counts: ArrayLike) -> tuple[NDArray[np.uint64], Floats]:
    codes, numbers = np.asarray(cells), np.asarray(counts, float)
    if codes.ndim != 1 or codes.dtype.kind not in "iu" or codes.shape != numbers.shape:
        raise BadInput("cells", "needs H3 cells as whole numbers, and a count for each")
    if codes.size < 3:
        raise BadInput("cells", "at least 3 cells are needed")
    codes = codes.astype(np.uint64)
    if np.unique(codes).size != codes.size:
        raise BadInput("cells", "a cell stands there twice")
    if np.unique(codes >> np.uint64(52)).size != 1 or int(codes[0] >> np.uint64(59)) != 1:
        raise BadInput("cells", "must be H3 cells of one resolution")
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise BadInput("counts", "must be numbers not below zero")
    return codes, numbers


def hot_spots(
    cells: ArrayLike, counts: ArrayLike, *, households: ArrayLike | None = None, ring: int = 1, false_share: float = 0.05
) -> HotSpots:
    """Cells in whose neighbourhood there is more (or less) than by chance; at most `false_share` of those named are so by chance.

    `cells` are H3 cells of one resolution, those without reports too (a count of 0), or “more than elsewhere” has no elsewhere.
    """
    from scipy.special import erfc

    codes, numbers = _cells(cells, counts)
    if not 0 < false_share < 1:
        raise BadInput("false_share", f"{false_share} is not between 0 and 1")
    if not 1 <= ring <= 20:
        raise BadInput("ring", f"{ring} is not between 1 and 20")
    value = numbers if households is None else rates(numbers, households)
    sums, near = neighbourhood_sums(codes, value, ring)
    size, mean, spread = codes.size, float(value.mean()), float(value.std())
    scale = spread * np.sqrt(near * (size - near) / (size - 1))
    z = np.divide(sums - near * mean, scale, out=np.zeros(size), where=scale > 1e-12 * max(mean, 1e-300))
    chance = 0.5 * erfc(z / np.sqrt(2))
    return HotSpots(z, chance, controlled(chance, false_share), controlled(1 - chance, false_share), value)


def controlled(chance: Floats, false_share: float) -> NDArray[np.bool_]:
    """Which findings to name so that at most `false_share` of those named are false (Benjamini & Hochberg 1995)."""
    order = np.argsort(chance, kind="stable")
    kept = np.flatnonzero(chance[order] <= false_share * np.arange(1, chance.size + 1) / chance.size)
    named = np.zeros(chance.size, bool)
    if kept.size:
        named[order[: kept[-1] + 1]] = True
    return named


@dataclass(frozen=True)
class Spot:
    """A place to which one kind of thing comes back: its middle, its reports (indices), spells, and first and last day."""

    kind: int
    x: float
    y: float
    reports: tuple[int, ...]
    spells: int
    first_day: int
    last_day: int


def repeat_spots(
    x: ArrayLike, y: ArrayLike, kind: ArrayLike, day: ArrayLike, *, within_m: float = 50, calm_days: int = 7, least: int = 3
) -> list[Spot]:
    """Places with at least `least` spells of one kind; reports more than `calm_days` apart belong to different spells.

    `x`, `y` in metres, `kind` and `day` whole numbers. Most spells first. Raises BadInput for unequal lengths or bad numbers.
    """
    east, north = np.asarray(x, float), np.asarray(y, float)
    of, on = np.asarray(kind, np.int64), np.asarray(day, np.int64)
    if not east.shape == north.shape == of.shape == on.shape or east.ndim != 1:
        raise BadInput("x", "needs as many x, y, kinds and days")
    if not np.isfinite(east).all() or not np.isfinite(north).all():
        raise BadInput("x", "must be finite numbers of metres")
    if within_m <= 0 or calm_days < 0 or least < 1:
        raise BadInput("within_m", "must be above 0; calm_days not below 0, least at least 1")
    first, members = _near(east, north, of, within_m)
    spots, taken = [], np.zeros(east.size, bool)
    for centre in _densest(first, members, taken, least):
        near = members[first[centre] : first[centre + 1]]
        group = np.sort(np.append(near[~taken[near]], centre))
        days = np.sort(on[group])
        spells = 1 + int((np.diff(days) > calm_days).sum())
        taken[group] = True
        if spells >= least:
            middle = float(east[group].mean()), float(north[group].mean())
            spots.append(Spot(int(of[centre]), *middle, tuple(int(one) for one in group), spells, int(days[0]), int(days[-1])))
    return sorted(spots, key=lambda spot: (-spot.spells, -len(spot.reports), spot.reports))


def _near(east: Floats, north: Floats, of: NDArray[np.int64], within_m: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Reports of the same kind within reach of each report, as (first, members): kinds lie in layers too far apart to touch."""
    from scipy.spatial import cKDTree

    if not east.size:
        return np.zeros(1, np.int64), np.empty(0, np.int64)
    layer = np.unique(of, return_inverse=True)[1] * (3 * within_m)
    pairs = cKDTree(np.column_stack((east - east.min(), north - north.min(), layer))).query_pairs(within_m, output_type="ndarray")
    left, right = np.concatenate((pairs[:, 0], pairs[:, 1])), np.concatenate((pairs[:, 1], pairs[:, 0]))
    order = np.lexsort((right, left))
    first = np.concatenate(([0], np.cumsum(np.bincount(left, minlength=east.size))))
    return first, right[order].astype(np.int64)


def _densest(first: NDArray[np.int64], members: NDArray[np.int64], taken: NDArray[np.bool_], least: int) -> Any:
    """Reports with at least `least` free ones about them (themselves counted), the most first; the caller takes them away."""
    heap = [(-(int(first[one + 1] - first[one]) + 1), one) for one in np.flatnonzero(np.diff(first) + 1 >= least).tolist()]
    heapq.heapify(heap)
    while heap:
        number, one = heap[0]
        if taken[one]:
            heapq.heappop(heap)
            continue
        now = int((~taken[members[first[one] : first[one + 1]]]).sum()) + 1
        if now == -number:
            heapq.heappop(heap)
            yield one
        elif now < least:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (-now, one))


def warm() -> None:
    """Compile: a cell and its neighbours."""
    cells: Sequence[int] = [0x8940A690927FFFF, 0x8940A69092FFFFF, 0x8940A695443FFFF]
    hot_spots(cells, [1, 2, 3])
