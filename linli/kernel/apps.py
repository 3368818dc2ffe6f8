"""The kernel: what every module stands on, without a domain word."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "linli.kernel"
    label = "kernel"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel import tasks  # noqa: F401  registers jobs
