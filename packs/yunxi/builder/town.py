"""Draw the town inside its grids: roads, water, parks, estates and every building."""

import math
import random
from collections.abc import Iterator

from shapely import unary_union
from shapely.affinity import rotate, translate
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from builder import content, plan
from builder.areas import Grid, Parcel
from builder.geometry import XY, extent, halves, largest, longest, rectangle, smooth
from builder.network import Network
from builder.things import HOMES, STYLES, Building, Place, Road, Style, Town

RIVER_HALF_WIDTH = 31.0
BANK_ROAD = 74.0
MAIN_HALF, CUT_HALF, LANE_HALF = 19.0, 10.0, 5.0


def draw_town(network: Network, grids: list[Grid], chance: random.Random) -> Town:
    """Draw everything that lies in the street."""
    town = Town(roads=draw_roads(network))
    water = draw_water(network)
    corridor = network.river.buffer(BANK_ROAD + 13)
    mains = unary_union([road.line.buffer(MAIN_HALF) for road in town.roads if road.kind == "road_main"])
    minors = unary_union([road.line.buffer(CUT_HALF) for road in town.roads if road.kind == "road_minor"])
    town.places += water
    town.places += draw_banks(network, mains)
    for grid in grids:
        usable = largest(grid.ground.difference(unary_union([mains, minors, corridor])))
        divide_ground(town, grid, usable, chance)
    number_buildings(town)
    return town


def draw_roads(network: Network) -> list[Road]:
    """Name the main lines, add the roads along the river and cut everything where water is in the way."""
    roads = [(name, network.across[row]) for row, name in plan.ROADS_ACROSS.items()]
    roads += [(name, network.along[column]) for column, name in plan.ROADS_ALONG.items()]
    column, north, south = plan.ROAD_SPLIT_BY_RIVER
    dry = network.along[column].difference(network.river.buffer(BANK_ROAD))
    by_height = sorted(dry.geoms, key=lambda line: -line.centroid.y)
    roads += [(north, by_height[0]), (south, by_height[1])]
    for side, name in zip((1, -1), plan.RIVERSIDE_ROADS, strict=True):
        roads.append((name, longest(network.river.offset_curve(side * BANK_ROAD).simplify(1.0))))
    drawn = [Road("road_main", name, content.ROAD_ENGLISH[name], line) for name, line in roads]
    for name, line in network.cuts:
        dry = longest(line.difference(network.river.buffer(BANK_ROAD)))
        drawn.append(Road("road_minor", name, content.ROAD_ENGLISH[name], dry))
    for kind, name, points in plan.FURTHER_ROADS:
        drawn.append(Road(kind, name, content.ROAD_ENGLISH[name], smooth(points)))
    return drawn


def draw_banks(network: Network, mains: BaseGeometry) -> list[Place]:
    """The green strips between the river and its roads; the longest of each bank bears the park's name."""
    green = network.river.buffer(BANK_ROAD - 12).difference(ribbon(network.river).buffer(4)).difference(mains)
    pieces = [piece for piece in green.geoms if piece.area > 3000]
    pieces.sort(key=lambda piece: -piece.area)
    names = [("清河滨河公园", "Qinghe Riverside Park")] * 3 + [("", "")] * len(pieces)
    return [Place("park", *name, piece.simplify(0.8)) for name, piece in zip(names, pieces, strict=False)]


def draw_water(network: Network) -> list[Place]:
    """The river, wider and narrower as it goes, its further course, and the bridges over it."""
    inside = [point for point in network.river.coords if point[0] < plan.RIVER_FURTHER[0][0] - 100]
    whole = LineString([*inside, *smooth([inside[-1], *plan.RIVER_FURTHER]).coords[1:]])
    river = Place("river", "清河", "Qing River", ribbon(whole))
    bridges = []
    for column, (zh, en) in plan.BRIDGES.items():
        deck = network.along[column].intersection(network.river.buffer(RIVER_HALF_WIDTH + 24))
        bridges.append(Place("bridge", zh, en, longest(deck)))
    return [river, *bridges]


def ribbon(line: LineString) -> Polygon:
    """A band along a line whose width breathes a little."""
    left, right = [], []
    steps = int(line.length / 30)
    for step in range(steps + 1):
        at = step / steps * line.length
        (x1, y1), (x2, y2) = line.interpolate(max(at - 5, 0)).coords[0], line.interpolate(at + 5).coords[0]
        length = math.dist((x1, y1), (x2, y2))
        normal = (-(y2 - y1) / length, (x2 - x1) / length)
        x, y = line.interpolate(at).coords[0]
        half = RIVER_HALF_WIDTH + 5 * math.sin(at / 170) + 2 * math.sin(at / 61)
        left.append((x + normal[0] * half, y + normal[1] * half))
        right.append((x - normal[0] * half, y - normal[1] * half))
    return Polygon(left + right[::-1]).buffer(0)


def divide_ground(town: Town, grid: Grid, ground: Polygon, chance: random.Random) -> None:
    """Deal the ground of a grid out to its parcels, with a lane wherever two of them meet."""
    rest, remaining = ground, 1.0
    for parcel in grid.parcels:
        if parcel is grid.parcels[-1]:
            part = rest
        else:
            part, rest, lane = halves(rest, parcel.share / remaining, longer_axis(rest, grid.angle))
            town.roads.append(Road("road_minor", "", "", lane))
        remaining -= parcel.share
        settle(town, grid, parcel, part, chance)


def longer_axis(shape: Polygon, angle: float) -> float:
    """The angle, along the houses or across them, in which the shape reaches further."""
    (low, high), (left, right) = extent(shape, angle), extent(shape, angle + math.pi / 2)
    return angle if high - low >= right - left else angle + math.pi / 2


def settle(town: Town, grid: Grid, parcel: Parcel, part: Polygon, chance: random.Random) -> None:
    """Put onto a parcel what belongs there."""
    plot = largest(part.buffer(-LANE_HALF, join_style="mitre"))
    names = parcel.name_zh, parcel.name_en
    if parcel.kind in "PW":
        draw_park(town, grid, parcel, plot)
    elif parcel.kind == "Q":
        town.places.append(Place("square", *names, plot, grid.code))
    elif parcel.kind == "T":
        draw_station(town, grid, parcel, plot)
    elif parcel.kind in HOMES:
        settle_estate(town, grid, parcel, plot, chance)
    else:
        settle_institution(town, grid, parcel, plot, chance)


def draw_park(town: Town, grid: Grid, parcel: Parcel, plot: Polygon) -> None:
    """A park with soft corners, and a lake in it where the plan says so."""
    soft = plot.buffer(-14).buffer(14)
    town.places.append(Place("park", parcel.name_zh, parcel.name_en, soft, grid.code))
    if parcel.kind == "W":
        shape = draw_lake(largest(soft.buffer(-30)), grid.angle)
        town.places.append(Place("lake", "月湖", "Moon Lake", shape, grid.code))


def draw_lake(room: Polygon, angle: float) -> Polygon:
    """A bean-shaped lake that fills the room it is given."""
    (low, high), (left, right) = extent(room, angle), extent(room, angle + math.pi / 2)
    shore = []
    for step in range(72):
        t = step / 72 * math.tau
        swell = 1 - 0.20 * math.cos(t - 0.6) ** 2 + 0.10 * math.sin(2 * t) + 0.05 * math.cos(3 * t + 1)
        shore.append((swell * math.cos(t) * (high - low) * 0.5, swell * math.sin(t) * (right - left) * 0.5))
    bean = rotate(Polygon(shore), angle, origin=(0, 0), use_radians=True)
    middle = room.centroid
    return largest(translate(bean, middle.x, middle.y).intersection(room).buffer(-12).buffer(12).simplify(0.6))


def draw_station(town: Town, grid: Grid, parcel: Parcel, plot: Polygon) -> None:
    """A party-service station in the middle of its small square."""
    town.places.append(Place("square", "", "", plot, grid.code))
    house = rectangle(plot.representative_point().coords[0], 34, 16, grid.angle)
    town.places.append(Place("station", parcel.name_zh, parcel.name_en, house, grid.code))


def settle_estate(town: Town, grid: Grid, parcel: Parcel, plot: Polygon, chance: random.Random) -> None:
    """An estate: large ground is first parted by inner lanes, then every part is built up."""
    town.places.append(Place("estate", parcel.name_zh, parcel.name_en, plot, grid.code))
    parts, most = [plot], 34_000 if parcel.kind in "HM" else 20_000
    while max(part.area for part in parts) > most:
        part = parts.pop(max(range(len(parts)), key=lambda index: parts[index].area))
        first, second, lane = halves(part, chance.uniform(0.46, 0.54), longer_axis(part, grid.angle))
        parts += [first, second]
        town.roads.append(Road("road_minor", "", "", longest(lane.intersection(plot.buffer(9)))))
    for part in parts:
        garden = rectangle(part.centroid.coords[0], 34, 12, grid.angle).buffer(8).simplify(0.4)
        if parcel.kind in "HM" and part.area > 22_000 and part.contains(garden):
            town.places.append(Place("park", "", "", garden, grid.code))
            part = part.difference(garden)
        build_rows(town, grid, parcel, part, chance)


def settle_institution(town: Town, grid: Grid, parcel: Parcel, plot: Polygon, chance: random.Random) -> None:
    """A school with its playing field, a hospital, a market, a works or an office."""
    kind = {"S": "school", "D": "hospital", "K": "market", "F": "", "G": ""}[parcel.kind]
    if kind:
        town.places.append(Place(kind, parcel.name_zh, parcel.name_en, plot, grid.code))
    if parcel.kind == "S":
        field_part, plot, _ = halves(plot, 0.42, longer_axis(plot, grid.angle))
        draw_playing_field(town, grid, field_part)
    if parcel.kind == "G":
        station, plot, _ = halves(plot, 0.3, longer_axis(plot, grid.angle))
        centre = Parcel("T", 0, "清河街道党群服务中心", "Qinghe Party-Service Centre")
        draw_station(town, grid, centre, largest(station.buffer(-2)))
    before = len(town.buildings)
    build_rows(town, grid, parcel, plot, chance)
    if len(town.buildings) == before:
        build_one(town, grid, parcel, plot)


def draw_playing_field(town: Town, grid: Grid, part: Polygon) -> None:
    """A running track as large as fits."""
    angle = longer_axis(part, grid.angle)
    for length in range(150, 30, -8):
        centre = part.representative_point().coords[0]
        track = LineString(list(rectangle(centre, length, 0.1, angle).exterior.coords)[:2]).buffer(length * 0.26)
        if part.buffer(-3).contains(track):
            town.places.append(Place("square", "操场", "Playing field", track.simplify(0.8), grid.code))
            return


def build_rows(town: Town, grid: Grid, parcel: Parcel, part: Polygon, chance: random.Random) -> None:
    """Fill ground with rows of houses that all face the same way."""
    style = STYLES[parcel.kind]
    inner = part.buffer(-6)
    if inner.is_empty:
        return
    length = chance.uniform(*style.length)
    for x, y, reach in slots(inner, style, length, grid.angle, chance):
        footprint = rectangle((x, y), reach, style.depth, grid.angle)
        if chance.random() >= style.empty:
            town.buildings.append(make_building(parcel, grid.code, footprint, chance))


def slots(
    inner: Polygon, style: Style, length: float, angle: float, chance: random.Random
) -> Iterator[tuple[float, float, float]]:
    """Walk row by row from the south and yield centre and length of every house that fits."""
    cos, sin = math.cos(angle), math.sin(angle)
    (low, high), (bottom, top) = extent(inner, angle), extent(inner, angle + math.pi / 2)
    rows = max(1, int((top - bottom - style.depth) / style.row) + 1)
    spare = top - bottom - style.depth - (rows - 1) * style.row
    for row in range(rows):
        across = bottom + style.depth / 2 + spare / 2 + row * style.row
        along = low
        while along < high:
            reach = length if parcel_is_regular(style) else chance.uniform(*style.length)
            middle = along + reach / 2
            centre: XY = (middle * cos - across * sin, middle * sin + across * cos)
            if inner.contains(rectangle(centre, reach, style.depth, angle)):
                yield (*centre, reach)
                along += reach + style.gap
            else:
                along += 4


def parcel_is_regular(style: Style) -> bool:
    """Modern estates repeat one house; the old lanes do not."""
    return style is not STYLES["L"]


def build_one(town: Town, grid: Grid, parcel: Parcel, plot: Polygon) -> None:
    """One house in the middle of a plot too small for rows."""
    style = STYLES[parcel.kind]
    for share in (1.0, 0.8, 0.6, 0.45, 0.3):
        shape = rectangle(plot.representative_point().coords[0], style.length[0] * share, style.depth * share, grid.angle)
        if plot.contains(shape):
            town.buildings.append(make_building(parcel, grid.code, shape, random.Random(grid.code)))
            return


def make_building(parcel: Parcel, grid: str, shape: Polygon, chance: random.Random) -> Building:
    """Choose floors, and from them the homes."""
    style = STYLES[parcel.kind]
    floors = chance.choice(style.floors)
    homes = round(floors * chance.choice(style.homes_per_floor))
    if parcel.kind in HOMES:
        homes = max(1, homes)
    return Building(parcel.kind, parcel.name_zh, parcel.name_en, grid, shape, floors, homes)


def number_buildings(town: Town) -> None:
    """Number the houses of an estate from 1, row by row from the north-west as residents would."""
    estates: dict[str, list[Building]] = {}
    for building in town.buildings:
        estates.setdefault(building.name_zh, []).append(building)
    for buildings in estates.values():
        buildings.sort(key=lambda item: (item.grid, -round(item.shape.centroid.y / 19), item.shape.centroid.x))
        for number, building in enumerate(buildings, start=1):
            building.number = number
