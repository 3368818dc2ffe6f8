"""The OpenAPI description as a page to read, made on this server alone."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

Plain = dict[str, Any]
NAMES: dict[str, Any] = {
    "Cases": _("Cases"),
    "Steps": _("Steps of a case"),
    "Photos": _("Photos"),
    "Map": _("Map points"),
    "Catalogue and places": _("Catalogue and places"),
    "Situations": _("Situations"),
    "Webhooks": _("Webhooks"),
}


def groups_of(schema: Plain) -> list[Plain]:
    """Endpoints by their group, each with what is sent and what it answers."""
    found: dict[str, list[Plain]] = {}
    for address, methods in schema["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_endpoint(schema, address, method, operation))
    return [
        {"name": NAMES.get(name, name), "anchor": slugify(name), "endpoints": endpoints} for name, endpoints in found.items()
    ]


def _with_code(text: str) -> SafeString:
    """Words between backticks as code."""
    parts = enumerate(" ".join(text.split()).split("`"))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if at % 2 else part,) for at, part in parts))


def _endpoint(schema: Plain, address: str, method: str, operation: Plain) -> Plain:
    words = [line.strip() for line in operation.get("description", "").split("\n\n")]
    inputs = [
        {"name": item["name"], "where": item["in"], "required": item["required"], "form": _form(schema, item["schema"])}
        for item in operation["parameters"]
    ]
    return {
        "address": address,
        "method": method.upper(),
        "summary": _with_code(operation["summary"]),
        "description": [_with_code(line) for line in words[1:] if line],
        "inputs": inputs + _body(schema, operation),
        "answers": [str(status) for status in operation["responses"]],
    }


def _body(schema: Plain, operation: Plain) -> list[Plain]:
    content = operation.get("requestBody", {}).get("content", {})
    rows = []
    for kind, part in content.items():
        shape = _resolved(schema, part["schema"])
        required = shape.get("required", [])
        for name, inner in shape.get("properties", {}).items():
            rows.append({"name": name, "where": "body", "required": name in required, "form": _form(schema, inner)})
        if not shape.get("properties"):
            rows.append({"name": kind, "where": "body", "required": True, "form": "bytes"})
    return rows


def _resolved(schema: Plain, shape: Plain) -> Plain:
    name = shape.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"][name] if name else shape


def _form(schema: Plain, shape: Plain) -> str:
    """A shape in a few words: `string, at most 200` or `one of open, closed`."""
    if "$ref" in shape:
        return str(shape["$ref"].rpartition("/")[2])
    if "anyOf" in shape:
        return " or ".join(_form(schema, inner) for inner in shape["anyOf"] if inner.get("type") != "null")
    if "enum" in shape or "const" in shape:
        return f"one of {', '.join(map(str, shape.get('enum') or [shape['const']]))}"
    if shape.get("type") == "array":
        return f"list of {_form(schema, shape['items'])}"
    words = [shape.get("format") or str(shape.get("type", "anything"))]
    limits = (("maxLength", "at most {} characters"), ("minimum", "from {}"), ("maximum", "to {}"), ("maxItems", "at most {}"))
    words += [text.format(shape[key]) for key, text in limits if shape.get(key) not in (None, "")]
    return ", ".join(words)
