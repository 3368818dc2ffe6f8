"""Writing very many rows of one table: COPY on PostgreSQL, prepared inserts on SQLite.

For history and simulation only: nothing here checks a rule or tells anybody. Rows are plain tuples in the order of
`columns`; values are what the database keeps (UUID, aware datetime, str, int, dict for JSON).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models


class BulkWriter:
    """Writes rows of one model. `write` may be called many times inside one transaction."""

    def __init__(self, model: type[models.Model], columns: list[str]):
        fields: list[Any] = [model._meta.get_field(name) for name in columns]
        self.model = model
        self._table = model._meta.db_table
        self._columns = [field.column for field in fields]
        self._json = [index for index, field in enumerate(fields) if isinstance(field, models.JSONField)]

    def prepare(self, rows: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Rows as the engine takes them; done before the transaction, so that it stays short."""
        adapt = _for_sqlite if connection.vendor == "sqlite" else _same
        return [tuple(map(adapt, self._with_json(row))) for row in rows]

    def _with_json(self, row: Sequence[Any]) -> Sequence[Any]:
        if not self._json:
            return row
        changed = list(row)
        for index in self._json:
            changed[index] = json.dumps(changed[index], ensure_ascii=False) if changed[index] else "{}"
        return changed

    def write(self, prepared: list[tuple[Any, ...]]) -> None:
        """Write rows that `prepare` made, in the present transaction."""
        names = ", ".join(f'"{column}"' for column in self._columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{self._table}" ({names}) FROM STDIN') as copy:
                    for row in prepared:
                        copy.write_row(row)
            else:
                marks = ", ".join(["?"] * len(self._columns))
                # Django's cursor would format every row; the driver's own takes them as they are
                cursor.cursor.connection.executemany(
                    f'INSERT INTO "{self._table}" ({names}) VALUES ({marks})',  # noqa: S608  names of our own columns
                    prepared,
                )


def _same(value: Any) -> Any:
    return value


def _uuid_text(value: uuid.UUID) -> str:
    return value.hex


def _instant_text(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")


_ADAPT: dict[type, Callable[[Any], Any]] = {uuid.UUID: _uuid_text, datetime: _instant_text, bool: int}


def _for_sqlite(value: Any) -> Any:
    adapt = _ADAPT.get(type(value))
    return adapt(value) if adapt else value
