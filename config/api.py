"""The JSON API put together: routers of the modules, errors as problem details, its description and a page to read it."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from config.api_docs import groups_of
from linli.cases.api import cases, files, places, points, situations, steps, webhooks
from linli.kernel.endpoints import JsonParser, Problem, dumps
from linli.kernel.errors import DomainError
from linli.kernel.problems import problem, problem_of, problem_response

VERSION = "1"
DESCRIPTION = """The loop from a word to a verdict, for programs.

- **Who asks**: `Authorization: Bearer …` with an access token, or a session with `X-CSRFToken`. Anyone may report, read
  public cases and support them.
- **Safe to send twice**: `Idempotency-Key` on what writes; the same request under the same key is done once and answered
  alike for 30 days.
- **Nobody overwrites anybody**: send the `ETag` you saw as `If-Match`; 412 if the case has moved on.
- **Errors** are problem details (RFC 9457): `code` is stable, `detail` a sentence in the language of `Accept-Language`,
  `field` or `errors` say where.
- **Privacy**: contact data are in no answer, unless revealed for a reason that is kept.
- Instants are RFC 3339 with a zone, places WGS-84, at most 3 MB a request (photos 20 MB).
"""
ROUTERS = [cases.router, steps.router, files.router, points.router, places.router, situations.router,
           webhooks.router]  # fmt: skip

# What a schema found wrong, said to people. Others keep the words of the checker.
WRONG: dict[str, Any] = {
    "missing": gettext_lazy("This is missing."),
    "extra_forbidden": gettext_lazy("This field is not known here."),
    "string_too_long": gettext_lazy("At most %(max_length)s characters."),
    "string_too_short": gettext_lazy("At least %(min_length)s characters."),
    "too_long": gettext_lazy("At most %(max_length)s of them."),
    "too_short": gettext_lazy("At least %(min_length)s of them."),
    "string_pattern_mismatch": gettext_lazy("This text has a form that is not taken here."),
    "string_type": gettext_lazy("This has to be a text."),
    "string_unicode": gettext_lazy("This text holds half characters."),
    "literal_error": gettext_lazy("One of: %(expected)s."),
    "greater_than_equal": gettext_lazy("At least %(ge)s."),
    "less_than_equal": gettext_lazy("At most %(le)s."),
    "uuid_parsing": gettext_lazy("This has to be a UUID."),
    "uuid_type": gettext_lazy("This has to be a UUID."),
    "timezone_aware": gettext_lazy("The instant has to name its zone."),
}


class LinliAPI(NinjaAPI):
    """The API, whose description tells of problem details and of how one signs in."""

    def get_openapi_schema(self, **options: Any) -> Any:
        schema = super().get_openapi_schema(**options)
        parts = schema["components"]
        parts["schemas"]["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        parts["schemas"].update(parts["schemas"]["Problem"].pop("$defs", {}))
        parts["securitySchemes"] = {
            "Bearer": {"type": "http", "scheme": "bearer"},
            "Session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
        return schema


api = LinliAPI(
    title="Linli", version=VERSION, description=DESCRIPTION, parser=JsonParser(), openapi_url=None, docs_url=None,
    urls_namespace="api",
)  # fmt: skip
for _router in ROUTERS:
    api.add_router("/v1", _router)


# --- errors -----------------------------------------------------------------------------------------------------------


@api.exception_handler(DomainError)
def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    response = problem_response(problem_of(error))
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422 with every input at fault."""
    errors = [{"field": _field(item["loc"]), "message": _message(item)} for item in error.errors]
    first = errors[0]
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    return problem_response(problem(422, "input_wrong", detail, field=first["field"] or None, errors=errors))


def _field(where: tuple[Any, ...]) -> str:
    """The name of the input as its sender knows it: without the part of the request and our name for the body."""
    source, *rest = where
    if source in ("body", "query") and len(rest) > 1:
        rest = rest[1:]
    return ".".join(str(part)[:60] for part in rest)


def _message(item: dict[str, Any]) -> str:
    known = WRONG.get(item["type"])
    if known is None:
        return str(item["msg"])
    try:
        return str(known) % item.get("ctx", {})
    except (KeyError, ValueError):
        return str(item["msg"])


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What ninja refuses itself: mostly a body that is not JSON."""
    cause = error.__cause__
    if isinstance(cause, DomainError):
        return refused(request, cause)
    detail = _("The body is not JSON as it should be.") if error.status_code == 400 else str(error)
    return problem_response(problem(error.status_code, "body_unreadable", detail))


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem_response(problem(413, "body_too_large", _("A request has at most 3 MB; a photo at most 20 MB.")))


@api.exception_handler(UnreadablePostError)
def broken_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problem_response(problem(400, "body_incomplete", _("The request broke off before its end.")))


@api.exception_handler(Http404)
def nothing_here(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(problem(404, "not_found"))


@api.exception_handler(Exception)
def fault(request: HttpRequest, error: Exception) -> HttpResponse:
    raise error  # the middleware answers: database away, disk full, or a fault of ours with its number


# --- description ------------------------------------------------------------------------------------------------------


@functools.cache
def description() -> tuple[bytes, str]:
    """The OpenAPI description and its digest; made once in a process."""
    with override("en"):
        body = dumps(api.get_openapi_schema(path_prefix="/api/"))
    return body, f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def openapi(request: HttpRequest) -> HttpResponse:
    """`/api/openapi.json`"""
    body, tag = description()
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": tag})
    headers = {"ETag": tag, "Cache-Control": "public, max-age=300"}
    return HttpResponse(body, content_type="application/json", headers=headers)


def docs(request: HttpRequest) -> HttpResponse:
    """`/api/docs`: the description as a page to read, from this server alone."""
    return render(request, "cases/api_docs.html", {"groups": groups_of(json.loads(description()[0]))})


def in_problems(view: Any) -> Any:
    """A ninja view whose refused methods are problem details too, and that answers HEAD like GET without a body."""

    @csrf_exempt
    @functools.wraps(view)
    def called(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"
        response: HttpResponse = view(request, *args, **values)
        if response.status_code == 405:
            answered = problem_response(problem(405, "method_not_taken"))
            answered["Allow"] = response["Allow"]
            return answered
        if is_head:
            response.content = b""
        return response

    return called


def _patterns() -> list[URLPattern]:
    found, _app, _namespace = api.urls
    for pattern in found:
        pattern.callback = in_problems(pattern.callback)
    return [pattern for pattern in found if pattern.name != "api-root"]


urlpatterns = [
    path("", docs, name="api-root"),
    path("docs", docs, name="api-docs"),
    path("openapi.json", openapi, name="api-openapi"),
    *_patterns(),
]
