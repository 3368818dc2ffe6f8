"""Requests that carry a key of their own: sending one again, or fifty times at once, gives the first answer.

The key's row is written first in the transaction that does the work, so that twins wait for each other at the database
and not in memory: it holds between threads, processes and machines. Only answers to what was done are kept; a refusal
changed nothing and is judged afresh when it comes again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.db import connection, transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.errors import BadInput, Conflict, DomainError
from linli.kernel.models import RequestKey
from linli.kernel.policy import Actor

LONGEST_KEY = 100
SHORTEST_OPEN_KEY = 16  # of somebody unknown: long enough that nobody else has the same by accident
KEPT_HEADERS = ("ETag", "Location")
REPLAYED = "Idempotent-Replayed"


def key_of(actor: Actor, given: str, door: str = "api") -> str:
    """The name under which a key that an actor sent is kept: the keys of two people never meet.

    Raises BadInput("idempotency_key_wrong") for a key that is too long, or too short for somebody unknown.
    """
    if not given.isprintable() or len(given) > LONGEST_KEY or (not actor.is_known and len(given) < SHORTEST_OPEN_KEY):
        raise BadInput(
            "idempotency_key_wrong",
            _("An idempotency key has at most 100 characters, and without signing in at least 16: take a UUID."),
            field="Idempotency-Key",
        )
    who = f"token:{actor.token_id}" if actor.token_id else str(actor.person_id or actor.name or actor.kind)
    return f"{door}:{who[:40]}:{hashlib.sha256(given.encode()).hexdigest()}"


def fingerprint_of(*parts: str | bytes) -> str:
    """Digest of what makes two requests the same: method, address, body."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def once(*, key: str, fingerprint: str, do: Callable[[], HttpResponse]) -> HttpResponse:
    """Do it, unless it was done under this key already: then the answer that was given is given again.

    `do` runs in a transaction and must answer with what it did; whatever it refuses (DomainError) is passed on, together
    with what the refusing operation wrote on purpose, and forgets the key. Raises Conflict("key_other_content").
    """
    refusal: DomainError | None = None
    with transaction.atomic():
        if not _claim(key, fingerprint):
            return _known(key, fingerprint)
        try:
            response = do()
        except DomainError as error:
            RequestKey.objects.filter(pk=key).delete()
            refusal = error
        else:
            RequestKey.objects.filter(pk=key).update(
                status=response.status_code,
                body=response.content.decode(),
                headers={
                    name: response[name] for name in (*KEPT_HEADERS, "Content-Type") if response.has_header(name)
                },
            )
    if refusal is not None:
        raise refusal
    return response


def _claim(key: str, fingerprint: str) -> bool:
    """Write the key's row; False if it is there. A twin that is still at work is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO {RequestKey._meta.db_table} ("key", fingerprint, status, body, headers, at) '  # noqa: S608  our own name
            "VALUES (%s, %s, 0, '', '{}', %s) ON CONFLICT DO NOTHING",
            [key, fingerprint, connection.ops.adapt_datetimefield_value(timezone.now())],
        )
        return bool(cursor.rowcount == 1)


def _known(key: str, fingerprint: str) -> HttpResponse:
    row = RequestKey.objects.get(pk=key)
    if row.fingerprint != fingerprint:
        raise Conflict(
            "key_other_content",
            _("This idempotency key came before with another request. Take a new key for a new request."),
            field="Idempotency-Key",
        )
    response = HttpResponse(row.body, status=row.status)
    for name, value in row.headers.items():
        response[name] = value
    response[REPLAYED] = "true"
    return response
