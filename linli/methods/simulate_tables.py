"""Columns into databases: a binary COPY stream for PostgreSQL, rows for SQLite. Nothing here talks to a database.

A table is a mapping from column names to arrays of one length:

| array | in PostgreSQL | null |
|---|---|---|
| bool, int16, int32, int64, float32, float64 | boolean, smallint, integer, bigint, real, double precision | a masked array |
| datetime64[us] (UTC), datetime64[D] | timestamp with time zone, date | NaT |
| `Words` (numbers into a list of texts), bytes (`S…`, UTF-8) | text | number -1; – |
| uint8 of shape (rows, 16) | uuid | – |

The stream is that of PostgreSQL's manual, “COPY, Binary Format”. About ten nanoseconds a field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.methods import simulate_kernels as kernels
from linli.methods.errors import BadInput

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
END = b"\xff\xff"
BLOCK = 16_384
EPOCH_US = np.datetime64("2000-01-01", "us").astype(np.int64)
EPOCH_D = np.datetime64("2000-01-01", "D").astype(np.int64)
NOT_A_TIME = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Words:
    """A column of texts that come again and again: `codes` into `words`, -1 for null."""

    codes: NDArray[Any]
    words: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.codes.size and (self.codes.min() < -1 or self.codes.max() >= len(self.words)):
            raise BadInput("codes", f"must be from -1 to {len(self.words) - 1}")

    def __len__(self) -> int:
        return len(self.codes)


Column = Any  # Words or an array: see above
Table = Mapping[str, Column]


@dataclass(frozen=True)
class _Field:
    """Every row's bytes: pool[begin:begin + length]; length -1 is null. Without begin: rows of `width` bytes, none null."""

    pool: NDArray[np.uint8]
    begin: NDArray[np.int64] | None
    length: NDArray[np.int64] | None
    width: int = 0

    def write(self, buffer: NDArray[np.uint8], at: NDArray[np.int64]) -> None:
        if self.begin is not None:
            kernels.put_field(buffer, at, self.pool, self.begin, self.length)
        elif self.width == 8:
            kernels.put_eight(buffer, at, self.pool)
        else:
            kernels.put_four(buffer, at, self.pool)


def _field(name: str, column: Column) -> _Field:
    if isinstance(column, Words):
        texts = [word.encode() for word in column.words]
        sizes = np.array([*map(len, texts), -1], np.int64)  # number -1 takes the last: null
        starts = np.concatenate(([0], np.cumsum(sizes[:-1])))
        return _Field(np.frombuffer(b"".join(texts) + b"\0", np.uint8), starts[column.codes], sizes[column.codes])
    array = np.asarray(column)
    if array.dtype.kind == "S":
        width = max(array.dtype.itemsize, 1)
        pool = np.frombuffer(np.ascontiguousarray(array).tobytes() + b"\0", np.uint8)
        return _Field(pool, np.arange(len(array), dtype=np.int64) * width, np.char.str_len(array).astype(np.int64))
    if array.dtype == np.uint8 and array.ndim == 2 and array.shape[1] == 16:
        return _fixed(array, None)
    is_null = np.ma.getmaskarray(column) if isinstance(column, np.ma.MaskedArray) else None
    if array.dtype.kind == "M":
        unit, epoch, kind = ("D", EPOCH_D, ">i4") if array.dtype == np.dtype("M8[D]") else ("us", EPOCH_US, ">i8")
        since = array.astype(f"M8[{unit}]").astype(np.int64)
        is_null = (since == NOT_A_TIME) if is_null is None else is_null | (since == NOT_A_TIME)
        return _fixed((since - np.where(is_null, since, epoch)).astype(kind), is_null)
    if array.dtype.kind not in "bif" or array.dtype.itemsize > 8 or array.dtype in (np.int8, np.float16) or array.ndim != 1:
        raise BadInput(name, f"cannot be written: {array.dtype}, {array.ndim} dimensions")
    return _fixed(array.astype(array.dtype.newbyteorder(">")), is_null)


def _fixed(array: NDArray[Any], is_null: NDArray[np.bool_] | None) -> _Field:
    rows = len(array)
    width = array.dtype.itemsize * (array.shape[1] if array.ndim == 2 else 1)
    pool = np.frombuffer(np.ascontiguousarray(array).tobytes() + b"\0", np.uint8)
    if width in (4, 8) and (is_null is None or not is_null.any()):
        return _Field(pool, None, None, width)
    length = np.full(rows, width, np.int64) if is_null is None else np.where(is_null, -1, width)
    return _Field(pool, np.arange(rows, dtype=np.int64) * width, length)


def rows_of(table: Table) -> int:
    """How many rows a table has. Raises BadInput when there is no column or the columns differ in length."""
    sizes = {name: len(column) for name, column in table.items()}
    if not sizes:
        raise BadInput("table", "has no column")
    rows = next(iter(sizes.values()))
    odd = next((name for name, size in sizes.items() if size != rows), None)
    if odd is not None:
        raise BadInput(odd, f"has {sizes[odd]} rows where the first column has {rows}")
    return rows


def _part(column: Column, begin: int, end: int) -> Column:
    return Words(column.codes[begin:end], column.words) if isinstance(column, Words) else column[begin:end]


def copy_blocks(table: Table, *, block: int = BLOCK) -> Iterator[bytes]:
    """The binary COPY stream of a table, in pieces to be written one after the other: COPY … FROM STDIN (FORMAT BINARY)."""
    rows, columns = rows_of(table), list(table.items())
    yield SIGNATURE
    for begin in range(0, rows, block):
        end = min(begin + block, rows)
        fields = [_field(name, _part(column, begin, end)) for name, column in columns]
        size = np.full(end - begin, 2 + 4 * len(fields), np.int64)
        for field in fields:
            size += field.width if field.length is None else np.maximum(field.length, 0)
        at = np.cumsum(size) - size
        buffer = np.empty(int(size.sum()), np.uint8)
        buffer[at], buffer[at + 1] = len(fields) >> 8, len(fields) & 255
        at += 2
        for field in fields:
            field.write(buffer, at)
        yield buffer.tobytes()
    yield END


def copy_bytes(table: Table) -> bytes:
    """The whole stream at once."""
    return b"".join(copy_blocks(table))


def plain_rows(table: Table, *, block: int = BLOCK) -> Iterator[tuple[Any, ...]]:
    """Rows of plain values for SQLite's `executemany`: instants as “2026-03-01 08:00:00”, days as “2026-03-01”, null as None."""
    rows = rows_of(table)
    for begin in range(0, rows, block):
        yield from zip(*(_plain(_part(column, begin, begin + block)) for column in table.values()), strict=True)


def _plain(column: Column) -> list[Any]:
    if isinstance(column, Words):
        texts = np.array([*column.words, None], object)
        return list(texts[column.codes])
    array = np.asarray(column)
    if array.dtype.kind == "M":
        return [None if text == "NaT" else text.replace("T", " ") for text in np.datetime_as_string(array).tolist()]
    if array.dtype.kind == "S":
        return [text.decode() for text in array.tolist()]
    if array.ndim == 2:
        return [row.tobytes().hex() for row in array]
    return list(column.tolist())
