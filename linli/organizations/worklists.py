"""The lists at the desk: posts by area, role, body and validity, in keyset pages; bodies; tokens; roles and rights."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.kernel.identifiers import area_range
from linli.kernel.policy import Actor, rights
from linli.kernel.tables import Column, Table
from linli.organizations.models import AccessToken, Post, PostQuerySet
from linli.organizations.queries import bodies, post_lines, roles
from linli.places.queries import areas

PAGE = 50
MOST_EXPORTED = 20_000
STATES = [
    ("today", _("valid")),
    ("ends", _("valid, with an end")),
    ("coming", _("not yet begun")),
    ("over", _("over")),
]
POSTS = Table(
    "posts",
    [
        Column("name", _("Name")),
        Column("username", _("Sign-in name"), "code"),
        Column("role", _("Role")),
        Column("organization", _("Body")),
        Column("area", _("Area")),
        Column("area_code", _("Area code"), "longdigits"),
        Column("valid_from", _("First day"), "date"),
        Column("valid_until", _("Last day"), "date"),
        Column("state", _("Validity"), choices=STATES),
    ],
    _("People and posts"),
)
LEVEL_LENGTHS = (6, 9, 12, 15, 17)


@dataclass(frozen=True)
class PostFilter:
    """What is wanted of the list of posts. `validity`: today, coming, over, all."""

    words: str = ""
    area: str = ""
    role: str = ""
    organization: int | None = None
    validity: str = "today"


@dataclass(frozen=True)
class PostPage:
    """A page of posts; `newer` and `older` are the keys of its neighbours, empty where there is none."""

    rows: list[dict[str, Any]]
    newer: str
    older: str


def filtered_posts(actor: Actor, wanted: PostFilter) -> PostQuerySet:
    """The posts the actor may see that fit the filter."""
    today = timezone.localdate()
    rows = Post.objects.visible_to(actor)
    if wanted.words:
        rows = rows.filter(
            Q(person__name__icontains=wanted.words)
            | Q(person__name_en__icontains=wanted.words)
            | Q(person__account__username__iexact=wanted.words)
        )
    if len(wanted.area) in LEVEL_LENGTHS and wanted.area.isdecimal():
        low, high = area_range(wanted.area)
        rows = rows.filter(area_code__gte=low, area_code__lt=high)
    elif wanted.area:
        return rows.none()
    if wanted.role:
        rows = rows.filter(role_id=wanted.role)
    if wanted.organization is not None:
        rows = rows.filter(organization_id=wanted.organization)
    if wanted.validity == "today":
        rows = rows.current(today)
    elif wanted.validity == "coming":
        rows = rows.filter(valid_from__gt=today)
    elif wanted.validity == "over":
        rows = rows.filter(valid_until__lt=today)
    return rows


def _key(post: Post) -> str:
    return f"{post.area_code}.{post.pk}"


def _beyond(key: str, *, back: bool) -> Q:
    """Rows after (or before) the key in the order area code, id. A key that cannot be read means the first page."""
    code, dot, number = key.rpartition(".")
    if not dot or not number.isdecimal() or len(number) > 18:
        return Q()
    if back:
        return Q(area_code__lt=code) | Q(area_code=code, id__lt=int(number))
    return Q(area_code__gt=code) | Q(area_code=code, id__gt=int(number))


def post_page(actor: Actor, wanted: PostFilter, *, after: str = "", before: str = "", size: int = PAGE) -> PostPage:
    """One page of posts in the order of areas, the same cost on every page. One query."""
    back, key = bool(before), before or after
    order = ("-area_code", "-id") if back else ("area_code", "id")
    rows = filtered_posts(actor, wanted).select_related("person__account").filter(_beyond(key, back=back))
    found = list(rows.order_by(*order)[: size + 1])
    has_more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    is_first = not found or (not has_more if back else not key)
    is_last = not found or (not has_more and not back)
    return PostPage(
        rows=rows_of(found),
        newer="" if is_first else _key(found[0]),
        older="" if is_last else _key(found[-1]),
    )


def export_rows(actor: Actor, wanted: PostFilter) -> list[dict[str, Any]]:
    """All posts that fit, as rows of the table `POSTS`, at most `MOST_EXPORTED`. One query."""
    rows = filtered_posts(actor, wanted).select_related("person__account").order_by("area_code", "id")
    return rows_of(list(rows[:MOST_EXPORTED]))


def rows_of(posts: list[Post]) -> list[dict[str, Any]]:
    """Posts as the list and the export show them; the persons must be loaded."""
    today = timezone.localdate()
    return [
        {
            "id": post.pk,
            "name": post.person.shown_name,
            "username": post.person.account.username if hasattr(post.person, "account") else "",
            "role": line.label,
            "organization": line.body,
            "area": line.area,
            "area_code": post.area_code,
            "valid_from": post.valid_from,
            "valid_until": post.valid_until,
            "state": state_of(post, today),
            "person_id": post.person_id,
        }
        for post, line in zip(posts, post_lines(posts), strict=True)
    ]


def state_of(post: Post, today: date) -> str:
    """today (holds), coming, over, or ends (holds and has a last day)."""
    if post.valid_from > today:
        return "coming"
    if post.valid_until is None:
        return "today"
    return "over" if post.valid_until < today else "ends"


def organization_rows(actor: Actor) -> list[dict[str, Any]]:
    """Active bodies inside the actor's reach with how many people serve there today. One query."""
    posts = Post.objects.visible_to(actor).current(timezone.localdate())
    counts = dict(posts.values_list("organization_id").annotate(Count("person", distinct=True)).order_by())
    shown = []
    for body in bodies().by_id.values():
        if actor.reach == "area" and not body.area_code.startswith(actor.area_code):
            continue
        if actor.reach in ("unit", "own") and body.id != actor.organization_id:
            continue
        area = areas().name(body.area_code) if body.area_code else ""
        shown.append({"id": body.id, "code": body.code, "name": body.name, "kind": body.kind, "unit": body.unit_code,
                      "area": area, "people": counts.get(body.id, 0)})  # fmt: skip
    return sorted(shown, key=lambda row: row["code"])


def organization_choices(actor: Actor) -> list[tuple[int, str]]:
    """Bodies inside the actor's reach, for forms and filters; no query."""
    return [
        (body.id, body.name)
        for body in bodies().by_id.values()
        if actor.reach == "all"
        or (actor.reach == "area" and body.area_code.startswith(actor.area_code))
        or body.id == actor.organization_id
    ]


def role_choices() -> list[tuple[str, str]]:
    return [(role.code, role.name) for role in roles().values()]


def area_choices(actor: Actor) -> list[tuple[str, str]]:
    """Areas inside the actor's reach down to communities; grids too where they are few. No query."""
    prefix = "" if actor.reach == "all" else actor.area_code
    found = areas().within(prefix) if prefix or actor.reach == "all" else []
    longest = 17 if len(found) <= 400 else 12
    return [(area.code, f"{'　' * _depth(area.code)}{area.name}") for area in found if len(area.code) <= longest]


def _depth(code: str) -> int:
    return sum(len(code) > length for length in LEVEL_LENGTHS)


def rights_matrix() -> dict[str, Any]:
    """Rights as rows, roles as columns, and how many rights each role has. No query."""
    columns = list(roles().values())
    held = {role.code: frozenset(role.rights) for role in columns}
    groups: dict[str, list[dict[str, Any]]] = {}
    for name, right in rights().items():
        cells = [right.is_public or name in held[role.code] for role in columns]
        groups.setdefault(name.split(".")[0], []).append(
            {"name": name, "label": right.label, "is_public": right.is_public, "cells": cells}
        )
    counts = Counter({role.code: len(held[role.code]) for role in columns})
    return {"roles": [{"role": role, "count": counts[role.code]} for role in columns], "groups": groups}


def visible_tokens(actor: Actor) -> list[AccessToken]:
    """Tokens of the actor's own post and of systems and posts inside their area, newest first. One query."""
    rows = AccessToken.objects.select_related("post__person").order_by("-id")
    if actor.reach != "all":
        mine = Q(post_id=actor.post_id)
        if actor.area_code and actor.reach in ("area", "unit"):
            low, high = area_range(actor.area_code)
            inside = Q(area_code__gte=low, area_code__lt=high) | Q(post__area_code__gte=low, post__area_code__lt=high)
            body = Q(organization_id=actor.organization_id) | Q(post__organization_id=actor.organization_id)
            mine |= inside & body if actor.reach == "unit" else inside
        rows = rows.filter(mine)
    found = list(rows[:200])
    for token in found:
        role = roles().get(token.post.role_id if token.post else token.role_id or "")
        who = token.post.person.shown_name if token.post else bodies().name(token.organization_id)
        token.works_as = f"{who} · {role.name}" if role else who
    return found
