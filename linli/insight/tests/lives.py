"""Small random histories made through the operations, and a slow plain recount to hold the figures against."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.utils import timezone

from linli.cases.models import Case
from linli.cases.operations import Ask, take
from linli.cases.tests.factories import CHILD, COVER, FLOOD, GRID, OTHER_GRID, RUBBISH, at_post, body, photo, reported
from linli.kernel.policy import Actor

FAR_GRID = "990101002001001"  # of another street
GRIDS = (GRID, OTHER_GRID, "990101001004001", FAR_GRID)
UNITS = ("dept-ps", "dept-hw", "jd-qinghe")
PAUSES = (5, 45, 300, 1500, 9000)  # minutes between steps


class Lives:
    """Cases that live through a random part of the loop, all at once: whatever comes first in time is done first.

    A life is a generator: it takes a step and yields the minutes to its next one.
    """

    def __init__(self, seed: int, *, days: int = 40):
        self.chance = random.Random(seed)
        self.present, self.days = timezone.now(), days
        self._posts: dict[tuple[str, str, str], Actor] = {}

    def who(self, role: str, organization: str = "", area: str = "") -> Actor:
        key = (role, organization, area)
        if key not in self._posts:
            self._posts[key] = at_post(role, organization=organization, area=area)
        return self._posts[key]

    def make(self, count: int, *, categories: tuple[str, ...] = (FLOOD, COVER, RUBBISH, RUBBISH, CHILD)) -> None:
        waiting = [
            (self.present - timedelta(minutes=self.chance.randrange(60, self.days * 1440)), number, self._life(categories))
            for number in range(count)
        ]
        heapq.heapify(waiting)
        with time_machine.travel(waiting[0][0], tick=False) as clock:
            while waiting:
                moment, number, life = heapq.heappop(waiting)
                clock.move_to(moment)
                following = moment + timedelta(minutes=next(life, 10**7))
                if following < self.present:
                    heapq.heappush(waiting, (following, number, life))

    def _life(self, categories: tuple[str, ...]) -> Iterator[int]:
        chance, grid = self.chance, self.chance.choice(GRIDS)
        resident = self.who("resident")
        case = reported(category=chance.choice(categories), grid=grid, by=resident)
        for verb, role, organization, more in self._way(grid, chance.choice(UNITS)):
            yield chance.choice(PAUSES)
            area = {"street": grid[:9], "grid": grid[:12]}.get(role.partition("_")[0], "")
            pictures = [photo()] if verb.startswith("verify") else ()
            given = {name: value() if callable(value) else value for name, value in more.items()}
            take(verb, actor=self.who(role, organization, area), case=case, ask=Ask(text="已看过", photos=pictures), **given)

    def _way(self, grid: str, unit: str) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
        chance, office, clerk = self.chance.random, "street_dispatcher", "department_clerk"
        if chance() < 0.08:
            yield "refuse", office, "", {}
            return
        yield "register", office, "", {}
        if chance() < 0.06:
            yield "void", office, "", {}
            return
        yield "dispatch", office, "", {"unit": body(unit)}
        if chance() < 0.1:
            yield "force_close", "street_leader", "", {"result": "explained"}
            return
        yield "accept", clerk, unit, {}
        if chance() < 0.15:
            yield "return", clerk, unit, {}
            unit = UNITS[0]
            yield "dispatch", office, "", {"unit": body(unit)}
            yield "accept", clerk, unit, {}
        if chance() < 0.1:
            yield "ask_suspension", clerk, unit, {"until": lambda: timezone.now() + timedelta(days=300)}
            yield "approve_suspension", "department_head", unit, {}
            yield "confirm_suspension", office, "", {}
            return
        yield "deliver", clerk, unit, {"result": "fixed"}
        if chance() < 0.2:
            yield "verify_fail", "grid_worker", "", {}
            yield "deliver", clerk, unit, {"result": "partly"}
        yield "verify_pass", "grid_worker", "", {}
        yield "close", office, "", {}
        if chance() < 0.15:
            yield "reopen", "resident", "", {}
        elif chance() < 0.8:
            verdict = {"solved": self.chance.choice(("yes", "partly", "no")), "satisfaction": self.chance.randint(1, 5)}
            yield "rate", "resident", "", verdict


def exempt_one() -> Case | None:
    """Let an appeal succeed for the first closed case that was late; None if there is none."""
    case = Case.objects.filter(is_overdue=True, is_open=False, is_sealed=False, lead_unit__isnull=False, appeal="").first()
    if case is None:
        return None
    unit = case.lead_unit.code if case.lead_unit else ""
    take("appeal", actor=at_post("department_clerk", organization=unit), case=case, ask=Ask(text="现场停电，无法施工"))
    take("review_appeal", actor=at_post("street_dispatcher", area=case.street_code), case=case, ask=Ask())
    take("decide_appeal", actor=at_post("district_supervisor"), case=case, ask=Ask(text="情况属实"), is_upheld=True)
    case.refresh_from_db()
    return case


def recount(rows: Iterable[Case], now: datetime) -> dict[str, int]:
    """The figures of some cases, the plain way: one case after another, without the database's help."""
    found = dict.fromkeys(
        ("reported", "registered", "refused", "merged", "dispatched", "due", "in_time", "exempt", "delivered", "closed",
         "open", "rated", "solved", "partly", "satisfied", "fairly", "reworked", "returned", "reopened", "minutes_to_done"), 0,
    )  # fmt: skip
    took = timedelta()
    for case in rows:
        if case.is_sealed:
            continue
        stage = str(case.stage)
        sent = case.dispatched_at is not None and stage not in ("merged", "void")
        for name, holds in (
            ("reported", True), ("registered", case.registered_at), ("refused", stage == "refused"), ("merged", stage == "merged"),
            ("dispatched", sent), ("exempt", sent and case.is_exempt), ("delivered", sent and case.delivered_at),
            ("closed", stage in ("closed", "rated")), ("open", case.is_open), ("rated", case.satisfaction),
            ("solved", case.satisfaction and case.solved == "yes"), ("partly", case.satisfaction and case.solved == "partly"),
            ("satisfied", (case.satisfaction or 0) >= 4), ("fairly", case.satisfaction == 3),
            ("reworked", case.rework_count), ("returned", case.return_count), ("reopened", case.reopen_count),
        ):  # fmt: skip
            found[name] += bool(holds)
        if sent and case.delivered_at:
            took += case.delivered_at - case.reported_at
        if sent and not case.is_exempt:
            judged = _judge(case, now)
            found["due"] += judged is not None
            found["in_time"] += judged is True
    found["minutes_to_done"] = int(took.total_seconds())
    return found


def _judge(case: Case, now: datetime) -> bool | None:
    """True: in time, False: late, None: not to be judged yet."""
    done = case.delivered_at or case.closed_at
    if done is not None:
        return case.due_at is None or done <= case.due_at
    until = case.suspended_at if case.stage == "suspended" else now
    return False if case.due_at is not None and until is not None and until > case.due_at else None
