"""Looking around: home, the map with its list, one's own reports."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from linli.cases.operations import link_secret
from linli.cases.queries.lists import Page
from linli.catalogue.queries import catalogue
from linli.organizations.middleware import ActorRequest
from linli.places.queries import areas
from linli.portal.queries import choices, drawing, near
from linli.portal.queries.story import card

AREA_COOKIE = "linli_area"
HOME_SHOWN = 6
ONE_YEAR = 365 * 24 * 3600


@require_safe
def home(request: ActorRequest) -> HttpResponse:
    """The front door: report, look one up, what is open nearby, how the month goes, how it works."""
    area = chosen_area(request)
    page = near.latest_open(area=area, size=HOME_SHOWN)
    context = {
        "portal_at": "home",
        "cards": [card(case) for case in page.rows],
        "month": near.month(),
        "frequent": choices.frequent_categories()[:6],
        "area": area,
        "communities": areas().of_level("community"),
    }
    answer = render(request, "portal/home.html", context)
    if "area" in request.GET:
        answer.set_cookie(AREA_COOKIE, area, max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure())
    answer["Cache-Control"] = "private, no-cache"
    return answer


def chosen_area(request: ActorRequest) -> str:
    """The community a visitor wants to see: as asked now, or as chosen before; "" for the whole district."""
    code = request.GET.get("area", request.COOKIES.get(AREA_COOKIE, ""))
    return code if code in areas().by_code else ""


# --- map ---


@never_cache
@require_GET
def map_page(request: ActorRequest) -> HttpResponse:
    """Open reports on a map, and the same as a list, by class and community."""
    major = request.GET.get("class", "")
    major = major if major in catalogue().majors else ""
    area = request.GET.get("area", "")
    area = area if area in areas().by_code else ""
    page = near.latest_open(major=major, area=area, **keys(request))
    context = {
        "portal_at": "map",
        "cards": [card(case) for case in page.rows],
        "classes": choices.category_tree(),
        "communities": areas().of_level("community"),
        "major": major,
        "area": area,
        **neighbours(request, page),
    }
    return render(request, "portal/map.html", context)


def keys(request: ActorRequest) -> dict[str, Any]:
    """Where a list goes on: after the last row of the page before, or before its first."""
    before = request.GET.get("before", "")
    return {"key": before or request.GET.get("after", ""), "back": bool(before)}


def neighbours(request: ActorRequest, page: Page) -> dict[str, str]:
    """Addresses of the pages before and after, with the same filters."""
    kept = {name: value for name, value in request.GET.items() if value and name not in ("after", "before")}
    return {
        "newer": "?" + urlencode(kept | {"before": page.newer}) if page.newer else "",
        "older": "?" + urlencode(kept | {"after": page.older}) if page.older else "",
    }


@require_safe
def map_points(request: ActorRequest) -> HttpResponse:
    """Points of open public reports, of one class if `class` names it."""
    major = request.GET.get("class", "")
    return send_drawing(request, drawing.points(major if major in catalogue().majors else ""), seconds=10)


@require_safe
def map_sketch(request: ActorRequest) -> HttpResponse:
    """The drawn town, for every map of every door."""
    return send_drawing(request, drawing.sketch(), seconds=600)


@require_safe
def map_areas(request: ActorRequest) -> HttpResponse:
    """Borders of areas, for every map of every door."""
    return send_drawing(request, drawing.borders(), seconds=600)


def send_drawing(request: ActorRequest, drawn: drawing.Drawing, *, seconds: int) -> HttpResponse:
    """Ready bytes with their tag; compressed if the asker takes that; nothing if they have it already."""
    if drawn.tag in request.headers.get("If-None-Match", ""):
        answer = HttpResponse(status=304)
    else:
        is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
        answer = HttpResponse(drawn.packed if is_packed else drawn.plain, content_type="application/json")
        if is_packed:
            answer["Content-Encoding"] = "gzip"
    answer["ETag"] = drawn.tag
    answer["Cache-Control"] = f"max-age={seconds}"
    answer["Vary"] = "Accept-Encoding, Cookie"
    return answer


# --- one's own ---


@never_cache
@require_GET
@login_required
def my_reports(request: ActorRequest) -> HttpResponse:
    """Reports I sent, follow or support, newest first."""
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in near.MINE_TABS else "mine"
    state = request.GET.get("state", "")
    state = state if state in ("open", "closed") else ""
    page = near.my_cases(request.actor, tab, state, **keys(request))
    labels = {"mine": _("Sent by me"), "followed": _("Followed by me"), "supported": _("Supported by me")}
    context = {
        "portal_at": "mine",
        "cards": [card(case) | own_words(case, tab) for case in page.rows],
        "tab": tab,
        "state": state,
        "tabs": [{"label": labels[one], "url": f"?tab={one}", "active": one == tab} for one in near.MINE_TABS],
        **neighbours(request, page),
    }
    return render(request, "portal/my_reports.html", context)


def own_words(case: Any, tab: str) -> dict[str, Any]:
    """One's own reports show one's own words and lead to the page with its buttons."""
    if tab != "mine":
        return {}
    return {"text": case.text, "secret": link_secret(case.pk), "waits_for_me": case.stage == "closed"}
