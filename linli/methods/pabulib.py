"""Elections in Pabulib's format `.pb` (pabulib.org/format): read, with everything odd said, and written with the winners.

Three tables after each other, META, PROJECTS and VOTES, each with its header, separated by semicolons. Ballots: approval and
choose-1 (a point each), cumulative and scoring (points stand beside), ordinal (Borda: of n possible places the first gets n
points, unless points stand beside). Other kinds are refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from linli.methods.errors import BadInput
from linli.methods.selection_election import Election, Outcome, checked, exact

_TABLES = ("META", "PROJECTS", "VOTES")
_KINDS = ("approval", "choose-1", "cumulative", "scoring", "ordinal")
# What the names of rules in META mean to `selection.count`.
_RULES: dict[str, dict[str, Any]] = {
    "greedy": {"rule": "greedy"},
    "greedy-threshold": {"rule": "greedy"},
    "greedy-exclusive": {"rule": "greedy"},
    "greedy-no-skip": {"rule": "greedy-no-skip"},
    "equalshares": {"rule": "equal-shares", "completion": "none"},
    "equalshares/add1": {"rule": "equal-shares", "completion": "add1"},
    "equalshares-comparison": {"rule": "equal-shares", "completion": "none", "compare": True},
    "equalshares/add1-comparison": {"rule": "equal-shares", "completion": "add1", "compare": True},
}


def read(path: str | Path) -> Election:
    """The election of a file. Raises BadInput naming file, line and what is wrong there."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(str(path), "is not UTF-8 text") from None
    return parse(text, str(path))


def parse(text: str, where: str = "text") -> Election:
    """The election in a text; `where` is what messages call it."""
    tables = _tables(text, where)
    meta = {row[0].strip(): row[1].strip() if len(row) > 1 else "" for _line, row in tables["META"][1:]}
    kind = meta.get("vote_type", "")
    if kind not in _KINDS:
        raise BadInput(f"{where}, vote_type", f"“{kind}” is none of {', '.join(_KINDS)}")
    if meta.get("default_score", "0") not in ("", "0"):
        raise BadInput(f"{where}, default_score", "other than 0 is not counted by any rule here")
    rows = _records(tables["PROJECTS"], where, ("project_id", "cost"))
    codes = [row["project_id"] for _line, row in rows]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice is not None:
        raise BadInput(f"{where}, PROJECTS", f"project “{twice}” stands there twice")
    notes: list[str] = []
    starts, projects, points, voters = _ballots(
        tables["VOTES"], where, kind, meta, {code: at for at, code in enumerate(codes)}, notes
    )
    _compare_counts(meta, codes, voters, notes)
    column = {
        name: tuple(row.get(name, "") for _line, row in rows)
        for name in ("name", "district", "neighborhood", "subunit", "variant")
    }
    selected = [row.get("selected", "") for _line, row in rows]
    election = Election(
        budget=exact(meta.get("budget", ""), f"{where}, budget"), codes=tuple(codes),
        costs=tuple(exact(row["cost"], f"{where}, line {line}, cost") for line, row in rows),
        starts=np.array(starts, dtype=np.int64), projects=np.array(projects, dtype=np.int32), points=np.array([], dtype=np.int64),
        names=column["name"], voters=tuple(voters), variants=column["variant"] if any(column["variant"]) else (),
        communities=next((column[name] for name in ("neighborhood", "district", "subunit") if any(column[name])), ()),
        official=tuple(at for at, value in enumerate(selected) if value == "1") if any(selected) else None,
        meta=meta, notes=tuple(notes),
    )  # fmt: skip
    return checked(election, points)


def _tables(text: str, where: str) -> dict[str, list[tuple[int, list[str]]]]:
    """Rows with their line numbers by table; the first row of each is its header."""
    found: dict[str, list[tuple[int, list[str]]]] = {}
    rows: list[tuple[int, list[str]]] | None = None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";")
    try:
        for row in reader:
            if len(row) == 1 and row[0].strip().upper() in _TABLES:
                rows = found.setdefault(row[0].strip().upper(), [])
            elif row and any(row):
                if rows is None:
                    raise BadInput(f"{where}, line {reader.line_num}", "the file must begin with META")
                rows.append((reader.line_num, row))
    except csv.Error as fault:
        raise BadInput(f"{where}, line {reader.line_num}", str(fault)) from None
    for name in _TABLES:
        if not found.get(name):
            raise BadInput(where, f"has no table {name}")
    return found


def _records(table: list[tuple[int, list[str]]], where: str, needs: Iterable[str]) -> list[tuple[int, dict[str, str]]]:
    header = [cell.strip() for cell in table[0][1]]
    missing = [name for name in needs if name not in header]
    if missing:
        raise BadInput(f"{where}, line {table[0][0]}", f"has no column {', '.join(missing)}")
    records = []
    for line, row in table[1:]:
        if len(row) > len(header) and any(row[len(header) :]):
            raise BadInput(f"{where}, line {line}", f"has {len(row)} cells, the header {len(header)}")
        records.append((line, dict(zip(header, (cell.strip() for cell in row), strict=False))))
    return records


def _ballots(
    table: list[tuple[int, list[str]]], where: str, kind: str, meta: dict[str, str], index: dict[str, int], notes: list[str]
) -> tuple[list[int], list[int], list[Fraction | int], list[str]]:
    header = [cell.strip() for cell in table[0][1]]
    if "vote" not in header or "voter_id" not in header:
        raise BadInput(f"{where}, line {table[0][0]}", "has no column voter_id, vote")
    vote_at, voter_at = header.index("vote"), header.index("voter_id")
    points_at = header.index("points") if "points" in header and kind not in ("approval", "choose-1") else -1
    if kind in ("cumulative", "scoring") and points_at < 0:
        raise BadInput(f"{where}, line {table[0][0]}", f"{kind} ballots need a column points")
    places = int(meta.get("max_length") or 0) if (meta.get("max_length") or "0").isdigit() else 0
    places = places or max((len(row[vote_at].split(",")) for _line, row in table[1:] if len(row) > vote_at), default=0)
    starts, projects, voters = [0], [], []
    points: list[Fraction | int] = []
    repeated = 0
    for line, row in table[1:]:
        cells = row[vote_at].split(",") if len(row) > vote_at else []
        marks = [code.strip() for code in cells if code.strip()]
        given: list[Fraction | int]
        if points_at >= 0:
            given = [
                _points(cell, where, line) for cell in (row[points_at] if len(row) > points_at else "").split(",") if cell.strip()
            ]
            if len(given) != len(marks):
                raise BadInput(f"{where}, line {line}", f"has {len(marks)} projects and {len(given)} points")
        else:
            given = [places - place for place in range(len(marks))] if kind == "ordinal" else [1] * len(marks)
        seen: set[str] = set()
        for code, value in zip(marks, given, strict=True):
            if code not in index:
                raise BadInput(f"{where}, line {line}", f"votes for “{code}”, which is no project")
            if code in seen:
                repeated += 1
                continue
            seen.add(code)
            if value:
                projects.append(index[code])
                points.append(value)
        starts.append(len(projects))
        voters.append(row[voter_at].strip())
    if repeated:
        notes.append(f"{repeated} marks stood twice on the same ballot; the first of them counts")
    return starts, projects, points, voters


def _points(cell: str, where: str, line: int) -> Fraction | int:
    return int(cell) if cell.strip().isdigit() else exact(cell, f"{where}, line {line}, points")


def _compare_counts(meta: dict[str, str], codes: list[str], voters: list[str], notes: list[str]) -> None:
    for key, found in (("num_projects", len(codes)), ("num_votes", len(voters))):
        if meta.get(key, "").strip() and meta[key].strip() != str(found):
            notes.append(f"{key} is {meta[key]} in META, but {found} stand in the file")


def stated_rule(election: Election) -> dict[str, Any]:
    """What `selection.count` must be told to count by the rule that the file names. Raises BadInput when that is none of ours."""
    name = election.meta.get("rule", "")
    if name not in _RULES:
        raise BadInput("rule", f"the file says “{name}”, which is none of {', '.join(_RULES)}: say by which rule to count")
    threshold = election.meta.get("min_project_score_threshold", "")
    return {**_RULES[name], **({"threshold": threshold} if threshold else {})}


def write(path: str | Path, election: Election, outcome: Outcome | None = None) -> None:
    """Write an election as `.pb`, with the winners of `outcome` (else the official ones) in the column selected."""
    won = set(outcome.winners if outcome else election.official or ())
    has_points = not bool((election.points == election.points_scale).all())
    meta = {
        **election.meta, "num_projects": str(len(election.codes)), "num_votes": str(election.voter_count),
        "budget": _plain(election.budget),
        "vote_type": election.meta.get("vote_type") or ("scoring" if has_points else "approval"),
    }  # fmt: skip
    if meta["vote_type"] in ("approval", "choose-1"):
        has_points = False
    lines = io.StringIO(newline="")
    out = csv.writer(lines, delimiter=";", lineterminator="\n")
    out.writerows([["META"], ["key", "value"], *meta.items(), ["PROJECTS"]])
    columns: list[tuple[str, list[str]]] = [
        ("project_id", list(election.codes)),
        ("cost", [_plain(cost) for cost in election.costs]),
    ]
    columns.append(("votes", [str(count) for count in election.votes]))
    if has_points:
        columns.append(("score", [_plain(Fraction(score, election.points_scale)) for score in election.scores]))
    for name, values in (("name", election.names), ("district", election.communities), ("variant", election.variants)):
        if values:
            columns.append((name, list(values)))
    columns.append(("selected", ["1" if at in won else "0" for at in range(len(election.codes))]))
    out.writerow([name for name, _values in columns])
    out.writerows(zip(*(values for _name, values in columns), strict=True))
    out.writerows([["VOTES"], ["voter_id", "vote", "points"] if has_points else ["voter_id", "vote"]])
    out.writerows(_ballot_rows(election, has_points))
    Path(path).write_text(lines.getvalue(), encoding="utf-8")


def _ballot_rows(election: Election, has_points: bool) -> Iterable[list[str]]:
    for voter in range(election.voter_count):
        marks = range(int(election.starts[voter]), int(election.starts[voter + 1]))
        code = election.voters[voter] if election.voters else str(voter + 1)
        row = [code, ",".join(election.codes[election.projects[mark]] for mark in marks)]
        if has_points:
            row.append(",".join(_plain(Fraction(int(election.points[mark]), election.points_scale)) for mark in marks))
        yield row


def _plain(value: Fraction) -> str:
    """A decimal number without superfluous digits; money has two digits at most, points as many as they need."""
    if value.denominator == 1:
        return str(value.numerator)
    scaled, digits = value, 0
    while scaled.denominator > 1 and digits < 12:
        scaled, digits = scaled * 10, digits + 1
    text = str(round(scaled)).rjust(digits + 1, "0")
    return f"{text[:-digits]}.{text[-digits:]}"
