"""What is open in the neighbourhood and how the month went, for the home page and the list beside the map."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from linli.cases.models import Case, Follow, Support, in_area
from linli.cases.queries.lists import CaseFilter, Page, keyset_page
from linli.cases.workflow import Stage
from linli.kernel.policy import Actor
from linli.portal.remembering import Remembered

LIST_SIZE = 20
MINE_TABS = ("mine", "followed", "supported")
LISTED = (
    "id", "reference", "category", "stage", "public_text", "address", "street_code", "grid_code", "reported_at",
    "support_count", "is_open", "updated_at", "lng", "lat",
)  # fmt: skip


def public_cases() -> QuerySet[Case]:
    """Cases that have a public page."""
    return Case.objects.public().exclude(stage=Stage.VOID)


def open_public() -> QuerySet[Case]:
    """Open cases that have a public page; withdrawn ones are never open."""
    return Case.objects.public().filter(is_open=True)


def latest_open(*, major: str = "", area: str = "", key: str = "", back: bool = False, size: int = LIST_SIZE) -> Page:
    """Open public cases, newest first, a page at a time."""
    rows = open_public().only(*LISTED)
    if major:
        rows = rows.filter(category__code__startswith=major)
    if area:
        rows = rows.filter(in_area(area))
    return keyset_page(rows, CaseFilter(), key=key, back=back, size=size)


def my_cases(actor: Actor, tab: str, state: str, *, key: str = "", back: bool = False) -> Page:
    """A resident's own, followed or supported cases, newest first; only those they may still open."""
    person = actor.person_id
    rows: Any
    if tab == "mine":
        rows = Case.objects.filter(reporter_id=person)
    else:
        link = Follow if tab == "followed" else Support
        theirs = link.objects.filter(person_id=person).values("case_id")
        rows = public_cases().filter(pk__in=theirs)
    if state:
        rows = rows.filter(is_open=state == "open")
    return keyset_page(rows, CaseFilter(), key=key, back=back, size=LIST_SIZE)


@dataclass(frozen=True)
class Month:
    """Figures of the present month: open now, finished since its first day, and how many of those in time (percent)."""

    open: int
    closed: int
    in_time: int | None
    supports: int


def month_start(now: datetime) -> datetime:
    return timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _count_month() -> Month:
    start = month_start(timezone.now())
    ended = Case.objects.filter(updated_at__gte=start, closed_at__gte=start, is_open=False).exclude(stage=Stage.VOID)
    figures = ended.aggregate(closed=Count("pk"), late=Count("pk", filter=Q(is_overdue=True, is_exempt=False)))
    closed, late = figures["closed"], figures["late"]
    return Month(
        open=Case.objects.filter(is_open=True).order_by().count(),
        closed=closed,
        in_time=round(100 * (closed - late) / closed) if closed else None,
        supports=Support.objects.filter(at__gte=start).count(),
    )


_month: Remembered[Month] = Remembered(_count_month, seconds=300)


def month() -> Month:
    """The month's figures, at most five minutes old."""
    return _month.get()
