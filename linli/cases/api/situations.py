"""Endpoints of situations: a burst of reports in one area, merged, dispatched in batches, closed with a report."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from linli.cases.api import schemas
from linli.cases.api.showing import shown_situation
from linli.cases.models import Situation
from linli.cases.operations import situations
from linli.cases.operations.batches import Batch
from linli.cases.policy import SITUATION_MANAGE, SITUATION_VIEW
from linli.kernel.endpoints import Body, answer, asker, endpoint
from linli.kernel.errors import NotFound
from linli.kernel.policy import Actor, require

router = Router(tags=["Situations"])


class SituationFilter(Body):
    """Which situations: open ones only, and from which one on."""

    is_open: bool | None = None
    after: UUID | None = None
    size: Annotated[int, Field(ge=1, le=200)] = 50


def _covered(actor: Actor) -> Any:
    """Situations of the actor's area and of those above it; everything for who reaches everywhere."""
    require(actor, SITUATION_VIEW)
    rows = Situation.objects.all()
    if actor.reach == "all" or not actor.area_code:
        return rows
    above = [actor.area_code[:cut] for cut in (6, 9, 12, 15) if cut <= len(actor.area_code)]
    return rows.filter(Q(area_code__startswith=actor.area_code) | Q(area_code__in=above))


def _one(actor: Actor, situation_id: UUID) -> Situation:
    row = _covered(actor).filter(pk=situation_id).first()
    if row is None:
        raise NotFound("situation_unknown", _("There is no such situation in your area."))
    return row  # type: ignore[no-any-return]


def _mine(actor: Actor, situation_id: UUID) -> Situation:
    """A situation the actor may change: inside their own area."""
    require(actor, SITUATION_MANAGE)
    row = _one(actor, situation_id)
    if not row.area_code.startswith(actor.area_code):
        raise NotFound("situation_unknown", _("There is no such situation in your area."))
    return row


@endpoint(router, "GET", "/situations", answers={200: schemas.SituationPage}, who="known")
def list_situations(request: HttpRequest, wanted: Query[SituationFilter]) -> HttpResponse:
    """Situations of the asker's area, the newest first."""
    rows = _covered(asker(request)).order_by("-pk")
    if wanted.is_open is not None:
        rows = rows.filter(closed_at__isnull=wanted.is_open)
    if wanted.after:
        rows = rows.filter(pk__lt=wanted.after)
    found = list(rows[: wanted.size + 1])
    shown = found[: wanted.size]
    return answer({
        "items": [shown_situation(row) for row in shown],
        "next": str(shown[-1].pk) if len(found) > wanted.size else "",
    })  # fmt: skip


@endpoint(router, "GET", "/situations/{situation_id}", answers={200: schemas.Situation}, who="known")
def show_situation(request: HttpRequest, situation_id: UUID) -> HttpResponse:
    """One situation with its figures: those of now while it is open, those of its report afterwards."""
    row = _one(asker(request), situation_id)
    return answer(shown_situation(row, row.report or situations.report_of(row)))


@endpoint(router, "POST", "/situations", answers={201: schemas.Situation}, refuses=(409,), who="known", repeatable=True)
def open_situation(request: HttpRequest, new: schemas.NewSituation) -> HttpResponse:
    """Open a situation for an area; open cases reported there since belong to it."""
    row = situations.open_situation(actor=asker(request), name=new.name, area_code=new.area, since=new.since)
    return answer(shown_situation(row, situations.report_of(row)), status=201, Location=f"/api/v1/situations/{row.pk}")


@endpoint(router, "POST", "/situations/{situation_id}/merge", answers={200: schemas.BatchDone}, who="known", repeatable=True)
def merge(request: HttpRequest, situation_id: UUID) -> HttpResponse:
    """Merge reports that are probably the same into the first of each."""
    actor = asker(request)
    return answer(_batch(situations.merge_clusters(actor=actor, situation=_mine(actor, situation_id))))


@endpoint(router, "POST", "/situations/{situation_id}/dispatch", answers={200: schemas.BatchDone}, who="known", repeatable=True)
def dispatch(request: HttpRequest, situation_id: UUID, batch: schemas.BatchDispatch) -> HttpResponse:
    """Register and dispatch many cases at once; one that cannot go does not hold up the rest."""
    actor = asker(request)
    done = situations.dispatch_batch(
        actor=actor, situation=_mine(actor, situation_id), cases=batch.cases, unit=batch.unit, co_units=batch.co_units
    )
    return answer(_batch(done))


@endpoint(
    router, "POST", "/situations/{situation_id}/close", answers={200: schemas.Situation}, refuses=(409,), who="known",
    repeatable=True,
)  # fmt: skip
def close(request: HttpRequest, situation_id: UUID, closing: schemas.Closing) -> HttpResponse:
    """End a situation with its report; cases still open stay open and are named in it."""
    actor = asker(request)
    row = situations.close_situation(actor=actor, situation=_mine(actor, situation_id), words=closing.words)
    return answer(shown_situation(row, row.report))


def _batch(done: Batch) -> dict[str, Any]:
    refused = [{"reference": reference, "reason": reason} for reference, reason in done.refused]
    return {"done": done.done, "refused": refused}
