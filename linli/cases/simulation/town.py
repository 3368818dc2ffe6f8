"""What history is drawn from: places with addresses, categories with weights, who serves them, words people use."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache

import h3

from linli.cases.operations.report import CELL_RESOLUTION
from linli.catalogue.models import Category, Condition
from linli.catalogue.queries import catalogue
from linli.organizations.models import Post
from linli.places.models import Area, Building
from linli.places.queries import areas

# How often people report what, relative to each other; everything else counts 1.
WEIGHTS = {
    "E0110": 14,
    "E0112": 9,
    "E0410": 9,
    "E0409": 8,
    "E0192": 8,
    "E0113": 6,
    "E0201": 8,
    "E0605": 6,
    "E0607": 5,
    "E0606": 4,
    "E0136": 4,
    "E0135": 4,
    "E0493": 6,
    "C0137": 7,
    "C0305": 5,
    "C0102": 3,
    "C0103": 3,
    "C0402": 4,
    "C0403": 3,
    "C0284": 4,
    "E0608": 4,
    "E0406": 4,
    "E0301": 4,
    "E0184": 3,
    "E0180": 3,
    "E0401": 3,
    "C0301": 2,
    "C0510": 3,
    "C0511": 3,
    "C0308": 2,
    "C0146": 3,
}
STORM_WEIGHTS = {
    "E0509": 30,
    "E0506": 22,
    "E0508": 10,
    "E0510": 8,
    "C0402": 12,
    "E0511": 4,
    "C0104": 7,
    "C0203": 4,
    "C0137": 5,
    "E0505": 2,
    "C0130": 3,
    "E0307": 3,
}
WORDS_ZH = [
    "{place}附近，{what}，请尽快处理。",
    "在{place}门口发现：{what}。老人小孩经过不方便。",
    "{place}旁边{what}，已经有两天了，麻烦安排人看看。",
    "巡查时发现{place}{what}。",
    "{what}，位置在{place}，上下学时间人多，有点危险。",
    "邻居们都在说{place}的问题：{what}，希望能解决。",
    "您好，{place}这里{what}，谢谢！",
    "{place}，{what}。昨天下雨后更明显。",
]
STORM_ZH = [
    "{place}，{what}，挡住了路，车过不去。",
    "大风后{place}{what}，请赶紧来人。",
    "{place}门口{what}，注意安全！",
    "暴雨，{place}{what}，居民出行困难。",
]
ANSWERS_ZH = [
    "已到现场处理完毕，恢复正常。感谢您的反映。",
    "经现场核实属实，已安排人员处理并清理现场。",
    "已更换修复，现场已围护撤除，欢迎继续监督。",
    "已清理完毕，并加强该点位的日常巡查。",
    "已联系责任单位整改到位，后续将定期回头看。",
]
CHECKED_ZH = ["到现场看过，已处理好。", "核查属实，问题已解决。", "现场已恢复，照片附后。"]
PRAISE_ZH = ["处理得很快，谢谢！", "满意。", "工作人员态度好，解决了。", "", "", ""]
COMPLAINT_ZH = ["拖了很久才来。", "过两天又这样了。", "只处理了一部分。"]


@dataclass(frozen=True)
class Spot:
    lng: float
    lat: float
    cell: int
    grid: str
    address: str
    area_class: str


@dataclass
class Town:
    """Everything the generator draws from, read once; no query afterwards."""

    spots: list[Spot]
    categories: list[Category]
    weights: list[float]
    storm: list[Category]
    storm_weights: list[float]
    conditions: dict[str, list[Condition]]
    people: dict[str, list[tuple]] = field(default_factory=dict)  # role → [(person, post, organization, area)]

    def who(self, chance: random.Random, role: str, area: str = "", organization: int | None = None) -> tuple:
        """Somebody of this role who serves the area or the organization; nobody known gives empty ids."""
        return chance.choice(self._who(role, area, organization))

    @lru_cache(maxsize=4096)  # noqa: B019  a town lives as long as one load
    def _who(self, role: str, area: str, organization: int | None) -> list[tuple]:
        known = self.people.get(role, [])
        if organization is not None:
            return [one for one in known if one[2] == organization] or [(None, None, organization, "")]
        return [one for one in known if area.startswith(one[3])] or known or [(None, None, None, "")]

    def __hash__(self) -> int:
        return id(self)


def read_town() -> Town:
    """The town as the loaded packs have it. Raises LookupError when no grid or category is there."""
    known, tree = catalogue(), areas()
    public = [row for row in known.categories.values() if not row.is_sealed and known.conditions.get(row.code)]
    spots = _spots(tree)
    if not spots or not public:
        raise LookupError("Load a pack with grids and categories first: linli pack load packs/china packs/yunxi")
    storm = [row for row in public if row.code in STORM_WEIGHTS] or public
    people = defaultdict(list)
    for person, post, organization, area, role in Post.objects.order_by("id").values_list(
        "person_id", "pk", "organization_id", "area_code", "role_id"
    ):
        people[role].append((person, post, organization, area))
    return Town(
        spots=spots,
        categories=public,
        weights=[WEIGHTS.get(row.code, 1) for row in public],
        storm=storm,
        storm_weights=[STORM_WEIGHTS.get(row.code, 1) for row in storm],
        conditions={code: list(rows.values()) for code, rows in known.conditions.items()},
        people=dict(people),
    )


def _spots(tree) -> list[Spot]:
    rows = list(Building.objects.order_by("code").values_list("lng", "lat", "grid_code", "address_zh", "code"))
    if not rows:  # a pack without buildings: the middle of each grid
        rows = [(*_middle(area.polygon), area.code, area.name_zh, area.code) for area in Area.objects.filter(level="grid")]
    return [
        Spot(lng, lat, h3.str_to_int(h3.latlng_to_cell(lat, lng, CELL_RESOLUTION)), grid, address, tree.area_class(grid))
        for lng, lat, grid, address, _code in rows
    ]


def _middle(polygon: dict) -> tuple[float, float]:
    ring = polygon["coordinates"][0]
    return sum(point[0] for point in ring) / len(ring), sum(point[1] for point in ring) / len(ring)
