"""Where maps of every door get the drawn town from: `<linli-map {% map_sources %} …>`."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def map_sources() -> SafeString:
    """Attributes that name the sketch, the borders of areas and, if the place has one, its tile server."""
    sources = format_html('data-sketch-src="{}" data-areas-src="{}"', reverse("portal:map-sketch"), reverse("portal:map-areas"))
    return format_html('{} data-tiles="{}"', sources, settings.TILES_URL) if settings.TILES_URL else sources
