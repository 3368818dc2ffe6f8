"""Reports and steps: statements, CPU beside a bare insert of the same rows, and floods on a real server."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time

from django.db import connection, connections, transaction
from django.test import Client

from bench.load import body, flood, health, server, web_memory
from bench.measure import cpu_ms, statements
from bench.report import row
from bench.setting import program_secret, spots
from linli.cases.models import Case, CaseStep
from linli.cases.operations import Ask, take
from linli.kernel.identifiers import new_id
from linli.kernel.models import Event, Job, Photo
from linli.kernel.policy import Actor, rights

STEPS = ("register", "dispatch", "accept", "deliver", "verify_pass", "close", "rate")


def one_by_one() -> list[dict]:
    here, chance, browser = spots(), random.Random(), Client(headers={"host": "localhost"})  # not seeded: as in load.py

    def post() -> None:
        answer = browser.post("/api/v1/cases", json.dumps(body(here, chance)), content_type="application/json")
        assert answer.status_code == 201, answer.content[:300]

    post()
    bare = cpu_ms(_bare_insert, times=60)
    rows = [
        row("public POST of a report: statements", statements(post), "SQL", goal=10, peer=47),
        row("public POST of a report: CPU", cpu_ms(post, times=60), "ms", goal=8, limit=bare, peer=107),
    ]
    return rows + _steps(here, chance, browser)


def _bare_insert() -> None:
    """The rows of a report as plain inserts in one transaction, by the driver, without Linli."""
    template = _templates()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement, make in template:
            cursor.execute(statement, make())


def _bare_step() -> None:
    """The rows of a step (update, timeline, audit, job) as plain statements in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET version = version + 1 WHERE id = (SELECT id FROM cases_case ORDER BY id DESC LIMIT 1)"
        )
        for statement, make in _templates()[1:]:
            cursor.execute(statement, make())


_made: list = []


def _templates() -> list:
    if _made:
        return _made
    for model, skip in ((Case, ()), (CaseStep, ()), (Event, ("id",)), (Job, ("id",))):
        columns = [field.column for field in model._meta.concrete_fields if field.column not in skip]
        source = model.objects.order_by("-pk").values_list(
            *(field.attname for field in model._meta.concrete_fields if field.column not in skip)
        )
        values = list(source[:1][0]) if source[:1] else None
        if values is None:
            continue
        fields = [field for field in model._meta.concrete_fields if field.column not in skip]
        prepared = [field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True)]
        marks = ", ".join(["%s"] * len(columns))
        names = ", ".join(f'"{column}"' for column in columns)
        _made.append((f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})', _maker(model, columns, prepared)))
    return _made


def _maker(model, columns: list[str], prepared: list):
    """Parameters of one more such row, with ids of its own."""
    is_lite, last = connection.vendor == "sqlite", {}

    def make() -> list:
        values = list(prepared)
        key = new_id()
        for index, column in enumerate(columns):
            if column == "id":
                values[index] = key.hex if is_lite else key
            elif column == "reference":
                values[index] = key.hex[-16:]
            elif column in ("submission_id", "request_id", "unique_key", "external_id", "source"):
                values[index] = "" if column in ("external_id", "source") else None
            elif column == "case_id":
                values[index] = last.get("case", values[index])
        return values

    return make


def _steps(here: list, chance: random.Random, browser: Client) -> list[dict]:
    """Each verb of the way from registered to rated, on many cases, through the operation."""
    staff = Actor(kind="person", person_id=_somebody(0), rights=frozenset(rights()), reach="all")
    checker = Actor(kind="person", person_id=_somebody(1), rights=frozenset(rights()), reach="all")
    cases = []
    for _each in range(90):
        made = browser.post("/api/v1/cases", json.dumps(body(here, chance)), content_type="application/json").json()
        cases.append(Case.objects.get(reference=made["reference"]))
    worst_sql, worst_cpu, slowest = 0, 0.0, ""
    for verb in STEPS:
        waiting = itertools.cycle(cases)
        pictures = iter([_photo() for _each in cases] if verb == "verify_pass" else [])  # sent before, as phones do

        def act(verb=verb, waiting=waiting, pictures=pictures) -> None:
            case = next(waiting)
            if verb == "rate":
                link = Actor(extra={"case_link": case.pk})
                take(verb, actor=link, case=case, solved="yes", satisfaction=5)
            elif verb == "verify_pass":
                take(verb, actor=checker, case=case, ask=Ask(text="好了", photos=[next(pictures)]))
            else:
                take(verb, actor=staff, case=case, ask=Ask(text="已处理"))

        worst_sql = max(worst_sql, statements(act))
        cpu = _cpu_of_rest(act, len(cases) - 1)
        if cpu > worst_cpu:
            worst_cpu, slowest = cpu, verb
    bare = cpu_ms(_bare_step, times=60)
    return [
        row("any step of the loop: most statements", worst_sql, "SQL", goal=10, peer=46),
        row(f"any step of the loop: CPU of the dearest ({slowest})", worst_cpu, "ms", goal=8, peer=134, limit=bare),
    ]


def _cpu_of_rest(act, times: int) -> float:
    from bench.measure import backend_pid, cpu_of

    pid = backend_pid()
    before = time.process_time() + cpu_of(pid)
    for _each in range(times):
        act()
    return (time.process_time() + cpu_of(pid) - before) / times * 1000


def _somebody(index: int):
    from linli.people.models import Person

    return Person.objects.order_by("pk").values_list("pk", flat=True)[index]


def _photo():
    return Photo.objects.create(sha256="0" * 64, path="x", thumbnail_path="x", width=1, height=1, bytes=1).pk


def floods() -> list[dict]:
    """Eight clients on a server of two processes, load and server on the same cores."""
    here, secret = spots(), program_secret()
    connections.close_all()
    rows = []
    with server() as (port, pid):
        flood(port, "/api/v1/cases", here, seconds=2)
        one = flood(port, "/api/v1/cases", here)
        many = flood(port, "/api/v1/cases/batch", here, batch=50, clients=2, secret=secret)
        asked = health(port)
        proportional, resident = web_memory(pid)
    rows.append(
        row(
            "reports a second, 8 clients, one a request",
            one["rate"],
            "a second",
            goal=200,
            more_is_better=True,
            limit=asked,
            peer=12,
        )
    )
    rows.append(row("the same: p95", one["p95"], "ms", goal=100))
    rows.append(row("the same: answers that were not 201", one["failed"], "", goal=0))
    rows.append(row("reports a second, 50 in one call", many["rate"], "a second", goal=1500, more_is_better=True))
    rows.append(row("the same: answers that were not 201", many["failed"], "", goal=0))
    rows.append(row("memory of a web process after load (shared pages by their share)", proportional, "MiB", goal=110, peer=165))
    rows.append(row("the same, all pages counted whole", resident, "MiB"))
    if connection.vendor == "sqlite":
        rows += _writers()
    return rows


def _writers() -> list[dict]:
    """Sixteen writers on SQLite: how long the unluckiest waits for its turn."""
    times: list[float] = []
    lock = threading.Lock()

    def write(seconds: float) -> None:
        mine, end = [], time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            with transaction.atomic():
                Job.objects.create(task="bench.nothing", due_at="2100-01-01T00:00:00+00:00")
            mine.append(time.perf_counter() - start)
            time.sleep(0.002)
        connection.close()
        with lock:
            times.extend(mine)

    writers = [threading.Thread(target=write, args=(6.0,)) for _each in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    times.sort()
    return [
        row("SQLite, 16 writers with pauses of 2 ms: p99 of a transaction", times[int(len(times) * 0.99)] * 1000, "ms", goal=150),
        row("the same: longest", times[-1] * 1000, "ms"),
        row("the same: transactions a second", len(times) / 6.0, "a second", more_is_better=True),
    ]
