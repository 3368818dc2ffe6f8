"""The situation screen: a page for the wall, and the figures it asks for again and again."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.cases.policy import SCREEN_VIEW
from linli.insight.queries.rates import area_for
from linli.insight.queries.screen import LIGHTS, screen_data
from linli.insight.views.board import door_names
from linli.insight.views.common import needs
from linli.kernel.endpoints import SignInFirst, dumps
from linli.kernel.policy import require
from linli.places.queries import areas

POLL_SECONDS = 10


@require_safe
@needs(SCREEN_VIEW)
def screen(request: Any) -> HttpResponse:
    """The page. Its figures come with it, so that nothing flashes empty, and are asked for again by script."""
    area = area_for(request.actor, "")
    district = areas().district()
    code = area or (district.code if district else "")
    shown = screen_data(request.actor)
    context = {
        "points": shown.pop("points"),
        "data": shown,
        "poll": POLL_SECONDS,
        "lights": LIGHTS,
        "zone": timezone.get_default_timezone_name(),
        "area": code,
        "place": areas().name(code),
        "doors": door_names(),
        "may_see_rates": request.actor.holds("insight.rates.view"),
        "other_language": ("en", "English") if (get_language() or "").startswith("zh") else ("zh-hans", "中文"),
    }
    return render(request, "insight/screen.html", context)


@require_safe
def data(request: Any) -> HttpResponse:
    """`/screen/data.json`: the figures, with an ETag; 304 while nothing has changed."""
    if not request.actor.is_known:
        raise SignInFirst("sign_in_first", _("Sign in to see the situation screen."))
    require(request.actor, SCREEN_VIEW)
    body = dumps(screen_data(request.actor))
    tag = f'"{hashlib.blake2b(body, digest_size=10).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)
