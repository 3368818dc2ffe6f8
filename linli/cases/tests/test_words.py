"""Searching by words: exact for Chinese, whichever way the database takes to them."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from linli.cases.models import Case
from linli.cases.queries import words
from linli.cases.tests.factories import reported

pytestmark = pytest.mark.django_db

TEXTS = ("路口井盖不见了", "盖板旁边有一口井", "井边的盖子 A17 坏了", "3号楼门口垃圾没人清", "垃圾车 a17 停在井盖上")
FOUND = {
    "井盖": {0, 4},
    "盖": {0, 1, 2, 4},
    "井": {0, 1, 2, 4},
    "清": {3},
    "口井盖": {0},
    "A17坏": {2},
    "3号": {3},
    "井盖 垃圾": {4},
    "井盖上": {4},
    "盖井": set(),
    "a17": {2, 4},
    "A17 井盖": {4},
    "垃圾 3": {3},
    "，。": set(),
    "青蛙": set(),
}


@pytest.mark.parametrize("is_common", [False, True])
def test_a_word_is_found_where_its_characters_stand_side_by_side(is_common: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if is_common:
        monkeypatch.setattr(words, "COMMON", 0)
    monkeypatch.setattr(words, "WALKED", 0 if is_common else 1e9)
    numbers = {reported(text, east_m=number * 200).pk: number for number, text in enumerate(TEXTS)}

    for asked, expected in FOUND.items():
        assert {numbers[case.pk] for case in words.matching(Case.objects.all(), asked)} == expected, asked


def test_words_stand_beside_other_conditions_and_inside_other_searches() -> None:
    cases = [reported(text, east_m=number * 200) for number, text in enumerate(TEXTS)]
    inside = words.matching(Case.objects.filter(is_open=True), "井盖")

    assert set(Case.objects.filter(pk__in=inside.values("pk"))) == {cases[0], cases[4]}
    assert list(inside.order_by("-pk").only("reference")[:1]) == [cases[4]]


@pytest.mark.postgres
def test_a_table_that_several_processes_would_read_is_searched_too() -> None:
    case = reported("井盖坏了")
    settings = ("max_parallel_workers_per_gather = 2", "min_parallel_table_scan_size = 0", "enable_indexscan = off", "enable_indexonlyscan = off", "parallel_setup_cost = 0",
                "parallel_tuple_cost = 0")  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        for one in settings:
            cursor.execute(f"SET LOCAL {one}")
        assert list(words.matching(Case.objects.all(), "井盖")) == [case]
