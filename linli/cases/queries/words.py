"""Searching reports by words, exact for Chinese on both engines; see `linli.cases.words`.

An index finds the reports that hold every character of a word; whether they stand side by side is asked of the row itself,
which is much cheaper than a phrase search of the index. Being cheap, it also lets the database walk the newest reports in
order when a word is so common that a page is soon full.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import BooleanField, F, Func, IntegerField, QuerySet, Value
from django.db.models.expressions import CombinedExpression, RawSQL

from linli.cases.models import Case
from linli.cases.words import tokens

MOST_WORDS = 6
COMMON = 4000  # reports with these words, on SQLite: with more, the newest are walked instead of all of these


def matching(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Rows whose report or address holds every word of `text` (words as separated by blanks). At most one query."""
    phrases = [phrase for word in text.split()[:MOST_WORDS] if (phrase := tokens(word))]
    if not phrases:
        return rows.none()
    if connection.vendor == "sqlite":
        return _on_sqlite(rows, phrases)
    found = Func(F("words"), template="to_tsvector('simple', %(expressions)s)")
    asked = Func(Value(" ".join(phrases)), template="plainto_tsquery('simple', %(expressions)s)")
    return _side_by_side(rows.filter(CombinedExpression(found, "@@", asked, output_field=BooleanField())), phrases)


def _side_by_side(rows: QuerySet[Case], phrases: list[str]) -> QuerySet[Case]:
    is_lite = connection.vendor == "sqlite"
    template = f"{'instr' if is_lite else 'strpos'}(' ' || %(expressions)s)"
    for number, phrase in enumerate(phrases):
        if " " in phrase or is_lite:
            where = Func(F("words"), Value(f" {phrase} "), template=template, arg_joiner=" || ' ', ", output_field=IntegerField())
            rows = rows.alias(**{f"word_{number}": where}).filter(**{f"word_{number}__gt": 0})
    return rows


def _on_sqlite(rows: QuerySet[Case], phrases: list[str]) -> QuerySet[Case]:
    query = " AND ".join(f'"{phrase}"' for phrase in phrases)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM (SELECT 1 FROM cases_words WHERE words MATCH %s LIMIT %s)", [query, COMMON])
        (many,) = cursor.fetchone()
    if many >= COMMON:
        return _side_by_side(rows, phrases)
    return rows.filter(pk__in=RawSQL("SELECT id FROM cases_words WHERE words MATCH %s", [query]))
