"""Reconciliation: which transfers of ours are most likely the lines of the bank's statement, and what is left over.

For each amount the open lines and the open transfers of the account are paired so that as many as possible find a partner
within the window, and among those so that the days lie closest together; a serial number or a name that both sides have
counts for more than days. A booking whose transfers on the account sum to the amount is one partner.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from linli.ledger.models import BankLine, BankMatch, Kind, LedgerAccount, Rule, Transfer

WINDOW_DAYS = 7
SAME_WORDS = 20  # days that a serial number or a name is worth
FAR_APART = 10_000
MOST_OF_ONE_AMOUNT = 400  # pairs of a larger group are looked for in runs of so many, by day


@dataclass(frozen=True)
class Proposal:
    """A line and its likely transfers. `is_certain` when no other line or transfer would do as well."""

    line: BankLine
    transfers: tuple[Transfer, ...]
    days_apart: int
    is_certain: bool


@dataclass(frozen=True)
class Reconciliation:
    proposals: list[Proposal]
    lines_left: list[BankLine]
    transfers_left: list[Transfer]


@dataclass(frozen=True)
class _Candidate:
    transfers: tuple[Transfer, ...]
    amount: int
    on: date
    words: str


def change_on(account: LedgerAccount, transfer: Transfer) -> int:
    """By how much a transfer changed the account, as its bank sees it: positive came in. Reservations change nothing."""
    if transfer.kind not in (Kind.POST, Kind.CAPTURE):
        return 0
    came_in = transfer.debit_id == account.pk if account.rule == Rule.DEBIT_ONLY else transfer.credit_id == account.pk
    is_there = account.pk in (transfer.debit_id, transfer.credit_id)
    return (transfer.amount if came_in else -transfer.amount) if is_there else 0


def reconcile(account: LedgerAccount, *, window_days: int = WINDOW_DAYS) -> Reconciliation:
    """Propose partners for every line that has none. Changes nothing; O(n³) within lines of the same amount, few as they are."""
    lines = list(BankLine.objects.filter(account=account, matches=None).order_by("on", "id"))
    transfers = _open_transfers(account)
    groups: dict[int, tuple[list[BankLine], list[_Candidate]]] = defaultdict(lambda: ([], []))
    for line in lines:
        groups[line.amount][0].append(line)
    for candidate in _candidates(account, transfers):
        groups[candidate.amount][1].append(candidate)
    proposals: list[Proposal] = []
    taken: set[int] = set()
    for _amount, (some, candidates) in sorted(groups.items()):
        for start in range(0, len(some), MOST_OF_ONE_AMOUNT):
            part = some[start : start + MOST_OF_ONE_AMOUNT]
            near = [
                one for one in candidates if not taken & {row.pk for row in one.transfers} and _is_near(one, part, window_days)
            ]
            found = _pair(part, near[: 2 * MOST_OF_ONE_AMOUNT], window_days)
            proposals += found
            taken |= {row.pk for proposal in found for row in proposal.transfers}
    proposals.sort(key=lambda proposal: (proposal.line.on, proposal.line.pk))
    matched = {proposal.line.pk for proposal in proposals}
    return Reconciliation(
        proposals,
        [line for line in lines if line.pk not in matched],
        [row for row in transfers if row.pk not in taken],
    )


def _open_transfers(account: LedgerAccount) -> list[Transfer]:
    """Transfers that moved something on the account and are nobody's partner yet; what was reversed cancels out."""
    done = BankMatch.objects.filter(account=account).values("transfer_id")
    rows = Transfer.objects.filter(kind__in=[Kind.POST, Kind.CAPTURE]).exclude(pk__in=done).select_related("debit", "credit")
    both = [*rows.filter(debit=account), *rows.filter(credit=account)]
    undone = {row.reverses_id for row in both if row.reverses_id}
    open_rows = {row.pk for row in both}
    return sorted(
        (row for row in both if row.pk not in undone and not (row.reverses_id and row.reverses_id in open_rows)),
        key=lambda row: row.pk,
    )


def _candidates(account: LedgerAccount, transfers: list[Transfer]) -> list[_Candidate]:
    found = [_candidate(account, (row,)) for row in transfers]
    bookings: dict[object, list[Transfer]] = defaultdict(list)
    for row in transfers:
        if row.legs > 1:
            bookings[row.booking].append(row)
    found += [_candidate(account, tuple(rows)) for rows in bookings.values() if len(rows) > 1]
    return found


def _candidate(account: LedgerAccount, rows: tuple[Transfer, ...]) -> _Candidate:
    words = " ".join(f"{row.note} {row.debit.title} {row.credit.title}" for row in rows).casefold()
    return _Candidate(rows, sum(change_on(account, row) for row in rows), timezone.localdate(rows[0].at), words)


def _is_near(candidate: _Candidate, lines: list[BankLine], window_days: int) -> bool:
    window = timedelta(days=window_days)
    return lines[0].on - window <= candidate.on <= lines[-1].on + window


def _cost(line: BankLine, candidate: _Candidate, window_days: int) -> int:
    days = abs((line.on - candidate.on).days)
    if days > window_days:
        return FAR_APART
    known = [word.casefold() for word in (line.serial, line.counterparty) if len(word) > 1]
    return days + SAME_WORDS * (not any(word in candidate.words for word in known))


def _pair(lines: list[BankLine], candidates: list[_Candidate], window_days: int) -> list[Proposal]:
    """The assignment with most pairs, then least cost."""
    if not lines or not candidates:
        return []
    from scipy.optimize import linear_sum_assignment  # only the reconciliation needs it; web workers do not carry it

    costs = [[_cost(line, candidate, window_days) for candidate in candidates] for line in lines]
    found: list[Proposal] = []
    used: set[int] = set()
    for row, column in zip(*linear_sum_assignment(costs), strict=True):
        line, candidate, cost = lines[row], candidates[column], costs[row][column]
        pks = {transfer.pk for transfer in candidate.transfers}
        if cost >= FAR_APART or used & pks:
            continue
        used |= pks
        rivals = sum(other <= cost for other in costs[row]) + sum(other[column] <= cost for other in costs)
        found.append(Proposal(line, candidate.transfers, abs((line.on - candidate.on).days), is_certain=rivals == 2))
    return found
