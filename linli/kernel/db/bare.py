"""Tables without their plain indexes and references while very much is loaded: several times quicker than minding each row.

What is taken away is written down in the same transaction, in the database itself, and brought back from there: at the end,
after an error, and, should the process have been killed, before the next load and after the next `migrate`. Unique indexes
and checks stay, so what they refuse is refused all the time; a reference that leads nowhere is found when it is brought back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import connection, models, transaction

from linli.kernel.models import TakenAway

Tell = Callable[[str], None]
Found = tuple[str, str, str]  # name, SQL that takes it away, SQL that brings it back

AT_A_TIME = 2  # each of them takes 256 MB and a connection of the pool
POSTGRES_INDEXES = """
    SELECT indexrelid::regclass::text, 'DROP INDEX ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid = %s::regclass AND NOT indisunique ORDER BY 1"""
POSTGRES_REFERENCES = """
    SELECT conname::text, format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY 1"""
SQLITE_INDEXES = """
    SELECT name, 'DROP INDEX "' || name || '"', sql
    FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql LIKE 'CREATE INDEX%%' ORDER BY 1"""


def _found(table: str) -> list[Found]:
    """References first: they may need an index to be taken away before it."""
    asked = [SQLITE_INDEXES] if connection.vendor == "sqlite" else [POSTGRES_REFERENCES, POSTGRES_INDEXES]
    with connection.cursor() as cursor:
        rows: list[Any] = []
        for sql in asked:
            cursor.execute(sql, [table])
            rows += cursor.fetchall()
    return rows


def _take_all_the_time() -> None:
    """For this transaction: an index over millions of rows takes longer than any request may, and needs room to sort."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")


def take_away(*tables: type[models.Model]) -> None:
    """Drop plain indexes and references of these tables and write down how to bring them back."""
    with transaction.atomic(), connection.cursor() as cursor:
        for model in tables:
            for name, drop, definition in _found(model._meta.db_table):
                TakenAway.objects.create(name=name, definition=definition)
                cursor.execute(drop)


def bring_back(tell: Tell = lambda _line: None) -> None:
    """Build what was taken away, telling before each. Raises IntegrityError when a loaded row refers to none.

    On PostgreSQL two indexes are built at a time, each of which keeps one processor busy, those that take longest first;
    references after them, one by one, for they lock both tables.
    """
    rows = sorted(TakenAway.objects.order_by("-pk"), key=lambda row: (_is_reference(row), "USING gin" not in row.definition))
    told = count(1)

    def bring(row: TakenAway) -> None:
        tell(f"{next(told)}/{len(rows)} {row.name}")
        with transaction.atomic(), connection.cursor() as cursor:
            _take_all_the_time()
            cursor.execute(row.definition)
            row.delete()

    def bring_beside(row: TakenAway) -> None:
        try:
            bring(row)
        finally:
            connection.close()  # this thread's own

    if connection.vendor == "postgresql" and not connection.in_atomic_block:  # other connections would wait for this one
        with ThreadPoolExecutor(AT_A_TIME) as threads:
            list(threads.map(bring_beside, [row for row in rows if not _is_reference(row)]))
        rows_left = [row for row in rows if _is_reference(row)]
    else:
        rows_left = rows
    for row in rows_left:
        bring(row)


def _is_reference(row: TakenAway) -> bool:
    return row.definition.startswith("ALTER TABLE")


@contextmanager
def bare(*tables: type[models.Model], tell: Tell = lambda _line: None) -> Iterator[None]:
    """Work on tables without their plain indexes and references. For loading only: other work is slow meanwhile."""
    bring_back(tell)
    take_away(*tables)
    try:
        yield
    finally:
        bring_back(tell)
