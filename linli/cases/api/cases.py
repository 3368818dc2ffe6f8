"""Endpoints of cases: lists, one case, its timeline, reporting, notes, support, following."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from linli.cases.api import schemas
from linli.cases.api.finding import Found, find_case, rows_for
from linli.cases.api.showing import LIST_FIELDS, etag, instant, is_staff_of, shown, shown_in_full, timeline
from linli.cases.models import Case
from linli.cases.operations import (
    Report,
    Reported,
    follow_case,
    note_case,
    report_case,
    report_cases,
    reveal_reporter,
    support_case,
)
from linli.cases.queries.duplicates import likely_duplicates
from linli.cases.queries.lists import keyset_page
from linli.kernel import limits
from linli.kernel.coordinates import to_wgs84
from linli.kernel.endpoints import answer, asker, endpoint
from linli.kernel.errors import RuleBroken
from linli.kernel.policy import Actor

router = Router(tags=["Cases"])
IF_NONE_MATCH = {
    "in": "header", "name": "If-None-Match", "required": False, "schema": {"type": "string", "maxLength": 60},
    "description": "The ETag of an earlier answer: 304 if the case is still the same.",
}  # fmt: skip


@endpoint(router, "GET", "/cases", answers={200: schemas.CasePage}, refuses=(403,))
def list_cases(request: HttpRequest, wanted: Query[schemas.ListFilter]) -> HttpResponse:
    """Cases the asker may see, page by page.

    Pages are walked by `next` → `after`; nothing is counted. Rows that come in meanwhile never push others out.
    """
    actor = asker(request)
    rows, case_filter = rows_for(actor, wanted)
    page = keyset_page(rows.only(*LIST_FIELDS), case_filter, key=wanted.after, back=False, size=wanted.size)
    now, is_seen = timezone.now(), wanted.scope == "mine" and actor.is_known
    items = [shown(case, is_staff=is_staff_of(actor, case, is_seen=is_seen), now=now) for case in page.rows]
    return answer({"items": items, "next": page.older})


@endpoint(router, "GET", "/cases/duplicates", answers={200: schemas.LikelyMany})
def list_duplicates(request: HttpRequest, near: Query[schemas.Near]) -> HttpResponse:
    """Open public cases that may be the same as a report about to be sent, the likeliest first."""
    found = likely_duplicates(Case.objects.public(), category=near.category, lng=near.lng, lat=near.lat, text=near.text)
    now = timezone.now()
    return answer({
        "items": [
            {
                "case": shown(item.case, is_staff=False, now=now),
                "distance_m": round(item.distance_m, 1),
                "likeness": round(item.likeness, 3),
            }
            for item in found
        ]
    })  # fmt: skip


@endpoint(router, "POST", "/cases", answers={201: schemas.Reported}, refuses=(409,), repeatable=True)
def report(request: HttpRequest, new: schemas.NewReport) -> HttpResponse:
    """Report something.

    With an `id` of the sender's own, the same content gives the same answer however often it is sent; other content
    under the same id is refused (409) and kept for a person to look at.
    """
    actor = asker(request)
    _spend(request, actor)
    reported = report_case(actor=actor, report=as_report(new, actor))
    return answer(shown_reported(reported), status=201, Location=f"/api/v1/cases/{reported.case.reference}")


@endpoint(router, "POST", "/cases/batch", answers={201: schemas.ReportedMany}, refuses=(409,), who="known", repeatable=True)
def report_many(request: HttpRequest, new: schemas.NewReports) -> HttpResponse:
    """Report up to 500 things, all or none; a refusal says in `index` which report is at fault."""
    actor = asker(request)
    done = report_cases(actor=actor, reports=[as_report(item, actor) for item in new.reports])
    return answer({"reports": [shown_reported(item) for item in done]}, status=201)


def _spend(request: HttpRequest, actor: Actor) -> None:
    if not actor.is_known:
        limits.spend(limits.REPORT_BY_ADDRESS, limits.address_of(request))


def as_report(new: schemas.NewReport, actor: Actor) -> Report:
    """What was sent, as the operation takes it; the place in WGS-84."""
    place = (new.lng, new.lat) if new.datum == "wgs84" else to_wgs84(new.lng, new.lat, new.datum)
    return Report(
        category=new.category, text=new.text, lng=place[0], lat=place[1],
        door="field" if actor.door == "field" else "api", address=new.address, contact=new.contact.model_dump(),
        photos=tuple(new.photos), id=new.id, device_at=new.device_at, component_code=new.component_code,
        attributes=new.attributes, is_public=new.is_public,
    )  # fmt: skip


def shown_reported(reported: Reported) -> dict[str, Any]:
    """The answer to a report; nothing in it changes later, so that sending again is answered alike."""
    case = reported.case
    return {
        "id": case.id,
        "reference": case.reference,
        "reported_at": instant(case.reported_at),
        "link": reported.secret,
        "url": f"/api/v1/cases/{case.reference}",
    }


@endpoint(router, "GET", "/cases/{reference}", answers={200: schemas.CaseInFull, 304: None}, headers=[IF_NONE_MATCH])
def show_case(request: HttpRequest, reference: str, holder: Query[schemas.WithLink]) -> HttpResponse:
    """One case. `ETag` begins with its version; send it as `If-Match` with a verb.

    `link` is the secret of the reporter's link. Contact data are never in it.
    """
    found = find_case(request, reference, holder.link)
    tag = etag(found.case)
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": tag})
    return answer(shown_in_full(found.case, found.actor, is_staff=found.is_staff), ETag=tag)


@endpoint(router, "GET", "/cases/{reference}/timeline", answers={200: schemas.Timeline})
def show_timeline(request: HttpRequest, reference: str, holder: Query[schemas.WithLink]) -> HttpResponse:
    """Everything that happened to a case, oldest first; for those outside the public steps and answers."""
    found = find_case(request, reference, holder.link)
    return answer({"items": timeline(found.case, is_staff=found.is_staff)})


@endpoint(router, "POST", "/cases/{reference}/notes", answers={201: schemas.Noted}, who="known", repeatable=True)
def note(request: HttpRequest, reference: str, new: schemas.NewNote) -> HttpResponse:
    """Add a staff note; never public, never sent to the reporter."""
    found = find_case(request, reference)
    row = note_case(actor=found.actor, case=found.case, text=new.text)
    return answer({"id": row.id, "at": instant(row.at)}, status=201)


@endpoint(router, "POST", "/cases/{reference}/reporter", answers={200: schemas.RevealedContact}, who="known")
def reveal(request: HttpRequest, reference: str, why: schemas.Reason) -> HttpResponse:
    """The reporter's contact in clear, for a reason that is kept in the audit."""
    found = find_case(request, reference)
    return answer(reveal_reporter(actor=found.actor, case=found.case, reason=why.reason), Cache_Control="no-store")


@endpoint(router, "POST", "/cases/{reference}/support", answers={200: schemas.Supporters}, repeatable=True)
def support(request: HttpRequest, reference: str, new: schemas.NewSupport) -> HttpResponse:
    """Say “me too” to an open public case; counted once for each person or voice."""
    found = find_case(request, reference)
    if found.actor.person_id is None and len(new.voice) < 16:
        raise RuleBroken("voice_missing", _("Send a random text of at least 16 characters as “voice”."), field="voice")
    count = support_case(actor=found.actor, case=found.case, browser=new.voice, contact=new.contact.model_dump())
    return answer({"support_count": count})


@endpoint(router, "PUT", "/cases/{reference}/follow", answers={204: None}, who="known")
def follow(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep an eye on a case: told of its steps."""
    return _follow(find_case(request, reference), True)


@endpoint(router, "DELETE", "/cases/{reference}/follow", answers={204: None}, who="known")
def unfollow(request: HttpRequest, reference: str) -> HttpResponse:
    """No longer keep an eye on a case."""
    return _follow(find_case(request, reference), False)


def _follow(found: Found, is_following: bool) -> HttpResponse:
    follow_case(actor=found.actor, case=found.case, is_following=is_following)
    return HttpResponse(status=204)
