"""Every change of people and their accounts."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel.errors import Conflict, NotAllowed, RuleBroken
from linli.kernel.events import emit
from linli.kernel.identifiers import is_mobile_number, normalise_phone
from linli.kernel.policy import ANONYMOUS, Actor
from linli.people.events import (
    AccountOpened,
    PasswordChanged,
    PersonChanged,
    SecondStepTurnedOff,
    SecondStepTurnedOn,
    SignedIn,
    SignedOut,
    SignInRefused,
)
from linli.people.models import Account, Person


def open_account(
    *, username: str, name: str, password: str | None = None, phone: str = "", language: str = "", way: str = "sign_up"
) -> Account:
    """Make a person and an account for them: a resident, without any post.

    `password` None makes an account that opens by OpenID Connect only. Raises RuleBroken for a bad phone number
    and Conflict if the sign-in name is taken. Emits `people.account.opened`.
    """
    person = Person(name=name, language=language or settings.LANGUAGE_CODE)
    person.set_phone(checked_phone(phone))
    account = Account(username=username, person=person)
    account.set_password(password)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
            account.save(force_insert=True)
            emit(ANONYMOUS, AccountOpened(person.pk, way))
    except IntegrityError:
        raise Conflict("username_taken", _("Somebody already has this sign-in name. Choose another."), "username") from None
    return account


def free_username(wish: str) -> str:
    """A sign-in name nobody has yet: the wish itself if it can be had, otherwise one with a random end."""
    wish = "".join(character for character in wish.lower() if character.isalnum() or character in "._-")[:40]
    if wish and not Account.objects.filter(username__iexact=wish).exists():
        return wish
    return f"{wish or 'resident'}-{secrets.token_hex(4)}"


def checked_phone(text: str) -> str:
    """The number as it is kept, or "" for none. Raises RuleBroken if it is not a mobile number."""
    if not text.strip():
        return ""
    phone = normalise_phone(text)
    if not is_mobile_number(phone):
        raise RuleBroken("phone_wrong", _("This is not a mobile number: it has 11 digits and starts with 1."), "phone")
    return phone


def change_person(*, actor: Actor, person: Person, name: str, language: str, phone: str | None = None) -> Person:
    """Change what a person says of themself; only they may. `phone` None leaves it, "" removes it.

    Emits `people.person.changed` with the names of the fields, if anything is different.
    """
    if actor.person_id != person.pk:
        raise NotAllowed("not_yours", _("Everyone changes only their own details."))
    if not name.strip():
        raise RuleBroken("name_missing", _("A name is needed."), "name")
    checked = None if phone is None else checked_phone(phone)
    with transaction.atomic():
        row = Person.objects.select_for_update().get(pk=person.pk)
        changed = [field for field, new in (("name", name.strip()), ("language", language)) if getattr(row, field) != new]
        row.name, row.language = name.strip(), language
        if checked is not None and row.phone != checked:
            row.set_phone(checked)
            changed.append("phone")
        if changed:
            row.save(update_fields=[*changed, *(["phone_index"] if "phone" in changed else [])])
            emit(actor, PersonChanged(row.pk, tuple(changed)))
    return row


# --- what the sign-in tells ------------------------------------------------------------------------------------------


def _as(account: Account) -> Actor:
    return Actor(kind="person", account_id=account.pk, person_id=account.person_id)


def note_sign_in(account: Account, way: str) -> None:
    """Write into the audit that a person signed in."""
    with transaction.atomic():
        emit(_as(account), SignedIn(account.person_id, way))


def note_sign_out(account: Account) -> None:
    """Write into the audit that a person signed out."""
    with transaction.atomic():
        emit(_as(account), SignedOut(account.person_id))


def note_refused_sign_in(account: Account | None, way: str) -> None:
    """Write into the audit that somebody failed to sign in as this person, or with a name nobody has."""
    with transaction.atomic():
        emit(ANONYMOUS, SignInRefused(account.person_id if account else None, way))


def set_password(account: Account, password: str) -> None:
    """Give the account a new password. Emits `people.account.password_changed`; all its other sessions end."""
    with transaction.atomic():
        account.set_password(password)
        account.save(update_fields=["password"])
        emit(_as(account), PasswordChanged(account.person_id))


def note_second_step(account: Account, kind: str, *, is_on: bool) -> None:
    """Write into the audit that a second step was added or taken away."""
    happening = SecondStepTurnedOn if is_on else SecondStepTurnedOff
    with transaction.atomic():
        emit(_as(account), happening(account.person_id, kind))
