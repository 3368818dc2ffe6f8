"""Rows of a file somebody sends, as cells: xlsx, xls and ods by a decoder of its own process, csv here, streamed.

What the file is, its content says, not its name. Sizes are limited before anything is unpacked.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.kernel.errors import BadInput, TooLarge

Cell = str | bool | int | float | date | datetime | None
Source = str | Path | BinaryIO
MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 1_048_576  # of an Excel sheet
MOST_UNPACKED_BYTES = 200 * 1024 * 1024
MOST_RATIO = 100  # unpacked to packed, counted from 20 MB on: small files may well be all zeros
RATIO_FROM_BYTES = 20 * 1024 * 1024
MOST_CELL_CHARACTERS = 131_072
WALL_SECONDS = 120
DECODER = Path(__file__).with_name("table_decoder.py")
KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
ZIP_START, OLE_START = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BLOCK = 1 << 16
MESSAGES: dict[str, str | Promise] = {
    "table_empty": _("The file is empty. Choose the file with your rows."),
    "table_too_large": _("The file is too large. Split it and send the parts one after another."),
    "table_not_read": _("This file is not a table. Send an Excel (.xlsx, .xls), .ods or .csv file."),
    "table_locked": _("The workbook has a password. Remove it, save, and send the file again."),
    "table_broken": _("The workbook is damaged. Open it in Excel, save it again as .xlsx, and send it once more."),
    "table_too_costly": _("The workbook could not be opened in the memory and time allowed. Copy the rows into the template."),
    "table_encoding": _("The text of this file cannot be read. Save it as “CSV UTF-8” or as .xlsx."),
}


class TableUnreadable(BadInput):
    """The file as a whole cannot be read; `code` is one of MESSAGES or of what `tables.read` adds."""

    def __init__(self, code: str, message: str | Promise | None = None) -> None:
        super().__init__(code, message or MESSAGES[code], field="file")


class TableTooLarge(TableUnreadable, TooLarge):
    """More bytes or rows than are taken."""

    status = 413


def raw_rows(source: Source, most_bytes: int = MOST_BYTES, most_rows: int = MOST_ROWS) -> Iterator[list[Cell]]:
    """The rows of the first visible sheet, from its first row on, empty ones included; at most `most_rows`.

    A CSV is streamed; a workbook of at most `most_bytes` is read by another process. Raises TableUnreadable, TableTooLarge.
    """
    with _opened(source, most_bytes) as stream:
        start = stream.read(8)
        stream.seek(0)
        if not start:
            raise TableUnreadable("table_empty")
        if start.startswith(ZIP_START):
            _check_unpacked(stream)
            yield from _workbook_rows(stream, most_rows)
        elif start == OLE_START:
            yield from _workbook_rows(stream, most_rows)
        else:
            yield from islice(_csv_rows(stream), most_rows)


@contextmanager
def _opened(source: Source, most_bytes: int) -> Iterator[BinaryIO]:
    """A stream that can be read twice and is not too long."""
    if isinstance(source, str | Path):
        with open(source, "rb") as file:
            if os.fstat(file.fileno()).st_size > most_bytes:
                raise TableTooLarge("table_too_large")
            yield file
        return
    with tempfile.SpooledTemporaryFile(max_size=1 << 20) as copy:
        copied = 0
        while block := source.read(BLOCK):
            copied += len(block)
            if copied > most_bytes:
                raise TableTooLarge("table_too_large")
            copy.write(block)
        copy.seek(0)
        yield copy  # type: ignore[misc]


# --- workbooks ---


def _check_unpacked(stream: BinaryIO) -> None:
    """Unpack everything once without keeping it: what a ZIP says of its sizes may be a lie."""
    packed, unpacked = stream.seek(0, io.SEEK_END), 0
    try:
        with zipfile.ZipFile(stream) as archive:
            if len(archive.infolist()) > 10_000:
                raise TableTooLarge("table_too_large")
            for entry in archive.infolist():
                with archive.open(entry) as part:
                    while block := part.read(BLOCK):
                        unpacked += len(block)
                        if unpacked > MOST_UNPACKED_BYTES or unpacked > max(RATIO_FROM_BYTES, packed * MOST_RATIO):
                            raise TableTooLarge("table_too_large")
    except RuntimeError:  # an entry needs a password
        raise TableUnreadable("table_locked") from None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError):
        raise TableUnreadable("table_broken") from None
    except Exception as error:
        if type(error).__module__ in ("zlib", "_lzma"):
            raise TableUnreadable("table_broken") from None
        raise
    stream.seek(0)


def _workbook_rows(stream: BinaryIO, most_rows: int) -> Iterator[list[Cell]]:
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    with tempfile.TemporaryFile() as answer:
        try:
            subprocess.run(
                [sys.executable, "-I", str(DECODER), str(most_rows)],
                input=stream.read(),
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=WALL_SECONDS,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise TableUnreadable("table_too_costly") from None
        answer.seek(0)
        ended = False
        for line in answer:
            found = json.loads(line) if line.endswith(b"\n") else None
            if isinstance(found, list):
                yield [_cell(value) for value in found]
            elif found is not None:
                ended = True
                if "refused" in found:
                    raise TableUnreadable(found["refused"])
    if not ended:  # killed by its limits, or aborted
        raise TableUnreadable("table_too_costly")


def _cell(value: object) -> Cell:
    if isinstance(value, dict):
        at = value["at"]
        return datetime.fromisoformat(at) if "T" in at else date.fromisoformat(at)
    return value  # type: ignore[return-value]


# --- csv ---

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet might run the text: what it begins with once blanks, quotes and controls are gone."""
    unquoted = text.lstrip("'")
    bare = text.lstrip("' \t\r\n\v\f\0\u00a0\u200b\u3000\ufeff")
    return bare.startswith(FORMULA_STARTS) or unquoted.startswith(("\t", "\r", "\n"))


def guarded(text: str) -> str:
    """Text for CSV, with an apostrophe in front when a spreadsheet might run it; `unguarded` takes it away."""
    return "'" + text if is_formula(text) else text


def unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


def _csv_rows(stream: BinaryIO) -> Iterator[list[Cell]]:
    encoding = _encoding(stream)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, newline="")
    try:
        sample = text.read(BLOCK)
        if "\0" in sample:
            raise TableUnreadable("table_not_read")
        text.seek(0)
        delimiter = max(",;\t", key=sample.partition("\n")[0].count)
        for row in csv.reader(text, delimiter=delimiter):
            yield [unguarded(value) or None for value in row]
    except csv.Error:  # a cell without end
        raise TableUnreadable("table_broken", MESSAGES["table_encoding"]) from None
    finally:
        text.detach()


def _encoding(stream: BinaryIO) -> str:
    """The first of UTF-8, UTF-16 (by its mark) and GB18030 that fits the whole file."""
    has_mark = stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if has_mark else ("utf-8-sig", "gb18030"):
        stream.seek(0)
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            while block := stream.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise TableUnreadable("table_encoding")
