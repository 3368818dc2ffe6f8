"""Booking through the operations: what people and modules do, and what they are told when it cannot be."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from linli.kernel.errors import BadInput, Conflict, DomainError, NotAllowed, NotFound, RuleBroken
from linli.kernel.models import Event
from linli.kernel.policy import SYSTEM
from linli.ledger import operations
from linli.ledger.models import LedgerAccount, Rule, Transfer, Unit
from linli.ledger.operations import Leg, Reason
from linli.ledger.queries.balances import open_holds
from linli.ledger.queries.verifying import verify
from linli.ledger.tests.factories import (
    account,
    again,
    balances,
    capture,
    hold,
    issuer,
    new,
    post,
    purse,
    release,
    somebody,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now


def refused(code, act, kind=DomainError):
    """It is refused with this code, and nothing was written."""
    before = Transfer.objects.count(), Event.objects.count()
    with pytest.raises(kind) as caught, transaction.atomic():
        act()
    assert caught.value.code == code
    assert str(caught.value.message)
    assert (Transfer.objects.count(), Event.objects.count()) == before


@pytest.fixture(autouse=True)
def books_hold():
    yield
    assert verify().findings == []


# --- accounts ---


def test_opening_twice_gives_the_same_account_and_other_content_is_refused():
    first = account(code="fund:street-1", unit=Unit.FEN)

    assert account(code="fund:street-1", unit=Unit.FEN) == first
    refused("account_other_content", lambda: account(code="fund:street-1", unit=Unit.POINTS), Conflict)
    assert Event.objects.filter(name="ledger.account.opened").count() == 1


@pytest.mark.parametrize("code", ["", "Fund", "fund:", ":a", "fund street", "基金", "a" * 81, "a::b", "-a"])
def test_a_code_that_is_none_is_refused(code):
    refused("code_wrong", lambda: account(code=code), BadInput)


def test_a_closed_account_is_empty_and_takes_nothing():
    full, empty = purse(10), purse()

    refused("account_closed", lambda: operations.close_account(actor=SYSTEM, account=full), Conflict)
    operations.close_account(actor=SYSTEM, account=empty)
    operations.close_account(actor=SYSTEM, account=empty)

    refused("account_closed", lambda: post(full, empty, 1), Conflict)
    refused("account_closed", lambda: hold(full, empty, 1), Conflict)
    assert Event.objects.filter(name="ledger.account.closed").count() == 1


def test_an_account_with_an_open_reservation_is_not_closed():
    giver, taker = purse(10), purse()
    held = hold(giver, taker, 5)

    refused("account_closed", lambda: operations.close_account(actor=SYSTEM, account=taker), Conflict)
    release(held)
    assert operations.close_account(actor=SYSTEM, account=taker).closed_at


def test_people_see_their_own_accounts():
    who, other = somebody(), somebody()
    own = purse(holder_id=who.person_id)
    purse(holder_id=other.person_id)

    assert list(LedgerAccount.objects.visible_to(who)) == [own]
    assert LedgerAccount.objects.visible_to(SYSTEM).count() == 2
    assert not LedgerAccount.objects.visible_to(type(who)()).exists()


# --- posting ---


def test_a_post_moves_units():
    giver, taker = purse(100), purse()

    booked = post(giver, taker, 30, purpose="activities.points", note="清扫楼道")

    assert booked.is_new
    assert balances(giver, taker) == [70, 30]
    row = Transfer.objects.get(booking=booked.booking)
    assert (row.seq, row.amount, row.purpose, row.note) == (booked.first.seq, 30, "activities.points", "清扫楼道")


def test_the_same_booking_again_changes_nothing_and_gives_the_first_result():
    giver, taker, booking = purse(100), purse(), new()

    answers = [operations.post(actor=SYSTEM, booking=booking, debit=giver, credit=taker, amount=30) for _time in range(3)]

    assert [answer.is_new for answer in answers] == [True, False, False]
    assert len({answer.first.seq for answer in answers}) == 1
    assert balances(giver, taker) == [70, 30]


def test_a_repetition_gives_the_first_result_even_when_it_could_not_be_booked_any_more():
    giver, taker, booking = purse(30), purse(), new()
    first = operations.post(actor=SYSTEM, booking=booking, debit=giver, credit=taker, amount=30)
    operations.close_account(actor=SYSTEM, account=giver)

    second = operations.post(actor=SYSTEM, booking=booking, debit=giver, credit=taker, amount=30)

    assert (second.first.seq, second.is_new) == (first.first.seq, False)


@pytest.mark.parametrize("change", ["amount", "note", "credit", "actor", "legs"])
def test_the_same_booking_with_other_content_is_refused(change):
    giver, taker, booking = purse(100), purse(), new()
    legs, reason, actor = [Leg.post(giver, taker, 30)], Reason(note="a"), SYSTEM
    operations.book(actor=actor, booking=booking, legs=legs, reason=reason)
    other = {
        "amount": ([Leg.post(giver, taker, 31)], reason, actor), "note": (legs, Reason(note="b"), actor),
        "credit": ([Leg.post(giver, purse(), 30)], reason, actor), "actor": (legs, reason, somebody()), "legs": (legs * 2, reason, actor),
    }[change]  # fmt: skip

    refused(
        "booking_other_content",
        lambda: operations.book(actor=other[2], booking=booking, legs=other[0], reason=other[1]),
        Conflict,
    )
    assert balances(giver, taker) == [70, 30]


def test_nobody_gives_what_is_not_there():
    giver, taker = purse(10), purse()
    refused("overdrawn", lambda: post(giver, taker, 11), RuleBroken)
    hold(giver, taker, 6)
    refused("overdrawn", lambda: post(giver, taker, 5), RuleBroken)
    refused("overdrawn", lambda: hold(giver, taker, 5), RuleBroken)

    post(giver, taker, 4)

    assert again(giver).available == 0


def test_a_till_never_owes():
    till, fund = account(Rule.DEBIT_ONLY, Unit.FEN), issuer(Unit.FEN)
    post(till, fund, 500)  # cash comes in: the till is debited

    refused("overdrawn", lambda: post(fund, till, 501), RuleBroken)
    hold(fund, till, 300)

    assert (again(till).balance, again(till).available) == (500, 200)


def test_two_units_never_meet():
    refused("units_differ", lambda: post(issuer(Unit.FEN), purse(0, Unit.POINTS), 5), RuleBroken)
    one = purse(5)
    refused("same_account", lambda: post(one, one, 5), RuleBroken)


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, 2**62, "5", None])
def test_an_amount_is_a_whole_number_above_zero(amount):
    refused("amount_wrong", lambda: post(issuer(), purse(), amount), BadInput)


def test_totals_stop_before_they_overflow():
    giver, taker = issuer(), purse()
    post(giver, taker, 2**62 - 1)

    refused("amount_too_large", lambda: post(giver, taker, 1), RuleBroken)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason(note="x" * 201), "note_wrong"),
        (Reason(note="two\nlines"), "note_wrong"),
        (Reason(note="a\tb"), "note_wrong"),
        (Reason(purpose="Big Words"), "purpose_wrong"),
        (Reason(at=NOW().replace(tzinfo=None)), "booked_ahead"),
        (Reason(at=NOW() + timedelta(days=1)), "booked_ahead"),
    ],
)
def test_words_and_times_that_cannot_be_kept_are_refused(reason, code):
    giver, taker = issuer(), purse()
    refused(code, lambda: operations.book(actor=SYSTEM, booking=new(), legs=[Leg.post(giver, taker, 1)], reason=reason), BadInput)


# --- several transfers ---


def test_transfers_of_a_booking_stand_or_fall_together():
    giver, taker, other = purse(10), purse(), purse()
    legs = [Leg.post(giver, taker, 6), Leg.post(giver, other, 5)]

    refused("overdrawn", lambda: operations.book(actor=SYSTEM, booking=new(), legs=legs))
    booked = operations.book(actor=SYSTEM, booking=new(), legs=[legs[0], Leg.post(giver, other, 4)])

    assert balances(giver, taker, other) == [0, 6, 4]
    assert [(row.place, row.legs, row.total) for row in booked.transfers] == [(1, 2, 10), (2, 2, 10)]


def test_a_large_booking_is_one_too():
    giver, takers = issuer(), [purse() for _number in range(6)]
    legs = [Leg.post(giver, takers[number % 6], 1) for number in range(1201)]
    booking = new()

    operations.book(actor=SYSTEM, booking=booking, legs=legs)
    repeated = operations.book(actor=SYSTEM, booking=booking, legs=legs)

    assert (len(repeated.transfers), repeated.is_new) == (1201, False)
    assert sum(balances(*takers)) == 1201
    refused("booking_size", lambda: operations.book(actor=SYSTEM, booking=new(), legs=[]), BadInput)
    refused("booking_size", lambda: operations.book(actor=SYSTEM, booking=new(), legs=legs * 5), BadInput)


def test_ten_and_ninety_percent_sum_exactly():
    donor, office, project = issuer(Unit.FEN), purse(0, Unit.FEN), purse(0, Unit.FEN)

    operations.post_by_shares(actor=SYSTEM, booking=new(), debit=donor, credits=[(office, 10), (project, 90)], amount=12345)

    assert balances(office, project) == [1235, 11110]  # 1234.5 and 11110.5: the odd fen goes to the one named first


def test_a_part_of_nothing_is_left_out():
    donor, office, project = issuer(), purse(), purse()

    booked = operations.post_by_shares(actor=SYSTEM, booking=new(), debit=donor, credits=[(office, 10), (project, 90)], amount=1)

    assert len(booked.transfers) == 1
    assert balances(office, project) == [0, 1]


# --- reservations ---


def test_what_is_reserved_is_used_once_whole():
    giver, taker = purse(100), purse()
    held = hold(giver, taker, 40)
    assert (again(giver).balance, again(giver).available, again(taker).balance) == (100, 60, 0)

    capture(held)

    assert balances(giver, taker) == [60, 40]
    refused("hold_resolved", lambda: capture(held), Conflict)
    refused("hold_resolved", lambda: release(held), Conflict)
    assert open_holds(giver) == []


def test_a_part_is_used_and_the_rest_is_free_again():
    giver, taker = purse(100), purse()
    held = hold(giver, taker, 40)
    refused("capture_too_large", lambda: capture(held, 41), RuleBroken)

    capture(held, 15)

    assert (again(giver).balance, again(giver).available, again(taker).balance) == (85, 85, 15)


def test_a_second_resolution_is_refused_while_another_reservation_of_the_pair_is_open():
    """The one case that random machines miss when the index is gone: the other reservation pays for the double."""
    giver, taker = purse(100), purse()
    first, second = hold(giver, taker, 10), hold(giver, taker, 10)
    capture(first)

    refused("hold_resolved", lambda: capture(first), Conflict)
    assert open_holds(taker) == [second]


def test_a_reservation_given_up_leaves_everything_as_before():
    giver, taker = purse(100), purse()

    release(hold(giver, taker, 40))

    assert (again(giver).available, again(taker).balance) == (100, 0)


def test_the_job_ends_reservations_whose_time_is_over_and_only_those():
    giver, taker, now = purse(100), purse(), NOW()
    over, later, used, endless = (
        hold(giver, taker, 10, now - timedelta(seconds=1)),
        hold(giver, taker, 10, now + timedelta(hours=1)),
        hold(giver, taker, 10, now - timedelta(seconds=1)),
        hold(giver, taker, 10),
    )
    capture(used)

    assert [operations.expire_holds(now=now), operations.expire_holds(now=now)] == [1, 0]

    assert open_holds(giver) == [later, endless]
    refused("hold_resolved", lambda: capture(over), Conflict)
    assert Transfer.objects.get(hold=over).purpose == "ledger.expired"
    assert [told.data["hold"] for told in Event.objects.filter(name="ledger.hold.expired")] == [over.pk]


def test_a_reservation_past_its_time_can_be_used_until_the_job_has_ended_it():
    giver, taker = purse(100), purse()
    held = hold(giver, taker, 10, NOW() - timedelta(minutes=1))

    capture(held)

    assert operations.expire_holds() == 0


def test_using_and_paying_a_fee_is_one_booking():
    giver, shop, fees = purse(100), purse(), purse()
    held = hold(giver, shop, 40)

    operations.book(actor=SYSTEM, booking=new(), legs=[Leg.capture(held), Leg.post(shop, fees, 2)])

    assert balances(giver, shop, fees) == [60, 38, 2]


# --- reversing ---


def reverse(booking, note="记错了人"):
    return operations.reverse(actor=SYSTEM, booking=new(), reversed_booking=booking, reason=Reason(note=note))


def test_a_reversal_moves_everything_back_says_why_and_happens_once():
    giver, taker, other = purse(100), purse(), purse()
    booked = operations.book(actor=SYSTEM, booking=new(), legs=[Leg.post(giver, taker, 10), Leg.post(taker, other, 10)])

    back = reverse(booked.booking)

    assert balances(giver, taker, other) == [100, 0, 0]
    assert [row.reverses_id for row in back.transfers] == [row.seq for row in booked.transfers][::-1]
    refused("reversed_already", lambda: reverse(booked.booking), Conflict)
    refused("reversal_differs", lambda: reverse(back.booking), RuleBroken)


def test_a_reversal_without_a_reason_or_of_nothing_is_refused():
    booked = post(issuer(), purse(), 10)
    held = Transfer.objects.get(pk=hold(purse(10), purse(), 5).pk)

    refused("reason_missing", lambda: reverse(booked.booking, " "), RuleBroken)
    refused("booking_unknown", lambda: reverse(uuid.uuid4()), NotFound)
    refused("reversal_differs", lambda: reverse(held.booking), RuleBroken)


def test_a_used_reservation_is_reversed_by_what_was_used():
    giver, taker = purse(100), purse()
    used = capture(hold(giver, taker, 40), 15)

    reverse(used.booking)

    assert balances(giver, taker) == [100, 0]


# --- fraud ---


def test_nobody_issues_to_themselves_neither_at_once_nor_by_a_reservation():
    who = somebody()
    source, own = issuer(), purse(holder_id=who.person_id)
    held = hold(source, own, 10)

    for legs in ([Leg.post(source, own, 10)], [Leg.reserve(source, own, 10)], [Leg.capture(held)]):
        refused("issued_to_oneself", lambda legs=legs: operations.book(actor=who, booking=new(), legs=legs), NotAllowed)
    operations.book(actor=somebody(), booking=new(), legs=[Leg.capture(held)])
    operations.book(actor=who, booking=new(), legs=[Leg.post(own, source, 10)])  # giving back is nobody's harm


def test_points_that_were_spent_cannot_be_taken_back_from_the_purse():
    given = post(issuer(), taker := purse(), 50)
    post(taker, purse(), 30)

    refused("overdrawn", lambda: reverse(given.booking), RuleBroken)


def work(giver, taker, amount, start, end, actor=SYSTEM):
    return operations.post(actor=actor, booking=new(), debit=giver, credit=taker, amount=amount, worked=(start, end))


def test_hours_are_credited_once_never_more_than_passed_and_never_ahead():
    bank, taker, now = issuer(Unit.MINUTES), purse(0, Unit.MINUTES), NOW()
    start, end = now - timedelta(hours=5), now - timedelta(hours=3)
    first = work(bank, taker, 120, start, end)

    refused("worked_twice", lambda: work(bank, taker, 30, end - timedelta(minutes=30), end + timedelta(minutes=30)), Conflict)
    refused("worked_less", lambda: work(bank, taker, 61, end, end + timedelta(hours=1)), RuleBroken)
    refused("worked_in_future", lambda: work(bank, taker, 30, now, now + timedelta(hours=1)), RuleBroken)
    refused("worked_less", lambda: work(bank, taker, 30, end, start), RuleBroken)
    refused("worked_wrong", lambda: work(issuer(), purse(), 30, start, end), RuleBroken)
    work(bank, taker, 60, end, end + timedelta(hours=1))  # the next hour begins where the last one ended
    work(bank, purse(0, Unit.MINUTES), 120, start, end)  # somebody else worked beside

    reverse(first.booking, "时间登记错")
    work(bank, taker, 90, start, end)  # what was reversed may be credited anew
    assert again(taker).balance == 150


def test_a_day_has_no_more_than_twenty_four_hours():
    bank, taker = issuer(Unit.MINUTES), purse(0, Unit.MINUTES)
    start = NOW() - timedelta(days=2)
    for hour in range(24):
        work(bank, taker, 60, start + timedelta(hours=hour), start + timedelta(hours=hour + 1))

    for hour in range(0, 24, 5):
        begin = start + timedelta(hours=hour, minutes=30)
        refused("worked_twice", lambda begin=begin: work(bank, taker, 1, begin, begin + timedelta(minutes=1)), Conflict)
    assert again(taker).balance == 24 * 60
