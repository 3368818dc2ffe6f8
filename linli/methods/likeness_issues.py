"""Common issues among thousands of needs: groups of texts that say the same, each with its most central text and telling words.

Principle: every text is tied to the few it is most like (cosine of TF-IDF grams of one and two signs). Communities by the
constant Potts model (Traag, Van Dooren & Nesterov 2011): inside an issue texts are on average more alike than `resolution`,
the same for towns of any size. Local moving on the ties first; then whole groups move, and there every pair of members counts,
not only ties (the sum of all cosines between two groups is the product of their sums), so a large issue is not cut into pieces
because each text has few ties. What staff said belongs together or apart weighs more than any words.
Complexity: texts × grams × texts that share a rare gram, then groups × some turns. 8,000 needs: about a CPU second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods import likeness_graphs as graphs
from linli.methods import likeness_kernels as kernels
from linli.methods.errors import BadInput
from linli.methods.likeness_words import BITS, idf_of, said, signs_of, spelled
from linli.methods.running import Progress, tell

RESOLUTION = 0.3
NEIGHBOURS = 12
LEAST_LIKENESS = 0.1
LEAST_COMMON = 50
COMMON_SHARE = 0.02  # a gram that more of the texts have proposes no neighbour; it still counts in the likeness
STEPS = 12
LONGEST_RUN = 6
WORDS_SHOWN = 3
TEXTS_OF_WORDS = 40
SIGNS_OF_WORDS = 150

Edges = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]  # from, to, weight
Rows = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]  # sparse rows: starts, columns, values


@dataclass(frozen=True)
class Issue:
    """One common issue. `members`: rows of the texts, the most central first; `words`: what they say more often than others."""

    number: int
    members: tuple[int, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Issues:
    """`labels` int64 (n): the number of each text's issue; `issues` with at least the members asked for, the largest first."""

    labels: NDArray[np.int64]
    issues: list[Issue]


Links = Iterable[tuple[int, int]]


def find_issues(
    texts: Sequence[str],
    *,
    resolution: float = RESOLUTION,
    least_members: int = 2,
    together: Links = (),
    apart: Links = (),
    previous: ArrayLike | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Issues:
    """Issues among n texts.

    `resolution` 0 to 1: higher makes more and smaller issues. `together`, `apart`: pairs of rows that staff joined or parted.
    `previous` int (n): numbers of an earlier run, −1 for new texts; an issue keeps the number that most of its texts had.
    Deterministic for a seed. Raises BadInput (resolution, together, apart, previous).
    """
    if not 0 < resolution < 1:
        raise BadInput("resolution", f"is {resolution}, not between 0 and 1")
    if not len(texts):
        return Issues(np.zeros(0, np.int64), [])
    said = _said(_links("together", together, len(texts)), _links("apart", apart, len(texts)), len(texts))
    rows, listed = _rows(texts)
    found, alike = _neighbours(rows, len(listed), progress)
    labels = communities(
        len(texts), _edges(found, alike), resolution=resolution, rows=rows, width=len(listed), said=said, seed=seed
    )
    tell(progress, 0.9)
    labels = _renumbered(labels, previous)
    issues = _issues(texts, labels, (found, alike), (rows, listed), least_members)
    tell(progress, 1.0)
    return Issues(labels, issues)


def communities(
    count: int,
    edges: Edges,
    *,
    resolution: float,
    rows: Rows | None = None,
    width: int = 0,
    said: Edges | None = None,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Constant-Potts communities of a weighted graph: maximizes Σ (weight − resolution · size · size) inside them.

    Edges are given once. With `rows` (unit rows of `width` columns) groups are compared by all pairs of their members instead
    of the edges; `said` are edges that then count beside them. Answers numbers from 0 (int64, n).
    """
    random = np.random.default_rng(seed)
    groups, sizes = np.arange(count), np.ones(count)
    first, second, weights = _with(edges, said)
    for _step in range(STEPS):
        size = len(sizes)
        starts, targets, ties = _adjacency(size, first, second, weights)
        labels = graphs.moved(starts, targets, ties, sizes, resolution, np.arange(size), random.permutation(size))
        _names, labels = np.unique(labels, return_inverse=True)
        merged = int(labels.max()) + 1 if size else 0
        groups = labels[groups]
        if merged == size:
            break
        sizes = np.bincount(labels, sizes, minlength=merged).astype(np.float64)
        first, second = labels[first], labels[second]
        outer = first != second
        first, second, weights = first[outer], second[outer], weights[outer]
        if rows is not None:
            rows = graphs.summed(*rows, labels, merged, width)
            pairs = np.unique(np.minimum(first, second) * merged + np.maximum(first, second))
            first, second = pairs // merged, pairs % merged
            starts_of, columns, values = rows
            exact = graphs.products(starts_of, columns, values, first, second).astype(np.float64)
            first, second, weights = _with((first, second, exact), _grouped(said, groups))
    return groups.astype(np.int64)


def _with(edges: Edges, said: Edges | None) -> Edges:
    if said is None:
        return edges
    return (np.concatenate([edges[0], said[0]]), np.concatenate([edges[1], said[1]]), np.concatenate([edges[2], said[2]]))


def _grouped(said: Edges | None, groups: NDArray[np.int64]) -> Edges | None:
    """What was said of texts, of the groups they are in."""
    if said is None:
        return None
    first, second = groups[said[0]], groups[said[1]]
    outer = first != second
    return first[outer], second[outer], said[2][outer]


def _rows(texts: Sequence[str]) -> tuple[Rows, NDArray[np.uint64]]:
    signs = signs_of(texts)
    places, row_starts, listed = kernels.listed_grams(signs.codes, signs.starts, 2, np.zeros(0, np.uint64))
    starts, columns, counts = kernels.counted(places, row_starts)
    values = kernels.weigh(starts, columns, counts, idf_of(np.bincount(columns, minlength=len(listed)), len(texts)))
    return (starts, columns, values), listed


def _neighbours(rows: Rows, width: int, progress: Progress | None) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    count = len(rows[0]) - 1
    most_rows = max(LEAST_COMMON, int(COMMON_SHARE * count))
    find: Any = graphs.neighbours  # compiled: numba has no types for so many arguments
    starts, columns, values = rows
    parts, step = [], 2000
    for begin in range(0, count, step):
        tell(progress, 0.1 + 0.7 * begin / count)
        end = min(begin + step, count)
        parts.append(find(starts, columns, values, most_rows, width, NEIGHBOURS, LEAST_LIKENESS, begin, end))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _edges(found: NDArray[np.int32], alike: NDArray[np.float32]) -> Edges:
    """Each pair of neighbours once, with its likeness."""
    count = len(found)
    one = np.repeat(np.arange(count), found.shape[1])[found.ravel() >= 0]
    other = found.ravel()[found.ravel() >= 0].astype(np.int64)
    likeness = alike.ravel()[found.ravel() >= 0].astype(np.float64)
    pairs, at = np.unique(np.minimum(one, other) * count + np.maximum(one, other), return_index=True)
    return pairs // count, pairs % count, likeness[at]


def _said(together: NDArray[np.int64], apart: NDArray[np.int64], count: int) -> Edges | None:
    """What staff said, as edges that outweigh all words."""
    if not len(together) + len(apart):
        return None
    strong = np.concatenate([np.full(len(together), 10.0 * count), np.full(len(apart), -10.0 * count * count)])
    return np.concatenate([together[:, 0], apart[:, 0]]), np.concatenate([together[:, 1], apart[:, 1]]), strong


def _links(name: str, links: Links, count: int) -> NDArray[np.int64]:
    pairs = np.array(list(links), np.int64).reshape(-1, 2)
    if pairs.size and (pairs.min() < 0 or pairs.max() >= count or (pairs[:, 0] == pairs[:, 1]).any()):
        raise BadInput(name, f"names a row outside 0 to {count - 1}, or one row twice")
    return pairs


def _adjacency(
    count: int, first: NDArray[np.int64], second: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Edges in both directions as CSR; several between two nodes add up where they are used."""
    sources = np.concatenate([first, second])
    order = np.argsort(sources, kind="stable")
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(sources, minlength=count))])
    return starts, np.concatenate([second, first])[order], np.concatenate([weights, weights])[order]


def _renumbered(labels: NDArray[np.int64], previous: ArrayLike | None) -> NDArray[np.int64]:
    """Issues by size, the largest 0; with earlier numbers: each keeps the one that most of its texts had, new ones follow."""
    if previous is None:
        sizes = np.bincount(labels)
        rank = np.empty(len(sizes), np.int64)
        rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
        return rank[labels]
    before = np.asarray(previous, np.int64)
    if before.shape != labels.shape:
        raise BadInput("previous", f"has {before.size} numbers for {len(labels)} texts")
    known = before >= 0
    shared = Counter(zip(labels[known].tolist(), before[known].tolist(), strict=True))
    kept: dict[int, int] = {}
    for (label, number), _texts in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        if label not in kept and number not in kept.values():
            kept[label] = number
    fresh = int(before.max(initial=-1)) + 1
    for label in range(int(labels.max()) + 1):
        if label not in kept:
            kept[label] = fresh
            fresh += 1
    return np.array([kept[label] for label in range(int(labels.max()) + 1)])[labels]


def _issues(
    texts: Sequence[str],
    labels: NDArray[np.int64],
    ties: tuple[NDArray[np.int32], NDArray[np.float32]],
    counted: tuple[Rows, NDArray[np.uint64]],
    least_members: int,
) -> list[Issue]:
    found, alike = ties
    inside = (found >= 0) & (labels[np.maximum(found, 0)] == labels[:, None])
    centrality = (alike * inside).sum(axis=1) + np.bincount(found[inside], alike[inside], minlength=len(labels))
    order = np.lexsort((np.arange(len(labels)), -centrality, labels))
    numbers, begins = np.unique(labels[order], return_index=True)
    ends = [*begins[1:].tolist(), len(order)]
    groups = [
        (int(number), order[begin:end].tolist())
        for number, begin, end in zip(numbers, begins.tolist(), ends, strict=True)
        if end - begin >= least_members
    ]
    groups.sort(key=lambda group: (-len(group[1]), group[0]))
    rows, listed = counted
    texts_with = np.bincount(rows[1], minlength=len(listed))
    return [Issue(number, tuple(members), telling_words(texts, members, rows, listed, texts_with)) for number, members in groups]


def telling_words(
    texts: Sequence[str], members: Sequence[int], rows: Rows, listed: NDArray[np.uint64], texts_with: NDArray[np.int64]
) -> tuple[str, ...]:
    """Runs of the most central text whose grams many of the members have and few other texts."""
    starts, columns, _values = rows
    shown = list(members[:TEXTS_OF_WORDS])
    counts = np.bincount(np.concatenate([columns[starts[row] : starts[row + 1]] for row in shown]), minlength=len(texts_with))
    signs, written = spelled(texts[members[0]], punctuation=True)
    codes = np.array([ord(sign) for sign in signs], np.uint64)
    pairs = codes[:-1] | (codes[1:] << np.uint64(BITS)) if len(codes) > 1 else codes[:0]
    own = columns[starts[members[0]] : starts[members[0] + 1]]
    column_of = dict(zip(listed[own].tolist(), own.tolist(), strict=True))
    mine = [column_of.get(pair, -1) for pair in pairs.tolist()]
    scores = [
        counts[column] / len(shown) * np.log((1 + len(texts)) / (1 + texts_with[column])) if column >= 0 else 0.0
        for column in mine
    ]
    runs = [
        (sum(scores[at : at + size - 1]) / size**0.5, at, at + size)
        for size in range(2, LONGEST_RUN + 1)
        for at in range(min(len(written), SIGNS_OF_WORDS) - size + 1)
        if all(sign[0].isalnum() for sign in written[at : at + size])
    ]
    chosen: list[tuple[float, int, int]] = []
    for run in sorted(runs, key=lambda item: (-item[0], item[1])):
        if run[0] > 0 and all(run[2] <= other[1] or run[1] >= other[2] for other in chosen):
            chosen.append(run)
            if len(chosen) == WORDS_SHOWN:
                break
    return tuple(dict.fromkeys(said(written[start:end]) for _score, start, end in chosen))
