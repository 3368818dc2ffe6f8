"""Storm mode: a burst of reports becomes a situation that is merged, dispatched in batches and followed on one board."""

from __future__ import annotations

import statistics
import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.cases import settings
from linli.cases.events import SituationClosed, SituationOpened
from linli.cases.models import Case, Situation, in_area
from linli.cases.operations import intake
from linli.cases.operations.batches import Batch, send_case
from linli.cases.operations.taking import Ask
from linli.cases.queries.clusters import UNSENT, clusters
from linli.cases.workflow import Stage
from linli.kernel import options
from linli.kernel.errors import Conflict, DomainError, RuleBroken
from linli.kernel.events import emit
from linli.kernel.identifiers import new_id
from linli.kernel.policy import SYSTEM, Actor, require
from linli.places.queries import areas


@transaction.atomic
def open_situation(
    *, actor: Actor, name: str, area_code: str, since: datetime, trigger: dict[str, Any] | None = None
) -> Situation:
    """Open a situation for an area; open cases reported there since `since` belong to it.

    Raises NotAllowed, RuleBroken (name_missing, area_unknown), Conflict("situation_open") when one is open there.
    Emits:  cases.situation.opened
    """
    require(actor, "cases.situation.manage")
    if not name.strip():
        raise RuleBroken("name_missing", _("Give the situation a name, such as “Storm of 21 November”."), field="name")
    if area_code not in areas().by_code or not area_code.startswith(actor.area_code):
        raise RuleBroken("area_unknown", _("Choose an area that your post covers."), field="area")
    try:
        with transaction.atomic():
            situation = Situation.objects.create(
                id=new_id(),
                name=name.strip(),
                area_code=area_code,
                opened_at=since,
                opened_by_system=actor.is_system,
                trigger=trigger or {},
            )
    except IntegrityError:
        raise Conflict("situation_open", _("A situation is open in this area already; add to that one.")) from None
    count = gather(situation)
    emit(actor, SituationOpened(situation_id=situation.pk, area_code=area_code, cases=count))
    return situation


def gather(situation: Situation) -> int:
    """Take in open cases of the area that were reported since the situation opened; returns how many it has."""
    fresh = Case.objects.filter(in_area(situation.area_code), is_open=True, situation=None, reported_at__gte=situation.opened_at)
    majors = tuple(options.value(settings.STORM)["majors"])
    chosen = [pk for pk, category in fresh.values_list("pk", "category_id") if category.startswith(majors)]
    Case.objects.filter(pk__in=chosen, situation=None).update(situation=situation)
    return Case.objects.filter(situation=situation).count()


def merge_clusters(*, actor: Actor, situation: Situation, leads: Collection[uuid.UUID] | None = None) -> Batch:
    """Merge, in every cluster or in those led by `leads`, the waiting reports into the one that leads.

    Cases already on their way stay as they are.
    """
    require(actor, "cases.situation.manage")
    rows = Case.objects.filter(situation=situation, is_open=True).select_related("category")
    done, refused = [], []
    for cluster in clusters(rows):
        if leads is not None and cluster.lead.pk not in leads:
            continue
        for case in cluster.mergeable:
            try:
                intake.merge_case(actor=actor, case=case, target=cluster.lead, ask=Ask())
                done.append(case.reference)
            except DomainError as error:
                refused.append((case.reference, str(error.message)))
    return Batch(done, refused)


def dispatch_batch(
    *,
    actor: Actor,
    situation: Situation,
    cases: Sequence[uuid.UUID],
    unit: int | None = None,
    co_units: Sequence[int] | None = None,
) -> Batch:
    """Register (default condition) and dispatch many cases at once: to `unit`, or each as the duty matrix says.

    Each case is its own transaction: one that cannot go does not hold up the rest.
    """
    require(actor, "cases.situation.manage")
    rows = Case.objects.filter(situation=situation, pk__in=cases, stage__in=UNSENT).order_by("id")
    done, refused = [], []
    for case in rows:
        try:
            send_case(actor=actor, case=case, unit=unit, co_units=co_units)
            done.append(case.reference)
        except DomainError as error:
            refused.append((case.reference, str(error.message)))
    return Batch(done, refused)


@transaction.atomic
def close_situation(*, actor: Actor, situation: Situation, words: str = "") -> Situation:
    """End a situation with its report; cases still open stay open and are named in it.

    Raises Conflict("situation_closed"). Emits: cases.situation.closed
    """
    situation = Situation.objects.select_for_update().get(pk=situation.pk)
    require(actor, "cases.situation.manage")
    if situation.closed_at:
        raise Conflict("situation_closed", _("This situation is closed already."))
    situation.closed_at = timezone.now()
    situation.report = {**report_of(situation), "words": words.strip()}
    situation.version += 1
    situation.save(update_fields=["closed_at", "report", "version"])
    emit(actor, SituationClosed(situation_id=situation.pk, area_code=situation.area_code))
    return situation


def report_of(situation: Situation) -> dict[str, Any]:
    """The figures of a situation now: what came in, merged, done, open, how quick, by whom, of what kind."""
    rows = list(
        Case.objects.filter(situation=situation).values_list(
            "stage", "is_open", "category_id", "lead_unit_id", "reported_at", "delivered_at", "dispatched_at", "reference"
        )
    )
    handled = [(row[5] - row[4]).total_seconds() / 60 for row in rows if row[5]]
    undone = [row[7] for row in rows if row[1] and not row[5]]  # done and not yet checked is done: the figures add up
    return {
        "reports": len(rows),
        "merged": sum(row[0] == Stage.MERGED for row in rows),
        "delivered": len(handled),
        "open": len(undone),
        "open_references": undone[:200],
        "median_minutes_to_done": round(statistics.median(handled)) if handled else None,
        "by_category": dict(Counter(row[2] for row in rows).most_common()),
        "by_unit": dict(Counter(str(row[3]) for row in rows if row[3]).most_common()),
        "until": (situation.closed_at or timezone.now()).isoformat(),
        "since": situation.opened_at.isoformat(),
    }


def notice_burst(area_code: str, now: datetime) -> Situation | None:
    """Open a situation by itself when the street had a burst, or add to the open one. Returns the situation."""
    street, rule = area_code[:9], options.value(settings.STORM)
    if len(street) < 9:
        return None
    current = Situation.objects.filter(area_code__in=[street, area_code[:6]], closed_at=None).first()
    if current:
        gather(current)
        return current
    since = now - timedelta(minutes=rule["minutes"])
    fresh = Case.objects.filter(street_code=street, is_open=True, reported_at__gte=since, situation=None)
    majors = tuple(rule["majors"])
    count = sum(category.startswith(majors) for category in fresh.values_list("category_id", flat=True))
    if count < rule["reports"]:
        return None
    name = _("Burst of reports, %(area)s, %(time)s") % {
        "area": areas().name(street),
        "time": timezone.localtime(now).strftime("%m-%d %H:%M"),
    }
    return open_situation(
        actor=SYSTEM, name=name, area_code=street, since=since, trigger={"reports": count, "minutes": rule["minutes"]}
    )
