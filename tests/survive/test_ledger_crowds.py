"""Many at once on the same books: opposite directions, the same booking, the same reservation; one wins, nothing doubles."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from linli.kernel.errors import DomainError
from linli.kernel.policy import SYSTEM
from linli.ledger import operations
from linli.ledger.models import Transfer, Unit, WorkedTime
from linli.ledger.operations import Leg, Reason
from linli.ledger.queries.verifying import verify
from linli.ledger.tests.factories import balances, hold, issuer, new, post, purse

pytestmark = [pytest.mark.survive, pytest.mark.django_db(transaction=True)]


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    """Everybody starts at the same moment; what each got, or the code of what refused them."""
    start, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def one(number: int) -> None:
        start.wait()
        try:
            answers[number] = acts[number]()
        except DomainError as error:
            answers[number] = error.code
        except Exception as error:
            answers[number] = repr(error)
        finally:
            connection.close()

    crowd = [threading.Thread(target=one, args=(number,)) for number in range(len(acts))]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(60)
    return answers


def test_pairs_that_pay_each_other_never_lock_each_other_out():
    left, right = purse(1000), purse(1000)

    def pay(debit, credit):
        return lambda: [post(debit, credit, 1).is_new for _time in range(20)]

    answers = together([pay(left, right), pay(right, left)] * 4)

    assert answers == [[True] * 20] * 8
    assert balances(left, right) == [1000, 1000]
    assert Transfer.objects.count() == 162
    assert verify().findings == []


def test_bookings_of_several_transfers_in_all_orders_finish():
    rows = [purse(1000) for _number in range(4)]

    def pay(order):
        legs = [Leg.post(rows[debit], rows[credit], 1) for debit, credit in order]
        return lambda: [operations.book(actor=SYSTEM, booking=new(), legs=legs).is_new for _time in range(10)]

    circles = [[(0, 1), (2, 3)], [(3, 2), (1, 0)], [(1, 2), (3, 0)], [(2, 1), (0, 3)]]
    answers = together([pay(circle) for circle in circles * 2])

    assert answers == [[True] * 10] * 8
    assert sum(balances(*rows)) == 4000
    assert verify().findings == []


def test_the_same_booking_fifty_times_is_booked_once_and_everybody_gets_the_first_result():
    giver, taker, booking = issuer(), purse(), new()

    def send():
        return operations.post(actor=SYSTEM, booking=booking, debit=giver, credit=taker, amount=7).first.seq

    answers = together([send] * 10)

    assert len(set(answers)) == 1
    assert balances(taker) == [7]


def test_the_same_booking_with_other_content_at_the_same_time_one_wins():
    giver, taker, booking = issuer(), purse(), new()
    sends = [
        lambda amount=amount: (
            operations.post(actor=SYSTEM, booking=booking, debit=giver, credit=taker, amount=amount).first.amount
        )
        for amount in range(1, 9)
    ]

    answers = together(sends)

    won = [answer for answer in answers if isinstance(answer, int)]
    assert len(won) == 1
    assert Counter(answers)["booking_other_content"] == 7
    assert balances(taker) == won


@pytest.mark.parametrize("rival", ["capture", "release"])
def test_a_reservation_is_resolved_once_whoever_is_first(rival):
    """Approving races withdrawing (or approving again), with another reservation of the same pair open beside it."""
    giver, taker = purse(100), purse()
    wins = Counter()
    for _round in range(5):
        held, beside = hold(giver, taker, 10), hold(giver, taker, 10)
        use = lambda held=held: operations.capture(actor=SYSTEM, booking=new(), held=held).first.kind  # noqa: E731
        undo = lambda held=held: getattr(operations, rival)(actor=SYSTEM, booking=new(), held=held).first.kind  # noqa: E731
        answers = Counter(str(answer) for answer in together([use, undo] * 3))
        assert answers["hold_resolved"] == 5
        wins.update(answer for answer in answers if answer != "hold_resolved")
        operations.release(actor=SYSTEM, booking=new(), held=beside)

    assert wins.total() == 5
    assert balances(giver, taker) == [100 - 10 * wins["capture"], 10 * wins["capture"]]
    assert verify().findings == []


def test_a_purse_is_never_overdrawn_by_many_who_spend_at_once():
    giver, taker = purse(50), purse()

    answers = together([lambda: [post(giver, taker, 10).is_new for _time in range(2)] for _who in range(8)])

    assert balances(giver, taker) == [0, 50]
    assert Counter(map(str, answers))["overdrawn"] >= 5
    assert verify().findings == []


def test_the_same_hour_is_credited_once_however_many_confirm_it():
    from datetime import timedelta

    from django.utils import timezone

    bank, taker, start = issuer(Unit.MINUTES), purse(0, Unit.MINUTES), timezone.now() - timedelta(hours=3)

    def confirm():
        return operations.post(
            actor=SYSTEM, booking=new(), debit=bank, credit=taker, amount=60, worked=(start, start + timedelta(hours=1))
        ).first.amount

    answers = Counter(map(str, together([confirm] * 6)))

    assert answers == {"60": 1, "worked_twice": 5}
    assert (balances(taker), WorkedTime.objects.count()) == ([60], 1)


def test_sealing_while_others_write_leaves_nothing_out():
    giver, taker = issuer(), purse()

    def write():
        return [post(giver, taker, 1).is_new for _time in range(15)]

    def seal():
        return [operations.seal() is not None for _time in range(5)][-1]

    answers = together([write, write, seal, write, seal])

    assert [answer for answer in answers if isinstance(answer, list)] == [[True] * 15] * 3
    assert operations.seal().total_rows == 45
    assert verify().findings == []


def test_closing_an_account_races_a_payment_into_it():
    giver = issuer()
    for _round in range(4):
        taker = purse()
        pay, close = (
            lambda taker=taker: str(post(giver, taker, 5).first.amount),
            lambda taker=taker: operations.close_account(actor=SYSTEM, account=taker) and "closed",
        )
        assert set(together([pay, close])) in ({"5", "account_closed"}, {"closed", "account_closed"})
    assert verify().findings == []


def test_reversing_at_once_from_two_desks_moves_back_once():
    giver, taker = purse(100), purse()
    paid = post(giver, taker, 40)

    def back():
        asked = {"booking": new(), "reversed_booking": paid.booking, "reason": Reason(note="错")}
        return str(operations.reverse(actor=SYSTEM, **asked).first.amount)

    assert Counter(together([back] * 4)) == {"40": 1, "reversed_already": 3}
    assert balances(giver, taker) == [100, 0]
