"""Drawing grids: a street or district divided into k grids in one piece, equally loaded, compact, estates whole where possible.

Problem: given buildings with their households, who borders on whom, and the number of grids, give every building a grid so that
each grid is connected (always), the weighted households are as equal as can be, estates are seldom split and grids are round.
Old areas, where a home means more work, carry more weight and so get smaller grids. The problem is NP-hard; this is a search.

Principle: halve again and again for a first division (`grids_seed`), then anneal one cost – balance, estate pieces, affinity cut,
perimeter – by single-unit moves (`grids_kernels`) and by merging two neighbouring grids and cutting them again (`grids_recut`).
A `previous` division is repaired instead, at a price on every home that changes its grid (`grids_previous`).

Sizes: n units, m directed edges, k grids. Time O(n · tries), memory O(n + m). About 0.6 CPU s for 2,000 units, 15 for 50,000.
Source: ReCom (DeFord, Duchin & Solomon, Harvard Data Science Review 3.1, 2021) as a move; everything else is our own.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from linli.methods.errors import BadInput
from linli.methods.grids_graph import Graph, Integers, parts
from linli.methods.grids_previous import repair
from linli.methods.grids_report import Report, Verdict, can_move, report
from linli.methods.grids_search import MODES, search
from linli.methods.running import Progress, tell

__all__ = ["Graph", "Report", "Verdict", "can_move", "divide", "report", "warm"]


def divide(
    graph: Graph,
    k: int,
    *,
    mode: Literal["balanced", "flat", "estates"] = "balanced",
    previous: ArrayLike | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Integers:
    """Divide an area into k grids; answers the grid, 0 to k - 1, of every unit (n,).

    `mode`: "balanced" within about 3 % and compact, "flat" within about 2 %, "estates" keeps estates whole at about 4 %.
    `previous` (n,): the grids so far, -1 for new units; grids keep their numbers, and few homes change theirs.
    Every grid is in one piece. An area of several parts without connection is divided part by part; that needs k ≥ parts.
    Raises BadInput for a k that cannot be, weights that are all 0, or previous grids outside 0 to k - 1.
    """
    _check(graph, k, mode)
    tell(progress, 0.0)
    if previous is not None:
        labels = repair(graph, k, MODES[mode], _checked(graph, k, previous), seed, progress)
    else:
        labels = search(graph, k, MODES[mode], seed, progress)
    tell(progress, 1.0)
    return labels


def _check(graph: Graph, k: int, mode: str) -> None:
    number, _part = parts(graph)
    if mode not in MODES:
        raise BadInput("mode", f"“{mode}” is none of {', '.join(MODES)}")
    if k < 1:
        raise BadInput("k", f"is {k}; at least one grid is needed")
    if k > graph.count:
        raise BadInput("k", f"is {k}, but there are only {graph.count} units, and a unit is never split")
    if number > k:
        raise BadInput(
            "k", f"is {k}, but the area has {number} parts without connection; join them or draw at least {number} grids"
        )
    if graph.weight.sum() <= 0:
        raise BadInput("weight", "is 0 for all units; there is nothing to share out")


def _checked(graph: Graph, k: int, previous: ArrayLike) -> Integers:
    """The previous labels as an array."""
    labels = np.array(previous)
    if labels.shape != (graph.count,) or not np.issubdtype(labels.dtype, np.integer):
        raise BadInput("previous", f"must be {graph.count} whole numbers, one for each unit")
    if labels.min() < -1 or labels.max() >= k:
        first = int(np.argmax((labels < -1) | (labels >= k)))
        raise BadInput("previous", f"is {labels[first]} for unit {first}; grids are 0 to {k - 1}, and -1 stands for a new unit")
    return labels.astype(np.int64)


def warm() -> None:
    """Compile everything on a row of four units."""
    indptr, indices = np.array([0, 1, 3, 5, 6]), np.array([1, 0, 2, 1, 3, 2])
    row = Graph(indptr, indices, np.ones(4), x=np.arange(4.0), y=np.zeros(4), estate=np.array([0, 0, 1, 1]))
    divide(row, 2, previous=divide(row, 2))
