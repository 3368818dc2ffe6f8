"""How a visitor wants pages to look: language, light or dark, large type. Kept in cookies, changed by a plain link.

`/look/?type=large&next=/report/` sets the cookie and goes back; no script and no account is needed.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

CHOICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "type": ("linli_type", ("normal", "large")),
    "theme": ("linli_theme", ("auto", "light", "dark")),
    "language": (settings.LANGUAGE_COOKIE_NAME, tuple(code for code, _name in settings.LANGUAGES)),
}
ONE_YEAR = 365 * 24 * 3600


def set_look(request: HttpRequest) -> HttpResponse:
    """Set the cookies of the choices that are named and known, then go to `next` (this site only) or the home page."""
    target = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = HttpResponseRedirect(target)
    for name, (cookie, allowed) in CHOICES.items():
        value = request.GET.get(name, "")
        if value in allowed:
            # Not HttpOnly: the page's own script changes the look at once and writes the same cookie.
            response.set_cookie(cookie, value, max_age=ONE_YEAR, samesite="Lax", secure=request.is_secure())
    response["Cache-Control"] = "no-store"
    return response
