"""Endpoint of the three rates: units, areas or days of a span, for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel, Field

from linli.cases.policy import RATES_VIEW
from linli.insight import settings
from linli.insight.models import COUNTS
from linli.insight.queries.periods import MOST_DAYS
from linli.insight.queries.rates import Rates, Span, area_rates, day_rates, span_for, total_rates, unit_rates
from linli.kernel import options
from linli.kernel.endpoints import Body, Day, RowId, answer, endpoint
from linli.kernel.errors import BadInput, NotFound
from linli.kernel.policy import Actor, require
from linli.organizations.queries import bodies

router = Router(tags=["Rates"])
USUAL_DAYS = 30


class RatesFilter(Body):
    """Of what, by what. Days are local, both included, by the day of the report; without them the last thirty."""

    by: Literal["unit", "area", "day"] = "unit"
    level: Annotated[Literal["community", "street"], Field(description="Of areas, with `by=area`.")] = "community"
    since: Day | None = None
    until: Day | None = None
    area: Annotated[str, Field(pattern=r"^([0-9]{6}|[0-9]{9}|[0-9]{12})?$", description="District, street or community.")] = ""
    unit: Annotated[RowId | None, Field(description="Cases led by this organization only.")] = None


class RatesOf(BaseModel):
    """One unit, area or day. Rates are percents, `score` weighs them; null while there is nothing to judge.

    `key` is the id of the organization, the code of the area ("" outside every area), or the day.
    """

    key: str
    name: str
    in_time_rate: float | None
    solved_rate: float | None
    satisfied_rate: float | None
    score: float | None
    hours_to_done: float | None
    counts: Annotated[dict[str, int], Field(description="Cases by figure.")]


class Weights(BaseModel):
    """How the place reckons: what partly solved and three of five count, and the share of each rate in the score."""

    partly: float
    fairly: float
    in_time: float
    solved: float
    satisfied: float


class RatesAnswer(BaseModel):
    """Rates of a span; `area` is what the asker's post leaves of the area asked for."""

    since: str
    until: str
    area: str
    unit: int | None
    total: RatesOf
    items: list[RatesOf]
    weights: Weights


@endpoint(router, "GET", "/rates", answers={200: RatesAnswer}, refuses=(404,), who="known")
def list_rates(request: HttpRequest, wanted: Query[RatesFilter]) -> HttpResponse:
    """Rates of units, areas or days: answered in time, solved, satisfied. Sealed cases are not counted."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    require(actor, RATES_VIEW)
    if wanted.unit is not None and wanted.unit not in bodies().by_id:
        raise NotFound("unit_unknown", _("There is no such unit."))
    span = _span(actor, wanted)
    items = {
        "unit": lambda: unit_rates(span, wanted.unit),
        "area": lambda: area_rates(span, level=wanted.level, unit=wanted.unit),
        "day": lambda: day_rates(span, wanted.unit),
    }[wanted.by]()
    return answer({
        "since": span.since, "until": span.until, "area": span.area, "unit": wanted.unit,
        "total": _shown(total_rates(span, wanted.unit)),
        "items": [_shown(item) for item in items],
        "weights": {
            "partly": options.value(settings.PARTLY_WEIGHT), "fairly": options.value(settings.FAIRLY_WEIGHT),
            **options.value(settings.WEIGHTS),
        },
    })  # fmt: skip


def _span(actor: Actor, wanted: RatesFilter) -> Span:
    until = wanted.until or timezone.localdate()
    since = wanted.since or until - timedelta(days=USUAL_DAYS - 1)
    if since > until:
        raise BadInput("days_wrong", _("The first day must not lie after the last."), field="since")
    if (until - since).days >= MOST_DAYS:
        raise BadInput("days_too_many", _("At most three years at once."), field="since")
    return span_for(actor, since, until, wanted.area)


def _shown(item: Rates) -> dict[str, object]:
    return {
        "key": item.key,
        "name": item.name,
        "in_time_rate": item.in_time_rate,
        "solved_rate": item.solved_rate,
        "satisfied_rate": item.satisfied_rate,
        "score": item.score,
        "hours_to_done": item.hours_to_done,
        "counts": {name: getattr(item, name) for name in (*COUNTS, "late", "unsolved", "dissatisfied")},
    }
