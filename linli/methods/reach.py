"""What is in reach on foot: minutes from every home to the nearest place of each kind, and where the next place should be.

The network is straight pieces of street between nodes, in metres; slopes and steps cost time, each way its own. Homes and
places stand on pieces, not on nodes: a shop in the middle of a street is as near as it is. All times are whole milliseconds,
so any plain shortest-path method gives exactly the same ones. A place is in reach when its time is at most the limit.

Work: finding pieces about 1 µs a point; minutes to k kinds O(k × (nodes + pieces + homes)); the best n of m sites O(m × what
is in reach of one) once, then lazy greedy choice, at least 63 % of the best possible cover (Nemhauser, Wolsey & Fisher 1978;
Minoux 1978 for being lazy). Slopes after Tobler (1993); steps between the figures of Fujiyama & Tyler (2010).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods import reach_kernels as kernels
from linli.methods.errors import BadInput
from linli.methods.running import Progress, tell

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]

NEVER = int(kernels.NEVER)  # not within the limit
METRES_PER_DEGREE = 111_195.08
CELL_M = 60.0
JOINED_M = 0.1  # ends of pieces nearer than this are one node
SLOPE_WEIGHT, SLOPE_LEVEL = 3.5, 0.05
STEPS_UP, STEPS_DOWN = 2.4, 2.0  # times as long as level ground of the same length
LONGEST_MINUTES = 24 * 60


@dataclass(frozen=True)
class Pace:
    """How fast somebody walks on level ground, in metres a second."""

    metres_per_second: float = 1.2

    def __post_init__(self) -> None:
        if not 0.1 <= self.metres_per_second <= 5:
            raise BadInput("metres_per_second", f"{self.metres_per_second} is no walking speed (0.1 to 5)")


WALKING, ELDERLY = Pace(1.2), Pace(0.8)


@dataclass(frozen=True)
class Network:
    """Streets to walk on: nodes at (x, y) in metres, piece e from start[e] to end[e], milliseconds each way. Of `network()`."""

    x: Floats
    y: Floats
    start: Whole
    end: Whole
    forward_ms: Whole
    back_ms: Whole
    pace: Pace
    graph: tuple[Any, Any, Any]  # first, neighbour, time coming from the neighbour: by node
    piece_of_arc: Whole

    @property
    def pieces(self) -> tuple[Whole, Whole, Whole, Whole]:
        return self.start, self.end, self.forward_ms, self.back_ms


@dataclass(frozen=True)
class Points:
    """Points on a network. `piece` is -1 where none is near; the times are from the piece's start, its end, and to the piece."""

    piece: Whole
    share: Floats
    away_m: Floats
    ahead_ms: Whole
    behind_ms: Whole
    access_ms: Whole

    def __len__(self) -> int:
        return len(self.piece)

    @property
    def arrays(self) -> tuple[Whole, Whole, Whole, Whole]:
        return self.piece, self.ahead_ms, self.behind_ms, self.access_ms


def metres(lng: ArrayLike, lat: ArrayLike, middle: tuple[float, float]) -> tuple[Floats, Floats]:
    """Degrees → metres east and north of `middle` (lng, lat). For a city: off by less than 0.1 % within 50 km."""
    east = (np.asarray(lng, float) - middle[0]) * METRES_PER_DEGREE * np.cos(np.radians(middle[1]))
    return east, (np.asarray(lat, float) - middle[1]) * METRES_PER_DEGREE


def walking_ms(length_m: ArrayLike, rise_m: ArrayLike, is_steps: ArrayLike, pace: Pace = WALKING) -> tuple[Whole, Whole]:
    """Milliseconds to walk pieces forward and back. `rise_m` is end above start; steps take longer whatever their rise.

    On slopes Tobler's function relative to level ground, never quicker than level: nobody old hurries downhill.
    """
    length, rise, steps = np.asarray(length_m, float), np.asarray(rise_m, float), np.asarray(is_steps, bool)
    slope = np.clip(np.divide(rise, length, out=np.zeros(np.broadcast(rise, length).shape), where=length > 0), -1, 1)
    ways = []
    for up in (slope, -slope):
        ramp = np.maximum(1.0, np.exp(SLOPE_WEIGHT * (np.abs(up + SLOPE_LEVEL) - SLOPE_LEVEL)))
        stairs = np.where(up < 0, STEPS_DOWN, STEPS_UP)
        ways.append(np.rint(1000 * length / pace.metres_per_second * np.where(steps, stairs, ramp)).astype(np.int32))
    return ways[0], ways[1]


def network(
    x: ArrayLike, y: ArrayLike, start: ArrayLike, end: ArrayLike, *,
    rise_m: ArrayLike = 0.0, is_steps: ArrayLike = False, pace: Pace = WALKING,
) -> Network:  # fmt: skip
    """Streets from nodes (x, y in metres) and pieces (indices of their two nodes). O(nodes + pieces).

    Raises BadInput for unequal lengths, nodes that do not exist, numbers that are not finite or pieces over 100 km.
    """
    at_x, at_y = np.asarray(x, float), np.asarray(y, float)
    a, b = np.asarray(start, np.int32), np.asarray(end, np.int32)
    if at_x.shape != at_y.shape or at_x.ndim != 1 or not np.isfinite(at_x).all() or not np.isfinite(at_y).all():
        raise BadInput("x", "nodes need as many x as y, all finite numbers")
    if a.shape != b.shape or a.ndim != 1 or a.size == 0:
        raise BadInput("start", "pieces need as many starts as ends, and at least one")
    if min(a.min(), b.min()) < 0 or max(a.max(), b.max()) >= at_x.size:
        raise BadInput("start", f"a piece names a node that does not exist (there are {at_x.size})")
    length = np.hypot(at_x[b] - at_x[a], at_y[b] - at_y[a])
    if length.max() > 100_000:
        raise BadInput("x", "a piece is longer than 100 km; are the coordinates metres?")
    rise, steps = np.broadcast_to(np.asarray(rise_m, float), a.shape), np.broadcast_to(np.asarray(is_steps, bool), a.shape)
    forward, back = walking_ms(length, np.nan_to_num(rise), steps, pace)
    return of_times(at_x, at_y, a, b, forward, back, pace)


def of_times(x: Floats, y: Floats, start: Whole, end: Whole, forward_ms: Whole, back_ms: Whole, pace: Pace = WALKING) -> Network:
    """A network whose pieces' times are known (milliseconds from start to end, and back)."""
    ends = np.concatenate((start, end))
    order = np.argsort(ends, kind="stable")
    first = np.concatenate(([0], np.cumsum(np.bincount(ends, minlength=x.size)))).astype(np.int32)
    neighbour = np.concatenate((end, start))[order]
    coming = np.concatenate((back_ms, forward_ms))[order]  # at the start of a piece one comes back along it
    piece = np.tile(np.arange(start.size, dtype=np.int32), 2)[order]
    return Network(x, y, start, end, forward_ms, back_ms, pace, (first, neighbour, coming), piece)


def network_of_segments(
    segments: ArrayLike, *, rise_m: ArrayLike = 0.0, is_steps: ArrayLike = False, pace: Pace = WALKING
) -> Network:
    """Streets from rows (x1, y1, x2, y2) in metres: ends that are the same place (to 0.1 m) are one node."""
    rows = np.asarray(segments, float)
    if rows.ndim != 2 or rows.shape[1] != 4 or not len(rows) or not np.isfinite(rows).all():
        raise BadInput("segments", "needs rows of four finite numbers: x1, y1, x2, y2")
    ends = np.rint(np.concatenate((rows[:, :2], rows[:, 2:])) / JOINED_M).astype(np.int64)
    corner = ends.min(axis=0)
    key = (ends[:, 0] - corner[0]) * (int(ends[:, 1].max()) - int(corner[1]) + 1) + ends[:, 1] - corner[1]
    _known, where, node = np.unique(key, return_index=True, return_inverse=True)
    places = np.concatenate((rows[:, :2], rows[:, 2:]))[where]
    half = len(rows)
    return network(places[:, 0], places[:, 1], node[:half], node[half:], rise_m=rise_m, is_steps=is_steps, pace=pace)


def snap(streets: Network, x: ArrayLike, y: ArrayLike, *, within_m: float = 200.0) -> Points:
    """Points on the nearest piece of street within `within_m`; the way to it is walked at the network's pace.

    Raises BadInput for unequal lengths or numbers that are not finite. About 1 µs a point.
    """
    px, py = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
    if px.shape != py.shape or px.ndim != 1 or not np.isfinite(px).all() or not np.isfinite(py).all():
        raise BadInput("x", "points need as many x as y, all finite numbers")
    west, south = float(streets.x.min()), float(streets.y.min())
    wide, high = float(streets.x.max()) - west, float(streets.y.max()) - south
    size = max(CELL_M, np.sqrt(wide * high / (4 * streets.start.size)), max(wide, high) / 20_000)
    shape = (int(wide / size) + 1, int(high / size) + 1)
    cells = kernels.fill_cells(streets.x, streets.y, streets.start, streets.end, west, south, size, *shape)
    piece, share, away = kernels.nearest_edges(
        px, py, streets.x, streets.y, streets.start, streets.end, cells, (west, south, size), shape, float(within_m)
    )
    return on_pieces(streets, piece, share, away)


def on_pieces(streets: Network, piece: ArrayLike, share: ArrayLike, away_m: ArrayLike = 0.0) -> Points:
    """Points at a share (0 to 1) of the length of known pieces, `away_m` off the street."""
    on = np.asarray(piece, np.int32)
    part = np.broadcast_to(np.asarray(share, float), on.shape)
    away = np.broadcast_to(np.asarray(away_m, float), on.shape)
    ahead = np.rint(part * streets.forward_ms[on]).astype(np.int32)
    behind = np.rint((1 - part) * streets.back_ms[on]).astype(np.int32)
    access = np.rint(1000 * np.where(np.isfinite(away), away, 0) / streets.pace.metres_per_second).astype(np.int32)
    return Points(on, part, away, ahead, behind, access)


def _limit_ms(minutes: float) -> np.int32:
    if not 0 < minutes <= LONGEST_MINUTES:
        raise BadInput("minutes", f"{minutes} is not between 0 and {LONGEST_MINUTES}")
    return np.int32(round(minutes * 60_000))


def _grouped(keys: ArrayLike, groups: int) -> tuple[NDArray[np.int64], Whole]:
    """Indices by key, as (first, members); negative keys are left out."""
    of = np.asarray(keys, np.int64)
    members = np.argsort(of, kind="stable")[np.count_nonzero(of < 0) :].astype(np.int32)
    first = np.concatenate(([0], np.cumsum(np.bincount(of[of >= 0], minlength=groups))))
    return first, members


def times_to_kinds(streets: Network, homes: Points, places: Points, kind: ArrayLike, kinds: int, *, minutes: float = 15) -> Whole:
    """Milliseconds from each home to the nearest place of each kind, [kinds, homes]; NEVER beyond `minutes`.

    `kind` gives each place a number from 0 to kinds - 1. Raises BadInput when it does not.
    """
    of = np.asarray(kind, np.int64)
    if of.shape != (len(places),) or (of.size and (of.min() < 0 or of.max() >= kinds)):
        raise BadInput("kind", f"needs a number from 0 to {kinds - 1} for each of {len(places)} places")
    order = np.argsort(homes.piece, kind="stable")  # neighbours one after the other: their nodes are still in the cache
    in_order, found = tuple(one[order] for one in homes.arrays), np.empty((kinds, len(homes)), np.int32)
    on_piece = np.searchsorted(in_order[0], np.arange(streets.start.size + 1))
    kernels.times_to_kinds(
        streets.graph, streets.pieces, in_order, on_piece, places.arrays, _grouped(of, kinds), _limit_ms(minutes), found
    )
    result = np.empty_like(found)
    result[:, order] = found
    return result


def times_from_nodes(streets: Network, nodes: Sequence[ArrayLike], *, minutes: float = 15) -> Whole:
    """Milliseconds from every node of the network to the nearest of each set of nodes, [sets, nodes]; NEVER beyond `minutes`."""
    sets = [np.asarray(one, np.int32) for one in nodes]
    if any(one.size and (one.min() < 0 or one.max() >= streets.x.size) for one in sets):
        raise BadInput("nodes", f"names a node that does not exist (there are {streets.x.size})")
    result = np.empty((len(sets), streets.x.size), np.int32)
    first = np.concatenate(([0], np.cumsum([one.size for one in sets]))).astype(np.int64)
    kernels.times_from_nodes(streets.graph, np.concatenate([*sets, np.empty(0, np.int32)]), first, _limit_ms(minutes), result)
    return result


def shares_in_reach(times: Whole, residents: ArrayLike, *, minutes: float = 15) -> tuple[Floats, float]:
    """Share of residents with each kind within `minutes`, and with all kinds. `times` [kinds, homes] of `times_to_kinds`."""
    people = _people(residents, times.shape[1])
    within = times <= _limit_ms(minutes)
    total = max(float(people.sum()), 1.0)
    return within @ people / total, float(people[within.all(axis=0)].sum() / total)


@dataclass(frozen=True)
class Missing:
    """So many residents of an area have no place of a kind in reach."""

    area: int
    kind: int
    residents: int
    of: int


def missing(times: Whole, residents: ArrayLike, area: ArrayLike, *, minutes: float = 15) -> list[Missing]:
    """What lacks where (缺什么补什么): by area and kind, the residents without it, most first.

    `area` gives each home the number of its area; negative is nowhere and is not counted.
    """
    people, of = _people(residents, times.shape[1]), np.asarray(area, np.int64)
    if of.shape != people.shape:
        raise BadInput("area", f"needs a number for each of {len(people)} homes")
    people, of, lacks = people[of >= 0], of[of >= 0], (times > _limit_ms(minutes))[:, of >= 0]
    total = np.bincount(of, people)
    rows = [
        Missing(int(where), kind, int(without[where]), int(total[where]))
        for kind, without in enumerate(np.bincount(of, people * lack) for lack in lacks)
        for where in np.flatnonzero(without)
    ]
    return sorted(rows, key=lambda row: (-row.residents, row.area, row.kind))


def _people(residents: ArrayLike, homes: int) -> NDArray[np.int64]:
    people = np.asarray(residents)
    if people.shape != (homes,) or not np.isfinite(people).all() or (people < 0).any():
        raise BadInput("residents", f"needs a number, not below zero, for each of {homes} homes")
    return np.asarray(np.rint(people), np.int64)


@dataclass(frozen=True)
class Site:
    """A chosen site: its number among those offered, and the residents who get the kind into reach by it."""

    site: int
    residents: int


def reach_sets(
    streets: Network, homes: Points, sites: Points, *, minutes: float = 15, progress: Progress | None = None
) -> tuple[NDArray[np.int64], Whole]:
    """Homes within `minutes` of each site, as (first, members): those of site s are members[first[s]:first[s + 1]]."""
    limit, on_piece = _limit_ms(minutes), _grouped(homes.piece, streets.start.size)
    firsts, members = [np.zeros(1, np.int64)], []
    for block in np.array_split(np.arange(len(sites), dtype=np.int32), max(len(sites) // 64, 1)):
        first, found = kernels.reach_sets(
            streets.graph, streets.piece_of_arc, streets.pieces, homes.arrays, on_piece, sites.arrays, block, limit
        )
        firsts.append(first[1:] + firsts[-1][-1])
        members.append(found)
        tell(progress, len(firsts) * 64 / (len(sites) + 64))
    return np.concatenate(firsts), np.concatenate(members)


def best_sites(
    sets: tuple[NDArray[np.int64], Whole], residents: ArrayLike, count: int, *, is_covered: ArrayLike | None = None
) -> list[Site]:
    """The sites that bring most residents into reach, one after the other; fewer when nobody is left to gain.

    `sets` of `reach_sets`; `is_covered` says which homes have the kind already (then only the others count). Lazy: a site's
    gain only falls, so one that still leads after its gain was counted anew is the best. Of equals the lower number.
    """
    first, members = sets
    people = np.asarray(residents)
    left = _people(people, people.size)
    if is_covered is not None:
        left = np.where(np.asarray(is_covered, bool), 0, left)
    if count < 1:
        raise BadInput("count", "must be at least 1")
    of = [members[first[site] : first[site + 1]] for site in range(len(first) - 1)]
    heap = [(-int(left[homes].sum()), site, 0) for site, homes in enumerate(of)]
    heapq.heapify(heap)
    chosen: list[Site] = []
    while heap and len(chosen) < count and heap[0][0] < 0:
        gain, site, counted = heap[0]
        if counted == len(chosen):
            heapq.heappop(heap)
            chosen.append(Site(site, -gain))
            left[of[site]] = 0
        else:
            heapq.heapreplace(heap, (-int(left[of[site]].sum()), site, len(chosen)))
    return chosen


def warm() -> None:
    """Compile: a street of two pieces."""
    streets = network([0, 100, 200], [0, 0, 0], [0, 1], [1, 2])
    homes = snap(streets, [10.0, 150.0], [5.0, 5.0])
    times_to_kinds(streets, homes, homes, [0, 0], 1)
    times_from_nodes(streets, [[0]])
    best_sites(reach_sets(streets, homes, homes), [1, 1], 1)
