"""Notifications: delivery of messages; why they are sent is known above."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "linli.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.notifications import events, webhooks  # noqa: F401  registers
