"""Organizations: bodies, roles, posts, duties and access tokens; who may do what, where."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganizationsConfig(AppConfig):
    name = "linli.organizations"
    label = "organizations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linli.kernel import navigation
        from linli.organizations import policy

        section = navigation.register_section("people", _("People and posts"), icon="users", order=700)
        looking = (policy.POSTS_VIEW, policy.POSTS_MANAGE)
        for order, (label, url_name, icon) in enumerate(
            (
                (_("Posts"), "organizations:post-list", "id-badge-2"),
                (_("Organizations"), "organizations:organization-list", "building"),
                (_("Roles and rights"), "organizations:role-list", "shield-check"),
            )
        ):
            navigation.register(label, url_name, icon=icon, order=10 + order, section=section, right=looking)
        navigation.register(
            _("Access tokens"), "organizations:token-list", icon="key", order=40, section=section,
            right=policy.TOKEN_MANAGE,
        )  # fmt: skip
        navigation.register(
            _("Audit"), "organizations:audit-list", icon="list-search", order=50, section=section, right="kernel.audit.view"
        )
