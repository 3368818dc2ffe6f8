"""The lines everything else hangs on: the borders, the river and the roads that cut the street into grids."""

from dataclasses import dataclass, field

from shapely import unary_union
from shapely.geometry import LineString, MultiLineString, Polygon
from shapely.ops import polygonize

from builder import plan
from builder.geometry import Patch, between, project, smooth, snap

Key = tuple[int, int]
SLIVER = 1e-7  # square degrees, about a tenth of a hectare


@dataclass
class Network:
    """Everything drawn as a line, in metres, and the blocks between the main lines, by row and column."""

    across: list[LineString]
    along: list[LineString]
    blocks: dict[Key, Patch]
    cuts: list[tuple[str, LineString]] = field(default_factory=list)
    outer: list[LineString] = field(default_factory=list)

    @property
    def river(self) -> LineString:
        """The middle of the river, which is also a border."""
        return self.across[plan.RIVER_ROW]


def draw_network() -> Network:
    """Draw the borders and main roads, then the cuts inside each block."""
    across = [smooth(points) for points in plan.ACROSS]
    along = [smooth(points) for points in plan.ALONG]
    crossing = [[line.intersection(other) for other in along] for line in across]
    blocks = {}
    for row in range(len(across) - 1):
        for column in range(len(along) - 1):
            north_west, north_east = crossing[row][column], crossing[row][column + 1]
            south_west, south_east = crossing[row + 1][column], crossing[row + 1][column + 1]
            blocks[row + 1, column + 1] = Patch(
                between(across[row + 1], south_west, south_east),
                between(across[row], north_west, north_east),
                between(along[column], south_west, north_west),
                between(along[column + 1], south_east, north_east),
            )
    network = Network(across, along, blocks, outer=[smooth(points) for points in plan.OUTER])
    for block, cuts in plan.CUTS.items():
        for name, axis, at, start, end in cuts:
            network.cuts.append((name, blocks[block].line(axis, at, start, end)))
    return network


def cut_faces(network: Network) -> dict[Key, list[Polygon]]:
    """Cut the sheet along all lines. The faces of each block share every vertex and lie on the grid of six decimals.

    The land of the northern street is under (0, 1), of the eastern street under (0, 2).
    """
    lines = [*network.across, *network.along, *network.outer, *(line for _, line in network.cuts)]
    noded = snap(unary_union(MultiLineString([project(line) for line in lines])))
    blocks = {key: project(patch.outline()) for key, patch in network.blocks.items()}
    blocks[0, 1] = project(Polygon(plan.NORTH_STREET_HINT))
    faces: dict[Key, list[Polygon]] = {}
    for face in absorb_slivers(list(polygonize(unary_union(noded)))):
        point = face.representative_point()
        key = next((key for key, outline in blocks.items() if outline.contains(point)), (0, 2))
        faces.setdefault(key, []).append(face)
    return faces


def absorb_slivers(faces: list[Polygon]) -> list[Polygon]:
    """Give every face too small to mean anything to the neighbour it shares the longest border with."""
    kept = [face for face in faces if face.area >= SLIVER]
    for sliver in (face for face in faces if face.area < SLIVER):
        index = max(range(len(kept)), key=lambda i: kept[i].intersection(sliver).length)
        kept[index] = kept[index].union(sliver)
    return kept
