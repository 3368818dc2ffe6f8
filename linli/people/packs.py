"""Accounts of a pack: staff and residents of a demo or of a first set-up. Passwords never stand in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db.models import Q

from linli.kernel.identifiers import is_phone_number
from linli.kernel.pack_values import Raw, integer, one_of, read_csv, text, yes_no
from linli.kernel.packs import Column, Row, Table, register
from linli.people.models import Account, Person

DEMO_PASSWORD = "linli-demo"  # noqa: S105  known to everybody, set in the demo only
PERSON = {"name_zh": "name", "name_en": "name_en", "email": "email", "language": "language"}
ACCOUNT = ("username", "demo_order", "sentence_zh", "sentence_en")


def read_phone(raw: Any) -> str:
    value = str(raw).strip()
    if value and not is_phone_number(value):
        raise ValueError(f"“{raw}” is not a telephone number")
    return value


def read_accounts(path: Path) -> Iterator[tuple[int, Raw]]:
    """The first row of each username; further rows are further posts. Featured ones are numbered in their order."""
    seen: set[str] = set()
    order = 0
    for number, raw in read_csv(path):
        if raw.get("username") in seen:
            continue
        seen.add(raw.get("username", ""))
        featured = str(raw.get("is_featured", "")).strip().lower() == "yes"
        order += featured
        yield number, {**raw, "demo_order": order if featured else 0}


def write_accounts(added: list[Row], changed: list[tuple[Any, Row]]) -> None:
    """Add persons with accounts; change those that are there. The one hash of the demo's password serves all."""
    password = make_password(DEMO_PASSWORD) if settings.LINLI_DEMO and added else ""
    for row in added:
        person = Person()
        _fill_person(person, row)
        person.save(force_insert=True)
        account = Account(person=person, password=password or make_password(None))
        _fill_account(account, row)
        account.save(force_insert=True)
    stored = Account.objects.select_related("person").in_bulk([stored_id for stored_id, _row in changed])
    for stored_id, row in changed:
        account = stored[stored_id]
        _fill_person(account.person, row)
        account.person.save()
        _fill_account(account, row)
        account.save()


def _fill_person(person: Person, row: Row) -> None:
    for column, attribute in PERSON.items():
        setattr(person, attribute, row[column])
    person.set_phone(row["phone"])
    person.pack = row.pack


def _fill_account(account: Account, row: Row) -> None:
    for column in ACCOUNT:
        setattr(account, column, row[column])
    account.is_active = True


def close_accounts(rows: list[Account]) -> None:
    """Nobody signs in with an account that has gone; the person stays, and what they did."""
    Account.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=False)


ACCOUNTS = Table(
    name="accounts.csv",
    model=Account,
    meaning="People with an account. A person with several posts has several rows; the first one describes the person.",
    key=("username",),
    title="name_zh",
    pack_path="person__pack",
    related=("person",),
    read_file=read_accounts,
    write=write_accounts,
    retire=close_accounts,
    retired="closed",
    resting=Q(is_active=False),
    revive={"is_active": True},
    checks=(Column("is_featured", "Whether the demo's sign-in page offers the account.", yes_no()),),
    ignores=("role", "organization_code", "area_code", "door", "valid_from", "valid_until"),
    columns=(
        Column("username", "Name to sign in with.", text(60), required=True),
        Column("name_zh", "Name of the person.", text(60), required=True, source="person__name"),
        Column("name_en", "Name in Latin letters.", text(80), source="person__name_en"),
        Column("phone", "Telephone number; kept encrypted.", read_phone, source="person__phone"),
        Column("email", "E-mail address; kept encrypted.", text(120), source="person__email"),
        Column("language", "zh-hans or en.", one_of("zh-hans", "en", default="zh-hans"), source="person__language"),
        Column("demo_order", "Given by the order of the rows with is_featured: yes.", integer(0, 999)),
        Column("sentence_zh", "What this person does, for the demo's sign-in page.", text(160)),
        Column("sentence_en", "The same in English.", text(200)),
    ),
)
register(ACCOUNTS)
