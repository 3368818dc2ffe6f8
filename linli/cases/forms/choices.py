"""Lists to choose from, made once for each language and state of the data they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from linli.cases.forms.widgets import Choices
from linli.cases.queries.figures import NAMES
from linli.cases.queries.trail import limit_words
from linli.cases.workflow import Result, Stage
from linli.catalogue.queries import catalogue
from linli.organizations.queries import Body, bodies
from linli.places.queries import areas

INDENT = {"district": "", "street": "", "community": "　", "grid": "　　", "micro_grid": "　　　"}
KIND_ORDER = ("department", "company", "street_office", "community", "social_org", "district_office")
_kept: dict[tuple[str, ...], tuple[Any, Choices]] = {}


def _keep(key: tuple[str, ...], source: Any, make: Callable[[], list[Any]]) -> Choices:
    """The list for this language, made again when `source` is another object than last time."""
    key = (*key, get_language() or "")
    found = _kept.get(key)
    if found is None or found[0] is not source:
        if len(_kept) > 400:
            _kept.clear()
        found = _kept[key] = (source, tuple(make()))
    return found[1]


def any_of(choices: Choices) -> Choices:
    """The list with “all” before it, for filters."""
    return (("", _("All")), *choices)


def _by_major(with_class: bool) -> list[Any]:
    known = catalogue()
    inner: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in known.categories.values():
        inner[row.major_id].append((row.code, row.name))
    groups: list[Any] = []
    for code, major in known.majors.items():
        rows = inner.get(code, [])
        if rows:
            whole = [(code, _("All of “%(name)s”") % {"name": major.name})] if with_class else []
            groups.append((major.name, tuple(whole + rows)))
    return groups


def categories() -> Choices:
    """Every category under its class."""
    return _keep(("categories",), catalogue(), lambda: _by_major(with_class=False))


def categories_and_classes() -> Choices:
    """Classes and categories, for filters."""
    return _keep(("classes",), catalogue(), lambda: _by_major(with_class=True))


def conditions(category: str, area_code: str) -> Choices:
    """The conditions of a category with the limit each brings in this area."""
    area_class = areas().area_class(area_code)

    def make() -> list[Any]:
        rows = catalogue().conditions.get(category, {}).values()
        return [(row.code, f"{row.name} · {limit_words(row.limit_for(area_class))}") for row in rows]

    return _keep(("conditions", category, area_class), catalogue(), make)


def area_tree(inside: str) -> Choices:
    """Streets, communities and grids below an area, indented as a tree."""

    def make() -> list[Any]:
        return [
            (area.code, INDENT.get(area.level, "") + area.name)
            for area in areas().within(inside)
            if area.level in ("street", "community", "grid")
        ]

    return _keep(("areas", inside), areas(), make)


def kind_name(kind: str) -> str:
    """A kind of organization in words."""
    names = {
        "department": _("Departments"),
        "company": _("Companies"),
        "street_office": _("Street offices"),
        "community": _("Communities"),
        "social_org": _("Social organisations"),
        "district_office": _("District offices"),
        "partner": _("Partners"),
        "evaluator": _("Evaluators"),
    }
    return names.get(kind, kind)


def _grouped(rows: list[Body]) -> list[Any]:
    by_kind: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append((str(row.id), row.name))
    kinds = [*KIND_ORDER, *sorted(set(by_kind) - set(KIND_ORDER))]
    return [(kind_name(kind), tuple(by_kind[kind])) for kind in kinds if kind in by_kind]


def units() -> Choices:
    """Every organization that may hold cases, by kind."""
    return _keep(("units",), bodies(), lambda: _grouped([row for row in bodies().by_id.values() if _acts(row)]))


def units_for(area_code: str) -> Choices:
    """Organizations that carry duties where the case is."""

    def make() -> list[Any]:
        return _grouped([row for row in bodies().by_id.values() if _acts(row) and area_code.startswith(row.area_code)])

    return _keep(("units_for", area_code[:12]), bodies(), make)


def _acts(row: Body) -> bool:
    return row.kind in KIND_ORDER


def stages() -> Choices:
    return tuple((stage.value, str(stage.label)) for stage in Stage)


def results(but: tuple[str, ...] = ()) -> Choices:
    return tuple((result.value, str(result.label)) for result in Result if result.value not in but)


def figures() -> Choices:
    """What the figures of rates count."""
    return tuple((key, str(name)) for key, name in NAMES.items())


def levels() -> Choices:
    return (("normal", _("Normal")), ("urgent", _("Urgent")), ("critical", _("Critical")))


def doors() -> Choices:
    """The doors by which a report came in."""
    return (
        ("portal", pgettext("door", "Portal")),
        ("field", pgettext("door", "Field app")),
        ("desk", _("Window or telephone")),
        ("api", _("Other system")),
        ("open311", _("Open311")),
        ("import", _("Imported")),
    )


def name_of(choices: Choices, value: str) -> str:
    """The label of a value; the value itself when it is not in the list."""
    for one, label in choices:
        if isinstance(label, tuple):
            found = dict(label).get(value)
            if found:
                return found
        elif one == value:
            return label
    return value


def streets_and_district(inside: str) -> Choices:
    """Areas for which a situation may be opened: the district, streets, communities."""

    def make() -> list[Any]:
        wanted = ("district", "street", "community")
        return [(area.code, INDENT[area.level] + area.name) for area in areas().within(inside) if area.level in wanted]

    return _keep(("streets", inside), areas(), make)
