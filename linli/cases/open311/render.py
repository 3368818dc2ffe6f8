"""Answers of Open311 in XML and JSON: one description of the data, two ways of writing it."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.http import HttpResponse
from django.utils import timezone

XML, JSON = "xml", "json"
TYPES = {XML: "text/xml; charset=utf-8", JSON: "application/json; charset=utf-8"}
# What XML 1.0 cannot hold at all.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Lists inside an element: list → its items.
ITEMS = {
    "attributes": "attribute", "values": "value", "endpoints": "endpoint", "formats": "format", "units": "unit",
}  # fmt: skip


def w3c(at: datetime | None) -> str | None:
    """An instant as the W3C note wants it: to the second, with the district's zone."""
    return timezone.localtime(at).replace(microsecond=0).isoformat() if at else None


def element(name: str, value: Any) -> str:
    """An element of XML; nothing becomes an empty one, a list one element an item, a dictionary one an entry."""
    if value is None or value == "":
        return f"<{name}/>"
    if isinstance(value, bool):
        return f"<{name}>{'true' if value else 'false'}</{name}>"
    if isinstance(value, dict):
        return f"<{name}>{''.join(element(key, inner) for key, inner in value.items())}</{name}>"
    if isinstance(value, list):
        return f"<{name}>{''.join(element(ITEMS[name], inner) for inner in value)}</{name}>"
    return f"<{name}>{escape(UNWRITABLE.sub('', str(value)))}</{name}>"


def _answer(format_: str, xml: str, data: Any, status: int) -> HttpResponse:
    if format_ == JSON:
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    else:
        body = f'<?xml version="1.0" encoding="utf-8"?>\n{xml}'
    response = HttpResponse(body, status=status, content_type=TYPES[format_])
    response["Cache-Control"] = "no-store" if status >= 400 else "private, no-cache"
    return response


def rows(format_: str, root: str, item: str, found: list[dict[str, Any]], *, status: int = 200) -> HttpResponse:
    """A list: a bare array in JSON, items under a root in XML."""
    xml = "".join(element(item, row) for row in found) if format_ == XML else ""
    return _answer(format_, f"<{root}>{xml}</{root}>", found, status)


def one(format_: str, root: str, found: dict[str, Any]) -> HttpResponse:
    """A single thing: an object in JSON, the root itself in XML."""
    return _answer(format_, element(root, found) if format_ == XML else "", found, 200)


def errors(format_: str, status: int, *descriptions: str) -> HttpResponse:
    """What went wrong: each with the code and a sentence."""
    found = [{"code": status, "description": text} for text in descriptions]
    return rows(format_, "errors", "error", found, status=status)
