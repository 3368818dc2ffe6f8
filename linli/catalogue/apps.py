"""The catalogue: categories, conditions with their limits, duties. Pack data."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    name = "linli.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel import navigation

        navigation.register(_("Catalogue"), "catalogue:category-list", icon="category", right="catalogue.pack.view", order=600)
