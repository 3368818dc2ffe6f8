"""How the files of a pack are read: rows out of CSV, JSON and GeoJSON, values out of cells.

Readers raise ValueError with what to do; `packs.py` adds file, row and column.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

Raw = dict[str, Any]
Reader = Callable[[Any], Any]
TOO_MANY = "\0"  # in a row: its cells beyond the last column


class PackUnreadable(Exception):
    """The folder is not a pack, or a file in it cannot be opened at all."""


def text(longest: int = 200) -> Reader:
    def read(raw: Any) -> str:
        value = str(raw).strip()
        if len(value) > longest:
            raise ValueError(f"has {len(value)} characters; shorten it to {longest}")
        return value

    return read


def integer(lowest: int = 0, highest: int = 2_000_000_000) -> Reader:
    def read(raw: Any) -> int:
        try:
            value = int(str(raw).strip() or lowest)
        except ValueError:
            raise ValueError(f"“{raw}” is not a whole number") from None
        if not lowest <= value <= highest:
            raise ValueError(f"{value} is not between {lowest} and {highest}")
        return value

    return read


def decimal(lowest: float, highest: float) -> Reader:
    def read(raw: Any) -> float:
        try:
            value = float(str(raw).strip())
        except ValueError:
            raise ValueError(f"“{raw}” is not a number; write it like 110.235682") from None
        if not lowest <= value <= highest:
            raise ValueError(f"{value} is not between {lowest} and {highest}")
        return value

    return read


def yes_no(default: bool = False) -> Reader:
    def read(raw: Any) -> bool:
        value = str(raw).strip().lower()
        if value == "":
            return default
        if value not in ("yes", "no"):
            raise ValueError(f"“{raw}” is neither yes nor no")
        return value == "yes"

    return read


def one_of(*allowed: str, default: str = "") -> Reader:
    def read(raw: Any) -> str:
        value = str(raw).strip() or default
        if value not in allowed:
            raise ValueError(f"“{raw}” is not known; write one of {', '.join(allowed)}")
        return value

    return read


def day(raw: Any) -> date | None:
    value = str(raw).strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"“{raw}” is not a day; write it like 2026-11-21") from None


def words(raw: Any) -> list[str]:
    return list(dict.fromkeys(str(raw).split()))


def as_it_is(raw: Any) -> Any:
    return raw


def read_csv(path: Path) -> Iterator[tuple[int, Raw]]:
    """Rows of a UTF-8 CSV file with a header; numbered as a spreadsheet shows them. Empty lines are no rows."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise PackUnreadable(f"{path.name}: not UTF-8 at byte {error.start}; save it as “CSV UTF-8”") from None
    reader = csv.DictReader(io.StringIO(content, newline=""), restkey=TOO_MANY, restval="", strict=True)
    try:
        for number, row in enumerate(reader, 2):
            if any(row.values()):
                yield number, row
    except csv.Error as error:
        raise PackUnreadable(f"{path.name}: line {reader.line_num}: {error}; look for a quotation mark") from None


def read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise PackUnreadable(f"{path.name}: not JSON: {error}") from None


def read_object(path: Path) -> Raw:
    found = read_json(path)
    if not isinstance(found, dict):
        raise PackUnreadable(f"{path.name}: is no JSON object; write it like {{“key”: value}}")
    return found


def read_features(path: Path) -> Iterator[tuple[int, Raw]]:
    """Features of a GeoJSON file: their properties, and `geometry`; numbered from 1."""
    for number, feature in enumerate(read_object(path).get("features") or [], 1):
        yield number, {**(feature.get("properties") or {}), "geometry": feature.get("geometry")}


def read_pairs(path: Path) -> Iterator[tuple[int, Raw]]:
    """Keys and values of a JSON object."""
    for number, (key, value) in enumerate(read_object(path).items(), 1):
        yield number, {"key": key, "value": value}
