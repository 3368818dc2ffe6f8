"""Endpoints of webhooks: who is told of what, and what was sent."""

# Shapes are made by functions and from tables, which only pydantic reads.
# mypy: disable-error-code="valid-type"
from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field

from linli.cases.api.showing import instant
from linli.kernel.endpoints import Body, answer, asker, bounded, endpoint
from linli.notifications import webhooks
from linli.notifications.models import Webhook as WebhookRow
from linli.notifications.models import WebhookDelivery

router = Router(tags=["Webhooks"])


class NewWebhook(Body):
    """A webhook to be set up. `events` are names such as `cases.case.closed`, `cases.case.*` or `*`."""

    name: bounded(80, 1)
    url: bounded(500, 8)
    events: Annotated[list[bounded(60, 1)], Field(min_length=1, max_length=50)]
    area: Annotated[str, Field(pattern=r"^[0-9]{0,17}$")] = ""
    is_active: bool = True


class Webhook(BaseModel):
    """A webhook. After twenty failures in a row it is switched off (`disabled_at`); changing it switches it on again."""

    id: UUID
    name: str
    url: str
    events: list[str]
    area: str
    is_active: bool
    failures: int
    disabled_at: str | None
    created_at: str


class FreshWebhook(Webhook):
    """A new webhook with the secret its deliveries are signed with, told only now."""

    secret: str


class Webhooks(BaseModel):
    """All webhooks."""

    items: list[Webhook]


class Delivery(BaseModel):
    """One event on its way to a webhook, and what the receiver answered."""

    id: UUID
    event: str
    state: Literal["waiting", "sent", "failed"]
    attempts: int
    status: int | None
    error: str
    created_at: str
    done_at: str | None
    body: str


class Deliveries(BaseModel):
    """Deliveries, the newest first; `next` is sent as `before` for the following ones."""

    items: list[Delivery]
    next: str


class DeliveryFilter(Body):
    """Which deliveries: those before one."""

    before: UUID | None = None
    size: Annotated[int, Field(ge=1, le=200)] = 50


def _shown(row: WebhookRow) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "url": row.url,
        "events": row.events,
        "area": row.area_code,
        "is_active": row.is_active,
        "failures": row.failures,
        "disabled_at": instant(row.disabled_at),
        "created_at": instant(row.created_at),
    }


def _shown_delivery(row: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": row.pk,
        "event": row.name,
        "state": row.state,
        "attempts": row.attempts,
        "status": row.status,
        "error": row.error,
        "created_at": instant(row.created_at),
        "done_at": instant(row.done_at),
        "body": row.body,
    }


def _wish(new: NewWebhook) -> webhooks.Wish:
    return webhooks.Wish(new.name, new.url, tuple(new.events), new.area, new.is_active)


@endpoint(router, "GET", "/webhooks", answers={200: Webhooks}, who="known")
def list_webhooks(request: HttpRequest) -> HttpResponse:
    """All webhooks of the district."""
    return answer({"items": [_shown(row) for row in webhooks.webhooks(actor=asker(request))]})


@endpoint(router, "POST", "/webhooks", answers={201: FreshWebhook}, who="known")
def set_up(request: HttpRequest, new: NewWebhook) -> HttpResponse:
    """Set up a webhook. Its secret is in this answer and nowhere else.

    Each delivery carries `Linli-Signature: t=…,v1=…`: HMAC-SHA-256 of time, a dot and the body under the secret.
    """
    row, secret = webhooks.set_webhook(actor=asker(request), wish=_wish(new))
    return answer({**_shown(row), "secret": secret}, status=201, Cache_Control="no-store")


@endpoint(router, "GET", "/webhooks/{webhook_id}", answers={200: Webhook}, who="known")
def show_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """One webhook."""
    return answer(_shown(webhooks.webhook(actor=asker(request), webhook_id=webhook_id)))


@endpoint(router, "PUT", "/webhooks/{webhook_id}", answers={200: Webhook}, who="known")
def change(request: HttpRequest, webhook_id: UUID, new: NewWebhook) -> HttpResponse:
    """Change a webhook as a whole; it starts afresh with no failures, and keeps its secret."""
    row, _secret = webhooks.set_webhook(actor=asker(request), wish=_wish(new), webhook_id=webhook_id)
    return answer(_shown(row))


@endpoint(router, "DELETE", "/webhooks/{webhook_id}", answers={204: None}, who="known")
def end(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Take a webhook away."""
    webhooks.end_webhook(actor=asker(request), webhook_id=webhook_id)
    return HttpResponse(status=204)


@endpoint(router, "POST", "/webhooks/{webhook_id}/test", answers={202: Delivery}, who="known")
def send_test(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Send a test through a webhook; look at its deliveries a little later."""
    row = webhooks.test_webhook(actor=asker(request), webhook_id=webhook_id)
    return answer(_shown_delivery(row), status=202)


@endpoint(router, "GET", "/webhooks/{webhook_id}/deliveries", answers={200: Deliveries}, who="known")
def list_deliveries(request: HttpRequest, webhook_id: UUID, wanted: Query[DeliveryFilter]) -> HttpResponse:
    """What was sent through a webhook, the newest first."""
    rows = webhooks.deliveries(actor=asker(request), webhook_id=webhook_id, before=wanted.before, most=wanted.size + 1)
    shown = rows[: wanted.size]
    following = str(shown[-1].pk) if len(rows) > wanted.size else ""
    return answer({"items": [_shown_delivery(row) for row in shown], "next": following})
