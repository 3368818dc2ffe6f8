"""Tables of the catalogue in a pack: classes, categories, conditions with their limits, units, duties, words, labels."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from django.db.models import ProtectedError, Q

from linli.catalogue.models import Category, Condition, DutyRule, Label, Major, Unit, UrgentWord
from linli.kernel.clocks import Limit
from linli.kernel.pack_values import integer, one_of, text, words, yes_no
from linli.kernel.packs import Column, Known, Row, Table, register
from linli.kernel.templatetags.kit import known_icons

NAMES = (
    Column("name_zh", "Name in Chinese.", text(120), required=True),
    Column("name_en", "Name in English.", text(160)),
)


def read_limit(raw: Any) -> str:
    """A limit as the clocks read it."""
    return str(Limit.parse(str(raw)))


def joined_words(raw: Any) -> str:
    return " ".join(words(raw))


def one_default(rows: list[Row], known: Known) -> Iterable[tuple[Row, str, str]]:
    """Each category has exactly one condition that is taken when nobody chooses."""
    by_category: dict[str, list[Row]] = {}
    for row in rows:
        by_category.setdefault(row["category_code"], []).append(row)
    for category, conditions in by_category.items():
        defaults = [row for row in conditions if row["is_default"]]
        if not defaults:
            yield conditions[0], "is_default", f"{category} has no default condition; write yes in one of its rows"
        for row in defaults[1:]:
            yield row, "is_default", f"{category} has a default condition in row {defaults[0].number} already"


def duty_references(rows: list[Row], known: Known) -> Iterable[tuple[Row, str, str]]:
    """A rule names a category, a class (its first three letters) or * for all."""
    for row in rows:
        code = row["category_code"]
        if code != "*" and ("categories.csv", code) not in known and ("majors.csv", code) not in known:
            hint = known.like("categories.csv", code)
            yield row, "category_code", f"“{code}” is neither a category, nor a class, nor *{hint}"


def check_icon(row: Row) -> Iterable[tuple[str, str]]:
    """The icon is one that pages can print; the place's own categories share the program's."""
    known = known_icons()
    if row["icon"] and known and row["icon"] not in known:
        close = difflib.get_close_matches(row["icon"], known, n=1)
        hint = f"; did you mean “{close[0]}”?" if close else "; packs/china/icons.txt has a list"
        yield "icon", f"no icon is called “{row['icon']}”{hint}"


def keep_if_used(rows: list[Any]) -> None:
    for row in rows:
        try:
            row.delete()
        except ProtectedError:  # categories of the past still stand in it
            row.pack = ""
            row.save(update_fields=["pack"])


def switch_off(rows: list[Category]) -> None:
    """A category that has gone is no longer offered; cases of the past keep it."""
    Category.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=False)


UNITS = Table(
    name="units.csv",
    model=Unit,
    meaning="Kinds of responsible units; organizations fulfil them.",
    key=("code",),
    title="name_zh",
    snapshot="catalogue",
    columns=(Column("code", "Stable key, like SZ.", text(8), required=True), *NAMES),
)
MAJORS = Table(
    name="majors.csv",
    model=Major,
    meaning="Classes of components and events.",
    key=("code",),
    title="name_zh",
    snapshot="catalogue",
    retire=keep_if_used,
    retired="deleted, or kept where categories of the past stand in it",
    columns=(
        Column("code", "C01 … for components, E01 … for events.", text(4), required=True),
        Column("kind", "component or event.", one_of("component", "event"), required=True),
        *NAMES,
    ),
)
CATEGORIES = Table(
    name="categories.csv",
    model=Category,
    meaning="What a report can be about.",
    key=("code",),
    title="name_zh",
    snapshot="catalogue",
    check_row=check_icon,
    retire=switch_off,
    retired="switched off",
    resting=Q(is_active=False),
    revive={"is_active": True},
    columns=(
        Column("code", "Class and two digits.", text(8), required=True),
        Column("major_code", "Its class.", text(4), required=True, refers="majors.csv", source="major_id"),
        *NAMES,
        Column("unit_code", "Kind of unit whose duty it is.", text(8), required=True, refers="units.csv"),
        Column("duplicate_radius_m", "Within how many metres two reports may be the same.", integer(0, 5000), default="50"),
        Column("is_public", "Whether reports have a public page.", yes_no(default=True)),
        Column("is_sealed", "Whether only those with the right see it.", yes_no()),
        Column("icon", "Name of the icon.", text(40)),
        Column("keywords_zh", "Words by which people look for it, in Chinese.", joined_words),
        Column("keywords_en", "The same in English.", joined_words),
    ),
)
CONDITIONS = Table(
    name="conditions.csv",
    model=Condition,
    meaning="Conditions under which a category is registered, with limits by area class.",
    key=("category_code", "code"),
    title="name_zh",
    snapshot="catalogue",
    check_all=one_default,
    columns=(
        Column("category_code", "Category.", text(8), required=True, refers="categories.csv", source="category_id"),
        Column("code", "Two digits inside the category.", text(4), required=True),
        *NAMES,
        Column("limit_a", "Limit in core areas: 2U, 3UD, 4H or 5D.", read_limit, required=True),
        Column("limit_b", "Limit in ordinary areas.", read_limit, required=True),
        Column("limit_c", "Limit in outer areas.", read_limit, required=True),
        Column("closing_zh", "What closing it takes, in Chinese.", text(120)),
        Column("closing_en", "The same in English.", text(160)),
        Column("is_default", "Whether it is taken when nobody chooses.", yes_no()),
    ),
)
DUTIES = Table(
    name="duty.csv",
    model=DutyRule,
    meaning="The duty matrix: category (or class, or *) in an area → who leads and who helps.",
    key=("category_code", "area_code"),
    snapshot="catalogue",
    check_all=duty_references,
    columns=(
        Column("category_code", "Category, class or *.", text(8), required=True),
        Column("area_code", "Area; empty for everywhere.", text(17), refers="areas.csv"),
        Column("lead_organization", "Body that leads.", text(40), required=True, refers="organizations.csv", source="lead_code"),
        Column("co_organizations", "Bodies that help.", joined_words, refers="organizations.csv", source="co_codes"),
    ),
)  # fmt: skip
URGENT_WORDS = Table(
    name="urgent_words.csv",
    model=UrgentWord,
    meaning="Words in a report that raise its level.",
    key=("word",),
    snapshot="catalogue",
    columns=(
        Column("word", "The word.", text(40), required=True),
        Column("level", "urgent or critical.", one_of("urgent", "critical"), required=True),
    ),
)
LABELS = Table(
    name="labels.csv",
    model=Label,
    meaning="Words that places call differently.",
    key=("key",),
    title="zh",
    snapshot="catalogue",
    columns=(
        Column("key", "Stable key.", text(40), required=True),
        Column("zh", "In Chinese.", text(60), required=True),
        Column("en", "In English.", text(80), required=True),
    ),
)
register(UNITS, MAJORS, CATEGORIES, CONDITIONS, DUTIES, URGENT_WORDS, LABELS)
