"""Webhooks: who is told, what was sent, and trying again.

An event becomes one delivery row a webhook, in the listener's transaction; a job sends it and writes down what came of it.
A receiver may get the same delivery twice (we may die between sending and noting); it knows it by `Linli-Delivery`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.errors import NotFound, RuleBroken
from linli.kernel.events import emit, kinds
from linli.kernel.identifiers import new_id, new_token
from linli.kernel.jobs import enqueue, task
from linli.kernel.models import Event
from linli.kernel.policy import SYSTEM, Actor, require
from linli.kernel.snapshots import Snapshot, changed
from linli.notifications import outgoing
from linli.notifications.events import WebhookDisabled, WebhookEnded, WebhookSet
from linli.notifications.models import Webhook, WebhookDelivery

MANAGE = "notifications.webhook.manage"
DELIVER = "notifications.deliver_webhook"
TEST = "notifications.webhook.test"
MOST = 50  # webhooks of a district
DISABLE_AFTER = 20  # attempts in a row that went wrong
GIVE_UP_AFTER = timedelta(hours=24)
LONGEST_WAIT = 3600.0


@dataclass(frozen=True)
class Wish:
    """What a webhook shall be."""

    name: str
    url: str
    events: Sequence[str]
    area_code: str = ""
    is_active: bool = True


@dataclass(frozen=True)
class Listening:
    """An active webhook, as the matching of events needs it."""

    id: uuid.UUID
    events: tuple[str, ...]
    area_code: str

    def wants(self, name: str, area_code: str) -> bool:
        if self.area_code and not area_code.startswith(self.area_code):
            return False
        return any(wanted in (name, "*") or _is_below(name, wanted) for wanted in self.events)


def _is_below(name: str, wanted: str) -> bool:
    return wanted.endswith(".*") and name.startswith(wanted[:-1])


def _load() -> list[Listening]:
    rows = Webhook.objects.filter(is_active=True, ended_at=None).values_list("pk", "events", "area_code")
    return [Listening(pk, tuple(events), area) for pk, events, area in rows]


_listening: Snapshot[list[Listening]] = Snapshot("webhooks", _load)


# --- setting up -------------------------------------------------------------------------------------------------------


def set_webhook(*, actor: Actor, wish: Wish, webhook_id: uuid.UUID | None = None) -> tuple[Webhook, str]:
    """Set up a webhook, or change one. Returns it with its secret, which is told only when it is new ("" otherwise).

    Raises NotAllowed, NotFound, RuleBroken (name_missing, url_wrong, events_missing, event_unknown, area_wrong,
    too_many). Emits `notifications.webhook.set`. A changed webhook starts afresh with no failures.
    """
    require(actor, MANAGE)
    _check(actor, wish)
    secret = "" if webhook_id else f"whsec_{new_token()}"
    with transaction.atomic():
        if webhook_id is None:
            if Webhook.objects.filter(ended_at=None).count() >= MOST:
                raise RuleBroken("too_many", _("There are already %(count)s webhooks.") % {"count": MOST})
            row = Webhook(secret=secret, person_id=actor.person_id)
        else:
            row = _found(webhook_id, lock=True)
        row.name, row.url, row.events = wish.name.strip(), wish.url.strip(), sorted(set(wish.events))
        row.area_code, row.is_active = wish.area_code, wish.is_active
        row.failures, row.retry_at, row.disabled_at = 0, None, None
        row.save()
        changed("webhooks")
        host = urlsplit(row.url).hostname or ""
        emit(actor, WebhookSet(row.pk, row.name, host, tuple(row.events), row.area_code, row.is_active))
    return row, secret


def _check(actor: Actor, wish: Wish) -> None:
    if not wish.name.strip():
        raise RuleBroken("name_missing", _("A name is needed."), field="name")
    outgoing.check_address(wish.url)
    if not wish.events:
        raise RuleBroken("events_missing", _("Choose at least one event."), field="events")
    for wanted in wish.events:
        if wanted != "*" and wanted not in kinds() and not any(_is_below(name, wanted) for name in kinds()):
            raise RuleBroken("event_unknown", _("There is no event “%(name)s”.") % {"name": wanted}, field="events")
    if actor.reach != "all" and not wish.area_code.startswith(actor.area_code):
        raise RuleBroken("area_wrong", _("Choose an area that your post covers."), field="area")


def _found(webhook_id: uuid.UUID, *, lock: bool = False) -> Webhook:
    rows = Webhook.objects.select_for_update() if lock else Webhook.objects.all()
    row = rows.filter(pk=webhook_id, ended_at=None).first()
    if row is None:
        raise NotFound("webhook_unknown", _("There is no such webhook."))
    return row


def webhooks(*, actor: Actor) -> list[Webhook]:
    """Every webhook that is not taken away. Raises NotAllowed."""
    require(actor, MANAGE)
    return list(Webhook.objects.filter(ended_at=None).order_by("pk"))


def webhook(*, actor: Actor, webhook_id: uuid.UUID) -> Webhook:
    """One webhook. Raises NotAllowed, NotFound."""
    require(actor, MANAGE)
    return _found(webhook_id)


def deliveries(*, actor: Actor, webhook_id: uuid.UUID, before: uuid.UUID | None = None, most: int = 50) -> list[WebhookDelivery]:
    """What was sent through a webhook, the newest first. Raises NotAllowed, NotFound."""
    rows = WebhookDelivery.objects.filter(webhook=webhook(actor=actor, webhook_id=webhook_id)).order_by("-pk")
    return list((rows.filter(pk__lt=before) if before else rows)[:most])


@transaction.atomic
def end_webhook(*, actor: Actor, webhook_id: uuid.UUID) -> None:
    """Take a webhook away; what was sent through it is kept. Emits `notifications.webhook.ended`."""
    require(actor, MANAGE)
    row = _found(webhook_id, lock=True)
    row.is_active, row.ended_at = False, timezone.now()
    row.save(update_fields=["is_active", "ended_at"])
    changed("webhooks")
    emit(actor, WebhookEnded(row.pk))


@transaction.atomic
def test_webhook(*, actor: Actor, webhook_id: uuid.UUID) -> WebhookDelivery:
    """Send a test through a webhook, whatever it listens to. Raises NotAllowed, NotFound."""
    require(actor, MANAGE)
    row = _found(webhook_id)
    return _deliver(row.pk, None, TEST, {"text": "Linli"})


test_webhook.__test__ = False  # type: ignore[attr-defined]  # an operation, not a test of pytest's


# --- sending ----------------------------------------------------------------------------------------------------------


def is_wanted(name: str, area_code: str) -> bool:
    """Whether any webhook listens to this event; no query in the ordinary case."""
    return any(item.wants(name, area_code) for item in _listening.get())


def announce(event: Event, *, area_code: str, data: dict[str, Any]) -> int:
    """Put an event on its way to every webhook that listens; once each, however often this is called. In a transaction."""
    wanted = [item for item in _listening.get() if item.wants(event.name, area_code)]
    sent = set(WebhookDelivery.objects.filter(event_id=event.pk).values_list("webhook_id", flat=True)) if wanted else set()
    fresh = [item for item in wanted if item.id not in sent]
    for item in fresh:
        _deliver(item.id, event, event.name, data)
    return len(fresh)


def _deliver(webhook_id: uuid.UUID, event: Event | None, name: str, data: dict[str, Any]) -> WebhookDelivery:
    row = WebhookDelivery(id=new_id(), webhook_id=webhook_id, event_id=event.pk if event else None, name=name)
    at = event.at if event else timezone.now()
    told = {"id": str(row.pk), "sequence": row.event_id, "event": name, "at": at.isoformat(), "data": data}
    row.body = json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str)
    row.save(force_insert=True)
    enqueue(DELIVER, delivery=str(row.pk))
    return row


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of `Linli-Signature`: HMAC-SHA-256 over time, a dot and the body."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


@task(DELIVER, outside=True)
def deliver(delivery: str) -> None:
    """Send one delivery and write down what came of it; tries again later, and gives up after a day."""
    row = WebhookDelivery.objects.select_related("webhook").filter(pk=delivery, state="waiting").first()
    if row is None:
        return
    hook, now = row.webhook, timezone.now()
    if not hook.is_active and row.name != TEST:
        _note(row, outgoing.Sent(None, "the webhook is switched off"), is_final=True)
        return
    if hook.retry_at and hook.retry_at > now and row.name != TEST:
        enqueue(DELIVER, due_at=hook.retry_at, delivery=delivery)
        return
    body, at = row.body.encode(), int(time.time())
    sent = outgoing.send(
        hook.url, body,
        {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Linli-Webhook/1",
            "Linli-Event": row.name,
            "Linli-Delivery": str(row.pk),
            "Linli-Signature": signature(hook.secret, at, body),
        },
    )  # fmt: skip
    with transaction.atomic():
        _note(row, sent, is_final=sent.is_taken or row.name == TEST or now - row.created_at > GIVE_UP_AFTER)
        _judge(row, sent)


def _note(row: WebhookDelivery, sent: outgoing.Sent, *, is_final: bool) -> None:
    row.attempts, row.status, row.error = row.attempts + 1, sent.status, sent.error[:200]
    if is_final:
        row.state, row.done_at = "sent" if sent.is_taken else "failed", timezone.now()
    row.save(update_fields=["attempts", "status", "error", "state", "done_at"])


def _judge(row: WebhookDelivery, sent: outgoing.Sent) -> None:
    """Count what went wrong in a row; leave a receiver that is away in peace, and switch it off in the end."""
    hook = Webhook.objects.select_for_update().get(pk=row.webhook_id)
    if sent.is_taken:
        if hook.failures or hook.retry_at:
            Webhook.objects.filter(pk=hook.pk).update(failures=0, retry_at=None)
        return
    if row.name == TEST:
        return
    hook.failures += 1
    hook.retry_at = timezone.now() + timedelta(seconds=min(10.0 * 2 ** min(hook.failures - 1, 12), LONGEST_WAIT))
    if hook.failures >= DISABLE_AFTER and hook.is_active:
        hook.is_active, hook.disabled_at = False, timezone.now()
        changed("webhooks")
        emit(SYSTEM, WebhookDisabled(hook.pk, hook.failures))
    hook.save(update_fields=["failures", "retry_at", "is_active", "disabled_at"])
    if row.state == "waiting":
        enqueue(DELIVER, due_at=hook.retry_at, delivery=str(row.pk))
