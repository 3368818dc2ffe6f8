"""The demo street divided into grids, as an SVG: the ground of each grid in a calm colour, its buildings darker, river and roads."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from linli.methods import adjacency, grids
from linli.methods.commands import files
from linli.methods.commands.grids import column, projection, read_graph

WIDTH, TOP, GRIDS = 860, 76, 50
PAPER, INK, WATER, ROAD = "#fffffe", "#1b2a29", "#a9cbdc", "#ffffff"
COLOURS = ("#cfe3d4", "#f0dfbd", "#d3dcec", "#ecd3cb", "#dcd6e8", "#e4e6c3", "#c9e2e2")
DARKER = ("#7fae8b", "#c9a45c", "#8299c2", "#c4897a", "#9c8dbd", "#a5a862", "#6faaaa")


def demo_town(pack: Path, map_document: dict[str, Any]) -> str:
    """Divide the buildings of a pack and draw the result."""
    options = argparse.Namespace(
        buildings=str(pack / "buildings.csv"), map=str(pack / "map.geojson"), estate="estate_zh", outline=None
    )
    rows = files.read_rows(options.buildings)
    graph = read_graph(options, rows)
    labels = grids.divide(graph, GRIDS)
    lnglat = np.column_stack([column(rows, name, options.buildings) for name in ("lng", "lat")])
    project = projection(lnglat)
    areas = files.read_json(str(pack / "areas.geojson"))["features"]
    street = next(area for area in areas if area["properties"]["code"] == rows[0]["grid_code"][:9])
    outline = shapely.transform(shape(street["geometry"]), project)
    grounds = adjacency.grounds(project(lnglat), outline)
    whole = [shapely.union_all([grounds[unit] for unit in np.flatnonzero(labels == grid)]) for grid in range(GRIDS)]
    found = grids.report(graph, labels)
    place = fitted(outline)
    height = TOP + round((outline.bounds[3] - outline.bounds[1]) * place[2]) + 20
    title = f"{graph.count:,} buildings, {GRIDS} grids"
    told = (
        f"largest deviation {found.max_deviation_pct:.1f} % · {found.broken_grids} grids in pieces · "
        f"{found.extra_estate_pieces} pieces of estates too many · compactness {found.mean_compactness:.2f}"
    )
    return "".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" font-size="13" '
        f'fill="{INK}" role="img" aria-label="{title}"><title>{title}: {told}</title>'
        f'<rect width="{WIDTH}" height="{height}" rx="10" fill="{PAPER}"/>'
        f'<text x="20" y="32" font-size="16" font-weight="600">{title}</text><text x="20" y="54">{told}</text>',
        *drawn_grids(whole, coloured(graph, labels), place),
        *drawn_map(map_document, {row["code"]: label for row, label in zip(rows, labels, strict=True)},
                   coloured(graph, labels), outline, project, place),
        "".join(f'<path d="{path(ground, place)}" fill="none" stroke="{INK}" stroke-width="1.4" stroke-linejoin="round"/>' for ground in whole),
        "</svg>",
    ])  # fmt: skip


def fitted(outline: shapely.Geometry) -> tuple[float, float, float]:
    """West, north and scale of the drawing."""
    west, _south, east, north = outline.bounds
    return west, north, (WIDTH - 40) / (east - west)


def coloured(graph: grids.Graph, labels: np.ndarray) -> list[int]:
    """A colour for each grid that no neighbour has: the first free one, grids with most neighbours first."""
    source = np.repeat(np.arange(graph.count), np.diff(graph.indptr))
    pairs = np.unique(np.column_stack([labels[source], labels[graph.indices]]), axis=0)
    near = [set(pairs[pairs[:, 0] == grid, 1].tolist()) - {grid} for grid in range(GRIDS)]
    colour = [-1] * GRIDS
    for turn, grid in enumerate(sorted(range(GRIDS), key=lambda grid: -len(near[grid]))):
        taken = {colour[other] for other in near[grid]}
        free = [number for number in range(len(COLOURS)) if number not in taken]
        colour[grid] = free[turn % len(free)] if free else turn % len(COLOURS)
    return colour


def path(geometry: shapely.Geometry, place: tuple[float, float, float]) -> str:
    """The rings or lines of a shape in tenths of a pixel, relative, so that it is short."""
    west, north, scale = place
    text: list[str] = []
    for part in shapely.get_parts(geometry):
        if part.is_empty or part.length == 0:
            continue
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            points = np.round(np.array([[20, TOP]]) + (shapely.get_coordinates(ring) - [west, north]) * [scale, -scale], 1)
            steps = np.round(np.diff(points, axis=0), 1)
            text.append(f"M{points[0][0]:g} {points[0][1]:g}l" + " ".join(f"{x:g} {y:g}" for x, y in steps))
    return "".join(text)


def drawn_grids(whole: list[shapely.Geometry], colour: list[int], place: tuple[float, float, float]) -> list[str]:
    return [f'<path d="{path(ground, place)}" fill="{COLOURS[colour[grid]]}"/>' for grid, ground in enumerate(whole)]


def drawn_map(
    document: dict[str, Any],
    grid_of: dict[str, int],
    colour: list[int],
    outline: shapely.Geometry,
    project: Any,
    place: tuple[float, float, float],
) -> list[str]:
    """River, main roads and buildings, those of one colour in one path."""
    water, roads, houses = [], [], [""] * len(COLOURS)
    for feature in document["features"]:
        kind, code = feature["properties"]["kind"], feature["properties"].get("code")
        if kind in ("river", "lake", "road_main"):
            drawn = shapely.transform(shape(feature["geometry"]), project).intersection(outline)
            (roads if kind == "road_main" else water).append(path(drawn.simplify(1.5), place))
        elif code in grid_of:
            houses[colour[grid_of[code]]] += path(shapely.transform(shape(feature["geometry"]), project).simplify(0.5), place)
    return [
        f'<path d="{"".join(water)}" fill="{WATER}"/>',
        f'<path d="{"".join(roads)}" fill="none" stroke="{ROAD}" stroke-width="5" stroke-opacity="0.75" stroke-linecap="round"/>',
        *(f'<path d="{one}" fill="{DARKER[number]}"/>' for number, one in enumerate(houses)),
    ]
