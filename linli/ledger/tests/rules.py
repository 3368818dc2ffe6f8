"""Every rule that the database keeps, each with somebody who tries to break it past all operations.

`test_rules.py` shows that each attempt is refused, and that it is not when the guard named is taken away: so no rule can
be lost without a red test, and no attempt is refused by luck.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from linli.kernel.policy import SYSTEM
from linli.ledger import guards, operations
from linli.ledger.models import Rule, Transfer, Unit
from linli.ledger.tests.factories import account, again, hold, issuer, new, post, purse, put, put_transfer, run


@dataclass(frozen=True)
class Attempt:
    """`found` is the kind of finding by which `verify` sees it afterwards, where it can."""

    guard: str
    try_it: Callable[[], object]
    found: str = ""
    only: str = ""
    table: str = ""  # where the guard is a constraint: its table

    def __str__(self) -> str:
        return self.guard


def two_holds(amount: int = 10):
    """Two open reservations on the same pair, so that no total goes below zero by a false resolution."""
    giver, taker = purse(100), purse()
    return giver, taker, hold(giver, taker, amount), hold(giver, taker, amount)


def resolve_a_post():
    giver, taker, first, _second = two_holds()
    paid = post(giver, taker, 5).first
    put_transfer(giver, taker, 5, kind="capture", hold_id=paid.pk)
    assert first


def resolve_between_others():
    giver, _taker, first, _second = two_holds()
    third = purse()
    hold(giver, third, 10)
    put_transfer(giver, third, 10, kind="capture", hold_id=first.pk)


def capture_more():
    giver, taker, first, _second = two_holds()
    put_transfer(giver, taker, 15, kind="capture", hold_id=first.pk)


def post_with_a_hold():
    giver, taker, first, _second = two_holds()
    put_transfer(giver, taker, 5, hold_id=first.pk)


def release_a_part():
    giver, taker, first, _second = two_holds()
    put_transfer(giver, taker, 5, kind="release", hold_id=first.pk)


def resolve_twice():
    giver, taker, first, _second = two_holds()
    put_transfer(giver, taker, 10, kind="capture", hold_id=first.pk)
    put_transfer(giver, taker, 10, kind="release", hold_id=first.pk)


def reverse_other_amount():
    giver, taker = purse(100), purse()
    paid = post(giver, taker, 10).first
    put_transfer(taker, giver, 9, reverses_id=paid.pk, note="wrong")


def unexplained():
    giver, taker = purse(100), purse()
    paid: Transfer = post(giver, taker, 10).first
    put_transfer(taker, giver, 10, reverses_id=paid.pk)


def reverse_twice():
    giver, taker = purse(100), purse(50)
    paid = post(giver, taker, 10).first
    for _time in range(2):
        put_transfer(taker, giver, 10, reverses_id=paid.pk, note="wrong")


def second_of_two_alone():
    put_transfer(issuer(), purse(), 10, place=2, legs=2)


def first_of_two_alone():
    put_transfer(issuer(), purse(), 10, legs=2, total=20)
    connection.check_constraints(["ledger_open_booking"])


def less_than_nothing():
    giver, taker = purse(100), purse()
    post(giver, taker, 50)
    put_transfer(giver, taker, -5)


def same_place_twice():
    booking, giver, taker = new(), issuer(), purse()
    for place in (1, 2, 2, 3):
        put_transfer(giver, taker, 10, booking=booking, place=place, legs=3, total=40)


def into_a_closed_account():
    closed = operations.close_account(actor=SYSTEM, account=purse())
    put_transfer(issuer(), closed, 10)


def date_back_into_a_closed_day():
    paid = post(issuer(), purse(), 10).first
    operations.seal()
    head = operations.seal(now=timezone.now() + timedelta(days=2))
    assert head.closes is not None
    put_transfer(issuer(), purse(), 10, at=paid.at)


def other_head(**changes):
    post(issuer(), purse(), 10)
    head = operations.seal()
    values = {"number": head.number + 1, "last_seq": head.last_seq, "new_rows": 0, "total_rows": head.total_rows, **changes}
    put("ledger_head", **{key: value(head) if callable(value) else value for key, value in values.items()},
        digest=head.digest, sealed_at=timezone.now())  # fmt: skip


def change_code():
    taker = purse()
    post(issuer(), taker, 10)
    operations.seal()
    run("UPDATE ledger_account SET code = 'test:mine' WHERE id = %s", taker.pk)


def open_again():
    closed = operations.close_account(actor=SYSTEM, account=purse())
    run("UPDATE ledger_account SET closed_at = NULL WHERE id = %s", closed.pk)


def change_row(sql):
    def try_it():
        paid = post(issuer(), purse(), 10).first
        operations.seal()
        run(sql.replace("SEQ", str(paid.pk)))

    return try_it


def minutes(amount=60, *, ago=2, hours=1, who=None, unit=Unit.MINUTES, owner=None):
    """Credit minutes and put the time beside them by hand."""
    taker, giver = who or purse(0, unit), issuer(unit)
    now = timezone.now()
    seq = put_transfer(giver, taker, amount, at=now)
    start = now - timedelta(hours=ago)
    put(
        "ledger_worked_time",
        transfer_id=seq,
        account_id=(owner or taker).pk,
        from_at=start,
        until_at=start + timedelta(hours=hours),
    )
    return taker


def same_hour_twice():
    minutes(who=minutes())


def change_worked(verb):
    def try_it():
        minutes()
        run("UPDATE ledger_worked_time SET until_at = until_at" if verb == "update" else "DELETE FROM ledger_worked_time")

    return try_it


def owe():
    till, outside = account(Rule.DEBIT_ONLY), issuer()
    put_transfer(outside, till, 5)


def overdraw_by_hold():
    giver, taker = purse(10), purse()
    hold(giver, taker, 6)
    put_transfer(giver, taker, 5)


def totals_by_hand():
    run("UPDATE ledger_account SET credit = credit + 5 WHERE id = %s", again(purse(10)).pk)


def account_with_money():
    put("ledger_account", code="test:rich", title="富", unit="points", rule="free", debit=0, credit=500, pending_debit=0,
        pending_credit=0, opened_at=timezone.now())  # fmt: skip


def put_account(**changes):
    put("ledger_account", **{"code": "test:new", "title": "新", "unit": "points", "rule": "free", "debit": 0, "credit": 0,
        "pending_debit": 0, "pending_credit": 0, "opened_at": timezone.now(), **changes})  # fmt: skip


def below_zero():
    run("UPDATE ledger_account SET pending_debit = -1 WHERE id = %s", issuer().pk)


TRANSFER, ACCOUNT = "ledger_transfer", "ledger_account"
ATTEMPTS = [
    Attempt("units_differ", lambda: put_transfer(issuer(), purse(0, Unit.FEN), 10), "unit"),
    Attempt("hold_unknown", resolve_a_post, "hold"),
    Attempt("hold_other_accounts", resolve_between_others, "hold"),
    Attempt("capture_too_large", capture_more, "hold"),
    Attempt("release_not_whole", release_a_part, "hold"),
    Attempt("reversal_differs", reverse_other_amount, "reversal"),
    Attempt("booking_out_of_order", second_of_two_alone, "booking"),
    Attempt("booking_total_differs", lambda: put_transfer(issuer(), purse(), 10, total=11), "booking"),
    Attempt("ledger_booking_opens", first_of_two_alone, "booking"),
    Attempt("day_closed", date_back_into_a_closed_day, "day"),
    Attempt("head_out_of_order", lambda: other_head(total_rows=lambda head: head.total_rows + 5), "head"),
    Attempt("worked_other_account", lambda: minutes(owner=purse(0, Unit.MINUTES))),
    Attempt("worked_not_minutes", lambda: minutes(unit=Unit.POINTS)),
    Attempt("worked_in_future", lambda: minutes(ago=0)),
    Attempt("worked_less", lambda: minutes(61)),
    Attempt("worked_twice", same_hour_twice, "worked"),
    Attempt("account_opens_empty", account_with_money, "total"),
    Attempt("account_is_another", change_code, "chain"),
    Attempt("account_opened_again", open_again),
    Attempt("totals_by_hand", totals_by_hand, "total", only="postgresql"),
    Attempt("ledger_transfer_no_update", change_row("UPDATE ledger_transfer SET note = 'x' WHERE seq = SEQ"), "chain"),
    Attempt("ledger_transfer_no_delete", change_row("DELETE FROM ledger_transfer WHERE seq = SEQ"), "total"),
    Attempt("ledger_worked_time_no_update", change_worked("update")),
    Attempt("ledger_worked_time_no_delete", change_worked("delete")),
    Attempt("ledger_head_no_update", change_row("UPDATE ledger_head SET digest = 'x'"), "chain"),
    Attempt("ledger_head_no_delete", change_row("DELETE FROM ledger_head")),
    Attempt("ledger_account_no_delete", lambda: run("DELETE FROM ledger_account WHERE id = %s", purse().pk)),
    Attempt("ledger_transfer_once", same_place_twice, "booking", table=TRANSFER),
    Attempt("ledger_transfer_one_resolution", resolve_twice, "hold", table=TRANSFER),
    Attempt("ledger_transfer_one_reversal", reverse_twice, "reversal", table=TRANSFER),
    Attempt("ledger_transfer_amount", less_than_nothing, table=TRANSFER),
    Attempt("ledger_transfer_two_accounts", lambda: (lambda one: put_transfer(one, one, 5))(purse(10)), table=TRANSFER),
    Attempt("ledger_transfer_resolves", post_with_a_hold, table=TRANSFER),
    Attempt("ledger_transfer_expiry", lambda: put_transfer(issuer(), purse(), 5, expires_at=timezone.now()), table=TRANSFER),
    Attempt("ledger_transfer_reversal", unexplained, table=TRANSFER),
    Attempt("ledger_transfer_place", lambda: put_transfer(issuer(), purse(), 5, place=0, legs=1), "booking", table=TRANSFER),
    Attempt("ledger_account_unit", lambda: put_account(unit="gold"), table=ACCOUNT),
    Attempt("ledger_account_rule", lambda: put_account(rule="any"), table=ACCOUNT),
    Attempt("ledger_account_totals", below_zero, "total", only="sqlite", table=ACCOUNT),
    Attempt("ledger_account_overdrawn", overdraw_by_hold, "limit", table=ACCOUNT),
    Attempt("ledger_account_owing", owe, "limit", table=ACCOUNT),
    Attempt("ledger_account_closed_empty", into_a_closed_account, "closed", table=ACCOUNT),
]  # fmt: skip
ATTEMPTS += [
    Attempt(f"{table}_no_truncate", lambda table=table: run(f"TRUNCATE {table} CASCADE"), only="postgresql")
    for table in guards.NEVER_DELETED
]
