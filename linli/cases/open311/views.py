"""Addresses of Open311 GeoReport v2: discovery, services, requests, tokens."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from linli.cases.models import Case
from linli.cases.open311 import parse, render, shapes
from linli.cases.open311.parse import Refused, Span, value
from linli.cases.operations import Report, report_case
from linli.cases.queries.lists import first_id
from linli.kernel import limits, uploads
from linli.kernel.errors import DomainError
from linli.kernel.idempotency import fingerprint_of, key_of, once
from linli.kernel.identifiers import normalise_reference
from linli.kernel.middleware import is_of_unknown_length, length_required
from linli.kernel.policy import Actor
from linli.places.models import Building
from linli.places.queries import find_addresses

View = Callable[..., HttpResponse]
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-21T00:00:00Z"
MOST_PICTURES = 5
SAME_STATUS = frozenset({403, 404, 409, 413, 429, 503})


def door(**methods: View) -> View:
    """An address of Open311: which method leads to which view; whatever is refused is told in the format asked for."""
    allowed = ", ".join(sorted(methods))

    @csrf_exempt
    def called(request: HttpRequest, format: str, **values: Any) -> HttpResponse:
        view = methods.get("GET" if request.method == "HEAD" else request.method or "")
        if view is None:
            response = render.errors(format, 405, _("This address takes %(methods)s.") % {"methods": allowed})
            response["Allow"] = allowed
            return response
        if is_of_unknown_length(request):
            return render.errors(format, 411, length_required())
        try:
            return view(request, format, **values)
        except Refused as refused:
            return render.errors(format, refused.status, *refused.descriptions)
        except DomainError as error:
            status = error.status if error.status in SAME_STATUS else 400
            return _with_wait(render.errors(format, status, str(error.message)), error)
        except RequestDataTooBig:
            return render.errors(format, 413, _("That is too large."))
        except (BadRequest, SuspiciousOperation, UnreadablePostError):
            return render.errors(format, 400, _("The request cannot be read."))

    return called


def _with_wait(response: HttpResponse, error: DomainError) -> HttpResponse:
    if "retry_after" in error.details:
        response["Retry-After"] = str(error.details["retry_after"])
    return response


def of_jurisdiction(view: View) -> View:
    """A view that first checks the jurisdiction."""

    @functools.wraps(view)
    def called(request: HttpRequest, format_: str, **values: Any) -> HttpResponse:
        parse.check_jurisdiction(request)
        return view(request, format_, **values)

    return called


def show_discovery(request: HttpRequest, format_: str) -> HttpResponse:
    """Which endpoints there are, and how one gets a key."""
    here = request.build_absolute_uri("/open311/v2")
    return render.one(format_, "discovery", {
        "changeset": CHANGESET,
        "contact": _("Ask the office that runs this district's system."),
        "key_service": _("Keys are access tokens; the administrator of the district gives them."),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": here,
                "changeset": CHANGESET,
                "type": "test" if settings.LINLI_DEMO else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    })  # fmt: skip


@of_jurisdiction
def list_services(request: HttpRequest, format_: str) -> HttpResponse:
    """Everything that can be reported."""
    found = [shapes.shown_service(row) for row in parse.services().values()]
    return render.rows(format_, "services", "service", found)


@of_jurisdiction
def show_service(request: HttpRequest, format_: str, code: str) -> HttpResponse:
    """What may be said about one service."""
    return render.one(format_, "service_definition", shapes.definition(parse.service(code)))


@of_jurisdiction
def list_requests(request: HttpRequest, format_: str) -> HttpResponse:
    """Public requests: those named, or the newest of a span of at most 90 days, at most 1000."""
    rows: QuerySet[Case]
    if named := parse.words(request, "service_request_id"):
        rows = Case.objects.public().filter(reference__in=_references(named)).order_by("-pk")
    else:
        rows = _filtered(request, Case.objects.public()).order_by("-pk")
    return _shown(request, format_, list(rows.only(*shapes.FIELDS)[parse.page(request)]))


def _references(named: list[str]) -> list[str]:
    if len(named) > parse.MOST_ROWS:
        raise Refused(400, _("At most 1000 ids at once."))
    return [reference for reference in map(normalise_reference, named) if reference]


def _filtered(request: HttpRequest, rows: QuerySet[Case]) -> QuerySet[Case]:
    """Narrow rows by everything the list takes besides ids."""
    if codes := parse.words(request, "service_code"):
        rows = rows.filter(category_id__in=[parse.service(code).code for code in codes])
    wanted = parse.statuses(request)
    if len(wanted) == 1:
        rows = rows.filter(is_open=wanted[0] == "open")
    if (span := parse.span(request)) is not None:
        rows = _within(rows, span)
    if after := parse.instant(request, "updated_after"):
        rows = rows.filter(updated_at__gte=after)
    if before := parse.instant(request, "updated_before"):
        rows = rows.filter(updated_at__lte=before)
    return rows


def _within(rows: QuerySet[Case], span: Span) -> QuerySet[Case]:
    """Ids carry the time of reporting: they cut the span by the primary key, the instants cut it to the microsecond."""
    return rows.filter(pk__gte=first_id(span.start), reported_at__gte=span.start, reported_at__lte=span.end)


@of_jurisdiction
def show_request(request: HttpRequest, format_: str, reference: str) -> HttpResponse:
    """One public request, as a list of one."""
    limits.spend(limits.LOOK_UP_BY_ADDRESS, limits.address_of(request))
    return _shown(request, format_, [public_case(reference)])


def public_case(reference: str) -> Case:
    """A public case by what people call it. Raises Refused(404)."""
    wanted = normalise_reference(reference)
    case = Case.objects.public().only(*shapes.FIELDS).filter(reference=wanted).first() if wanted else None
    if case is None:
        raise Refused(404, _("The service_request_id %(id)s is not known.") % {"id": reference[:40]})
    return case


def _shown(request: HttpRequest, format_: str, cases: list[Case]) -> HttpResponse:
    is_extended = value(request, "extensions").lower() in ("true", "1")
    found = shapes.shown_requests(request, cases, is_extended=is_extended)
    return render.rows(format_, "service_requests", "request", found)


@of_jurisdiction
def show_token(request: HttpRequest, format_: str, token: str) -> HttpResponse:
    """Requests get their id at once, so a token is the id itself."""
    case = public_case(token)
    found = [{"service_request_id": case.reference, "token": token}]
    return render.rows(format_, "service_requests", "request", found)


@of_jurisdiction
def post_request(request: HttpRequest, format_: str) -> HttpResponse:
    """Take in a request, from a form or multipart with pictures. With an Idempotency-Key it is safe to send again."""
    actor = parse.caller(request)
    if not actor.holds(parse.REPORT):
        raise Refused(403, _("This api_key may not send requests."))
    report = _as_report(request, actor)

    def take_in() -> HttpResponse:
        case = report_case(actor=actor, report=report).case
        notice = _("Received. Keep the number to follow what becomes of it.")
        row = {"service_request_id": case.reference, "service_notice": notice, "account_id": None}
        return render.rows(format_, "service_requests", "request", [row], status=201)

    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return take_in()
    return once(key=key_of(actor, key, "open311"), fingerprint=fingerprint_of(format_, report.fingerprint()), do=take_in)


def _as_report(request: HttpRequest, actor: Actor) -> Report:
    code = value(request, "service_code")
    if not code:
        raise Refused(400, _("service_code is missing."))
    service = parse.service(code)
    attributes = parse.attributes(request)
    condition = attributes.get("condition")
    definition = next(item for item in shapes.definition(service)["attributes"] if item["code"] == "condition")
    if condition and condition not in {item["key"] for item in definition["values"]}:
        raise Refused(400, _("attribute[condition] has to be one of the values of the service definition."))
    if media_url := parse.media_url(request):
        attributes["media_url"] = media_url
    (lng, lat), address = _place(request)
    text = value(request, "description") or service.name
    return Report(
        category=service.code, text=text, lng=lng, lat=lat, door="open311", address=address, contact=_contact(request),
        photos=_photos(request, actor), attributes=attributes, component_code=attributes.get("component_code", "")[:16],
    )  # fmt: skip


def _place(request: HttpRequest) -> tuple[tuple[float, float], str]:
    """Where it is: by point, by an address of ours, or by words that we find. Raises Refused(400)."""
    point, address, address_id = parse.place(request), value(request, "address_string"), value(request, "address_id")
    if point is not None:
        return point, address
    if address_id and (building := Building.objects.filter(pk=address_id[:24]).first()):
        return (building.lng, building.lat), building.address_zh
    if address and (found := find_addresses(address, limit=1)):
        return (found[0].lng, found[0].lat), address
    if address or address_id:
        raise Refused(400, _("The address was not found; send lat and long."))
    raise Refused(400, _("A location is missing: lat and long, address_string or address_id."))


def _contact(request: HttpRequest) -> dict[str, str]:
    """Who reports, as given; kept encrypted and never told."""
    name = f"{value(request, 'last_name')}{' ' if value(request, 'last_name').isascii() else ''}{value(request, 'first_name')}"
    found = {"name": name.strip()[:60], "phone": value(request, "phone")[:30], "email": value(request, "email")[:200]}
    return {key: text for key, text in found.items() if text}


def _photos(request: HttpRequest, actor: Actor) -> tuple[Any, ...]:
    """Pictures that came as `media`. What media_url points to is not fetched; staff read where it lies."""
    files = request.FILES.getlist("media")
    if len(files) > MOST_PICTURES:
        raise Refused(400, _("At most %(count)s pictures.") % {"count": MOST_PICTURES})
    return tuple(
        uploads.keep_photo(cast(BinaryIO, file), name=file.name or "", person_id=actor.person_id).pk
        for file in files
        if file.size
    )


discovery = door(GET=show_discovery)
services = door(GET=list_services)
service = door(GET=show_service)
requests = door(GET=list_requests, POST=post_request)
one_request = door(GET=show_request)
tokens = door(GET=show_token)
