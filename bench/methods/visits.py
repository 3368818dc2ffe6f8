"""Home visits of a made-up day and of a tight day: ours, VROOM, PyVRP, OR-tools routing, and the way it is done by hand."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping

import numpy as np

from bench.methods.contest import OURS, Contender, Goal, Match
from bench.methods.visit_days import Day, tight_day, visit_day
from bench.methods.visits_picture import routes_drawn

PEER_S = 15
Routes = list[list[int]]


def judge(day: Day, routes: Routes) -> Mapping[str, float]:
    """One scorer: walks every route by the clock, refuses what cannot be walked."""
    travel, visits, seconds, outside, seen = day.travel(), len(day.service), 0, 0, set()
    may = day.may()
    for worker, route in enumerate(routes):
        now, at = day.shift[0], visits + worker
        for visit in route:
            now = max(now + travel[at, visit], day.opens[visit])
            assert now <= day.closes[visit] and may[visit, worker] and visit not in seen
            seconds += travel[at, visit]
            outside += day.own[visit] != worker
            now, at = now + day.service[visit], visit
            seen.add(visit)
        seconds += travel[at, visits + worker] if route else 0
        assert now + travel[at, visits + worker] <= day.shift[1]
    missed = np.setdiff1d(np.arange(visits), list(seen))
    return {
        "missed": len(missed), "of them urgent": int(day.is_urgent[missed].sum()), "travel h": seconds / 3600,
        "outside own grid": int(outside), "must leave": day.must_leave(),
    }  # fmt: skip


def ours(day: Day) -> Routes:
    from linli.methods.visits import Visits, Workers, plan

    staff = len(day.worker_at)
    calls = Visits(day.visit_at, day.service, day.opens, day.closes, day.needs, day.own, np.where(day.is_urgent, 20, 1))
    workers = Workers(day.worker_at, [day.shift[0]] * staff, [day.shift[1]] * staff, day.skills)
    return [[stop.visit for stop in route] for route in plan(calls, workers).routes]


def warmed(day: Day) -> Day:
    from linli.methods import visits

    visits.warm()
    return day


def by_hand(day: Day) -> Routes:
    """Own grid only, always on to where service can begin first."""
    travel, visits, may = day.travel(), len(day.service), day.may()
    routes: Routes = []
    for worker in range(len(day.worker_at)):
        left, now, at, route = {v for v in np.flatnonzero(day.own == worker) if may[v, worker]}, day.shift[0], visits + worker, []
        while True:
            starts = [(max(now + travel[at, v], day.opens[v]), v) for v in left]
            fits = [
                (start, v) for start, v in starts
                if start <= day.closes[v] and start + day.service[v] + travel[v, visits + worker] <= day.shift[1]
            ]  # fmt: skip
            if not fits:
                break
            start, at = min(fits)
            now = start + day.service[at]
            left.remove(at)
            route.append(int(at))
        routes.append(route)
    return routes


def skills_of(bits: int) -> set[int]:
    return {skill for skill in range(3) if bits >> skill & 1}


def vroom_routes(day: Day, calls: np.ndarray, staff: np.ndarray, shift: dict[int, tuple[int, int]] | None = None) -> Routes:
    """VROOM over some visits and some workers; routes by worker number."""
    import vroom

    visits, problem = len(day.service), vroom.Input()
    problem.set_durations_matrix("car", day.travel().astype(np.uint32))
    for worker in staff.tolist():
        hours = vroom.TimeWindow(*((shift or {}).get(worker, day.shift)))
        base = visits + worker
        problem.add_vehicle(
            vroom.Vehicle(worker, start=base, end=base, skills=skills_of(int(day.skills[worker])), time_window=hours)
        )
    for visit in calls.tolist():
        window = vroom.TimeWindow(int(day.opens[visit]), int(day.closes[visit]))
        problem.add_job(vroom.Job(
            visit, visit, default_service=int(day.service[visit]), skills=skills_of(int(day.needs[visit])),
            priority=100 if day.is_urgent[visit] else 10, time_windows=[window],
        ))  # fmt: skip
    steps = problem.solve(exploration_level=0, nb_threads=1).routes
    routes: Routes = [[] for _worker in range(len(day.worker_at))]
    for worker, kind, visit in zip(steps.vehicle_id, steps.type, steps.id, strict=True):
        if kind == "job":
            routes[int(worker)].append(int(visit))
    return routes


def vroom_pool(day: Day) -> Routes:
    return vroom_routes(day, np.arange(len(day.service)), np.arange(len(day.worker_at)))


def vroom_by_grid(day: Day) -> Routes:
    """Each worker's own visits alone; those that are left are then tried in whole routes of the five nearest skilled workers."""
    travel, visits, may = day.travel(), len(day.service), day.may()
    routes: Routes = []
    for worker in range(len(day.worker_at)):
        mine = np.flatnonzero((day.own == worker) & may[:, worker])
        routes.append(vroom_routes(day, mine, np.array([worker]))[worker])
    planned = {visit for route in routes for visit in route}
    for visit in sorted(set(range(visits)) - planned, key=lambda visit: (not day.is_urgent[visit], visit)):
        able = [worker for worker in np.argsort(travel[visits:, visit], kind="stable") if may[visit, worker]][:5]
        for worker in able:
            tried = np.array([*routes[worker], visit])
            route = vroom_routes(day, tried, np.array([worker]))[worker]
            if len(route) == len(tried):
                routes[worker] = route
                break
    return routes


def has_spent(seconds: float) -> Callable[..., bool]:
    """Whether this process has spent so many CPU seconds from now on: the same chance for all on a shared machine."""
    end = time.process_time() + seconds
    return lambda *_whatever: time.process_time() > end


def pyvrp_pool(day: Day) -> Routes:
    """One matrix a set of skills, in which a visit without the skill is a day away."""
    import pyvrp

    visits, staff, travel, model = len(day.service), len(day.worker_at), day.travel(), pyvrp.Model()
    places = [model.add_location(x=float(x), y=float(y)) for x, y in np.concatenate([day.visit_at, day.worker_at])]
    for visit in range(visits):
        model.add_client(
            places[visit], service_duration=int(day.service[visit]), tw_early=int(day.opens[visit]), tw_late=int(day.closes[visit]),
            required=False, prize=2_000_000 if day.is_urgent[visit] else 100_000,
        )  # fmt: skip
    profiles = {int(bits): model.add_profile() for bits in np.unique(day.skills)}
    for worker in range(staff):
        base, early, late = model.add_depot(places[visits + worker]), *day.shift
        profile = profiles[int(day.skills[worker])]
        model.add_vehicle_type(1, start_depot=base, end_depot=base, tw_early=early, tw_late=late, profile=profile)
    matrices = []
    for bits in profiles:
        seconds = travel.copy()
        seconds[:, np.flatnonzero((day.needs & ~bits) != 0)] = 86_400
        np.fill_diagonal(seconds, 0)
        matrices.append(seconds)
    data = model.data().replace(distance_matrices=matrices, duration_matrices=matrices)
    found = pyvrp.solve(data, stop=has_spent(PEER_S), seed=1, display=False).best
    routes: Routes = [[] for _worker in range(staff)]
    for route in found.routes():
        routes[route.vehicle_type()] = [stop.idx for stop in route.schedule() if stop.is_client()]
    return routes


def routing_pool(day: Day) -> Routes:
    """OR-tools with guided local search."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    visits, staff, travel = len(day.service), len(day.worker_at), day.travel()
    bases = list(range(visits, visits + staff))
    manager = pywrapcp.RoutingIndexManager(visits + staff, staff, bases, bases)
    routing = pywrapcp.RoutingModel(manager)
    service = np.r_[day.service, np.zeros(staff, np.int64)]
    way = routing.RegisterTransitMatrix(travel.tolist())
    busy = routing.RegisterTransitMatrix((travel + service[:, None]).tolist())
    routing.SetArcCostEvaluatorOfAllVehicles(way)
    routing.AddDimension(busy, day.shift[1], day.shift[1], False, "time")
    clock, may = routing.GetDimensionOrDie("time"), day.may()
    for worker in range(staff):
        clock.CumulVar(routing.Start(worker)).SetValue(day.shift[0])
        clock.CumulVar(routing.End(worker)).SetMax(day.shift[1])
    for visit in range(visits):
        index = manager.NodeToIndex(visit)
        clock.CumulVar(index).SetRange(int(day.opens[visit]), int(day.closes[visit]))
        routing.AddDisjunction([index], 2_000_000 if day.is_urgent[visit] else 100_000)
        if not may[visit].all():
            routing.VehicleVar(index).SetValues([-1, *np.flatnonzero(may[visit]).tolist()])
    settings = pywrapcp.DefaultRoutingSearchParameters()
    settings.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    settings.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    routing.AddSearchMonitor(routing.solver().CustomLimit(has_spent(PEER_S)))
    settings.time_limit.seconds = 200
    found = routing.SolveWithParameters(settings)
    routes: Routes = []
    for worker in range(staff):
        index, route = found.Value(routing.NextVar(routing.Start(worker))), []
        while not routing.IsEnd(index):
            route.append(manager.IndexToNode(index))
            index = found.Value(routing.NextVar(index))
        routes.append(route)
    return routes


def matches() -> list[Match]:
    """VROOM over the whole pool takes minutes, so only when LINLI_BENCH_LONG is set."""
    peers = (
        Contender("by hand: own grid, on to the first", by_hand),
        Contender("VROOM, grid by grid, then skilled neighbours", vroom_by_grid, package="pyvroom"),
        Contender(f"PyVRP, whole pool, {PEER_S} CPU s", pyvrp_pool, package="pyvrp"),
        Contender(f"routing, whole pool, {PEER_S} CPU s", routing_pool, package="ortools"),
    )
    if os.environ.get("LINLI_BENCH_LONG"):
        peers += (Contender("VROOM, whole pool", vroom_pool, package="pyvroom"),)
    field = (Contender(OURS, ours, warmed), *peers)
    least = visit_day().must_leave()
    note = "Made up: 50 workers of 9 hours with a grid each; 15 % of visits have a window, 10 % need one of three skills, 10 % are urgent."
    return [
        Match(
            "A day of home visits: 1,000, 330 h of service in 450 h", visit_day, judge, field,
            {"missed": Goal(0), "travel h": Goal(27.1), "outside own grid": Goal(least), "CPU s": Goal(5)}, note=note,
        ),
        Match(
            "A tight day: 1,300, 429 h of service in 450 h", tight_day, judge, field,
            {"missed": Goal(34), "of them urgent": Goal(0), "CPU s": Goal(5)}, note=note,
        ),
    ]  # fmt: skip


def picture() -> str:
    """Twenty grids of a full day."""
    day = visit_day(18, 20, 150, seed=4)
    return routes_drawn(day, by_hand(day), ours(day))
