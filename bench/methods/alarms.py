"""Alarms beside the usual control charts, hot spots beside esda, repeat spots beside DBSCAN; and a picture of both."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bench.methods.contest import OURS, Contender, Goal, Match
from bench.methods.reach import FAINT, INK, sheet
from linli.methods import alarms, alarms_spots

GRIDS, CATEGORIES, DAYS, OUTBREAKS, OUTBREAK_DAYS = 1150, 14, 730, 400, 7
STRENGTH = 0.97  # so strong that a Shewhart chart finds about 60 of 100, as in the study the peers' figures come from
FALSE = 1e-4
WINDOW, LAG = 84, 7


def counts() -> dict[str, Any]:
    """16,100 made-up series: log-normal rates, weekdays, a season for each category, 400 outbreaks of 7 days."""
    chance = np.random.default_rng(1)
    usual = np.exp(chance.normal(-1.6, 1.0, CATEGORIES))
    size = np.exp(chance.normal(0, 0.5, GRIDS))
    rate = (size[:, None] * usual * np.exp(chance.normal(0, 0.4, (GRIDS, CATEGORIES)))).ravel()
    group, day = np.tile(np.arange(CATEGORIES), GRIDS), np.arange(DAYS)
    phase, swing = chance.uniform(0, 2 * np.pi, CATEGORIES), chance.uniform(0.1, 0.4, CATEGORIES)
    season = 1 + swing[:, None] * np.sin(2 * np.pi * day / 365 + phase[:, None])
    made = chance.poisson(rate[:, None] * (season * np.where(day % 7 < 5, 1.1, 0.75))[group])
    series = chance.choice(rate.size, OUTBREAKS, replace=False)
    begin = chance.integers(120, DAYS - 10, OUTBREAKS)
    for one, first in zip(series, begin, strict=True):
        made[one, first : first + OUTBREAK_DAYS] += chance.poisson(STRENGTH * (1.2 + 1.6 * math.sqrt(rate[one])), OUTBREAK_DAYS)
    return {"counts": made.astype(np.int16), "group": group, "series": series, "begin": begin}


def lagged(numbers: np.ndarray) -> np.ndarray:
    """Reports of the twelve weeks that ended a week before each day."""
    sums = np.cumsum(np.pad(numbers.astype(np.float32), ((0, 0), (1, 0))), axis=1)
    seen = np.zeros(numbers.shape, np.float32)
    seen[:, LAG + WINDOW :] = sums[:, WINDOW : DAYS - LAG] - sums[:, : DAYS - LAG - WINDOW]
    return seen


def judged(found: np.ndarray) -> np.ndarray:
    found[:, : LAG + WINDOW + 1] = -99
    return found.astype(np.float32)


def tail(instance: dict[str, Any], days: int) -> dict[str, Any]:
    """Chance of as many in so many days, the rate being gamma of what was seen."""
    from scipy.special import betainc

    numbers = instance["counts"]
    sums = np.cumsum(np.pad(numbers.astype(np.float32), ((0, 0), (days, 0))), axis=1)
    count = sums[:, days:] - sums[:, :-days]
    chance = betainc(np.maximum(count, 1e-9), lagged(numbers) + 0.5, days / (WINDOW + days))
    return {"score": judged(np.where(count > 0, -np.log10(np.maximum(chance, 1e-300)), 0))}


def cusum(instance: dict[str, Any]) -> dict[str, Any]:
    numbers, height = instance["counts"], np.zeros(len(instance["counts"]), np.float32)
    mean, found = np.maximum(lagged(numbers), 0.5) / WINDOW, np.zeros(numbers.shape, np.float32)
    for day in range(LAG + WINDOW, DAYS):
        height = np.maximum(0, height + numbers[:, day] - (1.5 * mean[:, day] + 0.2))
        found[:, day] = height
    return {"score": judged(found)}


def ewma(instance: dict[str, Any]) -> dict[str, Any]:
    numbers, smooth = instance["counts"], np.zeros(len(instance["counts"]), np.float32)
    mean, found = np.maximum(lagged(numbers), 0.5) / WINDOW, np.zeros(numbers.shape, np.float32)
    for day in range(DAYS):
        smooth = 0.3 * numbers[:, day] + 0.7 * smooth
        found[:, day] = (smooth - mean[:, day]) / np.sqrt((mean[:, day] + 0.2) * 0.3 / 1.7)
    return {"score": judged(found)}


def ours(instance: dict[str, Any]) -> dict[str, Any]:
    return {"score": alarms.score(instance["counts"], instance["group"]).score}


def ours_with_limit(instance: dict[str, Any]) -> dict[str, Any]:
    found = alarms.score(instance["counts"], instance["group"])
    return {"score": found.score, "limit": alarms.threshold(found, instance["counts"], instance["group"])}


def score_alarms(instance: dict[str, Any], answer: dict[str, Any]) -> dict[str, float]:
    """Everybody's threshold leaves one false alarm in 10,000 calm series-days, unless the contender sets its own."""
    score, is_calm = answer["score"], np.ones(answer["score"].shape, bool)
    is_calm[:, :120] = False
    for one, first in zip(instance["series"], instance["begin"], strict=True):
        is_calm[one, first : first + 4 * OUTBREAK_DAYS] = False
    calm = score[is_calm]
    limit = answer.get("limit", np.partition(calm, -int(FALSE * calm.size) - 1)[-int(FALSE * calm.size) - 1])
    rows = [
        score[one, first : first + OUTBREAK_DAYS] > limit
        for one, first in zip(instance["series"], instance["begin"], strict=True)
    ]
    delays = [int(row.argmax()) for row in rows if row.any()]
    return {
        "found %": 100 * len(delays) / OUTBREAKS, "days until found": float(np.median(delays)),
        "false in 10,000": 1e4 * float((calm > limit).mean()),
    }  # fmt: skip


def warmed(instance: dict[str, Any]) -> dict[str, Any]:
    alarms.warm()
    alarms_spots.warm()
    return instance


# --- hot spots ---


def town(rings: int, seed: int = 4) -> dict[str, Any]:
    import h3

    middle = h3.latlng_to_cell(30.59, 114.3, 9)
    names = h3.grid_disk(middle, rings)
    cells = np.array([h3.str_to_int(cell) for cell in names])
    chance = np.random.default_rng(seed)
    place = {cell: index for index, cell in enumerate(names)}
    rate = np.full(cells.size, 0.02)
    for centre in chance.choice(cells.size, max(rings // 4, 3), replace=False):
        for near in h3.grid_disk(names[centre], 2):
            if near in place:
                rate[place[near]] *= 3.2
    households = np.rint(np.exp(chance.normal(5, 0.8, cells.size)))
    return {"cells": cells, "counts": chance.poisson(households * rate), "households": households}


def hexagons() -> dict[str, Any]:
    made = town(60)
    made["truth"] = alarms_spots.controlled(by_formula(made)["chance"], 0.05)
    return made


def neighbours(instance: dict[str, Any]) -> Any:
    """The sparse matrix of neighbours, by h3 itself."""
    import h3.api.numpy_int as h3
    from scipy.sparse import csr_matrix

    cells = instance["cells"].astype(np.uint64)
    place = {int(cell): index for index, cell in enumerate(cells)}
    pairs = [
        (index, place[int(near)]) for index, cell in enumerate(cells) for near in h3.grid_disk(cell, 1) if int(near) in place
    ]
    row, column = np.array(pairs).T
    return csr_matrix((np.ones(row.size), (row, column)))


def by_formula(instance: dict[str, Any]) -> dict[str, Any]:
    from scipy.stats import norm

    value, near = alarms_spots.rates(instance["counts"], instance["households"]), neighbours(instance)
    number, size = np.asarray(near.sum(axis=1)).ravel(), value.size
    z = (near @ value - value.mean() * number) / (value.std() * np.sqrt(number * (size - number) / (size - 1)))
    return {"chance": norm.sf(z)}


def esda_weights(instance: dict[str, Any]) -> dict[str, Any]:
    from libpysal.weights import W

    near = neighbours(instance)
    own = {
        one: [int(other) for other in near.indices[near.indptr[one] : near.indptr[one + 1]] if other != one]
        for one in range(near.shape[0])
    }
    return {"weights": W(own, silence_warnings=True), "value": alarms_spots.rates(instance["counts"], instance["households"])}


def esda_spots(prepared: dict[str, Any]) -> dict[str, Any]:
    from esda.getisord import G_Local
    from scipy.stats import norm

    found = G_Local(prepared["value"], prepared["weights"], transform="B", star=True, permutations=0)
    return {"chance": norm.sf(found.Zs)}


def our_spots(instance: dict[str, Any]) -> dict[str, Any]:
    return {"chance": alarms_spots.hot_spots(instance["cells"], instance["counts"], households=instance["households"]).chance}


def score_spots(instance: dict[str, Any], answer: dict[str, Any]) -> dict[str, float]:
    named = alarms_spots.controlled(answer["chance"], 0.05)
    return {"hot cells": float(named.sum()), "cells that differ": float((named != instance["truth"]).sum())}


# --- repeat spots ---


def returns() -> dict[str, Any]:
    """20,000 reports of 30 kinds over two years; 300 places to which one kind came back three to eight times."""
    chance = np.random.default_rng(9)
    x, y, kind, day = (
        list(one)
        for one in (*chance.uniform(0, 8000, (2, 18_000)), chance.integers(0, 30, 18_000), chance.integers(0, 730, 18_000))
    )
    planted = []
    for _spot in range(300):
        at, of, times = (
            chance.uniform(0, 8000, 2),
            int(chance.integers(0, 30)),
            np.sort(chance.choice(73, chance.integers(3, 9), replace=False)) * 10,
        )
        planted.append(range(len(x), len(x) + times.size))
        x += list(at[0] + chance.normal(0, 9, times.size))
        y += list(at[1] + chance.normal(0, 9, times.size))
        kind, day = kind + [of] * times.size, day + times.tolist()
    return {"x": np.array(x), "y": np.array(y), "kind": np.array(kind), "day": np.array(day), "planted": planted}


def our_returns(made: dict[str, Any]) -> np.ndarray:
    label = np.full(made["x"].size, -1)
    for number, spot in enumerate(alarms_spots.repeat_spots(made["x"], made["y"], made["kind"], made["day"])):
        label[list(spot.reports)] = number
    return label


def dbscan(made: dict[str, Any]) -> np.ndarray:
    from sklearn.cluster import DBSCAN

    label, used = np.full(made["x"].size, -1), 0
    for kind in range(30):
        of = np.flatnonzero(made["kind"] == kind)
        found = DBSCAN(eps=50, min_samples=3).fit_predict(np.column_stack((made["x"][of], made["y"][of])))
        label[of[found >= 0]] = found[found >= 0] + used
        used += found.max() + 1
    return label


def score_returns(made: dict[str, Any], label: np.ndarray) -> dict[str, float]:
    whole = sum(len({*label[list(spot)]}) == 1 and label[spot[0]] >= 0 for spot in made["planted"])
    widest = max(np.hypot(np.ptp(made["x"][label == one]), np.ptp(made["y"][label == one])) for one in range(label.max() + 1))
    return {"planted spots whole %": 100 * whole / 300, "spots named": float(label.max() + 1), "widest spot m": float(widest)}


def matches() -> list[Match]:
    charts = tuple(
        Contender(name, run) for name, run in (
            ("Shewhart (one day, gamma-Poisson tail)", lambda made: tail(made, 1)), ("Poisson CUSUM", cusum),
            ("three days, gamma-Poisson tail", lambda made: tail(made, 3)), ("EWMA(.3), lagged 12-week mean", ewma),
        )
    )  # fmt: skip
    return [
        Match(
            title="Sudden rises: 16,100 series × 730 days, 400 outbreaks of 7 days", instance=counts, score=score_alarms,
            goals={"found %": Goal(90, more_is_better=True)}, limit_s=600,
            contenders=(Contender(OURS, ours, warmed, repeat=3), Contender(f"{OURS}, setting its own threshold", ours_with_limit, warmed), *charts),
            note="Made up. The charts are our own plain versions; all thresholds are set to the same false alarms, but the one that is set without looking.",
        ),
        Match(
            title="Hot spots on 10,981 hexagons, reports per household", instance=hexagons, score=score_spots,
            goals={"CPU s": Goal(0.05), "cells that differ": Goal(0)},
            contenders=(
                Contender(OURS, our_spots, warmed, repeat=7),
                Contender("one sparse product, neighbours by h3", by_formula, None, "h3", repeat=3),
                Contender("G_Local analytic, neighbours given", esda_spots, esda_weights, "esda", repeat=3),
            ),
        ),
        Match(
            title="Repeat spots: the same kind within 50 m, 20,000 reports, 300 planted spots", instance=returns, score=score_returns,
            contenders=(Contender(OURS, our_returns, None, repeat=3), Contender("DBSCAN kind by kind", dbscan, None, "scikit-learn", repeat=3)),
        ),
    ]  # fmt: skip


# --- the picture ---


def series_drawing() -> list[str]:
    """One grid's reports of one category by day, what was expected, and the alarm."""
    chance = np.random.default_rng(12)
    day = np.arange(210)
    week = np.where(day % 7 < 5, 1.15, 0.6) * (1 + 0.35 * np.sin(day / 45))
    made = chance.poisson(np.exp(chance.normal(0.3, 0.5, 200))[:, None] * week)
    one = int(np.argsort(made.sum(axis=1))[120])
    made[one, 178:185] += chance.poisson(4.0, 7)
    found, group = alarms.score(made, np.zeros(200, int)), np.zeros(200, int)
    limit = alarms.threshold(found, made, group)
    shown, left, base, step, unit = range(100, 210), 30, 200, 3.4, 9.0
    parts = [f'<text x="{left}" y="30" font-weight="700">One grid, one category: reports a day</text>']
    for at in shown:
        x, height = left + (at - shown[0]) * step, made[one, at] * unit
        is_alarm = found.score[one, at] > limit
        if is_alarm:
            parts.append(f'<rect x="{x - 0.4:.1f}" y="48" width="{step:.1f}" height="{base - 48}" fill="#f8e8dc"/>')
        if height:
            parts.append(
                f'<rect x="{x:.1f}" y="{base - height:.1f}" width="2.6" height="{height:.1f}" fill="{"#a8481f" if is_alarm else "#9cc7b5"}"/>'
            )
    line = " ".join(f"{left + (at - shown[0]) * step + 1.3:.1f},{base - found.expected[one, at] * unit:.1f}" for at in shown)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#17695a" stroke-width="1.4"/>')
    first = int(np.flatnonzero(found.score[one] > limit)[0])
    return [*parts, f'<line x1="{left}" y1="{base}" x2="{left + 110 * step}" y2="{base}" stroke="#c3cac1"/>',
            f'<text x="{left}" y="222" fill="#17695a">— what the day should bring</text>',
            f'<text x="{left}" y="244" fill="#a8481f">▮ alarm, day {first - 177} of the rise</text>',
            f'<text x="{left}" y="276" fill="{FAINT}">Weekdays and the season are expected; a threshold</text>',
            f'<text x="{left}" y="296" fill="{FAINT}">for one false alarm in 10,000 calm days ({limit:.1f} deviations).</text>']  # fmt: skip


def map_drawing() -> list[str]:
    """Hexagons by reports, hot ones by count in outline, hot ones per household filled."""
    import h3

    made = town(13, seed=21)
    crowd = np.argsort(-made["households"])[:3]
    names = [h3.int_to_str(int(cell)) for cell in made["cells"]]
    for centre in crowd:  # dense estates: many reports, but of many households
        near = np.isin(names, h3.grid_disk(names[centre], 1))
        made["counts"] = made["counts"] + near * 9
        made["households"] = made["households"] + near * 520
    by_count = alarms_spots.hot_spots(made["cells"], made["counts"]).is_hot
    fair = alarms_spots.hot_spots(made["cells"], made["counts"], households=made["households"]).is_hot
    lat0, lng0 = h3.cell_to_latlng(names[0])
    wide, parts = math.cos(math.radians(lat0)), ['<text x="440" y="30" font-weight="700">Hot spots: reports per household</text>']
    strongest = float(np.quantile(made["counts"], 0.98))
    for index, name in enumerate(names):
        corners = [(635 + (lng - lng0) * wide * 3900, 232 - (lat - lat0) * 3900) for lat, lng in h3.cell_to_boundary(name)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        shade = "#a8481f" if fair[index] else "#17695a"
        depth = 0.92 if fair[index] else 0.06 + 0.5 * min(made["counts"][index] / strongest, 1)
        edge = (
            f' stroke="{INK}" stroke-width="1.7"'
            if by_count[index] and not fair[index]
            else ' stroke="#fffffe" stroke-width=".6"'
        )
        parts.append(f'<polygon points="{points}" fill="{shade}" fill-opacity="{depth:.2f}"{edge}/>')
    return [*parts, '<text x="440" y="440" fill="#a8481f">⬢ more per household than by chance</text>',
            '<text x="440" y="460">⬡ hot by mere count only: many people live there</text>']  # fmt: skip


def picture() -> str:
    """A series with its alarm beside a map of hot spots."""
    return sheet(860, 480, "An alarm on a series, and hot spots per household on hexagons", series_drawing() + map_drawing())
