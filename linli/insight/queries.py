"""Rates of units and areas over a span of days: answered in time, solved, satisfied. From daily counts, never from rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from linli.insight import settings
from linli.insight.models import DayCount
from linli.kernel import options
from linli.kernel.policy import Actor
from linli.organizations.queries import bodies
from linli.places.queries import areas

COUNTS = (
    "reported",
    "registered",
    "refused",
    "merged",
    "dispatched",
    "due",
    "in_time",
    "exempt",
    "closed",
    "open",
    "rated",
    "solved",
    "partly",
    "satisfied",
    "fairly",
    "reworked",
    "returned",
    "reopened",
    "minutes_to_done",
)


@dataclass(frozen=True)
class Rates:
    """Counts of one unit, area or day, and what follows from them. Rates are percents; None: nothing to judge yet."""

    key: str
    name: str
    counts: dict[str, int]

    def __getattr__(self, name: str) -> int:
        try:
            return self.__dict__["counts"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def in_time_rate(self) -> float | None:
        """Delivered within the limit ÷ delivered or past the limit; cases exempted by appeal left out."""
        return _percent(self.counts["in_time"], self.counts["due"])

    @property
    def solved_rate(self) -> float | None:
        """(Solved + weight · partly) ÷ judged by the reporter."""
        part = self.counts["partly"] * float(options.value(settings.PARTLY_WEIGHT))
        return _percent(self.counts["solved"] + part, self.counts["rated"])

    @property
    def satisfied_rate(self) -> float | None:
        """(Four or five + weight · three) ÷ judged by the reporter."""
        part = self.counts["fairly"] * float(options.value(settings.FAIRLY_WEIGHT))
        return _percent(self.counts["satisfied"] + part, self.counts["rated"])

    @property
    def score(self) -> float | None:
        """The three rates by the place's weights; None while one of them is missing."""
        weights = options.value(settings.WEIGHTS)
        rates = {"in_time": self.in_time_rate, "solved": self.solved_rate, "satisfied": self.satisfied_rate}
        if any(rate is None for rate in rates.values()):
            return None
        return round(sum(float(weights[key]) * (rate or 0) for key, rate in rates.items()) / sum(weights.values()), 1)

    @property
    def hours_to_done(self) -> float | None:
        done = self.counts["due"]
        return round(self.counts["minutes_to_done"] / 60 / done, 1) if done else None


def _percent(part: float, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


@dataclass(frozen=True)
class Span:
    """Local days, both included, and the area looked at."""

    since: date
    until: date
    area: str = ""

    @classmethod
    def month(cls, area: str = "") -> Span:
        today = timezone.localdate()
        return cls(today - timedelta(days=29), today, area)


def _rows(span: Span, unit: int | None = None) -> Any:
    rows = DayCount.objects.filter(day__gte=span.since, day__lte=span.until)
    if len(span.area) > 6:
        rows = rows.filter(community_code__gte=span.area[:12], community_code__lt=f"{span.area[:12]}~")
    return rows if unit is None else rows.filter(unit_id=unit)


def _sums(rows: Any, *keys: str) -> list[dict[str, Any]]:
    return list(rows.values(*keys).annotate(**{f"n_{name}": Sum(name) for name in COUNTS}).order_by(*keys))


def _counts(row: dict[str, Any]) -> dict[str, int]:
    return {name: row.get(f"n_{name}") or 0 for name in COUNTS}


def total_rates(span: Span, unit: int | None = None) -> Rates:
    """Everything in the span as one."""
    row = _rows(span, unit).aggregate(**{f"n_{name}": Sum(name) for name in COUNTS})
    return Rates("", "", _counts(row))


def unit_rates(span: Span) -> list[Rates]:
    """One for each unit that had cases, by name of unit."""
    known = bodies()
    return [
        Rates(str(row["unit_id"]), known.name(row["unit_id"]), _counts(row))
        for row in _sums(_rows(span), "unit_id")
        if row["unit_id"]
    ]


def area_rates(span: Span, *, level: str = "community", unit: int | None = None) -> list[Rates]:
    """One for each community (or street) that had cases."""
    tree, cut = areas(), 9 if level == "street" else 12
    gathered: dict[str, dict[str, int]] = {}
    for row in _sums(_rows(span, unit), "community_code"):
        into = gathered.setdefault(row["community_code"][:cut], dict.fromkeys(COUNTS, 0))
        for name, count in _counts(row).items():
            into[name] += count
    return [Rates(code, tree.name(code), counts) for code, counts in sorted(gathered.items())]


def day_rates(span: Span, unit: int | None = None) -> list[Rates]:
    """One for each day, for curves; days without a case are left out."""
    return [Rates(row["day"].isoformat(), row["day"].isoformat(), _counts(row)) for row in _sums(_rows(span, unit), "day")]


def span_for(actor: Actor, since: date, until: date, area: str) -> Span:
    """The span narrowed to what the actor's post covers."""
    mine = "" if actor.reach in ("all", "unit") else actor.area_code
    return Span(since, until, area if area.startswith(mine) else mine)
