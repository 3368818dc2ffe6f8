"""Jobs of cases: overdue, resume by itself, bursts. Each finds its rows and calls one operation; safe to run twice."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from linli.cases import settings
from linli.cases.models import Case
from linli.cases.operations import escalate_case
from linli.cases.operations.attention import LEVEL_ORDER
from linli.cases.operations.learning import learn_categories as learn
from linli.cases.operations.situations import notice_burst as look
from linli.cases.operations.timing import resume_case
from linli.cases.workflow import Stage
from linli.kernel import options
from linli.kernel.jobs import task
from linli.kernel.policy import SYSTEM

BATCH = 500
NIGHT_HOUR = 3  # when a minute of computing is in nobody's way


@task("cases.notice_burst")
def notice_burst(area_code: str) -> None:
    """Open a situation if the street had a burst of reports, or add to the one that is open."""
    look(area_code, timezone.now())


@task("cases.escalate_overdue", every=timedelta(minutes=1))
def escalate_overdue() -> None:
    """Bring overdue cases before the next level up, as the pack's table of levels and minutes says."""
    now = timezone.now()
    for level, minutes in options.value(settings.ESCALATION):
        told = LEVEL_ORDER[LEVEL_ORDER.index(level) :]
        late = Case.objects.filter(is_open=True, source="", due_at__lt=now - timedelta(minutes=minutes)).exclude(
            stage=Stage.SUSPENDED
        )
        for case in late.exclude(escalation__in=told).order_by("due_at", "id")[:BATCH]:
            escalate_case(case=case, level=level)


@task("cases.resume_due", every=timedelta(minutes=1))
def resume_due() -> None:
    """End suspensions whose day has come."""
    for case in Case.objects.filter(is_open=True, stage=Stage.SUSPENDED, resume_at__lte=timezone.now())[:BATCH]:
        resume_case(actor=SYSTEM, case=case)


@task("cases.learn_categories", every=timedelta(hours=1), outside=True)
def learn_categories() -> None:
    """Once a night learn from closed cases which words speak for which category; the portal and the desk suggest by it."""
    if timezone.localtime().hour == NIGHT_HOUR:
        learn()
