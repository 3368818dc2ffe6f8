"""Cases: the loop from a word to a verdict. What this module offers is registered here."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "linli.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.cases import events, listeners, messages, policy, settings, tasks, webhooks  # noqa: F401  registers

        self._register_pages()

    def _register_pages(self) -> None:
        from linli.cases import policy
        from linli.cases.queries.counts import open_situation_count, todo_count
        from linli.kernel import navigation

        navigation.register(_("Cases"), "cases:list", icon="inbox", right=policy.VIEW, order=10, badge=todo_count)
        navigation.register(_("Dispatch board"), "cases:dispatch-board", icon="send", right="cases.case.dispatch", order=20)
        navigation.register(
            _("Situations"), "cases:situation-list", icon="cloud-storm", right=policy.SITUATION_VIEW, order=30,
            badge=open_situation_count, is_hot=True,
        )  # fmt: skip
        navigation.register(_("Kept aside"), "cases:quarantine", icon="archive", right=policy.QUARANTINE_VIEW, order=60)
