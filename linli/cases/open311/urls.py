"""Addresses of Open311 GeoReport v2; the format is the ending."""

from __future__ import annotations

from django.urls import re_path

from linli.cases.open311 import views
from linli.cases.open311.updates import updates

app_name = "open311"
ENDING = r"\.(?P<format>xml|json)$"
urlpatterns = [
    re_path(rf"^discovery{ENDING}", views.discovery, name="discovery"),
    re_path(rf"^services{ENDING}", views.services, name="services"),
    re_path(rf"^services/(?P<code>[^/]{{1,80}}){ENDING}", views.service, name="service"),
    re_path(rf"^requests{ENDING}", views.requests, name="requests"),
    re_path(rf"^requests/(?P<reference>[^/]{{1,80}}){ENDING}", views.one_request, name="request"),
    re_path(rf"^tokens/(?P<token>[^/]{{1,80}}){ENDING}", views.tokens, name="token"),
    re_path(rf"^servicerequestupdates{ENDING}", updates, name="updates"),
]
