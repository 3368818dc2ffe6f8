"""Views that fail in every way, for the tests of the answers to failures."""

from __future__ import annotations

import errno
from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import get_language
from psycopg.errors import DiskFull

from linli.kernel import errors


def failing(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


def language(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_language())


def database_full() -> OperationalError:
    """As Django hands on what the driver says."""
    error = OperationalError("could not extend file")
    error.__cause__ = DiskFull()
    return error


FAILURES: dict[str, tuple[Exception, int]] = {
    "bad-input": (errors.BadInput("what_is_wrong", "Say it again.", field="text"), 400),
    "not-allowed": (errors.NotAllowed("not_allowed", "Not yours."), 403),
    "not-found": (errors.NotFound("not_found", "Nothing here."), 404),
    "conflict": (errors.Conflict("changed", "Changed meanwhile.", state="closed"), 409),
    "too-large": (errors.TooLarge("too_large", "Too large."), 413),
    "rule": (errors.RuleBroken("text_missing", "Say something.", field="text"), 422),
    "too-many": (errors.TooMany("too_many", "Wait a little.", retry_after=7), 429),
    "unavailable": (errors.Unavailable("away", "Not now.", retry_after=5), 503),
    "http404": (Http404(), 404),
    "denied": (PermissionDenied(), 403),
    "database": (OperationalError("connection refused"), 503),
    "disk": (OSError(errno.ENOSPC, "No space left on device"), 503),
    "database-full": (database_full(), 503),
    "fault": (ZeroDivisionError("a fault of ours with a secret in it"), 500),
}
handler400 = "linli.kernel.middleware.bad_request"
handler403 = "linli.kernel.middleware.forbidden"
handler404 = "linli.kernel.middleware.not_found"
handler500 = "linli.kernel.middleware.server_error"
urlpatterns = [
    path("language", language),
    path("open311/language", language),
    *(path(f"{prefix}{name}", failing(error)) for prefix in ("", "api/") for name, (error, _s) in FAILURES.items()),
]


class FailingMiddleware:
    """A middleware that fails by the request's own wish; no view is reached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if name := request.headers.get("X-Fail"):
            raise FAILURES[name][0]
        return self.get_response(request)
