"""The words of a text as the full-text index has them.

Chinese is written without spaces, so the index holds single characters and whole runs of letters or digits; a word
is searched as a phrase of them. A column keeps them; triggers and indexes of the database do the rest.
"""

from __future__ import annotations

import re

TOKEN = re.compile(r"[㐀-鿿豈-﫿]|[a-z0-9]+", re.IGNORECASE)


def tokens(text: str) -> str:
    """The words of a text, separated by blanks."""
    return " ".join(TOKEN.findall(text.lower()))
