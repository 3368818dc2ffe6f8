"""The district that is measured: packs loaded, accounts at hand, as many cases as wanted."""

from __future__ import annotations

import io
import os
import time
from datetime import timedelta

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from linli.cases.models import Case, CaseStep
from linli.cases.simulation.lives import CASE_COLUMNS, STEP_COLUMNS, Generator
from linli.cases.simulation.loading import load, load_parallel, refresh_statistics
from linli.cases.simulation.town import read_town
from linli.insight.operations import refresh_all
from linli.kernel import snapshots
from linli.kernel.bulk import BulkWriter
from linli.kernel.db.bare import bare
from linli.kernel.limits import options as limit_options
from linli.kernel.models import Setting
from linli.organizations.models import AccessToken, Post
from linli.organizations.queries import token_digest
from linli.people.models import Account
from linli.places.models import Building

DAYS = 365


def prepare() -> None:
    call_command("migrate", verbosity=0)
    call_command("pack", "load", "packs/china", "packs/yunxi", yes=True, verbosity=0, stdout=io.StringIO())


def clear_limits() -> None:
    """A flood from one address is what is measured here, so it may not be refused."""
    for key in limit_options.options():
        if key.startswith("limits."):
            Setting.objects.update_or_create(key=key, defaults={"value": ""})
    snapshots.changed("settings")


def fill(size: int) -> float:
    """Load cases until there are `size`; returns the seconds that took, 0 when they are there."""
    if not Case.objects.exists():
        wait()
    missing = size - Case.objects.count()
    if missing <= 0:
        return 0.0
    start, now = time.monotonic(), timezone.now()
    tables = (Case, CaseStep) if missing > 50_000 else ()
    with bare(*tables):
        load_parallel(
            missing, now - timedelta(days=DAYS), now, now=now, seed=size, processes=min(os.cpu_count() or 1, 4),
            progress=lambda _more: None,
        )  # fmt: skip
    refresh_statistics()
    took = time.monotonic() - start
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("CHECKPOINT")  # what the load left to be written is not written while others are measured
            cursor.execute("RESET statement_timeout")
    refresh_all()
    return took


def wait() -> None:
    """The same work waits at every size: reports of the last minutes, and some that lie since ten days."""
    for count, at in ((120, timezone.now()), (80, timezone.now() - timedelta(days=10))):
        load(Generator(read_town(), now=at, seed=count).lives(count, at - timedelta(minutes=4), at))


def client_of(role: str) -> Client:
    """A browser signed in as the first person with a post of this role."""
    post = Post.objects.filter(role_id=role).current(timezone.localdate()).order_by("id").first()
    client = Client(headers={"host": "localhost"})
    client.force_login(Account.objects.get(person_id=post.person_id), backend="linli.people.backends.AccountBackend")
    return client


def spots() -> list[tuple[float, float]]:
    return list(Building.objects.order_by("code").values_list("lng", "lat"))


def program_secret() -> str:
    """A token for a program of the street, which may send many reports in one call."""
    secret = "linli_bench"
    post = Post.objects.filter(role_id="street_dispatcher").order_by("id").first()
    AccessToken.objects.get_or_create(digest=token_digest(secret), defaults={"name": "bench", "hint": "bench", "post": post})
    return secret


def bare_load(size: int) -> float:
    """Seconds that writing `size` ready-made cases and their timelines would take one process, from a sample taken back."""
    now, sample = timezone.now(), 4000
    lives = list(Generator(read_town(), now=now, seed=77).lives(sample, now - timedelta(days=DAYS), now))
    cases, steps = BulkWriter(Case, CASE_COLUMNS), BulkWriter(CaseStep, STEP_COLUMNS)
    case_rows = cases.prepare(life.case for life in lives)
    step_rows = steps.prepare(step for life in lives for step in life.steps)
    start = time.monotonic()
    with transaction.atomic():
        cases.write(case_rows)
        steps.write(step_rows)
        took = time.monotonic() - start
        transaction.set_rollback(True)
    return took * size / sample
