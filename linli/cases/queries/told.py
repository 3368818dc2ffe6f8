"""What a reporter said besides the words, kept among the attributes of the case: for staff."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.cases.models import Case
from linli.catalogue.models import Condition
from linli.catalogue.queries import catalogue

LABELS: dict[str, Any] = {
    "condition": _("Condition as reported"),
    "place_note": _("How the place is found"),
    "component_code": _("Component as reported"),
    "media_url": _("Address of a picture"),
}
OURS = frozenset({"channel", "place"})  # written by our own doors, not said by a reporter


def told_condition(case: Case) -> Condition | None:
    """The condition the reporter chose, if it is one of the case's category."""
    code = case.attributes.get("condition")
    return catalogue().conditions.get(case.category_id, {}).get(str(code)) if code else None


def told_lines(case: Case) -> list[tuple[Any, str]]:
    """Label and text of everything that was said so; what nobody here has a name for stands under its own code."""
    said = {code: str(value) for code, value in case.attributes.items() if code not in OURS and value not in ("", None)}
    if condition := told_condition(case):
        said["condition"] = condition.name
    if said.get("component_code") == case.component_code:
        said.pop("component_code", None)  # the page shows it anyway
    codes = sorted(said, key=lambda code: (code not in LABELS, code))
    return [(LABELS.get(code, code), said[code]) for code in codes]
