"""Reach on foot beside SciPy, igraph and pandana, on a made-up town of 56,000 corners; and a map of what is missing."""

from __future__ import annotations

import heapq
import io
from collections.abc import Iterable
from contextlib import redirect_stdout
from typing import Any

import numpy as np

from bench.methods.contest import OURS, Contender, Goal, Match
from linli.methods import reach

KINDS, MINUTES, LIMIT_MS = 12, 15, 900_000


def lattice(side: int, seed: int, kept: float = 0.78) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A town of crooked blocks of about 60 m; some streets do not go through, corners are numbered anyhow."""
    chance = np.random.default_rng(seed)
    across, up = np.meshgrid(np.arange(side) * 60.0, np.arange(side) * 60.0)
    x, y = (one.ravel() + chance.uniform(-18, 18, side * side) for one in (across, up))
    at = np.arange(side * side).reshape(side, side)
    start = np.concatenate((at[:, :-1].ravel(), at[:-1].ravel()))
    end = np.concatenate((at[:, 1:].ravel(), at[1:].ravel()))
    through = chance.random(start.size) < kept
    number = chance.permutation(side * side)
    place = np.argsort(number)
    return x[place], y[place], number[start[through]], number[end[through]]


# --- corners to corners ---


def corners() -> dict[str, Any]:
    x, y, start, end = lattice(237, 1)
    streets, chance = reach.network(x, y, start, end), np.random.default_rng(2)
    sets = [chance.choice(x.size, count, replace=False) for count in np.geomspace(70, 900, KINDS).astype(int)]
    return {"streets": streets, "sets": sets, "truth": scipy_times({"graph": graph_of(streets), "sets": sets})}


def graph_of(streets: reach.Network) -> Any:
    from scipy.sparse import csr_matrix

    pieces, size = (streets.start, streets.end), streets.x.size
    ways = [np.concatenate((streets.start, streets.end)), np.concatenate((streets.end, streets.start))]
    return csr_matrix((np.concatenate((streets.forward_ms, streets.back_ms)), ways), (size, size)) if len(pieces) else None


def scipy_times(prepared: dict[str, Any]) -> np.ndarray:
    from scipy.sparse.csgraph import dijkstra

    return np.array([dijkstra(prepared["graph"], indices=one, min_only=True, limit=LIMIT_MS) for one in prepared["sets"]])


def with_graph(instance: dict[str, Any]) -> dict[str, Any]:
    return {"graph": graph_of(instance["streets"]), **instance}


def warmed(instance: dict[str, Any]) -> dict[str, Any]:
    reach.warm()
    return instance


def igraph_graph(instance: dict[str, Any]) -> dict[str, Any]:
    """Each kind a corner of its own, with ways of no length to its places."""
    import igraph

    streets, sets = instance["streets"], instance["sets"]
    size = streets.x.size
    source = np.concatenate((streets.start, streets.end, *[np.full(one.size, size + kind) for kind, one in enumerate(sets)]))
    target = np.concatenate((streets.end, streets.start, *sets))
    weights = np.concatenate((streets.back_ms, streets.forward_ms, np.zeros(sum(one.size for one in sets))))
    graph = igraph.Graph(n=size + KINDS, edges=np.column_stack((source, target)), directed=True)
    return {"graph": graph, "weights": weights, "size": size}


def igraph_times(prepared: dict[str, Any]) -> np.ndarray:
    size = prepared["size"]
    found = prepared["graph"].distances(source=range(size, size + KINDS), weights=prepared["weights"].tolist())
    return np.array(found)[:, :size]


def pandana_network(instance: dict[str, Any]) -> dict[str, Any]:
    """Contraction is preparation here; times in seconds, for it keeps whole units of a size of its own."""
    import pandana
    import pandas

    streets = instance["streets"]
    with redirect_stdout(io.StringIO()):
        made = pandana.Network(
            pandas.Series(streets.x), pandas.Series(streets.y), pandas.Series(streets.start.astype(int)),
            pandas.Series(streets.end.astype(int)), pandas.DataFrame({"seconds": streets.forward_ms / 1000}),
        )  # fmt: skip
        made.precompute(LIMIT_MS / 1000)
    return {"network": made, **instance}


def pandana_times(prepared: dict[str, Any]) -> np.ndarray:
    made, streets, rows = prepared["network"], prepared["streets"], []
    for kind, one in enumerate(prepared["sets"]):
        made.set_pois(str(kind), LIMIT_MS / 1000, 1, streets.x[one], streets.y[one])
        found = made.nearest_pois(LIMIT_MS / 1000, str(kind), num_pois=1)[1].to_numpy()
        rows.append(np.where(found >= LIMIT_MS / 1000, np.inf, found * 1000))
    return np.array(rows)


def score_corners(instance: dict[str, Any], answer: np.ndarray) -> dict[str, float]:
    found = np.where(np.asarray(answer, float) > LIMIT_MS, np.inf, answer)
    differ = ~(np.isclose(found, instance["truth"], atol=500) | (np.isinf(found) & np.isinf(instance["truth"])))
    return {"in reach of all %": 100 * float(np.isfinite(found).all(axis=0).mean()), "times that differ": float(differ.sum())}


# --- homes and places on streets; sites ---


def homes() -> dict[str, Any]:
    x, y, start, end = lattice(237, 1)
    chance, wide = np.random.default_rng(3), float(x.max())
    return {
        "streets": reach.network(x, y, start, end), "homes": chance.uniform(0, wide, (2, 60_000)),
        "places": chance.uniform(0, wide, (2, 4_000)), "kind": chance.integers(0, KINDS, 4_000),
        "sites": chance.uniform(0, wide, (2, 500)), "residents": chance.integers(2, 240, 60_000),
    }  # fmt: skip


def ours_homes(instance: dict[str, Any]) -> np.ndarray:
    streets = instance["streets"]
    at, places = reach.snap(streets, *instance["homes"]), reach.snap(streets, *instance["places"])
    return reach.times_to_kinds(streets, at, places, instance["kind"], KINDS, minutes=MINUTES)


def snapped_by_shapely(streets: reach.Network, x: np.ndarray, y: np.ndarray, tree: Any, lines: np.ndarray) -> reach.Points:
    import shapely

    points = shapely.points(x, y)
    (_which, piece), away = tree.query_nearest(points, return_distance=True, all_matches=False)
    share = shapely.line_locate_point(lines[piece], points, normalized=True)
    return reach.on_pieces(streets, piece, share, away)


def shapely_and_scipy(instance: dict[str, Any]) -> np.ndarray:
    """Points by a tree of lines; then every point is a corner of its own on a graph that is cut at the points."""
    import shapely
    from scipy.sparse import csr_matrix

    streets = instance["streets"]
    corner = np.column_stack((streets.x, streets.y))
    lines = shapely.linestrings(np.stack((corner[streets.start], corner[streets.end]), axis=1))
    tree = shapely.STRtree(lines)
    at, places = (snapped_by_shapely(streets, *instance[who], tree, lines) for who in ("homes", "places"))
    size, pieces, count = streets.x.size, streets.start.size, 64_000
    piece = np.concatenate((at.piece, places.piece, np.arange(pieces), np.arange(pieces)))
    ahead = np.concatenate((at.ahead_ms, places.ahead_ms, np.zeros(pieces, int), streets.forward_ms))
    node = np.concatenate((size + np.arange(count), streets.start, streets.end))
    order = np.lexsort((np.concatenate((np.ones(count), np.zeros(pieces), np.full(pieces, 2))), ahead, piece))
    piece, ahead, node = piece[order], ahead[order], node[order]
    same = piece[:-1] == piece[1:]
    a, b, time = node[:-1][same], node[1:][same], np.diff(ahead)[same] + 1e-3  # a way of no length would be no way
    door = size + count + np.arange(count)
    access = np.concatenate((at.access_ms, places.access_ms)) + 1e-3
    a, b, time = np.concatenate((a, door)), np.concatenate((b, size + np.arange(count))), np.concatenate((time, access))
    graph = csr_matrix((np.tile(time, 2), (np.concatenate((a, b)), np.concatenate((b, a)))), (size + 2 * count,) * 2)
    doors = door[60_000:]
    found = scipy_times({"graph": graph, "sets": [doors[instance["kind"] == kind] for kind in range(KINDS)]})
    return found[:, size + count : size + count + 60_000]


def score_homes(instance: dict[str, Any], answer: np.ndarray) -> dict[str, float]:
    times = np.where(np.asarray(answer, float) <= LIMIT_MS, answer, reach.NEVER)
    shares, everything = reach.shares_in_reach(np.rint(times).astype(np.int64), instance["residents"])
    known = times[times != reach.NEVER]
    return {
        "residents with all %": 100 * everything,
        "least kind %": 100 * float(shares.min()),
        "mean minutes": known.mean() / 60_000,
    }


def ours_sites(instance: dict[str, Any]) -> list[int]:
    streets = instance["streets"]
    at, sites = reach.snap(streets, *instance["homes"]), reach.snap(streets, *instance["sites"])
    chosen = reach.best_sites(reach.reach_sets(streets, at, sites), instance["residents"], 20)
    return [one.residents for one in chosen]


def scipy_sites(instance: dict[str, Any]) -> list[int]:
    """A call for each site over corners (homes at their nearer corner's time); then lazy greedy choice."""
    from scipy.sparse.csgraph import dijkstra

    streets = instance["streets"]
    at, sites = reach.snap(streets, *instance["homes"]), reach.snap(streets, *instance["sites"])
    graph, covers = graph_of(streets), []
    for site in range(500):
        piece = sites.piece[site]
        times = [dijkstra(graph, indices=[node], min_only=True, limit=LIMIT_MS) + more + sites.access_ms[site]
                 for node, more in ((streets.start[piece], sites.ahead_ms[site]), (streets.end[piece], sites.behind_ms[site]))]  # fmt: skip
        to_node = np.minimum(*times)
        home = np.minimum(
            to_node[streets.start[at.piece]] + at.ahead_ms,
            to_node[streets.end[at.piece]] + streets.forward_ms[at.piece] - at.ahead_ms,
        )
        same = at.piece == piece
        home[same] = np.minimum(home[same], np.abs(at.ahead_ms[same] - sites.ahead_ms[site]) + sites.access_ms[site])
        covers.append(np.flatnonzero(home + at.access_ms <= LIMIT_MS))
    left, chosen = instance["residents"].copy(), []
    heap = [(-int(left[cover].sum()), site) for site, cover in enumerate(covers)]
    heapq.heapify(heap)
    while len(chosen) < 20:
        _old, site = heapq.heappop(heap)
        gain = int(left[covers[site]].sum())
        if heap and gain < -heap[0][0]:
            heapq.heappush(heap, (-gain, site))
        else:
            chosen.append(gain)
            left[covers[site]] = 0
    return chosen


def matches() -> list[Match]:
    return [
        Match(
            title="Minutes to 12 kinds from 56,169 corners, 87,000 streets (bound 15 minutes)",
            instance=corners, score=score_corners, goals={"CPU s": Goal(0.15), "times that differ": Goal(0)},
            contenders=(
                Contender(OURS, lambda made: reach.times_from_nodes(made["streets"], made["sets"], minutes=MINUTES), warmed, repeat=7),
                Contender("multi-source Dijkstra, a call a kind", scipy_times, with_graph, "scipy", repeat=7),
                Contender("a source for each kind", igraph_times, igraph_graph, "igraph", repeat=3),
                Contender("nearest_pois after contraction", pandana_times, pandana_network, "pandana", repeat=3),
            ),
        ),
        Match(
            title="The whole: 60,000 homes and 4,000 places found on streets, minutes to 12 kinds",
            instance=homes, score=score_homes, goals={"CPU s": Goal(0.15)},
            contenders=(Contender(OURS, ours_homes, warmed, repeat=5), Contender("Shapely tree, graph cut at points, SciPy", shapely_and_scipy, None, "scipy")),
        ),
        Match(
            title="The best 20 of 500 sites for 60,000 homes",
            instance=homes, score=lambda _made, answer: {"residents covered": float(sum(answer)), "sites": float(len(answer))},
            goals={"CPU s": Goal(5)},
            contenders=(Contender(OURS, ours_sites, warmed, repeat=3), Contender("SciPy, two calls a site", scipy_sites, None, "scipy")),
        ),
    ]  # fmt: skip


# --- the picture ---

INK, FAINT, PAPER = "#1b2a29", "#72807d", "#fffffe"
SHADES = ("#a8481f", "#d98a4e", "#ecc48e", "#9cc7b5", "#17695a")


def sheet(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """An SVG drawing on a sheet of paper of its own, so that it reads on light and dark pages."""
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" font-family="system-ui, sans-serif" '
        f'font-size="13" fill="{INK}" role="img" aria-label="{title}">',
        f"<title>{title}</title>", f'<rect width="{width:g}" height="{height:g}" rx="10" fill="{PAPER}"/>', *parts, "</svg>", "",
    ])  # fmt: skip


def demo_town() -> dict[str, Any]:
    """A made-up district with a river (three bridges) and a hill in the north-east; 5 kinds of place."""
    x, y, start, end = lattice(34, 8, 0.86)
    chance = np.random.default_rng(17)
    river = 900 + 160 * np.sin(x / 420)
    crosses = (y[start] < river[start]) != (y[end] < river[end])
    bridge = np.isin(np.rint(x[start] / 60).astype(int), (6, 17, 29))
    keep = ~crosses | bridge
    height = 90 * np.exp(-(((x - 1650) / 420) ** 2 + ((y - 1600) / 380) ** 2))
    streets = reach.network(x, y, start[keep], end[keep], rise_m=(height[end] - height[start])[keep], pace=reach.ELDERLY)
    homes = chance.uniform(0, 1980, (2, 2600))
    homes = homes[:, np.abs(homes[1] - (900 + 160 * np.sin(homes[0] / 420))) > 45]
    places = np.column_stack([chance.uniform([60, 60], [1900, 1900]) for _ in range(36)])
    return {
        "streets": streets, "homes": homes, "places": places, "kind": np.arange(36) % 5, "height": height,
        "sites": chance.uniform(60, 1900, (2, 160)), "residents": chance.integers(4, 90, homes.shape[1]), "keep": keep,
    }  # fmt: skip


SCALE, BASE = 0.29, 596


def at(x: float, y: float) -> tuple[float, float]:
    """Metres → where it is on the sheet."""
    return round(16 + x * SCALE, 1), round(BASE - y * SCALE, 1)


def map_drawing(town: dict[str, Any], within: np.ndarray, chosen: list[reach.Site]) -> list[str]:
    """River, hill, streets, homes by how many kinds they reach, places, chosen sites."""
    streets = town["streets"]
    wave = " ".join(f"{a:g},{b:g}" for a, b in (at(x, 900 + 160 * np.sin(x / 420)) for x in range(-20, 2021, 40)))
    parts = [f'<polyline points="{wave}" fill="none" stroke="#cfe0ea" stroke-width="19"/>']
    rings = [(1650, 1600, size) for size in (420, 290, 150)]
    parts += [
        '<ellipse cx="{:g}" cy="{:g}" rx="{:g}" ry="{:g}" fill="#e9e4d6" opacity=".55"/>'.format(
            *at(x, y), r * SCALE, r * SCALE * 0.9
        )
        for x, y, r in rings
    ]
    ends = zip(streets.start, streets.end, strict=True)
    lines = "".join(
        "M{:g} {:g}L{:g} {:g}".format(*at(streets.x[a], streets.y[a]), *at(streets.x[b], streets.y[b])) for a, b in ends
    )
    parts.append(f'<path d="{lines}" stroke="#dde1d9" stroke-width="1.6" fill="none"/>')
    for level in range(5):
        found = np.flatnonzero(np.clip(within - 1, 0, 4) == level)
        dots = "".join("M{:g} {:g}h0".format(*at(*town["homes"][:, home])) for home in found)
        parts.append(f'<path d="{dots}" stroke="{SHADES[level]}" stroke-width="4.6" stroke-linecap="round"/>')
    for spot, kind in zip(town["places"].T, town["kind"], strict=True):
        a, b = at(*spot)
        parts.append(
            f'<circle cx="{a}" cy="{b}" r="8" fill="{INK}"/><text x="{a}" y="{b + 4}" text-anchor="middle" font-size="11" fill="#fff">{"食药医学园"[kind]}</text>'
        )
    for number, one in enumerate(chosen, 1):
        a, b = at(*town["sites"][:, one.site])
        parts.append(
            f'<circle cx="{a}" cy="{b}" r="13" fill="#fff" stroke="#0b6bcb" stroke-width="3"/><text x="{a}" y="{b + 5}" text-anchor="middle" font-weight="700" fill="#0b6bcb">{number}</text>'
        )
    return parts


def picture() -> str:
    """Homes by how many of five kinds elderly people reach in 15 minutes, and the sites that help most."""
    town = demo_town()
    streets = town["streets"]
    homes, places = reach.snap(streets, *town["homes"]), reach.snap(streets, *town["places"])
    times = reach.times_to_kinds(streets, homes, places, town["kind"], 5)
    within = (times <= LIMIT_MS).sum(axis=0)
    worst = int(np.argmin(reach.shares_in_reach(times, town["residents"])[0]))
    sets = reach.reach_sets(streets, homes, reach.snap(streets, *town["sites"]))
    chosen = reach.best_sites(sets, town["residents"], 2, is_covered=times[worst] <= LIMIT_MS)
    all_share = reach.shares_in_reach(times, town["residents"])[1]
    legend = [
        f"<text x='612' y='{60 + 24 * level}'><tspan fill='{SHADES[4 - level]}' font-size='22'>●</tspan> {text}</text>"
        for level, text in enumerate(("all five kinds", "four", "three", "two", "one or none"))
    ]
    notes = ["<text x='612' y='32' font-weight='700'>In 15 minutes at 0.8 m/s</text>", *legend,
             f"<text x='612' y='196'>{all_share:.0%} of residents have all five</text>",
             f"<text x='612' y='232' font-weight='700'>Next {'食药医学园'[worst]}, of 160 sites:</text>"]  # fmt: skip
    notes += [
        f"<text x='612' y='{254 + 22 * n}'><tspan fill='#0b6bcb' font-weight='700'>{n + 1}</tspan>  {one.residents:,} residents more</text>"
        for n, one in enumerate(chosen)
    ]
    notes += [
        f"<text x='612' y='{330 + 20 * n}' fill='{FAINT}'>{text}</text>"
        for n, text in enumerate(
            (
                "食 canteen · 药 pharmacy",
                "医 clinic · 学 school",
                "园 kindergarten",
                "",
                "A made-up district: the river has",
                "three bridges, the hill (top right)",
                "is slow to climb.",
            )
        )
    ]
    return sheet(
        860,
        620,
        "Homes by kinds of place in reach on foot, and the best sites for the one that lacks most",
        map_drawing(town, within, chosen) + notes,
    )
