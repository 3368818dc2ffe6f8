"""Jobs that carry messages out. Each try is written down before and after, so nothing is sent twice."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from linli.kernel import options
from linli.kernel.jobs import backoff, enqueue, task
from linli.notifications import settings
from linli.notifications.channels import NotSent, send
from linli.notifications.models import Delivery
from linli.notifications.operations import DELIVER

MAX_ATTEMPTS = 8


@task(DELIVER, outside=True)
def deliver(delivery: str) -> None:
    """Send one delivery, if it still waits. One found `sending` was begun by a worker that died: nobody knows, so not again."""
    row = _begin(delivery)
    if row is None:
        return
    try:
        send(row)
    except NotSent as error:
        _try_later(row, str(error))
        return
    Delivery.objects.filter(pk=row.pk).update(state="sent", sent_at=timezone.now(), error="")


@transaction.atomic
def _begin(delivery: str) -> Delivery | None:
    row = Delivery.objects.select_for_update().filter(pk=delivery).first()
    if row is None or row.state in ("sent", "failed", "uncertain", "skipped"):
        return None
    if row.state == "sending":
        row.state, row.error = "uncertain", "the worker ended while it was being sent"
    elif row.channel == "sms" and _sms_today(row) >= options.value(settings.SMS_PER_DAY):
        row.state, row.error = "skipped", "this number had its messages of today"
    else:
        row.state, row.started_at, row.attempts = "sending", timezone.now(), row.attempts + 1
    row.save(update_fields=["state", "started_at", "attempts", "error"])
    return row if row.state == "sending" else None


def _sms_today(row: Delivery) -> int:
    since = timezone.now() - timedelta(days=1)
    sent = Delivery.objects.filter(channel="sms", recipient_digest=row.recipient_digest, state="sent", sent_at__gte=since)
    return sent.count()


@transaction.atomic
def _try_later(row: Delivery, error: str) -> None:
    is_over = row.attempts >= MAX_ATTEMPTS
    Delivery.objects.filter(pk=row.pk).update(state="failed" if is_over else "waiting", error=error[:200])
    if not is_over:
        due = timezone.now() + backoff(row.attempts + 3)
        enqueue(DELIVER, due_at=due, unique_key=f"deliver:{row.pk}:{row.attempts}", delivery=str(row.pk))
