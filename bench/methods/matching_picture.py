"""Before and after as an SVG: who goes to whom when the nearest with room is taken, and in the best plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

WIDTH, HEIGHT, SIDE, TOP = 860, 500, 400, 66
INK, PAPER, CALM, SECOND, ALARM, FAINT = "#1b2a29", "#fffffe", "#2f7d6d", "#b7791f", "#c0392b", "#8aa39b"


def before_and_after(town: Any, before: np.ndarray, after: np.ndarray, judge: Callable[[np.ndarray], Mapping[str, float]]) -> str:
    """`town`: a City; `before` and `after`: organisation of each request, −1 for nobody."""
    title = "Requests and the organisations that serve them: the nearest with room, and the best plan"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" '
        f'font-size="13" fill="{INK}" role="img" aria-label="{title}"><title>{title}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="10" fill="{PAPER}"/>'
    ]
    for left, name, place in ((20, "First come, nearest with room", before), (440, "Linli", after)):
        figures = judge(place)
        told = f"{figures['unserved']:.0f} unserved · {figures['mean cost m'] / 1000:.1f} km on average · objective {figures['objective M']:.2f}"
        parts.append(
            f'<text x="{left}" y="30" font-size="16" font-weight="600">{name}</text><text x="{left}" y="50">{told}</text>'
        )
        parts.append(_town(town, place, left))
    parts.append(
        f'<text x="20" y="{HEIGHT - 10}" font-size="12">Green and ochre: two kinds of need; rings: slots, filled as they are taken; '
        f'<tspan fill="{ALARM}">red: nobody comes</tspan>.</text></svg>'
    )
    return "".join(parts)


def _town(town: Any, place: np.ndarray, left: int) -> str:
    both = np.concatenate([town.request_at, town.organization_at])
    low, span = both.min(axis=0), (both.max(axis=0) - both.min(axis=0)).max()

    def at(points: np.ndarray) -> np.ndarray:
        return np.array([left, TOP]) + (points - low) / span * (SIDE - 12) + 6

    requests, helpers = at(town.request_at), at(town.organization_at)
    load = np.bincount(place[place >= 0], minlength=len(helpers))
    parts = [f'<rect x="{left}" y="{TOP}" width="{SIDE}" height="{SIDE}" rx="6" fill="#f3f6f1"/>']
    for colour, kind in ((CALM, 0), (SECOND, 1)):
        lines = "".join(
            f"M{x:.0f} {y:.0f}L{helpers[node][0]:.0f} {helpers[node][1]:.0f}"
            for (x, y), node, need in zip(requests, place, town.kind, strict=True) if node >= 0 and need == kind
        )  # fmt: skip
        parts.append(f'<path d="{lines}" stroke="{colour}" stroke-width=".9" opacity=".55" fill="none"/>')
    for (x, y), node, need in zip(requests, place, town.kind, strict=True):
        colour, size = (ALARM, 4) if node < 0 else ((CALM, SECOND)[need], 2)
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size}" fill="{colour}"/>')
    for (x, y), used, slots in zip(helpers, load, town.capacity, strict=True):
        size = 3 + 2 * np.sqrt(slots)
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size:.1f}" fill="{PAPER}" stroke="{INK}"/>')
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{size * np.sqrt(used / slots):.1f}" fill="{FAINT}"/>')
    return "".join(parts)
