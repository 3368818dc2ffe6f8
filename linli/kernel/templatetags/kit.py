"""The kit: the parts every page is made of. Each is shown, live, on the kit page (`kit/kit.html`).

Pages load it with `{% load kit %}`. Parts that hold content are block tags (`{% dialog … %}…{% enddialog %}`),
the others print themselves. No part writes a `style` attribute or an inline script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorList
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from linli.kernel.templatetags.assets import AssetsNotBuilt, asset_file, asset_url
from linli.kernel.writing import pair, series

register = template.Library()

LIGHTS: dict[str, Any] = {
    "green": _("On time"),
    "yellow": _("Due soon"),
    "red": _("Overdue"),
    "grey": _("Suspended"),
    "violet": _("Supervised"),
    "done": _("Closed"),
    "none": _("No limit"),
}
# One shape a light, so that colour is never the only sign: disc, triangle, octagon, two bars, diamond, tick, ring.
LAMPS: dict[str, str] = {
    "green": '<circle cx="8" cy="8" r="6"/>',
    "yellow": '<path d="M8 1.6 15 14H1z"/><path class="lamp-mark" d="M8 6v3.6M8 11.8v.2"/>',
    "red": '<path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z"/><path class="lamp-mark" d="M8 4.4v4.2m0 2.8v.2"/>',
    "grey": '<path d="M3 2h3.6v12H3zM9.4 2H13v12H9.4z"/>',
    "violet": '<path d="M8 .8 15.2 8 8 15.2.8 8z"/><path class="lamp-mark" d="M5.6 8h4.8"/>',
    "done": '<path class="lamp-line" d="m2.5 8.5 3.6 3.8L13.5 4"/>',
    "none": '<circle class="lamp-line" cx="8" cy="8" r="5.2"/>',
}
STAGE_TONES: dict[str, str] = {
    "draft": "quiet",
    "reported": "new",
    "registered": "new",
    "dispatched": "moving",
    "accepted": "moving",
    "handling": "moving",
    "handled": "check",
    "delivered": "check",
    "verifying": "check",
    "verified": "check",
    "closed": "good",
    "rated": "good",
    "returned": "warn",
    "rework": "warn",
    "reopened": "warn",
    "suspended": "quiet",
    "merged": "quiet",
    "refused": "quiet",
    "void": "quiet",
    "situation": "warn",
}
SCENES = frozenset({"nothing-to-do", "nothing-found", "no-reports", "offline", "error", "no-right"})
SCENES_FOLDER = Path(__file__).resolve().parents[2] / "templates" / "kit" / "scenes"


# --- whole page -------------------------------------------------------------------------------------------------------


def _choice(request: HttpRequest | None, cookie: str, allowed: tuple[str, ...]) -> str:
    """The visitor's choice kept in a cookie; the first allowed value if there is none or it is not one of ours."""
    value = request.COOKIES.get(cookie, "") if request is not None else ""
    return value if value in allowed else allowed[0]


@register.simple_tag(takes_context=True)
def look_attributes(context: Context, theme: str = "") -> SafeString:
    """Attributes of `<html>`: language, light or dark, type size; `theme` forces one (the screen is dark)."""
    request = context.get("request")
    look = theme or _choice(request, "linli_theme", ("auto", "light", "dark"))
    return format_html(
        'lang="{}" data-look="{}" data-bs-theme="{}" data-type="{}"',
        {"zh-hans": "zh-Hans"}.get(get_language() or "zh-hans", get_language() or "zh-Hans"),
        look,
        "dark" if look == "dark" else "light",
        _choice(request, "linli_type", ("normal", "large")),
    )


@register.simple_tag(takes_context=True)
def look_is(context: Context, name: str, value: str) -> bool:
    """Whether the visitor's `theme` or `type` is `value` now."""
    allowed = ("auto", "light", "dark") if name == "theme" else ("normal", "large")
    return _choice(context.get("request"), f"linli_{name}", allowed) == value


@register.simple_tag
def path(name: str, fallback: str = "#", *args: Any, **kwargs: Any) -> str:
    """Like `{% url %}`, but a page that is not installed gives `fallback` instead of an error (base pages, menus)."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return fallback


@register.simple_tag(takes_context=True)
def with_query(context: Context, **changes: Any) -> str:
    """The present address's query with some names set, or dropped when the value is empty. Starts with `?`."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else None
    if query is None:
        return "?"
    for name, value in changes.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


# --- small marks ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _icon_names(sprite: Path) -> frozenset[str]:
    """What a sprite holds; its name carries a hash of it, so it never changes."""
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite.read_text(encoding="utf-8")))


def known_icons() -> frozenset[str]:
    """Every icon that can be printed; none while the front end is not built."""
    try:
        return _icon_names(asset_file("icons.svg"))
    except AssetsNotBuilt:
        return frozenset()


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """One icon of the sprite; without `label` it is decoration, hidden from screen readers. Sizes: "", sm, lg."""
    return _printed_icon(name, f"{label}", size, asset_url("icons.svg"))


@lru_cache(maxsize=2048)
def _printed_icon(name: str, label: str, size: str, sprite: str) -> SafeString:
    """A page prints some forty icons, the same few on every page."""
    shown = name if name in _icon_names(asset_file("icons.svg")) else "circle-dot"
    css = f"icon icon-{size}" if size else "icon"
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    # The size stands in the mark-up too, so that a page whose styles did not arrive can still be read.
    side = {"sm": 16, "lg": 28}.get(size, 20)
    return format_html(
        '<svg class="{}" width="{}" height="{}" {}><use href="{}#{}"/></svg>', css, side, side, voice, sprite, shown
    )


@register.simple_tag
def light(code: str | None, text: str = "", compact: bool = False) -> SafeString:
    """A status lamp: colour, shape and words. `compact` keeps the words for screen readers and the tooltip only."""
    name = code if code in LIGHTS else "none"
    words = text or str(LIGHTS[name])
    lamp = mark_safe(f'<svg class="lamp" width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">{LAMPS[name]}</svg>')  # noqa: S308 - our own table
    if compact:
        return format_html(
            '<span class="light light-{}" title="{}">{}<span class="visually-hidden">{}</span></span>',
            name,
            words,
            lamp,
            words,
        )
    return format_html('<span class="light light-{}">{}<span class="light-text">{}</span></span>', name, lamp, words)


@register.simple_tag
def stage(code: str, label: Any = "", tone: str = "") -> SafeString:
    """A case's stage as a badge. Tones: new, moving, check, good, warn, quiet; known stages find their own."""
    return format_html('<span class="stage stage-{}">{}</span>', tone or STAGE_TONES.get(code, "quiet"), label or code)


@register.simple_tag
def badge(label: Any, tone: str = "quiet") -> SafeString:
    """A word in a pale box: quiet, info, good, warn, bad, accent."""
    return format_html('<span class="tag tag-{}">{}</span>', tone, label)


# --- time -------------------------------------------------------------------------------------------------------------


def _exact(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i:s")


def human_time(moment: datetime, now: datetime | None = None) -> str:
    """How a person would say when: "3 minutes ago", "today 09:20", "yesterday 18:02", "3 June 09:20", "2025-06-03"."""
    now = now or timezone.now()
    seconds = (now - moment).total_seconds()
    local, local_now = timezone.localtime(moment), timezone.localtime(now)
    clock = f"{local:%H:%M}"
    if 0 <= seconds < 60:
        return gettext("just now")
    if 0 <= seconds < 3600:
        minutes = int(seconds // 60)
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}
    days = (local_now.date() - local.date()).days
    near = {0: gettext("today %(clock)s"), 1: gettext("yesterday %(clock)s"), -1: gettext("tomorrow %(clock)s")}
    if days in near:
        return near[days] % {"clock": clock}
    if local.year == local_now.year:
        return gettext("%(month)d/%(day)d %(clock)s") % {"month": local.month, "day": local.day, "clock": clock}
    return f"{local:%Y-%m-%d}"


def human_span(span: timedelta) -> str:
    """A length of time by its two largest units: "2 days 3 hours", "45 minutes"; under a minute counts as one."""
    minutes = max(1, int(abs(span.total_seconds()) // 60))
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [
        ngettext("%(count)d day", "%(count)d days", days) % {"count": days} if days else "",
        ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours} if hours else "",
        ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes} if minutes else "",
    ]
    return " ".join([part for part in parts if part][:2])


@register.simple_tag
def when(moment: datetime | None, empty: str = "—") -> SafeString | str:
    """`<time>` in human words; the exact local time is in its tooltip."""
    if moment is None:
        return empty
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), _exact(moment), human_time(moment))


@register.simple_tag
def exactly(moment: datetime | None, empty: str = "—") -> SafeString | str:
    """`<time>` as year-month-day hour:minute, for tables that are compared and printed."""
    if moment is None:
        return empty
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        _exact(moment),
        f"{timezone.localtime(moment):%Y-%m-%d %H:%M}",
    )


@register.simple_tag
def remaining(due: datetime | None, ended: datetime | None = None, empty: str = "—") -> SafeString | str:
    """Time left until `due`, or by how much it is (or, with `ended`, was) overdue."""
    if due is None:
        return empty
    left = due - (ended or timezone.now())
    late = left.total_seconds() < 0
    words = gettext("%(span)s over") if late else gettext("%(span)s left")
    return format_html(
        '<time class="remaining{}" datetime="{}" title="{}">{}</time>',
        " remaining-late" if late else "",
        due.isoformat(),
        _exact(due),
        words % {"span": human_span(left)},
    )


# --- parts ------------------------------------------------------------------------------------------------------------


@register.inclusion_tag("kit/empty.html")
def empty(scene: str, title: Any = "", text: Any = "", action_url: str = "", action_label: Any = "") -> dict[str, Any]:
    """A drawn empty state. Scenes: nothing-to-do, nothing-found, no-reports, offline, error, no-right."""
    if scene not in SCENES:
        raise template.TemplateSyntaxError(f"No scene “{scene}”; there are: {', '.join(sorted(SCENES))}")
    return {
        "scene_file": f"kit/scenes/{scene}.svg", "title": title, "text": text,
        "action_url": action_url, "action_label": action_label,
    }  # fmt: skip


@register.inclusion_tag("kit/pager.html")
def pager(newer: str = "", older: str = "", label: Any = "") -> dict[str, Any]:
    """Keyset pager: addresses of the newer and the older page; an empty one is shown as not possible."""
    return {"newer": newer, "older": older, "label": label}


@register.inclusion_tag("kit/stat.html")
def stat(label: Any, value: Any, unit: Any = "", hint: Any = "", url: str = "", tone: str = "", icon: str = "") -> dict[str, Any]:
    """A figure with its name; with `url` the whole tile is a link. Tones: "", good, warn, bad, accent."""
    return {"label": label, "value": value, "unit": unit, "hint": hint, "url": url, "tone": tone, "icon": icon}


@register.inclusion_tag("kit/tabs.html")
def tabs(items: Iterable[Mapping[str, Any]], label: Any = "") -> dict[str, Any]:
    """Tabs that are links. Each item: label, url, active, and if wanted count, dot (something new), icon."""
    return {"items": items, "label": label}


Line = tuple[str, str, str, int, bool, bool, "tuple[Line, ...]"]


@register.simple_tag
def nav(items: Iterable[Mapping[str, Any]]) -> SafeString:
    """A menu as a tree of links. Each item: label, url, and if wanted icon, count, dot, active, children (the same again)."""
    return _printed_nav(tuple(map(_line, items)), asset_url("icons.svg"))


def _line(item: Mapping[str, Any]) -> Line:
    children = tuple(map(_line, item.get("children") or ()))
    label, url = f"{item['label']}", item["url"]
    return label, url, item.get("icon", ""), item.get("count", 0), bool(item.get("dot")), bool(item.get("active")), children


@lru_cache(maxsize=512)
def _printed_nav(lines: tuple[Line, ...], sprite: str, level: int = 1) -> SafeString:
    """A person's menu is the same on page after page, but for a figure now and then."""
    names = ("label", "url", "icon", "count", "dot", "active")
    items = [dict(zip(names, line, strict=False)) | {"children": _printed_nav(line[-1], sprite, level + 1)} for line in lines]
    return mark_safe(render_to_string("kit/nav.html", {"items": items, "level": level})) if items else mark_safe("")  # noqa: S308 - rendered by templates


@register.inclusion_tag("kit/timeline.html")
def timeline(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What happened, newest as given. Each entry: title, at, and if wanted who, text, icon, tone, photos, private."""
    return {"entries": entries}


@register.inclusion_tag("kit/photos.html")
def photos(before: Iterable[Mapping[str, Any]] = (), after: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Photos, side by side when there are some of before and after. Each: url, thumbnail, alt, perhaps caption."""
    return {"before": list(before), "after": list(after)}


@register.inclusion_tag("kit/progress.html")
def progress(value: float, maximum: float = 100, label: Any = "", tone: str = "") -> dict[str, Any]:
    """A bar; `label` is read out and shown with the percentage."""
    share = round(100 * value / maximum) if maximum else 0
    return {"value": value, "maximum": maximum or 1, "share": share, "label": label, "tone": tone}


@register.simple_tag(takes_context=True)
def columns(context: Context, choices: Iterable[Mapping[str, Any]], name: str = "columns") -> SafeString:
    """Menu of a table's columns. Each choice: key, label, shown. Sends `name=key` for each, keeps the filters."""
    request = context.get("request")
    kept = ((key, value) for key, values in request.GET.lists() if key != name for value in values) if request else ()
    offered = tuple((choice["key"], f"{choice['label']}", choice["shown"]) for choice in choices)
    hidden = format_html_join("", '<input type="hidden" name="{}" value="{}">', kept)
    opening, boxes = _printed_columns(offered, name, asset_url("icons.svg"), get_language() or "")
    return SafeString(opening + hidden + boxes)


@lru_cache(maxsize=256)
def _printed_columns(offered: tuple[Any, ...], name: str, sprite: str, language: str) -> tuple[str, str]:
    """The menu before and after the fields that keep the present filters: nothing that was asked for stays in memory."""
    choices = [{"key": key, "label": label, "shown": shown} for key, label, shown in offered]
    opening, _kept, boxes = render_to_string("kit/columns.html", {"choices": choices, "name": name}).partition("<!-- kept -->")
    return opening, boxes


# --- forms ------------------------------------------------------------------------------------------------------------

_CONTROL_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.Widget, "form-control"),
)


def _control_class(widget: forms.Widget) -> str:
    return next(css for kind, css in _CONTROL_CLASSES if isinstance(widget, kind))


@register.simple_tag
def field(bound: BoundField, help: Any = "", compact: bool = False) -> SafeString:
    """A form field whole: label, control, help, error, required mark, tied together for screen readers."""
    if bound.is_hidden:
        return SafeString(bound.as_hidden())
    widget, errors, told, where = bound.field.widget, bound.errors, help or bound.help_text, bound.auto_id
    classes = " ".join(filter(None, (widget.attrs.get("class", ""), _control_class(widget), "is-invalid" if errors else "")))
    attributes: dict[str, Any] = {"class": classes} if classes else {}
    ids = [where + end for end, there in (("_helptext", told), ("_error", errors)) if there]
    if ids and where:
        attributes["aria-describedby"] = " ".join(ids)
    body = _body(bound, bound.as_widget(attrs=attributes), _required(bound.field.required, compact))
    under = format_html('<p class="field-help" id="{}_helptext">{}</p>', where, told) if told else ""
    wrong = _wrong(where, errors) if errors else ""
    css = f"field{' field-compact' if compact else ''}{' field-wrong' if errors else ''}"
    return format_html('<div class="{}">{}{}{}</div>', css, body, under, wrong)


def _wrong(where: str, errors: ErrorList) -> SafeString:
    words = format_html_join(" ", "{}", ((error,) for error in errors))
    return format_html('<p class="field-error" id="{}_error">{}{}</p>', where, icon("alert-circle", size="sm"), words)


def _body(bound: BoundField, control: SafeString, mark: str) -> SafeString:
    """Label and control: a box with its words beside it, a group under a legend, anything else under its label."""
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return format_html(
            '<label class="form-check">{}<span class="form-check-label">{}{}</span></label>', control, bound.label, mark
        )
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return format_html(
            '<fieldset id="{}"><legend class="form-label">{}{}</legend><div class="choices">{}</div></fieldset>',
            bound.auto_id, bound.label, mark, control,
        )  # fmt: skip
    return format_html('<label class="form-label" for="{}">{}{}</label>\n{}', bound.id_for_label, bound.label, mark, control)


def _required(required: bool, compact: bool) -> SafeString:
    return mark_safe("" if compact and not required else render_to_string("kit/required.html", {"required": required}))  # noqa: S308 - our own template


@register.inclusion_tag("kit/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """Summary at the top of a form that was refused: the general errors, and a link to each field at fault."""
    return {"form": form, "faulty": [bound for bound in form if bound.errors and not bound.is_hidden]}


# --- parts that hold content ------------------------------------------------------------------------------------------


def _wrap(template_name: str, content: str, **values: Any) -> SafeString:
    return mark_safe(render_to_string(template_name, {"content": content, **values}))  # noqa: S308 - rendered by templates


@register.simple_block_tag
def dialog(content: str, id: str, title: Any, size: str = "") -> SafeString:
    """A `<dialog>`; opened by `<button data-opens="ID">`, closed by Escape or `<button data-closes>`."""
    return _wrap("kit/dialog.html", content, id=id, title=title, size=size)


@register.simple_block_tag(takes_context=True)
def filterbar(context: Context, content: str, action: str = "", target: str = "", reset: str = "") -> SafeString:
    """A GET form of filters with Query and Reset. With `target` (an id) the answer replaces that part by htmx."""
    request = context.get("request")
    action = action or (request.path if request else "")  # htmx would add to the present address what it holds already
    return _wrap("kit/filterbar.html", content, action=action, target=target, reset=reset or action or "?")


@register.simple_block_tag
def datatable(content: str, label: Any, id: str = "table", dense: bool = True) -> SafeString:
    """The shell of a list: scrolls by itself, header stays, rows reached by arrow keys. Content: thead and tbody."""
    return _wrap("kit/datatable.html", content, label=label, id=id, dense=dense)


@register.simple_block_tag
def batchbar(content: str, form: str) -> SafeString:
    """Bar of buttons for the ticked rows, shown when at least one is; `form` is the id of the form they belong to."""
    return _wrap("kit/batchbar.html", content, form=form)


@register.simple_block_tag
def card(content: str, title: Any = "", icon: str = "", flush: bool = False) -> SafeString:
    """A quiet box with a heading; `flush` lets a table or list touch its edges."""
    return _wrap("kit/card.html", content, title=title, icon=icon, flush=flush)


@register.simple_tag(name="pair")
def pair_tag(label: Any, value: Any) -> str:
    """A label and what it says, with the mark between them that the language has."""
    return pair(label, value)


@register.filter(name="series")
def series_filter(words: Iterable[Any]) -> str:
    """Several things of one kind, with the mark between them that the language has."""
    return series(words)


@register.simple_tag
def is_demo() -> bool:
    """Whether this is a demo site (settings.LINLI_DEMO)."""
    return bool(getattr(settings, "LINLI_DEMO", False))
