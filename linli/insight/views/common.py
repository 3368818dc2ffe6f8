"""What every page of insight does first: who is here, may they, and which period, area and unit are meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.insight.queries.periods import Period, read_period
from linli.kernel.errors import NotFound
from linli.kernel.policy import Actor, require
from linli.organizations.queries import bodies

View = Callable[..., HttpResponseBase]
LEVELS = ("community", "street")


def needs(right: str) -> Callable[[View], View]:
    """Only for signed-in people whose post holds the right; whoever is not signed in is sent to do so."""

    def wrap(view: View) -> View:
        @wraps(view)
        def inner(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.actor.is_known:
                return redirect_to_login(request.get_full_path())
            require(request.actor, right)
            response = view(request, *args, **kwargs)
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, private=True, no_store=True)
            return response

        return inner

    return wrap


@dataclass(frozen=True)
class Wanted:
    """What the address asks for."""

    period: Period
    area: str
    unit: int | None
    level: str
    sort: str

    def query(self, **changes: Any) -> str:
        """The same as an address's query, with something else in places. Only what is not usual is named."""
        values = {
            "period": self.period.name, "area": self.area, "unit": self.unit or "", "level": self.level, "sort": self.sort,
            **({"since": self.period.since, "until": self.period.until} if self.period.name == "custom" else {}),
        } | changes  # fmt: skip
        usual = {"level": "community", "sort": "-score"}
        return urlencode({key: value for key, value in values.items() if value and usual.get(key) != value})


def read_wanted(request: HttpRequest, sorts: frozenset[str] = frozenset()) -> Wanted:
    """Raises BadInput for a period that is none, NotFound for a unit that is none; other odd values fall back."""
    values = request.GET
    unit, sort, level = values.get("unit", ""), values.get("sort", ""), values.get("level", "")
    if unit and not (unit.isdecimal() and len(unit) < 12 and int(unit) in bodies().by_id):
        raise NotFound("unit_unknown", _("There is no such unit."))
    return Wanted(
        read_period(values.dict()),
        values.get("area", "")[:17],
        int(unit) if unit else None,
        level if level in LEVELS else "community",
        sort if sort.removeprefix("-") in sorts else "-score",
    )


def may_open(actor: Actor, unit: int | None) -> bool:
    """Whether the rows behind a figure are the actor's to see: all of their area, or those of their own unit."""
    if not actor.holds("cases.case.view"):
        return False
    return actor.reach in ("all", "area") or (actor.reach == "unit" and unit == actor.organization_id)


def rows_url(actor: Actor, period: Period, *, area: str = "", unit: int | None = None, **more: str) -> str:
    """The list of cases that a figure counts; "" when the actor's post does not open it. `more` are filters of lists."""
    if not may_open(actor, unit) or len(area) > 12:
        return ""
    values = {
        "tab": "all", "since": period.since.isoformat(), "until": period.until.isoformat(), "area": area if len(area) > 6 else "",
        "unit": unit or "", "figure": "reported", **more,
    }  # fmt: skip
    return f"{reverse('cases:list')}?{urlencode({key: value for key, value in values.items() if value})}"


def tabs(here: str, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    """The pages of this part of the desk; the period, area and unit go along."""
    query = f"?{wanted.query(sort='')}" if wanted else ""
    pages = (
        ("rates", pgettext("page", "Three rates"), "insight:rates", query),
        ("board", pgettext("page", "How work runs"), "insight:board", query),
        ("bulletin", pgettext("page", "Monthly bulletin"), "insight:bulletin", ""),
    )
    return [{"label": label, "url": reverse(name) + tail, "active": key == here} for key, label, name, tail in pages]
