"""How work runs: kinds, hours, doors, spans of time, repeat spots. Reads the rows of the period once, and keeps the outcome.

What is kept goes by the counts of the period: as soon as a case of it moves, the counts differ and the rows are read again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from linli.cases.models import Case, in_area
from linli.cases.queries.lists import first_id
from linli.cases.workflow import ENDED
from linli.insight.queries.hotspots import Sighting, Spot, spots
from linli.insight.queries.periods import Period, day_bounds
from linli.insight.queries.rates import Rates, Span, area_for, total_rates
from linli.kernel.policy import Actor

KEPT_SECONDS = 86_400
MOST_KINDS = 10
MOST_SPOTS = 20
FIELDS = (
    "category_id", "door", "stage", "reported_at", "delivered_at", "closed_at", "lng", "lat", "grid_code", "extension_count",
)  # fmt: skip


@dataclass
class Board:
    """What the board shows. Codes, not names: names depend on the reader's language. Spans are minutes."""

    cases: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    doors: Counter[str] = field(default_factory=Counter)
    hours: list[list[int]] = field(default_factory=lambda: [[0] * 24 for _day in range(7)])  # Monday first
    done: int = 0
    median: int | None = None
    ninetieth: int | None = None
    closed: int = 0
    same_day: int = 0
    extended: int = 0
    spots: list[Spot] = field(default_factory=list)
    spot_count: int = 0


@dataclass(frozen=True)
class Looked:
    """A board with the rates of the same period and the one before."""

    period: Period
    span: Span
    unit: int | None
    board: Board
    rates: Rates
    before: Rates


def look(actor: Actor, period: Period, *, area: str = "", unit: int | None = None) -> Looked:
    """The board of a period within what the actor's post covers. Raises NotFound for an area that is not theirs."""
    mine = area_for(actor, area)
    span = Span(period.since, period.until, mine)
    rates = total_rates(span, unit)
    before = total_rates(Span(period.since_before, period.until_before, mine), unit)
    key = _key(span, unit, rates)
    board = cache.get(key)
    if board is None:
        board = board_of(span, unit)
        cache.set(key, board, KEPT_SECONDS)
    return Looked(period, span, unit, board, rates, before)


def _key(span: Span, unit: int | None, rates: Rates) -> str:
    told = f"{span.since}{span.until}{span.area}|{unit}|{sorted(rates.counts.items())}"
    return f"insight.board.{hashlib.sha256(told.encode()).hexdigest()[:32]}"


def board_of(span: Span, unit: int | None = None) -> Board:
    """Read the rows of a span. One query; memory goes with what was found, not with how many rows were read."""
    board = Board()
    took: list[int] = []
    board_spots = spots(_sightings(_rows(span, unit), board, took))
    took.sort()
    board.done = len(took)
    board.median, board.ninetieth = at_share(took, 0.5), at_share(took, 0.9)
    board.spot_count, board.spots = len(board_spots), board_spots[:MOST_SPOTS]
    return board


def _rows(span: Span, unit: int | None) -> Iterator[tuple[Any, ...]]:
    (start, _), (_, end) = day_bounds(span.since), day_bounds(span.until)
    rows = Case.objects.filter(pk__gte=first_id(start), pk__lt=first_id(end), is_sealed=False).filter(in_area(span.area))
    if unit is not None:
        rows = rows.filter(lead_unit_id=unit)
    return rows.order_by("pk").values_list(*FIELDS).iterator(chunk_size=5000)


def _sightings(rows: Iterator[tuple[Any, ...]], board: Board, took: list[int]) -> Iterator[Sighting]:
    """Count each row into the board and pass on where it was."""
    zone = timezone.get_default_timezone()
    for category, door, stage, reported_at, delivered_at, closed_at, lng, lat, grid, extensions in rows:
        here: datetime = reported_at.astimezone(zone)
        board.cases += 1
        board.kinds[category] += 1
        board.doors[door] += 1
        board.hours[here.weekday()][here.hour] += 1
        board.extended += extensions > 0
        if delivered_at is not None:
            took.append(int((delivered_at - reported_at).total_seconds() // 60))
        if stage in ENDED and closed_at is not None:
            board.closed += 1
            board.same_day += closed_at.astimezone(zone).date() == here.date()
        yield category, lng, lat, grid, here.date()


def at_share(ordered: list[int], share: float) -> int | None:
    """The smallest of sorted values that at least this share of them does not exceed."""
    if not ordered:
        return None
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]


def pareto(board: Board) -> list[dict[str, Any]]:
    """The most frequent kinds with their share and the share of all so far; percents."""
    sofar, found = 0, []
    for code, count in sorted(board.kinds.items(), key=lambda item: (-item[1], item[0]))[:MOST_KINDS]:
        sofar += count
        found.append({
            "code": code, "count": count, "share": round(100 * count / board.cases, 1),
            "sofar": round(100 * sofar / board.cases, 1),
        })  # fmt: skip
    return found
