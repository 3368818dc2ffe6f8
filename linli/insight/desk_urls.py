"""Rates at the desk, under /desk/rates/."""

from django.urls import path

from linli.insight.views import board, bulletin, rates

app_name = "insight"
urlpatterns = [
    path("", rates.rates, name="rates"),
    path("export/", rates.export, name="rates-export"),
    path("board/", board.board, name="board"),
    path("bulletin/", bulletin.bulletin, name="bulletin"),
]
