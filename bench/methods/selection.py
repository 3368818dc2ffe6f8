"""Choosing projects beside pabutools: equal shares, greedy and Phragmén, each outcome compared with the peer's exact one.

`LINLI_BENCH_DATA` names a folder with real elections (`pb/*.pb`, or `.pb` files); those with official winners are compared
with them. Without it, elections of the same size are made up.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.methods.contest import OURS, Contender, Goal, Match
from linli.methods import pabulib, selection, selection_kernels
from linli.methods.selection_election import Election


def made_up(projects: int, voters: int, most_marks: int, budget: int, seed: int) -> Election:
    """An election of believable shape: a few projects that many want, costs over two orders of magnitude, quarters of a town."""
    chance = random.Random(seed)
    costs = {
        f"P{number}": min(budget // 3, max(2_000, round(chance.lognormvariate(11.6, 1.1), -2)))
        for number in range(1, projects + 1)
    }
    codes, quarters = list(costs), 8
    home = [chance.randrange(quarters) for _code in codes]
    fame = [1 / (1 + chance.randrange(projects)) ** 0.6 for _code in codes]
    weights = [[known * (6 if home[at] == quarter else 1) for at, known in enumerate(fame)] for quarter in range(quarters)]
    ballots = [
        set(chance.choices(codes, weights[chance.randrange(quarters)], k=chance.randint(1, most_marks)))
        for _voter in range(voters)
    ]
    return selection.election_of(budget, costs, [sorted(ballot) for ballot in ballots])


def large() -> Election:
    """The size of Łódź 2022."""
    return made_up(160, 90_494, 5, 12_000_000, 22)


def district() -> Election:
    """The size of Warszawa-Ochota 2021."""
    return made_up(90, 5_552, 15, 4_600_000, 21)


def real(name: str) -> Election | None:
    """A real election from the folder that LINLI_BENCH_DATA names."""
    folder = os.environ.get("LINLI_BENCH_DATA", "")
    found = sorted(Path(folder).rglob(name)) if folder else []
    return pabulib.read(found[0]) if found else None


def _ours(rule: str, **more: Any) -> Any:
    def run(election: Election) -> list[str]:
        outcome = selection.count(election, rule, ties=("code",), **more)
        return [election.codes[project] for project in outcome.winners]

    return run


def _warm(election: Election) -> Election:
    selection_kernels.warm()
    return election


def _theirs(election: Election) -> tuple[Any, Any]:
    """The same election as pabutools keeps it."""
    from pabutools.election import ApprovalBallot, ApprovalProfile, Instance, Project

    projects = [Project(code, cost=int(cost)) for code, cost in zip(election.codes, election.costs, strict=True)]
    instance = Instance(projects, budget_limit=int(election.budget))
    profile = ApprovalProfile(instance=instance)
    for voter in range(election.voter_count):
        marks = election.projects[election.starts[voter] : election.starts[voter + 1]]
        profile.append(ApprovalBallot([projects[mark] for mark in marks]))
    return instance, profile


def _multi(election: Election) -> tuple[Any, Any]:
    instance, profile = _theirs(election)
    return instance, profile.as_multiprofile()


def _pabutools(name: str, satisfaction: str | None = "Cost_Sat", **more: Any) -> Any:
    def run(prepared: tuple[Any, Any]) -> list[str]:
        from pabutools import election, rules

        extra = {"sat_class": getattr(election, satisfaction)} if satisfaction else {}
        return [project.name for project in getattr(rules, name)(*prepared, **extra, **more)]

    return run


def _score(reference: set[str] | None) -> Any:
    seen: list[set[str]] = []

    def score(election: Election, answer: list[str]) -> Mapping[str, float]:
        won = [election.codes.index(code) for code in answer]
        liked = selection.Outcome(election, "", tuple(won))
        seen.append(set(answer))
        figures = {"winners": len(won), "budget used %": float(100 * liked.spent / election.budget)}
        figures["voters with one %"] = 100 * liked.happy_voters() / election.voter_count
        figures["unlike Linli’s"] = len(seen[0] ^ set(answer))  # ours is always the first to be scored
        if reference is not None:
            figures["unlike reference"] = len(reference ^ set(answer))
        return figures

    return score


def _reference(election: Election, satisfaction: str) -> set[str]:
    """Equal shares without completion by plain fractions, voter by voter: slow, obviously right, by nobody's library."""
    share = Fraction(election.budget, election.voter_count)
    money, supporters = [share] * election.voter_count, [[] for _code in election.codes]
    for mark, voter in enumerate(election.ballot_of_mark):
        supporters[election.projects[mark]].append(int(voter))
    open_ones, won = set(range(len(election.codes))), set()
    while True:
        best = None
        for project in open_ones:
            rate = _plain_rate(sorted(money[voter] for voter in supporters[project]), election.costs[project])
            if rate is None:
                continue
            key = (rate / election.costs[project] if satisfaction == "cost" else rate, election.codes[project])
            best = min(best, (key, project, rate)) if best else (key, project, rate)
        if best is None:
            return won
        _key, project, rate = best
        for voter in supporters[project]:
            money[voter] -= min(money[voter], rate)
        open_ones.remove(project)
        won.add(election.codes[project])


def _plain_rate(owned: list[Fraction], cost: Fraction) -> Fraction | None:
    left = cost
    for at, money in enumerate(owned):
        if money * (len(owned) - at) >= left:
            return left / (len(owned) - at)
        left -= money
    return None


def _equal_shares(
    title: str, make: Any, goal: float, repeat: int, reference: set[str] | None, limit_s: float, note: str
) -> Match:
    return Match(
        title, make, _score(reference),
        (
            Contender(OURS, _ours("equal-shares", completion="none"), _warm, repeat=5),
            Contender("pabutools", _pabutools("method_of_equal_shares"), _theirs, "pabutools", repeat),
            Contender("pabutools, voters grouped", _pabutools("method_of_equal_shares"), _multi, "pabutools", repeat),
        ),
        {"CPU s": Goal(goal), **({"unlike reference": Goal(0)} if reference is not None else {})}, limit_s, note,
    )  # fmt: skip


def _other_rules() -> list[Match]:
    pairs = (
        ("greedy", "greedy", _pabutools("greedy_utilitarian_welfare")), ("Phragmén", "phragmen", _pabutools("sequential_phragmen", None)),
    )  # fmt: skip
    return [
        Match(
            f"Projects of a district: {title}", district, _score(None),
            (Contender(OURS, _ours(rule), _warm, repeat=5), Contender("pabutools", theirs, _theirs, "pabutools")),
        )
        for title, rule, theirs in pairs
    ]  # fmt: skip


def _with_completion() -> Match:
    found = real("poland_wieliczka_2023.pb")
    election = found or made_up(64, 6_586, 8, 1_000_000, 23)
    official = {election.codes[project] for project in election.official} if election.official else None

    def ours(given: Election) -> list[str]:
        more = pabulib.stated_rule(given) if found else {"rule": "equal-shares"}
        return [given.codes[project] for project in selection.count(given, **more).winners]

    return Match(
        "Equal shares raised step by step (add1)" + (", Wieliczka 2023 against the official winners" if found else ", made up"),
        lambda: election, _score(official),
        (
            Contender(OURS, ours, _warm, repeat=3),
            Contender(f"{OURS}, leaping (add-opt)", _ours("equal-shares", completion="add-opt"), _warm, repeat=3),
            Contender("pabutools", _pabutools("method_of_equal_shares", voter_budget_increment=1), _theirs, "pabutools"),
        ),
        {"unlike reference": Goal(0)} if official else {}, 300,
        "The city raises the shares until the next raise would overspend; pabutools stops when nothing more fits.",
    )  # fmt: skip


def matches() -> list[Match]:
    """Equal shares at two sizes, with completion, and the other rules."""
    small, big = real("*ochota*2021*.pb") or district(), real("*lodz_2022_.pb") or large()
    return [
        _equal_shares(
            f"Equal shares, {len(small.codes)} projects, {small.voter_count:,} voters", lambda: small, 0.06, 1, _reference(small, "cost"), 120, "",
        ),
        _equal_shares(
            f"Equal shares, {len(big.codes)} projects, {big.voter_count:,} voters", lambda: big, 1.8, 1, None, 180,
            "",
        ),
        _with_completion(),
        *_other_rules(),
    ]  # fmt: skip


def picture() -> str:
    """How many of their projects voters got, under greedy and under equal shares, in the made-up district."""
    election = district()
    outcomes = {
        "most votes first (greedy)": selection.count(election, "greedy"),
        "equal shares": selection.count(election, completion="add-opt"),
    }
    colours, labels = ("#d9772b", "#e8b48a", "#a9c7bf", "#6fa497", "#3f7f73"), ("none", "1", "2", "3", "4 and more")
    parts = []
    for row, (title, outcome) in enumerate(outcomes.items()):
        liked, top, left = outcome.liked(), 52 + row * 96, 20.0
        parts.append(f'<text x="20" y="{top - 10}" font-weight="bold">{title}: {len(outcome.winners)} projects</text>')
        for many, colour in enumerate(colours):
            share = float(((liked == many) if many < 4 else (liked >= 4)).mean())
            width = 720 * share
            parts.append(f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="40" fill="{colour}"/>')
            if width > 30:
                parts.append(
                    f'<text x="{left + width / 2:.1f}" y="{top + 25}" text-anchor="middle" fill="{"#fff" if many == 4 else "#22302d"}">{100 * share:.0f} %</text>'
                )
            left += width
    for many, (colour, label) in enumerate(zip(colours, labels, strict=True)):
        parts.append(f'<rect x="{20 + many * 130}" y="222" width="14" height="14" fill="{colour}"/>')
        parts.append(f'<text x="{40 + many * 130}" y="234">{label}</text>')
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 262" font-family="sans-serif" font-size="14" fill="#22302d">'
    foot = '<text x="20" y="254" fill="#5b6d69" font-size="12">Voters by how many of the projects they marked were chosen</text>'
    return head + '<rect width="760" height="262" rx="10" fill="#fbfcfb"/>' + "".join(parts) + foot + "</svg>\n"
