"""The words of a text as the full-text index has them.

Chinese is written without spaces, so the index holds every two neighbouring characters (“井盖坏了” as 井盖, 盖坏, 坏了, 了) and
whole runs of letters or digits. A word of two characters is thus one term, whose frequency the database knows; a longer one
is looked for as its pairs, which must stand side by side. A column keeps them; triggers and indexes of the database do the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

RUN = re.compile(r"[㐀-鿿豈-﫿]+|[a-z0-9]+")


def tokens(text: str) -> str:
    """The terms of a text in order, a blank between them and at either end. A Chinese run ends with its last character alone."""
    return f" {' '.join(_terms(text))} "


def _terms(text: str) -> list[str]:
    found: list[str] = []
    for run in RUN.findall(text.lower()):
        found += [run] if run.isascii() else [run[start : start + 2] for start in range(len(run))]
    return found


@dataclass(frozen=True)
class Asked:
    """A word that is searched: its terms, and how they stand side by side in the `tokens` of a text.

    `is_start` says that the last term is a single character, with which some pair begins.
    """

    terms: tuple[str, ...]
    side_by_side: str
    is_start: bool


def asked(word: str) -> Asked | None:
    """A word (no blanks inside) as it is searched; None when it holds neither letters nor digits."""
    terms = _terms(word)
    if not terms:
        return None
    is_start = len(terms[-1]) == 1 and not terms[-1].isascii()
    if is_start and len(terms) > 1 and len(terms[-2]) == 2 and terms[-2].endswith(terms[-1]):
        terms.pop()  # the text may go on: its last pair says as much
        is_start = False
    return Asked(tuple(terms), f" {' '.join(terms)}{'' if is_start else ' '}", is_start)
