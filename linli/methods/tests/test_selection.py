"""Choosing projects: against counts by plain fractions, against the axioms, in named cases and on bad input."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.methods import selection, selection_shares
from linli.methods.errors import BadInput, Cancelled
from linli.methods.selection import count, election_of


def codes(outcome):
    return [outcome.election.codes[project] for project in outcome.winners]


def tie_rank(election, code):
    at = election.codes.index(code)
    return election.costs[at], -int(election.votes[at]), at


def supporters_of(costs, ballots):
    return {code: [(voter, points[code]) for voter, points in enumerate(ballots) if points.get(code, 0) > 0] for code in costs}


def plain_rate(paying, money, cost):
    """The rate at which supporters bring the cost together, by trying every possible border between poor and rich."""
    if not paying or sum(money[voter] for voter, _points in paying) < cost:
        return None
    ordered = sorted(paying, key=lambda one: Fraction(money[one[0]], one[1]))
    left, weight = cost, Fraction(sum(points for _voter, points in paying))
    for voter, points in ordered:
        if money[voter] * weight >= left * points:
            return left / weight
        left, weight = left - money[voter], weight - points
    raise AssertionError("affordable, and yet nobody is rich")


def plain_equal_shares(election, ballots, share, satisfaction):
    costs = dict(zip(election.codes, election.costs, strict=True))
    supporters, money = supporters_of(costs, ballots), [share] * len(ballots)
    won, paid = [code for code in costs if costs[code] == 0 and supporters[code]], {}
    while True:
        rates = {code: plain_rate(supporters[code], money, costs[code]) for code in costs if code not in won}
        keys = {
            code: rate / (costs[code] if satisfaction == "cost" else 1)
            for code, rate in rates.items()
            if rate is not None and costs[code]
        }
        if not keys:
            return won, paid
        best = min(keys, key=lambda code: (keys[code], tie_rank(election, code)))
        for voter, points in supporters[best]:
            paid[voter, best] = min(money[voter], rates[best] * points)
            money[voter] -= paid[voter, best]
        won.append(best)


def plain_flow(election, ballots):
    costs = {code: cost for code, cost in zip(election.codes, election.costs, strict=True) if cost <= election.budget}
    supporters, load, won, left = supporters_of(costs, ballots), [Fraction(0)] * len(ballots), [], election.budget
    while True:
        moments = {
            code: (costs[code] + sum(load[voter] for voter, _points in supporters[code])) / len(supporters[code])
            for code in costs
            if code not in won and supporters[code]
        }
        if not moments:
            return won
        first = min(moments.values())
        tied = [code for code in moments if moments[code] == first]
        if any(costs[code] > left for code in tied):
            return won
        best = min(tied, key=lambda code: tie_rank(election, code))
        for voter, _points in supporters[best]:
            load[voter] = first
        won.append(best)
        left -= costs[best]


@st.composite
def elections(draw, *, most_points=1):
    """Small elections in which ties, equal ballots and money that just suffices are frequent."""
    names = [f"P{number}" for number in range(draw(st.integers(1, 6)))]
    costs = {code: draw(st.sampled_from([0, 1, 2, 3, 4, 6, 10, 12, "2.5", 30])) for code in names}
    ballot = st.dictionaries(st.sampled_from(names), st.integers(1, most_points))
    ballots = draw(st.lists(ballot, min_size=1, max_size=9))
    return election_of(draw(st.integers(0, 40)), costs, ballots), ballots


@settings(max_examples=150, deadline=None)
@given(elections(most_points=3), st.sampled_from(["cost", "number"]))
def test_equal_shares_are_those_of_plain_fractions_to_the_last_payment(case, satisfaction):
    election, ballots = case

    outcome = count(election, completion="none", satisfaction=satisfaction)

    won, paid = plain_equal_shares(election, ballots, election.budget / len(ballots), satisfaction)
    assert codes(outcome) == won
    assert {(voter, election.codes[project]): money for voter, project, money in outcome.payments()} == {
        k: v for k, v in paid.items() if v
    }


@pytest.fixture
def coarse_grains(monkeypatch):
    """Grains so large that hardly any comparison is certain, so that exact arithmetic must decide."""
    monkeypatch.setattr(selection_shares, "BITS", 9)
    monkeypatch.setattr(selection_shares, "LEAST_SHIFT", 0)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(elections(most_points=3), st.sampled_from(["cost", "number"]))
def test_coarse_grains_change_nothing(coarse_grains, case, satisfaction):
    election, ballots = case

    outcome = count(election, completion="none", satisfaction=satisfaction)

    assert codes(outcome) == plain_equal_shares(election, ballots, election.budget / len(ballots), satisfaction)[0]
    assert codes(count(election, "phragmen")) == plain_flow(election, ballots)


@pytest.mark.parametrize("seed", range(12))
def test_coarse_grains_change_nothing_among_many_voters(coarse_grains, seed):
    chance = np.random.default_rng(seed)
    costs = {f"P{number}": int(cost) for number, cost in enumerate(chance.integers(1, 9, 8))}
    ballots = [
        {f"P{p}": int(chance.integers(1, 4)) for p in chance.choice(8, chance.integers(1, 5), False)} for _voter in range(40)
    ]
    election = election_of(30, costs, ballots)

    outcome = count(election, completion="none")

    won, paid = plain_equal_shares(election, ballots, Fraction(30, 40), "cost")
    assert codes(outcome) == won
    assert sum(money for _voter, _project, money in outcome.payments()) == sum(paid.values()) == outcome.spent
    assert codes(count(election, "phragmen")) == plain_flow(election, ballots)


@settings(max_examples=60, deadline=None)
@given(elections())
def test_raised_shares_end_with_the_last_raise_that_the_budget_bears(case):
    election, ballots = case

    outcome = count(election, completion="add1")

    best, share = (
        plain_equal_shares(election, ballots, election.budget / len(ballots), "cost")[0],
        election.budget / len(ballots) // 1,
    )
    while share < sum(election.costs):
        share += 1
        tried = plain_equal_shares(election, ballots, share, "cost")[0]
        if sum(election.costs[election.codes.index(code)] for code in tried) > election.budget:
            break
        best = tried
    assert set(codes(outcome)) == set(best)
    assert outcome.is_within_budget


@settings(max_examples=100, deadline=None)
@given(elections())
def test_phragmen_is_that_of_plain_fractions_and_payments_cover_each_cost(case):
    election, ballots = case

    outcome = count(election, "phragmen")

    assert codes(outcome) == plain_flow(election, ballots)
    paid = dict.fromkeys(outcome.winners, Fraction(0))
    for _voter, project, money in outcome.payments():
        paid[project] += money
    assert paid == {project: election.costs[project] for project in outcome.winners}


@settings(max_examples=60, deadline=None)
@given(elections(most_points=4), st.sampled_from(selection.RULES), st.sampled_from(selection.COMPLETIONS), st.booleans())
def test_no_rule_overspends_and_each_is_the_same_twice(case, rule, completion, fill):
    election, _ballots = case

    first, second = (count(election, rule, completion=completion, fill=fill) for _turn in range(2))

    assert first.spent <= election.budget
    assert first.winners == second.winners
    assert len(set(first.winners)) == len(first.winners)
    if fill:
        left = election.budget - first.spent
        assert all(election.costs[p] > left for p in range(len(election.codes)) if p not in first.winners and election.votes[p])


def test_a_large_election_with_grains_and_fractions_agrees():
    chance = np.random.default_rng(5)
    costs = {f"P{number}": int(cost) for number, cost in enumerate(chance.integers(50, 4_000, 25))}
    ballots = [
        {f"P{p}": int(chance.integers(1, 4)) for p in chance.choice(25, chance.integers(1, 7), False)} for _voter in range(600)
    ]
    election = election_of(20_000, costs, ballots)

    outcome = count(election, completion="none")

    assert codes(outcome) == plain_equal_shares(election, ballots, Fraction(20_000, 600), "cost")[0]
    assert codes(count(election, "phragmen")) == plain_flow(election, ballots)


def test_a_minority_gets_its_share_where_greedy_leaves_it_nothing():
    ballots = [["bridge", "square", "road"]] * 70 + [["library"]] * 30
    election = election_of(100, {"bridge": 40, "square": 30, "road": 30, "library": 30}, ballots)

    assert "library" not in codes(count(election, "greedy"))
    assert "library" in codes(count(election, completion="none"))


def test_greedy_skips_what_does_not_fit_or_stops_there():
    election = election_of(10, {"a": 6, "b": 5, "c": 4}, [["a", "b", "c"], ["a", "b"], ["a"]])

    assert codes(count(election, "greedy")) == ["a", "c"]
    assert codes(count(election, "greedy-no-skip")) == ["a"]


def test_greedy_by_number_takes_most_votes_for_the_money():
    election = election_of(10, {"dear": 10, "cheap": 2}, [["dear"], ["dear"], ["dear"], ["cheap"]])

    assert codes(count(election, "greedy")) == ["dear"]
    assert codes(count(election, "greedy", satisfaction="number")) == ["cheap"]


def test_ties_are_broken_by_the_stated_words_and_said():
    election = election_of(4, {"b": 4, "a": 4, "c": 3}, [["a", "b", "c"]])

    by_code, by_cost = count(election, "greedy", ties=("code",)), count(election, "greedy", ties=("cheaper",))

    assert (codes(by_code), codes(by_cost), codes(count(election, "greedy"))) == (["a"], ["c"], ["b"])
    assert by_code.ties[0].projects == (0, 1, 2)
    assert count(election_of(4, {"b": 4, "a": 4}, [["a", "b"]]), completion="none").ties == (selection.Tie(1, (0, 1), 0),)


def test_money_that_just_suffices_buys():
    third = election_of(1, {"a": "0.5", "b": "0.25", "c": "0.25"}, [["a", "b", "c"]] * 3)

    assert set(codes(count(third, completion="none"))) == {"a", "b", "c"}


def test_a_project_that_somebody_just_cannot_pay_is_not_bought():
    election = election_of(Fraction(299_999, 100_000), {"a": 1}, [["a"], [], []])

    assert codes(count(election, completion="none")) == []


def test_variants_exclude_each_other_under_every_rule():
    ballots = [["park", "garden"]] * 3
    for rule in selection.RULES:
        outcome = count(
            election_of(10, {"park": 2, "garden": 3, "well": 1}, [*ballots, ["well"]], variants=("lot", "lot", "")), rule
        )

        assert len({"park", "garden"} & set(codes(outcome))) == 1, rule


@pytest.mark.parametrize("rule", selection.RULES)
def test_a_floor_keeps_money_for_a_community(rule):
    election = election_of(10, {"big": 9, "small": 3}, [["big"]] * 9 + [["small"]], communities=("east", "west"))
    plain, floored = count(election, rule), count(election, rule, floors={"west": 4}, completion="add-opt")

    assert "small" not in codes(plain)
    assert codes(floored) == ["small"]
    assert floored.spent <= 10
    assert floored.unpaid == (1,)


def test_a_threshold_keeps_projects_out():
    election = election_of(10, {"a": 1, "b": 1}, [{"a": 5, "b": 2}, {"a": 1}])

    assert codes(count(election, "greedy", threshold=3)) == ["a"]
    assert codes(count(election, threshold=3)) == ["a"]


def test_the_comparison_gives_way_to_greedy_when_more_voters_gain():
    election = election_of(100, {"all": 100, "mine": 10}, [["all"]] * 8 + [["all", "mine"]] + [["mine"]])

    alone, compared = count(election, completion="none"), count(election, completion="none", compare=True)

    assert (codes(alone), codes(compared)) == (["mine"], ["all"])
    assert "8 from greedy" in compared.notes[0]


def test_elections_without_projects_voters_or_money_have_no_winners():
    for rule in selection.RULES:
        assert count(election_of(10, {}, [[]]), rule).winners == ()
        assert count(election_of(10, {"a": 1}, []), rule).winners == ()
        assert count(election_of(0, {"a": 1}, [["a"]]), rule).winners == ()
        assert codes(count(election_of(5, {"a": 5}, [["a"]]), rule)) == ["a"]


@pytest.mark.parametrize(
    ("build", "field"),
    [
        (lambda: election_of(1, {"a": 1}, [["b"]]), "ballot 1"),
        (lambda: election_of("many", {"a": 1}, []), "budget"),
        (lambda: election_of(-1, {"a": 1}, []), "budget"),
        (lambda: election_of(1, {"a": -1}, []), "cost of a"),
        (lambda: election_of(1, {"a": 1}, [{"a": "x"}]), "ballot 1, points of a"),
        (lambda: election_of(1, {"a": 1}, [{"a": 2**41}]), "points"),
        (lambda: election_of(1, {"a": 1}, [], names=("one", "two")), "names"),
        (lambda: count(election_of(1, {"a": 1}, []), "lottery"), "rule"),
        (lambda: count(election_of(1, {"a": 1}, []), satisfaction="joy"), "satisfaction"),
        (lambda: count(election_of(1, {"a": 1}, []), completion="add2"), "completion"),
        (lambda: count(election_of(1, {"a": 1}, []), ties=("luck",)), "ties"),
        (lambda: count(election_of(1, {"a": 1}, []), step=0), "step"),
        (lambda: count(election_of(1, {"a": 1}, []), floors={"west": 1}), "floors"),
        (lambda: count(election_of(1, {"a": 1}, [], communities=("west",)), floors={"west": 2}), "floors"),
        (lambda: count(election_of(10**18, {"a": 1}, [["a"]])), "budget"),
        (lambda: count(election_of(10**18, {"a": 1}, [["a"]]), "phragmen"), "budget"),
    ],
)
def test_bad_input_is_named(build, field):
    with pytest.raises(BadInput) as caught:
        build()

    assert caught.value.field == field


def test_progress_stops_a_count():
    election = election_of(10, {"a": 1, "b": 20}, [["a", "b"]])

    with pytest.raises(Cancelled):
        count(election, progress=lambda _share: False)
