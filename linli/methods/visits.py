"""Home visits of a day: which worker goes to whom, in which order, when.

Residents keep the worker of their own grid; somebody else comes only when the own one lacks the skill or the time. Windows,
shifts and skills always hold. In this order: nobody urgent is missed, nobody is missed, nobody is visited by a stranger
(a price of half an hour each), little travel. Without that price the work of a day would be a bit shorter, and every second
resident would see a new face.

It is a vehicle routing problem with time windows. Method: put every visit where it costs least; then, many times, take
strings of neighbouring visits out of a few routes and put them back, keeping what is better (and at first also what is a
little worse). A fixed number of rounds and a seed: the same day gives the same plan. V visits, W workers, R = rounds · V
turns of O(10 · stops of a route) each; memory 4 · (V + W)² bytes. Not proved to be the optimum.

Source: Christiaens & Vanden Berghe, Slack induction by string removals for vehicle routing problems, Transportation
Science 54 (2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods import visits_kernels as kernels
from linli.methods.errors import BadInput
from linli.methods.running import Progress, tell

WORKERS_TRIED, NEIGHBOURS = 10, 40
MISSING_S = 100_000.0  # price of a missed visit in seconds: above any detour, times its urgency
MOST_PLACES, DAY_S, MOST_URGENCY = 8000, 172_800, 100
HEATS = (100.0, 1.0)
PARTS = 20  # the search is told about and may be stopped so often

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Visits:
    """V visits. `at` metres on a plane; seconds of the day; `needs` skills as bits; `own` the worker of the grid, −1: nobody's.

    Service begins from `opens_s` to `closes_s`. `urgency` 1 is ordinary; higher ones are missed last.
    """

    at: ArrayLike  # [V, 2]
    service_s: ArrayLike
    opens_s: ArrayLike
    closes_s: ArrayLike
    needs: ArrayLike
    own: ArrayLike
    urgency: ArrayLike


@dataclass(frozen=True)
class Workers:
    """W workers: where the day begins and ends, the shift in seconds of the day, skills as bits."""

    at: ArrayLike  # [W, 2]
    begins_s: ArrayLike
    ends_s: ArrayLike
    skills: ArrayLike


@dataclass(frozen=True)
class Stop:
    """A visit in a route: seconds of the day. The worker waits from `arrives_s` to `begins_s`."""

    visit: int
    arrives_s: int
    begins_s: int
    ends_s: int


@dataclass(frozen=True)
class Missed:
    """A visit that nobody makes. `kind`: "nobody_has_the_skill", "no_shift_fits" (window, way and shift), "no_room".

    With "no_room", `worker` is who comes closest, and the visit would make that day too long, or somebody late, by `short_s`.
    """

    visit: int
    kind: str
    worker: int
    short_s: int


@dataclass(frozen=True)
class Moved:
    """A visit by somebody else than the own worker. `kind`: "own_lacks_the_skill", "own_has_no_room" (by `short_s`), "nearer"."""

    visit: int
    worker: int
    kind: str
    short_s: int


@dataclass(frozen=True)
class Plan:
    """Routes by worker, and the reasons for what is not as it should be. `worker[v]` is −1 for a missed visit."""

    routes: tuple[tuple[Stop, ...], ...]
    worker: Integers
    travel_s: int
    waiting_s: int
    missed: tuple[Missed, ...]
    moved: tuple[Moved, ...]


def plan(
    visits: Visits,
    workers: Workers,
    *,
    travel_s: ArrayLike | None = None,
    metres_per_second: float = 1.2,
    detour: float = 1.3,
    leaving_s: float = 1800,
    rounds: int = 80,
    seed: int = 0,
    progress: Progress | None = None,
) -> Plan:
    """Plan a day.

    `travel_s`: seconds from every place to every other, visits first, then the bases of the workers, [V + W, V + W]; None
    takes the straight distance times `detour` at walking speed. `leaving_s`: how much travel it must save that somebody else
    than the own worker comes. `rounds`: effort, in turns a visit. Raises BadInput, Cancelled.
    """
    day = _Day(visits, workers)
    if not 0 <= leaving_s <= MISSING_S / 4 or not 0 <= rounds <= 10_000 or not (metres_per_second > 0 and detour >= 1):
        raise BadInput("settings", f"leaving_s 0 to {MISSING_S / 4:.0f}, rounds 0 to 10,000, speed above 0, detour from 1")
    day.travel = _travel(day, detour / metres_per_second) if travel_s is None else _given_travel(day, travel_s)
    work = _work(day, leaving_s)
    plans, banks = _empty(day), _banks(len(day.service))
    if len(day.service) and len(day.shift):
        kernels.fill(work, plans[0], banks[0], seed)
        kernels.copy_all(plans, banks)
        heats = np.geomspace(HEATS[0], HEATS[1], PARTS + 1)
        for part in range(PARTS):
            tell(progress, part / PARTS)
            turns = rounds * len(day.service) // PARTS
            kernels.improve(work, plans, banks, turns, seed * PARTS + part + 1, heats[part : part + 2])
    tell(progress, 1.0)
    return _answer(day, work, plans[0])


class _Day:
    """The input as checked arrays."""

    travel: NDArray[np.int32]

    def __init__(self, visits: Visits, workers: Workers):
        self.at = _places("visits.at", visits.at)
        self.base = _places("workers.at", workers.at)
        count, staff = len(self.at), len(self.base)
        if count + staff > MOST_PLACES:
            raise BadInput(
                "visits", f"{count} and {staff} workers are too many at once; plan parts of the town (at most {MOST_PLACES})"
            )
        self.service = _numbers("visits.service_s", visits.service_s, count, 0, DAY_S)
        self.opens = _numbers("visits.opens_s", visits.opens_s, count, 0, DAY_S)
        self.closes = _numbers("visits.closes_s", visits.closes_s, count, 0, DAY_S)
        self.needs = _numbers("visits.needs", visits.needs, count, 0, 2**62)
        self.own = _numbers("visits.own", visits.own, count, -1, staff - 1)
        self.urgency = _numbers("visits.urgency", visits.urgency, count, 1, MOST_URGENCY)
        begins = _numbers("workers.begins_s", workers.begins_s, staff, 0, DAY_S)
        ends = _numbers("workers.ends_s", workers.ends_s, staff, 0, DAY_S)
        self.skills = _numbers("workers.skills", workers.skills, staff, 0, 2**62)
        self.shift = np.stack([begins, ends], axis=1)
        for field, early, late in (("visits.closes_s", self.opens, self.closes), ("workers.ends_s", begins, ends)):
            wrong = np.flatnonzero(late < early)
            if len(wrong):
                raise BadInput(field, f"number {wrong[0]} ends at {late[wrong[0]]} before it begins at {early[wrong[0]]}")

    def skilled(self) -> NDArray[Any]:
        """bool[V, W]: the worker has all that the visit needs."""
        able: NDArray[Any] = (self.needs[:, None] & ~self.skills[None, :]) == 0
        return able


def _numbers(field: str, values: ArrayLike, count: int, least: int, most: int) -> Integers:
    given = np.asarray(values)
    if given.shape != (count,) or (count and given.dtype.kind not in "iufb"):
        raise BadInput(field, f"is not a list of {count} numbers")
    if count and not (np.isfinite(given).all() and (given >= least).all() and (given <= most).all()):
        raise BadInput(field, f"must be from {least} to {most}")
    return given.astype(np.int64)


def _places(field: str, values: ArrayLike) -> NDArray[np.float64]:
    given = np.asarray(values, float)
    given = given.reshape(0, 2) if given.size == 0 else given
    if given.ndim != 2 or given.shape[1] != 2 or not np.isfinite(given).all():
        raise BadInput(field, "is not a list of pairs of metres")
    return given


def _travel(day: _Day, seconds_a_metre: float) -> NDArray[np.int32]:
    x, y = np.concatenate([day.at, day.base]).T
    seconds = np.rint(np.hypot(x[:, None] - x, y[:, None] - y) * seconds_a_metre)
    reachable: NDArray[np.int32] = np.minimum(seconds, DAY_S).astype(np.int32)  # a day is out of reach anyway
    return reachable


def _given_travel(day: _Day, travel_s: ArrayLike) -> NDArray[np.int32]:
    given, places = np.asarray(travel_s, float), len(day.at) + len(day.base)
    if given.shape != (places, places) or not (given >= 0).all():
        raise BadInput("travel_s", f"is not {places} × {places} seconds from 0")
    reachable: NDArray[np.int32] = np.minimum(np.rint(given), DAY_S).astype(np.int32)
    return reachable


def _work(day: _Day, leaving_s: float) -> kernels.Work:
    count, staff = len(day.service), len(day.shift)
    there, back = day.travel[count:, :count].T, day.travel[:count, count:]
    start = np.maximum(day.shift[None, :, 0] + there, day.opens[:, None])
    able = day.skilled() & (start <= day.closes[:, None]) & (start + day.service[:, None] + back <= day.shift[None, :, 1])
    far = np.where(able, there.astype(np.float64), np.inf)
    owned = np.flatnonzero(day.own >= 0)
    far[owned, day.own[owned]] = np.where(able[owned, day.own[owned]], -1.0, np.inf)
    order = np.argsort(far, axis=1, kind="stable")[:, :WORKERS_TRIED]
    may = np.where(np.isfinite(np.take_along_axis(far, order, axis=1)), order, -1)
    near = np.argsort(day.travel[:count, :count] + np.eye(count, dtype=np.int32) * -1, axis=1, kind="stable")[
        :, 1 : NEIGHBOURS + 1
    ]
    leaving = np.where(day.own >= 0, float(leaving_s), 0.0)
    return kernels.Work(
        day.travel, day.service, day.opens, day.closes, MISSING_S * day.urgency - day.service, leaving, day.own,
        np.ascontiguousarray(may.reshape(count, min(WORKERS_TRIED, staff)), np.int64), (day.urgency == 1).astype(np.int64),
        np.ascontiguousarray(near, np.int64), day.shift,
    )  # fmt: skip


def _empty(day: _Day) -> tuple[kernels.Routes, ...]:
    """Three plans without a visit: at work, kept, best."""
    count, staff = len(day.service), len(day.shift)
    longest = int((day.shift[:, 1] - day.shift[:, 0]).max(initial=0)) // max(int(day.service.min(initial=DAY_S)), 1) + 1

    def table() -> Integers:
        return np.zeros((staff, min(longest, count)), np.int64)

    return tuple(
        kernels.Routes(
            table(), table(), table(), np.zeros(staff, np.int64), np.full(count, -1), np.zeros(staff), np.zeros(staff, np.int64)
        )
        for _copy in range(3)
    )


def _banks(count: int) -> tuple[kernels.Bank, ...]:
    """Three banks with every visit in them."""
    return tuple(
        kernels.Bank(np.arange(count), np.array([count]), np.ones(count, np.bool_), np.zeros(count)) for _copy in range(3)
    )


def _answer(day: _Day, work: kernels.Work, routes: kernels.Routes) -> Plan:
    stops, travel, waiting = [], 0, 0
    for w, count in enumerate(routes.length.tolist()):
        route, now, at = [], int(day.shift[w, 0]), len(day.service) + w
        for visit, begins in zip(routes.order[w, :count].tolist(), routes.begin[w, :count].tolist(), strict=True):
            leg = int(day.travel[at, visit])
            route.append(Stop(visit, now + leg, begins, begins + int(day.service[visit])))
            travel, waiting, now, at = travel + leg, waiting + begins - now - leg, route[-1].ends_s, visit
        travel += int(day.travel[at, len(day.service) + w]) if count else 0
        stops.append(tuple(route))
    skilled = day.skilled()
    missed = [_why_missed(day, work, routes, skilled, visit) for visit in np.flatnonzero(routes.worker < 0).tolist()]
    strange = np.flatnonzero((routes.worker >= 0) & (day.own >= 0) & (routes.worker != day.own)).tolist()
    moved = [_why_moved(day, routes, skilled, visit) for visit in strange]
    return Plan(tuple(stops), routes.worker.copy(), travel, waiting, tuple(missed), tuple(moved))


def _short(day: _Day, routes: kernels.Routes, visit: int, w: int) -> int:
    """By how many seconds a visit does not fit into a route, at the best place; 0 when it fits."""
    base, count = len(day.service) + w, int(routes.length[w])
    order = routes.order[w, :count].tolist()
    best, ready, before = DAY_S * 2, int(day.shift[w, 0]), base
    for index, after in enumerate([*order, base]):
        start = max(ready + int(day.travel[before, visit]), int(day.opens[visit]))
        limit = int(day.shift[w, 1] if after == base else routes.latest[w, index])
        late = start + int(day.service[visit]) + int(day.travel[visit, after]) - limit
        best = min(best, max(late, start - int(day.closes[visit]), 0))
        if after != base:
            ready, before = int(routes.begin[w, index] + day.service[after]), after
    return best


def _why_missed(day: _Day, work: kernels.Work, routes: kernels.Routes, skilled: NDArray[Any], visit: int) -> Missed:
    if not skilled[visit].any():
        return Missed(visit, "nobody_has_the_skill", -1, 0)
    able = [w for w in work.may[visit].tolist() if w >= 0]
    if not able:
        return Missed(visit, "no_shift_fits", -1, 0)
    short, _place, worker = min((_short(day, routes, visit, w), place, w) for place, w in enumerate(able))
    return Missed(visit, "no_room", worker, short)


def _why_moved(day: _Day, routes: kernels.Routes, skilled: NDArray[Any], visit: int) -> Moved:
    own, worker = int(day.own[visit]), int(routes.worker[visit])
    if not skilled[visit, own]:
        return Moved(visit, worker, "own_lacks_the_skill", 0)
    short = _short(day, routes, visit, own)
    return Moved(visit, worker, "own_has_no_room" if short else "nearer", short)


def warm() -> None:
    """Compile everything on a tiny day."""
    visits = Visits([[0, 0], [50, 0], [0, 90]], [600] * 3, [0] * 3, [9000] * 3, [0, 0, 0], [0, 0, 1], [1, 2, 1])
    plan(visits, Workers([[0, 0], [9, 9]], [0, 0], [9000, 900], [0, 0]), rounds=20)
