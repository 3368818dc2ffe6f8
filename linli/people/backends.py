"""How a session finds its account, and how a name and password are checked."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend

from linli.people.models import Account


class AccountBackend(AuthenticationBackend):
    """allauth's check (equal time for known and unknown names); the person comes with the account in one query."""

    def get_user(self, user_id: int) -> Account | None:
        """The active account of a session, or None."""
        account = Account.objects.select_related("person").filter(pk=user_id).first()
        return account if account is not None and self.user_can_authenticate(account) else None
