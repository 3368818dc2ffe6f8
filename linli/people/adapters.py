"""Where allauth meets our accounts: sign-up makes a resident, OpenID Connect opens an account, neither gives posts."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.userkit import get_user_by_username
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils.translation import get_language

from linli.kernel.encryption import decrypt, encrypt
from linli.kernel.limits import SIGN_IN_BY_ADDRESS, address_of, spend
from linli.people import operations, sessions
from linli.people.models import Account
from linli.people.settings import SIGN_IN_BY_NAME, SIGN_IN_BY_NAME_HERE

MFA_PLACE = {"table": "mfa_authenticator", "field": "data"}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by name and password."""

    def save_user(self, request: HttpRequest, user: Account, form: BaseForm, commit: bool = True) -> Account:
        """Make the resident that the sign-up form describes."""
        given = form.cleaned_data
        return operations.open_account(
            username=given["username"],
            name=given.get("name") or given["username"],
            password=given.get("password1"),
            phone=given.get("phone", ""),
            language=get_language() or "",
        )

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """So many tries from an address, at a name from an address, and at a name from anywhere. Raises TooMany.

        Names that nobody has are counted like the others, so that a refusal tells nothing.
        """
        address, name = address_of(request), str(credentials.get("username") or "").lower()
        spend(SIGN_IN_BY_ADDRESS, address)
        spend(SIGN_IN_BY_NAME_HERE, f"{address} {name}")
        spend(SIGN_IN_BY_NAME, name)
        super().pre_authenticate(request, **credentials)

    def login(self, request: HttpRequest, user: Account) -> None:
        """Open the session under a new key (what an attacker may have planted is worth nothing) and write it down."""
        super().login(request, user)
        sessions.start(request.session)
        records = get_authentication_records(request, user)
        operations.note_sign_in(user, str(records[-1]["method"]) if records else "password")

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            operations.note_sign_out(request.user)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Tell the audit whose password was guessed at. An unknown name is noted without it, so both take as long."""
        super().authentication_failed(request, **credentials)
        operations.note_refused_sign_in(get_user_by_username(credentials.get("username") or ""), "password")

    def set_password(self, user: Account, password: str) -> None:
        operations.set_password(user, password)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Sign-in by OpenID Connect. Of what the provider tells, only the identifier and the linking claim are kept."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Account:
        claims = sociallogin.account.extra_data
        claims = claims.get("userinfo") or claims.get("id_token") or claims
        account: Account = sociallogin.user
        account.offered_username = str(claims.get("preferred_username") or "")
        account.offered_name = str(claims.get("name") or "")[:60]
        kept = {"sub", settings.OIDC_CLAIM}
        sociallogin.account.extra_data = {"userinfo": {key: claims[key] for key in kept if claims.get(key)}}
        sociallogin.email_addresses = []
        return account

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Open the existing account whose sign-in name the agreed claim carries, if the operator set such a claim."""
        if sociallogin.is_existing or not settings.OIDC_CLAIM:
            return
        claimed = sociallogin.account.extra_data["userinfo"].get(settings.OIDC_CLAIM)
        account = get_user_by_username(str(claimed)) if claimed else None
        if account is not None:
            sociallogin.connect(request, account)

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: BaseForm | None = None) -> Account:
        """Make a resident for somebody the provider knows and we do not."""
        username = operations.free_username(sociallogin.user.offered_username)
        account = operations.open_account(username=username, name=sociallogin.user.offered_name or username, way="openid")
        sociallogin.user = account
        sociallogin.save(request)
        return account


class MfaAdapter(DefaultMFAAdapter):
    """The second step: secrets are encrypted in store, the QR code is drawn by us."""

    def build_totp_svg(self, url: str) -> str:
        picture = BytesIO()
        # With its namespace: it is shown as an image of its own, not inside the page.
        segno.make(url, error="m", micro=False).save(picture, kind="svg", xmldecl=False, scale=5, border=4, light="#fff")
        return picture.getvalue().decode()

    def encrypt(self, text: str) -> str:
        return base64.b64encode(encrypt(text, **MFA_PLACE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(base64.b64decode(encrypted_text), **MFA_PLACE)
