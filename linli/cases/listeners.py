"""Reactions of cases to their own events, after the transaction."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from linli.kernel.events import listen
from linli.kernel.jobs import enqueue
from linli.kernel.models import Event

FRESH = timedelta(hours=2)


@listen("cases.case.reported")
def look_for_burst(event: Event) -> None:
    """Ask for one look at the street; many reports at once are looked at once. History brings no storms."""
    if timezone.now() - event.at < FRESH:
        area = event.data.get("area_code", "")
        enqueue("cases.notice_burst", unique_key=f"burst:{area[:9]}", area_code=area)
