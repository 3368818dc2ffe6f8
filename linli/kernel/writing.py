"""How a language joins words: what follows a label, and one after the other. Chinese has marks of its own for both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def pair(label: Any, value: Any) -> str:
    """A label and what it says: “Limit: 1 working day”."""
    return _("%(label)s: %(value)s") % {"label": label, "value": value}


def series(words: Iterable[Any]) -> str:
    """Several things of the same kind: “roads, water, parks”."""
    return pgettext("between things of one kind", ", ").join(map(str, words))
