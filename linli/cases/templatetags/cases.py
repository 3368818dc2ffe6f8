"""Filters of the desk's templates."""

from __future__ import annotations

from datetime import timedelta

from django import template

from linli.kernel.templatetags.kit import human_span

register = template.Library()


@register.filter
def span(length: timedelta | None) -> str:
    """A length of time in its two largest units."""
    return human_span(length) if length is not None else ""


@register.filter
def plain_number(number: float) -> str:
    """A number as programs read it."""
    return repr(float(number))
