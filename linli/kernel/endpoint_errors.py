"""Errors of the JSON API as problem details: refusals of the domain, inputs at fault, bodies that cannot be read."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from linli.kernel.errors import DomainError
from linli.kernel.problems import problem, problem_of, problem_response

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


def answer_errors(api: NinjaAPI) -> None:
    """Let every error of the API be answered by this module."""
    for kind, handler in HANDLERS.items():
        api.add_exception_handler(kind, handler)


def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
    response = problem_response(problem_of(error))
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


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
        return str(str(known) % item.get("ctx", {}))
    except (KeyError, ValueError):
        return str(item["msg"])


def unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What ninja refuses itself: mostly a body that is not JSON."""
    cause = error.__cause__
    if isinstance(cause, DomainError):
        return refused(request, cause)
    detail = _("The body is not JSON as it should be.") if error.status_code == 400 else str(error)
    return problem_response(problem(error.status_code, "body_unreadable", detail))


def too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem_response(problem(413, "body_too_large", _("A request has at most 3 MB; a photo at most 20 MB.")))


def broken_off(request: HttpRequest, error: UnreadablePostError) -> HttpResponse:
    return problem_response(problem(400, "body_incomplete", _("The request broke off before its end.")))


def nothing_here(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(problem(404, "not_found"))


def fault(request: HttpRequest, error: Exception) -> HttpResponse:
    raise error  # the middleware answers: database away, disk full, or a fault of ours with its number


HANDLERS: dict[type[Exception], Any] = {
    DomainError: refused,
    ValidationError: not_valid,
    HttpError: unreadable,
    RequestDataTooBig: too_big,
    UnreadablePostError: broken_off,
    Http404: nothing_here,
    Exception: fault,
}
