"""Grids of three made-up territories, and a year later: ours, METIS, KaHIP, GerryChain, spopt and CP-SAT; one scorer for all."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.methods import grids_picture
from bench.methods.contest import OURS, Contender, Goal, Match
from bench.methods.territories import Territory, after_a_year, territory
from linli.methods import grids
from linli.methods.grids_graph import sources

SEEDS = 30


@cache
def small() -> Territory:
    return territory(60, 3_902, 7, 10, seed=1, old_share=0.25)


@cache
def street() -> Territory:
    return territory(2_000, 21_533, 60, None, seed=2)


@cache
def district() -> Territory:
    return territory(50_000, 430_000, 1_400, None, seed=3)


@cache
def a_year_later() -> Territory:
    before = district()
    return after_a_year(before, grids.divide(before.graph, before.k), seed=4)


def judge(instance: Territory, labels: np.ndarray) -> Mapping[str, float]:
    """The figures that `linli grids report` shows, for everybody."""
    numbered = np.unique(labels, return_inverse=True)[1]
    found = grids.report(instance.graph, numbered)
    load = found.load * instance.k / instance.graph.weight.sum() - 1
    figures = {
        "grids": found.grids, "max dev %": 100 * float(np.abs(load).max()), "in pieces": found.broken_grids,
        "extra estate pieces": found.extra_estate_pieces, "compactness": found.mean_compactness,
        "cut %": found.cut_pct, "rms m": found.rms_m,
    }  # fmt: skip
    if instance.before is not None:
        moved = labels != instance.before
        figures["homes moved %"] = 100 * float(instance.graph.households[moved].sum() / instance.graph.households.sum())
    return figures


def ours(instance: Territory, mode: str = "balanced") -> np.ndarray:
    return grids.divide(instance.graph, instance.k, mode=mode, previous=instance.before)  # type: ignore[arg-type]


def warmed(instance: Territory) -> Territory:
    grids.warm()
    return instance


def whole_numbers(instance: Territory) -> dict[str, list[int]]:
    """The graph as METIS and KaHIP want it."""
    graph = instance.graph
    return {
        "xadj": graph.indptr.tolist(),
        "adjncy": graph.indices.tolist(),
        "vweights": graph.weight.astype(int).tolist(),
        "eweights": graph.affinity.astype(int).tolist(),
    }


def metis(instance: Territory) -> np.ndarray:
    """The flattest of 30 seeds, in one piece where METIS manages it."""
    import pymetis

    best, labels = np.inf, np.zeros(0)
    given = whole_numbers(instance)
    for seed in range(SEEDS):
        found = pymetis.part_graph(
            instance.k, xadj=given["xadj"], adjncy=given["adjncy"], vweights=given["vweights"], eweights=given["eweights"],
            recursive=False, options=pymetis.Options(contig=1, seed=seed),
        )[1]  # fmt: skip
        load = np.bincount(found, instance.graph.weight, instance.k)
        off = float(np.abs(load / load.mean() - 1).max())
        if off < best:
            best, labels = off, np.array(found)
    return labels if instance.before is None else renamed(instance, labels)


def renamed(instance: Territory, labels: np.ndarray) -> np.ndarray:
    """New grids take the numbers of the old ones so that as many homes as possible stay."""
    from scipy.optimize import linear_sum_assignment

    stay = np.zeros((instance.k, instance.k))
    np.add.at(stay, (labels, instance.before), instance.graph.households)
    return linear_sum_assignment(-stay)[1][labels]


def kahip(instance: Territory) -> np.ndarray:
    import kahip as peer

    given = whole_numbers(instance)
    _cut, labels = peer.kaffpa(given["vweights"], given["xadj"], given["eweights"], given["adjncy"], instance.k, 0.03, True, 1, 2)
    return np.array(labels)


def gerrychain(instance: Territory, steps: int = 500) -> np.ndarray:
    """Region-aware trees, then 500 ReCom steps that keep what splits fewer estates."""
    import networkx
    from gerrychain import Graph, Partition
    from gerrychain.constraints import within_percent_of_ideal_population
    from gerrychain.optimization import SingleMetricOptimizer
    from gerrychain.partition import recursive_tree_part
    from gerrychain.proposals import recom
    from gerrychain.updaters import Tally

    graph, plain = instance.graph, networkx.Graph()
    for unit in range(graph.count):
        plain.add_node(unit, load=int(graph.weight[unit]), estate=int(graph.estate[unit]))
    plain.add_edges_from(zip(sources(graph).tolist(), graph.indices.tolist(), strict=True))
    town = Graph.from_networkx(plain)
    mean = graph.weight.sum() / instance.k
    strength = {"estate": 1.0}
    first = recursive_tree_part(town, range(instance.k), mean, "load", 0.05, 0)
    start = Partition(town, first, updaters={"load": Tally("load", alias="load")})
    proposal = partial(recom, pop_col="load", pop_target=mean, epsilon=0.05, node_repeats=0, region_surcharge=strength)
    search = SingleMetricOptimizer(
        proposal, within_percent_of_ideal_population(start, 0.05, pop_key="load"), start,
        lambda now: len({(int(graph.estate[unit]), now.assignment[unit]) for unit in range(graph.count)}), maximize=False,
    )  # fmt: skip
    for _now in search.short_bursts(10, steps // 10):
        pass
    return np.array([search.best_part.assignment[unit] for unit in range(graph.count)])


def ward(instance: Territory) -> np.ndarray:
    """Agglomeration of neighbours by Ward's criterion on places and homes."""
    import geopandas
    from libpysal.weights import W
    from spopt.region import WardSpatial

    graph = instance.graph
    near = {unit: graph.indices[graph.indptr[unit] : graph.indptr[unit + 1]].tolist() for unit in range(graph.count)}
    frame = geopandas.GeoDataFrame({"x": graph.x, "y": graph.y}, geometry=geopandas.points_from_xy(graph.x, graph.y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = WardSpatial(frame, W(near), ["x", "y"], instance.k)
        model.solve()
    return np.array(model.labels_)


def exact(instance: Territory, seconds: float = 60) -> np.ndarray:
    """Assignment with a flow from a root in each grid, so that it is in one piece: CP-SAT on all cores until the limit."""
    from ortools.sat.python import cp_model

    graph, k, model = instance.graph, instance.k, cp_model.CpModel()
    units, weight = range(graph.count), graph.weight.astype(int)
    inside = [[model.new_bool_var("") for _grid in range(k)] for _unit in units]
    root = [[model.new_bool_var("") for _grid in range(k)] for _unit in units]
    worst = model.new_int_var(0, int(weight.sum()), "")
    mean = int(weight.sum()) / k
    for unit in units:
        model.add_exactly_one(inside[unit])
    flow_in: dict[int, list[Any]] = {unit: [] for unit in units}
    for unit, other in zip(sources(graph).tolist(), graph.indices.tolist(), strict=True):
        flow = model.new_int_var(0, graph.count, "")
        same = model.new_bool_var("")
        for grid in range(k):
            model.add(inside[unit][grid] == inside[other][grid]).only_enforce_if(same)
        model.add(flow == 0).only_enforce_if(same.negated())
        flow_in[other].append(flow)
        flow_in[unit].append(-flow)
    for unit in units:
        source = model.new_int_var(0, graph.count, "")
        model.add(source <= graph.count * sum(root[unit]))
        model.add(sum(flow_in[unit]) + source == 1)
    for grid in range(k):
        model.add_exactly_one(root[unit][grid] for unit in units)
        for unit in units:
            model.add_implication(root[unit][grid], inside[unit][grid])
        load = sum(int(weight[unit]) * inside[unit][grid] for unit in units)
        model.add(load <= int(mean) + worst)
        model.add(load >= int(mean) + 1 - worst)
    pieces = []
    for estate in np.unique(graph.estate).tolist():
        for grid in range(k):
            here = model.new_bool_var("")
            model.add_max_equality(here, [inside[unit][grid] for unit in units if graph.estate[unit] == estate])
            pieces.append(here)
    model.minimize(4 * worst + 10 * sum(pieces))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.solve(model)
    return np.array([next(grid for grid in range(k) if solver.value(inside[unit][grid])) for unit in units])


def goals(deviation: float, compactness: float | None, pieces: float | None, seconds: float) -> dict[str, Goal]:
    found = {"max dev %": Goal(deviation), "in pieces": Goal(0), "CPU s": Goal(seconds)}
    if compactness is not None:
        found["compactness"] = Goal(compactness, more_is_better=True)
    if pieces is not None:
        found["extra estate pieces"] = Goal(pieces)
    return found


def contenders(*peers: Contender, repeat: int = 1) -> tuple[Contender, ...]:
    modes: list[tuple[str, Callable[[Territory], np.ndarray]]] = [
        (OURS, ours), (f"{OURS}, flat", partial(ours, mode="flat")), (f"{OURS}, estates", partial(ours, mode="estates"))
    ]  # fmt: skip
    return (*(Contender(name, run, warmed, repeat=repeat) for name, run in modes), *peers)


def matches() -> list[Match]:
    flattest = Contender(f"METIS, flattest of {SEEDS} seeds", metis, package="pymetis")
    cut = Contender("KaHIP, eco, 3 %", kahip, package="kahip")
    note = "Made up. Deviation of the weighted homes of a grid from the mean; pieces of estates beyond the fewest that grids of 110 % need."
    return [
        Match(
            "Grids: 60 buildings into 10", small, judge, contenders(flattest, cut, Contender("CP-SAT, 60 s", exact, package="ortools"), repeat=3),
            goals(3.99, None, 3, 0.5), note=note,
        ),
        Match(
            "Grids: a street, 2,000 buildings into about 58", street, judge,
            contenders(flattest, cut, Contender("GerryChain, region-aware, 500 steps", gerrychain, package="gerrychain"),
                       Contender("spopt, Ward", ward, package="spopt"), repeat=3),
            goals(3.5, 0.67, 39, 0.7), note=note,
        ),
        Match("Grids: a district, 50,000 buildings into about 1,150", district, judge, contenders(flattest, cut), goals(4.2, 0.60, 680, 20), note=note),
        Match(
            "Grids: the district when 5 % of the estates have changed", a_year_later, judge,
            (Contender(OURS, ours, warmed), flattest), {"homes moved %": Goal(5), "in pieces": Goal(0), "CPU s": Goal(2)},
            note="Estates lose up to 30 % or win up to 60 % of their homes. Peers draw anew; their grids get the numbers that let most homes stay.",
        ),
    ]  # fmt: skip


def picture() -> str:
    """The demo street divided into its 50 grids."""
    pack = Path(__file__).parents[2] / "packs" / "yunxi"
    return grids_picture.demo_town(pack, json.loads((pack / "map.geojson").read_text(encoding="utf-8")))
