"""A table with a column of every kind, and files of it, for the tests of tables."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

from django.utils.functional import lazy
from django.utils.translation import get_language
from xlsxwriter import Workbook

from linli.kernel.tables import Column, Row, RowError, Table, read, write_csv, write_xlsx


def label(chinese: str, english: str):
    """A text that knows both languages, as translated labels do."""
    return lazy(lambda: english if get_language() == "en" else chinese, str)()


STATES = [("self", label("自住", "Lived in")), ("let", label("出租", "Let")), ("empty", label("空置", "Empty"))]
HOMES = Table(
    "homes",
    [
        Column("code", label("户号", "Home"), "code", required=True, max_length=20),
        Column("phone", label("电话", "Phone"), "longdigits", help=label("手机或座机", "Mobile or landline")),
        Column("state", label("居住状态", "State"), choices=STATES),
        Column("people", label("人数", "People"), "integer"),
        Column("area", label("面积", "Area"), "decimal"),
        Column("since", label("入住日期", "Since"), "date"),
        Column("seen_at", label("走访时间", "Seen at"), "datetime"),
        Column("is_low", label("低保", "Low income"), "boolean"),
        Column("note", label("备注", "Note"), max_length=2_000),
    ],
    title=label("住户[表]", "Homes"),
)
ROW = {
    "code": "007",
    "phone": "110105194912310021",
    "state": "let",
    "people": 3,
    "area": Decimal("98.5"),
    "since": date(2026, 2, 28),
    "seen_at": datetime(2026, 11, 20, 16, 30, 5, tzinfo=UTC),
    "is_low": False,
    "note": "=1+1",
}


def xlsx(table=HOMES, rows=(), lang="zh-hans"):
    stream = io.BytesIO()
    write_xlsx(table, rows, stream, lang)
    return stream.getvalue()


def csv_bytes(table=HOMES, rows=(), lang="zh-hans"):
    stream = io.BytesIO()
    write_csv(table, rows, stream, lang)
    return stream.getvalue()


def sheet(*rows, name="a", **options):
    """A workbook as somebody else's program writes it."""
    stream = io.BytesIO()
    with Workbook(stream, options) as book:
        page = book.add_worksheet(name)
        for number, cells in enumerate(rows):
            for place, cell in enumerate(cells):
                page.write(number, place, cell)
    return stream.getvalue()


def rows_of(data, table=HOMES, **limits):
    return list(read(io.BytesIO(data), table, **limits))


def values_of(data, table=HOMES):
    found = rows_of(data, table)
    assert all(isinstance(row, Row) for row in found), [str(row) for row in found]
    return [row.values for row in found]


def problems_of(data, table=HOMES):
    (row,) = rows_of(data, table)
    assert isinstance(row, RowError)
    return row
