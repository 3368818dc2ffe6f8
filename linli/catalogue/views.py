"""Pack data to be read: categories with their limits, whose duty, calendar, words, options; and what-if answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.catalogue.models import Category, Condition, DutyRule, Label, UrgentWord
from linli.catalogue.queries import Duty, catalogue, duty_of, find_categories
from linli.kernel import options
from linli.kernel.calendar import WINDOWS, calendar
from linli.kernel.clocks import Limit
from linli.kernel.errors import NotAllowed
from linli.kernel.models import CalendarDay, Setting
from linli.kernel.writing import series
from linli.organizations.middleware import ActorRequest
from linli.organizations.queries import bodies
from linli.places.queries import areas

VIEW = "catalogue.pack.view"
View = Callable[..., HttpResponse]


def reader(view: View) -> View:
    """Only for people whose post may see the catalogue."""

    @wraps(view)
    def inner(request: ActorRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.actor.is_known:
            return redirect_to_login(request.get_full_path())
        if not request.actor.holds(VIEW):
            raise NotAllowed("not_allowed", _("Your post does not see the catalogue."), right=VIEW)
        return view(request, *args, **kwargs)

    return inner


def page(request: ActorRequest, template: str, at: str, context: dict[str, Any]) -> HttpResponse:
    tabs = [
        ("category-list", _("Categories and limits")), ("duty-list", _("Duty matrix")), ("calendar", _("Calendar")),
        ("word-list", _("Words")), ("option-list", _("Options")),
    ]  # fmt: skip
    shown = [{"label": label, "url": reverse(f"catalogue:{name}"), "active": name == at} for name, label in tabs]
    return render(request, f"catalogue/{template}.html", {"tabs": shown, **context})


def limit_words(limit: str) -> str:
    """`4H` as words; what cannot be read as it stands."""
    try:
        return Limit.parse(limit).text() if limit else "—"
    except ValueError:
        return limit


# --- categories -------------------------------------------------------------------------------------------------------


@require_GET
@reader
def category_list(request: ActorRequest) -> HttpResponse:
    """Categories of one class, or those that hold the searched words."""
    known, text = catalogue(), request.GET.get("q", "").strip()[:60]
    majors = [
        {"row": row, "count": sum(one.major_id == row.code for one in known.categories.values())} for row in known.majors.values()
    ]
    first = majors[0]["row"].code if majors else ""
    chosen = "" if text else request.GET.get("class", first)
    found = find_categories(text) if text else [row for row in known.categories.values() if row.major_id == chosen]
    context = {
        "q": text,
        "majors": [
            (_("Components"), [item for item in majors if item["row"].kind == "component"]),
            (_("Events"), [item for item in majors if item["row"].kind == "event"]),
        ],
        "chosen": chosen,
        "rows": [_category_row(row) for row in found],
        "all": len(known.categories),
    }
    return page(request, "categories", "category-list", context)


def _category_row(row: Category) -> dict[str, Any]:
    known = catalogue()
    found = known.conditions.get(row.code, {}).values()
    limits = sorted({one.limit_b for one in found}, key=_length)
    unit = known.units.get(row.unit_code)
    return {
        "row": row,
        "unit": unit.name if unit else row.unit_code,
        "conditions": len(found),
        "limits": series(limit_words(one) for one in limits),
    }


HOURS = {"U": 1, "UD": 24, "H": 1.5, "D": 24.5}  # only to put shorter limits first


def _length(limit: str) -> float:
    try:
        parsed = Limit.parse(limit)
    except ValueError:
        return float("inf")
    return parsed.amount * HOURS[str(parsed.unit)]


@require_GET
@reader
def category_detail(request: ActorRequest, code: str) -> HttpResponse:
    """One category whole: conditions, limits by area class, whose duty it is, and who would get it in an area."""
    known = catalogue()
    row = known.categories.get(code)
    if row is None:
        raise Http404
    rules = [rule for key in (code, code[:3], "*") for rule in known.rules_of(key)]
    chinese = (get_language() or "zh").startswith("zh")
    context = {
        "category": row,
        "major": known.majors[row.major_id],
        "unit": known.units.get(row.unit_code),
        "conditions": [_condition_row(one, chinese) for one in known.conditions.get(code, {}).values()],
        "rules": [_rule_row(rule) for rule in rules],
        "keywords": row.keywords_zh if chinese else (row.keywords_en or row.keywords_zh),
        **try_out(request, code),
    }
    return page(request, "category", "category-list", context)


def _condition_row(row: Condition, chinese: bool) -> dict[str, Any]:
    return {
        "row": row,
        "closing": row.closing_zh if chinese else (row.closing_en or row.closing_zh),
        "limits": [limit_words(one) for one in (row.limit_a, row.limit_b, row.limit_c)],
    }


# --- duties -----------------------------------------------------------------------------------------------------------


def _rule_row(rule: DutyRule) -> dict[str, Any]:
    known, names = catalogue(), bodies().by_code
    row, major = known.categories.get(rule.category_code), known.majors.get(rule.category_code)
    kind = row.name if row else major.name if major else _("everything")
    lead = names.get(rule.lead_code)
    return {
        "code": rule.category_code,
        "kind": kind,
        "is_category": row is not None,
        "area": areas().name(rule.area_code) if rule.area_code else _("everywhere"),
        "lead": lead.name if lead else rule.lead_code,
        "helpers": series(names[code].name if code in names else code for code in rule.co_codes.split()),
    }


def try_out(request: ActorRequest, category: str = "") -> dict[str, Any]:
    """Who would get this here? The answer for the category and area that were asked about."""
    category = category or request.GET.get("category", "")
    area = request.GET.get("area", "")
    known = catalogue()
    answer: Duty | None = None
    if category in known.categories and area in areas().by_code:
        answer = duty_of(category, area)
    return {
        "areas": [
            (one.code, "　" * {"street": 0, "community": 1, "grid": 2}[one.level] + one.name)
            for one in areas().within("")
            if one.level in ("street", "community", "grid")
        ],
        "asked_area": area,
        "asked_category": category,
        "area_name": areas().path_name(area) if area else "",
        "area_class": areas().area_class(area) if area else "",
        "answer": answer,
        "helper_names": [one.name for one in answer.helpers] if answer else [],
        "answer_rule": _rule_row(answer.rule) if answer and answer.rule else None,
        "asked_name": known.categories[category].name if category in known.categories else "",
    }


@require_GET
@reader
def duty_list(request: ActorRequest) -> HttpResponse:
    """The duty matrix, and the try-out."""
    known = catalogue()
    rules = DutyRule.objects.order_by("category_code", "area_code")
    groups = [
        (major.name, [(row.code, row.name) for row in known.categories.values() if row.major_id == major.code])
        for major in known.majors.values()
    ]
    fulfil = [(unit, [body.name for body in bodies().by_unit.get(unit.code, [])]) for unit in known.units.values()]
    context = {"rules": [_rule_row(rule) for rule in rules], "groups": groups, "units": fulfil, **try_out(request)}
    return page(request, "duties", "duty-list", context)


# --- calendar ---------------------------------------------------------------------------------------------------------


@require_GET
@reader
def calendar_days(request: ActorRequest) -> HttpResponse:
    """Holidays and make-up days of a year, working windows, and when a limit that starts now would be over."""
    years = sorted({day.year for day in CalendarDay.objects.values_list("day", flat=True)})
    this_year = timezone.localdate().year
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and len(asked) == 4 else this_year
    rows = CalendarDay.objects.filter(day__gte=date(year, 1, 1), day__lte=date(year, 12, 31)).order_by("day")
    chinese = (get_language() or "zh").startswith("zh")
    context = {
        "years": years,
        "year": year,
        "missing": calendar().missing_years(this_year, this_year + 1),
        "window_words": [f"{start}–{end}" for start, end in options.value(WINDOWS)],
        "days": [{"row": row, "name": row.name_zh if chinese else row.name_en} for row in rows],
        **limit_try_out(request),
    }
    return page(request, "calendar", "calendar", context)


def limit_try_out(request: ActorRequest) -> dict[str, Any]:
    """When a limit would be over, on this calendar."""
    limit, start = request.GET.get("limit", "").strip().upper(), request.GET.get("start", "")
    begin, due, wrong = timezone.localtime().replace(second=0, microsecond=0), None, ""
    if limit:
        try:
            begin = datetime.fromisoformat(start).replace(tzinfo=begin.tzinfo) if start else begin
            due = timezone.localtime(calendar().due(begin, Limit.parse(limit)))
        except (ValueError, OverflowError):
            wrong = _("Write a limit such as 2U, 1UD, 4H or 5D, and a day and time.")
    return {"limit": limit, "start": f"{begin:%Y-%m-%dT%H:%M}", "due": due, "wrong": wrong, "limit_words": limit_words(limit)}


# --- words and options ------------------------------------------------------------------------------------------------


@require_GET
@reader
def word_list(request: ActorRequest) -> HttpResponse:
    """Words that raise a report's level, and what the place calls things."""
    levels: dict[str, list[str]] = {"critical": [], "urgent": []}
    for word in UrgentWord.objects.order_by("word"):
        levels.setdefault(word.level, []).append(word.word)
    return page(request, "words", "word-list", {"levels": levels, "labels": Label.objects.order_by("key")})


@require_GET
@reader
def option_list(request: ActorRequest) -> HttpResponse:
    """Every option with its meaning, its default and what holds here."""
    packs = dict(Setting.objects.values_list("key", "pack"))
    rows = [
        {
            "key": option.key,
            "meaning": _(str(option.meaning)),
            "default": _plain(option.default),
            "value": _plain(options.value(option.key)),
            "pack": packs.get(option.key, ""),
            "is_set": option.key in packs,
        }
        for option in options.options().values()
    ]
    return page(request, "options", "option-list", {"rows": rows})


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
