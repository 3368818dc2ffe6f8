"""Draw the fictional Yunxi district and write the files of its pack. Run by hand: `python packs/yunxi/build.py`.

Nothing here describes a real place or a real person. The same plan and the same seed always give the same files.
With `--divide` the grids are drawn anew.
"""

import random
import sys
from collections import Counter
from pathlib import Path

from builder.addresses import address_buildings, code_buildings, settle_households
from builder.areas import build_areas, count_households, number_grids
from builder.components import HEADER, component_rows, units_of_street
from builder.division import draw_division, read_division, redraw_grids
from builder.network import cut_faces, draw_network
from builder.output import write_areas, write_buildings, write_map, write_rows
from builder.people import (
    ACCOUNT_HEADER,
    DUTY_HEADER,
    ORGANIZATION_HEADER,
    account_rows,
    duty_rows,
    organization_rows,
    responsible_workers,
)
from builder.surroundings import draw_surroundings
from builder.town import draw_town

SEED = 990101


def build(folder: Path, *, divide: bool = False) -> None:
    """Draw everything and write it into the folder; `divide` draws the grids anew first."""
    chance = random.Random(SEED)
    network = draw_network()
    faces = cut_faces(network)
    blocks = number_grids(network, faces)
    town = draw_town(network, blocks, chance)
    settle_households(town, chance)
    address_buildings(town)
    code_buildings(town)
    division = draw_division(town, blocks) if divide else read_division()
    grids, faces = redraw_grids(town, blocks, faces, division)
    areas = build_areas(grids, faces)
    households = Counter[str]()
    for building in town.buildings:
        households[building.grid] += building.households
    frame = draw_surroundings(town, areas)
    count_households(areas, households)
    write_areas(folder, areas)
    write_buildings(folder, town.buildings)
    write_map(folder, town, frame)
    organizations, accounts = organization_rows(areas), account_rows()
    write_rows(folder / "organizations.csv", ORGANIZATION_HEADER, organizations)
    write_rows(folder / "duty.csv", DUTY_HEADER, duty_rows())
    write_rows(folder / "accounts.csv", ACCOUNT_HEADER, accounts)
    units, workers = units_of_street(organizations), responsible_workers(accounts)
    write_rows(folder / "components.csv", HEADER, component_rows(town, grids, workers, units, chance))


if __name__ == "__main__":
    build(Path(__file__).parent, divide="--divide" in sys.argv)
