"""The queue beside simpy, the columns on their way into PostgreSQL beside other ways; and a picture of the district."""

from __future__ import annotations

import heapq
import io
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.methods.contest import OURS, Contender, Goal, Match
from bench.methods.reach import FAINT, INK, SHADES, sheet
from linli.methods import simulate
from linli.methods.simulate_tables import Words, copy_blocks, plain_rows
from tests.run import postgres_cluster

CASES, STREETS, HANDLERS = 420_457, 13, 11
STAFF = [HANDLERS] * STREETS
ROWS, LOADED = 1_000_000, 400_000


def work() -> simulate.Work:
    return simulate.draw_work(CASES, streets=STREETS, days=120, mean_hours=0.9, seed=1)


def warmed(instance: Any) -> Any:
    simulate.warm()
    return instance


def as_lists(made: simulate.Work) -> list[tuple[Any, ...]]:
    columns = (made.arrived, made.street, made.urgency, made.hours, made.again_after, made.again_hours)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def by_simpy(rows: list[tuple[Any, ...]]) -> np.ndarray:
    import simpy

    world, started = simpy.Environment(), np.empty(len(rows))
    streets = [simpy.PriorityResource(world, HANDLERS) for _street in range(STREETS)]

    def life(case: int) -> Iterator[Any]:
        _arrived, street, urgency, hours, after, again = rows[case]
        with streets[street].request(priority=urgency) as turn:
            yield turn
            started[case] = world.now
            yield world.timeout(hours)
        if after >= 0:
            yield world.timeout(after)
            with streets[street].request(priority=urgency) as turn:
                yield turn
                yield world.timeout(again)

    def door() -> Iterator[Any]:
        for case, row in enumerate(rows):
            yield world.timeout(max(row[0] - world.now, 0))
            world.process(life(case))

    world.process(door())
    world.run()
    return started


def by_heap(rows: list[tuple[Any, ...]]) -> np.ndarray:
    """A plain loop in Python: one heap of events, one of waiting cases a street."""
    started, events, waiting, free = np.full(len(rows), -1.0), [], [[] for _street in range(STREETS)], list(STAFF)
    turn, index = 0, 0
    while index < len(rows) or events:
        if index < len(rows) and (not events or rows[index][0] <= events[0][0]):
            now, case, is_end = rows[index][0], index, False
            index += 1
        else:
            now, is_end, case = heapq.heappop(events)
        street = rows[case][1]
        if is_end:
            free[street] += 1
        else:
            turn += 1
            heapq.heappush(waiting[street], (rows[case][2], turn, case))
        while free[street] and waiting[street]:
            case = heapq.heappop(waiting[street])[2]
            free[street] -= 1
            if started[case] < 0:
                started[case] = now
                end = now + rows[case][3]
                if rows[case][4] >= 0:
                    heapq.heappush(events, (end + rows[case][4], False, case))
            else:
                end = now + rows[case][5]
            heapq.heappush(events, (end, True, case))
    return started


def score_queue(made: simulate.Work, started: np.ndarray) -> dict[str, float]:
    hours = started - made.arrived
    return {"mean wait h": float(hours.mean()), "p95 h": float(np.quantile(hours, 0.95)), "cases": float((started >= 0).sum())}


# --- into PostgreSQL ---


TYPES = {"i2": "smallint", "i4": "integer", "i8": "bigint", "f8": "double precision", "b1": "boolean", "M8": "timestamptz"}
COLUMNS = ("id", "reported_at", "category", "urgency", "door", "building", "street", "grid", "lng", "lat", "answered_at", "stage")


def reports() -> dict[str, Any]:
    made = simulate.district(simulate.Shape(reports=LOADED), seed=2).reports
    return {name: made[name] for name in COLUMNS}


def first_rows(table: dict[str, Any], count: int) -> dict[str, Any]:
    return {name: Words(one.codes[:count], one.words) if isinstance(one, Words) else one[:count] for name, one in table.items()}


def sql_type(column: Any) -> str:
    return "text" if isinstance(column, Words) else TYPES[column.dtype.str[1:3]]


class Door:
    """A table of its own in the cluster; measures what a load took here and in the server's process."""

    def __init__(self, address: str, table: dict[str, Any]):
        import psycopg

        self.connection = psycopg.connect(address)
        self.cursor = self.connection.cursor()
        columns = ", ".join(f"{name} {sql_type(column)}" for name, column in table.items())
        self.cursor.execute("DROP TABLE IF EXISTS reports")
        self.cursor.execute(f"CREATE UNLOGGED TABLE reports ({columns})")
        self.connection.commit()

    def _server(self) -> float:
        stat = Path(f"/proc/{self.connection.info.backend_pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def load(self, write: Any) -> dict[str, float]:
        server, cpu, wall = self._server(), time.process_time(), time.perf_counter()
        write(self.cursor)
        self.connection.commit()
        spent = {"wall": time.perf_counter() - wall, "client": time.process_time() - cpu, "server": self._server() - server}
        self.cursor.execute(
            "SELECT count(*), sum(category), count(answered_at), min(reported_at), sum(length(stage)) FROM reports"
        )
        found = self.cursor.fetchone()
        return {**spent, "found": (found[0], found[1], found[2], found[3].timestamp(), found[4])}


def copied(address: str, table: dict[str, Any]) -> dict[str, float]:
    def write(cursor: Any) -> None:
        with cursor.copy("COPY reports FROM STDIN (FORMAT BINARY)") as stream:
            for block in copy_blocks(table):
                stream.write(block)

    return Door(address, table).load(write)


def row_by_row(address: str, table: dict[str, Any]) -> dict[str, float]:
    rows = list(plain_rows(table))

    def write(cursor: Any) -> None:
        with cursor.copy("COPY reports FROM STDIN") as stream:
            for row in rows:
                stream.write_row(row)

    return Door(address, table).load(write)


def executemany(address: str, table: dict[str, Any]) -> dict[str, float]:
    rows = list(plain_rows(table))
    holes = ", ".join(["%s"] * len(table))
    return Door(address, table).load(lambda cursor: cursor.executemany(f"INSERT INTO reports VALUES ({holes})", rows))


def by_polars(address: str, table: dict[str, Any]) -> dict[str, float]:
    import polars

    columns = {}
    for name, column in table.items():
        is_words = isinstance(column, Words)
        columns[name] = (
            polars.Series(column.codes).replace_strict(dict(enumerate(column.words))) if is_words else polars.Series(column)
        )
    frame = polars.DataFrame(columns)

    def write(cursor: Any) -> None:
        text = io.BytesIO()
        frame.write_csv(text)
        with cursor.copy("COPY reports FROM STDIN (FORMAT CSV, HEADER)") as stream:
            stream.write(text.getbuffer())

    return Door(address, table).load(write)


def score_load(table: dict[str, Any], answer: dict[str, Any]) -> dict[str, float]:
    rows = int(answer["found"][0])
    sent = first_rows(table, rows)
    length = np.array([len(word) for word in sent["stage"].words])
    truth = (rows, int(sent["category"].astype(int).sum()), int((~np.isnat(sent["answered_at"])).sum()),
             float(sent["reported_at"][0].astype(np.int64) / 1e6), int(length[sent["stage"].codes].sum()))  # fmt: skip
    is_right = all(abs(float(a) - float(b)) < 1e-3 for a, b in zip(answer["found"], truth, strict=True))
    return {
        "rows": float(rows), "rows/s wall": rows / answer["wall"], "rows/s CPU of both": rows / (answer["client"] + answer["server"]),
        "µs a row here": 1e6 * answer["client"] / rows, "µs a row in server": 1e6 * answer["server"] / rows, "right": float(is_right),
    }  # fmt: skip


# --- making it up ---


def plain_reports(_instance: Any) -> dict[str, float]:
    """Row by row with the standard library."""
    chance, rows = random.Random(1), []
    for number in range(ROWS):
        at = chance.uniform(0, 365 * 86400)
        days = chance.lognormvariate(simulate.REPLY_MU, simulate.REPLY_SIGMA)
        rows.append((
            number, at, chance.randrange(60), chance.choices(simulate.URGENCIES, simulate.URGENCY_SHARES)[0],
            chance.choices(simulate.DOORS, simulate.DOOR_SHARES)[0], chance.randrange(10_400), chance.randrange(13), chance.randrange(1040),
            chance.gauss(114, 0.1), chance.gauss(30, 0.1), at + days * 86400, "answered" if chance.random() < 0.97 else "refused",
        ))  # fmt: skip
    return {"rows": float(len(rows)), "median days": float(np.median([(row[10] - row[1]) / 86400 for row in rows]))}


def our_district(_instance: Any) -> dict[str, float]:
    made = simulate.district(simulate.Shape(reports=ROWS), seed=3)
    days = (made.reports["answered_at"] - made.reports["reported_at"]) / np.timedelta64(1, "D")
    return {"rows": float(sum(len(table["id"]) for table in made.tables().values())), "median days": float(np.nanmedian(days))}


def matches() -> Iterator[Match]:
    """One by one: the database is there only while it is measured."""
    yield Match(
        title=f"{CASES:,} cases, {STREETS} streets × {HANDLERS} handlers, urgent first, some re-opened", instance=work, score=score_queue,
        goals={"CPU s": Goal(CASES / 5e6)}, note="The goal is 5 million cases a CPU second.",
        contenders=(
            Contender(OURS, lambda made: simulate.work_off(made, STAFF).started, warmed, repeat=7),
            Contender("plain loop with heaps, Python", by_heap, as_lists), Contender("PriorityResource", by_simpy, as_lists, "simpy"),
        ),
    )  # fmt: skip
    yield Match(
        title="Making it up: buildings, residents and a million reports", instance=lambda: None, score=lambda _none, answer: answer,
        contenders=(Contender(OURS, our_district, warmed, repeat=3), Contender("row by row, 12 columns, standard library", plain_reports)),
    )  # fmt: skip
    with postgres_cluster(max_wal_size="4GB") as cluster:
        if cluster is None:
            return
        address = f"host={cluster.folder} user=linli dbname=postgres"
        yield Match(
            title=f"{LOADED:,} rows into PostgreSQL (12 columns, unlogged table, no index)", instance=reports, score=score_load,
            goals={"rows/s wall": Goal(1e6, more_is_better=True), "right": Goal(1, more_is_better=True)},
            note="CPU of this process and of the server's, which work at the same time; “right” compares sums read back.",
            contenders=(
                Contender(OURS, lambda table: copied(address, table), warmed, repeat=3),
                Contender("CSV by polars, COPY", lambda table: by_polars(address, table), None, "polars"),
                Contender("COPY row by row", lambda table: row_by_row(address, table), None, "psycopg"),
                Contender("executemany", lambda table: executemany(address, table), None, "psycopg"),
            ),
        )  # fmt: skip


# --- the picture ---


def district_drawing() -> list[str]:
    """Buildings, darker where more was reported."""
    made = simulate.district(simulate.Shape(streets=5, communities=4, grids=5, buildings=14, homes=24, reports=9000), seed=11)
    buildings = made.buildings
    told = np.bincount(made.reports["building"], minlength=len(buildings["id"]) + 1)[1:]
    x = 36 + (buildings["lng"] - buildings["lng"].min()) / np.ptp(buildings["lng"]) * 330
    y = 400 - (buildings["lat"] - buildings["lat"].min()) / np.ptp(buildings["lat"]) * 330
    parts = ['<text x="30" y="32" font-weight="700">A made-up district: reports by building</text>']
    level = np.digitize(told, (2, 5, 8, 12))
    for step, shade in enumerate(SHADES[::-1]):
        dots = "".join(f"M{x[one]:.0f} {y[one]:.0f}h0" for one in np.flatnonzero(level == step))
        parts.append(f'<path d="{dots}" stroke="{shade}" stroke-width="6" stroke-linecap="round" fill="none"/>')
    people = f"{len(made.residents['id']):,} residents, {int(buildings['homes'].sum()):,} homes, 9,000 reports in a year"
    names = ("under 2", "2–4", "5–7", "8–11", "12 and more")
    legend = [
        f'<text x="{26 + 78 * step}" y="430" font-size="12"><tspan fill="{shade}" font-size="20">●</tspan> {name}</text>'
        for step, (shade, name) in enumerate(zip(SHADES[::-1], names, strict=True))
    ]
    return [*parts, *legend, f'<text x="30" y="456" fill="{FAINT}">{people}</text>']


def reply_drawing() -> list[str]:
    """Days until the reply."""
    days = simulate.reply_days(np.full(60_000, 2), np.random.default_rng(1))
    edges = np.arange(0, 61, 2)
    heights = np.histogram(days, edges)[0]
    parts = ['<text x="450" y="32" font-weight="700">Days until the reply (log-normal, as measured)</text>']
    for left, height in zip(edges, heights, strict=False):
        tall = height / heights.max() * 130
        parts.append(f'<rect x="{450 + left * 6}" y="{185 - tall:.1f}" width="10.6" height="{tall:.1f}" fill="#9cc7b5"/>')
    middle = float(np.median(days))
    return [*parts, f'<line x1="{450 + middle * 6:.0f}" y1="50" x2="{450 + middle * 6:.0f}" y2="185" stroke="#a8481f" stroke-width="2"/>',
            f'<text x="{458 + middle * 6:.0f}" y="64" fill="#a8481f">half within {middle:.0f} days</text>',
            *(f'<text x="{450 + mark * 6}" y="202" text-anchor="middle" fill="{FAINT}" font-size="11">{mark}</text>' for mark in (0, 20, 40, 60))]  # fmt: skip


def staff_drawing() -> list[str]:
    """How long cases wait with so many handlers a street."""
    made, staffs = work(), list(range(10, 18))
    found = [simulate.waits(made, simulate.work_off(made, [staff] * STREETS)) for staff in staffs]
    parts = ['<text x="450" y="246" font-weight="700">How many handlers does a street need?</text>']
    for index, (staff, hours) in enumerate(zip(staffs, found, strict=True)):
        late, usual = float(np.quantile(hours, 0.95)), float(hours.mean())
        x = 458 + index * 46
        tall = min(late, 8) / 8 * 120
        parts += [f'<rect x="{x}" y="{400 - tall:.1f}" width="26" height="{tall:.1f}" rx="3" fill="#ecc48e"/>',
                  f'<rect x="{x}" y="{400 - min(usual, 8) / 8 * 120:.1f}" width="26" height="{min(usual, 8) / 8 * 120:.1f}" rx="3" fill="#a8481f"/>',
                  f'<text x="{x + 13}" y="417" text-anchor="middle" fill="{INK}" font-size="12">{staff}</text>',
                  f'<text x="{x + 13}" y="{394 - tall:.1f}" text-anchor="middle" font-size="11" fill="{FAINT}">{late:.1f}</text>' if late < 99 else
                  f'<text x="{x + 13}" y="{394 - tall:.1f}" text-anchor="middle" font-size="11" fill="{FAINT}">{late / 24:.0f} days</text>']  # fmt: skip
    return [*parts, '<text x="450" y="440" fill="#a8481f">▮ mean wait</text><text x="548" y="440"><tspan fill="#d98a4e">▮</tspan> 19 of 20 wait less (hours)</text>',
            f'<text x="450" y="460" fill="{FAINT}">{CASES:,} cases of 120 days, urgent ones first</text>']  # fmt: skip


def picture() -> str:
    """The district, its reply times, and a sweep over staff."""
    return sheet(860, 480, "A simulated district: reports by building, reply times, and waits by number of handlers",
                 district_drawing() + reply_drawing() + staff_drawing())  # fmt: skip
