"""Match requests to organisations: everybody who can be served is served, at the least cost, with fair load, with reasons.

Requests (CSV): request, kind, lng, lat and, where known, urgency (1 ordinary, up to 1000) and accepted_by (an organisation
that has promised). Organisations (CSV): organization, slots, kinds (joined by |), lng, lat and, where known, reach in metres.
The cost of a pair is its distance in metres times the urgency. With --pairs (CSV: request, organization, cost) the pairs and
their costs are as given, and places and kinds are not needed.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from linli.methods.commands import files
from linli.methods.errors import BadInput
from linli.methods.matching import Assigner
from linli.methods.matching_answers import Reason
from linli.methods.matching_input import LOAD_STEPS
from linli.methods.running import bar

Rows = list[dict[str, str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("requests", help="CSV of requests")
    parser.add_argument("organizations", help="CSV of organisations")
    parser.add_argument("--pairs", help="CSV of eligible pairs with their costs")
    parser.add_argument("--out", default="matches.csv", help="CSV to write: who serves whom, and why (matches.csv)")
    parser.add_argument("--reach", type=float, default=15_000, help="metres, for organisations without their own reach (15000)")
    steps = ",".join(f"{share}:{surcharge}" for share, surcharge in LOAD_STEPS)
    parser.add_argument("--load-steps", default=steps, help=f"share of the slots:cost beyond it, joined by commas ({steps})")


def run(options: argparse.Namespace) -> list[str]:
    place = () if options.pairs else ("lng", "lat")
    requests = files.read_rows(options.requests, needs=("request", *(("kind", *place) if place else ())))
    helpers = files.read_rows(options.organizations, needs=("organization", "slots", *(("kinds", *place) if place else ())))
    urgency = np.array([_whole(row, "urgency", line, options.requests, 1) for line, row in enumerate(requests, 2)], np.int64)
    slots = [_whole(row, "slots", line, options.organizations) for line, row in enumerate(helpers, 2)]
    numbers = _numbered(helpers, "organization", options.organizations)
    pairs = _given(options, requests, numbers) if options.pairs else _near(options, requests, helpers, urgency)
    assigner = Assigner(slots, load_steps=_steps(options.load_steps))
    order = sorted(range(len(requests)), key=lambda row: not (requests[row].get("accepted_by") or "").strip())
    show = bar("matching")
    for count, row in enumerate(order):
        name = (requests[row].get("accepted_by") or "").strip()
        if name and name not in numbers:
            raise BadInput(f"{options.requests}, line {row + 2}, accepted_by", f"“{name}” is no organisation")
        assigner.arrive(*pairs[row], urgency=int(urgency[row]), accepted_by=numbers[name] if name else None)
        if count % 500 == 0:
            show(count / len(order))
    show(1.0)
    number = {row: place for place, row in enumerate(order)}
    reasons = [assigner.why(number[row]) for row in range(len(requests))]
    _write(options.out, requests, helpers, reasons)
    return _report(options, assigner, [requests[row].get("kind") or "any" for row in order], helpers)


def _whole(row: dict[str, str], column: str, line: int, path: str, default: int | None = None) -> int:
    value = files.number(row, column, line, path=path, default=default)
    if value != int(value):
        raise BadInput(f"{path}, line {line}, {column}", f"{value} is no whole number")
    return int(value)


def _numbered(rows: Rows, column: str, path: str) -> dict[str, int]:
    numbers = {row[column].strip(): place for place, row in enumerate(rows)}
    if len(numbers) < len(rows):
        raise BadInput(path, f"names a {column} twice")
    return numbers


def _steps(text: str) -> list[tuple[float, int]]:
    try:
        return [(float(share), int(cost)) for share, cost in (step.split(":") for step in text.split(",") if step.strip())]
    except ValueError:
        raise BadInput("--load-steps", f"“{text}” is not like 0.5:500,0.8:1500") from None


def _given(options: argparse.Namespace, requests: Rows, numbers: dict[str, int]) -> list[tuple[list[int], list[int]]]:
    rows = files.read_rows(options.pairs, needs=("request", "organization", "cost"))
    places = _numbered(requests, "request", options.requests)
    pairs: list[tuple[list[int], list[int]]] = [([], []) for _request in requests]
    for line, row in enumerate(rows, 2):
        for column, known in (("request", places), ("organization", numbers)):
            if row[column].strip() not in known:
                raise BadInput(f"{options.pairs}, line {line}, {column}", f"“{row[column]}” is not in its file")
        nodes, costs = pairs[places[row["request"].strip()]]
        nodes.append(numbers[row["organization"].strip()])
        costs.append(_whole(row, "cost", line, options.pairs))
    return pairs


def _near(options: argparse.Namespace, requests: Rows, helpers: Rows, urgency: Any) -> list[tuple[Any, Any]]:
    """Organisations of the kind within reach, with urgency-weighted metres."""
    from linli.methods.reach import metres

    lng, lat = (
        [files.number(row, name, line, path=path)
         for path, rows in ((options.requests, requests), (options.organizations, helpers)) for line, row in enumerate(rows, 2)]
        for name in ("lng", "lat")
    )  # fmt: skip
    x, y = metres(lng, lat, (float(np.mean(lng or [0])), float(np.mean(lat or [0]))))
    there_x, there_y = x[len(requests) :], y[len(requests) :]
    within = np.array([
        files.number(row, "reach", line, path=options.organizations, default=options.reach) for line, row in enumerate(helpers, 2)
    ])  # fmt: skip
    of_kind: dict[str, list[int]] = {}
    for node, row in enumerate(helpers):
        for kind in {part.strip() for part in row["kinds"].split("|")}:
            of_kind.setdefault(kind, []).append(node)
    pairs = []
    for place, row in enumerate(requests):
        nodes = np.array(of_kind.get(row["kind"].strip(), []), np.int64)
        away = np.hypot(there_x[nodes] - x[place], there_y[nodes] - y[place])
        near = away <= within[nodes]
        pairs.append((nodes[near], np.rint(away[near] * urgency[place]).astype(np.int64)))
    return pairs


WORDS = {
    "nearest": "the nearest that may",
    "nearest_is_needed": "{nearest} is nearer by {nearer}, but its slots are needed more by others",
    "nobody_may": "no organisation of this kind in reach",
    "all_taken": "all that may are full; {nearest} would be nearest",
}


def _write(path: str, requests: Rows, helpers: Rows, reasons: list[Reason]) -> None:
    def name(option: Any) -> str:
        return helpers[option.organization]["organization"] if option else ""

    rows = []
    for row, reason in zip(requests, reasons, strict=True):
        chosen, second, nearest = reason.chosen, reason.second, reason.nearest
        nearer = chosen.cost - nearest.cost if chosen and nearest else 0
        why = WORDS[reason.kind].format(nearest=name(nearest), nearer=nearer)
        dearer = second.total - chosen.total if second and chosen else ""
        rows.append([row["request"], name(chosen), chosen.cost if chosen else "", why, name(second) if chosen else "", dearer])
    files.write_rows(path, ["request", "organization", "cost", "why", "second", "second_costs_more"], rows)


def _report(options: argparse.Namespace, assigner: Assigner, kinds: list[str], helpers: Rows) -> list[str]:
    plan = assigner.assignment()
    served = len(kinds) - plan.unserved
    mean = plan.cost / served if served else 0
    full = int(((plan.load == assigner.capacity) & (assigner.capacity > 0)).sum())
    lines = [
        f"{len(kinds)} requests, {len(helpers)} organisations with {assigner.capacity.sum()} slots",
        f"served {served}, unserved {plan.unserved}, mean cost {mean:.0f}; {full} organisations are full",
    ]
    shortages = assigner.shortages(kinds)
    lines += ["what is missing:"] if shortages else []
    for short in shortages:
        where = f"; one slot more at {helpers[short.where]['organization']} would serve one more" if short.serves_one_more else ""
        nobody = f", {short.nobody_may} of them in nobody's reach" if short.nobody_may else ""
        lines.append(f"  {short.kind}: {short.unserved} unserved{nobody}; {short.taken} of {short.slots} slots taken{where}")
    return [*lines, f"written: {options.out}"]
