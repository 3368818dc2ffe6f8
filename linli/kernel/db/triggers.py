"""Triggers written once for both engines."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation

POSTGRES = """
CREATE OR REPLACE FUNCTION linli_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION linli_refuse_change();
"""
SQLITE = [
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
]


def per_vendor(*, sqlite: list[str], postgresql: str) -> Operation:
    """SQL for a migration, one text for each engine."""

    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "sqlite":
            for statement in sqlite:
                schema_editor.execute(statement, params=None)
        else:
            schema_editor.execute(postgresql, params=None)

    return migrations.RunPython(run, migrations.RunPython.noop)


def append_only(table: str) -> Operation:
    """Refuse UPDATE and DELETE on a table for ever."""
    return per_vendor(sqlite=[statement.format(table=table) for statement in SQLITE], postgresql=POSTGRES.format(table=table))
