"""Opening a foreign file: tables (csv also as .gz), and Open311 JSON; rows as dicts by their column names."""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, cast

from linli.kernel.errors import BadInput
from linli.kernel.table_files import TableUnreadable, raw_rows

MOST_BYTES = 4 * 1024**3
TABLES = (".csv", ".tsv", ".xlsx", ".xlsb", ".xls", ".ods")
Rows = Iterator[tuple[int, dict[str, Any]]]


def read_rows(path: Path, needed: Sequence[Sequence[str]] = ()) -> Rows:
    """(row number as the file's reader shows it, row).

    `needed`: columns that a table has to have, one of each group. Raises BadInput when the file cannot be read as a
    whole, before the first row.
    """
    if not path.is_file():
        raise BadInput("file_missing", f"There is no file {path}.", field="file")
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(TABLES):
        return _table(path, needed)
    if name.endswith(".json"):
        return _json(path)
    raise BadInput("file_unknown", f"{path.name}: csv, csv.gz, xlsx, xls, ods and json can be read.", field="file")


def _table(path: Path, needed: Sequence[Sequence[str]]) -> Rows:
    try:
        with _unpacked(path) as source:
            rows = raw_rows(source, MOST_BYTES, sys.maxsize)
            header = [_plain(cell).strip() for cell in next(rows, [])]
            _check_header(path, header, needed)
            for number, row in enumerate(rows, start=2):
                if any(cell is not None for cell in row):
                    yield number, {name: _plain(cell) for name, cell in zip(header, row, strict=False)}
    except TableUnreadable as error:
        raise BadInput(error.code, f"{path.name}: {error.message}", field="file") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput("file_wrong", f"{path.name} is damaged: {error}", field="file") from None


def _unpacked(path: Path) -> AbstractContextManager[Path | BinaryIO]:
    """What to read: the file itself, which is streamed, or what its .gz holds."""
    return cast(AbstractContextManager[BinaryIO], gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else nullcontext(path)


def _check_header(path: Path, header: list[str], needed: Sequence[Sequence[str]]) -> None:
    missing = ["+".join(columns) for columns in needed if not set(columns) & set(header)]
    if missing:
        there = ", ".join(name for name in header if name)[:400] or "none"
        told = f"{path.name} has no column {', '.join(missing)}, which the map names. Its columns: {there}."
        raise BadInput("column_missing", told, field="file")


def _json(path: Path) -> Rows:
    try:
        with _unpacked(path) as source:
            found = json.loads(source.read_bytes() if isinstance(source, Path) else source.read())
    except (ValueError, RecursionError, EOFError, OSError, zlib.error) as error:
        raise BadInput("file_wrong", f"{path.name} is not JSON: {error}", field="file") from None
    rows = found.get("service_requests") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput("file_wrong", f"{path.name} holds no list of requests.", field="file")
    yield from enumerate(rows, start=1)


def _plain(cell: Any) -> str:
    """A cell as text. Whole numbers come as floats: an id typed as a number is an id without its point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
