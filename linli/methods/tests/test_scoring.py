"""Scores of four parties: leniency out, collusion without gain, parties' own views kept, faults named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods import commands, scoring
from linli.methods.commands.files import read_rows
from linli.methods.errors import BadInput

SIZES = {"buyer": 3, "street": 3, "served": 25, "experts": 5}
RATERS = [f"{party}-{number}" for party, size in SIZES.items() for number in range(size)]
PARTY_OF = {rater: rater.split("-")[0] for rater in RATERS}
PARTY = np.array([list(SIZES).index(PARTY_OF[rater]) for rater in RATERS])


def world(seed, *, share=0.0, projects=40, views=0.0):
    chance = np.random.default_rng(seed)
    merit = chance.normal(70, 8.5, projects)
    seen = chance.normal(0, views, (4, projects)) if views else np.zeros((4, projects))
    points = merit + seen[PARTY] + chance.normal(0, 5, len(RATERS))[:, None] + chance.normal(0, 7, (len(RATERS), projects))
    friends, favourites = chance.choice(len(RATERS), round(share * len(RATERS)), False), chance.choice(projects, 3, False)
    for rater in friends:
        points[rater] -= 6
        points[rater, favourites] += 31
    return points, merit + seen.mean(axis=0), friends, favourites


def rows(points):
    return [
        (RATERS[r], f"P{p}", float(points[r, p]))
        for r in range(points.shape[0])
        for p in range(points.shape[1])
        if np.isfinite(points[r, p])
    ]


def places(values):
    return np.argsort(np.argsort(-np.asarray(values)))


def agreement(one, other):
    pairs = np.triu_indices(len(one), 1)
    return float(np.mean(np.sign(one[pairs[0]] - one[pairs[1]]) * np.sign(other[pairs[0]] - other[pairs[1]])))


def test_favourites_of_a_league_gain_next_to_nothing():
    gained, plain, right = [], [], []
    for seed in range(12):
        points, merit, _friends, favourites = world(seed, share=0.3)
        found = scoring.score(rows(points), PARTY_OF)
        gained.append(np.mean(places(merit)[favourites] - places(found.score)[favourites]))
        plain.append(np.mean(places(merit)[favourites] - places(found.plain)[favourites]))
        right.append(agreement(merit, found.score))

    assert np.mean(plain) > 8
    assert np.mean(gained) < 1.2
    assert np.mean(right) > 0.864


def test_among_honest_raters_it_is_no_worse_than_the_plain_mean():
    found = [(merit, scoring.score(rows(points), PARTY_OF)) for points, merit, *_rest in (world(seed) for seed in range(12))]

    assert np.mean([agreement(merit, one.score) - agreement(merit, one.plain) for merit, one in found]) > 0


def test_views_that_a_party_really_holds_are_kept():
    worlds = [world(seed, views=6.0) for seed in range(12)]
    ours = [agreement(merit, scoring.score(rows(points), PARTY_OF).score) for points, merit, *_rest in worlds]

    assert np.mean(ours) > 0.85


def test_intervals_hold_what_they_promise():
    inside = []
    for seed in range(20):
        points, merit, *_rest = world(seed)
        found = scoring.score(rows(points), PARTY_OF)
        off = (found.score - found.score.mean()) - (merit - merit.mean())
        inside.append(np.mean(np.abs(off) <= (found.high - found.low) / 2))

    assert 0.92 < np.mean(inside) < 0.98


def test_the_league_is_flagged_with_its_projects_and_honest_raters_are_not():
    points, _merit, friends, favourites = world(3, share=0.2)

    flags = scoring.score(rows(points), PARTY_OF).flags

    lifting = {flag.raters[0] for flag in flags if flag.kind == "lifts"}
    assert {RATERS[rater] for rater in friends} >= lifting
    assert len(lifting) >= 0.7 * len(friends)
    pairs = [flag for flag in flags if flag.kind == "together"]
    assert pairs and all(set(flag.projects) <= {f"P{project}" for project in favourites} for flag in pairs)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.integers(0, len(RATERS) - 1), st.floats(-40, 40))
def test_a_raters_leniency_changes_no_difference_between_projects(seed, rater, shift):
    points, *_rest = world(seed, projects=8)
    before = scoring.score(rows(points), PARTY_OF).score

    points[rater] += shift
    after = scoring.score(rows(points), PARTY_OF).score

    assert np.allclose(before - before[0], after - after[0], atol=0.05 * 8.5)


def test_a_strict_panel_that_saw_only_some_projects_does_not_pull_them_down():
    points, merit, *_rest = world(5)
    strong = merit > np.median(merit)
    strict = np.flatnonzero(PARTY == 2)[1:]
    points[strict] -= 20
    points[np.ix_(strict, ~strong)] = np.nan

    found = scoring.score(rows(points), PARTY_OF)

    assert agreement(merit, found.score) > 0.85 > agreement(merit, found.plain)


def test_a_silent_party_is_refused_with_its_project():
    points, *_rest = world(1)
    points[PARTY == 3, 7] = np.nan

    with pytest.raises(BadInput, match="project P7: was not rated by experts"):
        scoring.score(rows(points), PARTY_OF)


SMALL = [(party, project, points) for party in SIZES for project, points in (("a", 80.0), ("b", 60.0))]
WHO = {party: party for party in SIZES}


def test_four_raters_and_two_projects_suffice_and_one_project_too():
    found = scoring.score(SMALL, WHO)

    assert list(np.round(found.score)) == [80, 60]
    assert found.order() == [0, 1]
    assert scoring.score([row for row in SMALL if row[1] == "a"], WHO).score == pytest.approx(80)


def test_equal_ratings_give_equal_scores_and_say_so():
    found = scoring.score([(party, project, 70.0) for party in SIZES for project in "abc"], WHO)

    assert list(found.score) == pytest.approx([70, 70, 70])
    assert {flag.kind for flag in found.flags} == {"constant"}


def test_weights_of_parties_count():
    split = [(party, project, 90.0 if (party == "served") == (project == "a") else 50.0) for party in SIZES for project in "ab"]
    known = [(party, project, 70.0) for party in SIZES for project in "cdefg"]

    by_many = scoring.score(split + known, WHO, weights={"buyer": 1, "street": 1, "served": 9, "experts": 1})
    equal = scoring.score(split + known, WHO)

    assert by_many.plain[0] > by_many.plain[1]
    assert equal.plain[0] < equal.plain[1]


@pytest.mark.parametrize(
    ("ratings", "who", "weights", "field"),
    [
        ([], WHO, None, "ratings"),
        (SMALL, {**WHO, "buyer": "cousins"}, None, "party of buyer"),
        (SMALL, {}, None, "party of buyer"),
        ([*SMALL, ("buyer", "a", 1.0)], WHO, None, "ratings"),
        ([("buyer", "a", float("nan")), *SMALL[1:]], WHO, None, "rating 1"),
        (SMALL, WHO, {"buyer": 1, "street": 0, "served": 1, "experts": 1}, "weights"),
        (SMALL[2:], WHO, None, "project a"),
        (
            SMALL + [(f"{party}2", "z", 5.0) for party in SIZES],
            {**WHO, **{f"{party}2": party for party in SIZES}},
            None,
            "ratings",
        ),
    ],
)
def test_bad_input_is_named(ratings, who, weights, field):
    with pytest.raises(BadInput) as caught:
        scoring.score(ratings, who, weights=weights)

    assert caught.value.field == field


def test_the_command_scores_files(tmp_path, capsys):
    points, *_rest = world(3, share=0.2)
    ratings, raters, out, trust, marks = (tmp_path / f"{name}.csv" for name in ("ratings", "raters", "out", "trust", "marks"))
    ratings.write_text("rater,project,points\n" + "".join(f"{r},{p},{v:.1f}\n" for r, p, v in rows(points)), encoding="utf-8")
    raters.write_text("rater,party\n" + "".join(f"{rater},{party}\n" for rater, party in PARTY_OF.items()), encoding="utf-8")

    more = ["--out", str(out), "--trust", str(trust), "--marks", str(marks), "--weights", "buyer=1,street=1,served=2,experts=1"]
    assert commands.main("score", [str(ratings), "--raters", str(raters), *more]) == 0

    assert "look at: " in capsys.readouterr().out
    assert (len(read_rows(str(out))), len(read_rows(str(trust))), len(read_rows(str(marks)))) == (40, 36, 1440)
    assert commands.main("score", [str(ratings), "--raters", str(raters), "--weights", "buyer"]) == 2
