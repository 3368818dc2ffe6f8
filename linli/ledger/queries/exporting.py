"""The books as text for checkers that nobody here wrote: beancount and hledger, with assertions of balances.

A period starts with one transaction that brings every balance in, and has assertions at its start, at the end of every
month and at its end. Accounts that may not be overdrawn are Liabilities, those that may not owe Assets, free ones Equity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from linli.ledger.models import Kind, LedgerAccount, Rule, Transfer, Unit
from linli.ledger.queries.balances import trial_balance
from linli.ledger.queries.chain import lines
from linli.ledger.queries.moments import one_moment

ROOTS = {Rule.DEBIT_ONLY: "Assets", Rule.CREDIT_ONLY: "Liabilities", Rule.FREE: "Equity"}
COMMODITIES = {Unit.FEN: "CNY", Unit.POINTS: "POINTS", Unit.MINUTES: "MINUTES"}
OPENING = "Equity:Opening-Balances"
FORMATS = ("beancount", "hledger", "chain")
FIELDS = ("seq", "booking", "legs", "kind", "debit_id", "credit_id", "amount", "at", "purpose", "note", "reverses_id")


@dataclass(frozen=True)
class Period:
    """Days, both included."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        return _midnight(self.last + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())


def whole_period() -> Period:
    """From the first transfer to today."""
    first = Transfer.objects.order_by("at").values_list("at", flat=True).first()
    today = timezone.localdate()
    return Period(timezone.localdate(first) if first else today, today)


def export(style: str, period: Period) -> Iterator[str]:
    """Lines of text of the period in one of FORMATS; streamed, one moment of the books. `chain` is the lines that are hashed."""
    if style == "chain":
        with one_moment():
            yield from (line for _seq, line in lines())
        return
    with one_moment():
        writer = _Beancount() if style == "beancount" else _Hledger()
        yield from _Books(period, writer).lines()


def amount_text(amount: int, unit: str) -> str:
    """A whole number of units as the checkers read it: fen as yuan with two decimals."""
    if unit == Unit.FEN:
        sign, size = "-" if amount < 0 else "", abs(amount)
        return f"{sign}{size // 100}.{size % 100:02d} CNY"
    return f"{amount} {COMMODITIES[Unit(unit)]}"


def account_name(account: LedgerAccount) -> str:
    """Liabilities:Fund:Street-1 of fund:street-1; no two codes give the same name."""
    return ":".join([ROOTS[Rule(account.rule)], *(part[:1].upper() + part[1:] for part in account.code.split(":"))])


class _Books:
    """The period told in the order of its days to one of the writers."""

    def __init__(self, period: Period, writer: _Beancount | _Hledger):
        self.period, self.writer = period, writer
        self.accounts = {row.pk: row for row in LedgerAccount.objects.order_by("code")}
        self.names = {pk: account_name(row) for pk, row in self.accounts.items()}
        self.net = {line.account.pk: line.net for line in trial_balance(until=period.start)}

    def lines(self) -> Iterator[str]:
        opened = self.period.first - timedelta(days=1)
        yield from self.writer.head(opened, [(self.names[pk], row) for pk, row in self.accounts.items()])
        yield from self.writer.opening(opened, [(self.names[pk], self._text(pk, net)) for pk, net in self.net.items() if net])
        yield from self._assertions(opened)
        day = opened
        for row in self._transfers():
            on = timezone.localdate(row["at"])
            if (on.year, on.month) != (day.year, day.month) and day != opened:
                yield from self._assertions(_last_of_month(day))
            day = on
            yield from self._transfer(on, row)
        yield from self._assertions(self.period.last)

    def _transfers(self) -> Iterable[dict[str, Any]]:
        rows = Transfer.objects.filter(at__gte=self.period.start, at__lt=self.period.end)
        found: Iterable[dict[str, Any]] = rows.order_by("at", "seq").values(*FIELDS).iterator(chunk_size=5000)
        return found

    def _transfer(self, on: date, row: dict[str, Any]) -> Iterator[str]:
        debit, credit, amount = row["debit_id"], row["credit_id"], row["amount"]
        names = (self.names[debit], self.names[credit])
        if row["kind"] not in (Kind.POST, Kind.CAPTURE):
            yield f"; {on} {row['seq']} {row['kind']} {self._text(debit, amount)} {names[0]} → {names[1]}"
            return
        self.net[debit] = self.net.get(debit, 0) + amount
        self.net[credit] = self.net.get(credit, 0) - amount
        yield from self.writer.transfer(on, row, names, (self._text(debit, amount), self._text(credit, -amount)))

    def _assertions(self, day: date) -> Iterator[str]:
        """What every used account holds at the end of the day."""
        sums = self._with_those_below() if self.writer.sums_below else self.net
        found = [(self.names[pk], self._text(pk, net)) for pk, net in sorted(sums.items()) if pk in self.net]
        yield from self.writer.assertions(day, found)

    def _with_those_below(self) -> dict[int, int]:
        """Beancount counts what lies below an account to it, for each commodity."""
        above: dict[tuple[str, str], int] = defaultdict(int)
        for pk, net in self.net.items():
            parts = self.names[pk].split(":")
            for length in range(2, len(parts) + 1):
                above[":".join(parts[:length]), self.accounts[pk].unit] += net
        return {pk: above[self.names[pk], self.accounts[pk].unit] for pk in self.net}

    def _text(self, pk: int, amount: int) -> str:
        return amount_text(amount, self.accounts[pk].unit)


def _last_of_month(day: date) -> date:
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return following - timedelta(days=1)


class _Beancount:
    sums_below = True

    def head(self, day: date, accounts: list[tuple[str, LedgerAccount]]) -> Iterator[str]:
        yield 'option "title" "Linli"'
        yield 'option "operating_currency" "CNY"'
        yield from (f"{day} commodity {name}" for name in COMMODITIES.values())
        yield f"{day} open {OPENING}"
        for name, account in accounts:
            yield f"{day} open {name} {COMMODITIES[Unit(account.unit)]}"
            yield f"  title: {_quoted(account.title)}"

    def opening(self, day: date, amounts: list[tuple[str, str]]) -> Iterator[str]:
        for name, text in amounts:
            yield f'{day} * "opening balance"'
            yield f"  {name}  {text}"
            yield f"  {OPENING}"

    def transfer(self, on: date, row: dict[str, Any], names: tuple[str, str], texts: tuple[str, str]) -> Iterator[str]:
        link = f" ^{row['booking'].hex}" if row["legs"] > 1 else ""
        yield f"{on} * {_quoted(row['purpose'])} {_quoted(row['note'])}{link}"
        yield f"  seq: {row['seq']}"
        if row["reverses_id"]:
            yield f"  reverses: {row['reverses_id']}"
        yield f"  {names[0]}  {texts[0]}"
        yield f"  {names[1]}  {texts[1]}"

    def assertions(self, day: date, amounts: list[tuple[str, str]]) -> Iterator[str]:
        """A balance in beancount is that of the morning; without the ~ it would let pass one fen more or less."""
        morning = day + timedelta(days=1)
        yield from (f"{morning} balance {name}  {text.replace(' ', ' ~ 0 ')}" for name, text in amounts)


class _Hledger:
    sums_below = False

    def head(self, day: date, accounts: list[tuple[str, LedgerAccount]]) -> Iterator[str]:
        yield "commodity 1.00 CNY"
        yield from (f"commodity 1. {name}" for name in list(COMMODITIES.values())[1:])
        yield f"account {OPENING}"
        for name, account in accounts:
            yield f"account {name}  ; {account.title}"

    def opening(self, day: date, amounts: list[tuple[str, str]]) -> Iterator[str]:
        for name, text in amounts:
            yield f"{day} opening balance"
            yield f"    {name}  {text}"
            yield f"    {OPENING}"

    def transfer(self, on: date, row: dict[str, Any], names: tuple[str, str], texts: tuple[str, str]) -> Iterator[str]:
        words = " | ".join(word for word in (row["purpose"], row["note"].replace(";", ",")) if word)
        yield f"{on} ({row['seq']}) {words}".rstrip()
        yield f"    {names[0]}  {texts[0]}"
        yield f"    {names[1]}  {texts[1]}"

    def assertions(self, day: date, amounts: list[tuple[str, str]]) -> Iterator[str]:
        if not amounts:
            return
        yield f"{day} balances"
        yield from (f"    {name}  0 {text.split()[1]} = {text}" for name, text in amounts)


def _quoted(text: str) -> str:
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'
