"""What a choice of projects is made of, and what comes out of it; the counting itself is in `selection`.

Money is exact: fractions of the currency, never floats. Ballots are rows of (project, points), an approval being one point,
kept as arrays in the order of the voters: those of voter i are `starts[i]` to `starts[i + 1]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from math import lcm

import numpy as np

from linli.methods.errors import BadInput

# In which order a tie is broken: words for what makes a project come first.
TIE_WORDS = ("cheaper", "votes", "listed", "code")
Number = int | str | Fraction


@dataclass(frozen=True)
class Election:
    """A budget, projects and ballots. Build it with `election_of`, which checks everything, or read it with `pabulib`.

    `communities[p]` is whose project p is ("" = everybody's); projects of one `variants[p]` ("" = none) exclude each other.
    Points are integers, those of the ballot times `points_scale`; only scoring ballots have negative ones.
    """

    budget: Fraction
    codes: tuple[str, ...]
    costs: tuple[Fraction, ...]
    starts: np.ndarray  # int64 (voters + 1)
    projects: np.ndarray  # int32 (marks on all ballots)
    points: np.ndarray  # int64 (marks on all ballots)
    points_scale: int = 1
    names: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    voters: tuple[str, ...] = ()
    official: tuple[int, ...] | None = None  # the winners that the file itself names
    meta: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what was found odd while reading

    @property
    def voter_count(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def votes(self) -> np.ndarray:
        """Ballots with points above nought for each project: int64 (projects)."""
        return np.bincount(self.projects[self.points > 0], minlength=len(self.codes)).astype(np.int64)

    @cached_property
    def scores(self) -> list[int]:
        """Sum of points of each project (times `points_scale`), exact."""
        totals = np.zeros(len(self.codes), dtype=np.int64)
        np.add.at(totals, self.projects, self.points)
        return [int(total) for total in totals]

    @cached_property
    def ballot_of_mark(self) -> np.ndarray:
        """The voter of each mark: int64 (marks)."""
        return np.repeat(np.arange(self.voter_count), np.diff(self.starts))

    def name(self, project: int) -> str:
        """What people call the project: its name, or its code when it has none."""
        return (self.names[project] if self.names else "") or self.codes[project]

    def tie_key(self, project: int, ties: Sequence[str]) -> tuple:
        """Sorts tied projects: the smallest comes first."""
        keys: dict[str, object] = {
            "cheaper": self.costs[project], "votes": -int(self.votes[project]), "listed": project, "code": self.codes[project],
        }  # fmt: skip
        return (*(keys[word] for word in ties), project)


@dataclass(frozen=True)
class Tie:
    """Projects that stood exactly equal, and the one that came first by the stated order."""

    round: int
    projects: tuple[int, ...]
    chosen: int


@dataclass(frozen=True)
class Outcome:
    """Who won, in the order in which they were chosen, and who paid what.

    `rates[k]` is what a supporter of `winners[k]` pays for each (scaled) point; a voter whose money does not reach gives
    what is left: then `ended_at[voter]` is that k and everything later costs the voter nothing (-1: never). `share` is the
    money each voter was given. Under Phragmén's rule `rates[k]` is the moment at which `winners[k]` was bought. Rules
    without payments have no rates. `unpaid` winners (of reserves, or filled up in the end) come after those that voters paid.
    """

    election: Election
    rule: str
    winners: tuple[int, ...]
    ties: tuple[Tie, ...] = ()
    share: Fraction | None = None
    rates: tuple[Fraction, ...] = ()
    ended_at: np.ndarray | None = None
    unpaid: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def spent(self) -> Fraction:
        return sum((self.election.costs[p] for p in self.winners), Fraction(0))

    @property
    def is_within_budget(self) -> bool:
        return self.spent <= self.election.budget

    def happy_voters(self) -> int:
        """Voters with at least one of their projects among the winners."""
        return int(np.count_nonzero(self.liked()))

    def liked(self) -> np.ndarray:
        """How many winners each voter had marked: int64 (voters)."""
        won = np.zeros(len(self.election.codes), dtype=bool)
        won[list(self.winners)] = True
        marks = won[self.election.projects] & (self.election.points > 0)
        return np.bincount(self.election.ballot_of_mark[marks], minlength=self.election.voter_count)

    def payments(self) -> Iterator[tuple[int, int, Fraction]]:
        """(voter, project, money) of everybody who paid, exact, voter by voter: the audit of the whole count.

        For each project the money adds up to its cost. Empty when the rule knows no payments.
        """
        turn_of = {project: turn for turn, project in enumerate(self.winners[: len(self.rates)])}
        starts, projects, points = self.election.starts, self.election.projects, self.election.points
        for voter in range(self.election.voter_count):
            marks = range(int(starts[voter]), int(starts[voter + 1]))
            wanted = [mark for mark in marks if points[mark] > 0 and int(projects[mark]) in turn_of]
            turns = sorted((turn_of[int(projects[mark])], int(points[mark])) for mark in wanted)
            for turn, money in self._paid_by(voter, turns):
                if money:
                    yield voter, self.winners[turn], money

    def _paid_by(self, voter: int, turns: list[tuple[int, int]]) -> Iterator[tuple[int, Fraction]]:
        if self.share is None or self.ended_at is None:  # money flows in evenly: paid is what came since the last purchase
            since = Fraction(0)
            for turn, _points in turns:
                yield turn, self.rates[turn] - since
                since = self.rates[turn]
            return
        left, ended = self.share, int(self.ended_at[voter])
        for turn, given in turns:
            if 0 <= ended <= turn:
                yield turn, left if turn == ended else Fraction(0)
                return
            left -= self.rates[turn] * given
            yield turn, self.rates[turn] * given


def exact(value: Number, where: str) -> Fraction:
    """A number without rounding; “12,50” counts as 12.50. Raises BadInput."""
    try:
        return (
            Fraction(value.strip().replace(",", ".").replace(" ", "").replace("\u00a0", ""))
            if isinstance(value, str)
            else Fraction(value)
        )
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise BadInput(where, f"“{value}” is no number") from None


Ballot = Mapping[str, Number] | Iterable[str]


def election_of(budget: Number, costs: Mapping[str, Number], ballots: Iterable[Ballot], **more: object) -> Election:
    """An election from plain data: costs by code; each ballot a list of codes or a mapping from codes to points.

    `more` are the other fields of `Election`. Raises BadInput naming the project or the ballot that is wrong.
    """
    codes = {code: index for index, code in enumerate(costs)}
    starts, projects, points = [0], [], []
    for number, ballot in enumerate(ballots, start=1):
        marks = ballot.items() if isinstance(ballot, Mapping) else [(code, 1) for code in dict.fromkeys(ballot)]
        for code, given in marks:
            if code not in codes:
                raise BadInput(f"ballot {number}", f"votes for “{code}”, which is no project")
            projects.append(codes[code])
            points.append(exact(given, f"ballot {number}, points of {code}"))
        starts.append(len(projects))
    return checked(
        Election(
            budget=exact(budget, "budget"), codes=tuple(codes),
            costs=tuple(exact(cost, f"cost of {code}") for code, cost in costs.items()),
            starts=np.array(starts, dtype=np.int64), projects=np.array(projects, dtype=np.int32),
            points=np.array([], dtype=np.int64), **more,  # type: ignore[arg-type]
        ),
        points,
    )  # fmt: skip


def checked(election: Election, points: Sequence[Fraction | int]) -> Election:
    """The election with its points as integers. Raises BadInput when money, points or columns make no sense."""
    if election.budget < 0:
        raise BadInput("budget", f"{election.budget} is below nought")
    for code, cost in zip(election.codes, election.costs, strict=True):
        if cost < 0:
            raise BadInput(f"cost of {code}", f"{cost} is below nought")
    for column in ("names", "communities", "variants"):
        if getattr(election, column) and len(getattr(election, column)) != len(election.codes):
            raise BadInput(column, f"has {len(getattr(election, column))} values for {len(election.codes)} projects")
    scale = lcm(*{point.denominator for point in set(points)}) if points else 1
    whole = [int(point * scale) for point in points] if scale > 1 else [int(point) for point in points]
    if whole and max(map(abs, whole)) * len(whole) >= 2**40:
        raise BadInput("points", "are too large, or have too many digits behind the point, to be added up safely")
    return replace(election, points=np.array(whole, dtype=np.int64), points_scale=scale)
