"""The tree of areas: the district, its streets, communities and grids, with polygons that tile exactly."""

from dataclasses import dataclass

from shapely import unary_union
from shapely.geometry import Point, Polygon

from builder import content, plan
from builder.geometry import largest, project, unproject
from builder.network import Key, Network

DISTRICT = "990101"
STREET = "990101001"
FIRST_DAY = "2024-01-01"


@dataclass
class Parcel:
    """One use of a part of a grid: its kind letter, its share of the ground and its names."""

    kind: str
    share: float
    name_zh: str
    name_en: str


@dataclass
class Grid:
    """A grid with its ground in metres and what the plan puts on it."""

    code: str
    community: str
    block: Key
    angle: float
    shape: Polygon
    ground: Polygon
    parcels: list[Parcel]


@dataclass
class Area:
    """A row of areas.csv and its polygon."""

    code: str
    level: str
    parent: str
    name_zh: str
    name_en: str
    area_class: str
    shape: Polygon
    households: int = 0


def read_parcels(text: str) -> list[Parcel]:
    """Read the parcels of one line of the plan, such as `M62 梅岭新苑/Meiling New Court`."""
    parcels = []
    for item in text.split(" | "):
        size, names = item.split(" ", 1)
        zh, en = names.split("/")
        parcels.append(Parcel(size[0], int(size[1:]) / 100, zh, en))
    return parcels


Planned = tuple[Key, float, float, list[Parcel]]


def read_plan() -> dict[Key, list[Planned]]:
    """Read the plan of the grids: block → its grids, each with a point inside it and its parcels."""
    planned: dict[Key, list[Planned]] = {}
    for line in content.GRIDS.strip().splitlines():
        place, parcels = line.split(" | ", 1)
        block, u, v = place.split(" ")
        row, column = block.split(",")
        key = (int(row), int(column))
        planned.setdefault(key, []).append((key, float(u), float(v), read_parcels(parcels)))
    return planned


def number_grids(network: Network, faces: dict[Key, list[Polygon]]) -> list[Grid]:
    """Give every face of the street its grid code: inside a community from north to south, from west to east."""
    planned = read_plan()
    grids = []
    for index, (_, _, _, blocks) in enumerate(plan.COMMUNITIES, start=1):
        community = f"{STREET}{index:03d}"
        inside = sorted(
            (entry for block in blocks for entry in planned[block]),
            key=lambda entry: (entry[0][0], entry[2] < 0.5, entry[0][1] + entry[1]),
        )
        for number, (block, u, v, parcels) in enumerate(inside, start=1):
            patch = network.blocks[block]
            point = project(Point(patch.at(u, v)))
            shape = next(face for face in faces[block] if face.contains(point))
            angle = patch.direction(u, v)
            grids.append(Grid(f"{community}{number:03d}", community, block, angle, shape, unproject(shape), parcels))
    return grids


def build_areas(grids: list[Grid], faces: dict[Key, list[Polygon]]) -> list[Area]:
    """Build the whole tree. Parents are unions of their children, so that nothing is left over and nothing overlaps."""
    areas = [Area(STREET, "street", DISTRICT, "清河街道", "Qinghe Street", "B", largest(unary_union([g.shape for g in grids])))]
    for index, (zh, en, area_class, _) in enumerate(plan.COMMUNITIES, start=1):
        code = f"{STREET}{index:03d}"
        inside = [grid for grid in grids if grid.community == code]
        areas.append(Area(code, "community", STREET, zh, en, area_class, largest(unary_union([g.shape for g in inside]))))
        for grid in inside:
            number = int(grid.code[-3:])
            names = (f"{zh}第{number:02d}网格", f"{en.removesuffix(' Community')} Grid {number:02d}")
            areas.append(Area(grid.code, "grid", code, *names, area_class, grid.shape))
    for key, code, zh, en in ((0, 1), "990101002", "青屏", "Qingping"), ((0, 2), "990101003", "桃源", "Taoyuan"):
        shape = largest(unary_union(faces[key]))
        areas.append(Area(code, "street", DISTRICT, f"{zh}街道", f"{en} Street", "C", shape))
        areas.append(Area(f"{code}001", "community", code, f"{zh}社区", f"{en} Community", "C", shape))
        areas.append(Area(f"{code}001001", "grid", f"{code}001", f"{zh}社区第01网格", f"{en} Grid 01", "C", shape))
    streets = [area.shape for area in areas if area.level == "street"]
    district = Area(DISTRICT, "district", "", "云溪区", "Yunxi District", "B", largest(unary_union(streets)))
    return [district, *areas]


def count_households(areas: list[Area], households: dict[str, int]) -> None:
    """Write the households of every grid up through its parents."""
    for area in areas:
        area.households = sum(count for code, count in households.items() if code.startswith(area.code))
