"""Reports of one kind close to each other, grouped: probably each group is one thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from linli.cases.models import Case
from linli.cases.workflow import Stage
from linli.kernel.coordinates import quick_distance_m

UNSENT = (Stage.REPORTED, Stage.PRE_CHECK, Stage.REGISTERED)


@dataclass(frozen=True)
class Cluster:
    """Reports of one category close to each other: probably the same thing. The first leads."""

    category_id: str
    cases: list[Case]

    @property
    def lead(self) -> Case:
        return self.cases[0]

    @property
    def waiting(self) -> list[Case]:
        """Cases that nobody has been sent to yet."""
        return [case for case in self.cases if case.stage in UNSENT]

    @property
    def mergeable(self) -> list[Case]:
        """Waiting cases that would go into the one that leads."""
        return [case for case in self.cases[1:] if case.stage in UNSENT]


def clusters(cases: Iterable[Case], *, radius_m: float | None = None) -> list[Cluster]:
    """Group cases by category and nearness, each to the first of its kind within the category's radius.

    A case that is on its way already leads before one that still waits, then the first reported. Complexity: n times the
    clusters of one category; a situation has hundreds.
    """
    by_category: dict[str, list[Cluster]] = defaultdict(list)
    for case in sorted(cases, key=lambda item: (item.stage in UNSENT, item.pk)):
        reach = radius_m or case.category.duplicate_radius_m
        for cluster in by_category[case.category_id]:
            if quick_distance_m((cluster.lead.lng, cluster.lead.lat), (case.lng, case.lat)) <= reach:
                cluster.cases.append(case)
                break
        else:
            by_category[case.category_id].append(Cluster(case.category_id, [case]))
    return [cluster for group in by_category.values() for cluster in group]
