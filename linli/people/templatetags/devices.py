"""`{{ session.user_agent|device }}`: a browser's way of naming itself, in words a person knows."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# In the order in which they must be looked for: many browsers also claim to be another.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def device(user_agent: Any) -> str:
    """Browser and system, like "Chrome · Android"; "unknown device" if neither is known."""
    text = str(user_agent)
    found = [next((name for sign, name in table if sign in text), "") for table in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name) or _("unknown device")
