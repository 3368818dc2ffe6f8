"""Writing very many rows of one table: COPY on PostgreSQL, prepared inserts on SQLite.

For history and simulation only: nothing here checks a rule or tells anybody. Rows are plain tuples in the order of
`columns`; values are what the database keeps (UUID, aware datetime, str, int, dict for JSON).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models


class BulkWriter:
    """Writes rows of one model. `write` may be called many times inside one transaction."""

    def __init__(self, model: type[models.Model], columns: list[str]):
        fields = [model._meta.get_field(name) for name in columns]
        self.model = model
        self._table = model._meta.db_table
        self._columns = [field.column for field in fields]
        self._json = [index for index, field in enumerate(fields) if isinstance(field, models.JSONField)]

    def write(self, rows: Iterable[tuple[Any, ...]]) -> None:
        if connection.vendor == "postgresql":
            self._copy(rows)
        else:
            self._insert(rows)

    def _copy(self, rows: Iterable[tuple[Any, ...]]) -> None:
        names = ", ".join(f'"{column}"' for column in self._columns)
        with connection.cursor() as cursor, cursor.copy(f'COPY "{self._table}" ({names}) FROM STDIN') as copy:
            for row in self._with_json(rows):
                copy.write_row(row)

    def _with_json(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        if not self._json:
            yield from rows
            return
        for row in rows:
            changed = list(row)
            for index in self._json:
                changed[index] = json.dumps(changed[index], ensure_ascii=False)
            yield changed

    def _insert(self, rows: Iterable[tuple[Any, ...]]) -> None:
        names = ", ".join(f'"{column}"' for column in self._columns)
        marks = ", ".join(["?"] * len(self._columns))
        with connection.cursor() as cursor:
            # Django's cursor would format every row; the driver's own takes them as they are
            cursor.cursor.connection.executemany(
                f'INSERT INTO "{self._table}" ({names}) VALUES ({marks})',  # noqa: S608  names of our own columns
                (tuple(map(_for_sqlite, row)) for row in self._with_json(rows)),
            )


def _uuid_text(value: uuid.UUID) -> str:
    return value.hex


def _instant_text(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


_ADAPT: dict[type, Callable[[Any], Any]] = {uuid.UUID: _uuid_text, datetime: _instant_text, bool: int}


def _for_sqlite(value: Any) -> Any:
    adapt = _ADAPT.get(type(value))
    return adapt(value) if adapt else value


@contextmanager
def without_indexes(*tables: type[models.Model]) -> Iterator[None]:
    """Drop the plain indexes of empty-ish tables for a big load and build them afterwards, which is several times quicker.

    PostgreSQL only: SQLite keeps its indexes in step quickly enough.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.schema_editor() as editor:
        for model in tables:
            for index in model._meta.indexes:
                editor.remove_index(model, index)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            for model in tables:
                for index in model._meta.indexes:
                    editor.add_index(model, index)
