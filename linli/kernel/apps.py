"""The kernel: what every module stands on, without a domain word."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KernelConfig(AppConfig):
    name = "linli.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel import tasks  # noqa: F401  registers jobs

        post_migrate.connect(_bring_back, sender=self)


def _bring_back(**_sent: Any) -> None:
    """What a load that was killed had taken away."""
    from django.db import connection

    from linli.kernel.db.bare import bring_back
    from linli.kernel.models import TakenAway

    if TakenAway._meta.db_table in connection.introspection.table_names():  # not when going back to the beginning
        bring_back()
