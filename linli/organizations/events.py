"""What can happen to posts, duties and access tokens."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from linli.kernel.events import Happening, event


@event
@dataclass(frozen=True)
class PostGiven(Happening):
    """A person got a post. Days are ISO dates; `valid_until` is empty for no end."""

    name: ClassVar[str] = "organizations.post.given"
    subject: ClassVar[str] = "person_id"

    person_id: uuid.UUID
    post: int
    role: str
    organization: int
    area_code: str
    valid_from: str
    valid_until: str


@event
@dataclass(frozen=True)
class PostEnded(Happening):
    """A post got its last day; from the day after it opens nothing."""

    name: ClassVar[str] = "organizations.post.ended"
    subject: ClassVar[str] = "person_id"

    person_id: uuid.UUID
    post: int
    role: str
    last_day: str
    reason: str


@event
@dataclass(frozen=True)
class PostsExported(Happening):
    """Somebody took a list of people and posts out of the system; how many rows."""

    name: ClassVar[str] = "organizations.post.exported"

    rows: int


@event
@dataclass(frozen=True)
class TokenGiven(Happening):
    """A program got an access token; of the token only its last characters are told."""

    name: ClassVar[str] = "organizations.token.given"

    token: int
    title: str
    hint: str
    role: str
    area_code: str
    rights: tuple[str, ...]
    expires_on: str


@event
@dataclass(frozen=True)
class TokenRevoked(Happening):
    """An access token opens nothing any more."""

    name: ClassVar[str] = "organizations.token.revoked"

    token: int
    title: str
    hint: str


@event
@dataclass(frozen=True)
class DutyStarted(Happening):
    """A worker clocked in. Where is kept with the duty, not told."""

    name: ClassVar[str] = "organizations.duty.started"
    subject: ClassVar[str] = "person_id"

    person_id: uuid.UUID
    duty: int


@event
@dataclass(frozen=True)
class DutyEnded(Happening):
    """A worker clocked out."""

    name: ClassVar[str] = "organizations.duty.ended"
    subject: ClassVar[str] = "person_id"

    person_id: uuid.UUID
    duty: int
    minutes: int
