"""The portal: home, navigation, and the pages that put modules side by side."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "linli.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
