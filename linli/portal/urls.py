"""Addresses of the portal; the site has them at its root."""

from django.urls import path, register_converter

from linli.kernel.identifiers import REFERENCE_PATTERN
from linli.portal.views import browse, follow, pages, report


class ReferenceConverter:
    """A case's reference as people see it: 261121-7K3M9QF."""

    regex = REFERENCE_PATTERN.pattern

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ReferenceConverter, "reference")

app_name = "portal"
urlpatterns = [
    path("", browse.home, name="home"),
    path("report/", report.report, name="report"),
    path("report/photos/", report.photo_send, name="report-photo-send"),
    path("report/photos/<uuid:photo_id>/", report.photo_show, name="report-photo"),
    path("report/addresses/", report.addresses, name="report-addresses"),
    path("report/kinds/", report.kinds, name="report-kinds"),
    path("r/", follow.look_up, name="look-up"),
    path("r/<reference:reference>/", follow.case_page, name="case"),
    path("r/<reference:reference>/support/", follow.case_support, name="case-support"),
    path("r/<reference:reference>/follow/", follow.case_follow, name="case-follow"),
    path("r/<reference:reference>/photos/<uuid:photo_id>/<slug:size>/", follow.case_photo, name="case-photo"),
    path("r/<reference:reference>/<slug:secret>/", follow.own_page, name="own-case"),
    path("r/<reference:reference>/<slug:secret>/sent/", follow.report_sent, name="report-sent"),
    path("r/<reference:reference>/<slug:secret>/code.svg", follow.link_code, name="link-code"),
    path("r/<reference:reference>/<slug:secret>/photos/<uuid:photo_id>/<slug:size>/", follow.own_photo, name="own-photo"),
    path("my/", browse.my_reports, name="my-reports"),
    path("map/", browse.map_page, name="map"),
    path("map/points.json", browse.map_points, name="map-points"),
    path("map/sketch.json", browse.map_sketch, name="map-sketch"),
    path("map/areas.json", browse.map_areas, name="map-areas"),
    path("help/", pages.help_page, name="help"),
    path("privacy/", pages.privacy, name="privacy"),
    path("about/", pages.about, name="about"),
    path("accessibility/", pages.accessibility, name="accessibility"),
    path("robots.txt", pages.robots, name="robots"),
    path("manifest.webmanifest", pages.manifest, name="manifest"),
]
