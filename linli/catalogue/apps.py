"""The catalogue: categories, conditions with their limits, duties. Pack data."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "linli.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"
