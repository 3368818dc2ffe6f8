"""The addresses phones exchange their work by. Everything may be sent again, in any order, many times at once."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.request import UnreadablePostError
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from linli.cases.field.bundle import bundle_of, store_keys, user_of
from linli.cases.field.doors import field, say
from linli.cases.field.shapes import SentReport, SentSteps, read
from linli.cases.field.steps import take_step
from linli.cases.field.today import today
from linli.cases.models import Case
from linli.cases.operations import Report, report_case
from linli.cases.operations.announced import announced_by, attach_announced
from linli.kernel.errors import BadInput, DomainError
from linli.kernel.images import MOST_BYTES
from linli.kernel.policy import Actor
from linli.kernel.uploads import Piece, received, take_piece

LARGEST_PIECE = 1024 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}")
SIGN_IN = "/accounts/login/?next=/field/"


@never_cache
@require_GET
def session(request: HttpRequest) -> HttpResponse:
    """Who is signed in on this phone, the secret for sending, and the keys of the phone's store."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # put there by the middleware
    signed_in = actor.kind == "person" and actor.person_id is not None
    data: dict[str, Any] = {"signed_in": signed_in, "csrf": get_token(request), "sign_in": SIGN_IN}
    if signed_in and actor.person_id:
        data |= {"user": user_of(actor), "keys": store_keys(actor.person_id)}
    return say(data)


@field("GET")
def bundle(request: HttpRequest) -> HttpResponse:
    """The catalogue, the areas and buildings of the own street; 304 when the phone has it already."""
    made = bundle_of(request.actor)  # type: ignore[attr-defined]
    if request.headers.get("If-None-Match") == made.etag:
        return HttpResponseNotModified(headers={"ETag": made.etag})
    packs = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(made.packed if packs else made.plain, content_type="application/json")
    if packs:
        response["Content-Encoding"] = "gzip"
    response["ETag"], response["Vary"] = made.etag, "Accept-Encoding, Cookie"
    return response


@field("GET")
def day(request: HttpRequest) -> HttpResponse:
    """The worker's day; see `today`."""
    return say(today(request.actor))  # type: ignore[attr-defined]


@field("POST")
def send_report(request: HttpRequest) -> HttpResponse:
    """Take in a report; the same id again gives the same answer, with the pictures that have arrived since.

    422 names the field at fault; 409 `same_id_other_content` says that both contents are kept for a person to look at.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sent = read(SentReport, request.body)
    try:
        made = report_case(actor=actor, report=_report(sent))
        is_new = made.is_new
    except DomainError as refusal:
        if refusal.status == 409 or announced_by(actor, sent.id) is None:
            raise
        is_new = False  # taken in when the rules were others: a repetition gets the answer of then
    known = announced_by(actor, sent.id)
    if known is None:
        raise BadInput("report_of_another", _("This report belongs to somebody else."))
    case, row = known
    missing = attach_what_arrived(actor, sent.id, case, row.data.get("announced", ()))
    return say(_told(case, row.data.get("announced", ()), missing) | {"outcome": "done" if is_new else "known"})


def _report(sent: SentReport) -> Report:
    return Report(
        id=sent.id,
        category=sent.category,
        text=sent.text,
        lng=sent.lng,
        lat=sent.lat,
        address=sent.address,
        announced=tuple(sent.photos),
        device_at=sent.device_at,
        device=sent.device.evidence(),
        door="field",
    )


def attach_what_arrived(actor: Actor, use: uuid.UUID, case: Case, announced: Sequence[str]) -> list[str]:
    """Tie the announced pictures that are here to their report; returns the digests of those still on their way."""
    known = announced_by(actor, use)
    if known is None or not announced:
        return []
    found = {digest: received(str(actor.person_id), digest, str(use)).photo_id for digest in announced}
    arrived = {digest: photo for digest, photo in found.items() if photo is not None}
    attach_announced(actor=actor, case=case, row=known[1], arrived=arrived)
    return [digest for digest in announced if digest not in arrived]


def _told(case: Case, announced: Sequence[str], missing: Sequence[str]) -> dict[str, Any]:
    return {
        "case": case.pk,
        "reference": case.reference,
        "stage": case.stage,
        "announced": len(announced),
        "missing": list(missing),
    }


@field("POST")
def send_steps(request: HttpRequest) -> HttpResponse:
    """Take several steps; each is answered by itself, in the order they came: see `take_step`."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sent = read(SentSteps, request.body)
    return say({"answers": [take_step(actor, step) for step in sent.steps]})


@field("GET", "PUT")
def photo(request: HttpRequest, sha256: str, use: uuid.UUID) -> HttpResponse:
    """GET: how much of a picture is here. PUT: the bytes from `offset` on, of `size` in all.

    A picture belongs to what it is sent for: `use` is the id of the report or step. When the last bytes of a report's
    picture arrive, it is tied to the report, if that is here. 409 `piece_missing` says from where to go on.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    who = str(actor.person_id)
    if not SHA256.fullmatch(sha256):
        raise BadInput("digest_wrong", _("This is not the SHA-256 of a picture."), field="sha256")
    if request.method == "GET":
        there = received(who, sha256, str(use))
    else:
        there = take_piece(_piece(request, who, sha256, use), person_id=actor.person_id)
    data: dict[str, Any] = {"received": there.received, "photo": there.photo_id}
    if there.photo_id and (known := announced_by(actor, use)):
        case, row = known
        announced = row.data.get("announced", ())
        data |= _told(case, announced, attach_what_arrived(actor, use, case, announced))
    return say(data)


def _piece(request: HttpRequest, who: str, sha256: str, use: uuid.UUID) -> Piece:
    size, offset = _number(request, "size"), _number(request, "offset")
    try:
        data = request.body
    except UnreadablePostError:
        raise BadInput("piece_cut", _("The piece did not arrive whole; send it again.")) from None
    if len(data) > LARGEST_PIECE:
        raise BadInput("piece_too_long", _("Send pieces of at most 1 MB."))
    return Piece(who=who, sha256=sha256, size=size, offset=offset, data=data, use=str(use))


def _number(request: HttpRequest, name: str) -> int:
    given = request.GET.get(name, "")
    if not (given.isascii() and given.isdecimal() and len(given) <= len(str(MOST_BYTES)) + 2):
        raise BadInput("number_wrong", _("“%(field)s” is not a number.") % {"field": name}, field=name)
    return int(given)
