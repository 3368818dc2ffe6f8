"""Reading people: what happened to an account."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.models import Event

WAYS: dict[str, Any] = {
    "password": _("by password"),
    "mfa": _("with a second step"),
    "socialaccount": _("by OpenID Connect"),
    "openid": _("by OpenID Connect"),
    "demo": _("by one press in the demo"),
    "sign_up": _("by sign-up"),
    "totp": pgettext_lazy("second step", "authenticator app"),
    "recovery_codes": pgettext_lazy("second step", "recovery codes"),
}
# event → title, icon, tone of the timeline
ENTRIES: dict[str, tuple[Any, str, str]] = {
    "people.account.opened": (_("Account opened"), "user-plus", "good"),
    "people.account.signed_in": (_("Signed in"), "login", "plain"),
    "people.account.signed_out": (_("Signed out"), "logout", "plain"),
    "people.account.sign_in_refused": (_("Sign-in refused"), "alert-triangle", "bad"),
    "people.account.password_changed": (_("Password changed"), "lock", "warn"),
    "people.account.second_step_turned_on": (_("Second step turned on"), "shield-check", "good"),
    "people.account.second_step_turned_off": (_("Second step turned off"), "shield", "warn"),
    "people.person.changed": (_("Details changed"), "edit", "plain"),
    "organizations.post.given": (_("Post given"), "id-badge-2", "good"),
    "organizations.post.ended": (_("Post ended"), "id-badge-2", "warn"),
}


def account_activity(person_id: uuid.UUID, *, limit: int = 50) -> list[dict[str, Any]]:
    """The latest lines of the audit about a person's account, as entries of a timeline. One query."""
    rows = Event.objects.filter(subject_id=person_id, name__in=list(ENTRIES)).order_by("-id")[:limit]
    entries = []
    for row in rows:
        title, icon, tone = ENTRIES[row.name]
        way = row.data.get("way") or row.data.get("kind") or ""
        entries.append({"title": title, "at": row.at, "icon": icon, "tone": tone, "text": WAYS.get(way, "")})
    return entries
