"""The things a town is made of, and how houses of each kind stand."""

from dataclasses import dataclass, field

from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry


@dataclass
class Road:
    """A road in metres, with its kind and names; lanes inside an estate have no name."""

    kind: str
    name_zh: str
    name_en: str
    line: LineString


@dataclass
class Place:
    """A drawn thing with an outline in metres."""

    kind: str
    name_zh: str
    name_en: str
    shape: BaseGeometry
    grid: str = ""


@dataclass
class Building:
    """A footprint in metres. Households are zero where nobody lives."""

    style: str
    name_zh: str
    name_en: str
    grid: str
    shape: Polygon
    floors: int
    households: int
    number: int = 0
    code: str = ""
    address_zh: str = ""
    address_en: str = ""

    @property
    def label(self) -> str:
        """How the building is called where it stands: 3幢 in an estate, 3号楼 elsewhere."""
        return f"{self.number}{'幢' if self.style in HOMES else '号楼'}"


@dataclass
class Town:
    """Everything drawn."""

    roads: list[Road] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)


@dataclass(frozen=True)
class Style:
    """How houses of one kind stand: metres of length, depth, gap in the row and between rows; floors; homes a floor."""

    length: tuple[float, float]
    depth: float
    gap: float
    row: float
    floors: tuple[int, ...]
    homes_per_floor: tuple[float, ...]
    empty: float


STYLES = {
    "H": Style((30, 38), 17, 24, 54, (9, 11, 11, 15, 18), (2,), 0.06),
    "M": Style((44, 58), 13, 16, 38, (5, 6, 6, 6, 7), (3, 4, 4), 0.05),
    "L": Style((13, 27), 10, 5, 20, (1, 2, 2, 3), (2, 2, 3), 0.16),
    "V": Style((17, 24), 13, 16, 34, (3, 3, 4), (0.67, 1, 1.34), 0.08),
    "S": Style((52, 70), 16, 18, 44, (4, 5), (0,), 0.0),
    "D": Style((50, 80), 22, 22, 52, (6, 12), (0,), 0.0),
    "K": Style((70, 96), 42, 22, 66, (2, 3, 4), (0,), 0.0),
    "F": Style((60, 92), 30, 20, 52, (1, 2, 3), (0,), 0.1),
    "G": Style((46, 58), 16, 18, 40, (6,), (0,), 0.0),
}
HOMES = "HMLV"
