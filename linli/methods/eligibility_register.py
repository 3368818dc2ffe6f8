"""A whole register at once: columns in, for every rule the people who are entitled, unsure, or one condition short.

Each distinct condition is looked at once (`pack_*`), 65,536 people at a time so that all bitmaps stay in the cache; rules are
then words and-ed and or-ed (`combine`). O(people · (conditions + statements) / 64) orders; memory: two bits a person and rule.
Idea: bit-parallel selection as in column stores (Li & Patel, BitWeaving, SIGMOD 2013), with Kleene's third value and a counter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy
from numpy.typing import NDArray

from linli.methods import eligibility_kernels as kernels
from linli.methods.eligibility_binding import Bound, Group
from linli.methods.eligibility_fields import FIRST_DAY, Field
from linli.methods.errors import BadInput
from linli.methods.running import Progress, tell

CHUNK_WORDS = 1024
WHAT = ("yes", "ask", "near")
_EPOCH = numpy.datetime64("1970-01-01", "D")


class Register:
    """Columns of people, brought into the numbers of `eligibility_fields`, each in its narrowest form.

    `columns`: field → array or list of equal length. Blanks: NaN, NaT, None, "", a mask (numpy.ma), or `blanks[field]` (bool
    array); of codes, flags, texts and sets any negative number. Arrays already in form are used as they are, not copied.
    Names that are no field are left out. Raises BadInput naming column and row.
    """

    def __init__(self, fields: Mapping[str, Field], columns: Mapping[str, Any], blanks: Mapping[str, Any] | None = None):
        self.fields = {name: fields[name] for name in columns if name in fields}
        self.columns: dict[str, NDArray[Any]] = {}
        self.people = 0
        for place, (name, of) in enumerate(self.fields.items()):
            column = _column(of, columns[name], None if blanks is None else blanks.get(name))
            if place and len(column) != self.people:
                raise BadInput(name, f"has {len(column)} rows, the columns before it have {self.people}")
            self.people = len(column)
            self.columns[name] = column

    def facts(self, row: int) -> dict[str, Any]:
        """What the register knows of one person, as `Person` takes it."""
        return {name: _decoded(of, self.columns[name][row]) for name, of in self.fields.items()}


@dataclass(frozen=True)
class Outcome:
    """Answers about everybody: one bit a person and rule, 64 people a word, the first person lowest.

    words: (2, rules, words) uint64; of the two bits yes is 11, ask (unsure until something is asked) 10, near (no, but one
    condition short) 01, and 00 is any other no. counts: (rules, 3) for yes, ask, near.
    """

    codes: tuple[str, ...]
    people: int
    words: NDArray[numpy.uint64]
    counts: NDArray[numpy.int64]

    def is_(self, what: str, code: str) -> NDArray[numpy.bool_]:
        """(people,) whether each is `what` (yes, ask, near) under a rule. Raises BadInput for an unknown rule."""
        if code not in self.codes:
            raise BadInput("rule", f"“{code}” is not in force")
        high, low = self.words[:, self.codes.index(code)]
        row = {"yes": high & low, "ask": high & ~low, "near": low & ~high}[what]
        return numpy.unpackbits(row.astype("<u8", copy=False).view(numpy.uint8), count=self.people, bitorder="little").view(bool)

    def people_who(self, what: str, code: str) -> NDArray[numpy.int64]:
        """Rows of those who are `what` (yes, ask, near) under a rule, ascending."""
        return numpy.flatnonzero(self.is_(what, code))


def evaluate(bound: Bound, register: Register, progress: Progress | None = None) -> Outcome:
    """All rules in force about everybody in a register. Raises BadInput when a column that a rule reads is missing."""
    for name, readers in bound.readers.items():
        if name not in register.columns:
            raise BadInput(name, f"is no column of the register; rule {bound.rules[readers[0]].code} reads it")
        if register.fields[name] != bound.fields[name]:
            raise BadInput(name, "is declared otherwise in the register than in the rules")
    people, words = register.people, (register.people + 63) // 64
    jobs = [_job(bound, name, register.columns[name]) for name in bound.readers]
    orders, arguments, depth = _program(bound)
    answers = numpy.empty((2, len(bound.rules), words), numpy.uint64)
    counts = numpy.zeros((len(bound.rules), 3), numpy.int64)
    levels = numpy.empty((depth, 3, kernels.BLOCK), numpy.uint64)
    true, possible = numpy.empty((2, max(len(bound.conditions), 1), min(CHUNK_WORDS, max(words, 1))), numpy.uint64)
    for start in range(0, words, CHUNK_WORDS):
        size = min(CHUNK_WORDS, words - start)
        for pack, column, constants in jobs:
            pack(column, start * 64, *constants, size, true, possible)
        kernels.combine(orders, arguments, true, possible, start, size, people, levels, answers, counts)
        tell(progress, (start + size) / words)
    return Outcome(tuple(rule.code for rule in bound.rules), people, answers, counts)


def _job(bound: Bound, name: str, column: NDArray[Any]) -> tuple[Any, NDArray[Any], tuple[Any, ...]]:
    """What packs the conditions of one field, its column and its constants."""
    rows = [place for place, test in enumerate(bound.conditions) if test.field == name]
    tests = [bound.conditions[place] for place in rows]
    where = numpy.array(rows, numpy.int64)
    if bound.fields[name].kind == "set":
        bits = numpy.array([test.bits for test in tests], numpy.int64)
        return kernels.pack_sets, column, (bits, numpy.array([test.needs_all for test in tests]), where)
    starts = numpy.cumsum([0] + [len(test.ranges) for test in tests], dtype=numpy.int64)
    ends = numpy.array([ends for test in tests for ends in test.ranges], numpy.float64).reshape(-1, 2)
    blank: Any = numpy.nan
    if column.dtype.kind == "i":
        blank = _blank_of(bound.fields[name], column.dtype)
        lowest, highest = int(blank) + 1, int(numpy.iinfo(column.dtype).max)
        least, most = numpy.ceil(ends[:, 0]), numpy.floor(ends[:, 1])
        is_empty = (least > most) | (least > highest) | (most < lowest)
        least, most = numpy.clip(least, lowest, highest), numpy.clip(most, lowest, highest)
        ends = numpy.stack([numpy.where(is_empty, highest, least), numpy.where(is_empty, lowest, most)], axis=1)
    least, most = (numpy.ascontiguousarray(ends[:, side].astype(column.dtype)) for side in (0, 1))
    definite = numpy.array([test.is_definite for test in tests])
    return kernels.pack_ranges, column, (blank, starts, least, most, definite, where)


def _program(bound: Bound) -> tuple[NDArray[numpy.int8], NDArray[numpy.int64], int]:
    """The rules as orders for `combine`, and how deep its stack gets."""
    orders: list[tuple[int, int]] = []

    def write(group: Group) -> int:
        orders.append((kernels.BEGIN_ALL if group.is_all else kernels.BEGIN_ANY, 0))
        for place in group.statements:
            statement = bound.statements[place]
            pair = (kernels.AND, kernels.AND_NOT) if group.is_all else (kernels.OR, kernels.OR_NOT)
            orders.append((pair[statement.turns], statement.condition))
        depth = 1
        for inner in group.groups:
            depth = max(depth, 1 + write(inner))
            orders.append((kernels.CLOSE_INTO_ALL if group.is_all else kernels.CLOSE_INTO_ANY, 0))
        return depth

    deepest = 1
    for place, group in enumerate(bound.groups):
        deepest = max(deepest, write(group))
        orders.append((kernels.FINISH, place))
    table = numpy.array(orders, numpy.int64).reshape(-1, 2)
    return table[:, 0].astype(numpy.int8), numpy.ascontiguousarray(table[:, 1]), deepest


def _blank_of(of: Field, dtype: Any) -> Any:
    """The greatest number of a whole-number column that stands for a blank."""
    return numpy.dtype(dtype).type(numpy.iinfo(dtype).min if of.kind in ("number", "date") else -1)


def _dtype_of(of: Field, given: Any) -> Any:
    if of.kind == "number":
        return numpy.int32 if given.kind in "iu" and given.itemsize <= 4 and given != numpy.uint32 else numpy.float64
    if of.kind == "date":
        return numpy.int32
    if of.kind == "set":
        return numpy.int64
    return numpy.int8 if len(of.codes) < 127 else numpy.int32


def _column(of: Field, given: Any, is_blank: Any) -> NDArray[Any]:
    """A column in its form. Raises BadInput."""
    if isinstance(given, numpy.ma.MaskedArray):
        is_blank = numpy.ma.getmaskarray(given) if is_blank is None else is_blank
        given = given.data
    array = numpy.asarray(given) if isinstance(given, numpy.ndarray) else numpy.array([*given, None], object)[:-1]
    if array.ndim != 1:
        raise BadInput(of.name, f"has {array.ndim} dimensions; a column has one")
    column = _from_values(of, array) if array.dtype.kind in "OU" else _from_numbers(of, array)
    if is_blank is not None:
        mask = numpy.asarray(is_blank, bool)
        if mask.shape != column.shape:
            raise BadInput(of.name, f"has {len(column)} rows, but its blanks have {len(mask)}")
        column = column.copy() if numpy.shares_memory(column, array) else column
        column[mask] = numpy.nan if column.dtype.kind == "f" else _blank_of(of, column.dtype)
    return _checked(of, column)


def _from_numbers(of: Field, array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.kind == "M":
        days = (array.astype("datetime64[D]") - _EPOCH).astype(numpy.int64)
        days[numpy.isnat(array)] = numpy.iinfo(numpy.int32).min
        array = days
    if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and of.kind not in ("number", "date", "code", "flag")):
        raise BadInput(of.name, f"is a column of {array.dtype}, which cannot hold a {of.kind}")
    wanted = numpy.dtype(_dtype_of(of, array.dtype))
    if array.dtype.kind == "f" and wanted.kind == "i":
        array = numpy.where(numpy.isnan(array), float(_blank_of(of, wanted)), array)
        if (numpy.floor(array) != array).any():
            raise BadInput(of.name, f"row {int(numpy.argmax(numpy.floor(array) != array)) + 1} is no whole number")
    if wanted.kind == "i" and array.dtype != wanted and array.size and array.dtype.kind != "b":
        limits = numpy.iinfo(wanted)
        outside = (array < limits.min) | (array > limits.max)
        if outside.any():
            raise BadInput(of.name, f"row {int(numpy.argmax(outside)) + 1} holds {array[numpy.argmax(outside)]}, out of range")
    return numpy.ascontiguousarray(array.astype(wanted, copy=False))


def _from_values(of: Field, array: NDArray[Any]) -> NDArray[Any]:
    """From texts and other Python values: each distinct text is read once."""
    wanted = numpy.dtype(_dtype_of(of, numpy.dtype(float)))
    blank = numpy.nan if wanted.kind == "f" else _blank_of(of, wanted)
    column = numpy.empty(len(array), wanted)
    known: dict[str, Any] = {}
    for row, value in enumerate(array.tolist()):
        try:
            if isinstance(value, str):
                if value not in known:
                    known[value] = of.encode(of.read(value))
                number = known[value]
            else:
                number = of.encode(value)
        except BadInput as fault:
            raise BadInput(of.name, f"row {row + 1}: {str(fault).partition(': ')[2]}") from None
        column[row] = blank if number is None else number
    return column


def _checked(of: Field, column: NDArray[Any]) -> NDArray[Any]:
    highest = {"code": len(of.codes) - (not of.is_open), "flag": 1, "set": (1 << len(of.codes)) - 1}.get(of.kind)
    if highest is not None and column.size and int(column.max()) > highest:
        raise BadInput(of.name, f"row {int(column.argmax()) + 1} holds {int(column.max())}; the most is {highest}")
    if column.dtype.kind == "f" and numpy.isinf(column).any():
        raise BadInput(of.name, f"row {int(numpy.argmax(numpy.isinf(column))) + 1} is infinite")
    return column


def _decoded(of: Field, number: Any) -> Any:
    if number != number or (isinstance(number, numpy.integer) and number <= _blank_of(of, number.dtype)):
        return None
    if of.kind == "number":
        return float(number)
    whole = int(number)
    if of.kind == "date":
        return date.fromordinal(whole + FIRST_DAY)
    if of.kind == "code":
        return [*of.codes, "?"][whole]
    if of.kind == "set":
        return [code for place, code in enumerate(of.codes) if whole >> place & 1]
    return bool(whole) if of.kind == "flag" else "✓" if whole else None


def warm_up(bound: Bound, columns: Sequence[Mapping[str, Any]]) -> None:
    """Compile every loop on tiny registers."""
    for one in columns:
        evaluate(bound, Register(bound.fields, one))
