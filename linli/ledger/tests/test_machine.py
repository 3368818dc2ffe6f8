"""A machine of random bookings against a plain model in dictionaries: whatever people do, both say the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from linli.kernel.errors import DomainError
from linli.kernel.policy import SYSTEM
from linli.ledger import guards, operations
from linli.ledger.models import LedgerAccount, Rule, Transfer
from linli.ledger.operations import Leg, Reason
from linli.ledger.queries.verifying import verify
from linli.ledger.tests.factories import account, new

RULES = [Rule.FREE, Rule.CREDIT_ONLY, Rule.CREDIT_ONLY, Rule.DEBIT_ONLY, Rule.CREDIT_ONLY]
places = st.integers(0, len(RULES) - 1)
amounts = st.integers(1, 40)


class Plain:
    """The same books by hand: no triggers, no SQL."""

    def __init__(self):
        self.totals = [[0, 0, 0, 0] for _rule in RULES]  # debit, credit, pending debit, pending credit
        self.closed: set[int] = set()

    def holds_true(self) -> bool:
        for (debit, credit, out, into), kind in zip(self.totals, RULES, strict=True):
            if min(debit, credit, out, into) < 0:
                return False
            if (kind == Rule.CREDIT_ONLY and debit + out > credit) or (kind == Rule.DEBIT_ONLY and credit + into > debit):
                return False
        return all(self.totals[place][0] == self.totals[place][1] and not any(self.totals[place][2:]) for place in self.closed)

    def move(self, debit: int, credit: int, posted: int, pending: int) -> bool:
        """Do it, or leave everything as it was and say so."""
        before = [row[:] for row in self.totals]
        self.totals[debit][0] += posted
        self.totals[credit][1] += posted
        self.totals[debit][2] += pending
        self.totals[credit][3] += pending
        if debit != credit and self.holds_true():
            return True
        self.totals = before
        return False


class Books(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.rows = [account(kind) for kind in RULES]
        self.plain = Plain()
        self.open: dict[int, tuple[Transfer, int, int]] = {}
        self.done: list[tuple] = []  # bookings that went through, to be sent again
        self.moved: list[tuple] = []  # bookings that may be reversed

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def book(self, legs, note=""):
        booking = new()
        try:
            with transaction.atomic():
                made = operations.book(actor=SYSTEM, booking=booking, legs=legs, reason=Reason(note=note))
        except DomainError:
            return None
        self.done.append((booking, legs, note, made.first.seq))
        return made

    @rule(debit=places, credit=places, amount=amounts)
    def post(self, debit, credit, amount):
        could = self.plain.move(debit, credit, amount, 0)
        made = self.book([Leg.post(self.rows[debit], self.rows[credit], amount)])
        assert (made is not None) == could
        if made:
            self.moved.append((made.booking, debit, credit, amount))

    @rule(debit=places, credit=places, amount=amounts, soon=st.booleans())
    def reserve(self, debit, credit, amount, soon):
        could = self.plain.move(debit, credit, 0, amount)
        expires_at = timezone.now() - timedelta(seconds=1) if soon else None
        made = self.book([Leg.reserve(self.rows[debit], self.rows[credit], amount, expires_at)])
        assert (made is not None) == could
        if made:
            self.open[made.first.seq] = (made.first, debit, credit)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), more=st.integers(-40, 5))
    def use(self, data, more):
        held, debit, credit = self.open[data.draw(st.sampled_from(sorted(self.open)))]
        amount = held.amount + more
        could = 0 < amount <= held.amount and self.plain.move(debit, credit, amount, -held.amount)
        made = self.book([Leg.capture(held, amount)])
        assert (made is not None) == could
        if made:
            del self.open[held.seq]
            self.moved.append((made.booking, debit, credit, amount))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def give_up(self, data):
        held, debit, credit = self.open.pop(data.draw(st.sampled_from(sorted(self.open))))
        assert self.plain.move(debit, credit, 0, -held.amount)
        assert self.book([Leg.release(held)])
        assert self.book([Leg.release(held)]) is None
        assert self.book([Leg.capture(held)]) is None

    @rule()
    def expire(self):
        over = [seq for seq, (held, _debit, _credit) in self.open.items() if held.expires_at]
        assert operations.expire_holds() == len(over)
        for seq in over:
            held, debit, credit = self.open.pop(seq)
            assert self.plain.move(debit, credit, 0, -held.amount)

    @precondition(lambda self: self.moved)
    @rule(data=st.data())
    def reverse(self, data):
        what = data.draw(st.sampled_from(self.moved))
        booking, debit, credit, amount = what
        could = self.plain.move(credit, debit, amount, 0)
        try:
            with transaction.atomic():
                operations.reverse(actor=SYSTEM, booking=new(), reversed_booking=booking, reason=Reason(note="错"))
        except DomainError:
            assert not could
            return
        assert could
        self.moved.remove(what)

    @precondition(lambda self: self.done)
    @rule(data=st.data(), tamper=st.booleans())
    def send_again(self, data, tamper):
        booking, legs, note, seq = data.draw(st.sampled_from(self.done))
        asked = {"actor": SYSTEM, "booking": booking, "legs": legs, "reason": Reason(note=note + ("x" if tamper else ""))}
        try:
            with transaction.atomic():
                known = operations.book(**asked)
        except DomainError as error:
            assert (tamper, error.code) == (True, "booking_other_content")
            return
        assert (tamper, known.is_new, known.first.seq) == (False, False, seq)

    @rule(legs=st.lists(st.tuples(places, places, amounts), min_size=2, max_size=3))
    def several(self, legs):
        before = [row[:] for row in self.plain.totals]
        could = all(self.plain.move(debit, credit, amount, 0) for debit, credit, amount in legs)
        if not could:
            self.plain.totals = before
        made = self.book([Leg.post(self.rows[debit], self.rows[credit], amount) for debit, credit, amount in legs])
        assert (made is not None) == could

    @rule(place=places)
    def close(self, place):
        self.plain.closed.add(place)
        could = self.plain.holds_true()
        if not could:
            self.plain.closed.discard(place)
        try:
            with transaction.atomic():
                operations.close_account(actor=SYSTEM, account=self.rows[place])
        except DomainError:
            assert not could
        else:
            assert could

    @rule()
    def seal(self):
        operations.seal()

    @rule()
    def migrate(self):
        """An update of the program in the middle: its last migration puts the guards in place again."""
        guards.install(connection)

    @invariant()
    def says_the_same(self):
        rows = LedgerAccount.objects.filter(pk__in=[row.pk for row in self.rows]).order_by("pk")
        shown = [[row.debit, row.credit, row.pending_debit, row.pending_credit] for row in rows]
        assert shown == self.plain.totals
        assert sum(row[0] for row in shown) == sum(row[1] for row in shown)


class VerifiedBooks(Books):
    def teardown(self):
        try:
            assert verify().findings == []
        finally:
            super().teardown()


@pytest.mark.django_db
def test_the_books_and_the_plain_model_agree():
    run_state_machine_as_test(
        VerifiedBooks,
        settings=settings(
            max_examples=14, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
        ),
    )
