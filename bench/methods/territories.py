"""Made-up territories for drawing grids: main roads cut the ground into blocks, blocks hold estates, estates rows of buildings.

A river with a bridge every 600 m runs through the larger ones. Homes in old estates count 1.25, so old areas get smaller grids.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from shapely import LineString, Point, box

from linli.methods.adjacency import Barrier, build
from linli.methods.grids_graph import Graph, sources, sums

OLD_COUNTS = 1.25
HECTARES_OF_ESTATE = 4.0
Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class Territory:
    """A graph and into how many grids it is to be divided."""

    graph: Graph
    k: int
    before: np.ndarray | None = None  # grids so far


def halve(chance: np.random.Generator, ground: Rectangle, size: float) -> list[Rectangle]:
    """Cut a rectangle across its longer side until the pieces are about `size` square metres."""
    west, south, east, north = ground
    if (east - west) * (north - south) <= size * chance.uniform(0.6, 1.4):
        return [ground]
    share = chance.uniform(0.38, 0.62)
    if east - west >= north - south:
        middle = west + share * (east - west)
        parts = [(west, south, middle, north), (middle, south, east, north)]
    else:
        middle = south + share * (north - south)
        parts = [(west, south, east, middle), (west, middle, east, north)]
    return [piece for part in parts for piece in halve(chance, part, size)]


def rows_of_houses(chance: np.random.Generator, lot: Rectangle, count: int) -> np.ndarray:
    """Places of `count` buildings in rows and columns that are not quite straight."""
    west, south, east, north = lot[0] + 5, lot[1] + 5, lot[2] - 5, lot[3] - 5
    columns = max(1, round(np.sqrt(count * (east - west) / (north - south))))
    rows = -(-count // columns)
    place = chance.permutation(columns * rows)[:count]
    spot = np.column_stack([place % columns + 0.5, place // columns + 0.5]) + chance.normal(0, 0.06, (count, 2))
    share = np.clip(spot / [columns, rows], 0.01, 0.99)
    return np.array([west, south]) + share * [east - west, north - south]


def territory(units: int, households: int, estates: int, k: int | None, seed: int, old_share: float = 0.35) -> Territory:
    """A territory; without k, grids of about 400 weighted homes."""
    chance = np.random.default_rng(seed)
    side = np.sqrt(estates * HECTARES_OF_ESTATE * 10_000)
    blocks = halve(chance, (0.0, 0.0, side, side), side * side / max(1, estates / 6))
    lots = [
        lot for west, south, east, north in blocks
        for lot in halve(chance, (west + 12, south + 12, east - 12, north - 12), side * side / estates)
    ]  # fmt: skip
    ground = np.array([(east - west) * (north - south) for west, south, east, north in lots])
    counts = shared_out(units, ground * chance.lognormal(0, 0.35, len(lots)))
    points = np.concatenate([rows_of_houses(chance, lot, count) for lot, count in zip(lots, counts, strict=True)])
    estate = np.repeat(np.arange(len(lots)), counts)
    old = (chance.random(len(lots)) < old_share)[estate]
    size = chance.lognormal(0, 0.55, units) * np.where(old, 0.7, 1.0) * chance.lognormal(0, 0.3, len(lots))[estate]
    homes = shared_out(households, np.minimum(size, 2.2 * size.mean()))
    weight = np.maximum(1, np.round(homes * np.where(old, OLD_COUNTS, 1.0)))
    barriers, bridges = [Barrier(box(*block).exterior, "weak") for block in blocks], []
    if units > 100:
        shore = np.arange(0, side, 600)
        barriers.append(Barrier(LineString([(-side, -0.02 * side), (2 * side, 1.03 * side)])))
        bridges = [Point(x, side * 0.33 + 0.35 * x) for x in shore]
    outline = box(0, 0, side, side)
    free = build(points, outline=outline)
    edge_of_town = free.perimeter - np.add.reduceat(free.boundary, free.indptr[:-1])
    graph = build(
        points, weight=weight, households=homes, estate=estate, outline=outline, barriers=barriers, bridges=bridges, connect=True
    )
    # A river bank is given, whoever divides: only what borders on a neighbour or on the edge of the town counts as perimeter.
    graph = replace(graph, perimeter=np.maximum(0, edge_of_town) + sums(sources(graph), graph.boundary, units))
    return Territory(graph, k or round(weight.sum() / 400))


def shared_out(total: int, size: np.ndarray) -> np.ndarray:
    """Whole numbers of at least 1 in proportion to the sizes, with exactly that total."""
    wanted = size / size.sum() * total
    counts = np.maximum(1, np.floor(wanted)).astype(np.int64)
    while (missing := total - counts.sum()) != 0:
        order = np.argsort(counts - wanted if missing > 0 else np.where(counts > 1, wanted - counts, np.inf), kind="stable")
        counts[order[: abs(missing)]] += np.sign(missing)
        counts = np.maximum(1, counts)
    return counts


def after_a_year(before: Territory, labels: np.ndarray, seed: int, share: float = 0.05) -> Territory:
    """Some estates have lost up to 30 % of their homes or won up to 60 %."""
    chance = np.random.default_rng(seed)
    estates = np.unique(before.graph.estate)
    factor = np.ones(estates.max() + 1)
    changed = chance.choice(estates, round(share * len(estates)), replace=False)
    factor[changed] = chance.uniform(0.7, 1.6, len(changed))
    times = factor[before.graph.estate]
    graph = replace(
        before.graph,
        weight=np.maximum(1, np.round(before.graph.weight * times)),
        households=np.maximum(1, np.round(before.graph.households * times)),
    )
    return Territory(graph, before.k, labels)
