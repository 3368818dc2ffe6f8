"""Several counts with one query, each never looking at more rows than people care to read."""

from __future__ import annotations

from collections.abc import Sequence
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


def counts_up_to(sets: Sequence[QuerySet[Any]], limit: int = COUNT_UP_TO) -> list[int]:
    """How many rows each set has, counting no further than `limit`. One query."""
    parts, params = [], []
    for number, rows in enumerate(sets):
        try:
            sql, values = rows.order_by().values("pk")[:limit].query.get_compiler(connection=connection).as_sql()
        except EmptyResultSet:
            parts.append("0")
            continue
        parts.append(f"(SELECT COUNT(*) FROM ({sql}) AS counted{number})")  # noqa: S608  made by the ORM, values bound
        params += values
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), params)
        return list(cursor.fetchone())


def shown(count: int) -> str:
    """The count as people see it: “999+” when there are more."""
    return f"{SHOWN_MOST}+" if count > SHOWN_MOST else str(count)


def tab_counts(actor: Actor, tabs: Sequence[str], *more: QuerySet[Case]) -> tuple[dict[str, int], list[int]]:
    """Counts of the tabs and of further sets, with one query; `late` is what is overdue among the to-dos."""
    now = timezone.now()
    sets = [of_tab(actor, tab) for tab in tabs]
    late = of_light(todo(actor), "red", now) if "todo" in tabs else Case.objects.none()
    found = counts_up_to([*sets, late, situations_of(actor).filter(closed_at=None), *more])
    names = [*tabs, "late", "situations"]
    counts = dict(zip(names, found, strict=False))
    actor.extra[KEPT] = counts
    return counts, found[len(names) :]


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
