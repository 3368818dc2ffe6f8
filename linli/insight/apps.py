"""Insight: rates, boards and the situation screen. Reads everything below, writes nothing but its own counts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightConfig(AppConfig):
    name = "linli.insight"
    label = "insight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.insight import listeners, settings, tasks  # noqa: F401  registers

        self._register_pages()

    def _register_pages(self) -> None:
        from linli.cases import policy
        from linli.kernel import navigation

        navigation.register(_("Rates"), "insight:rates", icon="chart-bar", right=policy.RATES_VIEW, order=40)
        navigation.register(_("Situation screen"), "screen:screen", icon="device-desktop", right=policy.SCREEN_VIEW, order=50)
