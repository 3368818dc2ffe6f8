"""Tables of organizations in a pack: roles and their rights, bodies, posts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import ProtectedError, Q
from django.utils import timezone

from linli.kernel.pack_values import day, integer, one_of, text, words
from linli.kernel.packs import Column, Known, Row, Table, register
from linli.kernel.policy import rights
from linli.organizations.models import Organization, Post, Role

RESIDENT = "resident"


def check_rights(row: Row) -> Iterable[tuple[str, str]]:
    """Every right of a role is one that the program knows."""
    known = rights()
    for name in row["rights"]:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean “{close[0]}”?" if close else "; `linli docs` lists them in rights.md"
            yield "rights", f"no right is called “{name}”{hint}"


def empty_roles(rows: list[Role]) -> None:
    """A role that has gone is deleted if nobody ever held it; otherwise it keeps its name and loses its rights."""
    for row in rows:
        try:
            row.delete()
        except ProtectedError:
            row.rights = []
            row.save(update_fields=["rights"])


def close_organizations(rows: list[Organization]) -> None:
    Organization.objects.filter(pk__in=[row.pk for row in rows]).update(is_active=False)


def end_posts(rows: list[Post]) -> None:
    """A post that has gone opened its last door yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    for row in rows:
        row.valid_from, row.valid_until = min(row.valid_from, yesterday), yesterday
        row.save(update_fields=["valid_from", "valid_until"])


def gives_no_post(row: Row) -> bool:
    """A resident needs none."""
    return bool(row["role"] == RESIDENT and not row["organization_code"])


def check_posts(rows: list[Row], known: Known) -> Iterable[tuple[Row, str, str]]:
    """A post has a body and an area. A role that nobody knows is named by itself: it may be a resident's, misspelt."""
    for row in rows:
        if gives_no_post(row) or ("roles.csv", row["role"]) not in known:
            continue
        for column in ("organization_code", "area_code"):
            if not row[column]:
                yield row, column, f"is empty: {POSTS.column(column).meaning}"


def check_days(row: Row) -> Iterable[tuple[str, str]]:
    until: date | None = row["valid_until"]
    if until and row["valid_from"] and until < row["valid_from"]:
        yield "valid_until", f"{until} is before the first day {row['valid_from']}"


def first_day(raw: object) -> date:
    return day(raw) or timezone.localdate()


ROLES = Table(
    name="roles.csv",
    model=Role,
    meaning="Kinds of posts: how far each sees, by which door it comes in, which rights it has.",
    key=("code",),
    title="name_zh",
    snapshot="roles",
    check_row=check_rights,
    retire=empty_roles,
    retired="deleted, or left without rights where somebody held it",
    resting=Q(rights=[]),
    columns=(
        Column("code", "Stable key.", text(30), required=True),
        Column("name_zh", "Name in Chinese.", text(40), required=True),
        Column("name_en", "Name in English.", text(60), required=True),
        Column("reach", "own (reports), area, unit (their body's) or all.", one_of("own", "area", "unit", "all")),
        Column("door", "Where they land: portal, field, desk or screen.", one_of("portal", "field", "desk", "screen")),
        Column("rights", "Names of rights, separated by blanks.", words, default=""),
        Column("sentence_zh", "What somebody on this post does, in a sentence.", text(160)),
        Column("sentence_en", "The same in English.", text(200)),
        Column("sort", "Order in lists.", integer(0, 9999)),
    ),
)  # fmt: skip
ORGANIZATIONS = Table(
    name="organizations.csv",
    model=Organization,
    meaning="Bodies that act: departments, street offices, communities, companies, social organisations.",
    key=("code",),
    title="name_zh",
    snapshot="organizations",
    retire=close_organizations,
    retired="closed",
    resting=Q(is_active=False),
    revive={"is_active": True},
    columns=(
        Column("code", "Stable key.", text(40), required=True),
        Column("kind", "department, street_office, community, company, social …", text(20), required=True),
        Column("name_zh", "Name in Chinese.", text(80), required=True),
        Column("name_en", "Name in English.", text(120)),
        Column("unit_code", "Kind of duty it carries (units.csv).", text(8), refers="units.csv"),
        Column("area_code", "Area it serves.", text(17), refers="areas.csv"),
        Column(
            "parent_code",
            "Body it belongs to.",
            text(40),
            refers="organizations.csv",
            source="parent__code",
            attribute="parent_id",
        ),
    ),
)
POSTS = Table(
    name="accounts.csv posts",
    file="accounts.csv",
    model=Post,
    meaning="The post that a row of accounts.csv gives: role, organization, area, days.",
    key=("username", "role", "organization_code", "area_code"),
    check_row=check_days,
    check_all=check_posts,
    stays_out=gives_no_post,
    retire=end_posts,
    retired="ended yesterday",
    resting=Q(valid_until__isnull=False),
    ignores=(
        "name_zh", "name_en", "phone", "email", "language", "sentence_zh", "sentence_en", "is_featured",
    ),
    checks=(
        Column(
            "door",
            "Where the person lands, as a reminder: the role says it. portal, field, desk or screen.",
            one_of("portal", "field", "desk", "screen", default="portal"),
        ),
    ),
    columns=(
        Column(
            "username",
            "Account of the person.",
            text(60),
            required=True,
            refers="accounts.csv",
            source="person__account__username",
            attribute="person_id",
            target="person_id",
        ),
        Column("role", "Role of the post.", text(30), required=True, refers="roles.csv", source="role_id"),
        Column(
            "organization_code",
            "Body served; empty only for residents.",
            text(40),
            refers="organizations.csv",
            source="organization__code",
            attribute="organization_id",
        ),
        Column("area_code", "Area covered; empty only for residents.", text(17), refers="areas.csv"),
        Column("valid_from", "First day; today if empty.", first_day),
        Column("valid_until", "Last day; empty while it holds.", day),
    ),
)  # fmt: skip
register(ROLES, ORGANIZATIONS, POSTS)
