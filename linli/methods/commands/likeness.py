"""Find duplicates among reports and common issues among needs, train and use category suggestions.

Tables are CSV with a header. Nothing is merged or changed: the answers are tables for people to look at.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from linli.methods.commands.files import number, read_rows, write_rows
from linli.methods.errors import BadInput
from linli.methods.running import bar

SHOWN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`duplicates`, `issues`, `train`, `suggest`."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    duplicates = verbs.add_parser("duplicates", help="pairs of reports that are probably about one thing")
    duplicates.add_argument("reports", help="CSV: text, lng, lat, at (ISO time) or hours; perhaps id, kind")
    duplicates.add_argument("--out", required=True, help="CSV to write: first, second, probability, alike, metres, hours, group")
    duplicates.add_argument("--least", type=float, default=0.5, help="least probability (0.5)")
    issues = verbs.add_parser("issues", help="common issues among needs")
    issues.add_argument("needs", help="CSV: text; perhaps id, issue (the number of an earlier run)")
    issues.add_argument("--out", required=True, help="CSV to write: id, issue, size, is_central, words")
    issues.add_argument("--resolution", type=float, default=0.3, help="0 to 1; higher makes more and smaller issues (0.3)")
    train = verbs.add_parser("train", help="learn categories from texts")
    train.add_argument("texts", help="CSV: text, label")
    train.add_argument("--model", required=True, help="file to write")
    train.add_argument("--from", dest="before", default="", help="an earlier model to learn further from")
    train.add_argument("--most-mb", type=float, default=20.0, help="the model's greatest size (20)")
    suggest = verbs.add_parser("suggest", help="suggest categories for texts")
    suggest.add_argument("texts", help="CSV: text; perhaps id")
    suggest.add_argument("--model", required=True, help="file that train wrote")
    suggest.add_argument("--out", required=True, help="CSV to write: id, rank, label, confidence, sure, words")


def run(options: argparse.Namespace) -> list[str]:
    """Do what the verb says."""
    return {"duplicates": _duplicates, "issues": _issues, "train": _train, "suggest": _suggest}[options.verb](options)


def _named(rows: list[dict[str, str]]) -> list[str]:
    return [row.get("id") or str(at) for at, row in enumerate(rows, start=1)]


def _hours(rows: list[dict[str, str]], path: str) -> NDArray[np.float64]:
    if rows and "at" not in rows[0]:
        return np.array([number(row, "hours", line, path=path) for line, row in enumerate(rows, start=2)])
    hours = []
    for line, row in enumerate(rows, start=2):
        try:
            at = datetime.fromisoformat(row["at"].strip())
        except ValueError:
            raise BadInput(f"{path}, line {line}, at", f"“{row['at']}” is no time such as 2026-03-01T08:30") from None
        hours.append((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() / 3600)
    return np.array(hours)


def _duplicates(options: argparse.Namespace) -> list[str]:
    from linli.methods import likeness

    rows = read_rows(options.reports, needs=("text", "lng", "lat"))
    places = {
        name: np.array([number(row, name, line, path=options.reports) for line, row in enumerate(rows, start=2)])
        for name in ("lng", "lat")
    }
    kinds = [row["kind"] for row in rows] if rows and "kind" in rows[0] else None
    reports = likeness.Reports([row["text"] for row in rows], **places, hours=_hours(rows, options.reports), kinds=kinds)
    pairs = likeness.find_duplicates(reports, least=options.least, progress=bar("duplicates"))
    groups, names = likeness.groups_of(pairs, len(rows)), _named(rows)
    columns = zip(pairs.first, pairs.second, pairs.probability, pairs.alike, pairs.metres, pairs.hours, strict=True)
    write_rows(
        options.out,
        ("first", "second", "probability", "alike", "metres", "hours", "group"),
        (
            (names[one], names[other], f"{share:.3f}", f"{alike:.3f}", f"{metres:.0f}", f"{hours:.1f}", names[groups[one]])
            for one, other, share, alike, metres, hours in columns
        ),
    )
    sizes = np.bincount(groups, minlength=len(rows))
    return [
        f"{len(rows):,} reports, {len(pairs):,} pairs that are probably one thing",
        f"{int((sizes > 1).sum()):,} things reported more than once, the most often {int(sizes.max(initial=0))} times",
    ]


def _issues(options: argparse.Namespace) -> list[str]:
    from linli.methods import likeness

    rows = read_rows(options.needs, needs=("text",))
    texts, names = [row["text"] for row in rows], _named(rows)
    previous = None
    if rows and "issue" in rows[0]:
        lines = enumerate(rows, start=2)
        previous = np.array([number(row, "issue", line, path=options.needs, default=-1) for line, row in lines], np.int64)
    found = likeness.find_issues(texts, resolution=options.resolution, previous=previous, progress=bar("issues"))
    _numbers, place, sizes = np.unique(found.labels, return_inverse=True, return_counts=True)
    central = {issue.members[0]: issue for issue in found.issues}
    write_rows(
        options.out,
        ("id", "issue", "size", "is_central", "words"),
        (
            (name, label, size, int(at in central), " ".join(central[at].words) if at in central else "")
            for at, (name, label, size) in enumerate(zip(names, found.labels, sizes[place], strict=True))
        ),
    )
    largest = [f"{len(issue.members):>6}  {texts[issue.members[0]][:60]}  ({', '.join(issue.words)})" for issue in found.issues]
    return [f"{len(rows):,} needs, {len(found.issues):,} issues that more than one has; the largest:", *largest[:SHOWN]]


def _train(options: argparse.Namespace) -> list[str]:
    from linli.methods import likeness

    rows = read_rows(options.texts, needs=("text", "label"))
    texts, labels = [row["text"] for row in rows], [row["label"] for row in rows]
    most_bytes = int(options.most_mb * 1e6)
    if options.before:
        model = likeness.train_further(likeness.Model.load(options.before), texts, labels, most_bytes=most_bytes)
    else:
        model = likeness.train(texts, labels, most_bytes=most_bytes, progress=bar("train"))
    model.save(options.model)
    return [
        f"learned from {len(rows):,} texts ({model.texts:,} in all), {len(model.labels)} labels",
        f"{len(model.grams):,} grams, {model.size_bytes / 1e6:.1f} MB",
    ]


def _suggest(options: argparse.Namespace) -> list[str]:
    from linli.methods.likeness_serving import Model

    model = Model.load(options.model)
    rows = read_rows(options.texts, needs=("text",))
    lines: list[tuple[object, ...]] = []
    sure = 0
    for name, row in zip(_named(rows), rows, strict=True):
        found = model.suggest(row["text"])
        sure += model.is_sure(found)
        for rank, one in enumerate(found, start=1):
            is_sure = int(rank == 1 and model.is_sure(found))
            lines.append((name, rank, one.label, f"{one.confidence:.3f}", is_sure, " ".join(one.words)))
    write_rows(options.out, ("id", "rank", "label", "confidence", "sure", "words"), lines)
    return [f"{len(rows):,} texts, sure of {sure:,}"]
