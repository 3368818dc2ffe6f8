"""Recurring work of the kernel: old request keys and sessions are let go, a missing calendar year is told."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from linli.kernel import uploads
from linli.kernel.jobs import task
from linli.kernel.models import CalendarDay, RequestKey

log = logging.getLogger("linli.worker")

KEEP_KEYS = timedelta(days=30)


@task("kernel.forget_request_keys", every=timedelta(minutes=1))
def forget_request_keys() -> None:
    """Answers kept for repeated requests are let go after 30 days. Each minute: the worker's sign of life too."""
    RequestKey.objects.filter(at__lt=timezone.now() - KEEP_KEYS).delete()


@task("kernel.sweep_pieces", every=timedelta(hours=1))
def sweep_pieces() -> None:
    """Pieces of photos that nobody went on with for a day are deleted."""
    uploads.sweep_pieces()


@task("kernel.forget_sessions", every=timedelta(days=1))
def forget_sessions() -> None:
    """Sessions that have ended are removed."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()


@task("kernel.know_the_tables", every=timedelta(days=1))
def know_the_tables() -> None:
    """SQLite looks at a sample of what has changed much, so that it picks the right index; PostgreSQL does so itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit=4000")
            cursor.execute("PRAGMA optimize=0x10002")  # all tables, not only those this connection has asked


@task("kernel.look_at_calendar", every=timedelta(days=1))
def look_at_calendar() -> None:
    """Warn when the year that limits reach into has no holidays yet: working days would be counted wrongly."""
    year = (timezone.localdate() + timedelta(days=60)).year
    if not CalendarDay.objects.filter(day__year=year).exists():
        log.warning("the calendar has no holidays for %s: load a pack with that year", year)
