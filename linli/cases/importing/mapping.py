"""The map of an import: which of their columns is which of our fields, and how their words become ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from linli.kernel.errors import BadInput

FIELDS = ("external_id", "reported_at", "closed_at", "due_at", "status", "category", "text", "address", "lng", "lat",
          "answer", "unit", "on_time")  # fmt: skip
REQUIRED = ("external_id", "reported_at", "category")
NAMED = Path(__file__).parent / "maps"


@dataclass(frozen=True)
class ImportMap:
    """How to read a foreign file.

    `columns`: our field → their column, or several joined for texts. `categories`: their word → our category code,
    `*` for everything else. `closed`, `open`: their words for a status. `zone`: of instants that name none.
    `offset`: degrees east and north added to every place (to show another city's rows on this map). `datum`: of places.
    """

    source: str
    columns: dict[str, list[str]]
    categories: dict[str, str] = field(default_factory=dict)
    closed: frozenset[str] = frozenset({"closed"})
    open: frozenset[str] = frozenset({"open"})
    on_time: frozenset[str] = frozenset({"ontime", "on time", "yes", "true", "1"})
    zone: str = "UTC"
    datum: str = "wgs84"
    offset: tuple[float, float] = (0.0, 0.0)
    kept: tuple[str, ...] = ()  # their columns kept as attributes

    def adjusted(self, *, source: str = "", offset: str = "") -> ImportMap:
        """The map with another source name, or another offset written `east,north`. Raises BadInput."""
        try:
            east, north = (float(part) for part in offset.split(",")) if offset else self.offset
        except ValueError:
            raise BadInput(
                "offset_wrong", f"--offset {offset!r} is not two numbers such as 181.3,-11.7", field="offset"
            ) from None
        return replace(self, source=source or self.source, offset=(east, north))

    @property
    def needed(self) -> list[list[str]]:
        """Columns without which no row can be taken, one of each group."""
        return [self.columns[name] for name in REQUIRED]

    def value(self, row: Mapping[str, Any], name: str) -> str:
        """Our field's value in their row, as text; several columns are joined."""
        parts = [str(row.get(column) or "").strip() for column in self.columns.get(name, [])]
        return "\n".join(dict.fromkeys(part for part in parts if part))

    def category(self, word: str) -> str:
        return self.categories.get(word) or self.categories.get("*", "")

    def is_closed(self, word: str, column: str) -> bool:
        """Whether the status says closed; one that is not said is open. Raises BadInput for a word the map does not have."""
        plain = word.strip().lower()
        if plain and plain not in self.closed | self.open:
            raise BadInput(
                "status_unknown", f'{word!r} is no status of the map; name it under its "open" or "closed".', field=column
            )
        return plain in self.closed

    def instant(self, text: str, column: str) -> datetime | None:
        """An instant in UTC. Raises BadInput naming the column."""
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
            return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.zone))).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadInput("date_wrong", f"{text!r} is not a date such as 2026-11-21T09:30:00+08:00", field=column) from None


def read_map(text: str) -> ImportMap:
    """A map by the name of a shipped one, by the path of a JSON file, or written out: `external_id=id,text=a+b,…`.

    Raises BadInput saying what is wrong with it.
    """
    if (named := NAMED / f"{text}.json").is_file():
        return _from_json(named)
    if text.endswith(".json"):
        if not Path(text).is_file():
            raise BadInput("map_missing", f"There is no file {text}.", field="map")
        return _from_json(Path(text))
    if "=" in text:
        pairs = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
        return _made(
            {"source": pairs.pop("source", "import"), "columns": {ours: theirs.split("+") for ours, theirs in pairs.items()}}
        )
    known = ", ".join(sorted(path.stem for path in NAMED.glob("*.json")))
    raise BadInput("map_unknown", f"--map takes a file, pairs such as external_id=id,…, or one of: {known}", field="map")


def _from_json(path: Path) -> ImportMap:
    try:
        return _made(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise BadInput("map_wrong", f"{path}: {error}", field="map") from None


def _made(raw: dict[str, Any]) -> ImportMap:
    columns = {ours: [theirs] if isinstance(theirs, str) else list(theirs) for ours, theirs in raw.get("columns", {}).items()}
    if unknown := sorted(set(columns) - set(FIELDS)):
        raise BadInput("map_wrong", f"Unknown fields {', '.join(unknown)}; known are {', '.join(FIELDS)}.", field="map")
    if missing := [name for name in REQUIRED if name not in columns]:
        raise BadInput("map_wrong", f"The map must name a column for {', '.join(missing)}.", field="map")
    zone = raw.get("zone", "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput("map_wrong", f"{zone!r} is not a time zone.", field="zone") from None
    offset = raw.get("offset", [0.0, 0.0])
    return ImportMap(
        source=raw.get("source") or "import",
        columns=columns,
        categories=raw.get("categories", {}),
        closed=frozenset(word.lower() for word in raw.get("closed", ["closed"])),
        open=frozenset(word.lower() for word in raw.get("open", ["open"])),
        on_time=frozenset(word.lower() for word in raw.get("on_time_words", ["ontime", "on time", "yes", "true", "1"])),
        zone=zone,
        datum=raw.get("datum", "wgs84"),
        offset=(float(offset[0]), float(offset[1])),
        kept=tuple(raw.get("kept", ())),
    )
