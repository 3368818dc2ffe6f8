"""Point → grid among a hundred thousand grids."""

from __future__ import annotations

import time

import numpy as np
import shapely

from bench.report import row
from linli.places.queries import GridIndex

GRIDS = 100_000
POINTS = 1_000_000


def grids() -> list[dict]:
    side = int(GRIDS**0.5) + 1
    west, south = np.meshgrid(np.arange(side) * 0.002, np.arange(side) * 0.002)
    west, south = west.ravel()[:GRIDS], south.ravel()[:GRIDS]
    index = GridIndex([str(number) for number in range(GRIDS)], shapely.box(west, south, west + 0.002, south + 0.002))
    chance = np.random.default_rng(1)
    lngs, lats = chance.random(POINTS) * side * 0.0019, chance.random(POINTS) * side * 0.0019
    index.grids_at(lngs[:1000], lats[:1000])
    start = time.perf_counter()
    index.grids_at(lngs, lats)
    many = POINTS / (time.perf_counter() - start)
    start = time.perf_counter()
    for lng, lat in zip(lngs[:20_000], lats[:20_000], strict=True):
        index.grid_at(lng, lat)
    single = 20_000 / (time.perf_counter() - start)
    return [
        row("point → grid among 100,000, a million points at once", many, "a second", goal=200_000, more_is_better=True),
        row("point → grid among 100,000, one call a point", single, "a second", more_is_better=True),
    ]
