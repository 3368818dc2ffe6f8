"""People: persons, their accounts, and how they sign in."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "linli.people"
    label = "people"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.people import listeners, sessions, settings, tasks  # noqa: F401  connects listeners, declares options and tasks
