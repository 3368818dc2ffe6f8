"""How figures of rates are printed."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def figure(value: Any) -> str:
    """A rate with one decimal, a count with its thousands, words as they are, a dash where there is nothing to judge."""
    if value is None:
        return "—"
    if isinstance(value, str):
        return value
    return f"{value:.1f}" if isinstance(value, float) else f"{value:,}"


@register.simple_tag
def change(points: float | None) -> SafeString | str:
    """By how many points a rate has moved since the period before, with a sign that is not colour alone."""
    if points is None:
        return ""
    if points == 0:
        return format_html('<span class="change change-same" title="{}">±0.0</span>', _("as in the period before"))
    is_up = points > 0
    return format_html(
        '<span class="change change-{}" title="{}">{}{}</span>',
        "up" if is_up else "down",
        _("points more than in the period before") if is_up else _("points less than in the period before"),
        "▲" if is_up else "▼",
        f"{abs(points):.1f}",
    )
