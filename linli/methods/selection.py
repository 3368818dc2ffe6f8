"""Choosing projects by vote: which of the proposals does a budget pay for?

`count(election, rule)` applies one of these rules, exactly (fractions, never floats in a decision) and with stated ties:

- **greedy**: most votes (or points) first; what no longer fits is skipped. **greedy-no-skip** stops there.
- **equal-shares**: each voter owns an equal share and pays for what she wants, see `selection_shares`; so a quarter of the
  voters decides on about a quarter of the money.
- **phragmen**: money flows to all voters evenly, and a project is bought at the moment its supporters can pay it, see
  `selection_phragmen`; it stops before the first that is beyond the budget (**phragmen-skip** passes it over).

Floors reserve a part of the budget for the projects of a community; variants exclude each other; projects below a threshold
of votes are out. In: an `Election` (see `selection_election`, or `pabulib` for files); out: an `Outcome` with all payments.
Cost: a few passes over the marks of the ballots for each winner; 90,000 voters take a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from linli.methods.errors import BadInput
from linli.methods.running import Progress
from linli.methods.selection_election import TIE_WORDS, Election, Number, Outcome, Tie, election_of, exact
from linli.methods.selection_phragmen import buy_as_money_flows
from linli.methods.selection_shares import Register, count_once, raised

__all__ = ["COMPLETIONS", "RULES", "Election", "Outcome", "Tie", "count", "election_of"]

RULES = ("greedy", "greedy-no-skip", "equal-shares", "phragmen", "phragmen-skip")
SATISFACTIONS = ("cost", "number")
COMPLETIONS = ("none", "add1", "add1-exhaustive", "add-opt")


@dataclass(frozen=True)
class _Wish:
    """How to count, checked."""

    rule: str
    satisfaction: str
    completion: str
    ties: tuple[str, ...]
    step: Fraction
    progress: Progress | None


def count(
    election: Election,
    rule: str = "equal-shares",
    *,
    satisfaction: str = "cost",
    completion: str = "add1",
    ties: Sequence[str] | None = None,
    threshold: Number = 0,
    floors: Mapping[str, Number] | None = None,
    fill: bool = False,
    compare: bool = False,
    step: Number = 1,
    progress: Progress | None = None,
) -> Outcome:
    """Who wins. The same input always gives the same winners.

    `satisfaction`: “cost” weighs a winner by its cost (greedy: most votes first), “number” counts each alike (greedy: most
    votes for the money first). `completion` of equal shares, which by themselves leave money over: raise the shares by
    `step` (1 of the currency) until the next raise would overspend (“add1”), or already stop when nothing more fits
    (“add1-exhaustive”), or leap (“add-opt”), or do nothing (“none”). `ties` break ties by these words in turn: cheaper,
    votes, listed, code; by default “listed” for greedy and “cheaper, votes, listed” otherwise. `threshold`: least votes
    (points) to be eligible. `floors`: money reserved for each community, counted first by the same rule among its projects.
    `fill`: what is left goes to the projects with most votes that fit. `compare`: greedy wins instead if more voters get more of
    their projects from it. Raises BadInput naming the argument, `Cancelled` through `progress`.
    """
    is_greedy = rule.startswith("greedy")
    wish = _checked(
        rule,
        satisfaction,
        completion,
        tuple(ties or (("listed",) if is_greedy else ("cheaper", "votes", "listed"))),
        step,
        progress,
    )
    least = exact(threshold, "threshold") * election.points_scale
    closed = [p for p, score in enumerate(election.scores) if score < least]
    reserved = _reserved(election, floors or {}, closed, wish)
    main = replace(election, budget=election.budget - sum((election.costs[p] for p in reserved), Fraction(0)))
    outcome = _by_rule(main, [*closed, *_taken(election, reserved)], wish)
    winners, notes = [*outcome.winners, *reserved], list(outcome.notes)
    if fill:
        winners += _greedy(election, [*closed, *_taken(election, winners)], ("listed",), "cost", True, already=winners).winners
    found = replace(
        outcome, election=election, winners=tuple(winners), unpaid=tuple(winners[len(outcome.winners) :]), notes=tuple(notes)
    )
    return _preferred(found, closed) if compare else found


def _checked(
    rule: str, satisfaction: str, completion: str, ties: tuple[str, ...], step: Number, progress: Progress | None
) -> _Wish:
    for field, value, known in (
        ("rule", rule, RULES),
        ("satisfaction", satisfaction, SATISFACTIONS),
        ("completion", completion, COMPLETIONS),
    ):
        if value not in known:
            raise BadInput(field, f"“{value}” is none of {', '.join(known)}")
    unknown = [word for word in ties if word not in TIE_WORDS]
    if unknown:
        raise BadInput("ties", f"“{unknown[0]}” is none of {', '.join(TIE_WORDS)}")
    raise_by = exact(step, "step")
    if raise_by <= 0:
        raise BadInput("step", "must be above nought")
    return _Wish(rule, satisfaction, completion, ties, raise_by, progress)


def _taken(election: Election, winners: Sequence[int]) -> list[int]:
    """Winners and what they exclude."""
    groups = {election.variants[p] for p in winners if election.variants and election.variants[p]}
    rivals = [p for p, group in enumerate(election.variants) if group in groups]
    return [*winners, *rivals]


def _reserved(election: Election, floors: Mapping[str, Number], closed: Sequence[int], wish: _Wish) -> list[int]:
    """Winners of the communities' reserves, counted one community after the other, each among its own projects."""
    amounts = {community: exact(amount, f"floor of {community}") for community, amount in floors.items()}
    if sum(amounts.values()) > election.budget:
        raise BadInput("floors", f"reserve {sum(amounts.values())}, more than the budget of {election.budget}")
    chosen: list[int] = []
    for community, amount in amounts.items():
        own = {p for p, whose in enumerate(election.communities) if whose == community}
        if not own:
            raise BadInput("floors", f"“{community}” has no project; communities are those of the projects")
        others = [p for p in range(len(election.codes)) if p not in own]
        found = _by_rule(replace(election, budget=amount), [*closed, *others, *_taken(election, chosen)], wish)
        chosen += found.winners
    return chosen


def _by_rule(election: Election, closed: Sequence[int], wish: _Wish) -> Outcome:
    if wish.rule.startswith("greedy"):
        return _greedy(election, closed, wish.ties, wish.satisfaction, wish.rule == "greedy")
    if not election.voter_count:
        return Outcome(election, wish.rule, ())
    register = Register(election, closed)
    if wish.rule.startswith("phragmen"):
        return buy_as_money_flows(register, wish.ties, wish.rule == "phragmen-skip", wish.progress)
    if wish.completion == "none":
        return count_once(register, election.budget / election.voter_count, wish.satisfaction, wish.ties)
    return raised(register, wish.satisfaction, wish.ties, wish.completion, wish.step, wish.progress)


def _greedy(
    election: Election, closed: Sequence[int], ties: Sequence[str], satisfaction: str, may_skip: bool, already: Sequence[int] = ()
) -> Outcome:
    out, scores = set(closed), election.scores
    left = election.budget - sum((election.costs[p] for p in already), Fraction(0))
    free = Fraction(10) ** 40  # what costs nothing comes first where points are weighed against money
    keys = [
        Fraction(score) if satisfaction == "cost" else Fraction(score) / cost if cost else score * free
        for score, cost in zip(scores, election.costs, strict=True)
    ]
    order = sorted((p for p in range(len(keys)) if p not in out), key=lambda p: (-keys[p], election.tie_key(p, ties)))
    winners: list[int] = []
    for project in order:
        if project in out or election.votes[project] == 0:
            continue
        if election.costs[project] > left:
            if not may_skip:
                break
            continue
        winners.append(project)
        left -= election.costs[project]
        out.update(_taken(election, [project]))
    return Outcome(election, "greedy" if may_skip else "greedy-no-skip", tuple(winners), _deciding_ties(order, keys, winners))


def _deciding_ties(order: Sequence[int], keys: Sequence[Fraction], winners: Sequence[int]) -> tuple[Tie, ...]:
    """Groups of projects with equal votes of which some won and some did not."""
    won = set(winners)
    groups: dict[Fraction, list[int]] = {}
    for project in order:
        groups.setdefault(keys[project], []).append(project)
    found = []
    for group in groups.values():
        inside = [project for project in group if project in won]
        if inside and len(inside) < len(group):
            found.append(Tie(list(winners).index(inside[0]) + 1, tuple(sorted(group)), inside[0]))
    return tuple(found)


def _preferred(outcome: Outcome, closed: Sequence[int]) -> Outcome:
    """The outcome, or that of the greedy rule if more voters get more of their projects from it."""
    other = _greedy(outcome.election, closed, ("listed",), "cost", True)
    mine, theirs = outcome.liked(), other.liked()
    better, worse = int(np.count_nonzero(mine > theirs)), int(np.count_nonzero(mine < theirs))
    note = f"comparison with greedy: {better} voters get more of their projects from {outcome.rule}, {worse} from greedy"
    return replace(other if worse > better else outcome, notes=(*outcome.notes, note))
