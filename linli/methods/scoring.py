"""Scores of projects from raters of four parties: the mild and the strict made comparable, and few cannot buy a place.

Buyer, street, the people served and outside experts rate; each party has a fixed weight. The practice, the mean of the
parties' means, moves with whoever is strict and with whoever agrees to lift a friend. Here every rating is read as
merit of the project + leniency of the rater + noise of the rater. Principle: medians first, then weighted means in
turns; a rating far from what merit and leniency explain loses weight (Huber in the first turns, Tukey's redescending
biweight after), and a rater whose ratings scatter counts less. Dropping extremes does not do this; modelling the rater does
(many-facet Rasch measurement, Linacre 1989; generalizability, Cronbach 1972; robust regression, Huber 1964, Tukey 1974).

It cannot see through a whole party that is captured: there the fixed weights and the published means of parties are the
safeguard. Raters must overlap: who rated nothing that others rated cannot be compared, and that is refused.

Shapes: ratings are rows (rater, project, points). Units: points as given. Complexity: ratings × some forty turns. Errors:
intervals hold for differences between projects; that all raters together were mild cannot be seen from ratings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from linli.methods.errors import BadInput

PARTIES = ("buyer", "street", "served", "experts")
_TURNS, _MILD_TURNS = 40, 6
_HUBER, _BIWEIGHT = 1.3, 3.1  # in units of the noise: where doubt begins, where a rating no longer counts
_NOISE_PRIOR = 12.0  # ratings that the common noise counts for beside those of one rater
_REACH = 2.3  # standard errors of a 95 % interval: 1.96, and what choosing the weights costs, by simulation
_COMMON = 1.0  # ratings that the view of all counts for beside those of one party on one project


@dataclass(frozen=True)
class Flag:
    """Something to look at: not a verdict. `raters` are one or two codes, `projects` those concerned."""

    kind: str  # lenient, strict, erratic, constant, lifts, sinks, together
    raters: tuple[str, ...]
    projects: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Scores:
    """Scores by project and what stands behind them; arrays follow `projects`, `raters`, `parties` and the ratings given."""

    projects: tuple[str, ...]
    raters: tuple[str, ...]
    parties: tuple[str, ...]
    score: np.ndarray  # float64 (projects): to be used
    low: np.ndarray  # 95 % interval of the score beside the others
    high: np.ndarray
    plain: np.ndarray  # mean of the parties' means, as usual: to be shown beside
    by_party: np.ndarray  # (projects, parties): means of the parties after leniency and doubt
    plain_by_party: np.ndarray  # (projects, parties): as rated
    leniency: np.ndarray  # (raters): above nought is mild
    noise: np.ndarray  # (raters): standard deviation of what is left
    trust: np.ndarray  # (raters): mean weight of the rater's ratings, 0 to 1
    weight: np.ndarray  # (ratings): 0 to 1
    residual: np.ndarray  # (ratings): points beyond merit and leniency
    flags: tuple[Flag, ...]

    def order(self) -> list[int]:
        """Projects from the highest score down; equal ones as listed."""
        return sorted(range(len(self.projects)), key=lambda project: (-self.score[project], project))


@dataclass(frozen=True)
class _Table:
    rater: np.ndarray
    project: np.ndarray
    points: np.ndarray
    party: np.ndarray  # of each rater
    weights: np.ndarray  # of each party
    sizes: tuple[int, int, int]  # raters, projects, parties


def score(
    ratings: Sequence[tuple[str, str, float]], party_of: Mapping[str, str], *, weights: Mapping[str, float] | None = None
) -> Scores:
    """Scores, intervals and flags from rows (rater, project, points).

    `party_of` gives each rater's party; `weights` the parties and their weights (default: the four of `PARTIES`, equal).
    Every project needs a rating from every party. Raises BadInput naming rater, project or party.
    """
    table, raters, projects, parties = _checked(ratings, party_of, weights or dict.fromkeys(PARTIES, 1.0))
    views = np.zeros(len(projects) * len(parties))
    for _turn in range(3):
        merit, leniency, noise, weight = _fit(table, views[_cell(table)])
        residual = table.points - merit[table.project] - leniency[table.rater]
        views = _views(table, residual, noise)
    residual -= views[_cell(table)]
    by_party, error = _party_means(table, np.repeat(merit, len(parties)) + views, leniency, noise, weight)
    final = by_party @ table.weights
    plain_by_party = _means(table.points, np.ones(len(table.points)), _cell(table), (table.sizes[1], table.sizes[2]))
    heard = np.bincount(table.rater, minlength=table.sizes[0])
    trust = np.bincount(table.rater, weight, minlength=table.sizes[0]) / heard
    return Scores(
        projects, raters, parties, final, final - _REACH * error, final + _REACH * error, plain_by_party @ table.weights,
        by_party, plain_by_party, leniency, noise, trust, weight, residual,
        tuple(_flags(table, raters, projects, leniency, noise, residual)),
    )  # fmt: skip


def _checked(
    ratings: Sequence[tuple[str, str, float]], party_of: Mapping[str, str], weights: Mapping[str, float]
) -> tuple[_Table, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    parties = tuple(weights)
    shares = np.array([weights[party] for party in parties], dtype=np.float64)
    if not len(ratings):
        raise BadInput("ratings", "there are none")
    if not np.isfinite(shares).all() or (shares <= 0).any():
        raise BadInput("weights", "must all be above nought")
    raters, projects = tuple(dict.fromkeys(row[0] for row in ratings)), tuple(dict.fromkeys(row[1] for row in ratings))
    for rater in raters:
        if party_of.get(rater) not in weights:
            raise BadInput(f"party of {rater}", f"“{party_of.get(rater, '')}” is none of {', '.join(parties)}")
    rater_at, project_at = ({name: at for at, name in enumerate(names)} for names in (raters, projects))
    table = _Table(
        np.array([rater_at[row[0]] for row in ratings]), np.array([project_at[row[1]] for row in ratings]),
        np.array([row[2] for row in ratings], dtype=np.float64), np.array([parties.index(party_of[rater]) for rater in raters]),
        shares / shares.sum(), (len(raters), len(projects), len(parties)),
    )  # fmt: skip
    wrong = next((at for at, value in enumerate(table.points.tolist()) if not math.isfinite(value)), None)
    if wrong is not None:
        raise BadInput(f"rating {wrong + 1}", f"of {ratings[wrong][1]} by {ratings[wrong][0]} is no number")
    pairs = table.rater * len(projects) + table.project
    if len(np.unique(pairs)) < len(pairs):
        again = np.flatnonzero(np.bincount(pairs) > 1)[0]
        raise BadInput("ratings", f"{raters[again // len(projects)]} rated {projects[again % len(projects)]} twice")
    heard = np.bincount(_cell(table), minlength=len(projects) * len(parties)).reshape(len(projects), len(parties))
    for project, party in np.argwhere(heard == 0):
        raise BadInput(f"project {projects[project]}", f"was not rated by {parties[party]}: a score needs every party")
    _refuse_islands(table, raters)
    return table, raters, projects, parties


def _refuse_islands(table: _Table, raters: Sequence[str]) -> None:
    """Raise when some raters share no project, not even through others, with the first rater."""
    reached = np.zeros(table.sizes[0], dtype=bool)
    reached[0], before = True, 0
    while reached.sum() > before:
        before = int(reached.sum())
        known = np.zeros(table.sizes[1], dtype=bool)
        known[table.project[reached[table.rater]]] = True
        reached[table.rater[known[table.project]]] = True
    if not reached.all():
        alone = [raters[at] for at in np.flatnonzero(~reached).tolist()]
        raise BadInput(
            "ratings", f"{', '.join(alone[:5])} rated nothing in common with {raters[0]}: let all rate a few projects together"
        )


def _cell(table: _Table) -> np.ndarray:
    return np.asarray(table.project * table.sizes[2] + table.party[table.rater])


def _means(values: np.ndarray, weight: np.ndarray, group: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    size = int(np.prod(shape))
    total = np.bincount(group, weight, minlength=size)
    return np.asarray(np.bincount(group, values * weight, minlength=size) / np.maximum(total, 1e-12)).reshape(shape)


def _medians(values: np.ndarray, group: np.ndarray, size: int) -> np.ndarray:
    """Median of each group; every group has a value."""
    order = np.lexsort((values, group))
    count = np.bincount(group, minlength=size)
    first, ranked = np.cumsum(count) - count, values[order]
    return np.asarray((ranked[first + (count - 1) // 2] + ranked[first + count // 2]) / 2)


def _views(table: _Table, residual: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """How each party sees each project otherwise than all do, as far as chance does not explain it: (projects × parties).

    How much parties differ in general is measured over all projects. If they hardly do, three raters who stand alone with one
    project are doubted; if they do, they are believed; a party that stands apart beyond what is usual is not.
    """
    _raters, projects, parties = table.sizes
    cell, size = _cell(table), projects * parties
    apart, heard = _medians(residual, cell, size), np.bincount(cell, minlength=size)
    chance = 1.57 * float(np.median(noise)) ** 2 / np.maximum(heard, 1)  # variance of a median of that many
    real = np.zeros(size)
    for party in range(parties):
        its = np.arange(party, size, parties)
        spread = 1.4826 * float(np.median(np.abs(apart[its] - np.median(apart[its]))))
        real[its] = max(0.0, spread**2 - float(np.median(chance[its])))
    real[real < 0.5 * chance] = 0.0
    far = np.abs(apart) / np.sqrt(real + chance)
    believed = np.square(np.maximum(0.0, 1 - np.square(far / 5)))
    return np.asarray(apart * real / (real + chance) * believed)


def _fit(table: _Table, views: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Merit by project, leniency and noise by rater, weight by rating; `views` (ratings) are known before."""
    raters, projects, _parties = table.sizes
    points = table.points - views
    merit, leniency = _medians(points, table.project, projects), np.zeros(raters)
    for _turn in range(4):
        leniency = _medians(points - merit[table.project], table.rater, raters)
        leniency -= np.median(leniency)
        merit = _medians(points - leniency[table.rater], table.project, projects)
    weight = np.ones(len(table.points))
    for turn in range(_TURNS):
        residual = points - merit[table.project] - leniency[table.rater]
        noise, common = _noise(table, residual, weight)
        strange = np.abs(residual) / np.sqrt(noise[table.rater] * common)
        if turn < _MILD_TURNS:
            weight = np.minimum(1.0, _HUBER / np.maximum(strange, 1e-9))
        else:
            weight = np.square(np.maximum(0.0, 1 - np.square(strange / _BIWEIGHT)))
        precision = weight / np.square(noise[table.rater])
        # Nobody is left without any weight: a rater or project that all doubt is placed by its medians' neighbourhood.
        precision = np.maximum(precision, 1e-6 * precision.max())
        leniency = _means(points - merit[table.project], precision, table.rater, (raters,))
        leniency -= np.median(leniency)
        merit = _means(points - leniency[table.rater], precision, table.project, (projects,))
    level = _level(table, leniency)
    return merit + level, leniency - level, noise, weight


def _level(table: _Table, leniency: np.ndarray) -> float:
    """The leniency of all parties together: taken as nought, so that scores stay near the points that were given."""
    return float(_means(leniency, np.ones(len(leniency)), table.party, (table.sizes[2],)) @ table.weights)


def _noise(table: _Table, residual: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Noise of each rater, drawn to the common one as far as few ratings leave it open, and the common one."""
    raters, projects, _parties = table.sizes
    common = float(np.median(np.abs(residual))) * 1.4826
    spread = max(float(np.ptp(table.points)), 1.0)
    common = max(common * np.sqrt(len(residual) / max(len(residual) - raters - projects, len(residual) / 4)), 1e-3 * spread)
    squares = np.minimum(np.square(residual), np.square(2.5 * common))
    count = np.bincount(table.rater, minlength=raters)
    own = np.bincount(table.rater, squares, minlength=raters)
    return np.sqrt((own + _NOISE_PRIOR * common**2) / (count + _NOISE_PRIOR)), common


def _party_means(
    table: _Table, expected: np.ndarray, leniency: np.ndarray, noise: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Means of the parties, each drawn a little to what is `expected` of them, and the standard error of their weighted mean.

    The pull keeps a party of which hardly a trusted rating is left from deciding by that one.
    """
    _raters, projects, parties = table.sizes
    cell, size = _cell(table), projects * parties
    common = float(np.median(noise))
    trusted = weight * np.square(common / noise[table.rater])
    total = np.bincount(cell, trusted, minlength=size) + _COMMON
    corrected = np.bincount(cell, trusted * (table.points - leniency[table.rater]), minlength=size)
    means = (corrected + _COMMON * expected) / total
    variance = np.bincount(cell, np.square(trusted * noise[table.rater]), minlength=size) / np.square(total)
    # The common merit is itself uncertain; its error is counted in full, though it overlaps with the others.
    merit_variance = np.square(common) / np.maximum(np.bincount(table.project, trusted, minlength=projects), 0.5)
    pulled = np.square(_COMMON / total).reshape(projects, parties) * merit_variance[:, None]
    error = np.sqrt((variance.reshape(projects, parties) + pulled) @ np.square(table.weights))
    return means.reshape(projects, parties), error


def _flags(
    table: _Table, raters: Sequence[str], projects: Sequence[str], leniency: np.ndarray, noise: np.ndarray, residual: np.ndarray
) -> list[Flag]:
    found: list[Flag] = []
    common = float(np.median(noise))
    usual = max(float(np.median(np.abs(leniency - np.median(leniency)))) * 1.4826, 0.5 * common, 1e-9)
    lifted: list[set[int]] = []
    for rater, name in enumerate(raters):
        mine = np.flatnonzero(table.rater == rater)
        kind = "lenient" if leniency[rater] > 2.5 * usual else "strict" if leniency[rater] < -2.5 * usual else ""
        if kind:
            found.append(
                Flag(
                    kind,
                    (name,),
                    (),
                    f"{name} is {abs(leniency[rater]):.1f} points more {kind} than the others; this is taken out",
                )
            )
        if len(mine) > 2 and np.ptp(table.points[mine]) == 0:
            found.append(Flag("constant", (name,), (), f"{name} gave the same points to all {len(mine)} projects"))
        elif noise[rater] > 1.5 * common:
            found.append(
                Flag(
                    "erratic",
                    (name,),
                    (),
                    f"{name} scatters {noise[rater] / common:.1f} times as much as the middle rater; counts less",
                )
            )
        for word, sign in (("lifts", 1), ("sinks", -1)):
            far = mine[sign * residual[mine] > 3 * max(common, noise[rater])]
            if word == "lifts":
                lifted.append({int(at) for at in table.project[far]})
            if len(far) >= 2:
                named = tuple(projects[at] for at in table.project[far])
                by = float(np.mean(np.abs(residual[far])))
                found.append(
                    Flag(word, (name,), named, f"{name} {word} {', '.join(named)} by {by:.0f} points against all others")
                )
    found += [
        Flag("together", (raters[one], raters[other]), tuple(projects[at] for at in sorted(lifted[one] & lifted[other])),
             f"{raters[one]} and {raters[other]} lift the same projects against all others")
        for one in range(len(raters)) for other in range(one + 1, len(raters)) if len(lifted[one] & lifted[other]) >= 2
    ]  # fmt: skip
    return found
