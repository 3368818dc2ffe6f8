"""Equal shares: the budget is divided among the voters, and projects are bought by their supporters, cheapest for them first.

Principle (Peters and Skowron 2020; Peters, Pierczyński and Skowron 2021): everybody gets the same share. A project can be
bought when its supporters together own its cost; they pay in proportion to their points as far as their money reaches. The
rate is what a point costs then. The project with the lowest rate per gain is bought, until nothing can be bought any more.
The gain is 1 (“number”: every project counts alike) or the cost (“cost”: a project twice as dear counts twice).

Exactness: a rate is (cost − money of the poor) / points of the rich, and the money of one who was never poor is the share
minus earlier rates; so it is the share and the earlier rates times *counts*. Money is therefore kept twice: in grains for
the search (compiled, with a bound of the error), and as whole numbers over one common denominator for every decision.
Cost: marks of the ballots × the few rounds in which a project is looked at; memory 8 bytes a mark and voter.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, gcd, lcm

import numpy as np

from linli.methods.errors import BadInput
from linli.methods.running import Progress, tell
from linli.methods.selection_election import Election, Outcome, Tie
from linli.methods.selection_kernels import count_paid, find_best, pay, rate_of

_NEVER = -1
BITS = 60  # of the largest sum of money in grains; tests make it coarse, which must not change any winner
LEAST_SHIFT = 8


def grains_shift(top: int) -> int:
    """How many bits finer than the smallest unit of money a grain can be, if sums reach `top`. Raises BadInput."""
    shift = BITS - max(top, 1).bit_length()
    if shift < LEAST_SHIFT:
        raise BadInput("budget", "is too large for exact counting: more than 10¹⁵ of the smallest unit")
    return shift


class Register:
    """An election turned round for counting: supporters by project, costs as whole numbers, groups of variants."""

    def __init__(self, election: Election, closed: Sequence[int] = ()):
        self.election = election
        liked = election.points > 0
        projects, points = election.projects[liked], election.points[liked]
        order = np.argsort(projects, kind="stable")
        self.voters = election.ballot_of_mark[liked][order].astype(np.int32)
        self.points = points[order]
        self.starts = np.zeros(len(election.codes) + 1, dtype=np.int64)
        np.cumsum(np.bincount(projects, minlength=len(election.codes)), out=self.starts[1:])
        self.max_points = int(points.max()) if len(points) else 1
        self.money_scale = lcm(election.budget.denominator, *(cost.denominator for cost in election.costs))
        self.costs = [int(cost * self.money_scale) for cost in election.costs]
        self.is_open = np.ones(len(election.codes), dtype=bool)
        self.is_open[list(closed)] = False

    def members(self, project: int) -> tuple[np.ndarray, np.ndarray]:
        """Supporters of a project and their points."""
        part = slice(int(self.starts[project]), int(self.starts[project + 1]))
        return self.voters[part], self.points[part]

    def rivals(self, project: int) -> list[int]:
        """Other projects that its choice excludes."""
        variants = self.election.variants
        if not variants or not variants[project]:
            return []
        return [other for other, group in enumerate(variants) if group == variants[project] and other != project]


class _Round:
    """One count with one share. Exact money is `number / scale` in the smallest unit of the costs."""

    def __init__(self, register: Register, share: Fraction, satisfaction: str, ties: Sequence[str]):
        self.register, self.ties_by, self.share = register, ties, share
        self.satisfaction = satisfaction
        election = register.election
        whole = share * register.money_scale
        self.scale, self.own = whole.denominator, whole.numerator
        self.rates: list[int] = []
        self.shift = grains_shift(max([int(whole * election.voter_count), *register.costs]))
        self.error = 1
        self.money = np.full(election.voter_count, (self.own << self.shift) // self.scale, dtype=np.int64)
        self.is_open = register.is_open.copy()
        self.costs = np.array([cost << self.shift for cost in register.costs], dtype=np.int64)
        gains = [float(cost) or 1.0 for cost in register.costs] if satisfaction == "cost" else [1.0] * len(register.costs)
        self.gains = np.array(gains)
        self.low = np.zeros(len(register.costs))
        self.bought_at = np.full(len(register.costs), _NEVER, dtype=np.int32)
        self.ended_at = np.full(election.voter_count, _NEVER, dtype=np.int32)
        self.winners: list[int] = []
        self.ties: list[Tie] = []
        self.contenders = np.empty(len(register.costs), dtype=np.int64)

    def run(self) -> None:
        for project in np.flatnonzero(self.is_open & (self.costs == 0)):
            if len(self.register.members(int(project))[0]) and self.is_open[project]:
                self._buy(int(project), 0, 1, np.zeros(len(self.register.members(int(project))[0]), dtype=bool))
        while True:
            register = self.register
            found, is_certain = find_best(
                register.starts, register.voters, register.points, self.money, self.costs, self.gains, self.error,
                self.is_open, self.low, self.contenders,
            )  # fmt: skip
            if not found:
                return
            chosen = int(self.contenders[0]) if is_certain else self._closest([int(p) for p in self.contenders[:found]])
            if chosen >= 0:
                self._buy(chosen, *self._exact_rate(chosen))

    def _closest(self, contenders: list[int]) -> int:
        """The winner among projects that grains cannot tell apart; −1 when none of them can be afforded."""
        keys: dict[int, Fraction] = {}
        for project in contenders:
            if not self._is_affordable(project):
                self.is_open[project] = False
                continue
            number, weight, _poor = self._exact_rate(project)
            gain = self.register.costs[project] if self.satisfaction == "cost" else 1
            keys[project] = Fraction(number, weight * gain)
        if not keys:
            return -1
        best = min(keys.values())
        tied = [project for project, key in keys.items() if key == best]
        chosen = min(tied, key=lambda project: self.register.election.tie_key(project, self.ties_by))
        if len(tied) > 1:
            self.ties.append(Tie(len(self.winners) + 1, tuple(sorted(tied)), chosen))
        return chosen

    def _money_of(self, members: np.ndarray, is_poor: np.ndarray) -> int:
        """Exact money that the poor among the members own together."""
        election = self.register.election
        counts = np.zeros(len(self.rates) + 1, dtype=np.int64)
        owning = count_paid(
            election.starts, election.projects, election.points, self.bought_at, self.ended_at, members, is_poor, counts
        )  # fmt: skip
        return int(owning) * self.own - sum(int(count) * rate for count, rate in zip(counts, self.rates, strict=False) if count)

    def _is_affordable(self, project: int) -> bool:
        members, _points = self.register.members(project)
        return self._money_of(members, np.ones(len(members), dtype=bool)) >= self.register.costs[project] * self.scale

    def _exact_rate(self, project: int) -> tuple[int, int, np.ndarray]:
        """(number, weight, who is poor) of an affordable project: its rate is number / (weight × scale)."""
        register = self.register
        members, points = register.members(project)
        _state, _low, likely = rate_of(
            register.starts, register.voters, register.points, self.money, project, self.costs[project], self.error
        )  # fmt: skip
        is_poor = self.money[members] < likely * points
        if is_poor.all():
            is_poor[:] = False
        # From any split the rate is at or below the true one; from there Newton climbs to it and stops.
        while True:
            weight = int(points[~is_poor].sum())
            number = register.costs[project] * self.scale - self._money_of(members, is_poor)
            poorer = self._poor_at(members, points, number, weight)
            if np.array_equal(poorer, is_poor):
                return number, weight, is_poor
            is_poor = poorer

    def _poor_at(self, members: np.ndarray, points: np.ndarray, number: int, weight: int) -> np.ndarray:
        """Who owns less than the rate asks; what grains leave open is decided exactly."""
        asked = float((max(number, 0) << self.shift) // (weight * self.scale)) * points
        gap = self.money[members] - asked
        is_poor = gap < 0
        for at in np.flatnonzero(np.abs(gap) <= self.error + points + 1 + asked * 1e-14):
            is_poor[at] = self._money_left(int(members[at])) * weight < number * int(points[at])
        return np.asarray(is_poor)

    def _money_left(self, voter: int) -> int:
        if self.ended_at[voter] >= 0:
            return 0
        election, left = self.register.election, self.own
        for mark in range(int(election.starts[voter]), int(election.starts[voter + 1])):
            turn = self.bought_at[election.projects[mark]]
            if turn >= 0 and election.points[mark] > 0:
                left -= int(election.points[mark]) * self.rates[turn]
        return left

    def _buy(self, project: int, number: int, weight: int, is_poor: np.ndarray) -> None:
        members, points = self.register.members(project)
        turn = len(self.winners)
        common = gcd(number, weight)
        factor = weight // common
        if factor > 1:
            self.scale, self.own = self.scale * factor, self.own * factor
            self.rates = [rate * factor for rate in self.rates]
        self.rates.append(number // common)
        pay(members, points, is_poor, self.money, self.ended_at, (self.rates[-1] << self.shift) // self.scale, turn)
        self.error += self.register.max_points
        self.bought_at[project] = turn
        self.winners.append(project)
        self.is_open[project] = False
        self.is_open[self.register.rivals(project)] = False

    def outcome(self, rule: str) -> Outcome:
        unit = self.scale * self.register.money_scale
        return Outcome(
            self.register.election, rule, tuple(self.winners), tuple(self.ties), self.share,
            tuple(Fraction(rate, unit) for rate in self.rates), self.ended_at,
        )  # fmt: skip


def count_once(register: Register, share: Fraction, satisfaction: str, ties: Sequence[str]) -> Outcome:
    """Equal shares with this much money for each voter; the winners may cost more than the budget if the shares do."""
    counting = _Round(register, share, satisfaction, ties)
    counting.run()
    return counting.outcome("equal shares")


def unbought(register: Register, outcome: Outcome) -> list[int]:
    """Projects that somebody wants, that did not win and that no winner excludes."""
    closed = {rival for winner in outcome.winners for rival in (winner, *register.rivals(winner))}
    return [p for p in range(len(register.costs)) if register.is_open[p] and p not in closed and register.election.votes[p]]


def leap_of(register: Register, outcome: Outcome) -> Fraction:
    """How much more each voter must get until the supporters of some unbought project could pay it out of what is left.

    In the spirit of “add-opt” (Kraiczy, Robinson and Elkind 2025, arXiv 2502.11797), who prove it for payments that are
    exactly equal; here the voters whose money runs out pay less than the others, so it is a leap and not a bound.
    """
    left = money_left(register, outcome)
    needs: list[float] = []
    for project in unbought(register, outcome):
        members, _points = register.members(project)
        missing = float(register.election.costs[project]) - float(np.sum(left[members]))
        needs.append(missing / len(members))
    return Fraction(min(needs))


def money_left(register: Register, outcome: Outcome) -> np.ndarray:
    """What each voter has left, in the currency: float64 (voters), right to about 10 digits."""
    left = np.full(register.election.voter_count, float(outcome.share or 0))
    for turn, (project, rate) in enumerate(zip(outcome.winners, outcome.rates, strict=True)):
        members, points = register.members(project)
        left[members] -= float(rate) * points
        if outcome.ended_at is not None:
            left[members[outcome.ended_at[members] == turn]] = -np.inf
    return np.asarray(np.maximum(left, 0))


def raised(
    register: Register, satisfaction: str, ties: Sequence[str], completion: str, step: Fraction, progress: Progress | None
) -> Outcome:
    """Equal shares with shares raised until the winners would cost more than the budget; the last that fit are the outcome.

    “add1” (as cities count) goes from the whole units of the share upwards by `step`; “add1-exhaustive” stops as soon as
    nothing more fits into the budget; “add-opt” leaps over the raises by which nobody could buy anything more.
    """
    election = register.election
    best = count_once(register, election.budget / election.voter_count, satisfaction, ties)
    share, everything = best.share or Fraction(0), sum(election.costs, Fraction(0))
    if completion == "add1":
        share = Fraction(share // step) * step
    while share < everything:
        left = unbought(register, best)
        if not left or (completion == "add1-exhaustive" and all(election.costs[p] > election.budget - best.spent for p in left)):
            break
        share += step * max(1, ceil(leap_of(register, best) / step)) if completion == "add-opt" else step
        tried = count_once(register, share, satisfaction, ties)
        if tried.spent > election.budget:
            break
        best = tried
        tell(progress, min(float(best.spent / election.budget), 1.0) if election.budget else 1.0)
    return best
