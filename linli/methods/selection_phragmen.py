"""Phragmén's sequential rule: money flows to all voters evenly, supporters buy a project as soon as they have its cost.

A voter's load is the moment at which she last bought something; a project with supporters N is bought at
(cost + loads of N) / |N|, the earliest first (Phragmén 1894; for costs: Los, Christoff and Grossi 2022). A load is always one of
the earlier moments, so each moment is exact from *counts* of supporters by their last purchase; the grains of the search
are the same as in `selection_shares`. Only whether a voter supports a project counts here, not with how many points.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from linli.methods.running import Progress, tell
from linli.methods.selection_election import Outcome, Tie
from linli.methods.selection_kernels import add_loads
from linli.methods.selection_shares import Register, grains_shift


class _Flow:
    def __init__(self, register: Register, ties: Sequence[str]):
        self.register, self.ties_by = register, ties
        self.sizes = np.diff(register.starts)
        self.is_open = register.is_open & (self.sizes > 0)
        self.left = int(register.election.budget * register.money_scale)
        self.is_open &= np.array([cost <= self.left for cost in register.costs], dtype=bool)  # never to be had: not in the way
        self.shift = grains_shift(2 * (self.left + max(register.costs, default=0)))
        self.costs = np.array([cost << self.shift for cost in register.costs], dtype=np.int64)
        self.loads = np.zeros(register.election.voter_count, dtype=np.int64)
        self.last = np.full(register.election.voter_count, -1, dtype=np.int32)
        self.totals = np.zeros(len(register.costs), dtype=np.int64)
        self.moments: list[Fraction] = []
        self.winners: list[int] = []
        self.ties: list[Tie] = []

    def earliest(self) -> tuple[list[int], Fraction]:
        """All projects that are bought next at the same exact moment, and that moment."""
        register = self.register
        add_loads(register.starts, register.voters, self.loads, self.is_open, self.totals)
        projects = np.flatnonzero(self.is_open)
        moments = (self.costs[projects] + self.totals[projects]) / self.sizes[projects]
        # Loads are rounded down by less than a grain, so a moment is too early by less than a grain, and by float rounding.
        near = projects[moments <= (moments.min() + 2) * (1 + 1e-13)]
        exact = {int(project): self._moment(int(project)) for project in near}
        first = min(exact.values())
        return [project for project, moment in exact.items() if moment == first], first

    def _moment(self, project: int) -> Fraction:
        members, _points = self.register.members(project)
        counts = np.bincount(self.last[members] + 1, minlength=len(self.moments) + 1)[1:]
        loads = sum((int(count) * moment for count, moment in zip(counts, self.moments, strict=True) if count), Fraction(0))
        return (self.register.costs[project] + loads) / len(members)

    def buy(self, project: int, moment: Fraction) -> None:
        members, _points = self.register.members(project)
        self.last[members] = len(self.moments)
        self.loads[members] = int(moment * (1 << self.shift))
        self.moments.append(moment)
        self.winners.append(project)
        self.left -= self.register.costs[project]
        self.is_open[project] = False
        self.is_open[self.register.rivals(project)] = False


def buy_as_money_flows(register: Register, ties: Sequence[str], may_skip: bool, progress: Progress | None) -> Outcome:
    """Winners in the order in which they were bought; the count ends before the first that is beyond the budget.

    With `may_skip` projects beyond what is left are passed over instead. Complexity: marks × winners.
    """
    flow, whole = _Flow(register, ties), max(1, int(register.election.budget * register.money_scale))
    affordable = np.array(register.costs, dtype=object)
    while True:
        if may_skip:
            flow.is_open &= (affordable <= flow.left).astype(bool)
        if not flow.is_open.any():
            break
        tied, moment = flow.earliest()
        if any(register.costs[project] > flow.left for project in tied):
            break
        chosen = min(tied, key=lambda project: register.election.tie_key(project, ties))
        if len(tied) > 1:
            flow.ties.append(Tie(len(flow.winners) + 1, tuple(sorted(tied)), chosen))
        flow.buy(chosen, moment)
        tell(progress, 1 - flow.left / whole)
    rates = tuple(moment / register.money_scale for moment in flow.moments)
    return Outcome(register.election, "phragmen", tuple(flow.winners), tuple(flow.ties), rates=rates)
