"""Postal addresses and codes of buildings."""

import random

from shapely.geometry import MultiPoint, Point

from builder.things import HOMES, Building, Road, Town

TOTAL_HOUSEHOLDS = 21_533


def address_buildings(town: Town) -> None:
    """Give every estate a number on the road its gate opens to, and every building its address."""
    estates: dict[str, list[Building]] = {}
    for building in town.buildings:
        estates.setdefault(building.name_zh, []).append(building)
    taken: set[tuple[str, int]] = set()
    for buildings in estates.values():
        middle = MultiPoint([item.shape.centroid for item in buildings]).centroid
        gate = min((item.shape.centroid for item in buildings), key=middle.distance)
        road = nearest_road(town.roads, gate)
        number = road_number(road, gate)
        while (road.name_zh, number) in taken:
            number += 2
        taken.add((road.name_zh, number))
        for item in buildings:
            item.address_zh = f"云溪区清河街道{road.name_zh}{number}号{item.name_zh}{item.label}"
            item.address_en = f"Building {item.number}, {item.name_en}, {number} {road.name_en}, Qinghe Street, Yunxi District"


def nearest_road(roads: list[Road], point: Point) -> Road:
    """The named road nearest to a point."""
    return min((road for road in roads if road.name_zh), key=lambda road: road.line.distance(point))


def road_number(road: Road, point: Point) -> int:
    """Numbers rise by two every twenty metres, odd on the left, even on the right."""
    along = road.line.project(point)
    ahead = road.line.interpolate(min(along + 1, road.line.length))
    here = road.line.interpolate(max(along - 1, 0))
    side = (ahead.x - here.x) * (point.y - here.y) - (ahead.y - here.y) * (point.x - here.x)
    return int(along / 20) * 2 + (1 if side > 0 else 2)


def code_buildings(town: Town) -> None:
    """A building's code is its community and five digits, from the first grid to the last."""
    counters: dict[str, int] = {}
    for item in sorted(town.buildings, key=lambda b: (b.grid, b.name_zh, b.number)):
        community = item.grid[:12]
        counters[community] = counters.get(community, 0) + 1
        item.code = f"{community}{counters[community]:05d}"


def settle_households(town: Town, chance: random.Random) -> None:
    """Scale the homes drawn so that the street has exactly its number of households."""
    homes = [item for item in town.buildings if item.style in HOMES]
    factor = TOTAL_HOUSEHOLDS / sum(item.households for item in homes)
    for item in homes:
        item.households = max(1, round(item.households * factor))
    missing = TOTAL_HOUSEHOLDS - sum(item.households for item in homes)
    step = 1 if missing > 0 else -1
    for item in chance.sample([item for item in homes if item.households > 4], abs(missing)):
        item.households += step
