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
        seen = {"section": section, "right": (policy.POSTS_VIEW, policy.POSTS_MANAGE)}
        navigation.register(_("Posts"), "organizations:post-list", icon="id-badge-2", order=10, **seen)
        navigation.register(_("Organizations"), "organizations:organization-list", icon="building", order=20, **seen)
        navigation.register(_("Roles and rights"), "organizations:role-list", icon="shield-check", order=30, **seen)
        navigation.register(
            _("Access tokens"), "organizations:token-list", icon="key", order=40, section=section,
            right=policy.TOKEN_MANAGE,
        )  # fmt: skip
