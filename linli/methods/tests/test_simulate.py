"""The made-up district, its queue and its way into databases."""

from __future__ import annotations

import heapq
import sqlite3
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods import simulate, simulate_tables
from linli.methods.errors import BadInput, Cancelled
from linli.methods.simulate_tables import Words

SMALL = simulate.Shape(streets=2, communities=3, grids=2, buildings=4, homes=20, reports=4000, days=400)


# --- streets that work off their cases ---


def plain_worked(work: simulate.Work, handlers: list[int]) -> list[tuple[float, float, float, float]]:
    """Event by event, with lists: at one instant arrivals, then handlers who become free."""
    rows = [[-1.0] * 4 for _case in range(len(work))]
    for street, staff in enumerate(handlers):
        events = [(float(work.arrived[case]), 0, case) for case in range(len(work)) if work.street[case] == street]
        returning: set[tuple[float, int]] = set()
        heapq.heapify(events)
        waiting: list[tuple[int, int, int]] = []
        free, turn = staff, 0
        while events:
            now, kind, case = heapq.heappop(events)
            if kind < 2:
                turn += 1
                waiting.append((int(work.urgency[case]), turn, case))
                returning.discard((now, case))
            else:
                free += 1
            while free and waiting and not (kind == 2 and any(at == now and other < 2 for at, other, _case in events[:1])):
                one = min(waiting)
                waiting.remove(one)
                free -= 1
                case = one[2]
                again = rows[case][0] >= 0
                end = now + float((work.again_hours if again else work.hours)[case])
                rows[case][2 * again], rows[case][2 * again + 1] = now, end
                heapq.heappush(events, (end, 2, case))
                if not again and work.again_after[case] >= 0:
                    heapq.heappush(events, (end + float(work.again_after[case]), 1, case))
    return [tuple(row) for row in rows]


@st.composite
def works(draw: st.DrawFn) -> tuple[simulate.Work, list[int]]:
    """Times of a fine grain, so that nothing but the rule decides; and some cases exactly at once."""
    count, streets = draw(st.integers(0, 25)), draw(st.integers(1, 3))
    chance = np.random.default_rng(draw(st.integers(0, 10**6)))
    arrived = np.sort(chance.uniform(0, draw(st.sampled_from([1.0, 20.0])), count))
    again = np.where(chance.random(count) < 0.4, chance.uniform(0, 5, count), -1)
    work = simulate.Work(
        arrived, chance.integers(0, streets, count), chance.integers(0, 3, count), chance.uniform(0, 4, count), again,
        chance.uniform(0, 2, count),
    )  # fmt: skip
    return work, draw(st.lists(st.integers(1, 4), min_size=streets, max_size=streets))


@settings(max_examples=120, deadline=None)
@given(works())
def test_cases_are_worked_off_as_by_the_plain_loop(instance):
    work, handlers = instance

    found = simulate.work_off(work, handlers)

    rows = list(zip(found.started, found.ended, found.started_again, found.ended_again, strict=True))
    assert rows == plain_worked(work, handlers)


def test_an_urgent_case_that_comes_in_the_instant_goes_before_one_that_waits():
    work = simulate.Work(
        np.array([0.0, 1.0, 2.0]), np.zeros(3, int), np.array([2, 2, 0]), np.full(3, 2.0), np.full(3, -1.0), np.zeros(3)
    )

    found = simulate.work_off(work, [1])

    assert found.started.tolist() == [0.0, 4.0, 2.0]


def test_more_handlers_wait_less_and_all_work_is_done():
    work = simulate.draw_work(20_000, mean_hours=1.5, seed=4)
    few, many = simulate.work_off(work, [5] * 13), simulate.work_off(work, [9] * 13)

    assert simulate.waits(work, many).mean() < simulate.waits(work, few).mean()
    assert (simulate.waits(work, few) >= 0).all()
    assert np.array_equal(few.started_again >= 0, work.again_after >= 0)
    assert np.allclose(few.ended - few.started, work.hours)


def test_drawn_work_has_the_mean_that_was_asked_for():
    work = simulate.draw_work(50_000, mean_hours=3.0, reopened=0.2, days=10, seed=1)

    assert work.hours.mean() == pytest.approx(3.0, rel=0.03)
    assert (work.again_after >= 0).mean() == pytest.approx(0.2, abs=0.01)
    assert 0 <= work.arrived.min() <= work.arrived.max() <= 240


# --- the district ---


def test_the_same_seed_gives_the_same_district_and_another_another():
    one, same, other = (simulate.district(SMALL, seed=seed) for seed in (3, 3, 4))

    for name, table in one.tables().items():
        assert simulate_tables.copy_bytes(table) == simulate_tables.copy_bytes(same.tables()[name])
        assert simulate_tables.copy_bytes(table) != simulate_tables.copy_bytes(other.tables()[name])


def test_everything_fits_together():
    made = simulate.district(SMALL, seed=5)
    buildings, residents, reports = made.buildings, made.residents, made.reports

    assert len(buildings["id"]) == 2 * 3 * 2 * 4
    assert set(buildings["street"]) == {1, 2}
    assert set(residents["building"]) <= set(buildings["id"])
    assert (
        np.bincount(residents["building"][np.unique(residents["home"], return_index=True)[1]])[1:].tolist()
        == buildings["homes"].tolist()
    )
    assert np.array_equal(reports["grid"], buildings["grid"][reports["building"] - 1])
    known = ~np.ma.getmaskarray(reports["resident"])
    assert np.array_equal(residents["building"][reports["resident"].data[known] - 1], reports["building"][known])
    assert np.array_equal(known, reports["door"].codes != 0)
    alone = np.bincount(residents["home"])[residents["home"]] == 1
    assert np.array_equal(residents["lives_alone"], alone)
    assert (2025 - residents["birth_year"][alone] >= 18).all()


def test_times_follow_each_other_and_the_future_has_not_happened():
    reports = simulate.district(SMALL, seed=6).reports
    reported, accepted, answered = reports["reported_at"], reports["accepted_at"], reports["answered_at"]
    until, stage = np.datetime64("2025-12-31T16:00", "us"), reports["stage"].codes

    assert (np.diff(reported) >= np.timedelta64(0)).all()
    assert reported[0] >= np.datetime64("2024-11-26T16:00") and reported[-1] < until
    assert not (accepted < reported).any() and not (answered < accepted).any()
    assert not (accepted >= until).any() and not (answered >= until).any()
    assert np.array_equal(np.isnat(answered), stage < 2)
    assert np.array_equal(np.isnat(accepted), stage == 0)
    assert not (reports["is_reopened"] & (stage != 2)).any()
    assert np.ma.getmaskarray(reports["stars"])[stage != 2].all()
    assert set(reports["stars"].compressed()) <= {1, 2, 3, 4, 5}
    assert {0, 1, 2, 3} == set(stage)


def test_replies_take_as_long_as_they_were_measured():
    days = simulate.reply_days(np.full(200_000, 2), np.random.default_rng(7))

    assert np.log(days).mean() == pytest.approx(2.28, abs=0.01)
    assert np.log(days).std() == pytest.approx(1.29, abs=0.01)
    assert np.median(simulate.reply_days(np.zeros(9999, int), np.random.default_rng(7))) < 1


def test_nights_and_weekends_are_quieter():
    at = simulate.report_times(50_000, 364, "2026-01-01", np.random.default_rng(8)) + np.timedelta64(8, "h")
    hour, weekday = at.astype("M8[h]").astype(int) % 24, (at.astype("M8[D]").astype(int) + 3) % 7

    assert (hour == 9).sum() > 10 * (hour == 3).sum()
    assert (weekday >= 5).mean() == pytest.approx(2 * 0.62 / (5 + 2 * 0.62), abs=0.01)


def test_a_district_without_reports_and_one_of_a_single_home():
    assert len(simulate.district(simulate.Shape(streets=1, communities=1, grids=1, reports=0)).reports["id"]) == 0
    tiny = simulate.district(simulate.Shape(streets=1, communities=1, grids=1, buildings=1, homes=1, reports=5, categories=1))
    assert tiny.reports["category"].tolist() == [1] * 5


def test_making_it_up_can_be_stopped():
    with pytest.raises(Cancelled):
        simulate.district(SMALL, progress=lambda share: False)


# --- into databases ---


def decoded(stream: bytes) -> list[list[bytes | None]]:
    """Rows of fields, read as PostgreSQL's manual says."""
    assert stream.startswith(b"PGCOPY\n\xff\r\n\0" + bytes(8))
    at, rows = 19, []
    while (count := struct.unpack_from(">h", stream, at)[0]) != -1:
        at += 2
        row: list[bytes | None] = []
        for _field in range(count):
            size = struct.unpack_from(">i", stream, at)[0]
            at += 4
            row.append(None if size == -1 else stream[at : at + size])
            at += max(size, 0)
        rows.append(row)
    assert at + 2 == len(stream)
    return rows


def test_every_kind_of_column_is_written_as_postgresql_reads_it():
    table = {
        "flag": np.array([True, False, True]),
        "small": np.array([1, -2, 3], np.int16),
        "whole": np.ma.array([7, 8, 9], mask=[0, 1, 0], dtype=np.int32),
        "plain": np.array([7, -8, 9], np.int32),
        "large": np.array([2**40, -1, 0]),
        "real": np.array([0.5, -1e300, np.nan]),
        "brief": np.array([0.5, 2, 3], np.float32),
        "instant": np.array(["2026-01-01T00:00:00.000001", "NaT", "1999-12-31T23:59:59"], "M8[us]"),
        "day": np.array(["2000-01-02", "1999-12-31", "NaT"], "M8[D]"),
        "words": Words(np.array([1, -1, 0], np.int8), ("甲", "")),
        "bytes": np.array(["乙丙".encode(), b"", b"x"]),
        "uuid": np.arange(48, dtype=np.uint8).reshape(3, 16),
    }

    rows = decoded(simulate_tables.copy_bytes(table))

    first, second, third = rows
    instant = int((np.datetime64("2026-01-01T00:00:00.000001") - np.datetime64("2000-01-01")) / np.timedelta64(1, "us"))
    assert first == [
        b"\1", struct.pack(">h", 1), struct.pack(">i", 7), struct.pack(">i", 7), struct.pack(">q", 2**40), struct.pack(">d", 0.5),
        struct.pack(">f", 0.5), struct.pack(">q", instant), struct.pack(">i", 1), b"", "乙丙".encode(), bytes(range(16)),
    ]  # fmt: skip
    assert (
        second[0] == b"\0"
        and second[1] == struct.pack(">h", -2)
        and second[2] is None
        and second[7] is None
        and second[9] is None
    )
    assert second[8] == struct.pack(">i", -1) and second[10] == b"" and second[3] == struct.pack(">i", -8)
    assert third[5] == struct.pack(">d", np.nan) and third[7] == struct.pack(">q", -1_000_000) and third[8] is None
    assert third[9] == "甲".encode() and third[11] == bytes(range(32, 48))


@pytest.mark.parametrize("rows", [0, 1, 7, 8])
def test_blocks_make_the_same_stream(rows):
    table = {"n": np.arange(rows), "w": Words(np.arange(rows) % 3 - 1, ("a", "bb")), "f": np.arange(rows) > 3}

    whole = simulate_tables.copy_bytes(table)

    assert b"".join(simulate_tables.copy_blocks(table, block=4)) == whole
    assert [row[0] for row in decoded(whole)] == [struct.pack(">q", n) for n in range(rows)]


def test_sqlite_takes_the_rows():
    reports = simulate.district(SMALL, seed=9).reports
    base = sqlite3.connect(":memory:")
    base.execute(f"CREATE TABLE reports ({', '.join(reports)})")
    base.executemany(
        f"INSERT INTO reports VALUES ({', '.join('?' * len(reports))})", simulate_tables.plain_rows(reports, block=999)
    )

    assert base.execute("SELECT count(*), sum(category), count(stars) FROM reports").fetchone() == (
        4000, int(reports["category"].astype(int).sum()), int(reports["stars"].count()),
    )  # fmt: skip
    first = base.execute("SELECT reported_at, stage, resident FROM reports WHERE id = 1").fetchone()
    assert first[0] == str(reports["reported_at"][0]).replace("T", " ")
    assert first[1] == reports["stage"].words[reports["stage"].codes[0]]
    none = base.execute("SELECT count(*) FROM reports WHERE answered_at IS NULL").fetchone()[0]
    assert none == np.isnat(reports["answered_at"]).sum() > 0
    texts = list(simulate_tables.plain_rows({"b": np.array(["乙".encode()]), "u": np.zeros((1, 16), np.uint8)}))
    assert texts == [("乙", "00" * 16)]
    base.close()


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("handlers", lambda: simulate.work_off(simulate.draw_work(3, streets=1), [0])),
        ("street", lambda: simulate.work_off(simulate.draw_work(30, streets=3), [1])),
        ("arrived", lambda: simulate.work_off(changed(arrived=np.array([2.0, 1.0])), [1])),
        ("hours", lambda: simulate.work_off(changed(hours=np.array([2.0, -1.0])), [1])),
        ("urgency", lambda: simulate.work_off(changed(urgency=np.array([0, 100])), [1])),
        ("again_after", lambda: simulate.work_off(changed(again_after=np.array([2.0])), [1])),
        ("work", lambda: simulate.work_off(changed(hours=np.array([2.0, np.inf])), [1])),
        ("cases", lambda: simulate.draw_work(-1)),
        ("streets", lambda: simulate.Shape(streets=0)),
        ("reports", lambda: simulate.Shape(reports=-1)),
        ("until", lambda: simulate.Shape(until="tomorrow")),
        ("table", lambda: simulate_tables.copy_bytes({})),
        ("b", lambda: simulate_tables.copy_bytes({"a": np.arange(3), "b": np.arange(2)})),
        ("a", lambda: simulate_tables.copy_bytes({"a": np.array(["x"], object)})),
        ("codes", lambda: Words(np.array([2]), ("a", "b"))),
    ],
)
def test_bad_input_is_named(field, call):
    with pytest.raises(BadInput) as fault:
        call()

    assert fault.value.field == field


def changed(**columns: np.ndarray) -> simulate.Work:
    usual = {
        "arrived": np.array([0.0, 1.0]), "street": np.zeros(2, int), "urgency": np.zeros(2, int), "hours": np.ones(2),
        "again_after": np.full(2, -1.0), "again_hours": np.ones(2),
    }  # fmt: skip
    return simulate.Work(**{**usual, **columns})
