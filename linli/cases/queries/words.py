"""Searching reports by words, exact for Chinese on both engines; see `linli.cases.words`."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from linli.cases.models import Case
from linli.cases.words import tokens


def matching(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Rows whose report or address holds every word of `text` (words as separated by blanks)."""
    phrases = [phrase for word in text.split()[:6] if (phrase := tokens(word))]
    if not phrases:
        return rows.none()
    if connection.vendor == "sqlite":
        query = " AND ".join(f'"{phrase}"' for phrase in phrases)
        return rows.filter(pk__in=RawSQL("SELECT id FROM cases_words WHERE words MATCH %s", [query]))
    condition = " && ".join(["phraseto_tsquery('simple', %s)"] * len(phrases))
    return rows.filter(
        pk__in=RawSQL(  # noqa: S611  bound parameters
            f"SELECT id FROM cases_case WHERE to_tsvector('simple', words) @@ ({condition})",  # noqa: S608  placeholders only
            phrases,
        )
    )
