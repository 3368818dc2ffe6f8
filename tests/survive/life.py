"""A small Linli of its own, for tests that kill: a program that has everything loaded and forks workers and movers.

Commands come as lines of words on standard input, each is answered by a line of JSON:
`prepare COUNT`, `work`, `begun PID`, `move`, `reap PID`, `waiting`, `finish`, `look`. What is forked is the real worker and the real
operations; forking only spares loading everything fifty times.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from linli.cases.models import Case, CaseStep  # noqa: E402
from linli.cases.operations import Ask, Report, report_cases, take  # noqa: E402
from linli.cases.tests.factories import FLOOD, GRID, at_post, person, point_in  # noqa: E402
from linli.cases.workflow import Stage  # noqa: E402
from linli.insight.models import DayCount  # noqa: E402
from linli.kernel import options, snapshots  # noqa: E402
from linli.kernel.models import Event, Job, Setting  # noqa: E402
from linli.notifications import settings as message_settings  # noqa: E402
from linli.notifications.models import Delivery, Message  # noqa: E402
from linli.organizations.models import Post, Role  # noqa: E402
from linli.organizations.queries import actor_of  # noqa: E402

RESIDENTS = 20
PATIENCE = 20


def prepare(count: str) -> dict[str, Any]:
    """Residents with an address, one dispatcher, and so many fresh reports; messages go out at any hour."""
    Post.objects.update(valid_until=timezone.localdate() - timedelta(days=1))  # with all the others mail would take minutes
    Setting.objects.update_or_create(key=message_settings.QUIET_HOURS, defaults={"value": ["00:00", "00:00"]})
    snapshots.changed("settings")
    assert options.value(message_settings.QUIET_HOURS)[0] == "00:00"
    at_post("street_dispatcher", who=person("云调度"))
    lng, lat = point_in(GRID)
    for number in range(RESIDENTS):
        resident = at_post("resident", who=person(f"云居民{number}", email=f"resident{number}@example.org"))
        reports = [
            Report(category=FLOOD, text=f"路口积水 {number}-{each}", lng=lng, lat=lat, door="portal")
            for each in range(int(count) // RESIDENTS)
        ]
        report_cases(actor=resident, reports=reports)
    reverse("portal:home")  # the first address that is asked for loads every page: not once a worker
    return {"cases": Case.objects.count()}


def move_all() -> None:
    """Register every case; whoever comes after a killed one goes on where it was."""
    dispatcher = actor_of(Post.objects.get(role_id="street_dispatcher", valid_until=None), name="云调度")
    while case := Case.objects.filter(stage=Stage.REPORTED).order_by("?").first():
        take("register", actor=dispatcher, case=case, ask=Ask())


def forked(run: Callable[[], Any]) -> dict[str, Any]:
    """Let a child do it, with connections of its own."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if getattr(connection, "pool", None):
            connection.close_pool()
    pid = os.fork()
    if pid:
        return {"pid": pid}
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdin.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        run()
        status = 0
    except SystemExit:
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


_born: dict[int, datetime] = {}


def work() -> dict[str, Any]:
    born = timezone.now()
    answer = forked(lambda: call_command("worker", pause=0.05))
    _born[answer["pid"]] = born
    return answer


def in_hand(pid: int) -> int:
    """How many jobs this worker has claimed and not done; one works at a time, so every lease begun in its life is its own."""
    lease = timedelta(seconds=settings.LINLI_LEASE_SECONDS)
    return Job.objects.filter(attempts__gt=0, due_at__gte=_born[pid] + lease).count()


def begun(pid: str) -> dict[str, Any]:
    """Wait until a worker has work in hand."""
    deadline = time.monotonic() + PATIENCE
    while not (count := in_hand(int(pid))) and time.monotonic() < deadline:
        time.sleep(0.01)
    return {"in_hand": count}


def move() -> dict[str, Any]:
    return forked(move_all)


def reap(pid: str) -> dict[str, Any]:
    """How a child ended: minus the number of the signal that killed it, or its code; and what a worker left undone."""
    code = os.waitstatus_to_exitcode(os.waitpid(int(pid), 0)[1])
    return {"code": code, "in_hand": in_hand(int(pid)) if int(pid) in _born else 0}


def waiting() -> dict[str, Any]:
    """What waits, and how far the cases are."""
    jobs = Job.objects.filter(failed_at=None).exclude(task__in=list(scheduled()))
    return {
        "jobs": jobs.count(),
        "told": Message.objects.count(),
        "fresh": Case.objects.filter(stage=Stage.REPORTED).count(),
    }


def scheduled() -> set[str]:
    from linli.kernel.jobs import tasks

    return {task.name for task in tasks().values() if task.every}


def finish() -> dict[str, Any]:
    """Wait until the workers have done everything; `late` if they get no further for a long time."""
    left, moved_at = waiting(), time.monotonic()
    while left["jobs"] or left["fresh"]:
        time.sleep(0.2)
        before, left = left, waiting()
        if left != before:
            moved_at = time.monotonic()
        if time.monotonic() - moved_at > PATIENCE:
            return {**left, "late": list(Job.objects.values_list("task", "attempts", "error")[:5])}
    return left


def look() -> dict[str, Any]:
    """Everything counted plainly from the rows, without the code that wrote them."""
    told = {(event, str(who)) for event, who in Message.objects.values_list("event_id", "person_id")}
    due = {(event.pk, who) for event in Event.objects.filter(name__startswith="cases.case.") for who in entitled(event)}
    mailed = Counter((row.event_id, str(row.person_id)) for row in Delivery.objects.filter(channel="email"))
    with_mail = {str(pk) for pk in reporters().values()}
    states = Counter(Delivery.objects.values_list("state", flat=True))
    return {
        "cases": Case.objects.count(),
        "registered": Case.objects.filter(stage=Stage.REGISTERED).count(),
        "steps": CaseStep.objects.count(),
        "steps_without_line": len(set(map(str, CaseStep.objects.values_list("pk", flat=True))) - lines()),
        "lines_without_step": len(lines() - set(map(str, CaseStep.objects.values_list("pk", flat=True)))),
        "told": Message.objects.count(),
        "told_twice": Message.objects.count() - len(told),
        "missing": len(due - told),
        "not_due": len(told - due),
        "mails_missing": len({pair for pair in due if pair[1] in with_mail} - set(mailed)),
        "mailed_twice": sum(count > 1 for count in mailed.values()),
        "states": states,
        "sent": [str(pk) for pk in Delivery.objects.filter(state="sent").values_list("pk", flat=True)],
        "uncertain": [str(pk) for pk in Delivery.objects.filter(state="uncertain").values_list("pk", flat=True)],
        "counted": counted(),
        "failed_jobs": Job.objects.exclude(failed_at=None).count(),
    }


def lines() -> set[str]:
    """Ids of steps that the audit tells of."""
    return {data["step_id"] for data in Event.objects.values_list("data", flat=True) if "step_id" in data}


def reporters() -> dict[str, Any]:
    return {str(case): str(who) for case, who in Case.objects.values_list("pk", "reporter_id")}


_known: dict[str, Any] = {}


def entitled(event: Event) -> set[str]:
    """Who has to be told of an event, straight from the posts: the workflow's table, read by a person."""
    if not _known:
        rights = {role.code: set(role.rights) for role in Role.objects.all()}
        posts = list(Post.objects.filter(valid_until=None))
        _known["dispatchers"] = {
            str(post.person_id) for post in posts
            if "cases.case.dispatch" in rights[post.role_id] and post.area_code == GRID[:9]
        }  # fmt: skip
        _known["reporters"] = reporters()
    is_first = event.name == "cases.case.reported"
    return (_known["dispatchers"] if is_first else {_known["reporters"][str(event.subject_id)]}) - {str(event.person_id)}


def counted() -> int:
    return sum(DayCount.objects.filter(community_code="*", unit_id=-1).values_list("reported", flat=True))


COMMANDS = {run.__name__: run for run in (prepare, work, begun, move, reap, waiting, finish, look)}

if __name__ == "__main__":
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        name, *words = line.split()
        print(json.dumps(COMMANDS[name](*words)), flush=True)
