"""Reports of the same thing: close in place, close in time, alike in words; for a whole register at once.

Principle: strips of latitude and slices of time, ordered, give all pairs within reach without comparing all with all; each
pair's words are compared by the cosine of TF-IDF grams of one and two signs; a small logistic of words, metres, hours, kind
and photo makes a probability of it (`linli.methods.likeness_rule`, which pages use for one report). Never a silent merge: the
answer is pairs for people to look at.
Complexity: n log n + near pairs × length of texts. 20,000 reports: under half a CPU second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods import likeness_graphs as graphs
from linli.methods import likeness_kernels as kernels
from linli.methods.errors import BadInput
from linli.methods.likeness_rule import RULE, Rule, bits_between, likelihood
from linli.methods.likeness_words import idf_of, signs_of
from linli.methods.running import Progress, tell

PAIR_GRAMS = 2


@dataclass(frozen=True)
class Reports:
    """n reports. `lng`, `lat` degrees WGS-84 (not across the 180th meridian) · `hours` on any scale · `kinds` and `photos`
    (64-bit hashes, 0 for none) may be missing."""

    texts: Sequence[str]
    lng: ArrayLike
    lat: ArrayLike
    hours: ArrayLike
    kinds: Sequence[str] | None = None
    photos: ArrayLike | None = None


@dataclass(frozen=True)
class Pairs:
    """m pairs of reports: `first` < `second`, `probability` that both are one thing, `alike` 0 to 1, `metres`, `hours` apart,
    `signs` of the shorter text."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    probability: NDArray[np.float64]
    alike: NDArray[np.float32]
    metres: NDArray[np.float32]
    hours: NDArray[np.float32]
    signs: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Pairs:
        """Some of them."""
        return Pairs(*(getattr(self, column.name)[chosen] for column in fields(self)))


def find_duplicates(
    reports: Reports, *, rule: Rule = RULE, least: float | None = None, progress: Progress | None = None
) -> Pairs:
    """Pairs whose probability is at least `least` (that of the rule), the likeliest first.

    Raises BadInput naming the column that is too short, no number, or no place on earth.
    """
    checked = _checked(reports)
    pairs = compared(reports, checked, rule, progress)
    sure = np.flatnonzero(pairs.probability >= (rule.least if least is None else least))
    order = np.lexsort((pairs.second[sure], pairs.first[sure], -pairs.probability[sure]))
    return pairs.only(sure[order])


def groups_of(pairs: Pairs, count: int) -> NDArray[np.int64]:
    """The group of each of `count` reports when pairs are joined: the number of its first report. A report alone is its own."""
    return np.asarray(graphs.joined(count, pairs.first, pairs.second))


def compared(
    reports: Reports,
    checked: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    rule: Rule,
    progress: Progress | None,
) -> Pairs:
    """All pairs within the rule's reach with their probability, in no particular order."""
    lng, lat, hours = checked
    order, first, second, metres, apart = _near(lng, lat, hours, rule.radius_m, rule.window_hours)
    tell(progress, 0.3)
    signs = signs_of(reports.texts)
    places, row_starts, listed = kernels.listed_grams(signs.codes, signs.starts, PAIR_GRAMS, np.zeros(0, np.uint64))
    starts, columns, counts = kernels.counted(places, row_starts)
    idf = idf_of(np.bincount(columns, minlength=len(listed)), max(len(signs), 1))
    values = kernels.weigh(starts, columns, counts, idf)
    tell(progress, 0.7)
    one, other = order[first], order[second]
    one, other = np.minimum(one, other), np.maximum(one, other)
    alike = graphs.products(starts, columns, values, one, other)
    lengths = np.diff(signs.starts) - 1
    shorter = np.minimum(lengths[one], lengths[other])
    same = None
    if reports.kinds is not None:
        _names, kinds = np.unique(np.array(reports.kinds, dtype=np.str_), return_inverse=True)
        same = kinds[one] == kinds[other]
    bits = None
    if reports.photos is not None:
        photos = np.asarray(reports.photos, np.uint64)
        bits = np.where((photos[one] != 0) & (photos[other] != 0), bits_between(photos[one], photos[other]), -1)
    probability = likelihood(rule, alike=alike, metres=metres, hours=apart, is_same_kind=same, photo_bits=bits, signs=shorter)
    tell(progress, 1.0)
    return Pairs(one, other, probability, alike, metres, apart, shorter)


def _checked(reports: Reports) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    count = len(reports.texts)
    columns = []
    for name, most in (("lng", 180.0), ("lat", 90.0), ("hours", 1e9)):
        column = np.asarray(getattr(reports, name), np.float64)
        if column.shape != (count,):
            raise BadInput(name, f"has {column.size} values for {count} texts")
        wrong = ~(np.abs(column) <= most)
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise BadInput(name, f"row {at} is {column[at]}, not between {-most:g} and {most:g}")
        columns.append(column)
    for name in ("kinds", "photos"):
        given = getattr(reports, name)
        if given is not None and np.shape(given) != (count,):
            raise BadInput(name, f"has {np.size(given)} values for {count} texts")
    return columns[0], columns[1], columns[2]


def _near(
    lng: NDArray[np.float64], lat: NDArray[np.float64], hours: NDArray[np.float64], radius_m: float, window_hours: float
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Pairs within reach: (order, first, second, metres, hours), first and second being places in `order`."""
    if not len(lng):
        none, number = np.zeros(0, np.int32), np.zeros(0, np.float32)
        return np.zeros(0, np.int64), none, none, number, number
    strip = np.floor(lat * (graphs.DEGREE_M / radius_m)).astype(np.int64)
    slices = np.floor((hours - hours.min()) / window_hours).astype(np.int64)
    spans = int(slices.max()) + 3  # a free slice on either side, so that strips do not touch
    cells = (strip - strip.min() + 1) * spans + slices + 1
    order = np.lexsort((lng, cells))
    cells = cells[order]
    keys, begins = np.unique(cells, return_index=True)
    ends = np.append(begins, len(cells)).astype(np.int64)
    most = 8 * len(lng) + 1024
    while True:
        count, first, second, metres, apart = graphs.near_pairs(
            lng[order], lat[order], hours[order], cells, keys, ends, spans, radius_m, window_hours, most
        )
        if count <= most:
            return order, first, second, metres, apart
        most = count
