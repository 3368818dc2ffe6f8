"""The workbench menu: modules register their entries, the page shows those the actor's post opens.

Sections keep their order; an entry without a section stands at the top level. An entry whose address is not
installed is left out, so a module may be switched off without touching the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from linli.kernel.policy import Actor

Badge = Callable[[Actor], int]


@dataclass(frozen=True)
class Section:
    """A group of entries under one heading."""

    code: str
    label: Any
    icon: str
    order: int


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `right` "" means anyone on a post; several rights: any of them opens it."""

    label: Any
    url_name: str
    icon: str
    rights: tuple[str, ...]
    section: str
    order: int
    badge: Badge | None
    is_hot: bool


_SECTIONS: dict[str, Section] = {}
_ENTRIES: dict[str, Entry] = {}


def register_section(code: str, label: Any, *, icon: str, order: int) -> str:
    """Declare a group of the menu; returns its code."""
    _SECTIONS[code] = Section(code, label, icon, order)
    return code


def register(
    label: Any,
    url_name: str,
    *,
    icon: str,
    right: str | tuple[str, ...] = "",
    section: str = "",
    order: int = 100,
    badge: Badge | None = None,
    is_hot: bool = False,
) -> None:
    """Declare a menu entry, from a module's `apps.py` when it is ready.

    `right`: a right or several (any opens the entry). `badge(actor)` gives the figure beside the entry and is
    called once a page, so it must be cheap; `is_hot` shows the figure in the warning colour.
    """
    rights = (right,) if isinstance(right, str) and right else tuple(right)
    _ENTRIES[url_name] = Entry(label, url_name, icon, rights, section, order, badge, is_hot)


def entries() -> list[Entry]:
    """Every registered entry in menu order."""
    return sorted(_ENTRIES.values(), key=lambda entry: (entry.order, entry.url_name))


def _opens(entry: Entry, actor: Actor) -> bool:
    return not entry.rights or any(actor.holds(name) for name in entry.rights)


@cache
def _address(url_name: str, urlconf: str) -> str:
    return reverse(url_name, urlconf=urlconf)


def _shown(entry: Entry, actor: Actor) -> dict[str, Any] | None:
    try:
        url = _address(entry.url_name, settings.ROOT_URLCONF)
    except NoReverseMatch:
        return None
    count = entry.badge(actor) if entry.badge else 0
    return {
        "label": entry.label,
        "url": url,
        "icon": entry.icon,
        "count": count,
        "dot": entry.is_hot and bool(count),
        "active": False,
        "order": entry.order,
        "children": [],
    }


def _mark_active(items: Iterable[dict[str, Any]], path: str) -> None:
    """The entry with the longest address that begins the present path is where we are."""
    fitting = [item for item in items if path.startswith(item["url"])]
    if fitting:
        max(fitting, key=lambda item: len(item["url"]))["active"] = True


def menu(actor: Actor, path: str) -> list[dict[str, Any]]:
    """The menu of an actor at `path`: dicts of label, url, icon, count, dot, active, children, two levels deep."""
    shown = [(entry, item) for entry in entries() if _opens(entry, actor) and (item := _shown(entry, actor))]
    _mark_active((item for _entry, item in shown), path)
    top = [item for entry, item in shown if entry.section not in _SECTIONS]
    for section in _SECTIONS.values():
        children = [item for entry, item in shown if entry.section == section.code]
        if children:
            # The heading opens the first of its pages, so that it is a link that works and not a dead word.
            top.append(
                {"label": section.label, "url": children[0]["url"], "icon": section.icon, "count": 0, "dot": False,
                 "active": False, "order": section.order, "children": children}
            )  # fmt: skip
    return sorted(top, key=lambda item: item["order"])
