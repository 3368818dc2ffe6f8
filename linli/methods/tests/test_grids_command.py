"""linli grids: buildings in, grids and figures out, faults in one line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from linli.methods.commands import main

RIVER = {
    "type": "Feature",
    "properties": {"kind": "river"},
    "geometry": {"type": "LineString", "coordinates": [[110.2, 30.605], [110.3, 30.605]]},
}
BRIDGE = {"type": "Feature", "properties": {"kind": "bridge"}, "geometry": {"type": "Point", "coordinates": [110.253, 30.605]}}


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """8 × 8 buildings of 10 homes on both sides of a river with a bridge, in estates of four."""
    with (tmp_path / "buildings.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["code", "lng", "lat", "households", "estate", "old"])
        for row in range(8):
            for column in range(8):
                place = f"{110.25 + column * 0.001:.6f}", f"{30.6005 + row * 0.001:.6f}"
                writer.writerow([f"B{row}{column}", *place, 10, f"E{row // 2}{column // 2}", "west" if column < 4 else "east"])
    (tmp_path / "map.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [RIVER, BRIDGE]}), encoding="utf-8"
    )
    return tmp_path


def read(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["code"]: row["grid"] for row in csv.DictReader(file)}


def test_buildings_are_divided_and_the_report_says_how_well(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = town / "grids.csv"

    code = main(
        "grids", ["divide", str(town / "buildings.csv"), "--grids", "4", "--map", str(town / "map.geojson"), "--out", str(out)]
    )

    assert code == 0
    found = read(out)
    assert sorted(set(found.values())) == ["1", "2", "3", "4"] and len(found) == 64
    for grid in set(found.values()):
        sides = {int(code[1]) > 4 for code, its in found.items() if its == grid}
        assert len([code for code, its in found.items() if its == grid]) == 16
        assert len(sides) <= 2
    text = capsys.readouterr().out
    assert "4 grids of 160.0 each: largest deviation 0.00 %" in text and "grids in pieces: 0" in text


def test_grids_keep_their_names_when_they_are_divided_again(town: Path) -> None:
    out = town / "grids.csv"
    arguments = ["divide", str(town / "buildings.csv"), "--grids", "2", "--previous", "old", "--out", str(out)]

    assert main("grids", arguments) == 0

    assert read(out) == {f"B{row}{column}": "west" if column < 4 else "east" for row in range(8) for column in range(8)}


def test_a_division_of_somebody_else_is_judged(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("grids", ["report", str(town / "buildings.csv"), "--grid", "old"]) == 0
    assert "2 grids of 320.0 each" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--grids", "65"], "only 64 units"),
        (["--grids", "1", "--previous", "old"], "names 2 grids"),
        (["--grids", "2", "--previous", "nobody"], "has no column nobody"),
        (["--grids", "2", "--map", "{town}/buildings.csv"], "is not JSON"),
        (["--grids", "2", "--outline", "{town}/map.geojson"], "outline"),
    ],
)
def test_faults_are_one_line(town: Path, change: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    filled = [part.replace("{town}", str(town)) for part in change]

    assert main("grids", ["divide", str(town / "buildings.csv"), "--out", str(town / "out.csv"), *filled]) == 2

    faults = [line for line in capsys.readouterr().err.splitlines() if line.startswith("linli grids: ")]
    assert len(faults) == 1 and message in faults[0]
    assert not (town / "out.csv").exists()
