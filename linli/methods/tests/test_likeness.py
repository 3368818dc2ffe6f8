"""Likeness of texts: duplicates, issues and rules against plain slow versions; places, links and numbers that must hold."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods import likeness
from linli.methods.errors import BadInput, Cancelled
from linli.methods.likeness_issues import communities
from linli.methods.likeness_rule import Telling, alike, bits_between, fit, likelihood
from linli.methods.likeness_words import fold, grams_of, idf_of, said, signs_of, spelled

TEXTS = st.lists(st.text(alphabet="路灯坏了垃圾没人清ab 12，。", max_size=12), min_size=1, max_size=12)


def slow_rows(texts: list[str]) -> list[dict[str, float]]:
    """TF-IDF rows of grams of one and two signs, said plainly."""
    rows = []
    for text in texts:
        signs = fold(text, punctuation=False)
        rows.append(Counter([signs[at : at + size] for size in (1, 2) for at in range(len(signs) - size + 1)]))
    having = Counter(gram for row in rows for gram in row)
    weighed = []
    for row in rows:
        values = {gram: (1 + math.log(n)) * (1 + math.log((1 + len(texts)) / (1 + having[gram]))) for gram, n in row.items()}
        norm = math.sqrt(sum(value * value for value in values.values()))
        weighed.append({gram: value / norm for gram, value in values.items()})
    return weighed


def cosine(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(value * other.get(gram, 0.0) for gram, value in one.items())


# --- signs and grams ---


def test_forms_cases_and_plurals_are_one_and_long_numbers_say_nothing() -> None:
    assert fold("Ｌamps，路灯！", punctuation=False) == fold("lamp 路灯", punctuation=False)
    assert fold("电话19900000000", punctuation=False) == fold("电话19900001234", punctuation=False)
    assert fold("3号楼", punctuation=False) != fold("5号楼", punctuation=False)
    assert len(fold("the broken lamp", punctuation=False)) == 3


def test_grams_do_not_run_from_one_text_into_the_next() -> None:
    keys, rows = grams_of(signs_of(["路灯", "", "坏"]), 2)

    assert sorted(rows.tolist()) == [0, 0, 0, 2]
    assert len(set(keys.tolist())) == 4


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800灯", "İstanbul ﬁ", "灯" * 9000])
def test_any_text_has_signs(text: str) -> None:
    signs = signs_of([text, "灯"])

    assert len(signs) == 2
    assert "".join(spelled(text)[1]) is not None


def test_signs_are_written_as_people_write_them() -> None:
    assert said(spelled("The 路灯 lamps of 东门")[1]) == "the路灯lamps of东门"


# --- duplicates ---


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400), st.floats(0, 700)), max_size=30), st.integers(0, 3))
def test_every_pair_within_reach_is_compared_once(places: list[tuple[float, float, float]], corner: int) -> None:
    south, west = [(30.65, 110.24), (-33.9, -70.7), (0.0, 0.0), (68.2, 14.5)][corner]
    lat = np.array([south + north / 111_195 for _east, north, _at in places])
    lng = np.array([west + east / (111_195 * math.cos(math.radians(south))) for east, _north, _at in places])
    hours = np.array([at for _east, _north, at in places])
    reports = likeness.Reports(["灯"] * len(places), lng, lat, hours)

    pairs = likeness.find_duplicates(reports, least=0.0)

    expected = set()
    for one in range(len(places)):
        for other in range(one + 1, len(places)):
            north = (lat[one] - lat[other]) * 111_195
            east = (lng[one] - lng[other]) * 111_195 * math.cos(math.radians((lat[one] + lat[other]) / 2))
            if math.hypot(north, east) <= 110 and abs(hours[one] - hours[other]) <= 240:
                expected.add((one, other))
    assert set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)) == expected
    assert len(pairs) == len(expected)


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_likeness_is_the_cosine_of_weighted_grams(texts: list[str]) -> None:
    here = np.zeros(len(texts))

    pairs = likeness.find_duplicates(likeness.Reports(texts, here, here, here), least=0.0)

    rows = slow_rows(texts)
    for one, other, found in zip(pairs.first, pairs.second, pairs.alike, strict=True):
        assert found == pytest.approx(cosine(rows[one], rows[other]), abs=1e-5)


def test_the_same_matter_told_twice_is_found_and_another_beside_it_is_not() -> None:
    texts = ["东门路灯坏了，晚上看不清路，老人差点摔倒", "路灯坏了好几天，东门晚上看不清路", "楼下垃圾没人清，味道很大"]
    reports = likeness.Reports(texts, np.full(3, 110.24), np.full(3, 30.65), np.array([0.0, 5.0, 6.0]))

    pairs = likeness.find_duplicates(reports)

    assert list(zip(pairs.first, pairs.second, strict=True)) == [(0, 1)]
    assert likeness.groups_of(pairs, 3).tolist() == [0, 0, 2]


def test_groups_join_pairs_like_a_plain_walk() -> None:
    random = np.random.default_rng(4)
    one, other = random.integers(0, 60, (2, 40))
    pairs = likeness.Pairs(one, other, *(np.zeros(40),) * 4, np.zeros(40, np.int64))

    found = likeness.groups_of(pairs, 60)

    groups = {item: {item} for item in range(60)}
    for first, second in zip(one.tolist(), other.tolist(), strict=True):
        whole = groups[first] | groups[second]
        for item in whole:
            groups[item] = whole
    assert found.tolist() == [min(groups[item]) for item in range(60)]


@pytest.mark.parametrize("column,value", [("lng", 181.0), ("lat", float("nan")), ("hours", float("inf"))])
def test_a_place_or_time_that_cannot_be_is_named(column: str, value: float) -> None:
    given = {name: np.array([1.0, 2.0]) for name in ("lng", "lat", "hours")}
    given[column][1] = value

    with pytest.raises(BadInput, match="row 1") as caught:
        likeness.find_duplicates(likeness.Reports(["a", "b"], **given))
    assert caught.value.field == column


def test_columns_of_other_lengths_are_refused_and_none_is_an_answer() -> None:
    none = np.zeros(0)
    assert len(likeness.find_duplicates(likeness.Reports([], none, none, none))) == 0
    with pytest.raises(BadInput, match="kinds"):
        likeness.find_duplicates(likeness.Reports(["a"], [0.0], [0.0], [0.0], kinds=["x", "y"]))


def test_long_work_stops_when_it_is_told_to() -> None:
    with pytest.raises(Cancelled):
        likeness.find_issues(["路灯"] * 5, progress=lambda share: False)


# --- the rule, and one report against few ---


def test_nearer_newer_and_more_alike_is_likelier_and_unknown_counts_nothing() -> None:
    base = {"alike": 0.5, "metres": 30.0, "hours": 24.0}

    def chance(**change: object) -> float:
        return float(likelihood(likeness.RULE, **(base | change)))

    assert chance(alike=0.6) > chance() > chance(metres=60.0) > 0
    assert chance() > chance(hours=100.0)
    assert chance(is_same_kind=True) > chance() > chance(is_same_kind=False)
    assert chance(photo_bits=2) > chance() == chance(photo_bits=-1) == chance(photo_bits=40)


def test_a_rule_is_learned_from_what_people_judged() -> None:
    random = np.random.default_rng(1)
    words, metres = random.random(600), random.uniform(0, 110, 600)
    truth = words > 0.3 + metres / 400

    learned = fit(likeness.RULE, truth, alike=words, metres=metres, hours=np.zeros(600))

    right = (likelihood(learned, alike=words, metres=metres, hours=np.zeros(600)) >= 0.5) == truth
    assert right.mean() > 0.97
    assert learned.words > 0 > learned.place
    with pytest.raises(BadInput):
        fit(likeness.RULE, np.ones(3), alike=words[:3], metres=metres[:3], hours=np.zeros(3))


@settings(max_examples=30, deadline=None)
@given(TEXTS)
def test_one_against_few_is_the_same_likeness_as_all_at_once(texts: list[str]) -> None:
    keys, rows = grams_of(signs_of(texts), 2)
    listed = np.unique(keys)
    having = np.array([len(set(rows[keys == key].tolist())) for key in listed], np.int64)

    found = alike(texts[0], texts[1:], Telling(listed, having, len(texts)))

    plain = slow_rows(texts)
    assert found == pytest.approx([cosine(plain[0], row) for row in plain[1:]], abs=1e-5)


def test_without_knowledge_of_words_only_they_themselves_decide() -> None:
    same, part, other = alike("路灯坏了", ["路灯坏了！", "路灯没坏", "垃圾"])

    assert same == pytest.approx(1)
    assert 1 > part > other == 0
    assert alike("路灯", []).shape == (0,)
    assert alike("", ["路灯"], Telling(np.zeros(0, np.uint64), np.zeros(0), 0)).tolist() == [0]


def test_bits_between_are_counted() -> None:
    first, second = np.array([0, 2**64 - 1, 5], np.uint64), np.array([0, 0, 6], np.uint64)

    assert bits_between(first, second).tolist() == [0, 64, 2]


# --- issues ---


def worth(labels: np.ndarray, edges: tuple[np.ndarray, np.ndarray, np.ndarray], resolution: float) -> float:
    """What communities maximize, said plainly."""
    first, second, weights = edges
    sizes = np.bincount(labels)
    return float(weights[labels[first] == labels[second]].sum() - resolution * (sizes * (sizes - 1) / 2).sum())


def graph(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    first, second = np.triu_indices(count, 1)
    weights = random.random(len(first)) * (random.random(len(first)) < 0.6)
    return first.astype(np.int64), second.astype(np.int64), weights


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 30), st.sampled_from([0.2, 0.5]))
def test_no_two_communities_would_gain_by_joining(seed: int, count: int, resolution: float) -> None:
    edges = graph(seed, count)

    found = communities(count, edges, resolution=resolution, seed=seed)

    for one, other in zip(*np.triu_indices(found.max() + 1, 1), strict=True):
        joined = np.unique(np.where(found == other, one, found), return_inverse=True)[1]
        assert worth(joined, edges, resolution) <= worth(found, edges, resolution) + 1e-9


def test_communities_of_small_graphs_are_nearly_the_best_there_are() -> None:
    shares = []
    for seed in range(40):
        edges = graph(seed, 6)
        best = max(worth(np.array(labels), edges, 0.3) for labels in partitions(6))
        shares.append(worth(communities(6, edges, resolution=0.3, seed=seed), edges, 0.3) / best)

    assert np.mean(shares) > 0.93


def partitions(count: int) -> list[list[int]]:
    """Every way to part `count` things."""
    rows = [[0]]
    for _item in range(1, count):
        rows = [[*row, label] for row in rows for label in range(max(row) + 2)]
    return rows


def told(issue: int, turn: int) -> str:
    matters = ["东门路灯不亮晚上看不清路", "垃圾房味道太大窗户不敢开", "电梯老是停运老人下不了楼", "希望修一条去学校的近路"]
    extra = ["请尽快处理", "已经三天了", "邻居都在说", "麻烦看看"]
    return f"{extra[turn % 4]}，{matters[issue]}，{extra[(turn * 7 + issue) % 4]}"


def test_issues_are_what_many_say_with_the_most_central_first_and_its_own_words() -> None:
    truth = [number % 4 for number in range(60)] + [0] * 20
    texts = [told(issue, number) for number, issue in enumerate(truth)]

    found = likeness.find_issues(texts)

    assert [len(issue.members) for issue in found.issues] == [35, 15, 15, 15]
    for issue in found.issues:
        assert {truth[member] for member in issue.members} == {truth[issue.members[0]]}
        assert all(word in texts[issue.members[0]] for word in issue.words)
    assert any("灯" in word for word in found.issues[0].words)
    assert likeness.find_issues(texts).labels.tolist() == found.labels.tolist()


def test_what_staff_joined_and_parted_weighs_more_than_words() -> None:
    texts = [told(number % 2, number) for number in range(12)]

    joined = likeness.find_issues(texts, together=[(0, 1)]).labels
    parted = likeness.find_issues(texts, apart=[(0, 2)]).labels

    assert joined[0] == joined[1]
    assert parted[0] != parted[2]


def test_an_issue_keeps_its_number_when_more_is_said() -> None:
    texts = [told(number % 3, number) for number in range(18)]
    before = likeness.find_issues(texts).labels
    more = [told(3, number) for number in range(9)] + texts

    after = likeness.find_issues(more, previous=np.concatenate([np.full(9, -1), before])).labels

    assert after[9:].tolist() == before.tolist()
    assert set(after[:9].tolist()) == {int(before.max()) + 1}


def test_few_and_empty_texts_are_no_issue_and_faults_are_named() -> None:
    assert likeness.find_issues([]).issues == []
    assert likeness.find_issues(["路灯"]).issues == []
    assert likeness.find_issues(["", "", "。"]).issues == []
    for wrong in ({"resolution": 0.0}, {"together": [(0, 5)]}, {"apart": [(1, 1)]}, {"previous": [1]}):
        with pytest.raises(BadInput) as caught:
            likeness.find_issues(["a", "b"], **wrong)
        assert caught.value.field in wrong


def test_a_text_nobody_shares_a_word_with_stays_alone() -> None:
    texts = ["路灯坏了", "路灯坏了好几天", "ξενος"]
    labels = likeness.find_issues(texts).labels

    assert labels[0] == labels[1] != labels[2]


def test_weights_of_grams_fall_with_how_many_have_them() -> None:
    assert idf_of(np.array([0, 1, 9]), 9).tolist() == pytest.approx([1 + math.log(10), 1 + math.log(5), 1])
