"""What can happen to people and their accounts. The subject is always the person."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from linli.kernel.events import Happening, event


@dataclass(frozen=True)
class PersonHappening(Happening):
    subject: ClassVar[str] = "person_id"

    person_id: uuid.UUID


@event
@dataclass(frozen=True)
class AccountOpened(PersonHappening):
    """A person can sign in from now on. `way`: sign_up, openid."""

    name: ClassVar[str] = "people.account.opened"

    way: str


@event
@dataclass(frozen=True)
class SignedIn(PersonHappening):
    """A person signed in. `way`: password, mfa (a second step was given), socialaccount (OpenID Connect), demo."""

    name: ClassVar[str] = "people.account.signed_in"

    way: str


@event
@dataclass(frozen=True)
class SignedOut(PersonHappening):
    """A person signed out."""

    name: ClassVar[str] = "people.account.signed_out"


@event
@dataclass(frozen=True)
class SignInRefused(Happening):
    """A wrong password or second step; without a person if nobody has the name. `way`: password, mfa."""

    name: ClassVar[str] = "people.account.sign_in_refused"
    subject: ClassVar[str] = "person_id"

    person_id: uuid.UUID | None
    way: str


@event
@dataclass(frozen=True)
class PasswordChanged(PersonHappening):
    """A person chose another password; their other sessions have ended."""

    name: ClassVar[str] = "people.account.password_changed"


@event
@dataclass(frozen=True)
class SecondStepTurnedOn(PersonHappening):
    """From now on a code is asked for besides the password. `kind`: totp, recovery_codes."""

    name: ClassVar[str] = "people.account.second_step_turned_on"

    kind: str


@event
@dataclass(frozen=True)
class SecondStepTurnedOff(PersonHappening):
    """A second step was taken away. `kind`: totp, recovery_codes."""

    name: ClassVar[str] = "people.account.second_step_turned_off"

    kind: str


@event
@dataclass(frozen=True)
class PersonChanged(PersonHappening):
    """Name, language or contact data changed; only the names of the fields are told, never their content."""

    name: ClassVar[str] = "people.person.changed"

    fields: tuple[str, ...]
