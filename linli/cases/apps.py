"""Cases: the loop from a word to a verdict. What this module offers is registered here."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "linli.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.cases import events, listeners, policy, settings, tasks, webhooks  # noqa: F401  registers
