"""The JSON API put together: routers of the modules, errors as problem details, its description and a page to read it."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from linli.cases.api import cases, files, places, points, situations, steps, webhooks
from linli.insight import api as rates
from linli.kernel.endpoint_docs import groups_of
from linli.kernel.endpoint_errors import answer_errors
from linli.kernel.endpoints import JsonParser, Problem, dumps
from linli.kernel.problems import problem, problem_response

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
           webhooks.router, rates.router]  # fmt: skip

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
answer_errors(api)


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
    return [pattern for pattern in found if isinstance(pattern, URLPattern) and pattern.name != "api-root"]


urlpatterns = [
    path("", docs, name="api-root"),
    path("docs", docs, name="api-docs"),
    path("openapi.json", openapi, name="api-openapi"),
    *_patterns(),
]
