"""The second step with real codes: turning it on, signing in with it, recovery codes, and what is in store."""

from __future__ import annotations

import time
from typing import Any
from xml.etree import ElementTree

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from linli.kernel.models import Event
from linli.organizations.tests.factories import PASSWORD, account
from linli.people.models import Account

pytestmark = pytest.mark.django_db


def code_of(secret: str, *, steps: int = 0) -> str:
    """The six digits an authenticator app shows now, or so many half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def signed_in(name: str = "xiaoman") -> tuple[Account, Client]:
    mine, client = account(name, password=PASSWORD), Client()
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return mine, client


def turn_on(client: Client) -> str:
    secret: str = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer.status_code == 302, answer.context["form"].errors
    cache.clear()  # a code counts once; the next sign-in comes half a minute later
    return secret


def first_step(name: str = "xiaoman") -> tuple[Client, Any]:
    client = Client()
    return client, client.post("/accounts/login/", {"login": name, "password": PASSWORD})


def test_a_real_code_turns_it_on_and_gives_recovery_codes() -> None:
    _mine, client = signed_in()

    picture = client.get("/accounts/2fa/totp/activate/").context["totp_svg"]
    turn_on(client)

    assert ElementTree.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"  # else no browser draws it
    assert len(client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]) == 10
    kinds = [line.data["kind"] for line in Event.objects.filter(name="people.account.second_step_turned_on")]
    assert sorted(kinds) == ["recovery_codes", "totp"]


def test_the_secret_is_not_readable_in_store() -> None:
    _mine, client = signed_in()

    secret = turn_on(client)

    assert all(secret not in str(row.data) for row in Authenticator.objects.all())


def test_the_password_alone_then_opens_nothing() -> None:
    _mine, client = signed_in()
    turn_on(client)

    other, answer = first_step()

    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert other.get("/accounts/").status_code == 302
    assert Event.objects.filter(name="people.account.signed_in").count() == 1


def test_password_and_code_open_the_account() -> None:
    _mine, client = signed_in()
    secret = turn_on(client)
    other, _answer = first_step()

    answer = other.post("/accounts/2fa/authenticate/", {"code": code_of(secret, steps=1)})

    assert answer["Location"] == "/home/"
    assert other.get("/accounts/").status_code == 200
    assert Event.objects.filter(name="people.account.signed_in").last().data == {"way": "mfa"}


def test_a_wrong_code_is_refused_and_written_down() -> None:
    mine, client = signed_in()
    turn_on(client)
    other, _answer = first_step()

    answer = other.post("/accounts/2fa/authenticate/", {"code": "000000"})

    assert answer.context["form"].errors
    assert other.get("/accounts/").status_code == 302
    refused = Event.objects.get(name="people.account.sign_in_refused")
    assert (refused.subject_id, refused.data) == (mine.person_id, {"way": "mfa"})


def test_a_recovery_code_opens_the_account_once() -> None:
    _mine, client = signed_in()
    turn_on(client)
    code = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"][0]
    first, _answer = first_step()
    first.post("/accounts/2fa/authenticate/", {"code": code})
    second, _answer = first_step()

    second.post("/accounts/2fa/authenticate/", {"code": code})

    assert first.get("/accounts/").status_code == 200
    assert second.get("/accounts/").status_code == 302


def test_turning_it_off_asks_who_it_is_and_is_written_down() -> None:
    _mine, client = signed_in()
    turn_on(client)

    client.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.filter(type="totp").exists()
    assert Event.objects.filter(name="people.account.second_step_turned_off", data__kind="totp").exists()


def test_without_the_password_again_it_cannot_be_turned_on() -> None:
    account("xiaoman", password=PASSWORD)
    client, _answer = first_step()

    answer = client.get("/accounts/2fa/totp/activate/")

    assert answer["Location"].startswith("/accounts/reauthenticate/")
