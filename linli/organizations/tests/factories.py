"""Bodies, roles, people and posts for tests, with names that say what they are for."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from linli.kernel.snapshots import changed, forget_all
from linli.organizations.models import AccessToken, Organization, Post, Role
from linli.organizations.queries import token_digest
from linli.people.models import Account, Person

PASSWORD = "ein-langer-Satz-42"
DISTRICT, STREET, COMMUNITY = "990101", "990101001", "990101001003"
_numbers = itertools.count(1)


def today() -> date:
    return timezone.localdate()


def days(count: int) -> date:
    """The day so many days from today."""
    return today() + timedelta(days=count)


def role(code: str = "tester", rights: tuple[str, ...] = (), *, reach: str = "area", door: str = "desk") -> Role:
    made, _new = Role.objects.update_or_create(
        code=code,
        defaults={
            "name_zh": f"角色{code}", "name_en": f"Role {code}", "reach": reach, "door": door, "rights": list(rights),
            "sentence_zh": "试用的角色。", "sentence_en": "A role for tests.",
        },
    )  # fmt: skip
    changed("roles")
    return made


def organization(code: str = "t-office", area_code: str = STREET, **fields: Any) -> Organization:
    made, _new = Organization.objects.update_or_create(
        code=code,
        defaults={"kind": "street", "name_zh": f"机构{code}", "name_en": f"Body {code}", "area_code": area_code} | fields,
    )
    changed("organizations")
    return made


def person(name: str = "", **fields: Any) -> Person:
    number = next(_numbers)
    return Person.objects.create(name=name or f"试{number}", name_en=f"Test {number}", **fields)


def account(username: str = "", *, password: str | None = None, who: Person | None = None, **fields: Any) -> Account:
    """An account; without a password it is made fast, for `client_of`."""
    who = who or person()
    made = Account(username=username or f"tester{next(_numbers)}", person=who, **fields)
    if password is None:
        made.set_unusable_password()
    else:
        made.set_password(password)
    made.save()
    return made


def post(who: Person, what: Role, where: Organization, area_code: str = STREET, **fields: Any) -> Post:
    return Post.objects.create(
        person=who, role=what, organization=where, area_code=area_code, **{"valid_from": days(-30), **fields}
    )


def token(secret: str = "linli_test", **fields: Any) -> AccessToken:
    return AccessToken.objects.create(
        name="Test", digest=token_digest(secret), hint=secret[-4:], **{"expires_on": days(30), **fields}
    )


def client_of(account: Account) -> Client:
    """A browser in which the account is signed in."""
    client = Client()
    client.force_login(account)
    return client


def forget() -> None:
    """Drop what is kept in memory, after a test that changed roles or bodies behind the operations."""
    forget_all()
