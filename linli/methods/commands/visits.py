"""Plan the home visits of a day: own worker first, windows, shifts and skills kept, with reasons for every exception.

Visits (CSV): visit, lng, lat, minutes and, where known, opens and closes (09:00; service begins between them), skills (joined
by |), worker (the own one), urgency (1 ordinary, higher ones are missed last). Workers (CSV): worker, lng, lat, begins, ends
and, where known, skills.
"""

from __future__ import annotations

import argparse
import re

import numpy as np

from linli.methods import visits
from linli.methods.commands import files
from linli.methods.errors import BadInput
from linli.methods.running import bar

Rows = list[dict[str, str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    plan = verbs.add_parser("plan", help="plan a day")
    plan.add_argument("visits", help="CSV of visits")
    plan.add_argument("workers", help="CSV of workers")
    plan.add_argument(
        "--out", default="routes.csv", help="CSV to write: stops with their times, missed visits at the end (routes.csv)"
    )
    plan.add_argument(
        "--leaving", type=float, default=30, help="minutes it must save that another than the own worker comes (30)"
    )
    plan.add_argument("--speed", type=float, default=1.2, help="metres a second (1.2; a bicycle 3)")
    plan.add_argument("--detour", type=float, default=1.3, help="way by straight distance (1.3)")
    plan.add_argument("--rounds", type=int, default=80, help="effort, in turns a visit (80)")
    plan.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace) -> list[str]:
    from linli.methods.reach import metres

    calls = files.read_rows(options.visits, needs=("visit", "lng", "lat", "minutes"))
    staff = files.read_rows(options.workers, needs=("worker", "lng", "lat", "begins", "ends"))
    lng, lat = (
        [files.number(row, name, line, path=path) for path, rows in ((options.visits, calls), (options.workers, staff))
         for line, row in enumerate(rows, 2)] for name in ("lng", "lat")
    )  # fmt: skip
    middle = (float(np.mean(lng or [0])), float(np.mean(lat or [0])))
    at = np.stack(metres(lng, lat, middle), axis=1)
    number, bits = _numbers(staff, options.workers), _bits([*calls, *staff])
    begins, ends = (
        [_clock(row, name, line, options.workers, 0) for line, row in enumerate(staff, 2)] for name in ("begins", "ends")
    )
    first, last = min(begins, default=0), max(ends, default=0)
    day = visits.Visits(
        at[: len(calls)],
        [round(60 * files.number(row, "minutes", line, path=options.visits)) for line, row in enumerate(calls, 2)],
        [_clock(row, "opens", line, options.visits, first) for line, row in enumerate(calls, 2)],
        [_clock(row, "closes", line, options.visits, last) for line, row in enumerate(calls, 2)],
        [_skills(row, bits) for row in calls],
        [_own(row, number, line, options.visits) for line, row in enumerate(calls, 2)],
        [files.number(row, "urgency", line, path=options.visits, default=1) for line, row in enumerate(calls, 2)],
    )
    workers = visits.Workers(at[len(calls) :], begins, ends, [_skills(row, bits) for row in staff])
    made = visits.plan(
        day, workers, metres_per_second=options.speed, detour=options.detour, leaving_s=60 * options.leaving,
        rounds=options.rounds, seed=options.seed, progress=bar("visits"),
    )  # fmt: skip
    _write(options.out, calls, staff, made)
    return _report(options, calls, staff, made)


def _numbers(staff: Rows, path: str) -> dict[str, int]:
    numbers = {row["worker"].strip(): place for place, row in enumerate(staff)}
    if len(numbers) < len(staff):
        raise BadInput(path, "names a worker twice")
    return numbers


def _bits(rows: Rows) -> dict[str, int]:
    names = sorted({skill for row in rows for skill in _names(row)})
    if len(names) > 60:
        raise BadInput("skills", f"{len(names)} different ones; at most 60")
    return {name: 1 << place for place, name in enumerate(names)}


def _names(row: dict[str, str]) -> list[str]:
    return [part.strip() for part in (row.get("skills") or "").split("|") if part.strip()]


def _skills(row: dict[str, str], bits: dict[str, int]) -> int:
    return sum(bits[name] for name in set(_names(row)))


def _own(row: dict[str, str], numbers: dict[str, int], line: int, path: str) -> int:
    name = (row.get("worker") or "").strip()
    if name and name not in numbers:
        raise BadInput(f"{path}, line {line}, worker", f"“{name}” is not among the workers")
    return numbers[name] if name else -1


def _clock(row: dict[str, str], column: str, line: int, path: str, default: int) -> int:
    """Seconds of the day of 9:00 or 09:00:30."""
    text = (row.get(column) or "").strip()
    if not text and column in ("opens", "closes"):
        return default
    found = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", text)
    if not found or int(found[1]) > 47:
        raise BadInput(f"{path}, line {line}, {column}", f"“{text}” is no time of day like 09:00")
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)


def _time(seconds: int) -> str:
    """To the minute; who arrives within a minute is written as at its end, so that nobody is promised too early."""
    minutes = -(-seconds // 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


WORDS = {
    "nobody_has_the_skill": "nobody has the skill",
    "no_shift_fits": "no shift fits its window and the way",
    "no_room": "no room: {worker} comes closest, {short} minutes short",
    "own_lacks_the_skill": "{own} lacks the skill",
    "own_has_no_room": "{own} has no room, {short} minutes short",
    "nearer": "{worker} passes by",
}


def _write(path: str, calls: Rows, staff: Rows, made: visits.Plan) -> None:
    def words(entry: visits.Missed | visits.Moved) -> str:
        worker = staff[entry.worker]["worker"] if entry.worker >= 0 else ""
        own = (calls[entry.visit].get("worker") or "").strip()
        return WORDS[entry.kind].format(worker=worker, own=own, short=-(-entry.short_s // 60))

    notes = {entry.visit: words(entry) for entry in made.moved}
    rows = [
        [worker["worker"], place, calls[stop.visit]["visit"], _time(stop.arrives_s), _time(stop.begins_s), _time(stop.ends_s),
         notes.get(stop.visit, "")]
        for worker, route in zip(staff, made.routes, strict=True) for place, stop in enumerate(route, 1)
    ]  # fmt: skip
    rows += [["", "", calls[entry.visit]["visit"], "", "", "", f"missed: {words(entry)}"] for entry in made.missed]
    files.write_rows(path, ["worker", "stop", "visit", "arrives", "begins", "ends", "note"], rows)


def _report(options: argparse.Namespace, calls: Rows, staff: Rows, made: visits.Plan) -> list[str]:
    missed, moved = made.missed, made.moved
    urgent = sum(files.number(calls[entry.visit], "urgency", 0, default=1) > 1 for entry in missed)
    lines = [
        f"{len(calls)} visits, {len(staff)} workers: {len(missed)} missed ({urgent} urgent)",
        f"travel {made.travel_s / 3600:.1f} h, waiting {made.waiting_s / 3600:.1f} h, {len(moved)} not by the own worker",
    ]
    reasons = [entry.kind for entry in missed] + [entry.kind for entry in moved]
    lines += [f"  {reasons.count(kind)} × {kind.replace('_', ' ')}" for kind in dict.fromkeys(reasons)]
    return [*lines, f"written: {options.out}"]
