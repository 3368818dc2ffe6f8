"""How an endpoint of the JSON API is declared: who may call it, what is checked first, how it answers and refuses.

    @endpoint(router, "POST", "/cases", answers={201: Reported}, refuses=(409,), repeatable=True)
    def create_case(request, report: NewReport) -> HttpResponse: ...

Everything is declared in the OpenAPI description, refusals too. Bodies refuse fields they do not know; texts are bounded
and hold neither NUL nor half characters; answers are built as plain dictionaries, because a list of fifty rows through
a second validation costs more than reading it from the database.
"""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from ninja import Router
from ninja.parser import Parser
from ninja.signature.utils import get_typed_signature
from ninja.utils import check_csrf
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from linli.kernel import limits
from linli.kernel.errors import BadInput, DomainError, NotAllowed
from linli.kernel.idempotency import fingerprint_of, key_of, once
from linli.kernel.policy import Actor

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
PROBLEM_TYPE = "application/problem+json"
EARLIEST, LATEST = 2000, 2199
NO_NUL = r"^[^\x00]*$"
BYTES = {"type": "string", "format": "binary"}
IDEMPOTENCY_HEADER = {
    "in": "header", "name": "Idempotency-Key", "required": False, "schema": {"type": "string", "maxLength": 100},
    "description": "The sender's own key: the same request under the same key is done once and answered alike.",
}  # fmt: skip


# --- shapes of what is sent -------------------------------------------------------------------------------------------


def bounded(most: int, least: int = 0) -> Any:
    """A text of `least` to `most` characters, without NUL."""
    return Annotated[str, StringConstraints(min_length=least, max_length=most, pattern=NO_NUL)]


def _plausible(at: datetime) -> datetime:
    if not EARLIEST <= at.year <= LATEST:
        raise ValueError(f"a year between {EARLIEST} and {LATEST}")
    return at


def _plausible_day(day: date) -> date:
    if not EARLIEST <= day.year <= LATEST:
        raise ValueError(f"a year between {EARLIEST} and {LATEST}")
    return day


Instant = Annotated[AwareDatetime, AfterValidator(_plausible)]
Day = Annotated[date, AfterValidator(_plausible_day)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
RowId = Annotated[int, Field(ge=1, le=2**53)]


class Body(BaseModel):
    """Base of everything that is sent: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class FieldError(BaseModel):
    """One input at fault."""

    field: str
    message: str


class Problem(BaseModel):
    """Problem details (RFC 9457): `code` is stable, `detail` a sentence for the reader, `field` the input at fault."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    code: str
    detail: str
    field: str | None = None
    errors: list[FieldError] | None = None


class WrongType(DomainError):
    """A body in a format that is not taken here."""

    status = 415


class SignInFirst(DomainError):
    """Nobody knows who asks, and this needs somebody."""

    status = 401


class JsonParser(Parser):
    """Reads JSON bodies strictly: the declared type, no NaN."""

    def parse_body(self, request: HttpRequest) -> Any:
        if getattr(request, "content_type", "application/json") != "application/json":
            raise WrongType("type_not_taken", _("Send the body as application/json."))
        return json.loads(request.body, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


# --- answers ----------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, uuid.UUID | Promise):
        return force_str(value)
    raise TypeError(f"{type(value)} cannot be written as JSON")


def dumps(data: Any) -> bytes:
    """JSON as UTF-8, Chinese as it is; instants and ids as text."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def answer(data: Any, *, status: int = 200, **headers: str) -> HttpResponse:
    """An answer in JSON. Headers are named with underscores: `ETag=…`, `Cache_Control=…`."""
    response = HttpResponse(dumps(data), status=status, content_type="application/json")
    response["Cache-Control"] = "private, no-cache"
    for name, value in headers.items():
        response[name.replace("_", "-")] = value
    return response


# --- declaring --------------------------------------------------------------------------------------------------------


def asker(request: HttpRequest) -> Actor:
    """Who asks; put there by the middleware."""
    return request.actor  # type: ignore[attr-defined, no-any-return]


class Gate:
    """What is checked before a body is read: who asks, a session's secret against forged forms, unknown parameters."""

    def __init__(self, who: str, known_parameters: Callable[[], frozenset[str]]):
        self._who, self._known_parameters = who, known_parameters

    def __call__(self, request: HttpRequest) -> bool:
        actor = asker(request)
        if actor.token_id is not None:
            limits.spend(limits.API_BY_TOKEN, str(actor.token_id))
        if self._who == "known" and not actor.is_known:
            raise SignInFirst("sign_in_first", _("Send an access token: “Authorization: Bearer …”, or sign in."))
        if actor.kind == "person" and request.method not in SAFE and check_csrf(request) is not None:
            raise NotAllowed("csrf_failed", _("Send the token of the page in the header X-CSRFToken."))
        strange = sorted(set(request.GET) - self._known_parameters() - {"lang"})
        if strange:
            raise BadInput(
                "parameter_unknown", _("This address does not know the parameter “%(name)s”.") % {"name": strange[0]},
                field=strange[0][:60],
            )  # fmt: skip
        return True


def endpoint(
    router: Router, method: str, path: str, *, answers: dict[int, Any], refuses: Sequence[int] = (),
    who: str = "anyone", repeatable: bool = False, headers: Sequence[dict[str, Any]] = (),
    takes: str = "", gives: str = "",
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Declare an endpoint.

    `answers`: status → shape (None: no body). `refuses`: statuses its operation refuses with, beyond those that follow
    from its shape. `who`: `anyone`, or `known` (token or session). `repeatable`: takes an Idempotency-Key. `takes` and
    `gives` name the type of a body that is bare bytes.
    """  # fmt: skip

    def declare(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        signature = get_typed_signature(view)

        @functools.wraps(view)
        def called(request: HttpRequest, **values: Any) -> HttpResponse:
            key = request.headers.get("Idempotency-Key", "") if repeatable else ""
            if not key:
                return view(request, **values)
            print_ = fingerprint_of(request.method or "", request.get_full_path(), request.body)
            return once(key=key_of(asker(request), key), fingerprint=print_, do=lambda: view(request, **values))

        called.__signature__ = signature  # type: ignore[attr-defined]  # the view's names, resolved in its own module
        gate = Gate(who, functools.cache(lambda: _parameters(called)))
        has_body = method in ("POST", "PUT", "PATCH")
        parameters = [*headers, *([IDEMPOTENCY_HEADER] if repeatable else [])]
        statuses = _refusals(who, path, has_body, method, repeatable, refuses)
        return router.api_operation(
            [method], path, auth=[gate], response=answers, summary=_summary(view),
            openapi_extra={
                "parameters": [dict(item) for item in parameters],
                "responses": {
                    **{status: _described(status) for status in statuses if status not in answers},
                    **({200: {"content": {gives: {"schema": BYTES}}}} if gives else {}),
                },
                "security": [{"Bearer": []}, {"Session": []}, *([{}] if who == "anyone" else [])],
                **({"requestBody": {"required": True, "content": {takes: {"schema": BYTES}}}} if takes else {}),
            },
        )(called)  # fmt: skip

    return declare


def _parameters(view: Any) -> frozenset[str]:
    """Names of the query parameters an endpoint takes."""
    models = [model for model in view._ninja_operation.models if model.__ninja_param_source__ == "query"]
    return frozenset(name for model in models for name in model.__ninja_flatten_map__)


def _summary(view: Callable[..., Any]) -> str:
    return (view.__doc__ or view.__name__).strip().splitlines()[0].rstrip(".")


def _refusals(
    who: str, path: str, has_body: bool, method: str, repeatable: bool, more: Sequence[int]
) -> list[int]:
    """Every status an endpoint may refuse with: a wrong token, too often and an absent database are always possible."""
    found = {400, 401, 422, 429, 503, *more}
    if who == "known" or method not in SAFE:
        found.add(403)
    if "{" in path:
        found.add(404)
    if has_body:
        found |= {413, 415}
    if repeatable:
        found.add(409)
    return sorted(found)


def _described(status: int) -> dict[str, Any]:
    return {
        "description": REFUSED[status],
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


REFUSED = {
    400: "The request cannot be read: broken JSON, an unknown parameter, a place in a list that is none.",
    401: "The access token is unknown, expired or revoked; or none was sent where one is needed.",
    403: "The actor may see this but may not do it.",
    404: "Nothing here that the actor may know of.",
    409: "Somebody else was first, the state does not allow it, or a known id or key came with other content.",
    412: "If-Match names another version than the present one.",
    413: "More bytes, rows or pixels than are taken.",
    415: "The body is in a format that is not taken here.",
    422: "Readable, allowed, and yet against a rule; `field` or `errors` say where.",
    429: "Too often; Retry-After says when again.",
    503: "The database or a disk does not answer now; nothing was written.",
}
