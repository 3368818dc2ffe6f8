"""Minutes on foot: exactly those of a plain shortest path, whoever stands where."""

from __future__ import annotations

import heapq
import json
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods import commands, reach
from linli.methods.errors import BadInput, Cancelled

MINUTE = 60_000


def plain_times(streets: reach.Network, homes: reach.Points, places: reach.Points) -> list[list[int]]:
    """[home][place]: milliseconds, by cutting every piece at every point and walking with a heap."""
    ways = defaultdict(list)
    points = [("home", i, homes) for i in range(len(homes))] + [("place", i, places) for i in range(len(places))]
    for piece in range(len(streets.start)):
        on = sorted((p for p in points if p[2].piece[p[1]] == piece), key=lambda p: p[2].share[p[1]])
        stops = [(("node", int(streets.start[piece])), 0, int(streets.back_ms[piece]))]
        stops += [((what, i, "foot"), int(of.ahead_ms[i]), int(of.behind_ms[i])) for what, i, of in on]
        stops += [(("node", int(streets.end[piece])), int(streets.forward_ms[piece]), 0)]
        for (a, ahead_a, behind_a), (b, ahead_b, behind_b) in pairwise(stops):
            ways[a].append((b, ahead_b - ahead_a))
            ways[b].append((a, behind_a - behind_b))
    for what, i, of in points:
        if of.piece[i] >= 0:
            ways[what, i].append(((what, i, "foot"), int(of.access_ms[i])))
            ways[what, i, "foot"].append(((what, i), int(of.access_ms[i])))
    rows = []
    for home in range(len(homes)):
        times, heap = {("home", home): 0}, [(0, 0, ("home", home))]
        turn = 0
        while heap:
            time, _turn, at = heapq.heappop(heap)
            for to, more in ways[at] if time == times[at] else []:
                if time + more < times.get(to, reach.NEVER):
                    times[to] = time + more
                    turn += 1
                    heapq.heappush(heap, (time + more, turn, to))
        rows.append([times.get(("place", i), reach.NEVER) for i in range(len(places))])
    return rows


@st.composite
def towns(draw: st.DrawFn) -> tuple[reach.Network, reach.Points, reach.Points, list[int]]:
    nodes = draw(st.integers(2, 9))
    pieces = draw(st.lists(st.tuples(*[st.integers(0, nodes - 1)] * 2, *[st.integers(0, 300_000)] * 2), min_size=1, max_size=14))
    start, end, forward, back = np.array(pieces, np.int32).T
    streets = reach.of_times(np.zeros(nodes), np.zeros(nodes), start, end, forward, back)
    point = st.tuples(st.integers(-1, len(pieces) - 1), st.sampled_from([0.0, 0.1, 1 / 3, 0.5, 0.8, 1.0]), st.integers(0, 60))
    made = []
    for least in (1, 0):
        found = draw(st.lists(point, min_size=least, max_size=7))
        piece, share, away = np.array(found, float).reshape(-1, 3).T
        made.append(reach.on_pieces(streets, piece, share, away))
    kinds = draw(st.lists(st.integers(0, 2), min_size=len(made[1]), max_size=len(made[1])))
    return streets, made[0], made[1], kinds


@settings(max_examples=150, deadline=None)
@given(towns(), st.integers(1, 25))
def test_times_are_exactly_those_of_a_plain_shortest_path(town, minutes):
    streets, homes, places, kinds = town

    found = reach.times_to_kinds(streets, homes, places, kinds, 3, minutes=minutes)

    plain = plain_times(streets, homes, places)
    for kind in range(3):
        for home in range(len(homes)):
            least = min((plain[home][place] for place, of in enumerate(kinds) if of == kind), default=reach.NEVER)
            assert found[kind, home] == (least if least <= minutes * MINUTE else reach.NEVER)


@settings(max_examples=80, deadline=None)
@given(towns(), st.integers(1, 25))
def test_a_site_reaches_the_homes_that_reach_it(town, minutes):
    streets, homes, sites, _kinds = town

    first, members = reach.reach_sets(streets, homes, sites, minutes=minutes)

    plain = plain_times(streets, homes, sites)
    for site in range(len(sites)):
        within = [home for home in range(len(homes)) if plain[home][site] <= minutes * MINUTE]
        assert sorted(members[first[site] : first[site + 1]]) == within


def test_nodes_have_the_times_of_a_plain_shortest_path_on_a_town_of_many_bands():
    chance = np.random.default_rng(3)
    lattice = np.arange(900).reshape(30, 30)
    start = np.concatenate((lattice[:, :-1].ravel(), lattice[:-1].ravel()))
    end = np.concatenate((lattice[:, 1:].ravel(), lattice[1:].ravel()))
    kept = chance.random(start.size) < 0.8
    times = chance.integers(0, 90_000, (2, kept.sum()))
    streets = reach.of_times(np.zeros(900), np.zeros(900), start[kept], end[kept], *times.astype(np.int32))
    ends = reach.on_pieces(streets, np.arange(len(streets.start)), 0.0)
    sets = [[5], [0, 444, 899], []]

    found = reach.times_from_nodes(streets, sets, minutes=10)

    arrive = defaultdict(list)
    for a, b, forward, back in zip(streets.start, streets.end, *times, strict=True):
        arrive[b].append((a, forward))
        arrive[a].append((b, back))
    for nodes, row in zip(sets, found, strict=True):
        best, heap = dict.fromkeys(nodes, 0), [(0, node) for node in nodes]
        while heap:
            time, node = heapq.heappop(heap)
            for to, more in arrive[node] if time == best[node] else []:
                if time + more < best.get(to, 10 * MINUTE + 1):
                    best[to] = time + more
                    heapq.heappush(heap, (best[to], to))
        assert row.tolist() == [best.get(node, reach.NEVER) for node in range(900)]
    assert len(ends) == kept.sum()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 11)), max_size=8), st.lists(st.integers(0, 9), min_size=12, max_size=12), st.integers(1, 4)
)
def test_lazy_choice_is_the_greedy_choice(sets, residents, count):
    members = np.array([home for one in sets for home in sorted(one)], np.int32)
    first = np.concatenate(([0], np.cumsum([len(one) for one in sets]))).astype(int)

    chosen = reach.best_sites((first, members), residents, count, is_covered=[True] + [False] * 11)

    left, plain = [0, *residents[1:]], []
    for _turn in range(count):
        gains = [sum(left[home] for home in one) for one in sets]
        if max(gains, default=0) == 0:
            break
        site = gains.index(max(gains))
        plain.append((site, gains[site]))
        left = [0 if home in sets[site] else people for home, people in enumerate(left)]
    assert [(one.site, one.residents) for one in chosen] == plain


@pytest.mark.parametrize("spread", [300, 60_000])
def test_points_stand_on_the_nearest_piece(spread):
    chance = np.random.default_rng(spread)
    corner = chance.uniform(0, spread, (60, 2))
    segments = np.hstack((corner, corner + chance.normal(0, 150, (60, 2))))
    streets = reach.network_of_segments(segments)
    x, y = chance.uniform(-200, spread + 200, (2, 200))

    found = reach.snap(streets, x, y, within_m=400)

    a, b = segments[:, :2], segments[:, 2:]
    for point in range(200):
        from_a = np.array([x[point], y[point]]) - a
        share = np.clip((from_a * (b - a)).sum(1) / ((b - a) ** 2).sum(1), 0, 1)
        away = np.hypot(*(from_a - share[:, None] * (b - a)).T)
        if away.min() > 400:
            assert found.piece[point] == -1
        else:
            assert found.away_m[point] == pytest.approx(away.min(), abs=0.01)
            assert away[found.piece[point]] == pytest.approx(away.min(), abs=0.01)
    assert (found.piece >= 0).any()


def test_a_hill_costs_time_upwards_and_gives_none_downwards():
    up, down = reach.walking_ms([100.0], [12.0], [False])
    level, _back = reach.walking_ms([100.0], [0.0], [False])

    assert level[0] == round(100_000 / 1.2)
    assert up[0] == pytest.approx(level[0] * np.exp(3.5 * 0.12), abs=1)
    assert level[0] <= down[0] < up[0]


def test_steps_take_longer_than_the_same_length_of_street_even_with_heights_unknown():
    up, down = reach.walking_ms([60.0, 60.0], [20.0, 0.0], [True, True])

    assert up.tolist() == [120_000, 120_000]
    assert down.tolist() == [100_000, 120_000]


def test_going_up_to_a_place_takes_longer_than_going_down_to_it():
    streets = reach.network([0, 500], [0, 0], [0], [1], rise_m=50)
    ends = reach.on_pieces(streets, [0, 0], [0.0, 1.0])
    times = reach.times_to_kinds(streets, ends, ends, [0, 1], 2)

    assert times[1, 0] > times[0, 1]  # from the foot to the place on top; from the top down


def test_on_one_piece_a_way_of_no_time_takes_none_and_the_way_back_its_own():
    streets = reach.of_times(np.zeros(2), np.zeros(2), *np.array([[0], [1], [0], [1000]], np.int32))
    ends = reach.on_pieces(streets, [0, 0], [0.2, 0.8])

    times = reach.times_to_kinds(streets, ends, ends, [0, 1], 2)

    assert times.tolist() == [[0, 600], [0, 0]]


def test_elderly_people_reach_less():
    shares = []
    for pace in (reach.WALKING, reach.ELDERLY):
        streets = reach.network([0, 1000], [0, 0], [0], [1], pace=pace)
        home, place = reach.snap(streets, [0.0], [0.0]), reach.snap(streets, [1000.0], [0.0])
        shares.append(reach.shares_in_reach(reach.times_to_kinds(streets, home, place, [0], 1), [3])[1])

    assert shares == [1.0, 0.0]


def test_a_river_without_a_bridge_and_a_point_far_away_are_not_reached():
    streets = reach.network_of_segments([[0, 0, 100, 0], [0, 50, 100, 50]])
    homes, place = reach.snap(streets, [50.0, 50.0, 50.0], [1.0, 49.0, 900.0]), reach.snap(streets, [90.0], [0.0])

    times = reach.times_to_kinds(streets, homes, place, [0], 1)

    assert homes.piece.tolist() == [0, 1, -1]
    assert times[0, 0] == pytest.approx(41_000 / 1.2, abs=1)
    assert times[0, 1:].tolist() == [reach.NEVER] * 2


def test_ends_at_the_same_place_are_one_corner():
    streets = reach.network_of_segments([[0, 0, 100, 0], [100.02, 0.01, 100, 80]])

    assert len(streets.x) == 3
    assert streets.end[0] == streets.start[1]


def test_what_is_missing_comes_with_the_most_residents_first():
    times = np.array([[1, reach.NEVER, reach.NEVER, 1], [1, 1, 1, reach.NEVER]], np.int32)

    rows = reach.missing(times, [5, 7, 2, 4], [0, 0, 1, -1])

    assert [(row.area, row.kind, row.residents, row.of) for row in rows] == [(0, 0, 7, 12), (1, 0, 2, 2)]
    assert reach.shares_in_reach(times, [5, 7, 2, 4])[0].tolist() == [9 / 18, 14 / 18]
    assert reach.shares_in_reach(times, [5, 7, 2, 4])[1] == 5 / 18


def test_work_on_sites_can_be_stopped():
    streets = reach.network([0, 100], [0, 0], [0], [1])
    home = reach.snap(streets, [5.0], [0.0])
    with pytest.raises(Cancelled):
        reach.reach_sets(streets, home, home, progress=lambda share: False)


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("x", lambda s, h: reach.network([0, np.nan], [0, 0], [0], [1])),
        ("x", lambda s, h: reach.network([0, 500_000], [0, 0], [0], [1])),
        ("start", lambda s, h: reach.network([0, 1], [0, 0], [0], [2])),
        ("start", lambda s, h: reach.network([0, 1], [0, 0], [], [])),
        ("segments", lambda s, h: reach.network_of_segments([[1, 2, 3]])),
        ("x", lambda s, h: reach.snap(s, [1, 2], [1])),
        ("kind", lambda s, h: reach.times_to_kinds(s, h, h, [4], 2)),
        ("minutes", lambda s, h: reach.times_to_kinds(s, h, h, [0], 1, minutes=0)),
        ("nodes", lambda s, h: reach.times_from_nodes(s, [[7]])),
        ("residents", lambda s, h: reach.shares_in_reach(np.zeros((1, 1), np.int32), [-2])),
        ("area", lambda s, h: reach.missing(np.zeros((1, 1), np.int32), [2], [0, 1])),
        ("count", lambda s, h: reach.best_sites(reach.reach_sets(s, h, h), [1], 0)),
        ("metres_per_second", lambda s, h: reach.Pace(12)),
    ],
)
def test_bad_input_is_named(field, call):
    streets = reach.network([0, 100], [0, 0], [0], [1])
    with pytest.raises(BadInput) as fault:
        call(streets, reach.snap(streets, [5.0], [0.0]))

    assert fault.value.field == field


# --- the command ---


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = [[120.0, 30.0, 0], [120.01, 30.0, 0], [120.02, 30.0, 60]]
    steps = [[120.01, 30.0], [120.01, 30.003]]
    features = [
        {"type": "Feature", "properties": facts, "geometry": {"type": "LineString", "coordinates": points}}
        for points, facts in ((line, {}), (steps, {"highway": "steps"}))
    ]
    (tmp_path / "streets.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (tmp_path / "buildings.csv").write_text(
        "building,lng,lat,residents,area\n甲栋,120.0005,30.0001,40,东\n乙栋,120.0195,30.0001,60,西\n"
    )
    (tmp_path / "places.csv").write_text("kind,lng,lat\n食堂,120.002,30.0\n药店,120.0101,30.002\n")
    (tmp_path / "sites.csv").write_text("site,lng,lat\n南口,120.001,30.0\n西口,120.018,30.0\n")
    return tmp_path


def test_the_command_writes_minutes_and_tells_what_is_missing(folder, capsys):
    arguments = ["streets.geojson", "buildings.csv", "places.csv", "--sites", "sites.csv", "--kind", "食堂", "--count", "1"]

    assert commands.main("reach", arguments) == 0

    said = capsys.readouterr().out
    assert "西: 食堂, 60 of 60 residents" in said
    assert "40 residents have one in reach now" in said
    assert "西口: 60 residents more" in said
    rows = (folder / "minutes.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "building,药店,食堂,missing"
    assert rows[1].startswith("甲栋,") and rows[1].endswith(",2.2,药店")
    assert rows[2].endswith("药店、食堂")


def test_the_command_reads_streets_of_a_table(folder, capsys):
    (folder / "streets.csv").write_text(
        "start_lng,start_lat,end_lng,end_lat,steps\n120.0,30.0,120.01,30.0,\n120.01,30,120.02,30,1\n"
    )

    assert commands.main("reach", ["streets.csv", "buildings.csv", "places.csv", "--minutes", "60"]) == 0

    assert "100.0%  食堂" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("places.csv", "kind,lng\n食堂,1\n", "has no column lat"),
        ("places.csv", "kind,lng,lat\n食堂,x,30\n", "line 2, lng: “x” is no number"),
        ("buildings.csv", "building,lng,lat\n", "has no building"),
        ("streets.geojson", "[]", "is no GeoJSON FeatureCollection"),
        ("streets.geojson", '{"features": []}', "has no street"),
        ("streets.geojson", '{"features": [{"geometry": {"type": "LineString", "coordinates": [1, 2]}}]}', "feature 1"),
        ("streets.geojson", '{"features": [{"geometry": {"type": "LineString", "coordinates": [[1], [2]]}}]}', "without lng"),
    ],
)
def test_the_command_names_what_is_wrong(folder, capsys, file, text, said):
    (folder / file).write_text(text)

    assert commands.main("reach", ["streets.geojson", "buildings.csv", "places.csv"]) == 2

    assert said in capsys.readouterr().err
