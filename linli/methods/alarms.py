"""Alarms: is there suddenly more of something somewhere? Counts by day of many series (a grid and a category each).

A smoothed count (EWMA, memory 0.3: a week's worth) is held against what the day should bring: the series' own rate in the
twelve weeks before last week, times what the whole category does (its level of late and its weekdays), so that a season or a
Monday is no alarm. A quiet series' own rate is little known: it is drawn to its category's and its doubt is counted. The
distance is in standard deviations of a gamma distribution (Wilson & Hilferty 1931), the same for quiet and busy series.

How many false alarms an office can stand is said beforehand; the threshold follows from calm days made up by the same rates,
widened as far as the real days vary more. O(series × days), about 40 million series-days a CPU second.
Sources: Roberts 1959 (EWMA); Wang et al. 2009 (EWMA found quickest for dysentery in Beijing); Fricker, Hegler & Dunfee 2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods import alarms_kernels as kernels
from linli.methods.errors import BadInput
from linli.methods.running import Progress, tell

Small = NDArray[np.float32]

LEVEL_DAYS = 28
WEEKDAY_DOUBT = 20.0  # made-up reports a weekday that draw a sparse category's week to an even one
CALM_SERIES = 4000  # so many series are made up to set the threshold
WIDE_SHARE = 0.99  # where real and made-up days are compared: often enough to be steady, seldom enough to be the tail


@dataclass(frozen=True)
class Watch:
    """How series are watched. `false_alarms`: days above the threshold per calm series-day that the office can stand."""

    memory: float = 0.3
    window_days: int = 84
    lag_days: int = 7
    prior: float = 2.0  # reports' worth of trust in the category's rate
    false_alarms: float = 1e-4

    def __post_init__(self) -> None:
        if not 0 < self.memory <= 1:
            raise BadInput("memory", f"{self.memory} is not above 0 and at most 1")
        if self.window_days < 7 or self.lag_days < 0:
            raise BadInput("window_days", "the window needs a week at least, the lag no less than no day")
        if self.prior <= 0:
            raise BadInput("prior", "must be above 0")
        if not 0 < self.false_alarms < 0.1:
            raise BadInput("false_alarms", f"{self.false_alarms} is not between 0 and 0.1")

    @property
    def first_day(self) -> int:
        """The first day that can be judged: the window must be full."""
        return self.window_days + self.lag_days


@dataclass(frozen=True)
class Scores:
    """By series and day: standard deviations above the expected (0 if not above, or before the first day), and the expected."""

    score: Small
    expected: Small


@dataclass(frozen=True)
class Alarm:
    """A run of days on which a series stood above the threshold."""

    series: int
    first_day: int
    last_day: int
    score: float
    counted: int
    expected: float


def _checked(counts: ArrayLike, group: ArrayLike) -> tuple[NDArray[Any], NDArray[np.int64]]:
    numbers, of = np.asarray(counts), np.asarray(group, np.int64)
    if numbers.ndim != 2 or not numbers.size:
        raise BadInput("counts", "needs rows of series and columns of days")
    if numbers.dtype.kind not in "iu":
        whole = np.rint(numbers)
        if not np.isfinite(numbers).all() or (whole != numbers).any():
            raise BadInput("counts", "must be whole numbers")
        numbers = whole.astype(np.int32)
    if numbers.min() < 0:
        raise BadInput("counts", "must not be below zero")
    if of.shape != (len(numbers),) or of.min() < 0:
        raise BadInput("group", f"needs a number, not below zero, for each of {len(numbers)} series")
    return np.ascontiguousarray(numbers), of


def usual_counts(counts: ArrayLike, group: ArrayLike) -> NDArray[np.float64]:
    """What a usual series of each group has on each day, [groups, days]: level of the last 28 days × share of the weekday.

    Both are of the whole group, so that what happens in one series hardly moves them. Only days up to the day itself count.
    """
    numbers, of = _checked(counts, group)
    days, groups = numbers.shape[1], int(of.max()) + 1
    totals = np.zeros((groups, days))
    for one in range(groups):
        totals[one] = numbers[of == one].sum(axis=0)
    sums = np.concatenate((np.zeros((groups, 1)), np.cumsum(totals, axis=1)), axis=1)
    day = np.arange(days)
    begin = np.maximum(day + 1 - LEVEL_DAYS, 0)
    level = (sums[:, day + 1] - sums[:, begin]) / np.maximum(day + 1 - begin, 1)
    share = np.ones((groups, days))
    for weekday in range(7):
        on = np.arange(weekday, days, 7)
        same = np.concatenate((np.zeros((groups, 1)), np.cumsum(totals[:, on], axis=1)), axis=1)
        last = np.arange(1, on.size + 1)
        weeks = np.minimum(last, 12)
        of_day = same[:, last] - same[:, last - weeks]
        whole = sums[:, on + 1] - sums[:, np.maximum(on + 1 - 7 * weeks, 0)]
        even = whole * weeks / np.minimum(7 * weeks, on + 1)
        share[:, on] = (of_day + WEEKDAY_DOUBT) / (even + WEEKDAY_DOUBT)
    size = np.maximum(np.bincount(of, minlength=groups), 1)
    return np.maximum(level * share / size[:, None], 1e-6)


def score(counts: ArrayLike, group: ArrayLike, watch: Watch | None = None) -> Scores:
    """Judge every series on every day. `counts` [series, days] whole numbers, `group` the category's number of each series.

    Raises BadInput for counts below zero or not whole, groups missing, or fewer days than window and lag need.
    """
    watch = watch or Watch()
    numbers, of = _checked(counts, group)
    if numbers.shape[1] <= watch.first_day:
        raise BadInput("counts", f"{numbers.shape[1]} days are too few: {watch.first_day + 1} are needed")
    return _score(numbers, of, usual_counts(numbers, of), watch)


def _score(numbers: NDArray[Any], of: NDArray[np.int64], usual: NDArray[np.float64], watch: Watch) -> Scores:
    found, expected = np.empty(numbers.shape, np.float32), np.empty(numbers.shape, np.float32)
    settings = (watch.memory, watch.prior, float(watch.lag_days), float(watch.window_days), float(watch.first_day))
    kernels.score_series(numbers, of, usual, settings, found, expected)
    return Scores(found, expected)


def threshold(scores: Scores, counts: ArrayLike, group: ArrayLike, watch: Watch | None = None, *, seed: int = 0) -> float:
    """The score that calm series exceed on a share `watch.false_alarms` of days.

    Calm days are made up: Poisson counts with each series' typical expected counts. Real days may vary more than that; then the
    threshold is widened by the ratio of both at their 99th percentile, which few outbreaks touch. Deterministic for a seed.
    """
    watch = watch or Watch()
    numbers, of = _checked(counts, group)
    chance, usual = np.random.default_rng(seed), usual_counts(numbers, of)
    some = np.sort(chance.choice(len(numbers), min(CALM_SERIES, len(numbers)), replace=False))
    judged = slice(watch.first_day, None)
    rate = np.median(scores.expected[some, judged] / usual[of[some], judged], axis=1)
    calm = _score(chance.poisson(rate[:, None] * usual[of[some]]).astype(numbers.dtype), of[some], usual, watch).score[:, judged]
    wide = float(np.quantile(scores.score[some, judged], WIDE_SHARE)) / max(float(np.quantile(calm, WIDE_SHARE)), 1e-9)
    return float(np.quantile(calm, 1 - watch.false_alarms)) * max(wide, 1.0)


def alarms(
    counts: ArrayLike, group: ArrayLike, watch: Watch | None = None, *,
    at_least: float | None = None, seed: int = 0, progress: Progress | None = None,
) -> list[Alarm]:  # fmt: skip
    """Runs of days above the threshold (`at_least`, or the one that keeps the budget), the gravest first."""
    watch = watch or Watch()
    numbers, of = _checked(counts, group)
    found = score(numbers, of, watch)
    tell(progress, 0.5)
    limit = threshold(found, numbers, of, watch, seed=seed) if at_least is None else at_least
    tell(progress, 0.9)
    room = 1024
    while True:
        series, first, last = (np.empty(room, np.int64) for _ in range(3))
        best = np.empty(room, np.float64)
        count = kernels.episodes(found.score, max(limit, 1e-9), series, first, last, best)
        if count <= room:
            break
        room = count
    made = [
        Alarm(
            int(series[one]), int(first[one]), int(last[one]), float(best[one]),
            int(numbers[series[one], first[one] : last[one] + 1].sum()),
            float(found.expected[series[one], first[one] : last[one] + 1].sum()),
        )
        for one in range(count)
    ]  # fmt: skip
    tell(progress, 1.0)
    return sorted(made, key=lambda one: (-one.score, one.series, one.first_day))


def warm() -> None:
    """Compile: two quiet series."""
    counts = np.zeros((2, 100), np.int32)
    counts[0, 95:] = 3
    alarms(counts, [0, 0])
