"""`linli ledger`: is everything whole, and the books as text: for auditors, for the bank, for a person."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override
from tqdm import tqdm

from linli.kernel.errors import DomainError
from linli.kernel.policy import SYSTEM
from linli.kernel.tables import RowError
from linli.ledger.bank_files import read_statement
from linli.ledger.models import LedgerAccount
from linli.ledger.operations import import_statement, match_line
from linli.ledger.queries.balances import statement, trial_balance
from linli.ledger.queries.exporting import FORMATS, Period, amount_text, export, whole_period
from linli.ledger.queries.reconciling import Proposal, reconcile
from linli.ledger.queries.verifying import verify

SHOWN = 100


class Command(BaseCommand):
    help = "The books: look whether everything holds, export for other checkers, reconcile with the bank, show statements."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("verify", help="sum everything again, follow every hold, hash the chain; fails on any finding")
        check.add_argument("--head", action="append", default=[], help="a head from the notice board, NUMBER:SEQ:DIGEST")
        out = verbs.add_parser("export", help="a period as text with assertions, for bean-check and hledger check")
        out.add_argument("--format", choices=FORMATS, default="beancount", help="chain: the lines that are hashed")
        out.add_argument("--from", dest="first", type=date.fromisoformat, help="first day")
        out.add_argument("--until", dest="last", type=date.fromisoformat, help="last day")
        out.add_argument("--out", type=Path, help="file; standard output if not given")
        bank = verbs.add_parser("reconcile", help="take in a bank statement and propose which transfers its lines are")
        bank.add_argument("account", help="code of the account that the bank keeps")
        bank.add_argument("file", nargs="?", type=Path, help="xlsx, xls, ods or csv; without it only what is open")
        bank.add_argument("--apply", action="store_true", help="confirm the proposals that are certain")
        one = verbs.add_parser("statement", help="transfers of an account, newest first, with numbers and balances")
        one.add_argument("account", help="code of the account")
        one.add_argument("--before", type=int, help="number of a transfer: only older ones")
        one.add_argument("--limit", type=int, default=50, help="how many")
        trial = verbs.add_parser("trial-balance", help="every account with both sides; they sum to zero for each unit")
        trial.add_argument("--on", type=date.fromisoformat, help="at the end of this day; now if not given")

    def handle(self, *, verb: str, **options: Any) -> None:
        try:
            with override("en"):  # the program's own output is English
                getattr(self, f"_{verb.replace('-', '_')}")(**options)
        except DomainError as error:
            raise CommandError(str(error.message)) from None

    def _verify(self, *, head: list[str], **_options: Any) -> None:
        with tqdm(total=100, desc="transfers", unit="%", disable=not sys.stderr.isatty()) as bar:
            report = verify(published=tuple(head), progress=lambda share: bar.update(round(share * 100) - bar.n) and None)
        for finding in report.findings[:SHOWN]:
            self.stdout.write(str(finding))
        self.stdout.write(
            f"{report.transfers} transfers, {report.accounts} accounts, {report.heads} heads; chain at {report.last_seq}: "
            f"{report.digest or '-'}"
        )
        if report.unused_numbers:
            self.stdout.write(f"{report.unused_numbers} numbers were not used (bookings that were rolled back)")
        if not report.is_clean:
            raise CommandError(f"{len(report.findings)} findings")
        self.stdout.write("whole: nothing found")

    def _export(self, *, format: str, first: date | None, last: date | None, out: Path | None, **_options: Any) -> None:
        whole = whole_period()
        period = Period(first or min(whole.first, last or whole.first), last or whole.last)
        if period.first > period.last:
            raise CommandError("the first day comes after the last")
        if out is None:
            for line in export(format, period):
                self.stdout.write(line)
            return
        with out.open("w", encoding="utf-8") as file:
            count = sum(bool(file.write(f"{line}\n")) for line in export(format, period))
        self.stdout.write(f"{out}: {count} lines, {period.first} to {period.last}")

    def _reconcile(self, *, account: str, file: Path | None, apply: bool, **_options: Any) -> None:
        row = self._account(account)
        if file is not None:
            self._take_in(row, file)
        found = reconcile(row)
        for proposal in found.proposals:
            self.stdout.write(_proposal_text(proposal))
        for line in found.lines_left:
            self.stdout.write(f"bank only   {line.on}  {amount_text(line.amount, row.unit):>16}  {line.serial}")
        for transfer in found.transfers_left:
            day = timezone.localdate(transfer.at)
            self.stdout.write(f"ours only   {day}  {amount_text(transfer.amount, row.unit):>16}  {transfer.pk} {transfer.note}")
        if apply:
            certain = [proposal for proposal in found.proposals if proposal.is_certain]
            for proposal in certain:
                match_line(actor=SYSTEM, line=proposal.line, transfers=proposal.transfers)
            self.stdout.write(f"{len(certain)} confirmed")

    def _take_in(self, account: LedgerAccount, file: Path) -> None:
        if not file.exists():
            raise CommandError(f"{file} is not there")
        rows = list(read_statement(file))
        errors = [row for row in rows if isinstance(row, RowError)]
        for error in errors[:SHOWN]:
            self.stderr.write(str(error))
        if errors:
            raise CommandError(f"{len(errors)} lines cannot be read; nothing was taken in")
        new, known = import_statement(actor=SYSTEM, account=account, rows=[row for row in rows if not isinstance(row, RowError)])
        self.stdout.write(f"{new} new lines, {known} known")

    def _statement(self, *, account: str, before: int | None, limit: int, **_options: Any) -> None:
        row = self._account(account)
        page = statement(row, before=before, limit=limit)
        self.stdout.write(f"{row.code}  {row.title}")
        for line in page.lines:
            transfer = line.transfer
            at = timezone.localtime(transfer.at)
            words = " ".join(word for word in (transfer.purpose, transfer.note) if word)
            self.stdout.write(
                f"{transfer.pk:>9}  {at:%Y-%m-%d %H:%M}  {transfer.kind:<7}  {amount_text(line.change or 0, row.unit):>16}  "
                f"{amount_text(line.balance, row.unit):>16}  {line.other.code}  {words}".rstrip()
            )
        if page.older is not None:
            self.stdout.write(f"older: --before {page.older}")

    def _trial_balance(self, *, on: date | None, **_options: Any) -> None:
        until = Period(on, on + timedelta(days=0)).end if on else None
        sums: dict[str, int] = defaultdict(int)
        for line in trial_balance(until=until):
            unit = line.account.unit
            sums[unit] += line.net
            texts = [amount_text(value, unit) for value in (line.debit, line.credit, line.net)]
            self.stdout.write(f"{line.account.code:<40}" + "".join(f"{text:>20}" for text in texts))
        for unit, total in sorted(sums.items()):
            self.stdout.write(f"{unit}: sum {total}")
        if any(sums.values()):
            raise CommandError("the books do not balance")

    def _account(self, code: str) -> LedgerAccount:
        try:
            return LedgerAccount.objects.get(code=code)
        except LedgerAccount.DoesNotExist:
            raise CommandError(f"there is no account {code}") from None


def _proposal_text(proposal: Proposal) -> str:
    seqs = ", ".join(str(transfer.pk) for transfer in proposal.transfers)
    sure = "certain " if proposal.is_certain else "perhaps "
    amount = amount_text(proposal.line.amount, proposal.line.account.unit)
    return f"{sure}    {proposal.line.on}  {amount:>16}  = {seqs}  ({proposal.days_apart} days apart)"
