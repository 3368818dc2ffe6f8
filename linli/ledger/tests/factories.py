"""Accounts and bookings for tests, and rows put past the operations to see what the database itself refuses."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from linli.kernel.policy import SYSTEM, Actor
from linli.ledger import operations
from linli.ledger.models import LedgerAccount, Rule, Transfer, Unit
from linli.ledger.operations import Booked, Reason

_numbers = itertools.count(1)


def new() -> uuid.UUID:
    return uuid.uuid4()


def somebody() -> Actor:
    return Actor(kind="person", person_id=uuid.uuid4(), name="云某")


def account(rule: str = Rule.CREDIT_ONLY, unit: str = Unit.POINTS, **more: Any) -> LedgerAccount:
    number = next(_numbers)
    fields = {"code": f"test:a-{number}", "title": f"试账户{number}", **more}
    return operations.open_account(actor=SYSTEM, unit=unit, rule=rule, **fields)


def issuer(unit: str = Unit.POINTS) -> LedgerAccount:
    return account(Rule.FREE, unit)


def purse(amount: int = 0, unit: str = Unit.POINTS, **more: Any) -> LedgerAccount:
    """An account that cannot be overdrawn, with something on it."""
    made = account(Rule.CREDIT_ONLY, unit, **more)
    if amount:
        post(issuer(unit), made, amount)
    return made


def post(debit: LedgerAccount, credit: LedgerAccount, amount: int, **reason: Any) -> Booked:
    return operations.post(actor=SYSTEM, booking=new(), debit=debit, credit=credit, amount=amount, reason=Reason(**reason))


def hold(debit: LedgerAccount, credit: LedgerAccount, amount: int, expires_at: datetime | None = None) -> Transfer:
    return operations.hold(actor=SYSTEM, booking=new(), debit=debit, credit=credit, amount=amount, expires_at=expires_at).first


def capture(held: Transfer, amount: int | None = None) -> Booked:
    return operations.capture(actor=SYSTEM, booking=new(), held=held, amount=amount)


def release(held: Transfer) -> Booked:
    return operations.release(actor=SYSTEM, booking=new(), held=held)


def again(row: LedgerAccount) -> LedgerAccount:
    """The account as it is now."""
    return LedgerAccount.objects.get(pk=row.pk)


def balances(*rows: LedgerAccount) -> list[int]:
    return [again(row).balance for row in rows]


def put(table: str, **values: Any) -> int:
    """Insert a row past every operation; returns its number if it has one."""
    plain = {
        key: value.hex if isinstance(value, uuid.UUID) and not connection.features.has_native_uuid_field
        else connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime)
        else value
        for key, value in values.items()
    }  # fmt: skip
    returning = " RETURNING seq" if table == "ledger_transfer" else ""
    names, places = ", ".join(plain), ", ".join(["%s"] * len(plain))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places}){returning}", list(plain.values()))
        return cursor.fetchone()[0] if returning else 0


def put_transfer(debit: LedgerAccount, credit: LedgerAccount, amount: int, **values: Any) -> int:
    """A transfer as somebody with a database console would write it."""
    row = {
        "booking": new(), "place": 1, "legs": 1, "total": amount, "fingerprint": "f" * 64, "kind": "post", "debit_id": debit.pk,
        "credit_id": credit.pk, "amount": amount, "at": timezone.now(), "purpose": "", "note": "", **values,
    }  # fmt: skip
    return put("ledger_transfer", **row)


def run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
