"""Every door and where it leads. A module brings its own addresses in its `urls.py`."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from linli.kernel.health import health
from linli.kernel.kit_page import show_kit
from linli.kernel.look import set_look
from linli.organizations.account_views import home

DOORS = {
    "accounts/": "linli.organizations.account_urls",
    "desk/people/": "linli.organizations.urls",
    "desk/rates/": "linli.insight.desk_urls",
    "desk/catalogue/": "linli.catalogue.urls",
    "desk/": "linli.cases.urls",
    "messages/": "linli.notifications.urls",
    "field/": "linli.cases.field.urls",
    "screen/": "linli.insight.urls",
    "api/": "config.api",
    "open311/v2/": "linli.cases.open311.urls",
    "": "linli.portal.urls",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health, name="healthz"),
    path("look/", set_look, name="look"),
    *([path("kit/", show_kit, name="kit")] if settings.DEBUG or settings.LINLI_DEMO else []),
    path("home/", home, name="home"),
    *(path(prefix, include(module)) for prefix, module in DOORS.items() if find_spec(module)),
]

handler400 = "linli.kernel.middleware.bad_request"
handler403 = "linli.kernel.middleware.forbidden"
handler404 = "linli.kernel.middleware.not_found"
handler500 = "linli.kernel.middleware.server_error"
