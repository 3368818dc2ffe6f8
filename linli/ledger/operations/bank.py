"""The bank's own statement: taking its lines in, and saying which transfers of ours they are."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.errors import Conflict, RuleBroken
from linli.kernel.events import emit
from linli.kernel.policy import Actor
from linli.ledger.bank_files import StatementRow
from linli.ledger.events import BankLineMatched, BankLinesImported
from linli.ledger.models import BankLine, BankMatch, LedgerAccount, Transfer, Unit
from linli.ledger.queries.reconciling import change_on


def import_statement(*, actor: Actor, account: LedgerAccount, rows: Iterable[StatementRow]) -> tuple[int, int]:
    """Take in lines of the bank's statement; how many were new, how many known. The same file again adds nothing.

    Two lines that are equal in everything are told apart by their order on the day. Raises RuleBroken("not_money").
    Emits `ledger.bank_lines.imported`.
    """
    if account.unit != Unit.FEN:
        raise RuleBroken("not_money", _("A bank statement belongs to an account of money."))
    seen: Counter[str] = Counter()
    lines = [_line(account, row, seen) for row in rows]
    with transaction.atomic():
        before = account.bank_lines.count()
        BankLine.objects.bulk_create(lines, ignore_conflicts=True, batch_size=500)
        new = account.bank_lines.count() - before
        emit(actor, BankLinesImported(account.pk, new, len(lines) - new))
    return new, len(lines) - new


def _line(account: LedgerAccount, row: StatementRow, seen: Counter[str]) -> BankLine:
    what = "\t".join([row.on.isoformat(), str(row.amount), str(row.balance), row.serial, row.counterparty, row.text])
    seen[what] += 1
    return BankLine(
        account=account, digest=hashlib.sha256(f"{what}\t{seen[what]}".encode()).hexdigest(), on=row.on, amount=row.amount,
        balance=row.balance, serial=row.serial[:60], counterparty=row.counterparty, text=row.text, imported_at=timezone.now(),
    )  # fmt: skip


def match_line(*, actor: Actor, line: BankLine, transfers: Sequence[Transfer]) -> None:
    """Say that a line of the bank's is these transfers of ours. Their sum must be the line's amount to the fen.

    Raises RuleBroken("sum_differs"), Conflict("matched_already"). Emits `ledger.bank_line.matched`.
    """
    if not transfers or sum(change_on(line.account, transfer) for transfer in transfers) != line.amount:
        raise RuleBroken("sum_differs", _("These transfers do not sum to the line of the bank."))
    now = timezone.now()
    matches = [
        BankMatch(line=line, transfer=transfer, account=line.account, person_id=actor.person_id, at=now) for transfer in transfers
    ]
    try:
        with transaction.atomic():
            BankLine.objects.select_for_update().get(pk=line.pk)
            if line.matches.exists():
                raise Conflict("matched_already", _("This line or one of the transfers was matched already."))
            BankMatch.objects.bulk_create(matches)
            emit(actor, BankLineMatched(line.pk, tuple(transfer.pk for transfer in transfers)))
    except IntegrityError:
        raise Conflict("matched_already", _("This line or one of the transfers was matched already.")) from None


def unmatch_line(*, actor: Actor, line: BankLine) -> int:
    """Take a wrong match back; returns of how many transfers. Emits `ledger.bank_line.matched` with none."""
    with transaction.atomic():
        count, _kinds = BankMatch.objects.filter(line=line).delete()
        if count:
            emit(actor, BankLineMatched(line.pk, ()))
    return count
