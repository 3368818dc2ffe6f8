"""Limits of a case: which step is due when, when the whole is due, when the light turns yellow."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from linli.cases import settings
from linli.catalogue.models import Condition
from linli.kernel import options
from linli.kernel.calendar import calendar
from linli.kernel.clocks import Limit

parse_limit = lru_cache(maxsize=256)(Limit.parse)


def due_of(start: datetime, limit: str) -> datetime:
    """When a limit such as `4H` that starts at `start` is over, on the district's calendar."""
    return calendar().due(start, parse_limit(limit))


def step_due(starts: tuple[str, ...], now: datetime) -> datetime | None:
    """When the step that starts now is due: the first of its clocks that has a limit of its own."""
    limits = options.value(settings.STEP_LIMITS)
    for clock in starts:
        if limit := limits.get(clock):
            return due_of(now, limit)
    return None


def warn_of(start: datetime, due: datetime) -> datetime:
    """When the light turns yellow: the set share of the limit before it is due, on the wall clock."""
    share = float(options.value(settings.YELLOW_SHARE))
    return due - timedelta(seconds=(due - start).total_seconds() * share)


def limit_of(condition: Condition, area_class: str) -> str:
    return condition.limit_for(area_class)
