"""Lists of cases: tabs, filters, order, keyset pages. The same cost at ten thousand and at a million rows.

Order is always (key, id), a page starts after the last row of the one before, and nothing is counted beyond
`COUNT_UP_TO` (what waits) or `FOUND_UP_TO` (other tabs, and what a filter leaves of one).
Every filter that people use alone has an index that ends in `id`.
"""

from __future__ import annotations

import re
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.cases.models import AREA_COLUMN, Case, CaseStep, CoUnit, Follow, SavedFilter, in_area, open_due
from linli.cases.queries.figures import FIGURES, counted
from linli.cases.queries.words import matching
from linli.cases.workflow import CARDS, OPEN, QUEUES, Stage
from linli.catalogue.queries import catalogue
from linli.kernel.errors import BadInput
from linli.kernel.identifiers import normalise_reference
from linli.kernel.policy import Actor

COUNT_UP_TO = 1000
FOUND_UP_TO = 100
LOOK_BACK = 500
FIRST_YEAR, LAST_YEAR = 1970, 2199
REFERENCE = re.compile(r"[0-9]{6}-[0-9A-Z]{7}")
PAGE = 50
TABS = ("todo", "done", "mine", "followed", "supervised", "all")
LIGHTS = ("green", "yellow", "red", "grey", "violet")
ORDERS = ("newest", "oldest", "due", "updated")


@dataclass(frozen=True)
class CaseFilter:
    """What a list shows. Empty means no limit; every value is plain text, as it stands in the address."""

    tab: str = "all"
    q: str = ""  # reference, or words of the report
    stage: str = ""
    state: str = ""  # open | closed
    light: str = ""
    category: str = ""  # category, or its class (E05)
    area: str = ""
    unit: str = ""
    door: str = ""
    level: str = ""
    result: str = ""
    situation: str = ""
    figure: str = ""  # only what this figure of the rates counts
    since: str = ""  # days, local, both included
    until: str = ""
    order: str = "newest"

    @classmethod
    def read(cls, values: Any) -> CaseFilter:
        """From a query string or a dict; unknown keys are ignored, unknown values raise BadInput naming the field."""
        made = cls(**{item.name: str(values.get(item.name, "") or item.default) for item in fields(cls)})
        _one_of("tab", made.tab, TABS)
        _one_of("order", made.order, ORDERS)
        for name, allowed in (("stage", Stage.values), ("light", LIGHTS), ("state", ("open", "closed")), ("figure", FIGURES)):
            if value := getattr(made, name):
                _one_of(name, value, allowed)
        for name in ("since", "until"):
            if value := getattr(made, name):
                _day(name, value)
        if made.situation:
            _uuid("situation", made.situation)
        if made.area:
            _area(made.area)
        return made

    def query(self) -> dict[str, str]:
        """The filter as it stands in an address: only what is set."""
        return {item.name: getattr(self, item.name) for item in fields(self) if getattr(self, item.name) != item.default}

    def but(self, **changes: str) -> CaseFilter:
        return replace(self, **changes)


def _one_of(name: str, value: str, allowed: Any) -> None:
    if value not in allowed:
        words = _("%(name)s: “%(value)s” is none of %(allowed)s.") % {"name": name, "value": value, "allowed": ", ".join(allowed)}
        raise BadInput("value_unknown", words, field=name)


def _day(name: str, value: str) -> date:
    """A day of this or the last century: what lies further away is a slip of the pen, and no id reaches there."""
    with suppress(ValueError):
        day = date.fromisoformat(value)
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    words = _("%(name)s: “%(value)s” is no day such as 2026-11-21.") % {"name": name, "value": value}
    raise BadInput("day_wrong", words, field=name)


def _uuid(name: str, value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError:
        raise BadInput("id_wrong", _("%(name)s: “%(value)s” is no id.") % {"name": name, "value": value}, field=name) from None


def _area(value: str) -> str:
    if value.isdecimal() and len(value) in (6, *AREA_COLUMN, 17):
        return value
    raise BadInput("area_wrong", _("“%(value)s” is no code of an area.") % {"value": value}, field="area")


def todo(actor: Actor) -> QuerySet[Case]:
    """Cases whose next step, or whose waiting request, the actor's post may take.

    The few requests are looked up first: an OR of both conditions would walk the whole street, and a union would be sorted
    whole before its first page, thousands where work has piled up. One query, and the one of who reads the rows.
    """
    waiting, asked = todo_parts(actor)
    requests = list(asked.values_list("pk", flat=True))
    return by_post(actor).filter(Q(is_open=True, queue__in=turns_of(actor)) | Q(pk__in=requests)) if requests else waiting


def todo_parts(actor: Actor) -> tuple[QuerySet[Case], QuerySet[Case]]:
    """What waits for the actor: cases by their next step, and the others by a request. No case is in both."""
    turns = turns_of(actor)
    if not turns or actor.reach == "own":
        return Case.objects.none(), Case.objects.none()
    waiting = Q(is_open=True, queue__in=turns)
    asked = by_post(actor, is_sifted=True).filter(pending__in=turns).exclude(pending=_constant("")).exclude(waiting)
    return by_post(actor).filter(waiting), asked


def _constant(text: str) -> RawSQL:
    """A text of our own that stands in the statement itself: of a bound one SQLite does not know which small index it fits."""
    return RawSQL(f"'{text}'", [])  # noqa: S611


def turns_of(actor: Actor) -> list[str]:
    """The queues whose next step the actor's rights allow."""
    return [queue for queue, right in QUEUES.items() if right in actor.rights]


def by_post(actor: Actor, *, is_sifted: bool = False) -> QuerySet[Case]:
    """Cases that the actor's post covers: of its area, in its unit's hands, or all; sealed ones only with that right.

    `is_sifted` keeps the database from walking the whole area or unit by its index: for an order that has one itself.
    """
    rows = Case.objects.all() if actor.holds("cases.case.view_sealed") else Case.objects.filter(is_sealed=False)
    if actor.reach == "unit":
        return rows.filter(sift("lead_unit_id", actor.organization_id) if is_sifted else Q(lead_unit_id=actor.organization_id))
    if actor.reach == "area" and is_sifted and len(actor.area_code) > 6:
        return rows.filter(sift(AREA_COLUMN.get(len(actor.area_code), "grid_code"), actor.area_code[:15]))
    if actor.reach == "area":
        return rows.filter(in_area(actor.area_code)) if actor.area_code else rows.none()
    return rows if actor.reach == "all" else rows.none()


def sift(column: str, value: Any) -> Any:
    """Equality that no index is used for: rows come in another order, and those that do not fit are passed over."""
    return Exact(Coalesce(F(column), F(column)), value)


def of_tab(actor: Actor, tab: str, order: str = "newest") -> QuerySet[Case]:
    """The cases of a tab, before filters; always within what the actor may see.

    `all` is what the post covers; what the person reported elsewhere, and what the unit only helps with, stands under
    `mine`. `done` looks back over the person's latest `LOOK_BACK` steps.
    """
    if tab == "todo":
        return todo(actor)
    if tab == "all" and actor.holds("cases.case.view") and actor.reach != "own":
        return by_post(actor, is_sifted=order == "updated")
    if tab == "supervised":
        carded = by_post(actor).filter(is_open=True, card__in=CARDS)
        return Case.objects.filter(pk__in=carded.values("pk"))
    if tab == "done":
        steps = CaseStep.objects.filter(person_id=actor.person_id).order_by("-id").values("case_id")
        return among(actor, steps[:LOOK_BACK])
    if tab == "followed":
        return among(actor, Follow.objects.filter(person_id=actor.person_id).values("case_id"))
    if tab == "mine":
        return _mine(actor)
    return Case.objects.visible_to(actor)


def among(actor: Actor, ids: Any) -> QuerySet[Case]:
    """Cases of a small set of ids that the actor may open; what `visible_to` says, without walking area or unit."""
    rows = Case.objects.filter(pk__in=ids)
    if not actor.holds("cases.case.view_sealed"):
        rows = rows.filter(Q(is_sealed=False) | Q(reporter_id=actor.person_id, reporter__isnull=False))
    if actor.reach == "all" and actor.holds("cases.case.view"):
        return rows
    seen = Q(sift("reporter_id", actor.person_id)) if actor.person_id else Q(pk=None)
    if actor.holds("cases.case.view") and actor.reach == "area":
        whole = len(actor.area_code) <= 6
        seen = Q() if whole else seen | Q(sift(AREA_COLUMN.get(len(actor.area_code), "grid_code"), actor.area_code[:15]))
    elif actor.holds("cases.case.view") and actor.reach == "unit":
        helping = CoUnit.objects.filter(organization_id=actor.organization_id).values("case_id")
        seen |= Q(sift("lead_unit_id", actor.organization_id)) | Q(pk__in=helping)
    return rows.filter(seen)


def _mine(actor: Actor) -> QuerySet[Case]:
    """A unit's: what it has in hand or helps with; anybody else's: what they reported themselves."""
    if actor.reach == "unit":
        leading = Case.objects.filter(lead_unit_id=actor.organization_id, is_open=True).values("pk")
        helping = CoUnit.objects.filter(organization_id=actor.organization_id, case__is_open=True).values("case_id")
        return among(actor, leading.union(helping, all=True))
    return Case.objects.visible_to(actor).filter(reporter_id=actor.person_id)


def listed(actor: Actor, wanted: CaseFilter) -> QuerySet[Case]:
    """Everything a list holds: its tab, as the actor sees it, narrowed by the filter."""
    is_whole = wanted.tab == "all" and actor.reach == "all" and not wanted.area and not wanted.unit
    return filtered(of_tab(actor, wanted.tab, wanted.order), wanted, is_whole=is_whole)


def filtered(rows: QuerySet[Case], wanted: CaseFilter, *, now: datetime | None = None, is_whole: bool = False) -> QuerySet[Case]:
    """Narrow `rows` by the filter (not its tab and order). `is_whole` says that the rows are those of all areas."""
    now = now or timezone.now()
    rows = _open_or_closed(_of_kind(rows, wanted), wanted)
    if wanted.area:
        rows = rows.filter(in_area(wanted.area))
    if wanted.unit:
        rows = rows.filter(lead_unit_id=int(wanted.unit)) if wanted.unit.isdecimal() and len(wanted.unit) < 10 else rows.none()
    if wanted.situation:
        rows = rows.filter(situation_id=_uuid("situation", wanted.situation))
    if wanted.category:
        of_class = len(wanted.category) < 5
        rows = (
            rows.filter(category_id__in=catalogue().codes_of(wanted.category))
            if of_class
            else rows.filter(category_id=wanted.category)
        )
    if wanted.light == "grey":
        rows = of_light(rows, "grey", now)
    elif wanted.light:  # all of them are open: few enough to be found first
        lit = of_light(Case.objects.filter(due_at__isnull=False), wanted.light, now)
        rows = rows.filter(pk__in=lit.values("pk")) if is_whole else of_light(rows, wanted.light, now)
    if wanted.figure:
        rows = rows.filter(counted(wanted.figure, now))
    rows = _between(rows, wanted)
    return _matching(rows, wanted.q) if wanted.q else rows


def _of_kind(rows: QuerySet[Case], wanted: CaseFilter) -> QuerySet[Case]:
    """By the fields with few values. What is said twice names the small index that holds just those rows."""
    if wanted.stage:
        rows = rows.filter(stage=wanted.stage, is_open=wanted.stage in OPEN)
    if wanted.door:
        rows = rows.filter(door=wanted.door)
    if wanted.level:
        rows = rows.filter(level=wanted.level)
        rows = rows.exclude(level=_constant("normal")) if wanted.level != "normal" else rows
    if wanted.result:
        rows = rows.filter(result=wanted.result)
        rows = rows.exclude(result=_constant("")).exclude(result=_constant("fixed")) if wanted.result != "fixed" else rows
    return rows


def _open_or_closed(rows: QuerySet[Case], wanted: CaseFilter) -> QuerySet[Case]:
    """By state; in order of limits stand only the open. Said once, for a condition said twice is thought to be rare."""
    is_due = wanted.order == "due"
    is_closed = wanted.state == "closed" or bool(wanted.stage and wanted.stage not in OPEN)
    if is_due and is_closed:
        return rows.none()
    if wanted.state == "closed":
        return rows.filter(is_open=False)
    says_open = bool(wanted.stage) or wanted.light not in ("", "grey")
    return rows.filter(is_open=True) if (is_due or wanted.state == "open") and not says_open else rows


def _between(rows: QuerySet[Case], wanted: CaseFilter) -> QuerySet[Case]:
    """Ids carry the time of reporting, so a span of days is a span of ids."""
    zone = timezone.get_default_timezone()
    if wanted.since:
        start = datetime.combine(_day("since", wanted.since), time(), zone)
        rows = rows.filter(pk__gte=first_id(start))
    if wanted.until:
        end = datetime.combine(_day("until", wanted.until) + timedelta(days=1), time(), zone)
        rows = rows.filter(pk__lt=first_id(end))
    return rows


def first_id(at: datetime) -> uuid.UUID:
    """The smallest UUIDv7 of an instant: bounds spans of time by id."""
    return uuid.UUID(int=(int(at.timestamp() * 1000) << 80))


def _matching(rows: QuerySet[Case], text: str) -> QuerySet[Case]:
    reference = normalise_reference(text)
    if REFERENCE.fullmatch(reference):
        return rows.filter(reference=reference)
    return matching(rows, text)


def of_light(rows: QuerySet[Case], light: str, now: datetime) -> QuerySet[Case]:
    """Rows whose light is the given one now; agrees with `Case.light`."""
    if light == "grey":
        return rows.filter(Q(is_open=False) | Q(stage=Stage.SUSPENDED))
    lit = rows.filter(is_open=True).exclude(stage=Stage.SUSPENDED)
    if light == "red":
        return lit.alias(open_due=open_due()).filter(open_due__lt=now)
    lit = lit.filter(Q(due_at=None) | Q(due_at__gte=now))
    if light == "violet":
        return lit.filter(card__in=CARDS)
    lit = lit.filter(card="")
    return lit.filter(warn_at__lte=now) if light == "yellow" else lit.filter(Q(warn_at=None) | Q(warn_at__gt=now))


@dataclass
class Page:
    """One page of a list, with the keys of its neighbours ("" where there is none)."""

    rows: list[Any]
    newer: str = ""
    older: str = ""
    filter: CaseFilter = field(default_factory=CaseFilter)
    is_whole: bool = False  # it shows all there are


ORDER_KEY = {"newest": "pk", "oldest": "pk", "due": "due_at", "updated": "updated_at"}
IS_DESCENDING = {"newest": True, "oldest": False, "due": False, "updated": True}


def keyset_page(rows: QuerySet[Any, Any], wanted: CaseFilter, *, key: str = "", back: bool = False, size: int = PAGE) -> Page:
    """A page of a list. `key` is the last row of the page before (or the first, going back).

    `rows` may be cases or their named values, if the id and the key of the order are among them.
    """
    name, descending = ORDER_KEY[wanted.order], IS_DESCENDING[wanted.order] != back
    sign = "-" if descending else ""
    order = [f"{sign}pk"] if name == "pk" else [f"{sign}{name}", f"{sign}pk"]
    if name == "due_at":
        rows = rows.filter(due_at__isnull=False)
    if key:
        rows = rows.filter(_after(key, name, descending))
    found = list(rows.order_by(*order)[: size + 1])
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    first, last = (_key(found[0], name), _key(found[-1], name)) if found else ("", "")
    has_newer, has_older = (more, True) if back else (bool(key), more)
    return Page(found, first if has_newer else "", last if has_older else "", wanted, is_whole=not key and not more)


def _key(row: Any, name: str) -> str:
    return str(row.id) if name == "pk" else f"{getattr(row, name).timestamp():.6f}_{row.id}"


def _after(key: str, name: str, descending: bool) -> Q:
    side = "lt" if descending else "gt"
    if name == "pk":
        return Q(**{f"pk__{side}": _uuid("after", key)})
    stamp, _sep, pk = key.partition("_")
    try:
        at = datetime.fromtimestamp(float(stamp), tz=timezone.get_default_timezone())
    except (ValueError, OverflowError, OSError):
        raise BadInput("key_wrong", _("This is no place in the list; begin with its first page."), field="after") from None
    same = Q(**{name: at, f"pk__{side}": _uuid("after", pk)})
    return Q(**{f"{name}__{side}": at}) | same


def saved_filters(actor: Actor) -> QuerySet[SavedFilter]:
    """The lists the person has kept, in their order."""
    return SavedFilter.objects.filter(person_id=actor.person_id).order_by("sort", "name")
