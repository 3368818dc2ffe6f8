"""Draws: repeated by coreutils alone, stable, fair, with sizes that add up and intervals that hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods import commands, draw
from linli.methods.commands.files import read_rows
from linli.methods.errors import BadInput

SECRET = "only the auditor knew this until the day of the draw"
CASES = [(f"street {number % 3}", f"案件-{number:04d}") for number in range(120)]
PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "methods" / "draw.md"


def drawn_of(result):
    return {stratum: [case for _ticket, case in drawn] for stratum, drawn in result.drawn.items()}


def test_the_script_of_the_page_draws_the_same_sample(tmp_path):
    script = re.search(r"```sh\n(#!/bin/sh\n.*?)```", PAGE.read_text(encoding="utf-8"), re.S).group(1)
    assert len(script.splitlines()) <= 20
    (tmp_path / "list.txt").write_text(draw.canonical(CASES), encoding="utf-8")
    (tmp_path / "sizes.txt").write_text("street 0\t4\nstreet 2\t7\n", encoding="utf-8")
    (tmp_path / "repeat.sh").write_text(script, encoding="utf-8")
    assert shutil.which("sha256sum")

    given_ = ["sh", "repeat.sh", "list.txt", "sizes.txt", SECRET, "07 11 18 23 30"]
    printed = subprocess.run(given_, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    ours = draw.draw(CASES, {"street 0": 4, "street 2": 7}, secret=SECRET, public="07 11 18 23 30")
    lines = [f"{stratum}\t{ticket}\t{case}" for stratum, drawn in ours.drawn.items() for ticket, case in drawn]
    assert printed.splitlines() == [f"seed {ours.seed}", *lines]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.text("xyz0123", min_size=1, max_size=5)), unique_by=lambda row: row[1], max_size=30
    ),
    st.randoms(),
)
def test_the_order_of_the_list_does_not_matter(cases, chance):
    sizes = {stratum: sum(row[0] == stratum for row in cases) // 2 for stratum in "abc"}
    shuffled = list(cases)
    chance.shuffle(shuffled)

    one, other = (draw.draw(rows, sizes, secret=SECRET, public="7") for rows in (cases, shuffled))

    assert one == other
    assert {stratum: len(rows) for stratum, rows in one.drawn.items()} == sizes


def test_with_the_same_seed_a_case_taken_away_changes_no_other():
    before = draw.smallest("seed", CASES, {"street 1": 10})["street 1"]
    gone = before[3][1]

    after = draw.smallest("seed", [row for row in CASES if row[1] != gone], {"street 1": 10})["street 1"]

    assert [row for row in before if row[1] != gone] == after[:9]


def test_another_secret_public_value_or_list_gives_another_sample():
    first = draw.draw(CASES, {"street 0": 20}, secret=SECRET, public="1")

    others = [
        draw.draw(CASES, {"street 0": 20}, secret=SECRET, public="2"),
        draw.draw(CASES, {"street 0": 20}, secret=SECRET + "!", public="1"),
        draw.draw(CASES[:-1], {"street 0": 20}, secret=SECRET, public="1"),
    ]

    assert all(drawn_of(other) != drawn_of(first) for other in others)


def test_every_case_is_drawn_about_equally_often():
    names = [("all", f"case {number}") for number in range(20)]
    hits = {case: 0 for _stratum, case in names}
    for seed in range(2000):
        for _ticket, case in draw.smallest(str(seed), names, {"all": 5})["all"]:
            hits[case] += 1

    assert 430 < min(hits.values()) <= max(hits.values()) < 570


def test_many_cases_are_drawn_as_few_are_kept(monkeypatch):
    whole = draw.smallest("seed", CASES, {"street 0": 7})

    monkeypatch.setattr(draw, "_ROOM", 1)
    monkeypatch.setattr(draw, "_CHUNK", 9)

    assert draw.smallest("seed", CASES, {"street 0": 7}) == whole


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.text("abcdef", min_size=1), st.tuples(st.integers(0, 500), st.floats(0, 1)), min_size=1),
    st.integers(0, 5),
    st.floats(0, 1),
)
def test_allocation_adds_up_within_floors_and_sizes(strata, floor, part):
    sizes, spread = {name: size for name, (size, _s) in strata.items()}, {name: s for name, (_size, s) in strata.items()}
    least = sum(min(floor, size) for size in sizes.values())
    total = least + int(part * (sum(sizes.values()) - least))

    given_ = draw.allocate(total, sizes, spread=spread, floor=floor)

    assert sum(given_.values()) == total
    assert all(min(floor, sizes[name]) <= count <= sizes[name] for name, count in given_.items())


def test_allocation_follows_size_and_spread():
    assert draw.allocate(100, {"a": 1000, "b": 1000, "c": 2000}) == {"a": 25, "b": 25, "c": 50}
    assert draw.allocate(100, {"calm": 1000, "wild": 1000}, spread={"calm": 0.1, "wild": 0.4}) == {"calm": 20, "wild": 80}
    assert draw.allocate(30, {"big": 10_000, "tiny": 4}, floor=10) == {"big": 26, "tiny": 4}


def test_intervals_of_error_rates():
    assert draw.error_rate(0, 100)[2] == pytest.approx(0.0370, abs=2e-4)
    rate, low, high = draw.error_rate(10, 100)
    assert (rate, low, high) == (0.1, pytest.approx(0.0552, abs=2e-4), pytest.approx(0.1744, abs=2e-4))
    assert draw.error_rate(3, 50, 50) == (0.06, 0.06, 0.06)
    assert draw.error_rate(1, 1)[2] == 1.0


@pytest.mark.parametrize("errors", [0, 1, 7, 40, 79, 80])
def test_finite_intervals_cover_at_least_as_promised(errors):
    chance = np.random.default_rng(errors)
    found = chance.hypergeometric(errors, 80 - errors, 25, 2000)
    bounds = {int(count): draw.error_rate(int(count), 25, 80) for count in np.unique(found)}

    inside = [bounds[int(count)][1] <= errors / 80 <= bounds[int(count)][2] for count in found]

    assert np.mean(inside) >= 0.94


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: draw.draw([*CASES, CASES[0]], {"street 0": 41}, secret=SECRET, public="1"), "cases"),
        (lambda: draw.draw([("a", "x"), ("b", "x")], {"a": 1, "b": 1}, secret=SECRET, public="1"), "cases"),
        (lambda: draw.draw([("a", "x\ty")], {}, secret=SECRET, public="1"), "cases"),
        (lambda: draw.draw(CASES, {"street 9": 1}, secret=SECRET, public="1"), "size of street 9"),
        (lambda: draw.draw(CASES, {"street 0": 41}, secret=SECRET, public="1"), "size of street 0"),
        (lambda: draw.draw(CASES, {"street 0": -1}, secret=SECRET, public="1"), "size of street 0"),
        (lambda: draw.draw(CASES, {}, secret=SECRET, public=" "), "public value"),
        (lambda: draw.draw(CASES, {}, secret=SECRET, public="1", committed="0" * 64), "secret"),
        (lambda: draw.commitment("1234"), "secret"),
        (lambda: draw.allocate(5, {"a": 4}), "total"),
        (lambda: draw.allocate(1, {"a": 4, "b": 4}), "total"),
        (lambda: draw.allocate(1, {"a": -1}), "strata"),
        (lambda: draw.error_rate(2, 1), "found"),
        (lambda: draw.error_rate(0, 0), "found"),
        (lambda: draw.error_rate(1, 10, 9), "population"),
    ],
)
def test_bad_input_is_named(call, field):
    with pytest.raises(BadInput) as caught:
        call()

    assert caught.value.field == field


def test_a_list_with_a_case_twice_is_not_published():
    with pytest.raises(BadInput, match="案件-0000"):
        draw.refuse_twins(case for _stratum, case in [*CASES, CASES[0]])


def test_nothing_to_draw_from_draws_nothing():
    assert draw.draw([], {}, secret=SECRET, public="1").drawn == {}
    assert draw.allocate(0, {}) == {}


def test_the_command_publishes_draws_and_tells_the_rate(tmp_path, capsys):
    cases, listed, secret, out, sizes = (
        str(tmp_path / name) for name in ("cases.csv", "list.txt", "secret.txt", "out.csv", "rates.csv")
    )
    Path(cases).write_text("stratum,case\n" + "".join(f"{stratum},{case}\n" for stratum, case in CASES), encoding="utf-8")
    Path(secret).write_text(SECRET + "\n", encoding="utf-8")
    Path(sizes).write_text("stratum,rate\nstreet 0,0.5\nstreet 1,0.1\nstreet 2,0.1\n", encoding="utf-8")

    assert commands.main("draw", ["publish", cases, "--list", listed, "--secret-file", secret]) == 0
    shown = capsys.readouterr().out
    committed = shown.splitlines()[2].rsplit(" ", 1)[1]
    more = ["--total", "30", "--floor", "3", "--sizes", sizes, "--out", out]
    assert (
        commands.main("draw", ["sample", listed, "--secret-file", secret, "--public", "9", "--committed", committed, *more]) == 0
    )
    assert shown.splitlines()[1] in capsys.readouterr().out
    assert len(read_rows(out)) == 30

    assert commands.main("draw", ["sample", listed, "--secret-file", secret, "--public", "9", "--committed", "00", *more]) == 2
    assert commands.main("draw", ["rate", "3", "30", "--population", "120"]) == 0
    assert "10.00 %" in capsys.readouterr().out
