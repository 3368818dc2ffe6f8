"""The one way into the books: `book` writes transfers that stand or fall together, under an id that the asker made."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.errors import BadInput, Conflict, NotAllowed
from linli.kernel.policy import Actor
from linli.ledger.models import FAR, Kind, LedgerAccount, Rule, Transfer, WorkedTime
from linli.ledger.operations.durable import Script, wait_for_disk, write_and_wait
from linli.ledger.operations.refusals import refusal

MOST_LEGS = 5_000
AT_ONCE = 500  # transfers in one statement: SQLite takes 32,766 values
TRIES = 6
AGAIN = {"40001", "40P01"}  # serialization failure, deadlock: nothing was written, the same id may try again
PURPOSE = re.compile(r"[a-z0-9_.\-]{0,40}")
COLUMNS = (
    "seq", "booking", "place", "legs", "total", "fingerprint", "kind", "debit_id", "credit_id", "amount", "hold_id",
    "reverses_id", "expires_at", "at", "purpose", "note", "about_id", "person_id", "post_id",
    "token_id",
)  # fmt: skip


@dataclass(frozen=True)
class Leg:
    """One transfer as it is asked for. `worked` is the time for which minutes are credited."""

    kind: str
    debit_id: int
    credit_id: int
    amount: int
    hold_id: int | None = None
    reverses_id: int | None = None
    expires_at: datetime | None = None
    worked: tuple[datetime, datetime] | None = None

    @classmethod
    def post(cls, debit: LedgerAccount, credit: LedgerAccount, amount: int, **more: Any) -> Leg:
        """Move units from `debit` to `credit` at once."""
        return cls(Kind.POST, debit.pk, credit.pk, amount, **more)

    @classmethod
    def reserve(cls, debit: LedgerAccount, credit: LedgerAccount, amount: int, expires_at: datetime | None = None) -> Leg:
        """Reserve units of `debit` for `credit`."""
        return cls(Kind.HOLD, debit.pk, credit.pk, amount, expires_at=expires_at)

    @classmethod
    def capture(cls, hold: Transfer, amount: int | None = None) -> Leg:
        """Move what was reserved, or a part; the rest of the reservation ends with it."""
        return cls(Kind.CAPTURE, hold.debit_id, hold.credit_id, hold.amount if amount is None else amount, hold_id=hold.pk)

    @classmethod
    def release(cls, hold: Transfer) -> Leg:
        """Give a reservation up."""
        return cls(Kind.RELEASE, hold.debit_id, hold.credit_id, hold.amount, hold_id=hold.pk)

    @classmethod
    def back(cls, transfer: Transfer) -> Leg:
        """Move back what a transfer moved."""
        return cls(Kind.POST, transfer.credit_id, transfer.debit_id, transfer.amount, reverses_id=transfer.pk)

    def plain(self) -> list[Any]:
        """What the fingerprint is made of."""
        times = [self.expires_at, *(self.worked or (None, None))]
        numbers = [self.debit_id, self.credit_id, self.amount, self.hold_id, self.reverses_id]
        return [str(self.kind), *numbers, *(moment and moment.isoformat() for moment in times)]


@dataclass(frozen=True)
class Booked:
    """What stands in the books now: the same for the first asking and for every repetition."""

    booking: uuid.UUID
    transfers: tuple[Transfer, ...]
    is_new: bool

    @property
    def first(self) -> Transfer:
        return self.transfers[0]


@dataclass(frozen=True)
class Reason:
    """What a booking is for: a stable key, words, the thing it is about, and (for imported history) when it was."""

    purpose: str = ""
    note: str = ""
    about_id: uuid.UUID | None = None
    at: datetime | None = None


NO_REASON = Reason()


def book(*, actor: Actor, booking: uuid.UUID, legs: Sequence[Leg], reason: Reason = NO_REASON) -> Booked:
    """Write transfers that stand or fall together. The same id with the same content gives the first result again.

    Raises Conflict("booking_other_content") for a known id with other content, NotAllowed for issuing to oneself,
    BadInput for what cannot be booked at all, and what the rules refuse (`refusals.py`); then nothing is written.
    Returns when it is on the disk, or inside a transaction of the caller's. There, deadlocks are the caller's to try again.
    """
    _check(legs, reason)
    _refuse_issuing_to_oneself(actor, legs)
    fingerprint = _fingerprint(actor, legs, reason)
    is_outermost = not connection.in_atomic_block
    for turn in range(1, TRIES + 1):
        try:
            transfers = _rows(actor, booking, legs, reason, fingerprint)
            if is_outermost:
                write_and_wait(lambda rows=transfers: _write(rows, legs), lambda rows=transfers: _script(rows, legs))
            else:
                with transaction.atomic():
                    _write(transfers, legs)
            return Booked(booking, tuple(transfers), True)
        except IntegrityError as error:
            known = _known(booking, fingerprint)
            if known is not None:
                wait_for_disk()
                return known
            refused = refusal(error)
            if refused is None:
                raise
            raise refused from error
        except OperationalError as error:
            if not (is_outermost and turn < TRIES and getattr(error.__cause__, "sqlstate", "") in AGAIN):
                raise
    raise AssertionError("the last turn returns or raises")


def _check(legs: Sequence[Leg], reason: Reason) -> None:
    if not 1 <= len(legs) <= MOST_LEGS:
        raise BadInput("booking_size", _("A booking has between 1 and %(most)d transfers.") % {"most": MOST_LEGS}, field="legs")
    for leg in legs:
        if type(leg.amount) is not int or not 0 < leg.amount < FAR:
            raise BadInput("amount_wrong", _("An amount is a whole number above zero, in the smallest unit."), field="amount")
        if any(moment.tzinfo is None for moment in (leg.expires_at, *(leg.worked or ())) if moment):
            raise BadInput("time_without_zone", _("A time needs its zone."), field="at")
    if not PURPOSE.fullmatch(reason.purpose):
        raise BadInput("purpose_wrong", _("The purpose is a key of small letters, digits and dots."), field="purpose")
    if len(reason.note) > 200 or not reason.note.isprintable():
        raise BadInput("note_wrong", _("A note is one line of at most 200 characters."), field="note")
    if reason.at is not None and (reason.at.tzinfo is None or reason.at > timezone.now()):
        raise BadInput("booked_ahead", _("Nothing is booked ahead of time."), field="at")
    if sum(leg.amount for leg in legs) >= FAR:
        raise BadInput("amount_wrong", _("The amount is too large."), field="amount")


def _refuse_issuing_to_oneself(actor: Actor, legs: Sequence[Leg]) -> None:
    """Whoever acts for an account without limit may not fill their own purse from it: somebody else does."""
    if actor.person_id is None:
        return
    giving = [leg for leg in legs if leg.kind != Kind.RELEASE]
    own = LedgerAccount.objects.filter(pk__in={leg.credit_id for leg in giving}, holder_id=actor.person_id)
    own_ids = set(own.values_list("pk", flat=True))
    issuers = {leg.debit_id for leg in giving if leg.credit_id in own_ids}
    if issuers and LedgerAccount.objects.filter(pk__in=issuers, rule=Rule.FREE).exists():
        raise NotAllowed("issued_to_oneself", _("Nobody credits their own account. Ask somebody else to book it."))


def _fingerprint(actor: Actor, legs: Sequence[Leg], reason: Reason) -> str:
    about = [reason.purpose, reason.note, reason.about_id and reason.about_id.hex, reason.at and reason.at.isoformat()]
    asked = [actor.person_id and actor.person_id.hex, about, [leg.plain() for leg in legs]]
    return hashlib.sha256(json.dumps(asked, separators=(",", ":")).encode()).hexdigest()


def _rows(actor: Actor, booking: uuid.UUID, legs: Sequence[Leg], reason: Reason, fingerprint: str) -> list[Transfer]:
    common = {
        "booking": booking, "legs": len(legs), "total": sum(leg.amount for leg in legs), "fingerprint": fingerprint,
        "at": reason.at or timezone.now(), "purpose": reason.purpose, "note": reason.note, "about_id": reason.about_id,
        "person_id": actor.person_id, "post_id": actor.post_id, "token_id": actor.token_id,
    }  # fmt: skip
    return [
        Transfer(
            place=place, kind=leg.kind, debit_id=leg.debit_id, credit_id=leg.credit_id, amount=leg.amount,
            hold_id=leg.hold_id, reverses_id=leg.reverses_id, expires_at=leg.expires_at, **common,
        )
        for place, leg in enumerate(legs, start=1)
    ]  # fmt: skip


def _write(transfers: list[Transfer], legs: Sequence[Leg]) -> None:
    """Insert the rows; the triggers look at the rules and move the totals."""
    with connection.cursor() as cursor:
        if len(legs) > 1 and connection.vendor == "postgresql":
            cursor.execute(_LOCK, [_accounts(legs)])
        for start in range(0, len(transfers), AT_ONCE):
            some = transfers[start : start + AT_ONCE]
            cursor.execute(*_insertion(some))
            _number(some, cursor.fetchall())
    worked = [
        WorkedTime(transfer=transfer, account_id=leg.credit_id, from_at=leg.worked[0], until_at=leg.worked[1])
        for transfer, leg in zip(transfers, legs, strict=True)
        if leg.worked
    ]
    if worked:
        WorkedTime.objects.bulk_create(worked)


def _script(transfers: list[Transfer], legs: Sequence[Leg]) -> Script | None:
    """The same for PostgreSQL as statements that go out in one message; None for what needs several."""
    if len(legs) > AT_ONCE or any(leg.worked for leg in legs):
        return None
    insertion, values = _insertion(transfers)
    lock = (_LOCK + "; ", [_accounts(legs)]) if len(legs) > 1 else ("", [])
    return Script(lock[0] + insertion, [*lock[1], *values], lambda found: _number(transfers, found))


# All accounts of a booking, the smallest id first, so that two bookings never wait for each other.
_LOCK = "SELECT id FROM ledger_account WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def _accounts(legs: Sequence[Leg]) -> list[int]:
    return sorted({leg.debit_id for leg in legs} | {leg.credit_id for leg in legs})


def _number(transfers: list[Transfer], found: list[Any]) -> None:
    seqs = {place: seq for seq, place in found}
    for row in transfers:
        row.seq = seqs[row.place]


def _insertion(transfers: list[Transfer]) -> tuple[str, list[Any]]:
    """The statement that inserts and gives the numbers. On PostgreSQL the trigger draws the number, whatever is given."""
    number = 0 if connection.vendor == "postgresql" else None
    uuids, times = connection.features.has_native_uuid_field, connection.ops.adapt_datetimefield_value
    values: list[Any] = []
    for row in transfers:
        ids = [value if uuids or value is None else value.hex for value in (row.booking, row.about_id, row.person_id)]
        values += [
            number, ids[0], row.place, row.legs, row.total, row.fingerprint, str(row.kind), row.debit_id, row.credit_id,
            row.amount, row.hold_id, row.reverses_id, times(row.expires_at), times(row.at), row.purpose, row.note, ids[1], ids[2],
            row.post_id, row.token_id,
        ]  # fmt: skip
    one = f"({', '.join(['%s'] * len(COLUMNS))})"
    places = ", ".join([one] * len(transfers))
    return f"INSERT INTO ledger_transfer ({', '.join(COLUMNS)}) VALUES {places} RETURNING seq, place", values  # noqa: S608


def _known(booking: uuid.UUID, fingerprint: str) -> Booked | None:
    """What was booked under this id before. Raises Conflict if it was something else."""
    rows = tuple(Transfer.objects.filter(booking=booking).order_by("place"))
    if not rows:
        return None
    if rows[0].fingerprint != fingerprint:
        raise Conflict(
            "booking_other_content",
            _("This booking id came before with other content. Take a new id for a new booking."),
            field="booking",
        )
    return Booked(booking, rows, False)
