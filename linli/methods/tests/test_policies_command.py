"""`linli policies`: rules and people from files, answers into files, faults in a line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from linli.methods.commands import main

BESIDE: dict[str, Any] = {
    "fields": [
        {"name": "birth", "kind": "date", "title": "出生日期", "question": "出生年月日?"},
        {"name": "hukou", "kind": "code", "title": "户籍", "codes": {"local": "本地", "outside": "外地"}},
        {"name": "tags", "kind": "set", "codes": ["alone", "elder_paid"]},
        {"name": "income", "kind": "number", "title": "人均收入"},
    ],
    "settings": {"elder_age": {"*": 80, "31": 70}},
}
RULES = [
    {
        "code": "elder", "name": "高龄津贴", "source": "示例办法", "papers": ["身份证", "户口簿"],
        "when": {"all": [
            {"field": "hukou", "op": "=", "value": "local"},
            {"field": "birth", "as": "age", "op": ">=", "value": {"setting": "elder_age"}, "text": "年满{value}周岁"},
            {"not": {"field": "tags", "op": "has", "value": "elder_paid"}, "text": "尚未领取"},
        ]},
    },
    {"code": "low", "from": "2020-01-01", "when": {"field": "income", "op": "<", "value": 1450}},
]  # fmt: skip
PEOPLE = """id,name,birth,hukou,tags,income
1,甲,1940-01-01,local,-,2000
2,乙,1950-01-01,local,,1480
3,丙,,local,alone,
4,丁,1940-01-01,outside,alone|elder_paid,100
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("rules.json").write_text(json.dumps(BESIDE | {"rules": RULES}))
    Path("beside.json").write_text(json.dumps(BESIDE))
    Path("people.csv").write_text(PEOPLE)
    return tmp_path


def written(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(path).read_text(encoding="utf-8-sig").splitlines()))


def test_a_register_is_answered_with_what_is_missing_and_what_to_ask(folder: Path, capsys: pytest.CaptureFixture):
    assert main("policies", ["evaluate", "rules.json", "people.csv", "--day", "2026-05-01"]) == 0

    found = {(row["person"], row["rule"]): (row["answer"], row["what"], row["papers"]) for row in written("entitled.csv")}
    assert found == {
        ("1", "elder"): ("yes", "", "身份证、户口簿"),
        ("2", "elder"): ("near", "年满80周岁 (1341)", ""),
        ("3", "elder"): ("ask", "出生年月日?", ""),
        ("1", "low"): ("near", "人均收入 < 1450 (550)", ""),
        ("2", "low"): ("near", "人均收入 < 1450 (30)", ""),
        ("3", "low"): ("ask", "人均收入?", ""),
        ("4", "low"): ("yes", "", ""),
    }
    report = capsys.readouterr().out
    assert "4 people, 2 rules in force on 2026-05-01" in report
    assert "elder         1         1          1  高龄津贴" in report


def test_settings_of_the_place_decide_and_only_what_is_wanted_is_written(folder: Path):
    assert (
        main(
            "policies",
            [
                "evaluate",
                "rules.json",
                "people.csv",
                "--day",
                "2026-05-01",
                "--place",
                "310101",
                "--only",
                "yes",
                "--out",
                "yes.csv",
            ],
        )
        == 0
    )

    assert [(row["person"], row["rule"]) for row in written("yes.csv")] == [("1", "elder"), ("4", "low")]
    assert (
        main("policies", ["evaluate", "rules.json", "people.csv", "--day", "2026-05-01", "--place", "310101", "--only", "ask"])
        == 0
    )
    assert ("2", "elder", "tags?") in [(row["person"], row["rule"], row["what"]) for row in written("entitled.csv")]


def test_one_person_is_told_the_reasons_and_the_nearest_misses(folder: Path, capsys: pytest.CaptureFixture):
    assert main("policies", ["explain", "rules.json", "people.csv", "--who", "2", "--day", "2026-05-01"]) == 0

    told = capsys.readouterr().out
    assert "✗ elder  高龄津贴 示例办法" in told
    assert "✓ 户籍 = 本地  [本地]" in told
    assert "? 尚未领取  [—]" in told
    assert "高龄津贴: 1 short: 年满80周岁 (1341)" in told


def test_a_person_may_come_as_facts_and_a_rule_be_picked(folder: Path, capsys: pytest.CaptureFixture):
    Path("person.json").write_text(json.dumps({"birth": "1940-01-01", "hukou": "local", "tags": []}))

    assert main("policies", ["explain", "rules.json", "person.json", "--rule", "elder", "--day", "2026-05-01"]) == 0
    told = capsys.readouterr().out
    assert "✓ elder" in told
    assert "▸ 身份证、户口簿" in told
    assert "low" not in told


def test_rules_go_to_a_table_and_back(folder: Path, capsys: pytest.CaptureFixture):
    assert main("policies", ["check", "rules.json", "--day", "2026-05-01", "--table", "table.csv", "--chinese"]) == 0
    assert "2 rules, 2 in force on 2026-05-01; 4 different conditions on 4 fields" in capsys.readouterr().out
    assert written("table.csv")[1]["折算"] == "周岁"

    assert main("policies", ["check", "table.csv", "--with", "beside.json", "--json", "again.json", "--sql", "sqlite"]) == 0
    assert '"birth" <= \'' in capsys.readouterr().out
    assert json.loads(Path("again.json").read_text())["rules"][0]["papers"] == ["身份证", "户口簿"]
    assert main("policies", ["evaluate", "again.json", "people.csv", "--day", "2026-05-01"]) == 0
    assert len(written("entitled.csv")) == 7


def test_rules_without_declared_fields_are_written_with_guessed_ones(folder: Path):
    Path("bare.json").write_text(json.dumps([{"code": "a", "when": {"field": "sex", "op": "=", "value": "female"}}]))

    assert main("policies", ["check", "bare.json", "--json", "full.json"]) == 0
    assert json.loads(Path("full.json").read_text())["fields"] == [{"name": "sex", "kind": "code", "codes": {"female": "female"}}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["evaluate", "rules.json", "people.csv", "--day", "soon"], "--day: “soon” is no day"),
        (["evaluate", "rules.json", "people.csv", "--only", "maybe"], "--only"),
        (["evaluate", "rules.json", "people.csv", "--id", "number"], "has no column number"),
        (["evaluate", "rules.json", "short.csv"], "has no column hukou, birth, tags, income; rule elder reads it"),
        (["evaluate", "rules.json", "wrong.csv"], "wrong.csv, birth: row 1: “x” is no day"),
        (["explain", "rules.json", "wrong.csv", "--who", "1"], "birth: “x” is no day"),
        (["explain", "rules.json", "people.csv", "--who", "9"], "“9” is nobody in people.csv"),
        (["explain", "rules.json", "list.json"], "list.json: is no object of facts"),
        (["check", "wrong.json"], "2 faults\n  rules[0].when: is missing"),
        (["check", "list.json", "--with", "list.json"], "list.json: is no object with fields"),
        (["check", "beside.json"], "beside.json: has no “rules”"),
        (["check", "people.csv"], "people.csv, row 2, rule: is empty"),
        (["check", "none.json"], "none.json"),
    ],
)
def test_faults_of_files_are_told_in_a_line(folder: Path, capsys: pytest.CaptureFixture, arguments: list[str], words: str):
    Path("short.csv").write_text("id\n1\n")
    Path("wrong.csv").write_text("id,birth,hukou,tags,income\n1,x,,,\n")
    Path("wrong.json").write_text(json.dumps([{"code": "a"}, {"code": "b"}]))
    Path("list.json").write_text("[]")

    assert main("policies", arguments) == 2
    assert words in capsys.readouterr().err
