"""Score projects from raters of four parties, with leniency and collusion taken out.

linli score ratings.csv --raters raters.csv --out scores.csv
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from linli.methods import scoring
from linli.methods.commands.files import number, read_rows, write_rows
from linli.methods.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Ratings, raters and what to write."""
    parser.add_argument("ratings", help="CSV with columns rater, project, points")
    parser.add_argument("--raters", required=True, help="CSV with columns rater, party")
    parser.add_argument(
        "--weights", default="", help="parties and weights: buyer=1,street=1,served=2,experts=1 (default: these four, equal)"
    )
    parser.add_argument("--out", metavar="CSV", help="write scores of the projects")
    parser.add_argument("--trust", metavar="CSV", help="write leniency, noise and trust of the raters")
    parser.add_argument("--marks", metavar="CSV", help="write every rating with its weight and what it is off by")


def run(options: argparse.Namespace) -> list[str]:
    """Score, write, report the order and what to look at."""
    rows = read_rows(options.ratings, needs=("rater", "project", "points"))
    ratings = [
        (row["rater"], row["project"], number(row, "points", line, path=options.ratings))
        for line, row in enumerate(rows, start=2)
    ]
    party_of = {row["rater"]: row["party"] for row in read_rows(options.raters, needs=("rater", "party"))}
    found = scoring.score(ratings, party_of, weights=_weights(options.weights))
    if options.out:
        parties = [f"{party} {kind}" for party in found.parties for kind in ("mean", "as rated")]
        write_rows(options.out, ("place", "project", "score", "low", "high", "plain mean", *parties), _score_rows(found))
    if options.trust:
        rows_of_raters = zip(
            found.raters, (party_of[rater] for rater in found.raters), found.leniency, found.noise, found.trust, strict=True
        )
        write_rows(options.trust, ("rater", "party", "leniency", "noise", "trust"), (_rounded(row) for row in rows_of_raters))
    if options.marks:
        marks = zip(ratings, found.weight, found.residual, strict=True)
        write_rows(
            options.marks, ("rater", "project", "points", "weight", "off"), (_rounded((*row, *more)) for row, *more in marks)
        )
    return _report(found)


def _weights(text: str) -> dict[str, float] | None:
    weights = {}
    for part in filter(None, text.split(",")):
        party, sign, value = part.partition("=")
        if not sign:
            raise BadInput("weights", f"“{part}” is not PARTY=WEIGHT")
        weights[party.strip()] = number({party: value}, party, 0, path="weights")
    return weights or None


def _rounded(row: Sequence[object]) -> list[object]:
    return [round(float(value), 3) if isinstance(value, float) else value for value in row]


def _score_rows(found: scoring.Scores) -> Iterator[list[object]]:
    for place, project in enumerate(found.order(), start=1):
        by_party = [value for pair in zip(found.by_party[project], found.plain_by_party[project], strict=True) for value in pair]
        figures = (found.score[project], found.low[project], found.high[project], found.plain[project], *by_party)
        yield _rounded([place, found.projects[project], *figures])


def _report(found: scoring.Scores) -> list[str]:
    sizes = f"{len(found.projects)} projects, {len(found.raters)} raters of {len(found.parties)} parties"
    lines = [f"{sizes}, {len(found.weight):,} ratings"]
    for place, project in enumerate(found.order()[:10], start=1):
        figures = f"{found.score[project]:.1f} ({found.low[project]:.1f} to {found.high[project]:.1f})"
        lines.append(f"{place:>3}. {found.projects[project]}  {figures}; plain mean {found.plain[project]:.1f}")
    flags = [f"look at: {flag.text}" for flag in found.flags if flag.kind != "together"]
    together = [flag for flag in found.flags if flag.kind == "together"]
    if together:
        raters = dict.fromkeys(rater for flag in together for rater in flag.raters)
        flags.append(f"look at: {', '.join(raters)} lift the same projects ({len(together)} pairs)")
    return [*lines, *flags]
