"""Opening a foreign file: csv (also .gz), xlsx and the like, Open311 JSON; rows as dicts by their column names."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linli.kernel.errors import BadInput

MAX_UNPACKED = 4 * 1024**3


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row number as the file's reader shows it, row). Raises BadInput when the file cannot be read."""
    if not path.is_file():
        raise BadInput("file_missing", f"There is no file {path}.", field="file")
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        return _csv(path, "\t" if name.endswith(".tsv") else ",")
    if name.endswith(".json"):
        return _json(path)
    if name.endswith((".xlsx", ".xls", ".xlsb", ".ods")):
        return _sheet(path)
    raise BadInput("file_unknown", f"{path.name}: csv, csv.gz, xlsx, xls, ods and json can be read.", field="file")


def _open(path: Path) -> io.TextIOWrapper:
    raw = gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115  the wrapper closes it
    start = raw.read(4096)
    raw.seek(0)
    try:
        start.decode("utf-8")
        encoding = "utf-8-sig"
    except UnicodeDecodeError as error:
        encoding = "utf-8-sig" if error.start > len(start) - 4 else "gb18030"
    return io.TextIOWrapper(raw, encoding=encoding, newline="")  # type: ignore[arg-type]


def _csv(path: Path, delimiter: str) -> Iterator[tuple[int, dict[str, Any]]]:
    with _open(path) as file:
        reader = csv.DictReader(file, delimiter=delimiter)
        yield from enumerate(reader, start=2)


def _json(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with _open(path) as file:
        try:
            found = json.load(file)
        except ValueError as error:
            raise BadInput("file_wrong", f"{path.name} is not JSON: {error}", field="file") from None
    rows = found.get("service_requests", []) if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput("file_wrong", f"{path.name} holds no list of requests.", field="file")
    yield from enumerate(rows, start=1)


def _sheet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    from python_calamine import CalamineWorkbook  # only the import of sheets needs it

    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows()
    header = [str(cell).strip() for cell in next(rows, [])]
    for number, row in enumerate(rows, start=2):
        yield number, {name: _plain(cell) for name, cell in zip(header, row, strict=False)}


def _plain(cell: Any) -> str:
    """Whole numbers come as floats: an id typed as a number is an id without its point."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
