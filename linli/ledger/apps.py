"""The books: accounts, transfers, holds, statements, heads of the chain. What is paid for, modules above know."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "linli.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.ledger import events, tasks  # noqa: F401  registers
