"""Draw a sample for spot checks that anybody can repeat: publish the list, then draw with a secret and a public value.

linli draw publish cases.csv --list list.txt, then
linli draw sample list.txt --total 200 --secret-file secret.txt --public "lottery of the day" --out sample.csv
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from linli.methods import draw
from linli.methods.commands.files import number, read_rows, write_rows
from linli.methods.errors import BadInput


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`publish`, `sample` and `rate`."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    publish = verbs.add_parser("publish", help="the list that is published, its digest and the digest of the secret")
    publish.add_argument("cases", help="CSV with columns stratum, case")
    publish.add_argument("--list", required=True, help="file to write: the list to publish")
    publish.add_argument("--secret-file", help="a file with the secret, 32 characters or more, kept until the draw")
    sample = verbs.add_parser("sample", help="draw from a published list")
    sample.add_argument("list", help="the published list")
    sample.add_argument("--secret-file", required=True, help="the secret of which the digest was published")
    sample.add_argument("--public", required=True, help="the public value that came later")
    sample.add_argument("--committed", default="", help="the published digest of the secret, to be compared")
    sample.add_argument("--total", type=int, help="how many to draw in all")
    sample.add_argument("--floor", type=int, default=1, help="at least so many of each stratum (default 1)")
    sample.add_argument(
        "--sizes", help="instead of --total: CSV with columns stratum, size (or stratum, rate for --total by spread)"
    )
    sample.add_argument("--out", required=True, help="CSV of the sample: stratum, place, case, ticket")
    rate = verbs.add_parser("rate", help="what a checked sample tells: rate of errors and its interval")
    rate.add_argument("found", type=int, help="errors found")
    rate.add_argument("checked", type=int, help="cases checked")
    rate.add_argument("--population", type=int, help="cases on the list")


def run(options: argparse.Namespace) -> list[str]:
    """Do the verb."""
    return {"publish": _publish, "sample": _sample, "rate": _rate}[options.verb](options)


def _secret(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").strip()


def _publish(options: argparse.Namespace) -> list[str]:
    cases = [(row["stratum"], row["case"]) for row in read_rows(options.cases, needs=("stratum", "case"))]
    draw.refuse_twins(case for _stratum, case in cases)
    text = draw.canonical(cases)
    Path(options.list).write_text(text, encoding="utf-8", newline="")
    lines = [f"{len(cases):,} cases in {len(dict(cases))} strata", f"digest of the list: {draw.digest_of(text)}"]
    return [*lines, f"digest of the secret: {draw.commitment(_secret(options.secret_file))}"] if options.secret_file else lines


def _sample(options: argparse.Namespace) -> list[str]:
    cases = []
    for line, text in enumerate(Path(options.list).read_text(encoding="utf-8").splitlines(), start=1):
        stratum, tab, case = text.partition("\t")
        if not tab:
            raise BadInput(f"{options.list}, line {line}", "is not “stratum<tab>case”")
        cases.append((stratum, case))
    sizes = _sizes(options, Counter(stratum for stratum, _case in cases))
    found = draw.draw(cases, sizes, secret=_secret(options.secret_file), public=options.public, committed=options.committed)
    rows = [
        (stratum, place, case, ticket)
        for stratum, drawn in found.drawn.items()
        for place, (ticket, case) in enumerate(drawn, start=1)
    ]
    write_rows(options.out, ("stratum", "place", "case", "ticket"), rows)
    return [
        f"{len(rows):,} of {len(cases):,} cases drawn from {len(sizes)} strata",
        f"digest of the list: {found.digest}",
        f"seed: {found.seed}",
    ]


def _sizes(options: argparse.Namespace, there: Counter[str]) -> dict[str, int]:
    rows = read_rows(options.sizes, needs=("stratum",)) if options.sizes else []
    if options.total is None:
        if not rows or "size" not in rows[0]:
            raise BadInput("sizes", "give --total, or --sizes with columns stratum, size")
        return {row["stratum"]: int(number(row, "size", line, path=options.sizes)) for line, row in enumerate(rows, start=2)}
    rates = {row["stratum"]: number(row, "rate", line, path=options.sizes) for line, row in enumerate(rows, start=2)}
    wrong = next((stratum for stratum, rate in rates.items() if not 0 <= rate <= 1), None)
    if wrong is not None:
        raise BadInput(f"rate of {wrong}", "must be between 0 and 1")
    spread = {stratum: (rates.get(stratum, 0.5) * (1 - rates.get(stratum, 0.5))) ** 0.5 for stratum in there}
    return draw.allocate(options.total, dict(there), spread=spread, floor=options.floor)


def _rate(options: argparse.Namespace) -> list[str]:
    rate, low, high = draw.error_rate(options.found, options.checked, options.population)
    return [f"{100 * rate:.2f} % of the checked cases; of all with 95 % confidence {100 * low:.2f} to {100 * high:.2f} %"]
