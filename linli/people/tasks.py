"""Recurring work about accounts."""

from __future__ import annotations

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from linli.kernel.jobs import task


@task("people.forget_devices", every=timedelta(days=1))
def forget_devices() -> None:
    """Address and browser of a session are let go with the session itself."""
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
