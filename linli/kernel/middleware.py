"""What every request passes: language, and errors turned into answers that say what to do next.

`process_exception` sees what views raise; what middleware raises ends in the handlers named in `config/urls.py`.
Both ways lead to the same answers.
"""

from __future__ import annotations

import errno
import logging
import secrets
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from linli.kernel.errors import DomainError
from linli.kernel.problems import answer, problem, problem_of

log = logging.getLogger("linli.request")

NextStep = Callable[[HttpRequest], HttpResponse]
RETRY_SECONDS = 5
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
POSTGRES_DISK_FULL = "53100"
# Doors of programs: there the language is asked for by header, as their standards have it.
HEADER_DOORS = ("/open311/", "/api/")
OWN_ANSWERS = "/open311/"  # its standard says how it refuses: this door does so itself


def is_database_away(error: BaseException) -> bool:
    """The database does not answer, or not in time; not a mistake in a query, and not a disk without room."""
    if is_disk_full(error):
        return False
    if type(error).__name__ in ("PoolTimeout", "PoolClosed", "TooManyRequests"):
        return True
    if isinstance(error, InterfaceError):
        return True
    return isinstance(error, OperationalError) and not str(error).startswith("no such")


def is_disk_full(error: BaseException) -> bool:
    """There is no room for a file, or the database says that it has none. Waiting does not help: somebody must make room."""
    if isinstance(error, OSError):
        return error.errno in NO_SPACE
    if not isinstance(error, DatabaseError):
        return False
    cause = error.__cause__  # what the driver said
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_FULL
    return getattr(cause, "sqlstate", None) == POSTGRES_DISK_FULL


def let_go_of_connection() -> None:
    """Close what may be broken, so that the next request begins with a fresh connection."""
    if connection.in_atomic_block:
        return
    with suppress(DatabaseError, InterfaceError):
        connection.close()
    pool = connection.settings_dict.get("OPTIONS", {}).get("pool") and getattr(connection, "pool", None)
    if pool:
        with suppress(Exception):  # the pool may be closing in another thread
            pool.drain()


def database_away(request: HttpRequest, error: BaseException) -> HttpResponse:
    """503 that asks to come back in a few seconds; nothing was half written."""
    log.warning("the database does not answer: %s %s: %s", request.method, request.path, error)
    let_go_of_connection()
    detail = _(
        "The database or a disk is not available for a moment. Nothing was half saved. "
        "Wait a minute and load the page again."
    )
    return answer(request, problem(503, "database_away", detail, retry_after=RETRY_SECONDS))


class DatabaseAway:
    """Answers 503 with Retry-After while the database is away, and lets go of the broken connection."""

    def __init__(self, get_response: NextStep):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return database_away(request, error) if is_database_away(error) else None


def chosen_language(request: HttpRequest) -> str:
    """The visitor's choice (address, cookie); at the doors of programs the header; otherwise the default."""
    known = dict(settings.LANGUAGES)
    for wish in (request.GET.get("lang"), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)):
        if wish in known:
            return str(wish)
    if request.path.startswith(HEADER_DOORS) and request.headers.get("Accept-Language"):
        return translation.get_language_from_request(request)
    return settings.LANGUAGE_CODE


class Language:
    """Activates the language of the request. The browser's own list is not asked at people's doors: Chinese first."""

    def __init__(self, get_response: NextStep):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = chosen_language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]  # Django's own name for it
            response = self.get_response(request)
        response.setdefault("Content-Language", language)
        if request.path.startswith(HEADER_DOORS):
            patch_vary_headers(response, ("Accept-Language",))
        return response


def is_of_unknown_length(request: HttpRequest) -> bool:
    """A body that comes in chunks: Django reads none of it, whatever the server could give, and takes it for empty."""
    return "HTTP_TRANSFER_ENCODING" in request.META


def length_required() -> str:
    """What whoever sends such a body is told."""
    return _("The length of the body has to be told: send Content-Length instead of Transfer-Encoding.")


class KnownLength:
    """Answers 411 to a body of unknown length: read as empty it would be refused for things that are in it."""

    def __init__(self, get_response: NextStep):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_of_unknown_length(request) and not request.path.startswith(OWN_ANSWERS):
            return answer(request, problem(411, "length_required", length_required()))
        return self.get_response(request)


class DomainErrors:
    """Turns refusals of the domain, missing pages and a full disk into answers."""

    def __init__(self, get_response: NextStep):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DomainError):
            return answer(request, problem_of(error), page={"error": error})
        if isinstance(error, Http404):
            return not_found(request, error)
        if isinstance(error, PermissionDenied):
            return forbidden(request, error)
        if isinstance(error, SuspiciousOperation | BadRequest):
            return bad_request(request, error)
        if is_disk_full(error):
            return disk_full(request, error)
        return None


def disk_full(request: HttpRequest, error: BaseException) -> HttpResponse:
    log.error("the disk is full: %s %s: %s", request.method, request.path, error)
    detail = _(
        "The disk of the server is full, so nothing was saved. Keep what you have and tell whoever runs this system."
    )
    return answer(request, problem(503, "disk_full", detail, retry_after=60))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400 for what cannot be read."""
    return answer(request, problem(400, "bad_request"))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403; whoever must not know of a thing gets 404 instead, from the view."""
    return answer(request, problem(403, "not_allowed"))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, the same for what is not there and for what is none of the asker's business."""
    return answer(request, problem(404, "not_found"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Whatever got past everything else: the database away in a middleware, a refusal there, or a fault of ours."""
    error: Any = sys.exc_info()[1]
    if error is not None and is_database_away(error):
        return database_away(request, error)
    if isinstance(error, DomainError):
        return answer(request, problem_of(error))
    if error is not None and is_disk_full(error):
        return disk_full(request, error)
    number = secrets.token_hex(4)
    log.error("fault %s: %s %s", number, request.method, request.path, exc_info=error)
    return answer(request, problem(500, "server_error", error_id=number), page={"error_id": number})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose secret is missing or old: mostly a page that was open too long."""
    detail = _(
        "This page was open too long or cookies are switched off, so the form could not be checked. "
        "Load the page again and send it once more."
    )
    return answer(request, problem(403, "csrf_failed", detail))
