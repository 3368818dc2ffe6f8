"""How an error is answered: problem details (RFC 9457) for programs, a page for people, a fragment for htmx.

Every body says what happened and what to do next; none tells of the inside. A 500 carries a number that the
log holds too.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _

from linli.kernel.errors import DomainError

PROGRAM_DOORS = ("/api/", "/field/api/")
PAGES = frozenset({400, 403, 404, 409, 413, 422, 429, 500, 503})
WITHOUT_DATABASE = frozenset({500, 503})


def titles() -> dict[int, str]:
    """What each status means, in the reader's language."""
    return {
        400: _("This request cannot be read"),
        401: _("Sign in first"),
        403: _("Your post does not allow this"),
        404: _("There is nothing at this address"),
        405: _("This address does not take that method"),
        409: _("Somebody else was faster"),
        411: _("It is not said how long this is"),
        412: _("It has changed meanwhile"),
        413: _("That is too large"),
        415: _("This format is not taken here"),
        422: _("A rule does not allow this"),
        429: _("A little too fast"),
        500: _("Something broke on our side"),
        503: _("Just now something does not answer"),
    }


def wants_problem(request: HttpRequest) -> bool:
    """Whether a program asks: by its door, or because it takes JSON and not HTML."""
    if request.path.startswith(PROGRAM_DOORS):
        return True
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


def problem(status: int, code: str, detail: Any = "", *, field: str | None = None, **more: Any) -> dict[str, Any]:
    """Problem details as a dictionary. `code` is stable, `detail` is a sentence, `field` names the input at fault."""
    body: dict[str, Any] = {
        "type": f"urn:linli:problem:{code}",
        "title": titles().get(status, str(status)),
        "status": status,
        "code": code,
        "detail": str(detail or titles().get(status, "")),
    }
    if field:
        body["field"] = field
    for key, value in more.items():
        body.setdefault(key, value)
    return body


def problem_of(error: DomainError) -> dict[str, Any]:
    """Problem details of a refusal of the domain."""
    return problem(error.status, error.code, error.message, field=error.field, **error.details)


def problem_response(body: dict[str, Any]) -> HttpResponse:
    """Problem details as an answer, in UTF-8 as people can read it."""
    content = json.dumps(body, ensure_ascii=False, default=str)
    response = HttpResponse(content, status=body["status"], content_type="application/problem+json")
    return _with_retry(response, body.get("retry_after"))


def _with_retry(response: HttpResponse, seconds: Any) -> HttpResponse:
    if seconds is not None:
        response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response


def _fragment(status: int, message: str) -> HttpResponse:
    """A notice at the foot of the page; htmx puts it there by the headers."""
    response = HttpResponse(
        format_html('<div class="notice notice-error" role="alert"><div class="notice-text">{}</div></div>', message),
        status=status,
    )
    response["HX-Retarget"] = "#toasts"
    response["HX-Reswap"] = "beforeend"
    return response


def _page(request: HttpRequest, status: int, context: dict[str, Any]) -> HttpResponse:
    """The error page; without database nothing that belongs to the visitor is looked up for it."""
    template = f"errors/{status if status in PAGES else 400 if status < 500 else 500}.html"
    with_request = None if status in WITHOUT_DATABASE else request
    return HttpResponse(render_to_string(template, context, request=with_request), status=status)


def answer(request: HttpRequest, body: dict[str, Any], *, page: dict[str, Any] | None = None) -> HttpResponse:
    """The answer to an error in the shape the asker reads. `page` adds context for the HTML page."""
    if wants_problem(request):
        return problem_response(body)
    status, seconds = body["status"], body.get("retry_after")
    htmx = getattr(request, "htmx", None)
    if htmx and not htmx.boosted:
        return _with_retry(_fragment(status, body["detail"]), seconds)
    context = {"message": body["detail"] if body["detail"] != body["title"] else "", "code": body["code"]}
    return _with_retry(_page(request, status, context | (page or {})), seconds)
