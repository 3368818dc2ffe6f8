"""Tables that carry no domain word: events, jobs, schedules, stamps, photos, keys of repeated requests."""

from __future__ import annotations

from typing import Any

from django.db import models

from linli.kernel.identifiers import new_id


class Event(models.Model):
    """A line of the audit: what happened, to what, by whom, on which post. Never changed, never deleted."""

    name = models.CharField(max_length=60)  # module.noun.past
    at = models.DateTimeField()
    subject_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=10)
    person_id = models.UUIDField(null=True)
    post_id = models.BigIntegerField(null=True)
    token_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_id", "id"], name="event_subject"),
            models.Index(fields=["name", "id"], name="event_name"),
        ]


class Job(models.Model):
    """Work to be done after the transaction that asked for it: an event to hand on, a message to send.

    A worker claims a job by pushing `due_at` into the future (the lease) and counting the attempt; the row
    is deleted in the transaction that does the work. Whatever dies in between is done again after the lease.
    """

    task = models.CharField(max_length=80)
    args = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    unique_key = models.CharField(max_length=120, null=True, unique=True)
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="job_due", condition=models.Q(failed_at__isnull=True)),
        ]


class Schedule(models.Model):
    """When a recurring task is due next; moved on by compare-and-set, so two workers never start it twice."""

    task = models.CharField(max_length=80, primary_key=True)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)


class Stamp(models.Model):
    """A counter that moves when data kept in memory (areas, catalogue, roles, calendar) has changed."""

    name = models.CharField(max_length=40, primary_key=True)
    version = models.BigIntegerField(default=0)


class TakenAway(models.Model):
    """An index or a reference that is missing while much is loaded, with the SQL that brings it back."""

    name = models.CharField(max_length=120)
    definition = models.TextField()


class Setting(models.Model):
    """A value a pack or an administrator sets, by dotted key, as JSON."""

    key = models.CharField(max_length=80, primary_key=True)
    value: Any = models.JSONField()
    pack = models.CharField(max_length=40, blank=True)


class CalendarDay(models.Model):
    """A day that is not what its weekday says: a public holiday, or a make-up working day."""

    day = models.DateField(primary_key=True)
    kind = models.CharField(max_length=10, choices=[("holiday", "holiday"), ("workday", "workday")])
    name_zh = models.CharField(max_length=40, blank=True)
    name_en = models.CharField(max_length=60, blank=True)
    is_provisional = models.BooleanField(default=False)


class Photo(models.Model):
    """A picture as Linli keeps it: opened, re-encoded, without metadata, named by its content."""

    id = models.UUIDField(primary_key=True, default=new_id)
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=120)
    thumbnail_path = models.CharField(max_length=120)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    perceptual_hash = models.BigIntegerField(null=True)
    taken_at = models.DateTimeField(null=True)
    lng = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    added_at = models.DateTimeField(auto_now_add=True)
    person_id = models.UUIDField(null=True)
    attached_to = models.UUIDField(null=True)  # nothing yet: swept after a day

    class Meta:
        indexes = [
            models.Index(fields=["sha256"], name="photo_sha256"),
            models.Index(fields=["added_at"], name="photo_loose", condition=models.Q(attached_to__isnull=True)),
        ]


class RequestKey(models.Model):
    """The answer once given to a request that carried its own key, so that sending again changes nothing."""

    key = models.CharField(max_length=120, primary_key=True)  # who + the key they sent
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)


class Quarantined(models.Model):
    """Something received under a known id with other content: kept for a person to look at, never dropped."""

    id = models.UUIDField(primary_key=True, default=new_id)
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    person_id = models.UUIDField(null=True)
    body = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)
    looked_at = models.DateTimeField(null=True)
