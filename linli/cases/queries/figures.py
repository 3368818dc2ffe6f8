"""What the figures of rates count, one condition each: for the counting, and for the list that a figure opens to.

Sealed cases are in no figure. A suspended case is late only if it was so before it was suspended: its clock stands still.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from linli.cases.workflow import ENDED, Stage

Condition = Callable[[datetime], Q]

SENT = Q(dispatched_at__isnull=False) & ~Q(stage__in=[Stage.MERGED, Stage.VOID])
DONE = Q(delivered_at__isnull=False) | Q(closed_at__isnull=False)
# The unit's time ends when it delivers; of a case closed without that, when it is closed.
DONE_IN_TIME = (Q(due_at=None) | Q(delivered_at__lte=F("due_at")) | Q(delivered_at=None, closed_at__lte=F("due_at"))) & DONE
DONE_LATE = Q(delivered_at__gt=F("due_at")) | Q(delivered_at=None, closed_at__gt=F("due_at"))
RATED = Q(satisfaction__isnull=False)


def _late(now: datetime) -> Q:
    undone = Q(delivered_at=None, closed_at=None)
    running = undone & ~Q(stage=Stage.SUSPENDED) & Q(due_at__lt=now)
    standing = undone & Q(stage=Stage.SUSPENDED, suspended_at__gt=F("due_at"))
    return SENT & Q(is_exempt=False) & (DONE_LATE | running | standing)


def _in_time(now: datetime) -> Q:
    return SENT & Q(is_exempt=False) & DONE_IN_TIME


def _always(condition: Q) -> Condition:
    return lambda now: condition


FIGURES: dict[str, Condition] = {
    "reported": _always(Q()),
    "registered": _always(Q(registered_at__isnull=False)),
    "refused": _always(Q(stage=Stage.REFUSED)),
    "merged": _always(Q(stage=Stage.MERGED)),
    "dispatched": _always(SENT),
    "due": lambda now: _in_time(now) | _late(now),
    "in_time": _in_time,
    "late": _late,
    "exempt": _always(SENT & Q(is_exempt=True)),
    "delivered": _always(SENT & Q(delivered_at__isnull=False)),
    "closed": _always(Q(stage__in=sorted(ENDED))),
    "open": _always(Q(is_open=True)),
    "rated": _always(RATED),
    "solved": _always(RATED & Q(solved="yes")),
    "partly": _always(RATED & Q(solved="partly")),
    "unsolved": _always(RATED & Q(solved="no")),
    "satisfied": _always(Q(satisfaction__gte=4)),
    "fairly": _always(Q(satisfaction=3)),
    "dissatisfied": _always(Q(satisfaction__lte=2)),
    "reworked": _always(Q(rework_count__gt=0)),
    "returned": _always(Q(return_count__gt=0)),
    "reopened": _always(Q(reopen_count__gt=0)),
}

NAMES = {
    "reported": pgettext_lazy("figure", "Reported"),
    "registered": pgettext_lazy("figure", "Registered"),
    "refused": pgettext_lazy("figure", "Refused"),
    "merged": pgettext_lazy("figure", "Merged"),
    "dispatched": pgettext_lazy("figure", "Dispatched"),
    "due": pgettext_lazy("figure", "Due"),
    "in_time": pgettext_lazy("figure", "In time"),
    "late": pgettext_lazy("figure", "Late"),
    "exempt": pgettext_lazy("figure", "Exempted"),
    "delivered": pgettext_lazy("figure", "Done"),
    "closed": pgettext_lazy("figure", "Closed"),
    "open": pgettext_lazy("figure", "Open"),
    "rated": pgettext_lazy("figure", "Judged"),
    "solved": pgettext_lazy("figure", "Solved"),
    "partly": pgettext_lazy("figure", "Partly solved"),
    "unsolved": pgettext_lazy("figure", "Not solved"),
    "satisfied": pgettext_lazy("figure", "Satisfied"),
    "fairly": pgettext_lazy("figure", "Fairly satisfied"),
    "dissatisfied": pgettext_lazy("figure", "Not satisfied"),
    "reworked": pgettext_lazy("figure", "Reworked"),
    "returned": pgettext_lazy("figure", "Returned"),
    "reopened": pgettext_lazy("figure", "Reopened"),
}


def counted(figure: str, now: datetime) -> Q:
    """The rows a figure counts at `now`. KeyError for a figure that is none."""
    return Q(is_sealed=False) & FIGURES[figure](now)
