"""What can go wrong in the domain, each with the HTTP status it is answered by.

`code` is stable and machine readable (`what_is_wrong`), `message` is a sentence for the reader that
says what happened and what to do next, `field` names the input that is at fault.
"""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Base of every refusal; nothing has been written when it is raised."""

    status = 400

    def __init__(self, code: str, message: Any = "", field: str | None = None, **details: Any):
        super().__init__(code)
        self.code = code
        self.message = message or code
        self.field = field
        self.details = details

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class BadInput(DomainError):
    """The request cannot be read."""

    status = 400


class NotAllowed(DomainError):
    """The actor may see this but may not do it."""

    status = 403


class NotFound(DomainError):
    """Nothing here that the actor may know of."""

    status = 404


class Conflict(DomainError):
    """Somebody else was first, or the same id came with other content."""

    status = 409


class InvalidTransition(Conflict):
    """The verb cannot be taken from the present state."""


class TooLarge(DomainError):
    """More bytes, rows or pixels than are taken."""

    status = 413


class RuleBroken(DomainError):
    """Readable, allowed, and yet against a rule; `field` says where."""

    status = 422


class TooMany(DomainError):
    """Too often in too short a time."""

    status = 429


class Unavailable(DomainError):
    """Something that Linli needs (database, disk) does not answer now; nothing was written."""

    status = 503
