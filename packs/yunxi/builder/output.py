"""Write the files of the pack: rounded, sorted and stable, so that a second run changes nothing."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

from builder.areas import FIRST_DAY, Area
from builder.geometry import project
from builder.things import Building, Town

DRAWING_ORDER = "estate school hospital market park square river lake railway road_minor road_main bridge building station"


def write_rows(path: Path, header: str, rows: Iterable[Sequence[Any]]) -> None:
    """Write a UTF-8 CSV file with a header line and LF line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split())
        writer.writerows(rows)


def write_features(path: Path, features: list[tuple[dict[str, Any], BaseGeometry]]) -> None:
    """Write a GeoJSON collection of projected shapes, one feature a line so that a difference can be read."""
    lines = []
    for properties, geometry in features:
        feature = {"type": "Feature", "properties": properties, "geometry": rounded(geometry)}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    text = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8")


def rounded(geometry: BaseGeometry) -> dict[str, Any]:
    """The GeoJSON of a shape with six decimals; rings run the way RFC 7946 asks for."""
    if geometry.geom_type == "Polygon":
        geometry = orient(geometry)

    def each(value: Any) -> Any:
        return round(value, 6) if isinstance(value, float) else [each(item) for item in value]

    drawn = mapping(geometry)
    return {"type": drawn["type"], "coordinates": each(drawn["coordinates"])}


def write_areas(folder: Path, areas: list[Area]) -> None:
    """Write areas.csv and areas.geojson."""
    ordered = sorted(areas, key=lambda area: area.code)
    rows = [(a.code, a.level, a.parent, a.name_zh, a.name_en, a.area_class, a.households, FIRST_DAY) for a in ordered]
    write_rows(folder / "areas.csv", "code level parent_code name_zh name_en area_class households valid_from", rows)
    write_features(folder / "areas.geojson", [({"code": area.code}, area.shape) for area in ordered])


def write_buildings(folder: Path, buildings: list[Building]) -> None:
    """Write buildings.csv; the point is the middle of the footprint."""
    header = "code estate_zh estate_en number grid_code lng lat floors households address_zh address_en"
    rows = []
    for item in sorted(buildings, key=lambda building: building.code):
        middle = shape(rounded(project(item.shape))).centroid
        rows.append(
            (item.code, item.name_zh, item.name_en, item.number, item.grid, f"{middle.x:.6f}", f"{middle.y:.6f}")
            + (item.floors, item.households, item.address_zh, item.address_en)
        )
    write_rows(folder / "buildings.csv", header, rows)


def write_map(folder: Path, town: Town, frame: BaseGeometry) -> None:
    """Write map.geojson: everything drawn, cut to the frame, in the order in which it should be painted."""
    features: list[tuple[dict[str, Any], BaseGeometry]] = []
    for place in town.places:
        features += drawn(place.kind, place.name_zh, place.name_en, place.shape.intersection(frame))
    for road in town.roads:
        features += drawn(road.kind, road.name_zh, road.name_en, road.line.intersection(frame))
    for item in town.buildings:
        zh, en = f"{item.name_zh}{item.label}", f"{item.name_en} {item.number}"
        for properties, geometry in drawn("building", zh, en, item.shape):
            features.append((properties | {"number": item.number, "code": item.code}, geometry))
    order = DRAWING_ORDER.split()
    features.sort(key=lambda feature: order.index(feature[0]["kind"]))
    write_features(folder / "map.geojson", features)


def drawn(kind: str, zh: str, en: str, geometry: BaseGeometry) -> list[tuple[dict[str, Any], BaseGeometry]]:
    """One feature for every piece of a shape; specks are left out."""
    pieces = getattr(geometry, "geoms", [geometry])
    properties = {"kind": kind, "name_zh": zh, "name_en": en}
    return [(dict(properties), project(piece)) for piece in pieces if piece.length > 12]
