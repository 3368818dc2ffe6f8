"""Statements as banks give them (xlsx, xls, csv): which column is which, and every line as whole fen.

Banks name their columns as they like. The header is looked for by the words of `HEADERS`; then the kernel's table reader
reads the rows, so that what a wrong cell is answered with is the same as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.table_cells import plain, shown
from linli.kernel.table_files import TableUnreadable, raw_rows
from linli.kernel.tables import HEADER_SEARCH_ROWS, Column, Problem, Row, RowError, Table, read

# Key → words for it, the surest first: where a file has two of them, the first counts.
HEADERS: dict[str, tuple[str, ...]] = {
    "on": ("交易日期", "交易时间", "记账日期", "入账日期", "日期", "date", "bookingdate", "on"),
    "paid_in": ("收入金额", "贷方发生额", "贷方金额", "转入金额", "收入", "贷方", "credit", "paidin"),
    "paid_out": ("支出金额", "借方发生额", "借方金额", "转出金额", "支出", "借方", "debit", "paidout"),
    "amount": ("交易金额", "发生额", "金额", "amount"),
    "balance": ("账户余额", "本次余额", "余额", "balance"),
    "serial": ("交易流水号", "流水号", "凭证号", "凭证号码", "serial", "reference"),
    "counterparty": ("对方户名", "对方账户名称", "对方名称", "对方单位", "counterparty"),
    "text": ("摘要", "用途", "附言", "备注", "text", "description"),
}
KINDS = {"on": "date", "paid_in": "decimal", "paid_out": "decimal", "amount": "decimal", "balance": "decimal"}
IN_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")


@dataclass(frozen=True)
class StatementRow:
    """A line of the statement: `amount` in fen, positive for what came in."""

    number: int
    on: date
    amount: int
    balance: int | None
    serial: str
    counterparty: str
    text: str


def read_statement(path: str | Path) -> Iterator[StatementRow | RowError]:
    """Every line of the file in its order. Raises TableUnreadable where no day or no amount can be found.

    Where the bank gives a balance, a line that does not lead to it is an error: a line before it is missing.
    """
    table = _table_of(path)
    balance: int | None = None
    for row in read(path, table):
        line = row if isinstance(row, RowError) else _as_line(row)
        if isinstance(line, StatementRow) and line.balance is not None:
            if balance is not None and balance + line.amount != line.balance:
                message = _("the balance does not follow from the line before; is a line missing?")
                line = RowError(line.number, (Problem("balance", _("Balance"), message),))
            balance = _fen(row.values["balance"]) if isinstance(row, Row) else None
        yield line


def _table_of(path: str | Path) -> Table:
    for number, cells in enumerate(raw_rows(path), start=1):
        names = [_comparable(shown(cell)) for cell in cells]
        places = {key: found for key, words in HEADERS.items() if (found := _first(words, names, cells))}
        if "on" in places and ("amount" in places or "paid_in" in places or "paid_out" in places):
            columns = [Column(key, label, KINDS.get(key, "text"), required=key == "on") for key, label in places.items()]
            return Table("bank_statement", columns)
        if number >= HEADER_SEARCH_ROWS:
            break
    message = _("This is no bank statement: a row that names the columns is missing, with the day and the amounts.")
    raise TableUnreadable("table_header_missing", message)


def _comparable(text: str) -> str:
    return "".join(IN_BRACKETS.sub("", plain(text)).casefold().split())


def _first(words: tuple[str, ...], names: list[str], cells: list[Any]) -> str:
    """The header cell that says the surest of the words."""
    return next((shown(cells[names.index(word)]) for word in words if word in names), "")


def _as_line(row: Row) -> StatementRow | RowError:
    values = row.values
    try:
        amounts = [_fen(values.get(key)) for key in ("paid_in", "paid_out", "amount")]
        balance = None if values.get("balance") is None else _fen(values["balance"])
    except ValueError as error:
        return RowError(row.number, (Problem("amount", _("Amount"), str(error)),))
    amount = amounts[0] - abs(amounts[1]) if amounts[0] or amounts[1] else amounts[2]
    if amount == 0:
        return RowError(row.number, (Problem("amount", _("Amount"), _("is empty; it is required")),))
    words = {key: str(values.get(key) or "") for key in ("serial", "counterparty", "text")}
    return StatementRow(row.number, values["on"], amount, balance, **words)


def _fen(value: Decimal | None) -> int:
    """Yuan as whole fen; never rounded."""
    if value is None:
        return 0
    fen = value * 100
    if fen != fen.to_integral_value():
        raise ValueError(_("“%(value)s” has parts of a fen") % {"value": value})
    return int(fen)
