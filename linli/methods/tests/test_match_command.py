"""`linli match` and `linli visits plan`: files in, files and a short report out, faults in a line."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from linli.methods.commands import main

REQUESTS = """request,kind,lng,lat,urgency,accepted_by
甲,care,120.000,30.000,1,
乙,care,120.001,30.000,2,
丙,care,120.050,30.000,,
丁,lift,120.000,30.000,1,
戊,care,120.000,30.000,1,远
"""
HELPERS = """organization,slots,kinds,lng,lat,reach
近,1,care,120.0000,30.000,
远,2,care|meal,120.0300,30.000,9000
"""
VISITS = """visit,lng,lat,minutes,opens,closes,skills,worker,urgency
v1,120.000,30.000,20,10:00,11:00,,小一,1
v2,120.001,30.000,30,,,nurse,小一,2
v3,120.002,30.000,30,,,sign,小二,1
v4,120.002,30.000,15,,,,,
"""
WORKERS = """worker,lng,lat,begins,ends,skills
小一,120.000,30.000,9:00,17:00,
小二,120.002,30.000,09:00,17:00,nurse
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("requests", REQUESTS), ("helpers", HELPERS), ("visits", VISITS), ("workers", WORKERS)):
        Path(f"{name}.csv").write_text(text)
    return tmp_path


def written(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(path).read_text(encoding="utf-8-sig").splitlines()))


def test_requests_are_matched_and_each_match_has_its_reason(folder: Path, capsys: pytest.CaptureFixture):
    assert main("match", ["requests.csv", "helpers.csv", "--out", "out.csv"]) == 0

    found = {row["request"]: row for row in written("out.csv")}
    assert {name: row["organization"] for name, row in found.items()} == {"甲": "", "乙": "近", "丙": "远", "丁": "", "戊": "远"}
    assert found["乙"]["why"] == "the nearest that may" and found["乙"]["second"] == "远"
    assert found["甲"]["why"] == "all that may are full; 近 would be nearest"
    assert found["丁"]["why"] == "no organisation of this kind in reach"
    report = capsys.readouterr().out
    assert "5 requests, 2 organisations with 3 slots" in report
    assert "served 3, unserved 2" in report
    assert "care: 1 unserved; 3 of 3 slots taken; one slot more at" in report
    assert "lift: 1 unserved, 1 of them in nobody's reach" in report


def test_given_pairs_need_no_places(folder: Path):
    Path("r.csv").write_text("request\n甲\n乙\n")
    Path("h.csv").write_text("organization,slots\n近,1\n远,1\n")
    Path("p.csv").write_text("request,organization,cost\n甲,近,3\n甲,远,4\n乙,近,3\n")

    assert main("match", ["r.csv", "h.csv", "--pairs", "p.csv", "--load-steps", ""]) == 0

    rows = written("matches.csv")
    assert [(row["organization"], row["cost"]) for row in rows] == [("远", "4"), ("近", "3")]
    assert rows[0]["why"] == "近 is nearer by 1, but its slots are needed more by others"


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("helpers", "slots", "places", "has no column slots"),
        ("helpers", "近,1", "近,many", "helpers.csv, line 2, slots"),
        ("helpers", "近,1", "近,1.5", "no whole number"),
        ("helpers", "远,2", "近,2", "names a organization twice"),
        ("requests", ",远", ",谁", "line 6, accepted_by: “谁” is no organisation"),
        ("requests", "120.001", "east", "line 3, lng"),
    ],
)
def test_faults_of_a_match_are_one_line(folder: Path, capsys: pytest.CaptureFixture, name, old, new, told):
    path = Path(f"{name}.csv")
    path.write_text(path.read_text().replace(old, new))

    assert main("match", ["requests.csv", "helpers.csv"]) == 2

    assert told in capsys.readouterr().err


def test_a_wrong_load_step_and_an_unknown_pair_are_told(folder: Path, capsys: pytest.CaptureFixture):
    Path("p.csv").write_text("request,organization,cost\n甲,谁,3\n")

    assert main("match", ["requests.csv", "helpers.csv", "--load-steps", "half"]) == 2
    assert main("match", ["requests.csv", "helpers.csv", "--pairs", "p.csv"]) == 2

    assert "not like 0.5:500" in (told := capsys.readouterr().err) and "“谁” is not in its file" in told


def test_a_day_is_planned_with_times_and_reasons(folder: Path, capsys: pytest.CaptureFixture):
    assert main("visits", ["plan", "visits.csv", "workers.csv", "--out", "out.csv"]) == 0

    found = {row["visit"]: row for row in written("out.csv")}
    assert (found["v1"]["worker"], found["v1"]["begins"], found["v1"]["ends"]) == ("小一", "10:00", "10:20")
    assert (found["v2"]["worker"], found["v2"]["note"]) == ("小二", "小一 lacks the skill")
    assert (found["v3"]["worker"], found["v3"]["note"]) == ("", "missed: nobody has the skill")
    assert (found["v4"]["worker"], found["v4"]["note"]) == ("小二", "")
    report = capsys.readouterr().out
    assert "4 visits, 2 workers: 1 missed (0 urgent)" in report
    assert "1 × nobody has the skill" in report and "1 × own lacks the skill" in report


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("visits", "10:00", "ten", "visits.csv, line 2, opens: “ten” is no time of day"),
        ("visits", "小一,1", "小三,1", "line 2, worker: “小三” is not among the workers"),
        ("visits", "20,10", "long,10", "line 2, minutes"),
        ("workers", "9:00,17", ",17", "workers.csv, line 2, begins"),
        ("workers", "小二", "小一", "names a worker twice"),
    ],
)
def test_faults_of_a_day_are_one_line(folder: Path, capsys: pytest.CaptureFixture, name, old, new, told):
    path = Path(f"{name}.csv")
    path.write_text(path.read_text().replace(old, new, 1))

    assert main("visits", ["plan", "visits.csv", "workers.csv"]) == 2

    assert told in capsys.readouterr().err
