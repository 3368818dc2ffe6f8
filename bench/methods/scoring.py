"""Scores of four parties beside the usual ways to add them up, honest and with raters who have agreed on favourites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from bench.methods.contest import OURS, Contender, Goal, Match
from linli.methods import scoring

SIZES = {"buyer": 3, "street": 3, "served": 25, "experts": 5}
PROJECTS, SEEDS = 40, 200
PARTY = np.repeat(np.arange(4), list(SIZES.values()))


def simulated(share: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(points by rater and project, merit, favourites, who colludes).

    Merit 70 ± 8.5; raters are mild or strict by ± 5 and scatter by 4 to 10 points; colluders lift three favourites by 25 and
    push the rest down by 6. Points are whole.
    """
    chance = np.random.default_rng(seed)
    merit, raters = chance.normal(70, 8.5, PROJECTS), len(PARTY)
    points = (
        merit
        + chance.normal(0, 5, raters)[:, None]
        + chance.normal(size=(raters, PROJECTS)) * chance.uniform(4, 10, raters)[:, None]
    )
    favourites = chance.choice(PROJECTS, 3, replace=False)
    colluders = chance.choice(raters, round(share * raters), replace=False)
    change = np.full(PROJECTS, -6.0)
    change[favourites] = 25
    points[colluders] += change
    return np.round(points), merit, favourites, colluders


def party_means(points: np.ndarray) -> np.ndarray:
    """The practice: mean of the parties' means."""
    return np.mean([points[party == PARTY].mean(axis=0) for party in range(4)], axis=0)


def without_extremes(points: np.ndarray) -> np.ndarray:
    """Per party the highest and the lowest are dropped, where three or more rated."""
    return np.mean([np.sort(points[party == PARTY], axis=0)[1:-1].mean(axis=0) for party in range(4)], axis=0)


def party_medians(points: np.ndarray) -> np.ndarray:
    return np.mean([np.median(points[party == PARTY], axis=0) for party in range(4)], axis=0)


def plain_leniency(points: np.ndarray) -> np.ndarray:
    """Each rater's mean taken out, then the mean of all raters: with complete ratings the least-squares model."""
    return np.asarray((points - points.mean(axis=1, keepdims=True)).mean(axis=0))


RATERS = [f"{party}-{number + 1}" for party, size in SIZES.items() for number in range(size)]
PARTY_OF = {rater: rater.rsplit("-", 1)[0] for rater in RATERS}
NAMES = [f"P{project + 1:02d}" for project in range(PROJECTS)]


def rows(points: np.ndarray) -> list[tuple[str, str, float]]:
    return [
        (rater, name, float(value))
        for rater, given in zip(RATERS, points, strict=True)
        for name, value in zip(NAMES, given, strict=True)
    ]


def ours(points: np.ndarray) -> np.ndarray:
    return scoring.score(rows(points), PARTY_OF).score


def _worlds(share: float) -> Any:
    return lambda: [simulated(share, seed) for seed in range(SEEDS)]


def _all(way: Any) -> Any:
    return lambda worlds: [way(points) for points, *_truth in worlds]


def _places(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(-values))


def _score(worlds: Any, answers: list[np.ndarray]) -> Mapping[str, float]:
    agreement = [kendalltau(merit, answer).statistic for (_points, merit, *_rest), answer in zip(worlds, answers, strict=True)]
    gained = [
        float(np.mean(_places(merit)[favourites] - _places(answer)[favourites]))
        for (_points, merit, favourites, _who), answer in zip(worlds, answers, strict=True)
    ]
    return {"Kendall τ": float(np.mean(agreement)), "places gained by favourites": float(np.mean(gained))}


def _match(title: str, share: float, goals: Mapping[str, Goal]) -> Match:
    ways = {
        "mean of party means (the practice)": party_means, "highest and lowest dropped": without_extremes,
        "median per party": party_medians, "leniency model, least squares": plain_leniency,
    }  # fmt: skip
    return Match(
        f"Scores of four parties, {title}: 40 projects, 36 raters, {SEEDS} simulated years", _worlds(share), _score,
        (Contender(OURS, _all(ours)), *(Contender(name, _all(way)) for name, way in ways.items())), goals,
    )  # fmt: skip


def matches() -> list[Match]:
    """All honest, a fifth and three tenths of the raters in league."""
    return [
        _match("all honest", 0.0, {"Kendall τ": Goal(0.868, more_is_better=True)}),
        _match("20 % in league", 0.2, {"Kendall τ": Goal(0.864, more_is_better=True), "places gained by favourites": Goal(1.2)}),
        _match("30 % in league", 0.3, {"Kendall τ": Goal(0.864, more_is_better=True), "places gained by favourites": Goal(1.2)}),
    ]


def picture() -> str:
    """Place by merit against place by score, one year in which 30 % of the raters were in league; orange are their friends."""
    points, merit, favourites, _colluders = simulated(0.3, 7)
    parts = []
    for at, (title, values) in enumerate((("mean of the parties’ means", party_means(points)), ("Linli", ours(points)))):
        left, top, size = 60 + at * 360, 50, 280
        parts.append(f'<text x="{left}" y="34" font-weight="bold">{title}</text>')
        parts.append(f'<rect x="{left}" y="{top}" width="{size}" height="{size}" fill="#f1f5f4"/>')
        parts.append(f'<path d="M{left} {top} l{size} {size}" stroke="#b9c8c4"/>')
        for project, (truth, place) in enumerate(zip(_places(merit), _places(values), strict=True)):
            x, y = left + (truth + 0.5) * size / PROJECTS, top + (place + 0.5) * size / PROJECTS
            is_friend = project in favourites
            parts.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{7 if is_friend else 4}" fill="{"#d9772b" if is_friend else "#3f7f73"}"/>'
            )
        parts.append(f'<text x="{left}" y="350" fill="#5b6d69">best by merit</text>')
        parts.append(f'<text x="{left + size}" y="350" text-anchor="end" fill="#5b6d69">worst</text>')
        parts.append(f'<text transform="translate({left - 10} {top + size}) rotate(-90)" fill="#5b6d69">worst by score</text>')
        parts.append(f'<text transform="translate({left - 10} {top}) rotate(-90)" text-anchor="end" fill="#5b6d69">best</text>')
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 740 365" font-family="sans-serif" font-size="14" fill="#22302d">'
    return head + '<rect width="740" height="365" rx="10" fill="#fbfcfb"/>' + "".join(parts) + "</svg>\n"
