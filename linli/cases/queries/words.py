"""Searching reports by words, exact for Chinese on both engines; see `linli.cases.words`.

There are two ways. The index finds all reports with the terms of a word, which are then put in order: quick while they are
few. Or the reports are walked in order and each is asked: quick when the word is so common that a page is soon full. Which
is quicker follows from how many there are, and that the database knows without looking (PostgreSQL) or by looking at the
first few thousand (SQLite).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import prod

from django.db import connection
from django.db.models import BooleanField, F, Func, IntegerField, QuerySet, Value
from django.db.models.expressions import CombinedExpression, RawSQL

from linli.cases.models import Case
from linli.cases.words import Asked, asked

MOST_WORDS = 6
COMMON = 4000  # reports with these words, on SQLite: with more, the newest are walked instead of all of these
# On PostgreSQL: fetching one that was found costs about three times as much as asking one on the way, and a page needs 51.
# With n of N reports found, n·3 against 51·N/n: walking is quicker where n² > WALKED · N.
WALKED = 17
EVERY, INDEXED = "SELECT 1 FROM cases_case", "to_tsvector('simple', words)"


def matching(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Rows whose report or address holds every word of `text` (words as separated by blanks). At most one query."""
    words = [word for part in text.split()[:MOST_WORDS] if (word := asked(part))]
    if not words:
        return rows.none()
    if connection.vendor == "sqlite":
        return _on_sqlite(rows, words)
    if _is_common(words):
        return _side_by_side(rows, words)
    found = Func(F("words"), template="to_tsvector('simple', %(expressions)s)")
    query = Func(Value(" & ".join(map(_query, words))), template="to_tsquery('simple', %(expressions)s)")
    rows = rows.filter(CombinedExpression(found, "@@", query, output_field=BooleanField()))
    return _side_by_side(rows, [word for word in words if len(word.terms) > 1])


def _query(word: Asked) -> str:
    """For PostgreSQL. Terms are Chinese characters, letters and digits, so nothing in them is read as an operator."""
    return " & ".join(_terms(word))


def _side_by_side(rows: QuerySet[Case], words: Sequence[Asked]) -> QuerySet[Case]:
    position = "INSTR" if connection.vendor == "sqlite" else "STRPOS"
    for number, word in enumerate(words):
        where = Func(F("words"), Value(word.side_by_side), function=position, output_field=IntegerField())
        rows = rows.alias(**{f"word_{number}": where}).filter(**{f"word_{number}__gt": 0})
    return rows


def _is_common(words: Sequence[Asked]) -> bool:
    """Whether walking is quicker, by the database's own statistics; nothing is read but these.

    The pairs of one word go together, so the rarest tells how many there are; words are taken to be independent.
    """
    terms = [(number, term) for number, word in enumerate(words) for term in _terms(word)]
    parts = [EVERY, *[f"{EVERY} WHERE {INDEXED} @@ to_tsquery('simple', %s)"] * len(terms)]
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + " UNION ALL ".join(parts), [term for _number, term in terms])
        (answer,) = cursor.fetchone()
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    if plan["Node Type"] != "Append":
        return False  # several processes would read it: many pages with few reports in them
    every, *each = [max(float(part["Plan Rows"]), 1.0) for part in plan["Plans"]]
    shares = [1.0] * len(words)
    for (number, _term), found in zip(terms, each, strict=True):
        shares[number] = min(shares[number], found / every)
    return (every * prod(shares)) ** 2 > WALKED * every


def _terms(word: Asked) -> list[str]:
    return [*word.terms[:-1], word.terms[-1] + (":*" if word.is_start else "")]


def _on_sqlite(rows: QuerySet[Case], words: Sequence[Asked]) -> QuerySet[Case]:
    query = " AND ".join(f'"{" ".join(word.terms)}"{"*" if word.is_start else ""}' for word in words)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM (SELECT 1 FROM cases_words WHERE words MATCH %s LIMIT %s)", [query, COMMON])
        (many,) = cursor.fetchone()
    if many >= COMMON:
        return _side_by_side(rows, words)
    return rows.filter(pk__in=RawSQL("SELECT id FROM cases_words WHERE words MATCH %s", [query]))
