"""From buildings, outline and barriers to neighbours: against cells cut by hand, on degenerate places, with rivers and bridges."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, Polygon, box

from linli.methods.adjacency import Barrier, build, grounds
from linli.methods.errors import BadInput
from linli.methods.grids_graph import Graph, parts
from linli.methods.tests.test_grids import neighbours

SQUARE = box(0, 0, 100, 100)
GRID = np.array([[x, y] for y in range(5, 100, 10) for x in range(5, 100, 10)], float)  # 10 × 10 buildings


def edge(graph: Graph, low: int, high: int) -> int:
    return next(e for e in range(graph.indptr[low], graph.indptr[low + 1]) if graph.indices[e] == high)


def plain_cells(points: np.ndarray, ground: Polygon) -> list[shapely.Geometry]:
    """The ground of each point: cut off, for every other point, the half plane that is nearer to that one."""
    cells = []
    for here in points:
        cell = ground
        for there in points:
            if (here != there).any():
                middle, along = (here + there) / 2, (there - here) / np.linalg.norm(there - here)
                across = np.array([-along[1], along[0]])
                corners = [
                    middle + across * 1e3,
                    middle - across * 1e3,
                    middle - across * 1e3 - along * 1e3,
                    middle + across * 1e3 - along * 1e3,
                ]
                cell = cell.intersection(Polygon(corners))
        cells.append(cell)
    return cells


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99)), min_size=1, max_size=12, unique=True))
def test_areas_perimeters_and_common_boundaries_agree_with_cells_cut_by_hand(places: list[tuple[int, int]]) -> None:
    points = np.array(places, float)
    cells = plain_cells(points, SQUARE)

    graph = build(points, outline=SQUARE)

    assert graph.area == pytest.approx([cell.area for cell in cells], rel=1e-6, abs=1e-6)
    assert graph.perimeter == pytest.approx([cell.length for cell in cells], rel=1e-6, abs=1e-6)
    for low in range(len(points)):
        for high in range(low):
            shared = cells[low].buffer(1e-7).intersection(cells[high].buffer(1e-7)).length / 2
            if shared > 1:
                assert graph.boundary[edge(graph, low, high)] == pytest.approx(shared, abs=1e-3)


def test_the_grounds_tile_the_outline_and_hold_their_building() -> None:
    found = grounds(GRID, SQUARE)
    for ground, (x, y) in zip(found, GRID, strict=True):
        assert ground.symmetric_difference(box(x - 5, y - 5, x + 5, y + 5)).area < 1e-6
    plots = [box(0, 0, 40, 100), box(60, 0, 100, 100)]
    left, right = grounds(plots, SQUARE)
    assert left.union(right).area == pytest.approx(10_000) and left.area == pytest.approx(5_000, rel=0.02)
    assert grounds([]) == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), min_size=2, max_size=40), st.sampled_from([0.001, 1.0, 500.0]))
def test_any_heap_of_points_is_connected_and_free_of_gaps(places: list[tuple[int, int]], scale: float) -> None:
    """Duplicates, rows and lattices among them."""
    graph = build(np.array(places, float) * scale)

    assert parts(graph)[0] == 1
    assert (np.diff(graph.indptr) > 0).all()
    for values in (graph.area, graph.perimeter, graph.boundary, graph.x, graph.y):
        assert np.isfinite(values).all()
    assert (graph.area > 0).all()


@pytest.mark.parametrize(
    "points",
    [
        [[3, 4]],
        [[3, 4]] * 2,
        [[3, 4]] * 50,
        [[0, 0], [5, 0], [90, 0]],
        [[0, 0], [5, 5], [9, 9], [9, 9]],
        [[1e6, 4e6], [1e6 + 30, 4e6]],
    ],
)
def test_one_point_one_place_and_one_line_work(points: list) -> None:
    graph = build(points)
    assert parts(graph)[0] == 1 and graph.count == len(points) and (graph.area > 0).all()
    ends = [neighbours(graph, unit) for unit in range(graph.count)]
    assert all(ends) or graph.count == 1


def test_nothing_is_an_empty_graph() -> None:
    assert build([]).count == 0


def test_a_lattice_has_the_neighbours_of_a_lattice() -> None:
    graph = build(GRID, outline=SQUARE)
    assert len(graph.indices) == 2 * 180
    assert graph.boundary == pytest.approx(10) and graph.area == pytest.approx(100)
    assert graph.affinity == pytest.approx(3)


def test_a_river_parts_neighbours_and_a_bridge_joins_a_few_again() -> None:
    river = Barrier(LineString([(-10, 50), (110, 50)]).buffer(2))

    without = build(GRID, outline=SQUARE, barriers=[river])
    bridged = build(GRID, outline=SQUARE, barriers=[river], bridges=[LineString([(25, 40), (25, 60)])])

    assert parts(without)[0] == 2
    assert not any(other >= 50 for unit in range(50) for other in neighbours(without, unit))
    assert parts(bridged)[0] == 1
    crossing = edge(bridged, 42, 52)
    assert bridged.boundary[crossing] == 0 and bridged.affinity[crossing] == 1
    assert 59 not in neighbours(bridged, 49)


def test_a_bridge_far_from_any_building_joins_the_nearest_pair() -> None:
    points = [[0, 0], [0, 400], [500, 0], [500, 400]]
    river = Barrier(LineString([(-900, 200), (900, 200)]))
    graph = build(points, barriers=[river], bridges=[Point(190, 200)])
    assert parts(graph)[0] == 1


def test_a_large_road_loosens_the_tie_and_an_estate_tightens_it() -> None:
    estate = np.where(GRID[:, 0] < 50, 1, -1)
    road = Barrier(LineString([(0, 50), (100, 50)]), "weak")

    graph = build(GRID, outline=SQUARE, barriers=[road], estate=estate)

    assert graph.affinity[edge(graph, 0, 1)] == 8
    assert graph.affinity[edge(graph, 40, 50)] == 8  # one estate on both sides
    assert graph.affinity[edge(graph, 48, 58)] == 1
    assert graph.affinity[edge(graph, 8, 9)] == 3
    assert graph.boundary[edge(graph, 48, 58)] == pytest.approx(10)


def test_plots_are_neighbours_along_their_edges_only() -> None:
    plots = [box(x, y, x + 20, y + 20) for y in range(0, 100, 20) for x in range(0, 100, 20)]

    graph = build(plots, outline=SQUARE)

    assert len(graph.indices) == 2 * 40
    assert graph.area == pytest.approx(400, rel=0.03) and graph.area.sum() == pytest.approx(10_000)
    assert graph.boundary == pytest.approx(20, rel=0.2)
    assert graph.perimeter == pytest.approx(80, rel=0.2)


def test_parts_are_joined_by_the_shortest_link_when_asked() -> None:
    islands = shapely.MultiPolygon([box(0, 0, 30, 30), box(70, 0, 100, 30)])
    points = [[5, 5], [25, 25], [75, 25], [95, 5]]

    assert parts(build(points, outline=islands))[0] == 2
    joined = build(points, outline=islands, connect=True)

    assert parts(joined)[0] == 1
    assert joined.boundary[edge(joined, 1, 2)] == 0


@pytest.mark.parametrize(
    ("units", "more", "message"),
    [
        ([[0, float("nan")], [1, 1]], {}, "unit 0 has a coordinate"),
        ([[1, 2, 3]], {}, "two coordinates"),
        ([Point(1, 1), Polygon()], {}, "unit 1 is no point or polygon"),
        ([[5, 5], [150, 5]], {"outline": SQUARE}, "1 lie outside the outline, one 50 m away"),
        ([[5, 5]], {"outline": LineString([(0, 0), (1, 1)])}, "outline: must be a polygon"),
        ([[5, 5]], {"weight": [1, 2]}, "weight: has 2 values where 1"),
        ([[5, 5], [6, 6]], {"estate": [1]}, "estate: has 1 values where 2"),
    ],
)
def test_what_is_wrong_is_named(units: list, more: dict, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        build(units, **more)


def test_points_as_shapes_are_the_same_as_points() -> None:
    one, two = build(list(MultiPoint(GRID).geoms), outline=SQUARE), build(GRID, outline=SQUARE)
    assert (one.indices == two.indices).all() and (one.boundary == two.boundary).all()
