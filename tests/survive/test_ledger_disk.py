"""The disk under the books: full, or slow; and that an acknowledgement comes after the disk and not before."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from linli.kernel.policy import SYSTEM
from linli.ledger import operations
from linli.ledger.models import Transfer
from linli.ledger.operations import durable
from linli.ledger.queries.verifying import verify
from linli.ledger.tests.factories import balances, issuer, new, post, purse

pytestmark = [pytest.mark.survive, pytest.mark.django_db(transaction=True)]


def pragma(text: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {text}")
        return (cursor.fetchone() or [0])[0]


@pytest.fixture
def room_for() -> Iterator[object]:
    """Let no file of this process grow beyond so many bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fill_until_refused(giver, taker):
    """Book until the disk is full: how many were acknowledged, and the booking that was not."""
    for count in range(5000):
        booking = new()
        try:
            operations.post(actor=SYSTEM, booking=booking, debit=giver, credit=taker, amount=1)
        except OperationalError:
            return count, booking
    raise AssertionError("the disk never got full")


@pytest.mark.parametrize("how", ["pages", "file"])
def test_a_full_disk_refuses_loses_nothing_and_takes_the_same_booking_later(how, room_for):
    """Beyond its pages the database says it is full; beyond the file's size the system says so to the log."""
    if connection.vendor != "sqlite":
        return
    giver, taker = issuer(), purse()
    post(giver, taker, 1)
    pragma("wal_checkpoint(TRUNCATE)")
    if how == "pages":
        pragma(f"max_page_count = {pragma('page_count') + 4}")
    else:
        room_for(500_000)

    count, refused = fill_until_refused(giver, taker)

    assert count > 2
    pragma("max_page_count = 1073741823")
    room_for(resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    assert balances(taker) == [1 + count]
    assert not Transfer.objects.filter(booking=refused).exists()
    again = operations.post(actor=SYSTEM, booking=refused, debit=giver, credit=taker, amount=1)
    assert again.is_new
    assert balances(taker) == [2 + count]
    assert verify().findings == []


def test_sqlite_acknowledges_after_the_log_is_on_the_disk_and_lets_others_write_meanwhile(monkeypatch):
    if connection.vendor != "sqlite":
        return
    giver, taker, seen = issuer(), purse(), []
    pragma("synchronous = FULL")
    real = os.fdatasync

    def watched(file):
        held = connection._queue._held
        seen.append((Path(os.readlink(f"/proc/self/fd/{file}")).name, held, connection.in_atomic_block))
        real(file)

    monkeypatch.setattr(durable.os, "fdatasync", watched)
    booking = new()
    try:
        for _time in range(2):
            operations.post(actor=SYSTEM, booking=booking, debit=giver, credit=taker, amount=1)
        assert pragma("synchronous") == 2
    finally:
        pragma("synchronous = OFF")

    # Once for the booking and once for its repetition, which may have come while the first was still on its way.
    name = Path(str(connection.settings_dict["NAME"])).name
    assert seen == [(f"{name}-wal", False, False)] * 2


def test_what_fails_at_the_disk_is_not_acknowledged_and_settings_stay_as_they_were(monkeypatch):
    if connection.vendor != "sqlite":
        return
    giver, taker, booking = issuer(), purse(), new()
    pragma("synchronous = FULL")

    def broken(file):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(durable.os, "fdatasync", broken)
        with pytest.raises(OSError, match="Input/output"):
            operations.post(actor=SYSTEM, booking=booking, debit=giver, credit=taker, amount=1)
    level = pragma("synchronous")
    again = operations.post(actor=SYSTEM, booking=booking, debit=giver, credit=taker, amount=1)
    pragma("synchronous = OFF")

    assert (level, again.is_new, balances(taker)) == (2, False, [1])
