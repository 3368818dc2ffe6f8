"""Rules as SQL, asked of the database of this run (SQLite or PostgreSQL), give the answers of the plain evaluator."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.methods.eligibility import Rulebook
from linli.methods.eligibility_sql import ENGINES
from linli.methods.errors import BadInput
from linli.methods.tests import plain_eligibility as plain

COLUMNS = {
    "income": "numeric", "birth": "date", "hukou": "text", "care": "text", "tags": "jsonb", "veteran": "boolean", "card": "text",
}  # fmt: skip


def stored(name: str, value: Any) -> Any:
    if name == "tags" and value is not None:
        return json.dumps(sorted(value))
    return str(value) if name == "birth" and value is not None else value


def answers_of_the_database(rules: Any, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    bound = Rulebook(rules, plain.FIELDS, plain.SETTINGS).in_force(plain.DAY, plain.PLACE)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS eligibility_try")
        cursor.execute(
            f"CREATE TEMPORARY TABLE eligibility_try (id integer, {', '.join(f'{name} {kind}' for name, kind in COLUMNS.items())})"
        )
        for number, person in enumerate(people):
            values = [number, *(stored(name, person[name]) for name in COLUMNS)]
            cursor.execute(f"INSERT INTO eligibility_try VALUES ({', '.join(['%s'] * len(values))})", values)
        cursor.execute(bound.sql_query(connection.vendor, "eligibility_try").replace("%", "%%") + " ORDER BY id", [])
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.django_db
@given(plain.rules, st.lists(plain.people(), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_answers_like_the_plain_evaluator(rules: Any, people: list[dict[str, Any]]):
    found = answers_of_the_database(rules, people)

    for rule in rules:
        judged = [plain.judge(rule["when"], person) for person in people]
        assert [row[rule["code"]] for row in found] == [None if answer is None else int(answer) for answer, _, _ in judged]
        assert [row[f"{rule['code']}_short"] for row in found] == [short for _, short, _ in judged]


@pytest.mark.django_db
def test_an_empty_text_is_a_blank():
    rules = [
        {"code": "local", "when": {"field": "hukou", "op": "!=", "value": "local"}},
        {"code": "card", "when": {"field": "card", "op": "blank"}},
    ]
    person = dict.fromkeys(COLUMNS) | {"hukou": "", "card": ""}

    assert answers_of_the_database(rules, [person]) == [{"id": 0, "local": None, "local_short": 0, "card": 1, "card_short": 0}]


def test_what_people_wrote_stays_inside_its_quotes():
    field = {"name": 'odd"name', "kind": "code", "codes": ["it's", "x"]}
    rules = [{"code": "a", "name": "one\nDROP TABLE x", "when": {"field": 'odd"name', "op": "=", "value": "it's"}}]
    bound = Rulebook(rules, [field]).in_force(plain.DAY)

    for engine in ENGINES:
        assert bound.sql("a", engine) == "NULLIF(\"odd\"\"name\", '') = 'it''s'"
        assert "\nDROP" not in bound.sql_script(engine, "people")
    with pytest.raises(BadInput, match="engine"):
        bound.sql("a", "oracle")
    with pytest.raises(BadInput, match="rule"):
        bound.sql("b")


def test_an_age_reads_as_a_day_of_birth():
    rules = [{"code": "a", "when": {"field": "birth", "as": "age", "op": ">=", "value": {"setting": "elder"}}}]
    bound = Rulebook(rules, plain.FIELDS, plain.SETTINGS).in_force(plain.DAY)

    assert bound.sql("a") == bound.sql("a", "sqlite") == "\"birth\" <= '1944-02-29'"
