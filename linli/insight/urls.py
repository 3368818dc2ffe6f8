"""The situation screen, under /screen/."""

from django.urls import path

from linli.insight.views import screen

app_name = "screen"
urlpatterns = [
    path("", screen.screen, name="screen"),
    path("data.json", screen.data, name="data"),
]
