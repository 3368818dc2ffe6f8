"""Reading requests of Open311: parameters, keys, jurisdictions, spans of time. An empty value is one that was not sent."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from linli.catalogue.models import Category
from linli.catalogue.queries import catalogue
from linli.kernel import limits, options
from linli.kernel.coordinates import is_place
from linli.kernel.policy import Actor
from linli.organizations.queries import actor_of_token, valid_token
from linli.places.queries import areas

JURISDICTIONS = options.option(
    "open311.jurisdictions", [], "Jurisdiction ids that Open311 answers for; with several the caller has to name one."
)
DEMO_JURISDICTION, DEMO_KEY = "yunxi", "demo-open311"
REPORT = "cases.case.report"
MOST_ROWS, MOST_DAYS, DEEPEST_ROW = 1000, 90, 20_000
STATUSES = ("open", "closed")
EARLIEST_YEAR, LATEST_YEAR = 1971, 2199
LONGEST = {"description": 2000, "address_string": 200, "update_id": 100, "media_url": 500}


class Refused(Exception):
    """The request is refused: with a status and one or more sentences."""

    def __init__(self, status: int, *descriptions: str):
        super().__init__(status, *descriptions)
        self.status, self.descriptions = status, descriptions


@dataclass(frozen=True)
class Span:
    """Instants from, inclusive, until, inclusive."""

    start: datetime
    end: datetime


def value(request: HttpRequest, name: str) -> str:
    """A parameter of the body or the address; "" when it is not there or empty. Raises Refused for what is no text."""
    found = (request.POST.get(name) or request.GET.get(name) or "").strip()
    if "\x00" in found or len(found) > LONGEST.get(name, 4000):
        raise Refused(400, _("%(name)s is not valid.") % {"name": name})
    return found


def words(request: HttpRequest, name: str) -> list[str]:
    """A comma list, whether the parameter comes once or several times."""
    given = ",".join(request.POST.getlist(name) + request.GET.getlist(name))
    if "\x00" in given or len(given) > 40_000:
        raise Refused(400, _("%(name)s is not valid.") % {"name": name})
    return list(dict.fromkeys(word.strip() for word in given.split(",") if word.strip()))


def check_jurisdiction(request: HttpRequest) -> None:
    """404 for a jurisdiction that is not ours; 400 when there are several and none is named."""
    known, given = jurisdictions(), value(request, "jurisdiction_id")
    if given and given not in known:
        raise Refused(404, _("The jurisdiction_id %(id)s is not known here.") % {"id": given})
    if not given and len(options.value(JURISDICTIONS)) > 1:
        raise Refused(400, _("jurisdiction_id is missing: this endpoint serves several."))


def jurisdictions() -> Collection[str]:
    """What may be named: what the place has set, the code of the district, and in the demo its own."""
    district = areas().district()
    demo = [DEMO_JURISDICTION] if settings.LINLI_DEMO else []
    return {*options.value(JURISDICTIONS), *([district.code] if district else []), *demo}


def caller(request: HttpRequest) -> Actor:
    """The program behind the api_key. Raises Refused(403) when it is missing, unknown, or may not report."""
    key = value(request, "api_key")
    if not key:
        raise Refused(403, _("api_key is missing."))
    if settings.LINLI_DEMO and key == DEMO_KEY:
        limits.spend(limits.REPORT_BY_ADDRESS, limits.address_of(request))
        rights = frozenset({REPORT, "cases.case.support", "cases.case.note"})
        return Actor(kind="program", name="demo-open311", role="partner", rights=rights, reach="all")
    token = valid_token(key)
    if token is None:
        raise Refused(403, _("api_key is not valid, expired or revoked."))
    limits.spend(limits.API_BY_TOKEN, str(token.pk))
    return actor_of_token(token)


def service(code: str) -> Category:
    """A service by its code. Raises Refused(404)."""
    found = services().get(code)
    if found is None:
        raise Refused(404, _("The service_code %(code)s is not known.") % {"code": code[:40]})
    return found


def services() -> dict[str, Category]:
    """What can be reported by anybody: the catalogue without what is never public."""
    return {code: row for code, row in catalogue().categories.items() if row.is_public and not row.is_sealed}


def instant(request: HttpRequest, name: str) -> datetime | None:
    """An instant with its zone, or None. Raises Refused(400)."""
    given = value(request, name)
    if not given:
        return None
    try:
        found = parse_datetime(given.replace(" ", "+"))  # a plus that was not encoded arrives as a blank
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise Refused(400, _("%(name)s has to be an instant such as 2026-11-21T08:00:00Z.") % {"name": name})
    return found


def span(request: HttpRequest) -> Span | None:
    """The instants asked for; the latest 90 days by default, none if only changes are asked for (`updated_…`).

    Raises Refused(400) for a longer span or one that ends before it starts.
    """
    if value(request, "start_date") or value(request, "end_date"):
        return _between(request, "start_date", "end_date")
    if value(request, "updated_after") or value(request, "updated_before"):
        return None
    now = timezone.now()
    return Span(now - timedelta(days=MOST_DAYS), now + timedelta(minutes=1))


def span_of_changes(request: HttpRequest) -> Span:
    """The instants asked for of things that have but one instant: `updated_…` cuts it as `start_date`, `end_date` do.

    Raises Refused(400) as `span` does; where both kinds are given, what lies in both.
    """
    changes = _between(request, "updated_after", "updated_before")
    dates = span(request)
    if dates is None:
        return changes
    if not (value(request, "updated_after") or value(request, "updated_before")):
        return dates
    return Span(max(dates.start, changes.start), min(dates.end, changes.end))


def _between(request: HttpRequest, first: str, last: str) -> Span:
    """From one parameter to the other; where one is not given, as far from the other as is allowed."""
    start, end, longest = instant(request, first), instant(request, last), timedelta(days=MOST_DAYS)
    start = start or (end or timezone.now()) - longest
    end = end or start + longest
    if end < start:
        raise Refused(400, _("%(last)s lies before %(first)s.") % {"first": first, "last": last})
    if end - start > longest:
        told = {"first": first, "last": last, "days": MOST_DAYS}
        raise Refused(400, _("%(first)s and %(last)s may not span more than %(days)s days.") % told)
    return Span(start, end)


def statuses(request: HttpRequest) -> list[str]:
    """The statuses asked for; both by default."""
    found = [word.lower() for word in words(request, "status")] or list(STATUSES)
    for word in found:
        if word not in STATUSES:
            raise Refused(400, _("status has to be open or closed."))
    return found


def page(request: HttpRequest) -> slice:
    """Which rows: `page` from 1 and `page_size` up to 1000. Raises Refused(400)."""
    number, size = _whole(request, "page", 1), _whole(request, "page_size", MOST_ROWS)
    if not 1 <= size <= MOST_ROWS or number < 1:
        raise Refused(400, _("page starts at 1, page_size is 1 to 1000."))
    if (number - 1) * size >= DEEPEST_ROW:
        raise Refused(400, _("That page is too far down: narrow the span of time instead."))
    return slice((number - 1) * size, number * size)


def _whole(request: HttpRequest, name: str, default: int) -> int:
    given = value(request, name)
    if not given:
        return default
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise Refused(400, _("%(name)s has to be a whole number.") % {"name": name})
    return int(given)


def place(request: HttpRequest) -> tuple[float, float] | None:
    """Longitude and latitude, or None when neither was sent. Raises Refused(400) for half of them or no place."""
    lat, lng = value(request, "lat"), value(request, "long")
    if not lat and not lng:
        return None
    if not lat or not lng:
        raise Refused(400, _("lat and long belong together."))
    try:
        found = float(lng), float(lat)
    except ValueError:
        found = (math.nan, math.nan)
    if not (math.isfinite(found[0]) and math.isfinite(found[1]) and is_place(*found)):
        raise Refused(400, _("lat and long have to be degrees in WGS-84."))
    return found


def attributes(request: HttpRequest) -> dict[str, Any]:
    """`attribute[CODE]=value` and `attribute[CODE][]=value`; several values of one code are joined by commas."""
    found: dict[str, str] = {}
    for name in request.POST:
        if not name.startswith("attribute["):
            continue
        code = name.removeprefix("attribute[").removesuffix("[]").removesuffix("]")
        given = ",".join(item.strip() for item in request.POST.getlist(name) if item.strip())
        if not 0 < len(code) <= 40 or len(given) > 200 or "\x00" in name + given:
            raise Refused(400, _("%(name)s is not valid.") % {"name": name[:60]})
        if given:
            found[code] = given
    if len(found) > 20:
        raise Refused(400, _("At most 20 attributes are taken."))
    return found


def media_url(request: HttpRequest) -> str:
    """Where a picture lies, for people to read: nobody here fetches it. Raises Refused(400) for what is no web address."""
    given = value(request, "media_url")
    try:
        parts = urlsplit(given)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and given.isprintable() and " " not in given
    except ValueError:
        is_address = False
    if given and not is_address:
        raise Refused(400, _("media_url has to be a web address that starts with http:// or https://."))
    return given
