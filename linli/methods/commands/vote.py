"""Count a vote on projects: greedy, equal shares or Phragmén, exactly, with everybody's payments.

linli vote count election.pb --winners winners.csv --payments payments.csv
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence

from linli.methods import pabulib, selection
from linli.methods.commands.files import write_rows
from linli.methods.errors import BadInput
from linli.methods.selection_election import TIE_WORDS, Election, Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`count` and its choices."""
    count = parser.add_subparsers(dest="verb", required=True).add_parser("count", help="count one election", description=__doc__)
    count.add_argument("election", help="ballots in Pabulib's format, .pb (pabulib.org/format)")
    count.add_argument(
        "--rule", choices=("stated", *selection.RULES), default="stated", help="default: the rule that the file states"
    )
    count.add_argument(
        "--satisfaction",
        choices=("cost", "number"),
        default="cost",
        help="what a winner is worth to its voters: its cost, or one",
    )
    count.add_argument(
        "--completion", choices=selection.COMPLETIONS, default="add1", help="of equal shares: how money left over is used"
    )
    count.add_argument("--step", default="1", help="by how much each share is raised at a time (default 1)")
    count.add_argument("--ties", default="", metavar="WORDS", help=f"what breaks ties, in turn: {', '.join(TIE_WORDS)}")
    count.add_argument("--threshold", default="0", help="least votes or points to be eligible")
    count.add_argument(
        "--floor", action="append", default=[], metavar="COMMUNITY=MONEY", help="reserve money for a community; may be repeated"
    )
    count.add_argument("--fill", action="store_true", help="in the end fill up with what has most votes and fits")
    count.add_argument("--compare", action="store_true", help="let greedy win if more voters get more of their projects from it")
    count.add_argument("--winners", metavar="CSV", help="write every project: place, cost, votes, what a vote costs")
    count.add_argument("--payments", metavar="CSV", help="write who paid how much for what")
    count.add_argument("--out", metavar="PB", help="write the election with its winners as .pb")


def run(options: argparse.Namespace) -> list[str]:
    """Count, write what was asked for, report in a few lines."""
    election = pabulib.read(options.election)
    outcome = selection.count(election, **_wishes(options, election))
    if options.winners:
        write_rows(
            options.winners, ("place", "project", "name", "cost", "votes", "points", "rate", "payers"), _winner_rows(outcome)
        )
    if options.payments:
        write_rows(options.payments, ("voter", "project", "paid", "exactly"), _payment_rows(outcome))
    if options.out:
        pabulib.write(options.out, election, outcome)
    return report(outcome)


def _wishes(options: argparse.Namespace, election: Election) -> dict:
    ties = tuple(word.strip() for word in options.ties.split(",") if word.strip()) or None
    more = {"ties": ties, "floors": _floors(options.floor), "fill": options.fill}
    if options.rule == "stated":
        return {**pabulib.stated_rule(election), **more}
    return {
        "rule": options.rule, "satisfaction": options.satisfaction, "completion": options.completion, "step": options.step,
        "threshold": options.threshold, "compare": options.compare, **more,
    }  # fmt: skip


def _floors(texts: Sequence[str]) -> dict[str, str]:
    floors = {}
    for text in texts:
        community, sign, money = text.rpartition("=")
        if not sign or not community:
            raise BadInput("floor", f"“{text}” is not COMMUNITY=MONEY")
        floors[community] = money
    return floors


def _winner_rows(outcome: Outcome) -> Iterator[Sequence[object]]:
    election = outcome.election
    payers: dict[int, int] = {}
    for _voter, project, _money in outcome.payments():
        payers[project] = payers.get(project, 0) + 1
    place = {project: at for at, project in enumerate(outcome.winners)}
    for project in [*outcome.winners, *(p for p in range(len(election.codes)) if p not in place)]:
        at = place.get(project)
        has_rate = at is not None and at < len(outcome.rates)
        rate = f"{float(outcome.rates[at] * election.points_scale):.2f}" if at is not None and has_rate else ""
        yield (
            at + 1 if at is not None else "",
            election.codes[project],
            election.name(project),
            f"{float(election.costs[project]):.2f}",
            int(election.votes[project]),
            f"{election.scores[project] / election.points_scale:g}",
            rate,
            payers.get(project, ""),
        )


def _payment_rows(outcome: Outcome) -> Iterator[Sequence[object]]:
    election = outcome.election
    for voter, project, money in outcome.payments():
        yield election.voters[voter] if election.voters else voter + 1, election.codes[project], f"{float(money):.4f}", str(money)


def report(outcome: Outcome) -> list[str]:
    """What a clerk wants to read first."""
    election = outcome.election
    used = f" ({float(100 * outcome.spent / election.budget):.1f} %)" if election.budget else ""
    happy = f" ({100 * outcome.happy_voters() / election.voter_count:.1f} %)" if election.voter_count else ""
    won, happy_ones = _codes(election, outcome.winners), outcome.happy_voters()
    lines = [
        f"{len(outcome.winners)} of {len(election.codes)} projects by {outcome.rule}: {won}",
        f"cost {float(outcome.spent):,.2f} of {float(election.budget):,.2f}{used}",
        f"{happy_ones:,} of {election.voter_count:,} voters have one of theirs{happy}",
    ]
    if outcome.share is not None:
        lines.append(f"each voter was given {float(outcome.share):,.2f}")
    for tie in outcome.ties:
        lines.append(f"tie at place {tie.round}: {_codes(election, tie.projects)}; {election.codes[tie.chosen]} came first")
    if election.official is not None:
        missing, added = set(election.official) - set(outcome.winners), set(outcome.winners) - set(election.official)
        differs = f"differ: official only {_codes(election, sorted(missing))}; here only {_codes(election, sorted(added))}"
        lines.append("the winners are the official ones" if not missing | added else differs)
    return [*lines, *outcome.notes, *(f"note: {note}" for note in election.notes)]


def _codes(election: Election, projects: Iterable[int]) -> str:
    return ", ".join(election.codes[project] for project in projects) or "none"
