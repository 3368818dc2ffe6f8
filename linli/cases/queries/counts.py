"""Several counts with one query, each never looking at more rows than people care to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from linli.cases.models import Case, Situation
from linli.cases.queries.lists import COUNT_UP_TO, FOUND_UP_TO, CaseFilter, of_light, of_tab, todo
from linli.kernel.policy import Actor

KEPT = "case_counts"  # in `actor.extra`: an actor lives as long as the request


Counted = tuple[str, tuple[Any, ...]]


def count_sql(rows: QuerySet[Any], limit: int = COUNT_UP_TO, *, order: str = "") -> Counted:
    """The expression that counts a set up to `limit`, and its values; with an order, walking in it."""
    rows = rows.order_by(order) if order else rows.order_by()
    try:
        sql, values = rows.values("pk")[:limit].query.get_compiler(connection=connection).as_sql()
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


NOW = datetime(1, 1, 1, tzinfo=UTC)  # stands for the present in kept SQL


@lru_cache(maxsize=4096)
def _fixed_sql(actor: Actor, vendor: str, tabs: tuple[str, ...]) -> list[Counted]:
    """Writing the SQL of tabs, of overdue to-dos and open situations costs more than counting, and is the same for a post."""
    late = of_light(todo(actor), "red", NOW) if "todo" in tabs else Case.objects.none()
    situations = situations_of(actor).filter(closed_at=None)
    return [*(count_sql(of_tab(actor, tab), far(tab)) for tab in tabs), count_sql(late, 1), count_sql(situations, 100)]


def _at_present(part: Counted) -> Counted:
    sql, values = part
    kept = connection.ops.adapt_datetimefield_value(NOW)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    return sql, tuple(now if value == kept else value for value in values)


def far(tab: str) -> int:
    """How far a tab is counted: what waits, as far as a team can have waiting; what is only looked back on, to “99+”."""
    return COUNT_UP_TO if tab == "todo" else FOUND_UP_TO


def shown(count: int, limit: int = COUNT_UP_TO) -> str:
    """The count as people see it: “999+” when there are more."""
    return f"{limit - 1}+" if count >= limit else str(count)


def list_counts(actor: Actor, tabs: Sequence[str], rows: QuerySet[Case], wanted: CaseFilter) -> tuple[dict[str, int], int, int]:
    """Counts of the tabs, how many `rows` the filter leaves of its tab, and how far that was counted. One query.

    Among the counts, `late` is 1 if any of the to-dos is overdue, `situations` the open ones. Two conditions that no index
    holds together are counted walking in order, as the page is read, which costs a few pages; left to itself the database
    would put two indexes together, which costs as much as there are cases. Behind a figure it is counted further: people
    compare.
    """
    conditions = wanted.query().keys() - ({"tab"} if wanted.order == "due" else {"tab", "order"})
    if not conditions and wanted.tab in tabs:
        counts, _found = _counts(actor, tabs)
        return counts, counts[wanted.tab], far(wanted.tab)
    is_walked = wanted.tab == "all" and len(conditions - {"state", "order"}) + (actor.reach != "all") > 1
    limit = COUNT_UP_TO if wanted.figure else FOUND_UP_TO
    counts, (found,) = _counts(actor, tabs, count_sql(rows, limit, order="-pk" if is_walked else ""))
    return counts, found, limit


def _counts(actor: Actor, tabs: Sequence[str], *more: Counted) -> tuple[dict[str, int], list[int]]:
    parts = _fixed_sql(key_of(actor), connection.vendor, tuple(tabs))
    found = counted([*map(_at_present, parts), *more])
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
