"""Several counts with one query, each never looking at more rows than people care to read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from linli.cases.models import Case, Situation
from linli.cases.queries.lists import COUNT_UP_TO, of_light, of_tab, todo
from linli.kernel.policy import Actor

KEPT = "case_counts"  # in `actor.extra`: an actor lives as long as the request
SHOWN_MOST = COUNT_UP_TO - 1


Counted = tuple[str, tuple[Any, ...]]


def count_sql(rows: QuerySet[Any], limit: int = COUNT_UP_TO) -> Counted:
    """The expression that counts a set up to `limit`, and its values."""
    try:
        sql, values = rows.order_by().values("pk")[:limit].query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return "0", ()
    return f"(SELECT COUNT(*) FROM ({sql}) AS counted)", tuple(values)  # noqa: S608  made by the ORM, values bound


def counted(parts: Sequence[Counted]) -> list[int]:
    """What the expressions count. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(sql for sql, _values in parts), [one for _sql, values in parts for one in values])
        return list(cursor.fetchone())


def counts_up_to(sets: Sequence[QuerySet[Any]], limit: int = COUNT_UP_TO) -> list[int]:
    """How many rows each set has, counting no further than `limit`. One query."""
    return counted([count_sql(rows, limit) for rows in sets])


@lru_cache(maxsize=4096)
def _tab_sql(actor: Actor, tab: str, vendor: str) -> Counted:
    """Writing the SQL of a tab costs more than counting it, and it stays the same for a post."""
    return count_sql(of_tab(actor, tab))


def shown(count: int) -> str:
    """The count as people see it: “999+” when there are more."""
    return f"{SHOWN_MOST}+" if count > SHOWN_MOST else str(count)


def tab_counts(actor: Actor, tabs: Sequence[str], *more: QuerySet[Case]) -> tuple[dict[str, int], list[int]]:
    """Counts of the tabs and of further sets, with one query; `late` is 1 if any of the to-dos is overdue."""
    parts = [_tab_sql(key_of(actor), tab, connection.vendor) for tab in tabs]
    late = of_light(todo(actor), "red", timezone.now()) if "todo" in tabs else Case.objects.none()
    others = [count_sql(late, 1), count_sql(situations_of(actor).filter(closed_at=None), 100)]
    found = counted([*parts, *others, *(count_sql(rows) for rows in more)])
    names = [*tabs, "late", "situations"]
    counts = dict(zip(names, found, strict=False))
    actor.extra[KEPT] = counts
    return counts, found[len(names) :]


def key_of(actor: Actor) -> Actor:
    """The actor without what belongs to one request: the same for every request of a post."""
    return Actor(
        kind=actor.kind, person_id=actor.person_id, post_id=actor.post_id, role=actor.role, rights=actor.rights,
        reach=actor.reach, area_code=actor.area_code, organization_id=actor.organization_id,
    )  # fmt: skip


def _badges(actor: Actor) -> dict[str, int]:
    """The figures of the menu, with one query a page; what the list has counted already is not counted again."""
    kept: dict[str, int] = actor.extra.setdefault(KEPT, {})
    if "situations" not in kept:
        open_ones = situations_of(actor).filter(closed_at=None)
        sets = [open_ones] if "todo" in kept else [open_ones, todo(actor)]
        kept |= dict(zip(("situations", "todo"), counts_up_to(sets), strict=False))
    return kept


def todo_count(actor: Actor) -> int:
    """How many cases wait for the actor."""
    return _badges(actor)["todo"]


def open_situation_count(actor: Actor) -> int:
    """How many situations are open in the actor's area."""
    return _badges(actor)["situations"]


def situations_of(actor: Actor) -> QuerySet[Situation]:
    """Situations of the actor's area, of areas inside it, and of areas it lies in."""
    if actor.reach == "all" or actor.is_system:
        return Situation.objects.all()
    code = actor.area_code
    above = [code[:cut] for cut in (6, 9, 12, 15) if cut < len(code)]
    return Situation.objects.filter(area_code__startswith=code) | Situation.objects.filter(area_code__in=above)
