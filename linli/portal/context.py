"""What every page knows: who is here, how it should look, and the workbench menu."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.translation import get_language

from linli.kernel.navigation import menu
from linli.kernel.policy import ANONYMOUS
from linli.organizations.queries import post_lines
from linli.places.queries import areas


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of all templates; what needs the database is called only by the pages that show it."""
    actor = getattr(request, "actor", ANONYMOUS)

    @cache
    def own_posts() -> list[dict[str, Any]]:
        visitor = getattr(request, "visitor", None)
        lines = post_lines(visitor.posts if visitor else [], actor.post_id)
        return [{"id": line.id, "label": line.label, "place": line.place, "active": line.is_present} for line in lines]

    @cache
    def desk_nav() -> list[dict[str, Any]]:
        return menu(actor, request.path)

    return {
        "actor": actor,
        "demo": settings.LINLI_DEMO,
        "site_name": settings.LINLI_NAME,
        "language": get_language(),
        "is_large_type": request.COOKIES.get("linli_type") == "large",
        "place_name": _district_name,
        "desk_nav": desk_nav,
        "own_posts": own_posts,
        "post_switch_url": "/accounts/post/",
    }


def _district_name() -> str:
    try:
        district = areas().district()
    except DatabaseError:
        return ""  # the error page must come even when the database does not answer
    return district.name if district else ""
