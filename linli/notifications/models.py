"""What is told to the world outside: webhooks and what was sent through them."""

from __future__ import annotations

from django.db import models

from linli.kernel.encryption import EncryptedTextField
from linli.kernel.identifiers import new_id


class Webhook(models.Model):
    """An address of another system that is told of some events of an area, signed with a secret both know."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)  # names, or `cases.case.*`
    area_code = models.CharField(max_length=17, blank=True)
    secret = EncryptedTextField()
    is_active = models.BooleanField(default=True)
    failures = models.PositiveSmallIntegerField(default=0)  # attempts in a row that went wrong
    retry_at = models.DateTimeField(null=True)  # nothing is tried before: a receiver that is away is left in peace
    disabled_at = models.DateTimeField(null=True)  # switched off by itself after too many failures
    ended_at = models.DateTimeField(null=True)  # taken away; kept for its deliveries
    created_at = models.DateTimeField(auto_now_add=True)
    person_id = models.UUIDField(null=True)  # who set it up


class WebhookDelivery(models.Model):
    """One event on its way to one webhook: what was sent, how often, and what the receiver answered."""

    id = models.UUIDField(primary_key=True, default=new_id)
    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries")
    event_id = models.BigIntegerField(null=True)  # none for a test
    name = models.CharField(max_length=60)
    body = models.TextField()
    state = models.CharField(max_length=8, default="waiting")  # waiting, sent, failed
    attempts = models.PositiveSmallIntegerField(default=0)
    status = models.PositiveSmallIntegerField(null=True)  # of the receiver's latest answer
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["webhook", "id"], name="webhook_delivery_list")]
        constraints = [models.UniqueConstraint(fields=["webhook", "event_id"], name="webhook_event_once")]
