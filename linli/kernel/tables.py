"""Tables that go out and come in: described once, used by the template, the importer, its messages and the export.

    HOUSEHOLDS = Table("households", [Column("code", _("Household"), "code", required=True), …])
    for row in read(upload, HOUSEHOLDS): …          # Row with values by key, or RowError with what to do
    write_xlsx(HOUSEHOLDS, rows, stream)            # the same columns; read() of it gives the same rows

Headers are understood by key or by label in any of the site's languages. Nothing that data holds is ever a formula.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from linli.kernel.table_cells import KINDS, READERS, Value, clean_text, is_empty, plain, shown, written
from linli.kernel.table_files import MOST_BYTES, Cell, Source, TableTooLarge, TableUnreadable, guarded, raw_rows

Label = str | Promise
MOST_ROWS = 1_048_575  # of an Excel sheet, without its header
MOST_CELL = 32_767  # characters in an Excel cell
HEADER_SEARCH_ROWS = 10  # a title or two may stand above the header
TEMPLATE_ROWS = 5_000
WIDTHS = {"text": 24, "integer": 10, "decimal": 12, "date": 12, "datetime": 19, "code": 16, "boolean": 8, "longdigits": 22}
FORMATS = {"code": "@", "longdigits": "@", "text": "@", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss"}


@dataclass(frozen=True)
class Column:
    """One column: its stable key, its label, how its cells are read (`table_cells.KINDS`), and what must hold.

    `choices` are (stored value, label) pairs; cells hold the label, reading takes value or label in any language.
    `help` tells the person who fills in the template what to write.
    """

    key: str
    label: Label
    kind: str = "text"
    required: bool = False
    choices: Sequence[tuple[str, Label]] = ()
    help: Label = ""
    max_length: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"column {self.key}: no kind {self.kind!r}; kinds are {', '.join(KINDS)}")

    @cached_property
    def names(self) -> frozenset[str]:
        """What a header cell may say to mean this column."""
        return frozenset(_in_every_language(self.label)) | {_comparable(self.key)}

    @cached_property
    def choice_of(self) -> dict[str, str]:
        """What a cell may say → the stored value."""
        words = {word: value for value, label in self.choices for word in _in_every_language(label)}
        return words | {_comparable(value): value for value, _label in self.choices}


@dataclass(frozen=True)
class Table:
    """A kind of table: stable name (file and sheet), columns in order."""

    name: str
    columns: Sequence[Column]
    title: Label = ""

    def labels(self) -> list[str]:
        return [str(column.label) for column in self.columns]


@dataclass(frozen=True)
class Row:
    """A row that could be read: its number in the sheet (the header has one too) and a value for every column."""

    number: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell, and what to do."""

    key: str
    label: str
    message: str


@dataclass(frozen=True)
class RowError:
    """A row that could not be read. `cells` are its cells as they were, for the file of errors."""

    number: int
    problems: tuple[Problem, ...]
    cells: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Row 5: Phone: “12a” is not a number made of digits. Required."""
        parts = [f"{problem.label}: {problem.message}" for problem in self.problems]
        return _("Row %(number)d: %(problems)s") % {"number": self.number, "problems": "; ".join(parts)}


def _comparable(text: str) -> str:
    return "".join(plain(text).casefold().strip("*").split())


def _in_every_language(label: Label) -> set[str]:
    found = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.add(_comparable(str(label)))
    return found


# --- in ---


def read(source: Source, table: Table, *, most_bytes: int = MOST_BYTES, most_rows: int = MOST_ROWS) -> Iterator[Row | RowError]:
    """Read a file (xlsx, xls, ods, csv; path or stream) row by row; empty rows are passed over.

    Columns stand in any order, unknown ones are ignored. Raises TableUnreadable (no table, header not found, a required
    column missing) and TableTooLarge before the first row, or when rows never end.
    """
    rows = enumerate(raw_rows(source, most_bytes, most_rows + HEADER_SEARCH_ROWS + 1), start=1)
    header_number, places = _find_header(rows, table)
    for number, cells in rows:
        if all(is_empty(cell) for cell in cells):
            continue
        if number - header_number > most_rows:
            raise TableTooLarge("table_too_many_rows", _("The table has more than %(most)d rows.") % {"most": most_rows})
        yield _read_row(number, {key: cells[place] if place < len(cells) else None for key, place in places.items()}, table)


def _find_header(rows: Iterator[tuple[int, list[Cell]]], table: Table) -> tuple[int, dict[str, int]]:
    """The header's number and each known column's place: the first row that names every required column."""
    best: dict[str, int] = {}
    for number, cells in rows:
        names = [_comparable(shown(cell)) for cell in cells]
        places = {
            column.key: next(place for place, name in enumerate(names) if name in column.names)
            for column in table.columns
            if any(name in column.names for name in names)
        }
        if places and all(column.key in places for column in table.columns if column.required):
            _refuse_doubles(names, table)
            return number, places
        best = max(best, places, key=len)
        if number >= HEADER_SEARCH_ROWS:
            break
    missing = [str(column.label) for column in table.columns if column.required and column.key not in best]
    if not best:
        message = _("The first row must name the columns: %(columns)s.") % {"columns": ", ".join(table.labels())}
        raise TableUnreadable("table_header_missing", message)
    message = _("These columns are missing: %(columns)s. Use the template.") % {"columns": ", ".join(missing)}
    raise TableUnreadable("table_column_missing", message)


def _refuse_doubles(names: list[str], table: Table) -> None:
    for column in table.columns:
        if sum(name in column.names for name in names) > 1:
            message = _("The column “%(column)s” is there twice. Delete one of them.") % {"column": column.label}
            raise TableUnreadable("table_column_twice", message)


def _read_row(number: int, cells: Mapping[str, Cell], table: Table) -> Row | RowError:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for column in table.columns:
        try:
            values[column.key] = _read_cell(cells.get(column.key), column)
        except ValueError as error:
            problems.append(Problem(column.key, str(column.label), str(error)))
    if problems:
        return RowError(number, tuple(problems), {key: shown(cell) for key, cell in cells.items()})
    return Row(number, values)


def _read_cell(cell: Cell, column: Column) -> Value:
    """The value of a cell, None (text: "") when empty. Raises ValueError with what to do."""
    if is_empty(cell):
        if column.required:
            raise ValueError(_("is empty; it is required"))
        return "" if column.kind in ("text", "code", "longdigits") else None
    if column.choices:
        return _read_choice(cell, column)
    value = READERS[column.kind](cell)
    if column.max_length is not None and isinstance(value, str) and len(value) > column.max_length:
        raise ValueError(
            _("has %(length)d characters; shorten it to %(most)d") % {"length": len(value), "most": column.max_length}
        )
    return value


def _read_choice(cell: Cell, column: Column) -> str:
    try:
        return column.choice_of[_comparable(shown(cell))]
    except KeyError:
        labels = [str(label) for _value, label in column.choices]
        some = ", ".join(labels[:8]) + (" …" if len(labels) > 8 else "")
        raise ValueError(_("“%(value)s” is not one of: %(choices)s") % {"value": shown(cell), "choices": some}) from None


# --- out ---


def write_csv(table: Table, rows: Iterable[Mapping[str, Any]], stream: BinaryIO, lang: str | None = None) -> int:
    """Write rows as CSV (UTF-8 with mark, as Excel wants it); returns how many. Nothing in it runs as a formula."""
    with override(lang or get_language()):
        text = io.TextIOWrapper(stream, "utf-8-sig", newline="", write_through=True)
        writer, count = csv.writer(text), 0
        writer.writerow([guarded(label) for label in table.labels()])
        for row in rows:
            writer.writerow([_csv_cell(row.get(column.key), column) for column in table.columns])
            count += 1
        text.detach()
        return count


def _csv_cell(value: Any, column: Column) -> str:
    cell = _shown_value(value, column)
    # Numbers and dates cannot hold a formula, and -5 must stay a number.
    return guarded(clean_text(cell)) if isinstance(cell, str) else written(cell)


def _shown_value(value: Any, column: Column) -> Value:
    """The value as its cell shows it: labels for choices, text for what is text."""
    if value is None or value == "":
        return None
    if column.choices:
        labels = {stored: str(label) for stored, label in column.choices}
        return labels.get(value, str(value))
    if column.kind in ("text", "code", "longdigits"):
        return str(value)
    return value  # type: ignore[no-any-return]


def write_xlsx(table: Table, rows: Iterable[Mapping[str, Any]], stream: BinaryIO, lang: str | None = None) -> int:
    """Write rows as a workbook with a frozen header and drop-downs; returns how many. Memory does not grow with rows.

    Texts longer than Excel's 32,767 characters are cut. Raises TableTooLarge after 1,048,575 rows.
    """
    # Sheets grow in a folder that goes away with everything in it, the finished file in another that nobody can see.
    with override(lang or get_language()), tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as whole:
        book = _Book(table, whole, {"constant_memory": True, "tmpdir": folder})
        count = 0
        try:
            for count, row in enumerate(rows, start=1):
                book.write_row(count, row)
        finally:
            book.finish(count, count)  # after an error too: it closes the files that xlsxwriter has open
        whole.seek(0)
        shutil.copyfileobj(whole, stream)
        return count


def template_xlsx(table: Table, lang: str | None = None) -> bytes:
    """An empty workbook to fill in: the columns, drop-downs, hints beside the cells, and a sheet that explains them."""
    stream = io.BytesIO()
    with override(lang or get_language()):
        book = _Book(table, stream, {"in_memory": True})
        book.explain()
        book.finish(0, TEMPLATE_ROWS)
    return stream.getvalue()


def write_row_errors(table: Table, errors: Iterable[RowError], stream: BinaryIO, lang: str | None = None) -> int:
    """The rows that could not be read, as they were, with a column that says why: to mend and send again."""
    with override(lang or get_language()):
        reason = Column("what_is_wrong", _("What is wrong"))
        columns = [Column(column.key, column.label, max_length=column.max_length) for column in table.columns]
        rows = (
            error.cells | {"what_is_wrong": "; ".join(f"{problem.label}: {problem.message}" for problem in error.problems)}
            for error in errors
        )
        return write_xlsx(Table(table.name, [*columns, reason], table.title), rows, stream)


class _Book:
    """A workbook with one sheet of data, written from top to bottom."""

    def __init__(self, table: Table, target: IO[bytes], options: dict[str, Any]) -> None:
        never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.table = table
        # Loaded by the first export only: 16 MB that a web worker which never exports does not carry.
        from xlsxwriter import Workbook  # type: ignore[import-untyped]

        self.book = Workbook(target, options | never | {"remove_timezone": True})
        self.formats = {kind: self.book.add_format({"num_format": pattern}) for kind, pattern in FORMATS.items()}
        self.sheet = self.book.add_worksheet(_sheet_name(table))
        header = self.book.add_format({"bold": True, "bg_color": "#e8eef7", "bottom": 1})
        for place, column in enumerate(table.columns):
            width = max(WIDTHS[column.kind], 2 * len(str(column.label)) + 2)
            self.sheet.set_column(place, place, min(width, 60), self.formats.get(column.kind))
        for place, column in enumerate(table.columns):
            self.sheet.write_string(0, place, f"{column.label}{'*' if column.required else ''}", header)
        self.sheet.freeze_panes(1, 0)

    def write_row(self, number: int, row: Mapping[str, Any]) -> None:
        if number > MOST_ROWS:
            raise TableTooLarge("table_too_many_rows", _("The table has more than %(most)d rows.") % {"most": MOST_ROWS})
        for place, column in enumerate(self.table.columns):
            self.write(number, place, _shown_value(row.get(column.key), column), column.kind)

    def write(self, row: int, place: int, value: Value, kind: str) -> None:
        form = self.formats.get(kind)
        if value is None:
            return
        if isinstance(value, bool):
            self.sheet.write_string(row, place, written(value))
        elif isinstance(value, datetime) and value.year >= 1900:
            local = timezone.localtime(value, timezone.get_default_timezone()) if value.tzinfo else value
            self.sheet.write_datetime(row, place, local.replace(tzinfo=None, microsecond=0), form)
        elif isinstance(value, date) and not isinstance(value, datetime) and value.year >= 1900:
            self.sheet.write_datetime(row, place, datetime(value.year, value.month, value.day), form)  # noqa: DTZ001
        elif isinstance(value, int | float | Decimal) and _is_exact(value):
            self.sheet.write_number(row, place, float(value), form)
        else:
            text = clean_text(written(value))
            self.sheet.write_string(row, place, text if len(text) <= MOST_CELL else text[: MOST_CELL - 1] + "…", form)

    def finish(self, rows: int, checked_rows: int) -> None:
        """Drop-downs and hints for the data, filter for the header; then the file is written."""
        for place, column in enumerate(self.table.columns):
            self._add_rule(place, column, max(checked_rows, 1))
        if self.table.columns:
            self.sheet.autofilter(0, 0, max(rows, 1), len(self.table.columns) - 1)
        self.book.close()

    def _add_rule(self, place: int, column: Column, rows: int) -> None:
        rule: dict[str, Any] = {"validate": "any"}
        labels = [str(label) for _value, label in column.choices]
        if column.kind == "boolean" and not labels:
            labels = [_("Yes"), _("No")]
        if labels:
            rule = {"validate": "list", "source": self._choice_source(column.key, labels), "error_type": "warning"}
        if column.help:
            rule |= {"input_title": str(column.label)[:32], "input_message": str(column.help)[:255]}
        if len(rule) > 1:
            self.sheet.data_validation(1, place, rows, place, rule)

    def _choice_source(self, key: str, labels: list[str]) -> list[str] | str:
        """Excel holds 255 characters of choices beside a rule; longer lists lie on a hidden sheet."""
        if len(",".join(labels)) <= 255 and not any("," in label for label in labels):
            return labels
        name = f"_{key}"[:31]
        sheet = self.book.add_worksheet(name)
        for row, label in enumerate(labels):
            sheet.write_string(row, 0, label)
        sheet.hide()
        return f"='{name}'!$A$1:$A${len(labels)}"

    def explain(self) -> None:
        sheet = self.book.add_worksheet(_("How to fill in"))
        bold, wrap = self.book.add_format({"bold": True}), self.book.add_format({"text_wrap": True, "valign": "top"})
        sheet.write_row(0, 0, [_("Column"), _("Required"), _("What to write")], bold)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 10)
        sheet.set_column(2, 2, 80)
        for row, column in enumerate(self.table.columns, start=1):
            choices = ", ".join(str(label) for _value, label in column.choices)
            hint = "\n".join(part for part in (str(column.help), _kind_hint(column.kind), choices) if part)
            for place, text in enumerate((str(column.label), _("Yes") if column.required else _("No"), hint)):
                sheet.write_string(row, place, text, wrap)


def _is_exact(number: int | float | Decimal) -> bool:
    """Whether the number survives Excel's 15 digits; otherwise it is written as text. Floats are no more exact than Excel."""
    exact = Decimal(str(number))
    if not exact.is_finite() or abs(exact) >= 10**14:
        return False
    return isinstance(number, float) or len(exact.as_tuple().digits) < 15


def _kind_hint(kind: str) -> str:
    hints = {
        "integer": _("A whole number."),
        "decimal": _("A number."),
        "date": _("A date like 2026-11-21."),
        "datetime": _("A date and time like 2026-11-21 08:30."),
        "boolean": _("Yes or no."),
        "longdigits": _("Keep this column as text, or the spreadsheet changes long numbers."),
        "code": _("Keep this column as text, or the spreadsheet drops leading zeros."),
    }
    return hints.get(kind, "")


def _sheet_name(table: Table) -> str:
    """A name Excel accepts: 31 characters without brackets, slashes and the like."""
    name = "".join(" " if character in "[]:*?/\\'" else character for character in str(table.title or table.name))
    return clean_text(name)[:31].strip() or "1"
