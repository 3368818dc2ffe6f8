"""The columns of the tables of rates: what they are called, how a cell shows, to which rows it opens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.cases.queries.figures import FIGURES, NAMES
from linli.insight.queries.overview import Line

Link = Callable[[Line, str], str]


@dataclass(frozen=True)
class Column:
    """A rate (percent or points) or a count. A count that is a figure of cases opens to its rows."""

    key: str
    label: Any
    kind: str  # rate | score | count | hours
    hint: Any = ""

    @property
    def is_figure(self) -> bool:
        return self.kind == "count" and self.key in FIGURES


def _count(key: str, hint: Any = "") -> Column:
    return Column(key, NAMES[key], "count", hint)


COLUMNS = (
    Column("score", _("Score"), "score", _("The three rates by the place's weights")),
    Column("in_time_rate", _("In-time rate"), "rate"),
    Column("solved_rate", _("Solved rate"), "rate"),
    Column("satisfied_rate", _("Satisfied rate"), "rate"),
    _count("reported"),
    _count("dispatched"),
    _count("due", _("Done, or past the limit")),
    _count("in_time"),
    _count("late"),
    _count("exempt", _("Left out of the in-time rate because an appeal was upheld")),
    _count("rated"),
    _count("solved"),
    _count("partly"),
    _count("satisfied", _("Four or five of five")),
    _count("fairly", _("Three of five")),
    _count("reworked", _("Sent back after the check on the spot")),
    _count("returned", _("Given back by a unit")),
    _count("reopened", _("Reopened because the reporter said no")),
    Column("hours_to_done", pgettext_lazy("column", "Mean hours"), "hours", _("From report to done, on the wall clock")),
)
SORTS = frozenset(column.key for column in COLUMNS)


def heads(sort: str, address: Callable[[str], str]) -> list[dict[str, Any]]:
    """The head row; a press sorts, a second press the other way round."""
    found = []
    for column in COLUMNS:
        is_sorted = sort.removeprefix("-") == column.key
        falling = sort.startswith("-")
        found.append({
            "label": column.label, "hint": column.hint,
            "url": address(column.key if is_sorted and falling else f"-{column.key}"),
            "sort": ("descending" if falling else "ascending") if is_sorted else "",
        })  # fmt: skip
    return found


def body(lines: Iterable[Line], link: Link, row_url: Callable[[Line], str]) -> list[dict[str, Any]]:
    """The rows: name, where it leads, cells."""
    return [{"name": line.now.name, "url": row_url(line), "cells": cells(line, link)} for line in lines]


def cells(line: Line, link: Link) -> list[dict[str, Any]]:
    return [_cell(column, line, link) for column in COLUMNS]


def _cell(column: Column, line: Line, link: Link) -> dict[str, Any]:
    value = getattr(line.now, column.key)
    is_rate = column.kind in ("rate", "score")
    return {
        "value": value,
        "kind": column.kind,
        "change": line.change(column.key) if is_rate else None,
        "url": link(line, column.key) if column.is_figure and value else "",
        "is_bad": column.key == "late" and bool(value),
    }


def as_row(line: Line, columns: Sequence[Column] = COLUMNS) -> dict[str, Any]:
    """A row as it goes into a file."""
    return {"name": line.now.name, **{column.key: getattr(line.now, column.key) for column in columns}}
