"""Tables and documents that commands read and write: CSV with a header (UTF-8, with or without a mark), JSON, GeoJSON."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from linli.methods.errors import BadInput


def read_rows(path: str, *, needs: Sequence[str] = ()) -> list[dict[str, str]]:
    """Rows of a CSV file. Raises BadInput when a column of `needs` is missing or a row has too many cells."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in needs if name not in (reader.fieldnames or [])]
        if missing:
            raise BadInput(path, f"has no column {', '.join(missing)}; it has {', '.join(reader.fieldnames or ['none'])}")
        rows = []
        for number, row in enumerate(reader, start=2):
            if None in row:
                raise BadInput(f"{path}, line {number}", "has more cells than the header")
            rows.append(row)
    return rows


def number(row: dict[str, str], column: str, line: int, *, path: str = "", default: float | None = None) -> float:
    """The number in a cell; an empty cell is `default`. Raises BadInput naming file, line and column."""
    text = (row.get(column) or "").strip()
    if not text and default is not None:
        return default
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{path}, line {line}, {column}".lstrip(", "), f"“{text}” is no number") from None


def write_rows(path: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV file that spreadsheets open with its Chinese intact."""
    with Path(path).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def read_json(path: str) -> Any:
    """A JSON document. Raises BadInput naming file and position when it is none."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except ValueError as fault:
        raise BadInput(path, f"is not JSON: {fault}") from None


def write_json(path: str, document: Any) -> None:
    Path(path).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
