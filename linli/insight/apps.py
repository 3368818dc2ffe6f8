"""Insight: rates, boards and reports; reads only."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "linli.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"
