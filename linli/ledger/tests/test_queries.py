"""Reading the books: statements, balances at a date, the trial balance, heads, exports."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import shutil
import subprocess
from datetime import timedelta
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from linli.kernel.errors import BadInput
from linli.kernel.models import Event
from linli.kernel.policy import SYSTEM
from linli.ledger import guards, operations
from linli.ledger.models import Head, LedgerAccount, Rule, Transfer, Unit
from linli.ledger.operations import Leg, Reason, split
from linli.ledger.queries import chain
from linli.ledger.queries.balances import balance_at, statement, trial_balance
from linli.ledger.queries.exporting import Period, account_name, amount_text, export, whole_period
from linli.ledger.queries.verifying import verify
from linli.ledger.tests.factories import account, capture, hold, issuer, new, post, purse, release, run

db = pytest.mark.django_db


def command(*words: str) -> str:
    out = io.StringIO()
    call_command("ledger", *words, stdout=out, stderr=out)
    return out.getvalue()


def dated(debit, credit, amount, days_ago, **reason):
    at = timezone.now() - timedelta(days=days_ago)
    return operations.book(
        actor=SYSTEM, booking=new(), legs=[Leg.post(debit, credit, amount)], reason=Reason(at=at, **reason)
    ).first


# --- shares ---


@given(st.integers(0, 10**15), st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any))
def test_parts_are_whole_sum_exactly_and_are_off_by_less_than_one(amount, shares):
    parts = split(amount, shares)

    assert sum(parts) == amount
    assert all(abs(part * sum(shares) - amount * share) < sum(shares) for part, share in zip(parts, shares, strict=True))
    assert all(part == 0 for part, share in zip(parts, shares, strict=True) if share == 0)


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [(100, [10, 90], [10, 90]), (105, [10, 90], [11, 94]), (1, [10, 90], [0, 1]), (2, [1, 1, 1], [1, 1, 0]), (0, [1], [0])],
)
def test_the_rule_of_rounding_is_fixed(amount, shares, parts):
    assert split(amount, shares) == parts


@pytest.mark.parametrize(("amount", "shares"), [(-1, [1]), (5, []), (5, [0, 0]), (5, [-1, 2]), (1.5, [1]), (True, [1])])
def test_shares_that_are_none_are_refused(amount, shares):
    with pytest.raises(BadInput, match="shares_wrong"):
        split(amount, shares)


# --- statements and balances ---


@db
def test_a_statement_lists_every_transfer_once_and_its_balances_add_up(django_assert_max_num_queries):
    giver, taker = purse(1000), purse()
    for number in range(1, 12):
        post(giver, taker, number)
    capture(hold(giver, taker, 40), 15)
    release(hold(giver, taker, 7))
    lines, before = [], None
    while True:
        with django_assert_max_num_queries(3):
            page = statement(taker, before=before, limit=4)
        lines += page.lines
        before = page.older
        if before is None:
            break

    assert [line.transfer.seq for line in lines] == sorted(
        Transfer.objects.filter(credit=taker).values_list("seq", flat=True), reverse=True
    )
    assert lines[0].balance == 66 + 15 == sum(line.change for line in lines)
    for newer, older in pairwise(lines):
        assert newer.balance - newer.change == older.balance
    assert {line.other for line in lines} == {giver}


@db
def test_a_statement_of_a_till_counts_what_came_in():
    till, fund = account(Rule.DEBIT_ONLY, Unit.FEN), issuer(Unit.FEN)
    post(till, fund, 500)
    post(fund, till, 200)

    assert [(line.change, line.balance) for line in statement(till).lines] == [(-200, 300), (500, 500)]
    assert statement(issuer()).lines == []


@db
def test_the_balance_at_a_date_and_the_trial_balance_at_a_date():
    giver, taker = issuer(), purse()
    for days_ago, amount in ((30, 10), (20, 20), (10, 40)):
        dated(giver, taker, amount, days_ago)
    held = hold(taker, giver, 5)
    then = timezone.now() - timedelta(days=15)

    assert [balance_at(taker, then), balance_at(taker, timezone.now())] == [30, 70]
    at_then = {line.account: line for line in trial_balance(until=then)}
    now = {line.account: line for line in trial_balance()}
    assert (at_then[taker].net, at_then[giver].net, at_then[taker].pending_debit) == (-30, 30, 0)
    assert (now[taker].net, now[taker].pending_debit) == (-70, 5)
    later = {line.account: line for line in trial_balance(until=timezone.now() + timedelta(days=1))}
    assert later == now
    assert held


@db
def test_the_order_of_bookings_that_do_not_meet_is_irrelevant():
    totals = []
    for order in (1, -1):
        rows = [purse(100) for _number in range(4)]
        for debit, credit, amount in [(0, 1, 10), (2, 3, 20), (0, 1, 5)][::order]:
            post(rows[debit], rows[credit], amount)
        totals.append([LedgerAccount.objects.get(pk=row.pk).balance for row in rows])

    assert totals[0] == totals[1]


# --- the chain ---


@db
def test_anybody_can_repeat_the_chain_and_it_says_the_same_on_both_engines():
    fund = account(code="fund:one", rule=Rule.FREE)
    taker = account(code="purse:one")
    post(fund, taker, 5, purpose="activities.points", note="扫地")
    head = operations.seal()

    lines = list(export("chain", whole_period()))
    digest = ""
    for line in lines:
        digest = hashlib.sha256((digest + line).encode()).hexdigest()

    assert digest == head.digest
    row = Transfer.objects.get()
    assert lines == [
        "\t".join([
            str(row.seq), row.booking.hex, "1", "1", "5", row.fingerprint, "post", "fund:one", "purse:one", "points", "5", "", "", "",
            f"{row.at:%Y-%m-%d %H:%M:%S.%f}", "activities.points", "", "", "", "", "", "", "扫地",
        ])
    ]  # fmt: skip


@db
def test_a_time_without_a_fraction_has_the_same_line():
    fund, taker = issuer(), purse()
    at = (timezone.now() - timedelta(days=1)).replace(microsecond=0)
    operations.book(actor=SYSTEM, booking=new(), legs=[Leg.post(fund, taker, 5)], reason=Reason(at=at))

    assert f"\t{at:%Y-%m-%d %H:%M:%S}.000000\t" in next(iter(export("chain", whole_period())))


@db
def test_seals_follow_each_other_and_a_day_is_closed_once_it_is_over():
    giver, taker = issuer(), purse()
    assert operations.seal() is None
    dated(giver, taker, 5, 0)
    first = operations.seal()
    assert operations.seal() == first
    post(giver, taker, 6)
    tomorrow = timezone.now() + timedelta(days=1, hours=1)

    closing = operations.seal(now=tomorrow)
    operations.seal(now=tomorrow)

    assert [(head.number, head.new_rows, head.total_rows) for head in Head.objects.all()] == [(1, 1, 1), (2, 1, 2), (3, 0, 2)]
    assert (first.closes, closing.closes) == (None, timezone.localdate(tomorrow) - timedelta(days=1))
    told = Event.objects.get(name="ledger.day.closed")
    assert told.data["digest"] == closing.digest
    assert verify(published=(chain.head_line(closing.number, closing.last_seq, closing.digest),)).findings == []


@db
def test_small_seals_chain_as_one(monkeypatch):
    giver, taker = issuer(), purse()
    for number in range(1, 8):
        post(giver, taker, number)
    monkeypatch.setattr(operations.sealing, "AT_ONCE", 3)

    operations.seal()

    assert [head.new_rows for head in Head.objects.all()] == [3, 3, 1]
    assert verify().findings == []


@db
@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        ("UPDATE ledger_transfer SET note = '改' WHERE seq = %s", "chain"),
        ("UPDATE ledger_transfer SET at = '2020-01-01 00:00:00' WHERE seq = %s", "chain"),
        ("UPDATE ledger_transfer SET amount = amount + 1, total = total + 1 WHERE seq = %s", "total"),
        ("DELETE FROM ledger_transfer WHERE seq = %s", "chain"),
        ("UPDATE ledger_transfer SET debit_id = credit_id, credit_id = debit_id WHERE seq = %s", "total"),
    ],
)
def test_tampering_by_somebody_who_took_the_guards_away_shows(tamper, kind):
    giver, taker = issuer(), purse()
    rows = [post(giver, taker, number).first for number in range(1, 5)]
    head = operations.seal()
    guards.install(connection, without=set(guards.triggers(connection.vendor)))
    run(tamper, rows[1].seq)
    guards.install(connection)

    report = verify(published=(chain.head_line(head.number, head.last_seq, head.digest),))

    assert kind in {finding.kind for finding in report.findings}


@db
def test_a_whole_history_written_anew_does_not_agree_with_the_notice_board():
    """Whoever owns the machine can make the books agree with themselves; the printed head they cannot reach."""
    giver, taker = issuer(), purse()
    seq = post(giver, taker, 5).first.seq
    printed = operations.seal()
    guards.install(connection, without=set(guards.triggers(connection.vendor)))
    run("DELETE FROM ledger_head")
    run("UPDATE ledger_transfer SET note = '改' WHERE seq = %s", seq)
    guards.install(connection)
    operations.seal()

    line = chain.head_line(printed.number, printed.last_seq, printed.digest)

    assert verify().findings == []
    assert {finding.kind for finding in verify(published=(line,)).findings} == {"published"}
    with pytest.raises(CommandError, match="1 findings"):
        command("verify", "--head", line)


@db
def test_reservations_that_should_have_ended_are_told():
    hold(purse(10), purse(), 5, timezone.now() - timedelta(days=2))

    assert {finding.kind for finding in verify().findings} == {"expiry"}


@db
def test_verify_tells_how_far_it_is_and_can_be_stopped(monkeypatch):
    giver, taker = issuer(), purse()
    for _time in range(5):
        post(giver, taker, 1)
    monkeypatch.setattr(chain.rows, "__kwdefaults__", {"after": 0, "until": None, "block": 2})
    shares = []

    assert verify(progress=lambda share: shares.append(share)).transfers == 5
    assert verify(progress=lambda share: share < 0.3).transfers == 2
    assert shares == sorted(shares)
    assert shares[-1] == 1


# --- exports ---


def town():
    """Books with everything in them: two units, a till, reservations, a reversal, several months, accounts below accounts."""
    world, bank = issuer(Unit.FEN), account(Rule.DEBIT_ONLY, Unit.FEN, code="bank")
    fund, street = account(code="fund", unit=Unit.FEN), account(code="fund:street-1", unit=Unit.FEN)
    points, own = issuer(), purse()
    for days_ago, amount in ((70, 100_000), (40, 12_345), (3, 99)):
        dated(bank, fund, amount, days_ago, note='捐款 "春风"; 谢谢\\')
        dated(fund, street, amount // 3, days_ago - 1, purpose="fund.share")
    dated(points, own, 30, 20)
    bought = dated(street, world, 500, 2)
    operations.reverse(actor=SYSTEM, booking=new(), reversed_booking=bought.booking, reason=Reason(note="退货"))
    capture(hold(street, world, 900), 250)
    hold(own, points, 3)
    operations.post_by_shares(actor=SYSTEM, booking=new(), debit=fund, credits=[(street, 10), (world, 90)], amount=1001)
    return whole_period()


def bean_check(text: str, folder) -> list[str]:
    from beancount import loader

    path = folder / "books.beancount"
    path.write_text(text, encoding="utf-8")
    _entries, errors, _options = loader.load_file(str(path))
    return [error.message for error in errors]


def hledger_check(text: str, folder) -> str:
    path = folder / "books.journal"
    path.write_text(text, encoding="utf-8")
    checks = ["accounts", "commodities", "ordereddates"]
    done = subprocess.run(["hledger", "check", "-f", str(path), *checks], capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


CHECKERS = {
    "beancount": pytest.param("beancount", bean_check, marks=[] if importlib.util.find_spec("beancount") else [pytest.mark.usefixtures("needs_beancount")]),
    "hledger": pytest.param("hledger", hledger_check, marks=[] if shutil.which("hledger") else [pytest.mark.usefixtures("needs_hledger")]),
}  # fmt: skip


@pytest.fixture
def needs_beancount():
    pytest.skip("beancount is not installed: pip install beancount")


@pytest.fixture
def needs_hledger():
    pytest.skip("hledger is not installed: apt-get install hledger")


@db
@pytest.mark.parametrize(("style", "check"), CHECKERS.values())
def test_checkers_that_nobody_here_wrote_accept_the_books_and_find_one_fen_too_many(style, check, tmp_path):
    whole = town()
    part = Period(whole.last - timedelta(days=30), whole.last)

    for period in (whole, part):
        lines = list(export(style, period))
        text = "\n".join(lines) + "\n"
        assert not check(text, tmp_path)
        assert sum("balance " in line or " = " in line for line in lines) > 8
        moved = next(
            line for line in lines if "100.01" not in line and line.strip().startswith("Assets:Bank") and "=" not in line
        )
        amount = moved.split()[1]
        wrong = text.replace(moved, moved.replace(amount, f"{float(amount) + 0.01:.2f}"), 1)
        assert check(wrong, tmp_path)


@db
def test_no_two_accounts_have_one_name_and_amounts_are_exact():
    codes = ["fund:a-b", "fund:a:b", "fund:ab", "fund"]

    assert len({account_name(account(code=code)) for code in codes}) == 4
    assert [amount_text(value, "fen") for value in (-5, 0, 1, 99, 100, -12345)] == [
        "-0.05 CNY", "0.00 CNY", "0.01 CNY", "0.99 CNY", "1.00 CNY", "-123.45 CNY",
    ]  # fmt: skip


# --- the command ---


@db
def test_the_command_shows_statement_and_trial_balance_and_exports(tmp_path):
    town()
    out = tmp_path / "books.journal"

    assert "whole: nothing found" in command("verify")
    assert "lines" in command("export", "--format", "hledger", "--out", str(out))
    assert out.read_text().startswith("commodity 1.00 CNY")
    assert 'option "title" "Linli"' in command("export")
    assert "older: --before" in command("statement", "fund", "--limit", "2")
    assert "fen: sum 0" in command("trial-balance")
    assert "points: sum 0" in command("trial-balance", "--on", timezone.localdate().isoformat())
    with pytest.raises(CommandError, match="there is no account nobody"):
        command("statement", "nobody")
    with pytest.raises(CommandError, match="comes after"):
        command("export", "--from", "2030-01-01", "--until", "2029-01-01")


@db
def test_empty_books_are_whole_and_export():
    assert "0 transfers" in command("verify")
    for style in ("beancount", "hledger", "chain"):
        list(export(style, whole_period()))
