"""Minutes on foot from every building to the nearest place of each kind, what is missing where, and the best new sites.

The streets are GeoJSON lines (a third coordinate is height in metres; property highway=steps marks steps) or a CSV file with
start_lng, start_lat, end_lng, end_lat and, where known, start_height, end_height, steps. Buildings: building, lng, lat and,
where known, residents, area. Places: kind, lng, lat. Sites that might be had: site, lng, lat.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from typing import Any

import numpy as np

from linli.methods import reach
from linli.methods.commands import files
from linli.methods.errors import BadInput
from linli.methods.running import bar

SHOWN_MISSING = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("streets", help="streets to walk on: .geojson, .json or .csv")
    parser.add_argument("buildings", help="CSV of buildings")
    parser.add_argument("places", help="CSV of places")
    parser.add_argument("--out", default="minutes.csv", help="CSV to write: minutes by building and kind (minutes.csv)")
    parser.add_argument("--minutes", type=float, default=15, help="how far is in reach (15)")
    parser.add_argument("--speed", type=float, default=1.2, help="metres a second on level ground (1.2; elderly people 0.8)")
    parser.add_argument("--within", type=float, default=200, help="metres to the nearest street at most (200)")
    parser.add_argument("--sites", help="CSV of sites for new places; needs --kind")
    parser.add_argument("--kind", help="the kind of place that shall be opened")
    parser.add_argument("--count", type=int, default=3, help="how many of the sites to choose (3)")


def run(options: argparse.Namespace) -> list[str]:
    if options.sites and not options.kind:
        raise BadInput("--kind", "say which kind of place shall be opened on the sites")
    segments = _segments(options.streets)
    middle = (float(segments[:, [0, 3]].mean()), float(segments[:, [1, 4]].mean()))
    buildings = files.read_rows(options.buildings, needs=("building", "lng", "lat"))
    places = files.read_rows(options.places, needs=("kind", "lng", "lat"))
    if not buildings:
        raise BadInput(options.buildings, "has no building")
    streets = _streets(segments, middle, reach.Pace(options.speed))
    homes = _points(streets, buildings, options.buildings, middle, options.within)
    at = _points(streets, places, options.places, middle, options.within)
    kinds = sorted({row["kind"] for row in places} | ({options.kind} if options.kind else set()))
    if not kinds:
        raise BadInput(options.places, "has no place")
    number = {kind: index for index, kind in enumerate(kinds)}
    times = reach.times_to_kinds(streets, homes, at, [number[row["kind"]] for row in places], len(kinds), minutes=options.minutes)
    residents = np.array([files.number(row, "residents", line, path=options.buildings, default=1)
                          for line, row in enumerate(buildings, 2)])  # fmt: skip
    _write(options.out, buildings, kinds, times)
    lines = _report(options, buildings, residents, kinds, times, _off(homes, "buildings") + _off(at, "places"))
    if options.sites:
        lines += _sites(options, streets, homes, residents, middle, times[number[options.kind]] != reach.NEVER)
    return lines


def _segments(path: str) -> np.ndarray[Any, Any]:
    """Rows (lng, lat, height, lng, lat, height, is steps) of straight pieces; NaN where no height is known."""
    rows = _of_csv(path) if path.endswith(".csv") else _of_geojson(path)
    if not rows:
        raise BadInput(path, "has no street")
    return np.array(rows, float)


def _of_csv(path: str) -> list[list[float]]:
    rows = files.read_rows(path, needs=("start_lng", "start_lat", "end_lng", "end_lat"))
    columns = ("start_lng", "start_lat", "start_height", "end_lng", "end_lat", "end_height")
    return [
        [files.number(row, name, line, path=path, default=np.nan if "height" in name else None) for name in columns]
        + [float((row.get("steps") or "").strip().lower() in ("1", "yes", "true", "是"))]
        for line, row in enumerate(rows, 2)
    ]


def _of_geojson(path: str) -> list[list[float]]:
    document = files.read_json(path)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise BadInput(path, "is no GeoJSON FeatureCollection")
    rows = []
    for index, feature in enumerate(features, 1):
        try:
            facts, lines = feature.get("properties") or {}, _lines(feature["geometry"] or {})
            is_steps = float(facts.get("highway") == "steps" or facts.get("steps") is True)
            points = [[(*map(float, point), np.nan)[:3] for point in line] for line in lines]
            rows += [[*a, *b, is_steps] for line in points for a, b in pairwise(line)]
        except (TypeError, ValueError, KeyError, AttributeError):
            raise BadInput(f"{path}, feature {index}", "is no feature with lines of [lng, lat] or [lng, lat, height]") from None
        if rows and len(rows[-1]) != 7:
            raise BadInput(f"{path}, feature {index}", "has points without lng and lat")
    return rows


def _lines(geometry: dict[str, Any]) -> list[Any]:
    if geometry.get("type") == "LineString":
        return [geometry["coordinates"]]
    return list(geometry["coordinates"]) if geometry.get("type") == "MultiLineString" else []


def _streets(segments: np.ndarray[Any, Any], middle: tuple[float, float], pace: reach.Pace) -> reach.Network:
    start, end = reach.metres(segments[:, 0], segments[:, 1], middle), reach.metres(segments[:, 3], segments[:, 4], middle)
    rise = np.nan_to_num(segments[:, 5] - segments[:, 2])
    return reach.network_of_segments(np.column_stack((*start, *end)), rise_m=rise, is_steps=segments[:, 6] > 0, pace=pace)


def _points(
    streets: reach.Network, rows: list[dict[str, str]], path: str, middle: tuple[float, float], within: float
) -> reach.Points:
    lng, lat = ([files.number(row, name, line, path=path) for line, row in enumerate(rows, 2)] for name in ("lng", "lat"))
    x, y = reach.metres(lng, lat, middle)
    return reach.snap(streets, x, y, within_m=within)


def _off(points: reach.Points, what: str) -> list[str]:
    count = int((points.piece < 0).sum())
    return [f"{count} {what} stand too far from any street and were left out."] if count else []


def _write(path: str, buildings: list[dict[str, str]], kinds: list[str], times: np.ndarray[Any, Any]) -> None:
    minutes = np.where(times == reach.NEVER, np.nan, times / 60_000)
    rows = (
        [row["building"], *("" if np.isnan(one) else f"{one:.1f}" for one in cells),
         "、".join(kind for kind, one in zip(kinds, cells, strict=True) if np.isnan(one))]
        for row, cells in zip(buildings, minutes.T, strict=True)
    )  # fmt: skip
    files.write_rows(path, ["building", *kinds, "missing"], rows)


def _report(
    options: argparse.Namespace, buildings: list[dict[str, str]], residents: np.ndarray[Any, Any], kinds: list[str],
    times: np.ndarray[Any, Any], faults: list[str],
) -> list[str]:  # fmt: skip
    shares, everything = reach.shares_in_reach(times, residents, minutes=options.minutes)
    lines = [f"{len(buildings)} buildings, {residents.sum():.0f} residents, {len(kinds)} kinds of place", *faults]
    lines.append(f"all kinds within {options.minutes:g} minutes: {everything:.1%} of residents")
    lines += [f"  {share:6.1%}  {kind}" for share, kind in sorted(zip(shares, kinds, strict=True))]
    if "area" in buildings[0]:
        areas = sorted({row["area"] for row in buildings})
        index = {area: place for place, area in enumerate(areas)}
        rows = reach.missing(times, residents, [index[row["area"]] for row in buildings], minutes=options.minutes)
        lines += ["what is missing where:"] if rows else []
        lines += [
            f"  {areas[row.area]}: {kinds[row.kind]}, {row.residents} of {row.of} residents" for row in rows[:SHOWN_MISSING]
        ]
        lines += [f"  … and {len(rows) - SHOWN_MISSING} more"] if len(rows) > SHOWN_MISSING else []
    return [*lines, f"written: {options.out}"]


def _sites(
    options: argparse.Namespace, streets: reach.Network, homes: reach.Points, residents: np.ndarray[Any, Any],
    middle: tuple[float, float], is_covered: np.ndarray[Any, Any],
) -> list[str]:  # fmt: skip
    rows = files.read_rows(options.sites, needs=("site", "lng", "lat"))
    sites = _points(streets, rows, options.sites, middle, options.within)
    sets = reach.reach_sets(streets, homes, sites, minutes=options.minutes, progress=bar("reach of the sites"))
    chosen = reach.best_sites(sets, residents, options.count, is_covered=is_covered)
    lines = [f"best sites for {options.kind}, {residents[is_covered].sum():.0f} residents have one in reach now:"]
    lines += [f"  {rows[one.site]['site']}: {one.residents} residents more" for one in chosen]
    return lines + ([] if chosen else ["  no site brings anybody more"]) + _off(sites, "sites")
