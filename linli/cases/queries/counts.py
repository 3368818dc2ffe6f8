"""Several counts with one query, each never looking at more rows than people care to read."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from linli.cases.models import Situation
from linli.cases.queries.lists import COUNT_UP_TO, FOUND_UP_TO, PAGE, CaseFilter, Page, of_light, of_tab, todo_parts
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
def _kept_sql(actor: Actor, vendor: str, name: str) -> Counted:
    """The SQL of a tab, of overdue to-dos (`late`) or open situations: writing it costs more than counting, and it stays."""
    if name == "situations":
        return count_sql(situations_of(actor).filter(closed_at=None), FOUND_UP_TO)
    if name == "late":
        return _sum([of_light(part, "red", NOW) for part in todo_parts(actor)], 1)
    return _sum(todo_parts(actor), far(name)) if name == "todo" else count_sql(of_tab(actor, name), far(name))


def _sum(parts: Sequence[QuerySet[Any]], limit: int) -> Counted:
    """Counts the parts of a set, each up to `limit`."""
    counts = [count_sql(part, limit) for part in parts]
    return f"({' + '.join(sql for sql, _values in counts)})", tuple(value for _sql, values in counts for value in values)


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


def list_counts(
    actor: Actor, tabs: Sequence[str], rows: QuerySet[Any, Any], wanted: CaseFilter, page: Page, *, size: int = PAGE
) -> tuple[dict[str, int], int, int]:
    """Counts of the tabs, how many `rows` the filter leaves of its tab, and how far that was counted. One query at most.

    Among the counts, `late` is 1 if any of the to-dos is overdue, `situations` the open ones. Where the `page` (of at most
    `size` rows) shows all there are, it is the count. Two conditions that no index holds together are counted walking in
    order, as the page is read, which costs a few pages; left to itself the database would put two indexes together, which
    costs as much as there are cases. Words are counted to one page, for every report may have to be asked; what is behind a
    figure further, for people compare.
    """
    conditions = wanted.query().keys() - ({"tab"} if wanted.order == "due" else {"tab", "order"})
    names = (*tabs, "late", "situations") if tabs else ()
    if page.is_whole:
        counts, _found = _counts(actor, names)
        return (counts if conditions else counts | {wanted.tab: len(page.rows)}), len(page.rows), size + 1
    if not conditions and wanted.tab in tabs:
        counts, _found = _counts(actor, names)
        return counts, counts[wanted.tab], far(wanted.tab)
    is_walked = wanted.tab == "all" and len(conditions - {"state", "order"}) + (actor.reach != "all") > 1
    limit = _limit(wanted, conditions, size)
    counts, (found,) = _counts(actor, names, count_sql(rows, limit, order="-pk" if is_walked else ""))
    return counts, found, limit


def _limit(wanted: CaseFilter, conditions: Set[str], size: int) -> int:
    if wanted.q:
        return size + 1
    if wanted.figure:
        return COUNT_UP_TO
    return FOUND_UP_TO if conditions else far(wanted.tab)


LOOKED_BACK_ON = ("done", "all")  # nearly always they only grow, and a page that shows all there are says so itself
FULL_SECONDS = 60


def _counts(actor: Actor, names: Sequence[str], *more: Counted) -> tuple[dict[str, int], list[int]]:
    """The counts named, and what `more` counts. A tab that stood at “99+” within the last minute is not counted again."""
    key = key_of(actor)
    full = {name for name in names if name in LOOKED_BACK_ON and cache.get(_full_key(actor, name))}
    counting = [name for name in names if name not in full]
    parts = [*(_at_present(_kept_sql(key, connection.vendor, name)) for name in counting), *more]
    found = counted(parts) if parts else []
    counts = dict.fromkeys(full, FOUND_UP_TO) | dict(zip(counting, found, strict=False))
    for name in set(counting) & set(LOOKED_BACK_ON):
        if counts[name] >= FOUND_UP_TO:
            cache.set(_full_key(actor, name), True, FULL_SECONDS)
    if names:
        actor.extra[KEPT] = counts
    return counts, found[len(counting) :]


def _full_key(actor: Actor, name: str) -> str:
    return f"full.{name}.{actor.person_id}.{actor.post_id}"


def key_of(actor: Actor) -> Actor:
    """The actor without what belongs to one request: the same for every request of a post."""
    return Actor(
        kind=actor.kind, person_id=actor.person_id, post_id=actor.post_id, role=actor.role, rights=actor.rights,
        reach=actor.reach, area_code=actor.area_code, organization_id=actor.organization_id,
    )  # fmt: skip


def _badges(actor: Actor) -> dict[str, int]:
    """The figures of the menu, with one query a page; what the list has counted already is not counted again."""
    kept: dict[str, int] = actor.extra.get(KEPT, {})
    return kept if "todo" in kept else _counts(actor, ("todo", "situations"))[0]


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
