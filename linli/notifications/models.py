"""What is told: messages to people, their deliveries, and webhooks to other systems."""

from __future__ import annotations

from django.db import models

from linli.kernel.encryption import EncryptedTextField
from linli.kernel.identifiers import new_id
from linli.people.models import Person


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


class Message(models.Model):
    """What a person is told, in their language, shown in the app; further channels carry the same words."""

    id = models.UUIDField(primary_key=True, default=new_id)
    person = models.ForeignKey(Person, models.PROTECT, related_name="messages", db_index=False)
    event_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)  # the event's name
    subject_id = models.UUIDField(null=True)
    title = models.CharField(max_length=160)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["person", "id"], name="message_person"),
            models.Index(fields=["person"], name="message_unread", condition=models.Q(read_at__isnull=True)),
        ]
        constraints = [models.UniqueConstraint(fields=["event_id", "person"], name="message_once")]


class Delivery(models.Model):
    """One message on one channel outside the app: to whom, when, with what success.

    States: waiting → sending → sent. `sending` is written down before the words leave, so that a worker that dies in
    between never sends twice: such a one becomes `uncertain`, for a person to decide. `failed` after the last try.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    event_id = models.BigIntegerField()
    channel = models.CharField(max_length=20)  # email, sms, group
    recipient = EncryptedTextField()  # address, number, or name of the gateway
    recipient_digest = models.CharField(max_length=32)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=160)
    body = models.TextField(blank=True)
    state = models.CharField(max_length=9, default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "id"], name="delivery_state")]
        constraints = [models.UniqueConstraint(fields=["event_id", "channel", "recipient_digest"], name="delivery_once")]


class Preference(models.Model):
    """What a person wants outside the app: a channel on or off, and hours in which it stays quiet."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="preferences", db_index=False)
    channel = models.CharField(max_length=20)
    is_on = models.BooleanField(default=True)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "channel"], name="preference_once")]
