"""Counting follows the cases: every step asks for its day to be counted again, once in a while."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from linli.cases.events import ALL_MOVES
from linli.kernel.events import listen
from linli.kernel.jobs import enqueue
from linli.kernel.models import Event

GATHER = timedelta(seconds=5)


@listen(*ALL_MOVES, "cases.case.escalated")
def count_day(event: Event) -> None:
    """Ask for the day of the case; many steps within some seconds are counted at once."""
    if day := event.data.get("reported_on"):
        enqueue("insight.refresh_day", due_at=timezone.now() + GATHER, unique_key=f"count:{day}", day=day)


@listen("cases.history.loaded")
def count_everything(event: Event) -> None:
    """History came in at once: count every day."""
    enqueue("insight.refresh_all", unique_key="count:all")
