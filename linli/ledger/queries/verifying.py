"""`linli ledger verify`: everything that must hold in the books, looked at from the transfers alone, in one pass.

Totals are summed again, every instant of every account is looked at in the order of the numbers, holds are followed to
their end, bookings counted, the chain hashed and compared with every head. The triggers promise all of it; this trusts none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from operator import itemgetter

from django.db import connection
from django.utils import timezone

from linli.ledger import guards
from linli.ledger.models import Head, LedgerAccount, Rule, WorkedTime
from linli.ledger.queries import chain
from linli.ledger.queries.moments import one_moment

Progress = Callable[[float], "bool | None"]
COLUMNS = (
    "t.seq, t.kind, t.debit_id, t.credit_id, t.amount, t.hold_id, t.reverses_id, t.place, t.legs, "
    "CASE WHEN t.legs > 1 THEN t.booking END, t.total"
)
LATE = timedelta(days=1)  # the job that ends holds runs every five minutes
MOST_FINDINGS = 1000


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be. `kind` is stable; `text` says what, with numbers of transfers."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass
class Report:
    """What was looked at and what was found."""

    transfers: int = 0
    accounts: int = 0
    heads: int = 0
    digest: str = chain.START
    first_seq: int = 0
    last_seq: int = 0
    unused_numbers: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.findings

    def tell(self, kind: str, text: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(kind, text))


class _Replay:
    """The books played again from nothing: totals of every account, open holds, unfinished bookings."""

    def __init__(self, accounts: dict[int, LedgerAccount], report: Report):
        self.accounts, self.report = accounts, report
        self.debit = dict.fromkeys(accounts, 0)
        self.credit = dict.fromkeys(accounts, 0)
        self.pending_debit = dict.fromkeys(accounts, 0)
        self.pending_credit = dict.fromkeys(accounts, 0)
        self.credit_only = {pk for pk, row in accounts.items() if row.rule == Rule.CREDIT_ONLY}
        self.debit_only = {pk for pk, row in accounts.items() if row.rule == Rule.DEBIT_ONLY}
        self.units = {pk: row.unit for pk, row in accounts.items()}
        self.holds: dict[int, tuple[int, int, int]] = {}
        self.moved: dict[int, tuple[int, int, int]] = {}  # what reversals may point at, filled by `expect`
        self.reversed: set[int] = set()
        self.bookings: dict[object, tuple[int, int, int, int]] = {}  # place, legs, sum so far, total

    def expect(self, seqs: set[int]) -> None:
        self.wanted = seqs

    def take(self, rows: list[tuple]) -> None:
        """The next transfers in the order of their numbers."""
        debit_total, credit_total, units, wanted = self.debit, self.credit, self.units, self.wanted
        for seq, kind, debit, credit, amount, hold, reverses, place, legs, booking, total, _line in rows:
            if units[debit] != units[credit]:
                self.report.tell("unit", f"{seq} moves {units[debit]} to {units[credit]}")
            if kind == "post":
                debit_total[debit] += amount
                credit_total[credit] += amount
                if reverses is not None:
                    self._look_at_reversal(seq, reverses, (debit, credit, amount))
            elif kind == "hold":
                self.holds[seq] = (debit, credit, amount)
                self.pending_debit[debit] += amount
                self.pending_credit[credit] += amount
            else:
                self._resolve(seq, kind, hold, (debit, credit, amount))
            if seq in wanted and kind in ("post", "capture") and reverses is None:
                self.moved[seq] = (debit, credit, amount)
            if debit in self.credit_only and credit_total[debit] < debit_total[debit] + self.pending_debit[debit]:
                self.report.tell("limit", f"{seq} overdraws {self.accounts[debit].code}")
            if credit in self.debit_only and debit_total[credit] < credit_total[credit] + self.pending_credit[credit]:
                self.report.tell("limit", f"{seq} overdraws {self.accounts[credit].code}")
            if legs > 1:
                self._count(seq, booking, place, legs, amount, total)
            elif place != 1 or total != amount:
                self.report.tell("booking", f"{seq} is no whole booking")

    def _resolve(self, seq: int, kind: str, hold: int | None, what: tuple[int, int, int]) -> None:
        held = self.holds.pop(hold, None) if hold is not None else None
        debit, credit, amount = what
        if held is None:
            self.report.tell("hold", f"{seq} ends the reservation {hold}, which is not open")
        elif held[:2] != (debit, credit) or amount > held[2] or (kind == "release" and amount != held[2]):
            self.report.tell("hold", f"{seq} does not fit the reservation {hold}")
        if held is not None:
            self.pending_debit[held[0]] -= held[2]
            self.pending_credit[held[1]] -= held[2]
        if kind == "capture":
            self.debit[debit] += amount
            self.credit[credit] += amount

    def _look_at_reversal(self, seq: int, reverses: int, what: tuple[int, int, int]) -> None:
        debit, credit, amount = what
        if self.moved.get(reverses) != (credit, debit, amount) or reverses in self.reversed:
            self.report.tell("reversal", f"{seq} does not move back what {reverses} moved")
        self.reversed.add(reverses)

    def _count(self, seq: int, booking: object, place: int, legs: int, amount: int, total: int) -> None:
        was = self.bookings.pop(booking, (0, legs, 0, total))
        if (place, legs, total) != (was[0] + 1, was[1], was[3]):
            self.report.tell("booking", f"{seq} is out of place in its booking")
        now = (place, legs, was[2] + amount, total)
        if place < legs:
            self.bookings[booking] = now
        elif now[2] != total:
            self.report.tell("booking", f"{seq} ends a booking of {now[2]}, which says {total}")

    def close(self) -> None:
        """After the last transfer: nothing may be half, and the totals must be those that the accounts show."""
        for booking in self.bookings:
            self.report.tell("booking", f"{booking} lacks transfers")
        for pk, row in self.accounts.items():
            shown = (row.debit, row.credit, row.pending_debit, row.pending_credit)
            summed = (self.debit[pk], self.credit[pk], self.pending_debit[pk], self.pending_credit[pk])
            if shown != summed:
                self.report.tell("total", f"{row.code} shows {shown}, its transfers sum to {summed}")
            if row.closed_at is not None and (summed[0] != summed[1] or summed[2] or summed[3]):
                self.report.tell("closed", f"{row.code} is closed and not empty")


class _Chain:
    """The chain hashed again, with a look at every head on the way."""

    def __init__(self, heads: list[Head], report: Report):
        self.waiting, self.report = heads[::-1], report
        self.digest, self.count, self.first_open = chain.START, 0, 0
        self._look_at_order(heads)

    def take(self, rows: list[tuple]) -> None:
        """The next transfers in the order of their numbers; the line is the last column."""
        while self.waiting and rows[-1][0] > self.waiting[-1].last_seq:
            sealed = bisect_right(rows, self.waiting[-1].last_seq, key=itemgetter(0))
            self._hash(rows[:sealed])
            rows = rows[sealed:]
            self._pass_heads(rows[0][0])
        self._hash(rows)

    def _hash(self, rows: list[tuple]) -> None:
        digest = self.digest
        for row in rows:
            digest = sha256((digest + row[-1]).encode()).hexdigest()
        self.digest = digest
        self.count += len(rows)

    def _pass_heads(self, seq: int | None) -> None:
        """Compare every head that seals what came before `seq` (None: everything)."""
        while self.waiting and (seq is None or self.waiting[-1].last_seq < seq):
            head = self.waiting.pop()
            if (head.digest, head.total_rows) != (self.digest, self.count):
                what = (
                    f"{self.count} transfers, {head.total_rows} were sealed" if self.count != head.total_rows else "other content"
                )
                self.report.tell("chain", f"head {head.number} at {head.last_seq}: {what}")

    def close(self) -> None:
        self._pass_heads(None)

    def _look_at_order(self, heads: list[Head]) -> None:
        rows = last = 0
        for number, head in enumerate(heads, start=1):
            rows += head.new_rows
            if (head.number, head.total_rows) != (number, rows) or head.last_seq < last:
                self.report.tell("head", f"head {head.number} does not follow the one before")
            last = head.last_seq


def verify(*, published: tuple[str, ...] = (), progress: Progress | None = None, now: datetime | None = None) -> Report:
    """Look at everything. `published` are heads from the notice board (`chain.head_line`); they must still be true.

    Reads one moment of the books and keeps nobody waiting. O(transfers); memory for accounts, open holds and reversals.
    `progress` is told the share that is done; answering False ends the work with what was found so far.
    """
    report = Report()
    for name in guards.missing(connection):
        report.tell("guard", f"{name} is not in place")
    with one_moment():
        accounts = LedgerAccount.objects.in_bulk()
        heads = list(Head.objects.order_by("number"))
        replay, hashed = _Replay(accounts, report), _Chain(heads, report)
        replay.expect(_reversed_seqs())
        until, before = chain.last_seq(), 0
        columns = f"{COLUMNS}, {chain.line_sql(connection.vendor)}"
        for block in chain.rows(columns, until=until):
            hashed.take(block)
            replay.take(block)
            report.first_seq = report.first_seq or block[0][0]
            report.transfers += len(block)
            before = block[-1][0]
            if progress is not None and progress(before / until) is False:
                return report
        hashed.close()
        replay.close()
        _look_at_times(report, now or timezone.now(), replay)
        _look_at_days(report)
        _look_at_published(report, heads, published)
    report.accounts, report.heads, report.digest, report.last_seq = len(accounts), len(heads), hashed.digest, before
    _look_at_gaps(report)
    return report


def _reversed_seqs() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reverses_id FROM ledger_transfer WHERE reverses_id IS NOT NULL")
        return {row[0] for row in cursor.fetchall()}


def _look_at_gaps(report: Report) -> None:
    """On SQLite every number is used. PostgreSQL loses one whenever a booking is rolled back: told, not blamed; what
    was sealed is counted by its head."""
    report.unused_numbers = report.last_seq - report.first_seq + 1 - report.transfers if report.transfers else 0
    if report.unused_numbers and connection.vendor == "sqlite":
        report.tell("gap", f"{report.unused_numbers} numbers from {report.first_seq} to {report.last_seq} are missing")


def _look_at_times(report: Report, now: datetime, replay: _Replay) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.seq FROM ledger_transfer h LEFT JOIN ledger_transfer r ON r.hold_id = h.seq "
            "WHERE h.expires_at < %s AND r.seq IS NULL",
            [connection.ops.adapt_datetimefield_value(now - LATE)],
        )
        for (seq,) in cursor.fetchall():
            report.tell("expiry", f"the reservation {seq} should have been given up; is the worker running?")
    last: dict[int, tuple[datetime, int]] = {}
    rows = WorkedTime.objects.order_by("account_id", "from_at").values_list("transfer_id", "account_id", "from_at", "until_at")
    for seq, account, from_at, until_at in rows.iterator():
        if seq in replay.reversed:
            continue
        if account in last and last[account][0] > from_at:
            report.tell("worked", f"{seq} credits time that {last[account][1]} credited already")
        last[account] = max(last.get(account, (until_at, seq)), (until_at, seq))


def _look_at_days(report: Report) -> None:
    """A head that closes a day holds everything dated on it or before: nothing behind the head may be older."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.seq FROM (SELECT last_seq, closed_until, LEAD(last_seq) OVER (ORDER BY number) AS next_seq "
            "FROM ledger_head WHERE closed_until IS NOT NULL) h JOIN ledger_transfer t ON t.seq > h.last_seq "
            "AND (h.next_seq IS NULL OR t.seq <= h.next_seq) AND t.at < h.closed_until"
        )
        for (seq,) in cursor.fetchall():
            report.tell("day", f"{seq} is dated on a day that was closed before")


def _look_at_published(report: Report, heads: list[Head], published: tuple[str, ...]) -> None:
    known = {chain.head_line(head.number, head.last_seq, head.digest) for head in heads}
    for line in published:
        if line.strip() not in known:
            report.tell("published", f"the published head {line.strip()[:60]} is not one of ours")
