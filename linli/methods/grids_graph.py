"""The area that is to be divided, as a graph: units (buildings, stairwells, plots) and which of them are neighbours.

`adjacency.build` makes one from points or outlines; whoever has their own neighbours fills in the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from linli.methods.errors import BadInput

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OF_UNITS = ("weight", "households", "x", "y", "area", "perimeter", "estate")
OF_EDGES = ("boundary", "affinity")


@dataclass(frozen=True, eq=False)
class Graph:
    """n units and m directed edges (each pair of neighbours twice), rows as in a compressed sparse matrix.

    Only the first three must be given; what is not known stays out of the cost (no boundary: no compactness, and so on).
    Lists will do; they become arrays that cannot be written to.
    Raises BadInput naming the array, and the first unit, when lengths, values or the two directions of an edge disagree.
    """

    indptr: Integers  # (n + 1,) neighbours of unit u are indices[indptr[u]:indptr[u + 1]]
    indices: Integers  # (m,)
    weight: Floats  # (n,) work a unit brings, in households or any other unit; 0 or more
    households: Floats = None  # type: ignore[assignment]  # (n,) homes, counted when a grid changes; as `weight` if not given
    x: Floats = None  # type: ignore[assignment]  # (n,) metres east
    y: Floats = None  # type: ignore[assignment]  # (n,) metres north
    boundary: Floats = None  # type: ignore[assignment]  # (m,) metres of common boundary; 0 over a bridge
    affinity: Floats = None  # type: ignore[assignment]  # (m,) how much two neighbours belong together: 8 one estate, 3 one block, 1 across a road
    area: Floats = None  # type: ignore[assignment]  # (n,) square metres
    perimeter: Floats = None  # type: ignore[assignment]  # (n,) metres around a unit
    estate: Integers = None  # type: ignore[assignment]  # (n,) estate of a unit, any integers; negative: none

    def __post_init__(self) -> None:
        indptr, indices = _integers("indptr", self.indptr), _integers("indices", self.indices)
        count, edges = len(indptr) - 1, len(indices)
        if count < 0 or indptr[0] != 0 or indptr[-1] != edges or (np.diff(indptr) < 0).any():
            raise BadInput("indptr", f"must rise from 0 to the number of edges, {edges}")
        if edges and (indices.min() < 0 or indices.max() >= count):
            raise BadInput("indices", f"names a unit outside 0 to {count - 1}")
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays: dict[str, Any] = {"indptr": indptr, "indices": indices}
        for name in (*OF_UNITS, *OF_EDGES):
            length = count if name in OF_UNITS else edges
            arrays[name] = _column(name, given[name], length, arrays)
        for name, value in arrays.items():
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        _same_both_ways(self)

    @property
    def count(self) -> int:
        """Number of units."""
        return len(self.indptr) - 1

    def matrix(self, values: NDArray[Any]) -> csr_matrix:
        """Values of the edges as a sparse matrix."""
        return csr_matrix((values, self.indices, self.indptr), shape=(self.count, self.count))


def _integers(name: str, values: ArrayLike) -> Integers:
    found = np.array(values)
    if found.ndim != 1:
        raise BadInput(name, f"must be a list of numbers, not of {found.ndim} dimensions")
    if len(found) and not np.issubdtype(found.dtype, np.integer):
        raise BadInput(name, "must hold whole numbers")
    return found.astype(np.int64)


def _column(name: str, values: ArrayLike | None, length: int, before: dict[str, Any]) -> NDArray[Any]:
    if values is None:
        if name == "households":
            return before["weight"].copy()  # type: ignore[no-any-return]
        return np.full(length, {"estate": -1, "affinity": 1}.get(name, 0), np.int64 if name == "estate" else np.float64)
    try:
        found = _integers(name, values) if name == "estate" else np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise BadInput(name, f"must be numbers: {fault}") from None
    if found.shape != (length,):
        raise BadInput(name, f"has {found.size} values where {length} are needed")
    wrong, least = ~np.isfinite(found), ""
    if name not in ("x", "y", "estate"):
        wrong, least = wrong | (found < 0), ", 0 or more"
    if wrong.any():
        first = int(np.argmax(wrong))
        raise BadInput(name, f"is {found[first]} at position {first}; it must be a number{least}")
    return found


def _same_both_ways(graph: Graph) -> None:
    """Refuse edges from a unit to itself, twice, or known in one direction only. O(m log m)."""
    source = sources(graph)
    itself = source == graph.indices
    if itself.any():
        raise BadInput("indices", f"unit {source[np.argmax(itself)]} is its own neighbour")
    forward = source * graph.count + graph.indices
    backward = graph.indices * graph.count + source
    one, two = np.argsort(forward, kind="stable"), np.argsort(backward, kind="stable")
    twice = np.diff(forward[one]) == 0
    if twice.any():
        raise BadInput("indices", f"unit {source[one[np.argmax(twice)]]} has the same neighbour twice")
    differs = forward[one] != backward[two]
    if differs.any():
        lone = min(forward[one[np.argmax(differs)]], backward[two[np.argmax(differs)]])
        raise BadInput("indices", f"units {lone // graph.count} and {lone % graph.count} are neighbours in one direction only")
    for name in OF_EDGES:
        values = getattr(graph, name)
        differs = ~np.isclose(values[one], values[two], rtol=1e-6, atol=1e-6)
        if differs.any():
            edge = one[np.argmax(differs)]
            raise BadInput(name, f"differs by direction between units {source[edge]} and {graph.indices[edge]}")


def sums(group: Integers, values: Floats, count: int) -> Floats:
    """(count,) sum of the values of each group."""
    return np.bincount(group, values, count).astype(np.float64)


def sources(graph: Graph) -> Integers:
    """(m,) unit each edge starts from."""
    return np.repeat(np.arange(graph.count), np.diff(graph.indptr))


def parts(graph: Graph) -> tuple[int, Integers]:
    """Number of connected parts of the area, and the part of each unit."""
    if graph.count == 0:
        return 0, np.zeros(0, np.int64)
    number, part = connected_components(graph.matrix(np.ones(len(graph.indices))), directed=False)
    return int(number), part.astype(np.int64)


def pieces(graph: Graph, labels: Integers) -> Integers:
    """(n,) number of the connected piece of its grid that each unit belongs to. O(m)."""
    source = sources(graph)
    same = labels[source] == labels[graph.indices]
    inner = csr_matrix((np.ones(same.sum()), (source[same], graph.indices[same])), shape=(graph.count, graph.count))
    piece: Integers = connected_components(inner, directed=False)[1].astype(np.int64)
    return piece
