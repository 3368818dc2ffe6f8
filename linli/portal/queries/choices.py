"""What a reporter can choose from: categories by frequency, by class and by word; places by address and by area."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import shape

from linli.cases.models import Case
from linli.cases.queries.lists import first_id
from linli.catalogue.models import Category, Major
from linli.catalogue.queries import Catalogue, catalogue
from linli.kernel import options
from linli.kernel.coordinates import quick_distance_m
from linli.kernel.snapshots import Snapshot
from linli.places.models import Area, Building
from linli.places.queries import AreaView, areas
from linli.portal import settings
from linli.portal.remembering import Remembered

FREQUENT_SHOWN = 12
FREQUENT_DAYS = 60
FREQUENT_SAMPLE = 2000
SEARCH_SHOWN = 12
MOST_GRIDS_AT_ONCE = 400


@dataclass(frozen=True)
class Class:
    """A major class with its categories, for the tree."""

    major: Major
    categories: list[Category]

    @property
    def kind(self) -> str:
        return self.major.kind


def category_tree() -> list[Class]:
    """Every class with its categories: what happens first, then things of the street."""
    known = catalogue()
    rows: dict[str, list[Category]] = {code: [] for code in known.majors}
    for category in known.categories.values():
        rows[category.major_id].append(category)
    order = sorted(known.majors.values(), key=lambda major: (major.kind != "event", major.code))
    return [Class(major, rows[major.code]) for major in order if rows[major.code]]


def _count_frequent() -> list[str]:
    recent = Case.objects.filter(pk__gte=first_id(timezone.now() - timedelta(days=FREQUENT_DAYS)))
    counted = Counter(recent.order_by("-pk").values_list("category_id", flat=True)[:FREQUENT_SAMPLE])
    return [code for code, _count in counted.most_common(FREQUENT_SHOWN)]


_frequent: Remembered[list[str]] = Remembered(_count_frequent, seconds=900)


def frequent_categories() -> list[Category]:
    """The dozen most reported of the last two months, filled up with what the place names as usual."""
    known = catalogue().categories
    codes = dict.fromkeys([*_frequent.get(), *options.value(settings.FREQUENT)])
    rows = [known[code] for code in codes if code in known and not known[code].is_sealed]
    return rows[:FREQUENT_SHOWN]


def search_categories(text: str, *, limit: int = SEARCH_SHOWN) -> list[Category]:
    """Categories by words of their name or synonyms, in Chinese and English, best first; also from a whole sentence."""
    wanted = text.strip().lower()
    if not wanted:
        return []
    scored = [(score, code) for code, score in _scores(catalogue(), wanted) if score > 0]
    known = catalogue().categories
    return [known[code] for _score, code in sorted(scored, key=lambda item: (-item[0], item[1]))[:limit]]


def _scores(known: Catalogue, wanted: str) -> Iterable[tuple[str, float]]:
    english = set(re.findall(r"[a-z]{3,}", wanted))
    runs = re.findall(r"[㐀-鿿]{2,}", wanted)
    pairs = {run[at : at + 2] for run in runs for at in range(len(run) - 1)}
    for category in known.categories.values():
        yield category.code, _score(category, wanted, english, pairs)


def _score(category: Category, wanted: str, english: set[str], pairs: set[str]) -> float:
    """A name or synonym that stands in the text counts most, then the text in a synonym, then shared pairs of signs."""
    score = 0.0
    for phrase in (category.name_zh, *category.keywords_zh.split()):
        if phrase and phrase in wanted:
            score = max(score, 10 + len(phrase))
        elif wanted in phrase:
            score = max(score, 9.0)
        elif pairs:
            shared = sum(pair in phrase for pair in pairs)
            score = max(score, shared * 2 / max(1, len(phrase) - 1) * 2)
    names = f"{category.name_en} {category.keywords_en}".lower()
    words = set(re.findall(r"[a-z]{3,}", names))
    hits = sum(1.0 for word in english if _is_like(word, words))
    if hits:
        score = max(score, 6 * hits + (2 if wanted in category.name_en.lower() else 0))
    if wanted.upper() == category.code:
        score = 100
    return score if score >= 1.3 else 0.0


def _is_like(word: str, words: set[str]) -> bool:
    """Plural and singular are one; four letters of a beginning are enough while somebody still types."""
    single = word.rstrip("s")
    return any(other.rstrip("s") == single or (len(word) > 3 and other.startswith(word)) for other in words)


# --- places ---


def _load_middles() -> dict[str, tuple[float, float]]:
    rows = Area.objects.exclude(polygon=None).values_list("code", "polygon")
    middles = {}
    for code, polygon in rows.iterator(chunk_size=2000):
        point = shape(polygon).representative_point()
        middles[code] = (round(point.x, 6), round(point.y, 6))
    return middles


_middles: Snapshot[dict[str, tuple[float, float]]] = Snapshot("areas", _load_middles)


def middle_of(area_code: str) -> tuple[float, float] | None:
    """A point (WGS-84) well inside an area, for reports that name only the area."""
    return _middles.get().get(area_code)


@dataclass(frozen=True)
class AreaGroup:
    """A community with its grids (or a street with its communities), for the chooser."""

    area: AreaView
    children: list[AreaView]


def area_groups() -> list[AreaGroup]:
    """The chooser of areas: grids by community; in a large district communities by street."""
    tree = areas()
    level = "community" if len(tree.of_level("grid")) <= MOST_GRIDS_AT_ONCE else "street"
    groups = [AreaGroup(area, [tree.by_code[code] for code in tree.children.get(area.code, [])]) for area in tree.of_level(level)]
    return [group for group in groups if group.children]


def building(code: str) -> Building | None:
    return Building.objects.filter(pk=code).first() if code else None


NEAR_M = 80.0


def near_words(lng: float, lat: float) -> str:
    """The nearest building of the same grid in words, for a point that came without an address; "" if none is near."""
    grid = areas().grid_at(lng, lat)
    rows = Building.objects.filter(grid_code=grid).only("lng", "lat", "estate_zh", "estate_en", "number", "address_zh")
    measured = [(quick_distance_m((lng, lat), (row.lng, row.lat)), row.pk, row) for row in rows]
    distance, _code, nearest = min(measured, default=(NEAR_M + 1, "", None), key=lambda item: item[:2])
    if nearest is None or distance > NEAR_M:
        return ""
    return _("near %(address)s") % {"address": nearest.address_zh}
