"""Alarms, hot spots and repeat spots, against plain versions written out."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods import alarms, alarms_spots, commands
from linli.methods.errors import BadInput, Cancelled


def calm_town(seed: int, *, days: int = 200, areas: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Two categories in many areas, with weekdays and a season."""
    chance = np.random.default_rng(seed)
    group = np.repeat([0, 1], areas)
    week = np.where(np.arange(days) % 7 < 5, 1.1, 0.7) * (1 + 0.3 * np.sin(np.arange(days) / 50))
    return chance.poisson(np.exp(chance.normal(-1, 0.6, 2 * areas))[:, None] * week), group


def plain_score(counts: np.ndarray, group: np.ndarray, watch: alarms.Watch) -> np.ndarray:
    usual = alarms.usual_counts(counts, group)
    result = np.zeros(counts.shape)
    for one, row in enumerate(counts):
        of, expected = usual[group[one]], []
        for day in range(row.size):
            window = slice(max(day - watch.lag_days - watch.window_days, 0), max(day - watch.lag_days, 0))
            seen = row[window].sum()
            expected.append((seen + watch.prior) / (of[window].sum() + watch.prior) * of[day])
            weights = watch.memory * (1 - watch.memory) ** np.arange(day, -1, -1)
            smooth, mean = (weights * row[: day + 1]).sum(), (weights * expected).sum()
            if day >= watch.first_day and smooth > mean:
                variance = (weights**2 * expected).sum() + mean**2 / (seen + watch.prior)
                shape = mean**2 / variance
                z = ((smooth / mean) ** (1 / 3) - 1 + 1 / (9 * shape)) * math.sqrt(9 * shape)
                result[one, day] = max(z, 0)
    return result


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(7, 20), st.integers(0, 9), st.sampled_from([0.2, 0.3, 1.0]), st.sampled_from([0.5, 3.0])
)
def test_scores_are_those_of_the_plain_formula(seed, window, lag, memory, prior):
    chance = np.random.default_rng(seed)
    counts, group = chance.poisson(chance.choice([0.0, 0.2, 4], (5, 1)), (5, 45)), np.array([0, 1, 0, 3, 1])
    watch = alarms.Watch(memory=memory, window_days=window, lag_days=lag, prior=prior)

    found = alarms.score(counts, group, watch).score

    assert np.allclose(found, plain_score(counts, group, watch), atol=2e-4)


def test_usual_counts_follow_level_and_weekday_and_know_nothing_of_the_future():
    counts = np.tile(np.where(np.arange(140) % 7 == 0, 40, 10), (3, 1))
    counts[:, 70:] *= 2
    usual = alarms.usual_counts(counts, [0, 0, 0])[0]
    changed = counts.copy()
    changed[:, 100:] = 999

    assert usual[69] == pytest.approx(10, rel=0.05)
    assert usual[63] == pytest.approx(40, rel=0.07)
    assert usual[139] == pytest.approx(20, rel=0.06)
    assert np.array_equal(usual[:100], alarms.usual_counts(changed, [0, 0, 0])[0][:100])


def test_a_sudden_rise_is_found_and_told_with_what_was_expected():
    counts, group = calm_town(5)
    counts[17, 150:157] += 5

    found = alarms.alarms(counts, group)

    assert (found[0].series, found[0].score) == (17, max(one.score for one in found))
    assert 150 <= found[0].first_day <= 152
    assert found[0].last_day >= 156
    assert found[0].counted > 3 * found[0].expected


def test_a_season_a_weekday_and_a_day_when_all_rise_are_no_alarm():
    counts, group = calm_town(6)
    week = np.where(np.arange(200) % 7 == 2, 8, 1)
    counts = np.random.default_rng(1).poisson(np.full((600, 1), 1.0) * week)
    watch = alarms.Watch(false_alarms=1e-4)

    found = alarms.alarms(counts, group, watch)

    assert len(found) < 40  # 65,400 judged days: 7 expected at one in 10,000; without weekdays there would be thousands


@pytest.mark.parametrize("budget", [1e-3, 2e-4])
def test_the_false_alarm_budget_is_kept(budget):
    counts, group = calm_town(7, days=365, areas=600)
    watch = alarms.Watch(false_alarms=budget)
    found = alarms.score(counts, group, watch)

    limit = alarms.threshold(found, counts, group, watch)

    share = (found.score[:, watch.first_day :] > limit).mean()
    assert budget / 2 < share < budget * 2


def test_days_that_vary_more_than_chance_widen_the_threshold():
    counts, group = calm_town(8)
    wild = np.random.default_rng(2).negative_binomial(0.4, 0.4 / (0.4 + counts.mean(axis=1, keepdims=True) + 0.05), counts.shape)
    calm_limit = alarms.threshold(alarms.score(counts, group), counts, group)

    assert alarms.threshold(alarms.score(wild, group), wild, group) > calm_limit * 1.2


def test_many_alarms_all_come_and_work_can_be_stopped():
    counts, group = calm_town(9)

    found = alarms.alarms(counts, group, at_least=0.3)

    scores = alarms.score(counts, group).score >= np.float32(0.3)
    starts = scores & ~np.pad(scores, ((0, 0), (1, 0)))[:, :-1]
    assert len(found) == starts.sum() > 1024
    assert sum(one.last_day - one.first_day + 1 for one in found) == scores.sum()
    with pytest.raises(Cancelled):
        alarms.alarms(counts, group, progress=lambda share: False)


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("counts", lambda: alarms.score([[1, 2]], [0])),
        ("counts", lambda: alarms.score([1, 2], [0])),
        ("counts", lambda: alarms.score([[-1] * 200], [0])),
        ("counts", lambda: alarms.score([[0.5] * 200], [0])),
        ("group", lambda: alarms.score([[1] * 200], [0, 1])),
        ("memory", lambda: alarms.Watch(memory=0)),
        ("window_days", lambda: alarms.Watch(window_days=3)),
        ("prior", lambda: alarms.Watch(prior=0)),
        ("false_alarms", lambda: alarms.Watch(false_alarms=0.5)),
        ("cells", lambda: alarms_spots.hot_spots([1, 2, 3], [1, 2, 3])),
        ("cells", lambda: alarms_spots.hot_spots(disk(1)[:2], [1, 2])),
        ("cells", lambda: alarms_spots.hot_spots([*disk(1)[:3], disk(1)[0]], [1, 2, 3, 4])),
        ("cells", lambda: alarms_spots.hot_spots([0.5, 1.5, 2.5], [1, 2, 3])),
        ("counts", lambda: alarms_spots.hot_spots(disk(1), [-1] * 7)),
        ("ring", lambda: alarms_spots.hot_spots(disk(1), [1] * 7, ring=0)),
        ("false_share", lambda: alarms_spots.hot_spots(disk(1), [1] * 7, false_share=0)),
        ("households", lambda: alarms_spots.rates([1, 2], [3])),
        ("households", lambda: alarms_spots.rates([1, 2], [0, 0])),
        ("x", lambda: alarms_spots.repeat_spots([1], [1, 2], [0], [0])),
        ("x", lambda: alarms_spots.repeat_spots([np.inf], [1], [0], [0])),
        ("within_m", lambda: alarms_spots.repeat_spots([1], [1], [0], [0], within_m=0)),
    ],
)
def test_bad_input_is_named(field, call):
    with pytest.raises(BadInput) as fault:
        call()

    assert fault.value.field == field


# --- hot spots ---


def disk(rings: int, place: tuple[float, float] = (30.5, 114.3), resolution: int = 9) -> list[int]:
    return sorted(h3.str_to_int(cell) for cell in h3.grid_disk(h3.latlng_to_cell(*place, resolution), rings))


@pytest.mark.parametrize("resolution", [7, 8, 9, 10])
@pytest.mark.parametrize("place", [(30.5, 114.3), (39.0, 117.7), (22.5, 114.1), (43.8, 87.6)])
@pytest.mark.parametrize("ring", [1, 2])
def test_neighbours_are_those_of_h3(place, resolution, ring):
    cells = [cell for cell in disk(9, place, resolution) if cell % 7]  # holes too: not every cell is given
    value = np.random.default_rng(0).uniform(1, 2, len(cells))
    known = dict(zip(cells, value, strict=True))

    sums, numbers = alarms_spots.neighbourhood_sums(cells, value, ring)

    for index, cell in enumerate(cells):
        near = [known[code] for name in h3.grid_disk(h3.int_to_str(cell), ring) if (code := h3.str_to_int(name)) in known]
        assert numbers[index] == len(near)
        assert sums[index] == pytest.approx(sum(near))


def test_cells_of_several_base_cells_and_of_a_pentagon_have_their_neighbours_too():
    for cells in (disk(4, (64.7, 10.5), 3), disk(40, (30.5, 114.3), 5)):
        sums, numbers = alarms_spots.neighbourhood_sums(cells, np.ones(len(cells)))
        known = set(cells)
        plain = [sum(h3.str_to_int(near) in known for near in h3.grid_disk(h3.int_to_str(cell), 1)) for cell in cells]

        assert alarms_spots.lattice(cells) is None
        assert numbers.tolist() == plain == sums.tolist()


def test_gi_star_is_the_formula_of_its_authors():
    cells, chance = disk(6), np.random.default_rng(4)
    counts = chance.poisson(3, len(cells)).astype(float)
    found = alarms_spots.hot_spots(cells, counts)

    weights = np.array([[h3.grid_distance(h3.int_to_str(a), h3.int_to_str(b)) <= 1 for b in cells] for a in cells], float)
    size, total = len(cells), weights.sum(axis=1)
    above = weights @ counts - counts.mean() * total
    below = counts.std() * np.sqrt((size * (weights**2).sum(axis=1) - total**2) / (size - 1))
    assert np.allclose(found.score, above / below)
    assert found.chance[0] == pytest.approx(0.5 * math.erfc(found.score[0] / math.sqrt(2)))


def test_a_hot_place_is_named_and_noise_is_not():
    cells, chance = disk(15), np.random.default_rng(5)
    counts = chance.poisson(2, len(cells))
    noise = alarms_spots.hot_spots(cells, counts)
    middle = h3.latlng_to_cell(30.5, 114.3, 9)
    hot = {h3.str_to_int(cell) for cell in h3.grid_disk(middle, 2)}
    found = alarms_spots.hot_spots(cells, counts + np.array([9 * (cell in hot) for cell in cells]))

    assert noise.is_hot.sum() <= 3
    named = {cell for cell, is_hot in zip(cells, found.is_hot, strict=True) if is_hot}
    assert hot <= named
    assert len(named) <= 40
    assert not found.is_cold.any()


def test_the_same_everywhere_is_hot_nowhere():
    found = alarms_spots.hot_spots(disk(3), [4] * 37)

    assert found.score.tolist() == [0.0] * 37
    assert not (found.is_hot | found.is_cold).any()


def test_per_household_the_dense_estate_is_no_longer_hot():
    cells, chance = disk(12), np.random.default_rng(6)
    middle = h3.latlng_to_cell(30.5, 114.3, 9)
    dense = {h3.str_to_int(cell) for cell in h3.grid_disk(middle, 2)}
    homes = np.array([2000 if cell in dense else 200 for cell in cells])
    counts = chance.poisson(homes * 0.02)

    assert alarms_spots.hot_spots(cells, counts).is_hot.sum() >= 19
    assert alarms_spots.hot_spots(cells, counts, households=homes).is_hot.sum() == 0


def test_rates_of_small_cells_are_drawn_to_the_whole():
    rates = alarms_spots.rates([400, 100, 2, 0], [1000, 1000, 4, 0])

    whole = 502 / 2004
    assert whole < rates[0] < 0.4
    assert abs(rates[0] - 0.4) < 0.01
    assert whole < rates[2] < whole + 0.6 * (0.5 - whole)
    assert rates[3] == pytest.approx(whole)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from([0.01, 0.05, 0.3]))
def test_false_discovery_control_is_the_plain_procedure(chances, share):
    named = alarms_spots.controlled(np.array(chances), share)

    ordered = sorted(chances)
    limit = max((p for rank, p in enumerate(ordered, 1) if p <= share * rank / len(chances)), default=-1)
    assert named.tolist() == [p <= limit for p in chances]


# --- repeat spots ---


def plain_spots(x, y, kind, day, within, calm, least):
    free, spots = set(range(len(x))), []
    while True:
        best = []
        for one in sorted(free):
            near = [o for o in sorted(free) if kind[o] == kind[one] and math.hypot(x[o] - x[one], y[o] - y[one]) <= within]
            if len(near) > len(best) and len(near) >= least:
                best = near
        if not best:
            return sorted(spots, key=lambda spot: (-spot[0], -len(spot[1]), spot[1]))
        days = sorted(day[one] for one in best)
        spells = 1 + sum(b - a > calm for a, b in pairwise(days))
        if spells >= least:
            spots.append((spells, tuple(best)))
        free -= set(best)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 1), st.integers(0, 60)), max_size=30),
    st.sampled_from([15, 50, 71]), st.sampled_from([0, 7]), st.integers(1, 3),
)  # fmt: skip
def test_repeat_spots_are_those_of_the_plain_search(reports, within, calm, least):
    x, y, kind, day = np.array(reports, int).reshape(-1, 4).T
    found = alarms_spots.repeat_spots(x * 20.0, y * 20.0, kind, day, within_m=within, calm_days=calm, least=least)

    assert [(spot.spells, spot.reports) for spot in found] == plain_spots(x * 20, y * 20, kind, day, within, calm, least)


def test_one_lively_week_is_no_repeat_but_three_months_apart_are():
    x, y = [0.0] * 8, [0.0] * 8
    found = alarms_spots.repeat_spots(x, y, [0] * 5 + [1] * 3, [1, 2, 3, 4, 5, 1, 31, 61])

    assert [(spot.kind, spot.spells, spot.first_day, spot.last_day) for spot in found] == [(1, 3, 1, 61)]


# --- the command ---


@pytest.fixture
def reports(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chance, rows = np.random.default_rng(3), ["day,area,category,lng,lat"]
    for after in range(160):
        for area in range(12):
            for category in ("积水", "噪声"):
                more = 6 if (area, category) == (4, "积水") and 140 <= after < 146 else 0
                for _one in range(chance.poisson(0.3) + more):
                    lng, lat = 114.3 + area * 0.004 + chance.normal(0, 5e-4), 30.5 + chance.normal(0, 5e-4)
                    rows.append(f"{date(2026, 1, 5) + timedelta(after)},网格{area:02d},{category},{lng:.6f},{lat:.6f}")
    (tmp_path / "reports.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "homes.csv").write_text("lng,lat,households\n114.3,30.5,300\n114.316,30.5,280\n114.34,30.5,3000\n")
    return tmp_path


def test_the_command_raises_a_sudden_rise(reports, capsys):
    assert commands.main("alarms", ["sudden", "reports.csv", "--since", "2026-05-20", "--out", "out.csv"]) == 0

    assert "网格04 积水" in capsys.readouterr().out.splitlines()[1]
    rows = (reports / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "first_day,last_day,area,category,reports,expected,score"
    assert rows[1].startswith("2026-05-2")


@pytest.mark.parametrize("more", [[], ["--households", "homes.csv"], ["--category", "积水", "--out", "out.csv"]])
def test_the_command_names_hot_cells(reports, capsys, more):
    assert commands.main("alarms", ["hotspots", "reports.csv", "--false-share", "0.2", *more]) == 0

    said = capsys.readouterr().out
    assert "hot cells" in said
    assert ("written: out.csv" in said) == ("--out" in more)


def test_the_command_names_places_to_which_things_come_back(reports, capsys):
    assert commands.main("alarms", ["repeats", "reports.csv", "--within", "40"]) == 0

    assert "times," in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        (["sudden"], "day,area,category\n2026/3/1,a,b\n", "line 2, day: “2026/3/1” is no day"),
        (["sudden"], "day,area,category\n", "has no report"),
        (["sudden"], "day,area,category\n2026-03-01,a,b\n", "1 days are too few"),
        (["sudden"], "day,area\n", "has no column category"),
        (["hotspots"], "lng,lat\n300,2\n", "is no place on the earth"),
        (["hotspots", "--resolution", "77"], "lng,lat\n3,2\n", "is not between 0 and 15"),
    ],
)
def test_the_command_names_what_is_wrong(tmp_path, capsys, arguments, text, said):
    (tmp_path / "r.csv").write_text(text)

    assert commands.main("alarms", [*arguments, str(tmp_path / "r.csv")]) == 2

    assert said in capsys.readouterr().err
