"""The bank's statement: read, taken in once, and matched with our transfers."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from xlsxwriter import Workbook

from linli.kernel.errors import Conflict, DomainError, RuleBroken
from linli.kernel.policy import SYSTEM
from linli.kernel.table_files import TableUnreadable
from linli.kernel.tables import RowError
from linli.ledger import operations
from linli.ledger.bank_files import StatementRow, read_statement
from linli.ledger.models import BankLine, BankMatch, Rule, Unit
from linli.ledger.operations import Leg, Reason
from linli.ledger.queries.reconciling import reconcile
from linli.ledger.tests.factories import account, issuer, new

ONE = """账号,6200 xxxx
交易日期,摘要,收入金额（元）,支出金额（元）,账户余额,对方户名,交易流水号
2026-11-02,捐款,"1,000.00",,"1,000.00",云某甲,S1
2026-11-03 10:20:30,转账,,250.50,749.50,云溪商店,S2

20261105,利息,0.01,,749.51,,S3
"""


@pytest.fixture
def bank(db):
    return account(Rule.DEBIT_ONLY, Unit.FEN, code="bank:main")


def write(folder, text, name="statement.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def rows_of(path):
    return list(read_statement(path))


def test_a_statement_is_read_as_whole_fen_whatever_the_bank_calls_its_columns(tmp_path):
    rows = rows_of(write(tmp_path, ONE))

    assert [(row.on, row.amount, row.balance, row.serial) for row in rows] == [
        (date(2026, 11, 2), 100_000, 100_000, "S1"), (date(2026, 11, 3), -25_050, 74_950, "S2"), (date(2026, 11, 5), 1, 74_951, "S3"),
    ]  # fmt: skip
    assert (rows[0].counterparty, rows[1].text) == ("云某甲", "转账")
    other = "日期,交易金额,备注\n2026/11/2,-3.2,费用\n2026/11/3,5,\n"
    assert [row.amount for row in rows_of(write(tmp_path, other, encoding="gb18030"))] == [-320, 500]


def test_a_workbook_is_read_too(tmp_path):
    path = tmp_path / "statement.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["记账日期", "贷方发生额", "借方发生额", "用途"])
        sheet.write_datetime(1, 0, datetime(2026, 11, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number(1, 1, 1234.56)
        sheet.write_string(1, 3, "捐款")

    assert [(row.on, row.amount) for row in rows_of(path)] == [(date(2026, 11, 2), 123_456)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("2026-11-04,,1.005,,749.51,,", "amount"), ("2026-11-04,,,,749.51,,", "amount"), ("昨天,,1,,749.51,,", "on"),
        ("2026-11-04,,1.00,,900.00,,", "balance"), ("2026-11-04,,x,,1,,", "paid_in"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_is_named(tmp_path, line, said):
    errors = [row for row in rows_of(write(tmp_path, ONE + line + "\n")) if isinstance(row, RowError)]

    assert [(error.number, error.problems[0].key) for error in errors] == [(7, said)]


def test_a_file_that_is_no_statement_is_said(tmp_path):
    with pytest.raises(TableUnreadable, match="table_header_missing"):
        rows_of(write(tmp_path, "姓名,电话\n云某,1\n"))


def test_the_same_statement_again_adds_nothing_and_equal_lines_stay_two(bank):
    line = StatementRow(2, date(2026, 11, 2), -500, None, "", "银行", "手续费")

    assert operations.import_statement(actor=SYSTEM, account=bank, rows=[line, line]) == (2, 0)
    assert operations.import_statement(actor=SYSTEM, account=bank, rows=[line, line, line]) == (1, 2)
    with pytest.raises(RuleBroken, match="not_money"):
        operations.import_statement(actor=SYSTEM, account=issuer(), rows=[line])


def lines(bank, *given):
    """Lines of the bank: (days ago, amount, serial)."""
    today = timezone.localdate()
    rows = [StatementRow(2, today - timedelta(days=ago), amount, None, serial, "", "") for ago, amount, serial in given]
    operations.import_statement(actor=SYSTEM, account=bank, rows=rows)
    return list(BankLine.objects.order_by("id"))


def booked(bank, amount, ago, note=""):
    fund = issuer(Unit.FEN)
    legs = [Leg.post(bank, fund, amount)] if amount > 0 else [Leg.post(fund, bank, -amount)]
    return operations.book(
        actor=SYSTEM, booking=new(), legs=legs, reason=Reason(note=note, at=timezone.now() - timedelta(days=ago))
    ).first


def test_lines_find_their_transfers_as_many_as_can_be_and_the_rest_is_told(bank):
    first, second = booked(bank, 500, 9), booked(bank, 500, 1)
    out, alone = booked(bank, -300, 3), booked(bank, 77, 3)
    made = lines(bank, (8, 500, ""), (5, 500, ""), (2, -300, ""), (2, 12_345, "S9"))

    found = reconcile(bank)

    # The nearest partner of the middle line is the second transfer; both lines get one all the same.
    pairs = {proposal.line.pk: [row.pk for row in proposal.transfers] for proposal in found.proposals}
    assert pairs == {made[0].pk: [first.pk], made[1].pk: [second.pk], made[2].pk: [out.pk]}
    assert (found.lines_left, found.transfers_left) == ([made[3]], [alone])


def test_a_serial_number_in_the_note_counts_for_more_than_days(bank):
    near, named = booked(bank, 500, 2), booked(bank, 500, 6, note="银行流水 AB77")
    made = lines(bank, (2, 500, "AB77"))

    found = reconcile(bank)

    assert [(one.line, one.transfers[0].pk, one.is_certain) for one in found.proposals] == [(made[0], named.pk, True)]
    assert found.transfers_left == [near]


def test_a_booking_of_several_transfers_is_one_line_of_the_bank(bank):
    fund, fee = issuer(Unit.FEN), issuer(Unit.FEN)
    booking = operations.book(actor=SYSTEM, booking=new(), legs=[Leg.post(bank, fund, 400), Leg.post(bank, fee, 100)])
    made = lines(bank, (0, 500, ""))

    proposal = reconcile(bank).proposals[0]
    operations.match_line(actor=SYSTEM, line=proposal.line, transfers=proposal.transfers)

    assert [row.pk for row in proposal.transfers] == [row.pk for row in booking.transfers]
    assert reconcile(bank) == type(reconcile(bank))([], [], [])
    assert made


def test_what_was_reversed_waits_for_no_line_and_far_days_are_no_partner(bank):
    wrong, old = booked(bank, 500, 2), booked(bank, 900, 20)
    operations.reverse(actor=SYSTEM, booking=new(), reversed_booking=wrong.booking, reason=Reason(note="错"))
    lines(bank, (2, 500, ""), (2, 900, ""))

    found = reconcile(bank)

    assert (found.proposals, found.transfers_left) == ([], [old])


def test_two_equal_ones_are_proposed_but_not_certain(bank):
    booked(bank, 500, 2)
    booked(bank, 500, 2)
    lines(bank, (2, 500, ""))

    assert [proposal.is_certain for proposal in reconcile(bank).proposals] == [False]


def test_a_match_is_to_the_fen_once_and_can_be_taken_back(bank):
    paid, other = booked(bank, 500, 2), booked(bank, 500, 2)
    line, second = lines(bank, (2, 500, "a"), (2, 500, "b"))
    for transfers in ([], [paid, other], [booked(bank, 499, 2)]):
        with pytest.raises(RuleBroken, match="sum_differs"):
            operations.match_line(actor=SYSTEM, line=line, transfers=transfers)

    operations.match_line(actor=SYSTEM, line=line, transfers=[paid])

    for bank_line, transfer in ((line, other), (second, paid)):
        with pytest.raises(Conflict, match="matched_already"):
            operations.match_line(actor=SYSTEM, line=bank_line, transfers=[transfer])
    assert [operations.unmatch_line(actor=SYSTEM, line=line), operations.unmatch_line(actor=SYSTEM, line=line)] == [1, 0]
    operations.match_line(actor=SYSTEM, line=second, transfers=[paid])
    assert BankMatch.objects.count() == 1


def test_the_command_takes_in_proposes_and_confirms_what_is_certain(bank, tmp_path):
    today = timezone.localdate()
    booked(bank, 100_000, 1)
    booked(bank, 4_200, 1)
    path = write(tmp_path, f"交易日期,收入金额,支出金额\n{today},1000.00,\n{today},,12.00\n")
    out = io.StringIO()

    call_command("ledger", "reconcile", "bank:main", str(path), "--apply", stdout=out)

    text = out.getvalue()
    assert all(part in text for part in ("2 new lines, 0 known", "certain", "bank only", "ours only", "1 confirmed"))
    with pytest.raises(CommandError, match="is not there"):
        call_command("ledger", "reconcile", "bank:main", str(tmp_path / "none.csv"))
    bad = write(tmp_path, "交易日期,收入金额\n2026-11-02,x\n", "bad.csv")
    with pytest.raises(CommandError, match="nothing was taken in"):
        call_command("ledger", "reconcile", "bank:main", str(bad), stderr=io.StringIO())
    assert issubclass(TableUnreadable, DomainError)
