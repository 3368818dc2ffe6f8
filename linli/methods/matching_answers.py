"""What `matching` answers: moves and their causes, reasons, shortages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Move:
    """A request that changed its place; −1 is "nobody". `because`: the request that took its place, or left the new one."""

    request: int
    before: int
    after: int
    because: int


@dataclass(frozen=True)
class Change:
    """What an event did. `request`: its own (−1: none); moves by their causes, its own first; `cost`: how their sum changed."""

    request: int
    moves: tuple[Move, ...]
    cost: int


@dataclass(frozen=True)
class Option:
    """An organisation that may serve a request. `price`: what a slot there is worth to others, load steps included."""

    organization: int
    cost: int
    price: int

    @property
    def total(self) -> int:
        return self.cost + self.price


@dataclass(frozen=True)
class Reason:
    """Why a request is where it is.

    `options` by rising total; the plan is optimal, so the chosen one is first among equals. Serving the request at another
    option instead would cost at least the difference of the totals in all. `nearest`: the option of least cost; when it is
    not the chosen one, its price says how much others would lose. `kind`: "nearest", "nearest_is_needed" (others need it
    more), "nobody_may" (no eligible organisation), "all_taken" (eligible ones are full of equally or more urgent requests).
    """

    request: int
    kind: str
    chosen: Option | None
    second: Option | None
    nearest: Option | None
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Shortage:
    """A kind of request that is not served in full. `where`: the organisation where one more slot helps most."""

    kind: Any
    unserved: int
    nobody_may: int  # of them: without any eligible organisation
    slots: int  # of the organisations that may serve this kind
    taken: int  # of these slots
    where: int  # −1 when none may
    value: int  # what one more slot there saves
    serves_one_more: bool  # and whether it lets one more be served
