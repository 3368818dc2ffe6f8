"""Which category the words of a report speak for: a suggestion with how sure it is and the words that decided.

What was learned last night lies in a file of the data folder (`linli.cases.operations.learning`); until there is one, the
catalogue's own names, synonyms and conditions suggest. Both are kept in memory; no query.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from linli.catalogue.models import Category
from linli.catalogue.queries import Catalogue, catalogue
from linli.kernel.snapshots import Snapshot
from linli.methods.errors import BadInput
from linli.methods.likeness_rule import Telling
from linli.methods.likeness_serving import Model, words_model

FILE = "categories.npz"
STAMP = "suggestions"
LEAST_SHARE = 0.02
log = logging.getLogger("linli.cases")


@dataclass(frozen=True)
class Proposal:
    """A category that the words speak for: how likely, and the words of the text that decided."""

    category: Category
    confidence: float
    words: tuple[str, ...]

    @property
    def percent(self) -> int:
        return round(self.confidence * 100)


@dataclass(frozen=True)
class Proposals:
    """The likeliest categories, best first. `is_sure`: the first may be named; otherwise they are for choosing from."""

    rows: tuple[Proposal, ...]
    is_sure: bool

    @property
    def best(self) -> Proposal | None:
        return self.rows[0] if self.rows and self.is_sure else None


def model_path() -> Path:
    """The file of what was learned."""
    return Path(settings.DATA_DIR) / FILE


def phrases(known: Catalogue) -> tuple[list[str], list[str]]:
    """What the catalogue calls each category, in both languages: (phrases, codes)."""
    rows: list[tuple[str, str]] = []
    for code, row in known.categories.items():
        rows.append((f"{row.name_zh} {row.keywords_zh}", code))
        words = [row.name_zh, row.name_en, *row.keywords_zh.split(), *row.keywords_en.split()]
        words += [name for one in known.conditions.get(code, {}).values() for name in (one.name_zh, one.name_en)]
        rows += [(word, code) for word in words if word]
    return [phrase for phrase, _code in rows], [code for _phrase, code in rows]


def _read() -> tuple[Model | None]:
    try:
        return (Model.load(model_path()),)
    except FileNotFoundError:
        return (None,)
    except (BadInput, OSError) as fault:
        log.warning("category suggestions fall back to the catalogue's words: %s: %s", model_path(), fault)
        return (None,)


_learned: Snapshot[tuple[Model | None]] = Snapshot(STAMP, _read)
_own_words: Snapshot[Model] = Snapshot("catalogue", lambda: words_model(*phrases(catalogue())))


def model() -> Model:
    """What suggests: learned from cases if there is such a file, otherwise the catalogue's own words."""
    return _learned.get()[0] or _own_words.get()


def telling() -> Telling:
    """How telling each gram of a report is, for comparing reports."""
    used = model()
    return Telling(used.grams, used.texts_with, used.texts)


def proposed_categories(text: str, *, most: int = 3) -> Proposals:
    """The likeliest active categories of a text; none when it says nothing known."""
    used, known = model(), catalogue().categories
    found = [one for one in used.suggest(text.strip(), most + 2) if one.label in known]
    rows = [Proposal(known[one.label], one.confidence, one.words) for one in found if one.confidence >= LEAST_SHARE and one.words]
    return Proposals(tuple(rows[:most]), used.is_sure(found))
