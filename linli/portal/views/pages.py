"""Pages that only tell: help, privacy, about, accessibility; and what browsers and search engines ask for."""

from __future__ import annotations

from django.conf import settings as site
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.cases import settings as case_settings
from linli.kernel import options
from linli.kernel.clocks import Limit
from linli.portal import settings

# Pages with personal links or one's own data are not for search engines.
ROBOTS = """User-agent: *
Disallow: /r/*/*
Disallow: /my/
Disallow: /accounts/
Disallow: /desk/
Disallow: /field/
Disallow: /screen/
Disallow: /look/
Allow: /
"""


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How to report, follow and judge; what happens when; whom to call in danger."""
    steps = options.value(case_settings.STEP_LIMITS)
    context = {
        "read_limit": Limit.parse(steps["register"]).text() if steps.get("register") else "",
        "judge_days": options.value(case_settings.RATE_DAYS),
        "emergency": options.value(settings.EMERGENCY),
        "care_lines": options.value(settings.CARE_LINES),
    }
    return render(request, "portal/help.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Who sees what, how long it is kept, what one may ask for."""
    return render(request, "portal/privacy.html")


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What this is and how it works."""
    return render(request, "portal/about.html")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """What everybody can use, and what not yet."""
    return render(request, "portal/accessibility.html")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What a phone needs to put the portal on its first screen."""
    name = str(site.LINLI_NAME)
    icons = [
        {"src": static("linli/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("linli/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {"src": static("linli/favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
    ]
    content = {
        "name": name,
        "short_name": name,
        "description": _("Report, follow and judge what happens in your neighbourhood."),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f4ef",
        "theme_color": "#173b35",
        "icons": icons,
        "shortcuts": [{"name": _("Report a matter"), "url": "/report/"}],
    }
    return JsonResponse(content, content_type="application/manifest+json")
