"""What a searched word is the name of: a category, an area, a unit or a day. Lists offer those as filters beside the words found.

Reports rarely say the official name of what they are about, so somebody who types one means all of its cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from linli.catalogue.queries import catalogue
from linli.organizations.queries import bodies
from linli.places.queries import areas

MOST = 3  # of each kind
FEWEST_CHARACTERS = 2
NUMBERS_DAY = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})-?")  # with which the number of a case begins


@dataclass(frozen=True)
class Named:
    """A thing that bears the searched name: what it is, what it is called, and the filter that holds all of its cases."""

    kind: str
    name: str
    changes: dict[str, str]


def named(text: str) -> list[Named]:
    """Categories, areas and units whose name holds `text`, the shortest names first, and the day of a number. No query."""
    wanted = text.strip().lower()
    if len(wanted) < FEWEST_CHARACTERS:
        return []
    found = [Named(_("Reported"), day.isoformat(), {"since": day.isoformat(), "until": day.isoformat()}) for day in _day(wanted)]
    for kind, name, rows in (
        (_("Category"), "category", catalogue().categories.items()),
        (_("Area"), "area", areas().by_code.items()),
        (_("Lead unit"), "unit", bodies().by_id.items()),
    ):
        found += [Named(kind, row.name, {name: str(key)}) for key, row in _holding(wanted, rows)]
    return found


def _holding(wanted: str, rows: Iterable[tuple[Any, Any]]) -> Iterable[tuple[Any, Any]]:
    """Those whose name in either language holds the words: reports are in Chinese whatever the pages are in."""
    fitting = [(key, row) for key, row in rows if wanted in row.name_zh.lower() or wanted in row.name_en.lower()]
    return islice(sorted(fitting, key=lambda item: len(item[1].name)), MOST)


def _day(text: str) -> Iterator[date]:
    if match := NUMBERS_DAY.fullmatch(text):
        year, month, day = map(int, match.groups())
        try:
            yield date(2000 + year, month, day)
        except ValueError:
            return
