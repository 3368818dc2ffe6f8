"""Heads of the chain: the job that seals what was booked, and closes a day once it is over."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from linli.kernel.events import emit
from linli.kernel.policy import SYSTEM
from linli.ledger.events import DayClosed
from linli.ledger.models import Head
from linli.ledger.queries import chain

AT_ONCE = 20_000  # transfers under one head: closing a day after a pause does not keep writers waiting
GRACE = timedelta(minutes=10)  # a booking that began before midnight may still be under way


def seal(*, now: datetime | None = None) -> Head | None:
    """Seal every transfer that is committed, and close the day before if that was not done. Returns the newest head.

    Two at once: the second finds the number taken and leaves it to the first. Emits `ledger.day.closed`.
    """
    now = now or timezone.now()
    try:
        with transaction.atomic():
            until = _settled()  # once: whoever goes on booking meanwhile is sealed the next time
        while _seal_block(until, now):
            pass
        day = timezone.localdate(now - GRACE) - timedelta(days=1)
        if _is_open(day):
            _close_day(day, now)
    except IntegrityError:
        pass
    return Head.objects.order_by("-number").first()


def end_of(day: date) -> datetime:
    """The first instant after a day of the district."""
    return datetime.combine(day + timedelta(days=1), time(), timezone.get_default_timezone())


def _settled() -> int:
    """The number up to which nothing can be added any more.

    On PostgreSQL a lower number may commit after a higher one: the lock waits until nobody is writing, for a moment.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE ledger_transfer IN SHARE MODE")
    return chain.last_seq()


def _seal_block(until: int, now: datetime) -> bool:
    """Seal up to `AT_ONCE` transfers; True when there were any."""
    before = Head.objects.order_by("-number").first()
    if until <= (before.last_seq if before else 0):
        return False
    return _add_head(before, until, now) is not None


def _add_head(before: Head | None, until: int, now: datetime, closes: date | None = None) -> Head | None:
    digest, last, count = (before.digest, before.last_seq, 0) if before else (chain.START, 0, 0)
    for seq, line in chain.lines(after=last, until=until):
        digest, last, count = chain.extend(digest, line), seq, count + 1
        if count == AT_ONCE and closes is None:
            break
    if not count and closes is None:
        return None
    head = Head(
        number=before.number + 1 if before else 1,
        last_seq=last,
        new_rows=count,
        total_rows=count + (before.total_rows if before else 0),
        digest=digest,
        sealed_at=now,
        closes=closes,
        closed_until=closes and end_of(closes),
    )
    with transaction.atomic():  # begun only now: hashing keeps no writer waiting
        head.save(force_insert=True)
    return head


def _is_open(day: date) -> bool:
    """The day is not closed yet. The first one to be closed is the day of the first head: until its end history may come in."""
    newest = Head.objects.exclude(closes=None).order_by("-number").first()
    if newest is None or newest.closes is None:
        return Head.objects.filter(sealed_at__lt=end_of(day)).exists()
    return newest.closes < day


def _close_day(day: date, now: datetime) -> None:
    """Nobody writes while the last few transfers are sealed, so nothing dated on the day can come in behind the head."""
    with transaction.atomic():
        until = _settled()
        head = _add_head(Head.objects.order_by("-number").first(), until, now, closes=day)
        if head is not None:
            emit(SYSTEM, DayClosed(day.isoformat(), head.number, head.last_seq, head.digest))
