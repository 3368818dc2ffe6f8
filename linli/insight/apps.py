"""Insight: rates, boards and the situation screen. Reads everything below, writes nothing but its own counts."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "linli.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.insight import listeners, settings, tasks  # noqa: F401  registers
