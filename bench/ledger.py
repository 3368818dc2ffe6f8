"""The ledger under load, beside the same workers doing bare inserts: `python -m bench.ledger`.

One hot account that every transfer touches, each transfer acknowledged when it is on the disk. A tenth of the bookings are
sent again under the same id. Afterwards `verify` looks at everything, and at a large book for its own speed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SECONDS = 6.0
WORKERS = {"postgresql": 8, "sqlite": 4}
LEAST = {"postgresql": 500, "sqlite": 300}
MOST_P99_MS = {"sqlite": 150}
LEAST_VERIFIED = 100_000
AGAIN_EVERY = 10
PICTURE = ROOT / "docs" / "images" / "methods" / "ledger.svg"
BOOK, LEGS = 100_000, 1000
HEAD = """# The ledger: {date}, {cores} cores

| engine | what | measured | to reach |
|---|---|---|---|"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--only", choices=["postgresql", "sqlite"])
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--book", type=int, default=BOOK, help="transfers of the book that verify reads")
    parser.add_argument("--picture", action="store_true", help="only draw docs/images/methods/ledger.svg")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child == "picture":
        print(json.dumps(picture_rows()))
        return
    if options.picture:
        PICTURE.write_text(picture(), encoding="utf-8")
        return
    if options.child:
        print(json.dumps(measure(options.child, options.seconds, options.book)))
        return
    print(HEAD.format(date=date.today().isoformat(), cores=os.cpu_count()), flush=True)
    for engine in [options.only] if options.only else ["postgresql", "sqlite"]:
        print("\n".join(rows(engine, options)), flush=True)


def rows(engine: str, options: argparse.Namespace) -> list[str]:
    """The rows of the table of one engine; none where it is not installed."""
    from bench.__main__ import HONEST
    from tests.run import postgres_cluster

    folder = Path(tempfile.mkdtemp(prefix="linli-bench-ledger-"))
    try:
        if engine == "sqlite":
            return shown(engine, _child(engine, folder, "", options))
        with postgres_cluster(**HONEST) as cluster:
            if cluster is None:
                print("PostgreSQL is not installed: left out.", file=sys.stderr)
                return []
            address = cluster.address()
            subprocess.run(["createdb", "-h", address.split("host=")[1].split("&")[0], "-U", "linli", "linli"], check=True)
            return shown(engine, _child(engine, folder, address, options))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _child(engine: str, folder: Path, address: str, options: argparse.Namespace) -> Any:
    environment = {
        **os.environ, "LINLI_DATA": str(folder), "LINLI_DATABASE_URL": address, "PYTHONPATH": str(ROOT), "LINLI_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "bench.ledger",
        "--child",
        engine,
        "--seconds",
        str(options.seconds),
        "--book",
        str(options.book),
    ]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def shown(engine: str, figures: dict[str, Any]) -> list[str]:
    """Markdown rows of one engine."""
    workers = WORKERS[engine]
    limit = MOST_P99_MS.get(engine)
    rows = [
        (
            f"transfers a second, one hot account, {workers} workers, each on the disk",
            f"{figures['rate']:,.0f}",
            f"≥ {LEAST[engine]}",
        ),
        (
            "of a bare insert by the same workers",
            f"{figures['bare']:,.0f} a second, {figures['rate'] / figures['bare']:.2f}×",
            "",
        ),
        (
            "median and 99th percentile of one",
            f"{figures['p50']:.1f} and {figures['p99']:.1f} ms",
            f"p99 ≤ {limit} ms" if limit else "",
        ),
        (f"sent again under the same id: {figures['again']:,}; booked twice", str(figures["doubles"]), "0"),
        ("deadlocks, other errors", f"{figures['deadlocks']}, {figures['errors']}", "0"),
        ("CPU of one transfer, program and database", f"{figures['cpu_ms']:.2f} ms", ""),
        (f"transfers a second in bookings of {LEGS}", f"{figures['filled']:,.0f}", ""),
        (f"sealed a second, {figures['book']:,} transfers", f"{figures['sealed']:,.0f}", ""),
        (
            "verified a second",
            f"{figures['verified']:,.0f} ({figures['verified_cpu']:,.0f} a CPU second)",
            f"≥ {LEAST_VERIFIED:,}",
        ),
    ]
    return [f"| {engine} | {what} | {value} | {goal} |" for what, value, goal in rows]


def measure(engine: str, seconds: float, book: int) -> dict[str, Any]:
    """Everything for the engine that this process is set to."""
    import django

    django.setup()
    from django.core.management import call_command

    for app in ("kernel", "ledger"):
        call_command("migrate", app, verbosity=0)
    accounts = _accounts(WORKERS[engine])
    with_rules = _together(WORKERS[engine], seconds, lambda worker: _posting(accounts[0], accounts[worker + 1]))
    doubles, cpu_errors = _look(with_rules)
    bare = _together(WORKERS[engine], seconds, lambda worker: _bare(worker))
    figures = {
        "rate": with_rules["rate"], "p50": with_rules["p50"], "p99": with_rules["p99"], "again": with_rules["again"],
        "errors": with_rules["errors"] + cpu_errors, "doubles": doubles, "deadlocks": with_rules["deadlocks"],
        "cpu_ms": with_rules["cpu_ms"], "bare": bare["rate"],
    }  # fmt: skip
    return figures | _large_book(book)


def _accounts(count: int) -> list[int]:
    from linli.kernel.policy import SYSTEM
    from linli.ledger.operations import open_account

    made = [open_account(actor=SYSTEM, code="issuer", title="Issuer", unit="points", rule="free")]
    made += [open_account(actor=SYSTEM, code=f"purse:{n}", title=f"Purse {n}", unit="points") for n in range(count)]
    with _connection().cursor() as cursor:
        key = "bigserial" if _connection().vendor == "postgresql" else "integer"
        cursor.execute(
            f"CREATE TABLE bare (id {key} PRIMARY KEY, booking text, debit bigint, credit bigint, amount bigint, at text, note text)"
        )
    return [row.pk for row in made]


def _connection() -> Any:
    from django.db import connection

    return connection


def _posting(issuer: int, purse: int) -> Callable[[int], bool]:
    """Book one transfer; every tenth is sent twice. True when it was sent again."""
    from linli.kernel.policy import SYSTEM
    from linli.ledger.models import LedgerAccount
    from linli.ledger.operations import Reason, post

    hot, own = LedgerAccount.objects.get(pk=issuer), LedgerAccount.objects.get(pk=purse)

    def act(number: int) -> bool:
        asked = {
            "debit": hot,
            "credit": own,
            "amount": 1 + number % 50,
            "reason": Reason(purpose="bench.points", note="清扫楼道"),
        }
        booking = uuid.uuid4()
        assert post(actor=SYSTEM, booking=booking, **asked).is_new
        if number % AGAIN_EVERY:
            return False
        assert not post(actor=SYSTEM, booking=booking, **asked).is_new
        return True

    return act


def _bare(worker: int) -> Callable[[int], bool]:
    """A row of the same width in a transaction of its own: no rules, no totals, no audit."""
    from django.db import connection, transaction

    def act(number: int) -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            values = [uuid.uuid4().hex, 1, worker, 1 + number % 50, "2026-11-21 08:30:00.000000", "清扫楼道"]
            cursor.execute("INSERT INTO bare (booking, debit, credit, amount, at, note) VALUES (%s, %s, %s, %s, %s, %s)", values)
        return False

    return act


def _together(workers: int, seconds: float, prepare: Callable[[int], Callable[[int], bool]]) -> dict[str, Any]:
    """So many processes at once for so long; rates, times, and the CPU that they and the database took."""
    connection = _connection()
    deadlocks, cpu = _deadlocks(), _database_cpu()
    connection.close()
    forked = multiprocessing.get_context("fork")
    answers, start = forked.Queue(), forked.Barrier(workers)
    crowd = [forked.Process(target=_work, args=(number, seconds, prepare, start, answers)) for number in range(workers)]
    for process in crowd:
        process.start()
    found = [answers.get(timeout=seconds * 3 + 30) for _process in crowd]
    for process in crowd:
        process.join()
    times = sorted(one for answer in found for one in answer["times"])
    count = len(times)
    return {
        "count": count, "rate": sum(len(answer["times"]) / answer["seconds"] for answer in found),
        "p50": statistics.median(times) * 1000, "p99": times[int(count * 0.99)] * 1000,
        "again": sum(answer["again"] for answer in found), "errors": sum(answer["errors"] for answer in found),
        "deadlocks": _deadlocks() - deadlocks,
        "cpu_ms": (sum(answer["cpu"] for answer in found) + _database_cpu() - cpu) / max(count, 1) * 1000,
    }  # fmt: skip


def _work(number: int, seconds: float, prepare: Callable[[int], Callable[[int], bool]], start: Any, answers: Any) -> None:
    act = prepare(number)
    act(1)
    start.wait()
    times, again, errors, began, cpu = [], 0, 0, time.perf_counter(), time.process_time()
    while (at := time.perf_counter()) - began < seconds:
        try:
            again += act(len(times) + 1)
        except Exception as error:
            print(repr(error)[:300], file=sys.stderr)
            errors += 1
        times.append(time.perf_counter() - at)
    answers.put({
        "times": times, "again": again, "errors": errors, "seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu,
    })  # fmt: skip


def _deadlocks() -> int:
    if _connection().vendor != "postgresql":
        return 0
    with _connection().cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _database_cpu() -> float:
    """CPU of the database's processes so far, those that have ended included; SQLite works in ours."""
    if _connection().vendor != "postgresql":
        return 0.0
    with _connection().cursor() as cursor:
        cursor.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
        pid = int(Path(cursor.fetchone()[0], "postmaster.pid").read_text().splitlines()[0])
    ticks = [_ticks(pid, ended=True)]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ticks += [_ticks(int(child), ended=False) for child in children]
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int, *, ended: bool) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(int(field) for field in fields[11 : 15 if ended else 13])


def _look(run: dict[str, Any]) -> tuple[int, int]:
    """How many bookings stand twice, and what verify finds."""
    from linli.ledger.queries.verifying import verify

    with _connection().cursor() as cursor:
        cursor.execute("SELECT COUNT(*) - COUNT(DISTINCT booking), COUNT(*) FROM ledger_transfer")
        doubles, count = cursor.fetchone()
    workers_warm = count - run["count"]
    assert 0 < workers_warm <= 8, (count, run["count"])
    findings = verify().findings
    for finding in findings[:10]:
        print(finding, file=sys.stderr)
    return int(doubles), len(findings)


def _large_book(size: int) -> dict[str, Any]:
    from linli.kernel.policy import SYSTEM
    from linli.ledger.models import LedgerAccount
    from linli.ledger.operations import Leg, Reason, book, seal
    from linli.ledger.queries.verifying import verify

    issuer, *purses = LedgerAccount.objects.order_by("pk")
    began = time.perf_counter()
    for _booking in range(size // LEGS):
        legs = [Leg.post(issuer, purses[number % len(purses)], 1 + number % 50) for number in range(LEGS)]
        book(actor=SYSTEM, booking=uuid.uuid4(), legs=legs, reason=Reason(purpose="bench.grant"))
    filled = size / (time.perf_counter() - began)
    began = time.perf_counter()
    seal()
    sealed = time.perf_counter() - began
    began, cpu = time.perf_counter(), time.process_time() + _database_cpu()
    report = verify()
    seconds, cpu = time.perf_counter() - began, time.process_time() + _database_cpu() - cpu
    assert report.is_clean, report.findings[:5]
    count = report.transfers
    return {"book": count, "filled": filled, "sealed": count / sealed, "verified": count / seconds, "verified_cpu": count / cpu}


# --- the picture ---

WORDS = ("清扫楼道 30 分", "陪诊 60 分", "冻结 20 分", "兑换 15 分", "冲正：记错了人", "教手机 45 分")
INK, CALM, PALE, WRONG = "#1f3a4d", "#2f7f86", "#e6f1f1", "#b3402f"


def picture_rows() -> dict[str, Any]:
    """A small book on SQLite, in the words of its own lines: the digests as they are, and after a note was altered."""
    import django

    django.setup()
    from datetime import UTC, datetime, timedelta

    from django.core.management import call_command

    for app in ("kernel", "ledger"):
        call_command("migrate", app, verbosity=0)
    from linli.kernel.policy import SYSTEM
    from linli.ledger.operations import Leg, Reason, book, open_account, seal
    from linli.ledger.queries import chain

    bank = open_account(actor=SYSTEM, code="issuer:hours", title="时间银行", unit="points", rule="free")
    one, two = (open_account(actor=SYSTEM, code=f"purse:{n}", title=f"云某{n}", unit="points") for n in (1, 2))
    start, made = datetime(2026, 11, 2, 1, tzinfo=UTC), []
    steps = [
        lambda: Leg.post(bank, one, 30), lambda: Leg.post(bank, two, 60), lambda: Leg.reserve(one, two, 20),
        lambda: Leg.capture(made[2], 15), lambda: Leg.back(made[1]), lambda: Leg.post(bank, two, 45),
    ]  # fmt: skip
    for number, step in enumerate(steps):
        reason = Reason(note=WORDS[number], at=start + timedelta(hours=number))
        booking = uuid.uuid5(uuid.NAMESPACE_URL, f"picture/{number}")
        made.append(book(actor=SYSTEM, booking=booking, legs=[step()], reason=reason).first)
    lines = [line for _seq, line in chain.lines()]
    kept, altered = [""], [""]
    for number, line in enumerate(lines):
        kept.append(chain.extend(kept[-1], line))
        altered.append(chain.extend(altered[-1], line.replace("60 分", "90 分") if number == 1 else line))
    head = seal()
    assert head is not None and head.digest == kept[-1]
    return {"kept": kept[1:], "altered": altered[1:], "head": chain.head_line(head.number, head.last_seq, head.digest)}


def picture() -> str:
    """The chain as SVG: every transfer hashed with the one before, the head on the notice board, an altered note beside it."""
    folder = Path(tempfile.mkdtemp(prefix="linli-bench-ledger-"))
    try:
        options = argparse.Namespace(seconds=0, book=0)
        rows = _child("picture", folder, "", options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    text = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 330" font-family="sans-serif" font-size="14">',
        '<rect width="1000" height="330" fill="#fbfaf7"/>',
        *_band(40, rows["kept"], rows["kept"], WORDS),
        *_band(190, rows["altered"], rows["kept"], (WORDS[0], "陪诊 90 分", *WORDS[2:])),
        f'<text x="20" y="28" fill="{INK}" font-weight="bold">The books</text>',
        f'<text x="20" y="178" fill="{INK}" font-weight="bold">The same books after somebody altered the second transfer</text>',
        _board(rows["head"]),
        "</svg>",
    ]
    return "\n".join(text) + "\n"


def _band(top: int, digests: list[str], kept: list[str], words: tuple[str, ...]) -> list[str]:
    found = []
    for number, (digest, right, word) in enumerate(zip(digests, kept, words, strict=True)):
        left, colour = 20 + number * 137, CALM if digest == right else WRONG
        fill = PALE if digest == right else "#f7e4df"
        found.append(
            f'<rect x="{left}" y="{top}" width="122" height="92" rx="8" fill="{fill}" stroke="{colour}" stroke-width="1.6"/>'
        )
        found.append(
            f'<text x="{left + 61}" y="{top + 24}" text-anchor="middle" fill="{INK}" font-weight="bold">{number + 1}</text>'
        )
        found.append(f'<text x="{left + 61}" y="{top + 48}" text-anchor="middle" fill="{INK}" font-size="13">{word}</text>')
        found.append(
            f'<text x="{left + 61}" y="{top + 76}" text-anchor="middle" fill="{colour}" font-family="monospace">{digest[:10]}…</text>'
        )
        if number:
            found.append(f'<path d="M{left - 15} {top + 46}h13m-5-4l5 4l-5 4" fill="none" stroke="{colour}" stroke-width="1.6"/>')
    return found


def _board(head: str) -> str:
    number, last, digest = head.split(":")
    return (
        f'<rect x="848" y="40" width="134" height="242" rx="8" fill="#fff" stroke="{INK}" stroke-width="1.6"/>'
        f'<text x="915" y="66" text-anchor="middle" fill="{INK}" font-weight="bold">Notice board</text>'
        f'<text x="915" y="90" text-anchor="middle" fill="{INK}" font-size="13">head {number}, up to {last}</text>'
        f'<text x="915" y="114" text-anchor="middle" fill="{CALM}" font-family="monospace">{digest[:10]}…</text>'
        f'<text x="915" y="240" text-anchor="middle" fill="{WRONG}" font-size="13">does not agree:</text>'
        f'<text x="915" y="260" text-anchor="middle" fill="{WRONG}" font-size="13">verify says so</text>'
    )


if __name__ == "__main__":
    main()
