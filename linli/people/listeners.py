"""What allauth tells of second steps, written into our audit. Connected when the app is ready."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from django.dispatch import receiver

from linli.people import operations
from linli.people.models import Account


@receiver(authenticator_added)
def note_added(sender: Any, user: Account, authenticator: Authenticator, **rest: Any) -> None:
    operations.note_second_step(user, authenticator.type, is_on=True)


@receiver(authenticator_removed)
def note_removed(sender: Any, user: Account, authenticator: Authenticator, **rest: Any) -> None:
    operations.note_second_step(user, authenticator.type, is_on=False)


@receiver(authentication_failed)
def note_failed(sender: Any, user: Account, **rest: Any) -> None:
    operations.note_refused_sign_in(user, "mfa")
