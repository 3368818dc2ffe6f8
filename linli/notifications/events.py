"""What can happen to webhooks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from linli.kernel.events import Happening, event


@event
@dataclass(frozen=True)
class WebhookSet(Happening):
    """A webhook was set up or changed; of its address only the host is told."""

    name: ClassVar[str] = "notifications.webhook.set"
    subject: ClassVar[str] = "webhook_id"

    webhook_id: uuid.UUID
    title: str
    host: str
    events: tuple[str, ...]
    area_code: str
    is_active: bool


@event
@dataclass(frozen=True)
class WebhookEnded(Happening):
    """A webhook was taken away."""

    name: ClassVar[str] = "notifications.webhook.ended"
    subject: ClassVar[str] = "webhook_id"

    webhook_id: uuid.UUID


@event
@dataclass(frozen=True)
class WebhookDisabled(Happening):
    """A webhook was switched off by itself, because its receiver did not take what was sent."""

    name: ClassVar[str] = "notifications.webhook.disabled"
    subject: ClassVar[str] = "webhook_id"

    webhook_id: uuid.UUID
    failures: int
