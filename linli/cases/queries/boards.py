"""What the dispatch board and the situation board show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from linli.cases.models import Case, CaseStep, Situation
from linli.cases.queries.clusters import UNSENT, Cluster, clusters
from linli.cases.queries.lists import by_post
from linli.cases.queries.pages import shown_light
from linli.cases.queries.trail import Line, lines
from linli.cases.workflow import ENDED, Stage
from linli.catalogue.queries import catalogue
from linli.kernel.policy import Actor
from linli.organizations.queries import bodies
from linli.places.queries import areas

MOST_WAITING = 200
LEVEL_ORDER = ("critical", "urgent", "normal")
QUEUES = ("register", "dispatch")


def short_address(case: Case) -> str:
    """The address without the names of the district and the street, which everybody at the board knows."""
    return _without(case.address, areas().name(case.street_code[:6]), areas().name(case.street_code))


def short_unit(name: str) -> str:
    """The name of a unit without the district's own."""
    district = areas().district()
    return _without(name, district.name) if district else name


def _without(text: str, *beginnings: str) -> str:
    for beginning in beginnings:
        rest = text.removeprefix(beginning).strip() if beginning else text
        text = rest or text
    return text


# --- dispatch board ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """A case nobody has been sent to yet; `alike` counts others of its kind close by."""

    case: Case
    light: str
    alike: int
    place: str


@dataclass(frozen=True)
class Group:
    """Waiting cases of one urgency and one category."""

    level: str
    category: str
    rows: list[Waiting]


@dataclass(frozen=True)
class Load:
    """How much a unit has in hand."""

    unit_id: int
    name: str
    open: int
    late: int
    unaccepted: int

    @property
    def short(self) -> str:
        return short_unit(self.name)


def waiting_cases(actor: Actor) -> list[Case]:
    """Reported and registered cases of the actor's area, the most urgent and oldest first. One query."""
    rows = by_post(actor).filter(is_open=True, queue__in=QUEUES).select_related("category").order_by("queue", "id")
    found = list(rows[:MOST_WAITING])
    found.sort(key=lambda case: (LEVEL_ORDER.index(case.level), case.category_id, case.pk))
    return found


def groups(found: Sequence[Case]) -> list[Group]:
    """Waiting cases by urgency, then category."""
    alike = {case.pk: len(cluster.cases) - 1 for cluster in clusters(found) for case in cluster.cases}
    by_kind: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in found:
        by_kind[(case.level, case.category_id)].append(case)
    return [
        Group(
            level,
            rows[0].category.name,
            [Waiting(case, shown_light(case), alike[case.pk], short_address(case)) for case in rows],
        )
        for (level, _category), rows in by_kind.items()
    ]


def loads(actor: Actor) -> list[Load]:
    """What every unit has in hand in the actor's area, the fullest first. One query."""
    now = timezone.now()
    rows = (
        by_post(actor)
        .filter(is_open=True, lead_unit__isnull=False)
        .order_by()
        .values_list("lead_unit_id")
        .annotate(
            open=Count("pk"),
            late=Count("pk", filter=Q(due_at__lt=now) & ~Q(stage=Stage.SUSPENDED)),
            unaccepted=Count("pk", filter=Q(stage=Stage.DISPATCHED)),
        )
    )
    found = [Load(unit, bodies().name(unit), open_, late, unaccepted) for unit, open_, late, unaccepted in rows]
    return sorted(found, key=lambda load: (-load.late, -load.open, load.name))


# --- situation board --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """What one unit has and has done in a situation."""

    name: str
    open: int
    done: int
    late: int

    @property
    def short(self) -> str:
        return short_unit(self.name)


@dataclass
class Board:
    """One situation as its board shows it."""

    situation: Situation
    cases: list[Case]
    clusters: list[Cluster]
    shares: list[Share]
    latest: list[Line]
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        return self.figures["waiting"]


def situation_cases(actor: Actor, situation: Situation) -> QuerySet[Case]:
    """The cases of a situation that the actor may open."""
    return Case.objects.visible_to(actor).filter(situation=situation).order_by("id")


def situation_board(actor: Actor, situation: Situation) -> Board:
    """Gather a situation. Two queries, however many cases it has."""
    cases = list(situation_cases(actor, situation).select_related("category", "lead_unit"))
    grouped = clusters(case for case in cases if case.is_open)
    grouped.sort(key=lambda cluster: (not cluster.waiting, -len(cluster.cases), cluster.lead.pk))
    return Board(situation, cases, grouped, _shares(cases), latest_steps(cases), _figures(cases))


def _figures(cases: Sequence[Case]) -> dict[str, int]:
    now = timezone.now()
    stages = Counter(case.stage for case in cases)
    done = sum(1 for case in cases if case.delivered_at or case.stage in ENDED)
    return {
        "reports": len(cases),
        "waiting": sum(stages[stage] for stage in UNSENT),
        "moving": stages[Stage.DISPATCHED] + stages[Stage.ACCEPTED] + stages[Stage.SUSPENDED],
        "done": done,
        "merged": stages[Stage.MERGED],
        "late": sum(1 for case in cases if case.is_open and case.light(now) == "red"),
        "open": sum(1 for case in cases if case.is_open and not case.delivered_at),
    }


def _shares(cases: Iterable[Case]) -> list[Share]:
    now, by_unit = timezone.now(), defaultdict(list)
    for case in cases:
        if case.lead_unit_id:
            by_unit[case.lead_unit_id].append(case)
    shares = [
        Share(
            bodies().name(unit),
            sum(case.is_open and not case.delivered_at for case in rows),
            sum(bool(case.delivered_at) for case in rows),
            sum(case.is_open and case.light(now) == "red" for case in rows),
        )
        for unit, rows in by_unit.items()
    ]
    return sorted(shares, key=lambda share: (-share.open, share.name))


def latest_steps(cases: Sequence[Case], most: int = 12) -> list[Line]:
    """The latest steps of a situation's cases, each with its case's number before its title."""
    references = {case.pk: case.reference for case in cases}
    touched = sorted(cases, key=lambda case: case.updated_at, reverse=True)[:most]
    rows = CaseStep.objects.filter(case__in=[case.pk for case in touched]).exclude(verb="report").select_related("person")
    steps = sorted(rows.order_by("-id")[:most], key=lambda step: step.pk)
    found = lines(steps, [])
    numbers = [references[step.case_id] for step in reversed(steps)]
    return [_with_number(line, number) for line, number in zip(found, numbers, strict=True)]


def _with_number(line: Line, number: str) -> Line:
    return replace(line, title=f"{number} {line.title}", gap=None)


def points(cases: Iterable[Case]) -> list[list[Any]]:
    """Cases as the map takes them: [lng, lat, light, stage, number, category, supporters]."""
    known = catalogue()
    return [
        [
            round(case.lng, 6), round(case.lat, 6), shown_light(case), str(case.get_stage_display()), case.reference,
            known.category_name(case.category_id), case.support_count,
        ]
        for case in cases
        if case.stage != Stage.MERGED
    ]  # fmt: skip


def readable_report(situation: Situation) -> dict[str, Any]:
    """The stored figures of a closed situation with codes turned into names."""
    report = situation.report or {}
    known, names = catalogue(), bodies()
    return {
        **report,
        "categories": [(known.category_name(code), count) for code, count in report.get("by_category", {}).items()],
        "units": [(names.name(int(unit)) or unit, count) for unit, count in report.get("by_unit", {}).items()],
        "since_at": datetime.fromisoformat(report["since"]) if report.get("since") else situation.opened_at,
        "until_at": datetime.fromisoformat(report["until"]) if report.get("until") else situation.closed_at,
    }
