"""Ours and the peers on one instance: each in a process of its own, judged by one scorer, in one table.

A file of `bench/methods/` declares its `Match`es; `python -m bench --methods grids,reach` runs them. CPU is user + system
of the contender's process (and its children) during `run` alone; memory is what its peak grew by over what was there before.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

OURS = "Linli"


@dataclass(frozen=True)
class Contender:
    """Somebody who solves the instance: `run(prepared)` → answer (plain, picklable).

    `prepare(instance)` makes what `run` gets, unmeasured except as `prepare_s` (compiling, loading, other formats).
    `package` is the distribution whose version is shown; a peer that is not installed is left out and named.
    `repeat` > 1 takes the median of CPU and wall over as many runs (for what takes milliseconds).
    """

    name: str
    run: Callable[[Any], Any]
    prepare: Callable[[Any], Any] | None = None
    package: str = ""
    repeat: int = 1


@dataclass(frozen=True)
class Goal:
    """What ours is to reach in one column."""

    value: float
    more_is_better: bool = False


@dataclass(frozen=True)
class Match:
    """One instance of one problem. `score(instance, answer)` → figures by name, the same for everybody."""

    title: str
    instance: Callable[[], Any]
    score: Callable[[Any, Any], Mapping[str, float]]
    contenders: tuple[Contender, ...]
    goals: Mapping[str, Goal] = field(default_factory=dict)  # of columns: those of `score`, "CPU s", "wall s", "MB"
    limit_s: float = 300
    note: str = ""


def _cpu() -> float:
    mine, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _work(contender: Contender, instance: Any, limit_s: float, answer_to: Any) -> None:
    signal.alarm(int(limit_s) or 1)
    try:
        started = time.perf_counter()
        prepared = contender.prepare(instance) if contender.prepare else instance
        prepare_s, before_mb = time.perf_counter() - started, _peak_mb()
        cpu, wall, answer = [], [], None
        for _turn in range(contender.repeat):
            cpu_before, started = _cpu(), time.perf_counter()
            answer = contender.run(prepared)
            cpu.append(_cpu() - cpu_before)
            wall.append(time.perf_counter() - started)
        middle = len(cpu) // 2
        spent = {"CPU s": sorted(cpu)[middle], "wall s": sorted(wall)[middle], "MB": _peak_mb() - before_mb, "prepare s": prepare_s}
        answer_to.send((answer, spent, ""))
    except Exception:
        answer_to.send((None, {}, traceback.format_exc(limit=-1).strip().splitlines()[-1]))


def version(package: str) -> str | None:
    """Version of an installed distribution; None when it is not here."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def enter(match: Match, contender: Contender, instance: Any) -> dict[str, Any]:
    """Let one contender try; a row of the table."""
    shown = contender.name
    if contender.package:
        found = version(contender.package)
        if found is None:
            return {"who": shown, "fault": f"{contender.package} is not installed"}
        shown = f"{shown} ({contender.package} {found})"
    forked = multiprocessing.get_context("fork")
    mine, theirs = forked.Pipe(duplex=False)
    process = forked.Process(target=_work, args=(contender, instance, match.limit_s, theirs))
    process.start()
    theirs.close()
    try:
        answer, spent, fault = mine.recv()
    except EOFError:
        answer, spent, fault = None, {}, f"no answer in {match.limit_s:.0f} s"
    process.join()
    if fault:
        return {"who": shown, "fault": fault}
    return {"who": shown, "fault": "", **match.score(instance, answer), **spent}


def hold(match: Match) -> str:
    """Run a match; its table in Markdown."""
    instance = match.instance()
    rows = [enter(match, contender, instance) for contender in match.contenders]
    return "\n".join([f"### {match.title}", "", *([match.note, ""] if match.note else []), *table(match, rows), ""])


def table(match: Match, rows: list[dict[str, Any]]) -> list[str]:
    columns = list(dict.fromkeys(name for row in rows for name in row if name not in ("who", "fault")))
    lines = ["| who | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        cells = [_figure(row[name]) if name in row else "" for name in columns]
        who = f"**{row['who']}**" if row["who"].startswith(OURS) else row["who"]
        lines.append(f"| {who} | " + (" | ".join(cells) if not row["fault"] else row["fault"] + " |" * (len(columns) - 1)) + " |")
    ours = next((row for row in rows if row["who"].startswith(OURS) and not row["fault"]), None)
    if ours is None:
        return lines
    lines.append("| best peer : Linli | " + " | ".join(_ratio(name, ours, rows) for name in columns) + " |")
    if match.goals:
        lines.append("| to reach | " + " | ".join(_goal(match.goals.get(name), ours.get(name)) for name in columns) + " |")
    return lines


def _figure(value: float) -> str:
    size = abs(value)
    return f"{value:,.0f}" if size >= 1000 or value == int(value) else f"{value:.3g}" if size < 10 else f"{value:.1f}"


def _ratio(column: str, ours: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """The least cost among the peers over ours: above 1 we are cheaper. Only for what is spent; scores stand side by side."""
    theirs = [row[column] for row in rows if row is not ours and column in row and not row["who"].startswith(OURS)]
    if column not in ("CPU s", "wall s") or not theirs or not ours.get(column):
        return ""
    return f"{min(theirs) / ours[column]:.2f}×"


def _goal(goal: Goal | None, value: float | None) -> str:
    if goal is None or value is None:
        return ""
    is_met = value >= goal.value if goal.more_is_better else value <= goal.value
    return f"{'≥' if goal.more_is_better else '≤'} {_figure(goal.value)} {'✓' if is_met else '**missed**'}"
