"""Balances: at a date, of all accounts, and the statement of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, Sum

from linli.ledger.models import Kind, LedgerAccount, Rule, Transfer
from linli.ledger.queries.moments import one_moment

MOVING = (Kind.POST, Kind.CAPTURE)
PAGE = 50


@dataclass(frozen=True)
class TrialLine:
    """An account in the trial balance: everything on either side, and what open reservations hold."""

    account: LedgerAccount
    debit: int
    credit: int
    pending_debit: int
    pending_credit: int

    @property
    def net(self) -> int:
        """Debits less credits; over all accounts of a unit the sum is zero."""
        return self.debit - self.credit


@dataclass(frozen=True)
class StatementLine:
    """One transfer as the holder of the account sees it; `change` is signed, `balance` is what was there after it."""

    transfer: Transfer
    other: LedgerAccount
    change: int
    balance: int


@dataclass(frozen=True)
class StatementPage:
    lines: list[StatementLine]
    older: int | None  # pass as `before` for the next page


def balance_at(account: LedgerAccount, moment: datetime) -> int:
    """What was on the account just before the moment, open reservations not counted. Index on the account; O(its transfers)."""
    rows = Transfer.objects.filter(kind__in=MOVING, at__lt=moment)
    debit = rows.filter(debit=account).aggregate(sum=Sum("amount"))["sum"] or 0
    credit = rows.filter(credit=account).aggregate(sum=Sum("amount"))["sum"] or 0
    return _signed(account, int(debit), int(credit))


def _signed(account: LedgerAccount, debit: int, credit: int) -> int:
    return debit - credit if account.rule == Rule.DEBIT_ONLY else credit - debit


def trial_balance(*, until: datetime | None = None) -> list[TrialLine]:
    """Every account that was ever used, by code; before the moment `until`, or now."""
    if until is None:
        used = LedgerAccount.objects.exclude(debit=0, credit=0, pending_debit=0, pending_credit=0)
        return [TrialLine(row, row.debit, row.credit, row.pending_debit, row.pending_credit) for row in used.order_by("code")]
    with one_moment():
        sides = {side: _sums(side, until) for side in ("debit", "credit")}
        pending = {side: _sums(side, until, is_pending=True) for side in ("debit", "credit")}
        lines = [
            TrialLine(
                row, *(side.get(row.pk, 0) for side in (sides["debit"], sides["credit"], pending["debit"], pending["credit"]))
            )
            for row in LedgerAccount.objects.order_by("code")
        ]
    return [line for line in lines if line.debit or line.credit or line.pending_debit or line.pending_credit]


def _sums(side: str, until: datetime, *, is_pending: bool = False) -> dict[int, int]:
    rows = Transfer.objects.filter(at__lt=until)
    if is_pending:
        ended = Transfer.objects.filter(hold__isnull=False, at__lt=until).values("hold_id")
        rows = rows.filter(kind=Kind.HOLD).exclude(pk__in=ended)
    else:
        rows = rows.filter(kind__in=MOVING)
    return {pk: int(total) for pk, total in rows.order_by().values_list(f"{side}_id").annotate(Sum("amount"))}


def _statement_sql(bounds: str) -> str:
    """One statement, so one moment: the page newest first, and what was on the account after its newest line.

    Each side is read from its own index from the newest down; the two together are at most twice a page.
    """
    side = "SELECT t.seq FROM ledger_transfer t WHERE t.{0}_id = %s {1} ORDER BY t.seq DESC LIMIT %s"
    sums = (
        "SELECT COALESCE(SUM(t.amount), 0) FROM ledger_transfer t "
        "WHERE t.{0}_id = %s AND t.kind IN ('post', 'capture') AND t.seq > n.top"
    )
    page = f"SELECT * FROM ({side.format('debit', bounds)}) a UNION ALL SELECT * FROM ({side.format('credit', bounds)}) b"  # noqa: S608
    return (
        f"WITH page AS (SELECT seq FROM ({page}) u ORDER BY seq DESC LIMIT %s), n AS (SELECT MAX(seq) AS top FROM page) "  # noqa: S608
        f"SELECT p.seq, a.debit - ({sums.format('debit')}), a.credit - ({sums.format('credit')}) "
        "FROM page p, n, ledger_account a WHERE a.id = %s ORDER BY p.seq DESC"
    )


def statement(account: LedgerAccount, *, before: int | None = None, limit: int = PAGE) -> StatementPage:
    """A page of the account's transfers, newest first; every line has its number and what was there after it.

    Keyset paged by the number. Three queries; the first page costs the same however long the history is.
    """
    bounds, keys = ("AND t.seq < %s", [before]) if before is not None else ("", [])
    pk, most = account.pk, limit + 1
    values: list[Any] = [pk, *keys, most, pk, *keys, most, most, pk, pk, pk]
    with connection.cursor() as cursor:
        cursor.execute(_statement_sql(bounds), values)
        found = cursor.fetchall()
    transfers = Transfer.objects.select_related("debit", "credit").in_bulk([seq for seq, _debit, _credit in found])
    balance = _signed(account, int(found[0][1]), int(found[0][2])) if found else 0
    lines = []
    for seq, _debit, _credit in found[:limit]:
        row = transfers[seq]
        is_credit = row.credit_id == account.pk
        amount = row.amount if row.kind in MOVING else 0
        change = _signed(account, 0, amount) if is_credit else _signed(account, amount, 0)
        lines.append(StatementLine(row, row.debit if is_credit else row.credit, change, balance))
        balance -= change
    return StatementPage(lines, found[limit - 1][0] if len(found) > limit else None)


def open_holds(account: LedgerAccount) -> list[Transfer]:
    """Reservations on the account that are neither used nor given up, oldest first."""
    rows = Transfer.objects.filter(Q(debit=account) | Q(credit=account), kind=Kind.HOLD, resolutions=None)
    return list(rows.select_related("debit", "credit").order_by("seq"))
