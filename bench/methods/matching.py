"""Requests to organisations of a made-up city: ours, min-cost flow, linear programming, assignment over slots, and today's ways."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from bench.methods.contest import OURS, Contender, Goal, Match
from bench.methods.matching_picture import before_and_after

STEPS = ((0.5, 500), (0.8, 1500))
UNSERVED = 60_000


class City(NamedTuple):
    """R requests, n organisations, E eligible pairs as a CSR matrix in parts; costs in urgency-weighted metres."""

    starts: np.ndarray  # [R + 1]
    organizations: np.ndarray  # [E]
    costs: np.ndarray  # [E]
    capacity: np.ndarray  # [n]
    request_at: np.ndarray  # [R, 2] metres
    organization_at: np.ndarray  # [n, 2]
    kind: np.ndarray  # [R]

    def matrix(self) -> Any:
        from scipy.sparse import csr_matrix

        return csr_matrix((self.costs, self.organizations, self.starts), (len(self.starts) - 1, len(self.capacity)))


def city(requests: int = 15_000, organizations: int = 600, kinds: int = 10, seed: int = 1) -> City:
    """People and organisations around 40 centres; who may help depends on the kind of need and on the organisation's reach."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 24_000, (40, 2))
    request_at, organization_at = (
        np.clip(centres[rng.integers(0, 40, count)] + rng.normal(0, 2500, (count, 2)), 0, 24_000)
        for count in (requests, organizations)
    )
    share = rng.dirichlet(np.full(kinds, 4.0))
    kind = rng.choice(kinds, requests, p=share)
    offers = np.zeros((organizations, kinds), bool)
    offers[np.arange(organizations), rng.choice(kinds, organizations, p=share)] = True
    also = np.flatnonzero(rng.random(organizations) < 0.6)
    offers[also, rng.choice(kinds, len(also), p=share)] = True
    reach = rng.choice([4000, 8000, 15_000, 40_000], organizations, p=[0.3, 0.35, 0.25, 0.1])
    metres = 1.3 * np.hypot(*(request_at[:, None, :] - organization_at[None, :, :]).transpose(2, 0, 1))
    may = (metres <= reach) & offers[:, kind].T
    urgency = rng.choice([1, 2, 3], requests, p=[0.7, 0.2, 0.1])
    rows, columns = np.nonzero(may)
    size = rng.lognormal(0, 0.6, organizations)
    capacity = np.maximum(1, np.round(size / size.sum() * requests * 1.13)).astype(np.int64)
    costs = np.rint(metres[rows, columns] * urgency[rows]).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(may.sum(axis=1))])
    return City(starts, columns, costs, capacity, request_at, organization_at, kind)


def levels(capacity: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Slots of each level of surcharge by organisation, with the surcharge."""
    ends = [np.zeros_like(capacity), *((share * capacity + 1e-9).astype(np.int64) for share, _extra in STEPS), capacity]
    return [
        (end - start, extra) for start, end, extra in zip(ends, ends[1:], (0, *(extra for _share, extra in STEPS)), strict=False)
    ]


def judge(instance: City, place: np.ndarray) -> Mapping[str, float]:
    """One scorer for everybody: `place` of each request, −1 when unserved."""
    served = np.flatnonzero(place >= 0)
    cost = np.asarray(instance.matrix()[served, place[served]]).ravel()
    load = np.bincount(place[served], minlength=len(instance.capacity))
    assert (load <= instance.capacity).all()
    left, extra = load.copy(), 0
    for slots, surcharge in levels(instance.capacity):
        extra += int(np.minimum(left, slots).sum()) * surcharge
        left = np.maximum(left - slots, 0)
    share = load / instance.capacity
    return {
        "unserved": len(place) - len(served),
        "objective M": (cost.sum() + extra + UNSERVED * (len(place) - len(served))) / 1e6,
        "mean cost m": cost.mean(),
        "p95 cost m": np.percentile(cost, 95),
        "load CV": share.std() / share.mean(),
    }


def ours(instance: City) -> np.ndarray:
    from linli.methods.matching import assign

    return assign(instance.matrix(), instance.capacity, load_steps=STEPS).organization


def ours_one_by_one(instance: City) -> np.ndarray:
    """Every request as its own event, through the class that a page would use."""
    from linli.methods.matching import Assigner

    assigner = Assigner(instance.capacity, load_steps=STEPS)
    for start, end in zip(instance.starts, instance.starts[1:], strict=False):
        assigner.arrive(instance.organizations[start:end], instance.costs[start:end])
    return assigner.assignment().organization


def warmed(instance: City) -> City:
    from linli.methods import matching

    matching.warm()
    return instance


def min_cost_flow(instance: City) -> np.ndarray:
    from ortools.graph.python import min_cost_flow as flow

    requests, n = len(instance.starts) - 1, len(instance.capacity)
    rows, sink = np.repeat(np.arange(requests), np.diff(instance.starts)), requests + n
    tail, head = [rows, np.arange(requests)], [instance.organizations + requests, np.full(requests, sink)]
    room, price = [np.ones(len(rows)), np.ones(requests)], [instance.costs, np.full(requests, UNSERVED)]
    for slots, surcharge in levels(instance.capacity):
        tail.append(np.arange(requests, sink))
        head.append(np.full(n, sink))
        room.append(slots)
        price.append(np.full(n, surcharge))
    solver = flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        *(np.concatenate(part).astype(np.int64) for part in (tail, head, room, price))
    )
    solver.set_nodes_supplies(np.arange(sink + 1), np.r_[np.ones(requests), np.zeros(n), -requests].astype(np.int64))
    assert solver.solve() == solver.OPTIMAL
    used = solver.flows(arcs[: len(rows)]) > 0
    return placed(instance, rows[used], instance.organizations[used])


def placed(instance: City, rows: np.ndarray, organizations: np.ndarray) -> np.ndarray:
    place = np.full(len(instance.starts) - 1, -1)
    place[rows] = organizations
    return place


def linear_program(instance: City) -> np.ndarray:
    """The same flow as a linear program; its corners are whole numbers."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    requests, n, pairs = len(instance.starts) - 1, len(instance.capacity), len(instance.costs)
    rows, steps = np.repeat(np.arange(requests), np.diff(instance.starts)), levels(instance.capacity)
    variables = pairs + requests + n * len(steps)
    slot_at = pairs + requests + np.arange(n * len(steps))
    places = np.r_[rows, np.arange(requests), requests + instance.organizations, requests + np.tile(np.arange(n), len(steps))]
    columns = np.r_[np.arange(pairs), pairs + np.arange(requests), np.arange(pairs), slot_at]
    signs = np.r_[np.ones(pairs + requests + pairs), -np.ones(n * len(steps))]
    upper = np.r_[np.ones(pairs + requests), np.concatenate([slots for slots, _extra in steps])]
    price = np.r_[instance.costs, np.full(requests, UNSERVED), np.repeat([extra for _slots, extra in steps], n)]
    found = linprog(
        price, A_eq=csr_matrix((signs, (places, columns)), (requests + n, variables)), b_eq=np.r_[np.ones(requests), np.zeros(n)],
        bounds=np.c_[np.zeros(variables), upper], method="highs",
    )  # fmt: skip
    used = found.x[:pairs] > 0.5
    return placed(instance, rows[used], instance.organizations[used])


def assignment_over_slots(instance: City) -> np.ndarray:
    """Every slot a column of its own."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    requests = len(instance.starts) - 1
    owner = np.concatenate([np.repeat(np.arange(len(slots)), slots) for slots, _extra in levels(instance.capacity)])
    extra = np.concatenate([np.full(slots.sum(), extra) for slots, extra in levels(instance.capacity)])
    order = np.argsort(owner, kind="stable")
    owner, extra = owner[order], extra[order]
    first = np.searchsorted(owner, np.arange(len(instance.capacity)))
    times = instance.capacity[instance.organizations]
    rows = np.repeat(np.repeat(np.arange(requests), np.diff(instance.starts)), times)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    columns = np.repeat(first[instance.organizations], times) + within
    weights = np.repeat(instance.costs, times) + extra[columns] + 1.0
    everybody = np.arange(requests)
    table = csr_matrix(
        (np.r_[weights, np.full(requests, UNSERVED + 1.0)], (np.r_[rows, everybody], np.r_[columns, len(owner) + everybody])),
        (requests, len(owner) + requests),
    )
    rows, columns = min_weight_full_bipartite_matching(table)
    served = columns < len(owner)
    return placed(instance, rows[served], owner[columns[served]])


def nearest_with_room(instance: City) -> np.ndarray:
    """First come, first served: what most desks do."""
    left, place = instance.capacity.copy(), np.full(len(instance.starts) - 1, -1)
    for request, (start, end) in enumerate(zip(instance.starts, instance.starts[1:], strict=False)):
        open_ones = instance.organizations[start:end]
        cost = np.where(left[open_ones] > 0, instance.costs[start:end], UNSERVED * 10)
        if len(cost) and cost.min() < UNSERVED * 10:
            place[request] = open_ones[np.argmin(cost)]
            left[place[request]] -= 1
    return place


def ours_events(instance: City) -> dict[str, float]:
    """CPU microseconds of an event: 15,000 arrivals that fill the city, then 3,000 events in the full city.

    One is withdrawn and comes again, slots are lost and won, some organisations refuse.
    """
    from linli.methods.matching import Assigner

    rng, spent = np.random.default_rng(3), {}
    assigner = Assigner(instance.capacity, load_steps=STEPS)
    rows = [slice(start, end) for start, end in pairwise(instance.starts)]

    def clock(name: str, event: Callable[..., Any], *arguments: Any) -> None:
        started = time.process_time()
        event(*arguments)
        spent.setdefault(name, []).append(time.process_time() - started)

    for row in rows:
        clock("arrival µs", assigner.arrive, instance.organizations[row], instance.costs[row])
    kinds = rng.choice(["withdraw", "refuse", "capacity"], 3000, p=[0.6, 0.2, 0.2])
    for kind, request in zip(kinds, rng.permutation(len(rows))[:3000].tolist(), strict=True):
        place, node = assigner.place_of(request), request % len(assigner.capacity)
        if kind == "withdraw":
            clock("withdrawal µs", assigner.withdraw, request)
            clock(
                "arrival in the full city µs",
                assigner.arrive,
                instance.organizations[rows[request]],
                instance.costs[rows[request]],
            )
        elif kind == "refuse" and place >= 0:
            clock("refusal µs", assigner.refuse, request, place)
        else:
            clock("slot µs", assigner.set_capacity, node, int(assigner.capacity[node]) + (1 if request % 2 else -1))
    return {name: 1e6 * float(np.mean(times)) for name, times in spent.items()}


def matches() -> list[Match]:
    batch = (
        Contender(f"{OURS}, all at once", ours, warmed, repeat=5),
        Contender(f"{OURS}, one at a time", ours_one_by_one, warmed),
        Contender("min-cost flow", min_cost_flow, package="ortools", repeat=3),
        Contender("HiGHS by linprog", linear_program, package="scipy"),
        Contender("matching over slots", assignment_over_slots, package="scipy"),
        Contender("first come, nearest with room", nearest_with_room),
    )
    note = "Made up. Objective: urgency-weighted metres, load steps at 50 and 80 % of capacity, 60,000 for an unserved request."
    return [
        Match(
            "Needs to helpers: 15,000 requests, 600 organisations", city, judge, batch,
            {"unserved": Goal(0), "CPU s": Goal(0.5)}, note=note,
        ),
        Match(
            "Needs to helpers: one event after the other", city, lambda _instance, answer: answer,
            (Contender(f"{OURS}, events", ours_events, warmed),), {"arrival µs": Goal(50)},
            note="Mean CPU of an event through Python, the plan optimal after each. No peer does this; a fresh flow is in the table above.",
        ),
    ]  # fmt: skip


def picture() -> str:
    """A small town before and after: nearest with room, and the optimum."""
    town = city(260, 24, 2, seed=78)
    return before_and_after(town, nearest_with_room(town), ours(town), partial(judge, town))
