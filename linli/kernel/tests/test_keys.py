"""`linli keys`: a new key is put in front, everything is encrypted under it, and the old one is needed no more."""

from __future__ import annotations

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from linli.kernel.encryption import CannotDecrypt
from linli.kernel.management.commands.keys import encrypted_fields
from linli.notifications.models import Webhook
from linli.people.models import Person

pytestmark = pytest.mark.django_db


def new_key(capsys) -> str:
    call_command("keys", "new")
    return capsys.readouterr().out.strip()


def said(capsys, *arguments: str) -> list[str]:
    capsys.readouterr()
    call_command("keys", *arguments)
    return capsys.readouterr().out.splitlines()


def test_a_new_key_is_long_enough_and_never_the_same(capsys):
    first, second = new_key(capsys), new_key(capsys)

    assert len(base64.b64decode(first, validate=True)) == 32
    assert first != second


def test_a_new_key_can_be_told_from_those_in_use(settings, capsys):
    """Values bear one byte of their key: were two alike, rotation would see nothing to do and the old key be thrown away."""
    keys = [new_key(capsys)]
    for _turn in range(80):  # by chance alone, one in 256 would be like the first and most likely two of them like each other
        settings.LINLI_KEYS = keys
        keys = [new_key(capsys), *keys]
    settings.LINLI_KEYS = keys
    assert Webhook.objects.create(name="x", url="https://example.org/", secret="behind the door").secret == "behind the door"

    settings.LINLI_KEYS = [keys[0], *keys]
    with pytest.raises(ImproperlyConfigured, match="linli keys new"):
        Webhook.objects.create(name="y", url="https://example.org/", secret="behind the door")


def test_every_encrypted_field_is_known():
    found = {f"{model._meta.label}.{name}" for model, names in encrypted_fields().items() for name in names}

    assert {"people.Person.phone", "cases.Case.reporter_contact", "cases.Support.contact"} <= found
    assert {"notifications.Webhook.secret", "notifications.Delivery.recipient"} <= found


def test_rotation_moves_everything_under_the_new_key(settings, capsys):
    old, new = list(settings.LINLI_KEYS), new_key(capsys)
    hook = Webhook.objects.create(name="x", url="https://example.org/", secret="behind the door")
    settings.LINLI_KEYS = [new, *old]
    assert "notifications.Webhook.secret: 1 values, 1 wait for rotation" in said(capsys, "show")
    assert "all under the present key" not in said(capsys, "rotate", "--dry-run")

    said(capsys, "rotate")

    assert "all under the present key" in said(capsys, "show")
    assert "0 rows encrypted again" in said(capsys, "rotate")
    settings.LINLI_KEYS = [new]
    assert Webhook.objects.get(pk=hook.pk).secret == "behind the door"
    assert all(person.phone is not None for person in Person.objects.all())


def test_rows_whose_key_is_gone_are_named_and_left_as_they_are(settings, capsys):
    old, new = list(settings.LINLI_KEYS), new_key(capsys)
    lost = Webhook.objects.create(name="lost", url="https://example.org/", secret="lost")
    settings.LINLI_KEYS = [new]
    Person.objects.update(phone="", email="")

    with pytest.raises(CommandError, match="1 rows do not open"):
        call_command("keys", "rotate")

    assert "lost" not in capsys.readouterr().err
    with pytest.raises(CannotDecrypt):
        str(Webhook.objects.get(pk=lost.pk).secret)
    settings.LINLI_KEYS = old
    assert Webhook.objects.get(pk=lost.pk).secret == "lost"
