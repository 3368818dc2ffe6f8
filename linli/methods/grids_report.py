"""Every figure of a division, and whether a unit may change its grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods.errors import BadInput
from linli.methods.grids_graph import Floats, Graph, Integers, pieces, sources, sums

ROOM = 1.1  # an estate "needs" as many grids as it has loads of 110 %


@dataclass(frozen=True)
class Report:
    """The figures of a division. Shares in per cent, lengths in metres; arrays have one value a grid."""

    grids: int
    target: float  # mean load
    load: Floats
    households: Floats
    units: Integers
    deviation_pct: Floats  # of the load from the target
    max_deviation_pct: float
    spread_pct: float  # standard deviation of the deviation
    within_5_pct: float  # share of grids that deviate by 5 % or less
    within_10_pct: float
    pieces: Integers  # 1 unless the grid is broken
    broken_grids: int
    cut_pct: float  # affinity between units of different grids
    split_estates: int
    extra_estate_pieces: int  # pieces of estates beyond the fewest that grids of 110 % would need
    compactness: Floats  # Polsby-Popper: 4π area / perimeter²; 1 is a circle
    mean_compactness: float
    rms_m: float  # root mean square distance of the load from the middle of its grid
    moved_households: float  # in another grid than before
    moved_pct: float

    def lines(self) -> list[str]:
        """The report in words."""
        found = [
            f"{self.grids} grids of {self.target:,.1f} each: largest deviation {self.max_deviation_pct:.2f} %, "
            f"{self.within_5_pct:.0f} % of the grids within 5 %",
            f"grids in pieces: {self.broken_grids}",
            f"estates split: {self.split_estates}, pieces beyond the fewest possible: {self.extra_estate_pieces}",
            f"compactness (1 is a circle): {self.mean_compactness:.2f}, distance to the middle {self.rms_m:.0f} m",
            f"neighbourhood ties cut: {self.cut_pct:.1f} %",
        ]
        if self.moved_households:
            found.append(f"homes in another grid than before: {self.moved_households:,.0f} ({self.moved_pct:.1f} %)")
        return found


@dataclass(frozen=True)
class Verdict:
    """Whether a unit may go to another grid, why not, and what would change. Deviations in per cent of the mean load."""

    is_allowed: bool
    reason: str  # "", "same_grid", "not_neighbours", "would_empty", "would_break"
    message: str
    from_deviation_pct: float = 0.0
    to_deviation_pct: float = 0.0
    extra_pieces: int = 0  # pieces of estates more (or, negative, fewer)


def checked_labels(graph: Graph, labels: ArrayLike, field: str = "labels") -> Integers:
    """Labels as an array; raises BadInput unless there is one of 0 or more for each unit."""
    found = np.array(labels)
    if found.shape != (graph.count,) or (graph.count and not np.issubdtype(found.dtype, np.integer)):
        raise BadInput(field, f"must be {graph.count} whole numbers, one for each unit")
    if graph.count and found.min() < 0:
        raise BadInput(field, f"is {found.min()} for unit {int(np.argmin(found))}; grids are numbered from 0")
    return found.astype(np.int64)


def report(graph: Graph, labels: ArrayLike, *, previous: ArrayLike | None = None) -> Report:
    """All figures of a division in O(n + m). Grids are numbered without gaps from 0; BadInput names a number nobody has."""
    label = checked_labels(graph, labels)
    count = int(label.max()) + 1 if len(label) else 0
    units = np.bincount(label, minlength=count)
    if (units == 0).any():
        raise BadInput("labels", f"grid {int(np.argmin(units))} has no unit")
    load = sums(label, graph.weight, count)
    target = float(load.mean()) if count else 0.0
    deviation = 100 * (load / target - 1) if target > 0 else np.zeros(count)
    source = sources(graph)
    same = label[source] == label[graph.indices]
    piece = _pieces_of_grids(graph, label, count)
    estates, extra = _estate_pieces(graph, label, target)
    compactness = _compactness(graph, label, source, same, count)
    moved = 0.0
    if previous is not None:
        before = np.array(previous)
        if before.shape != label.shape:
            raise BadInput("previous", f"must be {graph.count} whole numbers, one for each unit")
        moved = float(graph.households[(before >= 0) & (before != label)].sum())
    return Report(
        grids=count,
        target=target,
        load=load,
        households=sums(label, graph.households, count),
        units=units.astype(np.int64),
        deviation_pct=deviation,
        max_deviation_pct=float(np.abs(deviation).max(initial=0)),
        spread_pct=float(deviation.std()) if count else 0.0,
        within_5_pct=_share(np.abs(deviation) <= 5),
        within_10_pct=_share(np.abs(deviation) <= 10),
        pieces=piece,
        broken_grids=int((piece > 1).sum()),
        cut_pct=100 * float(graph.affinity[~same].sum() / max(graph.affinity.sum(), 1e-300)),
        split_estates=estates,
        extra_estate_pieces=extra,
        compactness=compactness,
        mean_compactness=float(compactness.mean()) if count else 0.0,
        rms_m=_spread_m(graph, label, load),
        moved_households=moved,
        moved_pct=100 * moved / max(float(graph.households.sum()), 1e-300),
    )


def _share(hits: NDArray[np.bool_]) -> float:
    return 100 * float(hits.mean()) if len(hits) else 100.0


def _pieces_of_grids(graph: Graph, label: Integers, count: int) -> Integers:
    if not count:
        return np.zeros(0, np.int64)
    each = np.unique(np.column_stack([label, pieces(graph, label)]), axis=0)
    return np.bincount(each[:, 0], minlength=count).astype(np.int64)


def _estate_pieces(graph: Graph, label: Integers, target: float) -> tuple[int, int]:
    """Estates in more than one grid; pieces beyond the fewest that grids of 110 % would need."""
    known = graph.estate >= 0
    if not known.any():
        return 0, 0
    estate = np.unique(graph.estate[known], return_inverse=True)[1]
    each = np.unique(np.column_stack([estate, label[known]]), axis=0)
    have = np.bincount(each[:, 0])
    need = np.maximum(1, np.ceil(np.bincount(estate, graph.weight[known]) / max(ROOM * target, 1e-300)))
    return int((have > 1).sum()), int(have.sum() - need.sum())


def _compactness(graph: Graph, label: Integers, source: Integers, same: NDArray[np.bool_], count: int) -> Floats:
    area = sums(label, graph.area, count)
    inner = sums(label[source[same]], graph.boundary[same], count)
    around = np.maximum(sums(label, graph.perimeter, count) - inner, 0)
    compactness: Floats = np.divide(4 * np.pi * area, around**2, out=np.zeros(count), where=around > 0)
    return compactness


def _spread_m(graph: Graph, label: Integers, load: Floats) -> float:
    if not load.sum() > 0:
        return 0.0
    safe = np.where(load > 0, load, 1)
    square = 0.0
    for along in (graph.x, graph.y):
        middle = np.bincount(label, graph.weight * along, len(load)) / safe
        square += float((graph.weight * (along - middle[label]) ** 2).sum())
    return float(np.sqrt(square / load.sum()))


def can_move(graph: Graph, labels: ArrayLike, unit: int, to: int) -> Verdict:
    """Whether the unit may go to grid `to` and every grid stays in one piece; for the map editor. O(n + m), a few milliseconds.

    Raises BadInput for a unit or a grid that does not exist.
    """
    label = checked_labels(graph, labels)
    if not 0 <= unit < graph.count:
        raise BadInput("unit", f"is {unit}; units are 0 to {graph.count - 1}")
    count = int(label.max()) + 1
    if not 0 <= to < count:
        raise BadInput("to", f"is {to}; grids are 0 to {count - 1}")
    grid = int(label[unit])
    if to == grid:
        return Verdict(False, "same_grid", "the unit is in that grid already")
    neighbours = graph.indices[graph.indptr[unit] : graph.indptr[unit + 1]]
    if not (label[neighbours] == to).any():
        return Verdict(False, "not_neighbours", "the unit does not border on that grid")
    if (label == grid).sum() == 1:
        return Verdict(False, "would_empty", "the grid would have no unit left")
    after = label.copy()
    after[unit] = to
    if not _stays_whole(graph, label, unit):
        return Verdict(False, "would_break", "the grid would fall apart without the unit")
    load = np.bincount(after, graph.weight, count)
    target = max(float(load.mean()), 1e-300)
    alike = (graph.estate == graph.estate[unit]) & (graph.estate >= 0)
    alike[unit] = False
    has_estate = bool(graph.estate[unit] >= 0)
    gained = int(has_estate and not (label[alike] == to).any()) - int(has_estate and not (label[alike] == grid).any())
    off = 100 * (load / target - 1)
    return Verdict(True, "", "", float(off[grid]), float(off[to]), gained)


def _stays_whole(graph: Graph, label: Integers, unit: int) -> bool:
    """Whether the unit's grid is in one piece without it (as many pieces as before, if it was broken already)."""
    rest = label.copy()
    rest[unit] = label.max() + 1
    mine = label == label[unit]
    before, mine[unit] = len(np.unique(pieces(graph, label)[mine])), False
    return len(np.unique(pieces(graph, rest)[mine])) <= before
