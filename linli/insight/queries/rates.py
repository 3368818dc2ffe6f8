"""Rates of units and areas over a span of days: answered in time, solved, satisfied. From daily counts, never from rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.insight import settings
from linli.insight.models import ALL_UNITS, EVERYWHERE, SUMS, DayCount
from linli.kernel import options
from linli.kernel.errors import NotFound
from linli.kernel.policy import Actor
from linli.organizations.queries import bodies
from linli.places.queries import areas

RATES = ("in_time_rate", "solved_rate", "satisfied_rate", "score")


@dataclass(frozen=True)
class Rates:
    """Counts of one unit, area or day, and what follows from them. Rates are percents; None: nothing to judge yet."""

    key: str
    name: str
    counts: dict[str, int]

    def __getattr__(self, name: str) -> int:
        try:
            return self.__dict__["counts"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def late(self) -> int:
        return self.counts["due"] - self.counts["in_time"]

    @property
    def unsolved(self) -> int:
        return self.counts["rated"] - self.counts["solved"] - self.counts["partly"]

    @property
    def dissatisfied(self) -> int:
        return self.counts["rated"] - self.counts["satisfied"] - self.counts["fairly"]

    @property
    def in_time_rate(self) -> float | None:
        """Done within the limit ÷ done or past the limit; cases exempted by appeal left out."""
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
        whole = float(sum(weights.values()))
        return round(sum(float(weights[key]) * (rate or 0) for key, rate in rates.items()) / whole, 1)

    @property
    def hours_to_done(self) -> float | None:
        """From report to done, on the wall clock, the mean over those done."""
        done = self.counts["delivered"]
        return round(self.counts["minutes_to_done"] / 60 / done, 1) if done else None

    @property
    def rework_rate(self) -> float | None:
        return _percent(self.counts["reworked"], self.counts["dispatched"])

    @property
    def return_rate(self) -> float | None:
        return _percent(self.counts["returned"], self.counts["registered"])

    @property
    def reopen_rate(self) -> float | None:
        return _percent(self.counts["reopened"], self.counts["dispatched"])


def _percent(part: float, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


@dataclass(frozen=True)
class Span:
    """Local days, both included, and the area looked at ("": everywhere)."""

    since: date
    until: date
    area: str = ""

    @classmethod
    def month(cls, area: str = "") -> Span:
        today = timezone.localdate()
        return cls(today - timedelta(days=29), today, area)

    @property
    def place(self) -> str:
        """The place in `DayCount` that stands for the area whole."""
        if len(self.area) <= 6:
            return EVERYWHERE
        return f"{self.area}{EVERYWHERE}" if len(self.area) == 9 else self.area[:12]

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1


def _rows(span: Span) -> Any:
    return DayCount.objects.filter(day__gte=span.since, day__lte=span.until)


def _whole(span: Span, unit: int | None) -> Any:
    return _rows(span).filter(community_code=span.place, unit_id=ALL_UNITS if unit is None else unit)


def _sums(rows: Any, *keys: str) -> list[dict[str, Any]]:
    return list(rows.values(*keys).annotate(**{f"n_{name}": Sum(name) for name in SUMS}).order_by(*keys))


def _counts(row: dict[str, Any]) -> dict[str, int]:
    return {name: row.get(f"n_{name}") or 0 for name in SUMS}


def nothing(key: str = "", name: str = "") -> Rates:
    return Rates(key, name, dict.fromkeys(SUMS, 0))


def together(parts: list[Rates], key: str = "", name: str = "") -> Rates:
    """Several as one."""
    return Rates(key, name, {count: sum(part.counts[count] for part in parts) for count in SUMS})


def total_rates(span: Span, unit: int | None = None) -> Rates:
    """Everything in the span as one."""
    row = _whole(span, unit).aggregate(**{f"n_{name}": Sum(name) for name in SUMS})
    return Rates("", "", _counts(row))


def unit_rates(span: Span, unit: int | None = None) -> list[Rates]:
    """One for each unit that had cases (or for the one unit), by number of the unit."""
    known, rows = bodies(), _rows(span).filter(community_code=span.place)
    rows = rows.filter(unit_id__gt=0) if unit is None else rows.filter(unit_id=unit)
    return [
        Rates(str(row["unit_id"]), known.name(row["unit_id"]) or str(row["unit_id"]), _counts(row))
        for row in _sums(rows, "unit_id")
    ]


def area_rates(span: Span, *, level: str = "community", unit: int | None = None) -> list[Rates]:
    """One for each community (or street) that had cases; cases outside every area stand under ""."""
    tree, cut = areas(), 9 if level == "street" else 12
    rows = _rows(span).filter(unit_id=ALL_UNITS if unit is None else unit).exclude(community_code__endswith=EVERYWHERE)
    if len(span.area) > 6:
        rows = rows.filter(community_code__startswith=span.area[:12])
    gathered: dict[str, list[Rates]] = {}
    for row in _sums(rows, "community_code"):
        gathered.setdefault(row["community_code"][:cut], []).append(Rates("", "", _counts(row)))
    return [together(parts, code, tree.name(code)) for code, parts in sorted(gathered.items())]


def day_rates(span: Span, unit: int | None = None) -> list[Rates]:
    """One for each day, for curves; days without a case are left out."""
    return [Rates(row["day"].isoformat(), row["day"].isoformat(), _counts(row)) for row in _sums(_whole(span, unit), "day")]


def area_for(actor: Actor, area: str) -> str:
    """The area asked for, narrowed to what the actor's post covers; "" is everywhere. Raises NotFound for others' areas."""
    mine = actor.area_code[:12] if actor.reach == "area" else ""
    if actor.reach not in ("all", "unit") and not mine:
        raise _not_there()
    if mine.startswith(area):
        return mine
    if not area.startswith(mine) or area not in areas().by_code:
        raise _not_there()
    return area[:12]


def _not_there() -> NotFound:
    return NotFound("area_unknown", _("There is no such area, or it is not yours."))


def span_for(actor: Actor, since: date, until: date, area: str) -> Span:
    """The span narrowed to what the actor's post covers. Raises NotFound for an area that is not theirs."""
    return Span(since, until, area_for(actor, area))
