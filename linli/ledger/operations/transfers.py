"""The everyday bookings: post, post by shares, reserve, use, give up, reverse; and the job that ends old reservations."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.errors import Conflict, NotFound, RuleBroken
from linli.kernel.events import emit
from linli.kernel.policy import SYSTEM, Actor
from linli.ledger.events import HoldExpired
from linli.ledger.models import Kind, LedgerAccount, Transfer
from linli.ledger.operations.booking import NO_REASON, Booked, Leg, Reason, book
from linli.ledger.operations.splitting import split

EXPIRED = Reason(purpose="ledger.expired")
EXPIRY = uuid.UUID("6f1a9d8e-4a57-5d0c-9a56-3f1c7f2f9b11")  # name space of the bookings that the job makes


def post(
    *,
    actor: Actor,
    booking: uuid.UUID,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: int,
    worked: tuple[datetime, datetime] | None = None,
    reason: Reason = NO_REASON,
) -> Booked:
    """Move units from one account to another at once. Raises as `book`."""
    return book(actor=actor, booking=booking, legs=[Leg.post(debit, credit, amount, worked=worked)], reason=reason)


def post_by_shares(
    *,
    actor: Actor,
    booking: uuid.UUID,
    debit: LedgerAccount,
    credits: Sequence[tuple[LedgerAccount, int]],
    amount: int,
    reason: Reason = NO_REASON,
) -> Booked:
    """Move units to several accounts by shares (`split` says how it is rounded), all or none. A part of nothing is left out."""
    parts = split(amount, [share for _account, share in credits])
    legs = [Leg.post(debit, account, part) for (account, _share), part in zip(credits, parts, strict=True) if part]
    return book(actor=actor, booking=booking, legs=legs, reason=reason)


def hold(
    *,
    actor: Actor,
    booking: uuid.UUID,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: int,
    expires_at: datetime | None = None,
    reason: Reason = NO_REASON,
) -> Booked:
    """Reserve units: what is reserved cannot be spent otherwise, so that using it later cannot fail for want of them."""
    return book(actor=actor, booking=booking, legs=[Leg.reserve(debit, credit, amount, expires_at)], reason=reason)


def capture(*, actor: Actor, booking: uuid.UUID, held: Transfer, amount: int | None = None, reason: Reason = NO_REASON) -> Booked:
    """Use a reservation, whole or a part; the rest is free again. Raises Conflict("hold_resolved") if it ended before."""
    return book(actor=actor, booking=booking, legs=[Leg.capture(held, amount)], reason=reason)


def release(*, actor: Actor, booking: uuid.UUID, held: Transfer, reason: Reason = NO_REASON) -> Booked:
    """Give a reservation up. Raises Conflict("hold_resolved") if it ended before."""
    return book(actor=actor, booking=booking, legs=[Leg.release(held)], reason=reason)


def reverse(*, actor: Actor, booking: uuid.UUID, reversed_booking: uuid.UUID, reason: Reason) -> Booked:
    """Move back everything a booking moved, in one new booking; `reason.note` says why and is required.

    Open reservations are released, not reversed. Raises NotFound, RuleBroken("reason_missing"), Conflict("reversed_already"),
    and RuleBroken("overdrawn") where what was given has been spent.
    """
    if not reason.note.strip():
        raise RuleBroken("reason_missing", _("Say why it is reversed."), field="note")
    rows = list(Transfer.objects.filter(booking=reversed_booking).order_by("place"))
    if not rows:
        raise NotFound("booking_unknown", _("There is no such booking."))
    moved = [row for row in rows if row.kind in (Kind.POST, Kind.CAPTURE)]
    if not moved or any(row.reverses_id for row in moved):
        raise RuleBroken("reversal_differs", _("Only a transfer that moved something can be reversed, as a whole."))
    filled = replace(reason, note=reason.note.strip(), about_id=reason.about_id or rows[0].about_id)
    return book(actor=actor, booking=booking, legs=[Leg.back(row) for row in reversed_order(moved)], reason=filled)


def reversed_order(rows: Sequence[Transfer]) -> list[Transfer]:
    """Last in, first out: so every account has what it gives back at the moment it gives it."""
    return sorted(rows, key=lambda row: -row.place)


def expire_holds(*, now: datetime | None = None, most: int = 1000) -> int:
    """Release every reservation whose time is over; returns how many. One that is used meanwhile stays used.

    The booking's id follows from the hold: two jobs at once release it once. Emits `ledger.hold.expired`.
    """
    now = now or timezone.now()
    over = Transfer.objects.filter(kind=Kind.HOLD, expires_at__lte=now, resolutions=None).order_by("expires_at")[:most]
    count = 0
    for held in over:
        booking = uuid.uuid5(EXPIRY, str(held.pk))
        try:
            with transaction.atomic():
                done = release(actor=SYSTEM, booking=booking, held=held, reason=EXPIRED)
                if done.is_new:
                    emit(SYSTEM, HoldExpired(held.about_id, held.pk, booking))
        except Conflict:
            continue
        count += done.is_new
    return count
