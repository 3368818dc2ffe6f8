"""What can happen to the books."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from linli.kernel.events import Happening, event


@event
@dataclass(frozen=True)
class AccountOpened(Happening):
    """An account was opened."""

    name: ClassVar[str] = "ledger.account.opened"
    subject: ClassVar[str] = "holder_id"

    holder_id: uuid.UUID | None
    account: int
    code: str
    unit: str
    rule: str


@event
@dataclass(frozen=True)
class AccountClosed(Happening):
    """An account took its last transfer; it is empty and stays so."""

    name: ClassVar[str] = "ledger.account.closed"
    subject: ClassVar[str] = "holder_id"

    holder_id: uuid.UUID | None
    account: int
    code: str


@event
@dataclass(frozen=True)
class HoldExpired(Happening):
    """A reservation was given up because its time was over. Other bookings are told by whoever asked for them."""

    name: ClassVar[str] = "ledger.hold.expired"
    subject: ClassVar[str] = "about_id"

    about_id: uuid.UUID | None
    hold: int
    booking: uuid.UUID


@event
@dataclass(frozen=True)
class DayClosed(Happening):
    """A day of the books was closed: nothing can be dated on it or before any more. The hash is for the notice board."""

    name: ClassVar[str] = "ledger.day.closed"

    day: str
    head: int
    last_seq: int
    digest: str


@event
@dataclass(frozen=True)
class BankLinesImported(Happening):
    """Lines of a bank statement were taken in; how many were new, how many were known."""

    name: ClassVar[str] = "ledger.bank_lines.imported"

    account: int
    new: int
    known: int


@event
@dataclass(frozen=True)
class BankLineMatched(Happening):
    """A line of a bank statement and transfers of ours were found to be the same movement of money."""

    name: ClassVar[str] = "ledger.bank_line.matched"

    line: int
    transfers: tuple[int, ...]
