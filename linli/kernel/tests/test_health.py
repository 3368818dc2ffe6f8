"""Health: what serves pages decides the status; a silent worker is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.kernel import health
from linli.kernel.jobs import drain, start_schedules
from linli.kernel.models import Job, Schedule

pytestmark = pytest.mark.django_db


def test_all_is_well_while_the_worker_lives(client):
    start_schedules()
    drain()

    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert set(response.json()["checks"]) == {"database", "disk", "worker"}
    assert response["Cache-Control"] == "no-store"


def test_a_worker_that_never_was_or_is_silent_degrades(client):
    assert client.get("/healthz").json()["status"] == "degraded"
    start_schedules()
    Schedule.objects.update(last_at=timezone.now() - timedelta(minutes=4))

    answer = client.get("/healthz")

    assert answer.status_code == 200  # pages are served all the same
    assert answer.json()["checks"]["worker"]["ok"] is False


def test_a_job_that_waits_too_long_degrades(client):
    start_schedules()
    drain()
    Job.objects.create(task="kernel.hand_on_event", due_at=timezone.now() - timedelta(minutes=11))

    worker = client.get("/healthz").json()["checks"]["worker"]
    assert worker["ok"] is False
    assert worker["oldest_job_seconds"] >= 660


def test_a_full_disk_is_down(client, monkeypatch):
    monkeypatch.setattr(health, "DISK_LOW_BYTES", 1 << 62)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
