"""Notifications: delivery of messages; why they are sent is known above."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "linli.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel import navigation
        from linli.notifications import events, settings, tasks, webhooks  # noqa: F401  registers
        from linli.notifications.queries import unread_count

        navigation.register(_("Messages"), "notifications:message-list", icon="bell", order=50, badge=unread_count, is_hot=True)
        navigation.register(
            _("Delivery log"), "notifications:delivery-list", icon="send", order=790, right="notifications.webhook.manage"
        )
