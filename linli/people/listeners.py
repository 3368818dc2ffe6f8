"""What allauth tells of second steps, written into our audit. Connected when the app is ready."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from linli.people import operations
from linli.people.models import Account


# allauth's own signals come after the commit; the rows' signals come in the same transaction as the change.
@receiver(post_save, sender=Authenticator)
def note_added(sender: Any, instance: Authenticator, created: bool, **rest: Any) -> None:
    if created:
        operations.note_second_step(instance.user, instance.type, is_on=True)


@receiver(post_delete, sender=Authenticator)
def note_removed(sender: Any, instance: Authenticator, **rest: Any) -> None:
    operations.note_second_step(instance.user, instance.type, is_on=False)


@receiver(authentication_failed)
def note_failed(sender: Any, user: Account, **rest: Any) -> None:
    operations.note_refused_sign_in(user, "mfa")
