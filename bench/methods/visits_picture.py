"""A day of visits as an SVG: by hand in the own grid, and planned."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bench.methods.visit_days import CELL_M, Day

WIDTH, CELL = 860, 82
INK, PAPER, ALARM, STRANGE = "#1b2a29", "#fffffe", "#c0392b", "#6b3fa0"
COLOURS = ("#2f7d6d", "#3a6ea5", "#b7791f", "#7a5c99", "#56803b")
Routes = list[list[int]]


def routes_drawn(day: Day, by_hand: Routes, planned: Routes) -> str:
    """Two panels of ten grids a row: routes by worker, visits by another worker ringed, missed ones crossed out."""
    rows = -(-len(day.worker_at) // 10)
    panel = rows * CELL + 56
    height = 2 * panel + 40
    title = "A day of home visits: by hand, each worker for herself, and planned together"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" '
        f'font-size="13" fill="{INK}" role="img" aria-label="{title}"><title>{title}</title>'
        f'<rect width="{WIDTH}" height="{height}" rx="10" fill="{PAPER}"/>',
        _panel(day, by_hand, "By hand: own grid, on to the first", 0),
        _panel(day, planned, "Linli", panel),
        f'<text x="20" y="{height - 14}" font-size="12">Squares: grids with their worker’s base. <tspan fill="{STRANGE}">Ringed: '
        f'visited by another worker, whose skill or time is needed.</tspan> <tspan fill="{ALARM}">Crossed: missed.</tspan></text></svg>',
    ]
    return "".join(parts)


def _panel(day: Day, routes: Routes, name: str, top: int) -> str:
    def at(points: np.ndarray) -> np.ndarray:
        return np.array([20, top + 50]) + points / CELL_M * CELL

    visits, bases, travel = at(day.visit_at), at(day.worker_at), day.travel()
    seen = {visit for route in routes for visit in route}
    missed = [visit for visit in range(len(visits)) if visit not in seen]
    strange = [visit for worker, route in enumerate(routes) for visit in route if day.own[visit] != worker]
    stops = [[len(visits) + worker, *route, len(visits) + worker] for worker, route in enumerate(routes)]
    hours = sum(int(travel[a, b]) for way in stops for a, b in pairwise(way)) / 3600
    told = f"{len(missed)} missed · {len(strange)} not by the own worker · {hours:.1f} h on foot"
    parts = [
        f'<text x="20" y="{top + 26}" font-size="16" font-weight="600">{name}</text><text x="20" y="{top + 43}">{told}</text>'
    ]
    for worker in range(len(routes)):
        x, y = 20 + worker % 10 * CELL, top + 50 + worker // 10 * CELL
        parts.append(f'<rect x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL - 2}" rx="4" fill="#f0f4ee"/>')
    for worker, route in enumerate(routes):
        points = " ".join(f"{a:.0f},{b:.0f}" for a, b in [bases[worker], *visits[route], bases[worker]])
        colour = COLOURS[(worker % 10 + 3 * (worker // 10)) % len(COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.1" opacity=".75"/>')
    for x, y in visits:
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="1.8"/>')
    for x, y in bases:
        parts.append(f'<rect x="{x - 3:.0f}" y="{y - 3:.0f}" width="6" height="6" fill="{PAPER}" stroke="{INK}"/>')
    for x, y in visits[strange]:
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4.5" fill="none" stroke="{STRANGE}" stroke-width="1.4"/>')
    crosses = "".join(f"M{x - 4:.0f} {y - 4:.0f}l8 8m0 -8l-8 8" for x, y in visits[missed])
    parts.append(f'<path d="{crosses}" stroke="{ALARM}" stroke-width="2" fill="none"/>' if crosses else "")
    return "".join(parts)
