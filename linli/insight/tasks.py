"""Jobs of insight; each safe to run twice."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from linli.insight import operations
from linli.kernel.jobs import task
from linli.kernel.models import Job


@task("insight.refresh_day")
def refresh_day(day: str) -> None:
    """Count one day again."""
    # A step taken from here on asks for another count instead of finding that one is under way already.
    Job.objects.filter(unique_key=f"count:{day}").update(unique_key=None)
    operations.refresh_day(date.fromisoformat(day))


@task("insight.refresh_all", outside=True)
def refresh_all() -> None:
    """Count every day again, each in its own transaction."""
    operations.refresh_all()


@task("insight.refresh_recent", every=timedelta(hours=6))
def refresh_recent() -> None:
    """Count the last weeks again: an open case becomes late without anybody touching it."""
    today = timezone.localdate()
    for back in range(45):
        operations.refresh_day(today - timedelta(days=back))
