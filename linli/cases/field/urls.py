"""Addresses of the field app; the site has them under /field/."""

from django.urls import path

from linli.cases.field import sync, views

app_name = "field"
urlpatterns = [
    path("", views.shell, name="shell"),
    path("sw.js", views.service_worker, name="service-worker"),
    path("manifest.webmanifest", views.web_manifest, name="manifest"),
    path("photos/<uuid:photo>/small", views.case_photo, {"size": "small"}, name="photo-small"),
    path("photos/<uuid:photo>/large", views.case_photo, {"size": "large"}, name="photo-large"),
    path("api/session", sync.session, name="session"),
    path("api/bundle", sync.bundle, name="bundle"),
    path("api/today", sync.day, name="today"),
    path("api/report", sync.send_report, name="send-report"),
    path("api/steps", sync.send_steps, name="send-steps"),
    path("api/photos/<uuid:use>/<str:sha256>", sync.photo, name="send-photo"),
]
