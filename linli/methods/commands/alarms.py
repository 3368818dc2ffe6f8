"""Alarms from a table of reports: sudden rises by area and category, hot spots on the map, things that keep coming back.

A table of reports is a CSV file with day (2026-03-01) and category, and with area for `sudden`, lng and lat for the others.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from linli.methods import alarms, alarms_spots
from linli.methods.commands import files
from linli.methods.errors import BadInput
from linli.methods.reach import METRES_PER_DEGREE, metres

SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    sudden = verbs.add_parser("sudden", help="areas and categories with more than usual, by day")
    sudden.add_argument("--false-alarms", type=float, default=1.0, help="false alarms in 10,000 calm days of a series (1)")
    sudden.add_argument("--since", help="only alarms that last to this day or later (2026-03-01)")
    hot = verbs.add_parser("hotspots", help="cells of the map with more than by chance")
    hot.add_argument("--households", help="CSV of lng, lat, households: count reports per household")
    hot.add_argument("--resolution", type=int, default=9, help="size of the cells, as H3 counts (9: about 350 m across)")
    hot.add_argument("--false-share", type=float, default=0.05, help="share of named cells that may be chance (0.05)")
    hot.add_argument("--category", help="only this category")
    again = verbs.add_parser("repeats", help="places to which the same category comes back")
    again.add_argument("--within", type=float, default=50, help="metres (50)")
    again.add_argument("--calm", type=int, default=7, help="days without a report that end a spell (7)")
    again.add_argument("--least", type=int, default=3, help="spells at least (3)")
    for verb in (sudden, hot, again):
        verb.add_argument("reports", help="CSV of reports")
        verb.add_argument("--out", help="CSV to write")


def run(options: argparse.Namespace) -> list[str]:
    return {"sudden": _sudden, "hotspots": _hot, "repeats": _repeats}[options.verb](options)


def _days(rows: list[dict[str, str]], path: str) -> list[int]:
    found = []
    for line, row in enumerate(rows, 2):
        try:
            found.append(date.fromisoformat(row["day"].strip()[:10]).toordinal())
        except ValueError:
            raise BadInput(f"{path}, line {line}, day", f"“{row['day']}” is no day like 2026-03-01") from None
    if not found:
        raise BadInput(path, "has no report")
    return found


def _sudden(options: argparse.Namespace) -> list[str]:
    rows = files.read_rows(options.reports, needs=("day", "area", "category"))
    days = _days(rows, options.reports)
    since = _days([{"day": options.since}], "--since")[0] if options.since else 0
    watch = alarms.Watch(false_alarms=options.false_alarms / 10_000)
    first, span = min(days), max(days) - min(days) + 1
    categories = sorted({row["category"] for row in rows})
    areas = sorted({row["area"] for row in rows})
    series = [(area, category) for category in categories for area in areas]
    number = {one: index for index, one in enumerate(series)}
    counts = np.zeros((len(series), span), np.int32)
    for row, day in zip(rows, days, strict=True):
        counts[number[row["area"], row["category"]], day - first] += 1
    group = np.repeat(np.arange(len(categories)), len(areas))
    found = [one for one in alarms.alarms(counts, group, watch) if first + one.last_day >= since]
    table = [
        (date.fromordinal(first + one.first_day), date.fromordinal(first + one.last_day), *series[one.series],
         one.counted, f"{one.expected:.1f}", f"{one.score:.1f}")
        for one in found
    ]  # fmt: skip
    columns = ("first_day", "last_day", "area", "category", "reports", "expected", "score")
    lines = [f"{len(rows)} reports, {len(series)} series, {span} days; {len(found)} alarms"]
    lines += [f"  {row[0]} to {row[1]}  {row[2]} {row[3]}: {row[4]} reports, {row[5]} expected" for row in table[:SHOWN]]
    return lines + _more(len(table)) + _written(options.out, columns, table)


def _hot(options: argparse.Namespace) -> list[str]:
    import h3

    rows = files.read_rows(options.reports, needs=("lng", "lat", *(["category"] if options.category else [])))
    rows = [row for row in rows if not options.category or row["category"] == options.category]
    if not 0 <= options.resolution <= 15:
        raise BadInput("--resolution", f"{options.resolution} is not between 0 and 15")
    counts = Counter(_cell(row, line, options.reports, options.resolution) for line, row in enumerate(rows, 2))
    homes: Counter[int] = Counter()
    if options.households:
        for line, row in enumerate(files.read_rows(options.households, needs=("lng", "lat", "households")), 2):
            cell = _cell(row, line, options.households, options.resolution)
            homes[cell] += round(files.number(row, "households", line, path=options.households))
    known = set(counts) | set(homes)
    cells = sorted(known | {h3.str_to_int(near) for cell in known for near in h3.grid_disk(h3.int_to_str(cell), 1)})
    found = alarms_spots.hot_spots(
        cells, [counts[cell] for cell in cells],
        households=[homes[cell] for cell in cells] if options.households else None, false_share=options.false_share,
    )  # fmt: skip
    table = []
    for index in np.argsort(-found.score, kind="stable"):
        if found.is_hot[index]:
            lat, lng = h3.cell_to_latlng(h3.int_to_str(cells[index]))
            name = h3.int_to_str(cells[index])
            table.append(
                (name, f"{lng:.6f}", f"{lat:.6f}", counts[cells[index]], homes[cells[index]], f"{found.score[index]:.2f}")
            )
    lines = [f"{sum(counts.values())} reports in {len(cells)} cells; {len(table)} hot cells"]
    lines += [f"  {row[0]} ({row[1]}, {row[2]}): {row[3]} reports, score {row[5]}" for row in table[:SHOWN]]
    return lines + _more(len(table)) + _written(options.out, ("cell", "lng", "lat", "reports", "households", "score"), table)


def _cell(row: dict[str, str], line: int, path: str, resolution: int) -> int:
    import h3

    lng, lat = (files.number(row, name, line, path=path) for name in ("lng", "lat"))
    if not (-180 <= lng <= 180 and -90 <= lat <= 90):
        raise BadInput(f"{path}, line {line}", f"({lng}, {lat}) is no place on the earth")
    return int(h3.str_to_int(h3.latlng_to_cell(lat, lng, resolution)))


def _repeats(options: argparse.Namespace) -> list[str]:
    rows = files.read_rows(options.reports, needs=("day", "category", "lng", "lat"))
    days = _days(rows, options.reports)
    lng, lat = (
        [files.number(row, name, line, path=options.reports) for line, row in enumerate(rows, 2)] for name in ("lng", "lat")
    )
    middle = (float(np.mean(lng)), float(np.mean(lat)))
    categories = sorted({row["category"] for row in rows})
    kind = [categories.index(row["category"]) for row in rows]
    spots = alarms_spots.repeat_spots(
        *metres(lng, lat, middle), kind, days, within_m=options.within, calm_days=options.calm, least=options.least
    )
    wide = METRES_PER_DEGREE * np.cos(np.radians(middle[1]))
    table = [
        (categories[spot.kind], f"{middle[0] + spot.x / wide:.6f}", f"{middle[1] + spot.y / METRES_PER_DEGREE:.6f}",
         len(spot.reports), spot.spells, date.fromordinal(spot.first_day), date.fromordinal(spot.last_day))
        for spot in spots
    ]  # fmt: skip
    span = timedelta(max(days) - min(days)).days + 1
    lines = [f"{len(rows)} reports in {span} days; {len(table)} places where something keeps coming back"]
    lines += [f"  {row[0]} at ({row[1]}, {row[2]}): {row[4]} times, {row[3]} reports, last {row[6]}" for row in table[:SHOWN]]
    columns = ("category", "lng", "lat", "reports", "spells", "first_day", "last_day")
    return lines + _more(len(table)) + _written(options.out, columns, table)


def _more(count: int) -> list[str]:
    return [f"  … and {count - SHOWN} more"] if count > SHOWN else []


def _written(path: str | None, columns: tuple[str, ...], table: Sequence[tuple[object, ...]]) -> list[str]:
    if not path:
        return []
    files.write_rows(path, columns, table)
    return [f"written: {path}"]
