"""Lives of cases: each a row and its timeline, drawn from a seeded chance. Pure but for reading the catalogue in memory."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from linli.cases.models import Case, CaseStep
from linli.cases.operations.clocks import due_of, parse_limit
from linli.cases.simulation import town as words
from linli.cases.simulation.town import Spot, Town
from linli.cases.words import tokens
from linli.cases.workflow import OPEN, QUEUE_OF, Stage
from linli.catalogue.queries import catalogue
from linli.kernel.clocks import Unit
from linli.kernel.coordinates import quick_distance_m

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DOORS = (["field"] * 11) + (["portal"] * 6) + (["desk"] * 2) + (["open311"] * 1)
HOURS = [1, 1, 0.5, 0.5, 0.5, 1, 3, 7, 10, 11, 10, 8, 5, 7, 9, 9, 8, 8, 7, 6, 5, 4, 3, 2]
CASE_COLUMNS = [field.name for field in Case._meta.concrete_fields]
STEP_COLUMNS = [field.name for field in CaseStep._meta.concrete_fields]
_CASE_AT = {name: index for index, name in enumerate(CASE_COLUMNS)}
_CASE_BLANK = [
    field.get_default() if not field.is_relation and field.name not in ("id", "reported_at", "updated_at") else None
    for field in Case._meta.concrete_fields
]
_STEP_AT = {name: index for index, name in enumerate(STEP_COLUMNS)}
_STEP_BLANK = [
    None if field.is_relation or field.name == "id" else field.get_default() for field in CaseStep._meta.concrete_fields
]


@dataclass
class Life:
    """A case row and its timeline rows, as tuples in the order of CASE_COLUMNS and STEP_COLUMNS."""

    case: list[Any]
    steps: list[list[Any]]


@lru_cache(maxsize=200_000)
def _due(minute: int, limit: str) -> datetime:
    """Due times by the minute: a million cases share them."""
    start = datetime.fromtimestamp(minute * 60, tz=UTC)
    return due_of(start, limit)


class Generator:
    """Draws lives from a town. The same seed, town and `now` give the same history."""

    def __init__(self, town: Town, *, now: datetime, seed: int = 0):
        self.town, self.now, self.chance = town, now, random.Random(seed)
        self._lead = lru_cache(maxsize=None)(lambda category, grid: catalogue().duty(category, grid)[0])

    def instants(self, count: int, start: datetime, end: datetime) -> list[datetime]:
        """`count` instants in [start, end), busier by day and on weekdays, in order."""
        days = max(1, int((end - start).total_seconds() // 86400))
        weights = [1.0 if (start + timedelta(days=day)).weekday() < 5 else 0.62 for day in range(days)]
        chosen = self.chance.choices(range(days), weights, k=count)
        hours = self.chance.choices(range(24), HOURS, k=count)
        first = start.replace(hour=0, minute=0, second=0, microsecond=0)
        made = [
            first + timedelta(days=day, hours=hour - 8, seconds=self.chance.random() * 3600)
            for day, hour in zip(chosen, hours, strict=True)
        ]
        return sorted(min(max(at, start), end - timedelta(seconds=1)) for at in made)

    def lives(self, count: int, start: datetime, end: datetime) -> Iterator[Life]:
        """Ordinary days: most cases closed, the young ones still on their way."""
        for at in self.instants(count, start, end):
            category = self.chance.choices(self.town.categories, self.town.weights)[0]
            yield self.life(at, category, self.chance.choice(self.town.spots))

    def storm(self, count: int, start: datetime, end: datetime, spots: list[Spot]) -> Iterator[Life]:
        """A storm morning: few categories, many reports close together, most of it cleared the same day."""
        span = (end - start).total_seconds()
        for at in sorted(start + timedelta(seconds=self.chance.triangular(0, span, span * 0.6)) for _ in range(count)):
            category = self.chance.choices(self.town.storm, self.town.storm_weights)[0]
            yield self.life(at, category, self.chance.choice(spots), words_of=words.STORM_ZH, quick=True)

    def life(self, at: datetime, category: Any, spot: Spot, *, words_of: list[str] = words.WORDS_ZH, quick: bool = False) -> Life:
        """One case from its report to wherever it stands at `now`."""
        chance = self.chance
        condition = chance.choice(self.town.conditions[category.code])
        lead = self._lead(category.code, spot.grid)
        door = chance.choice(DOORS)
        text = chance.choice(words_of).format(place=spot.address.split("街道")[-1], what=condition.name_zh.split("，")[0])
        case = self._blank_case(at, category, spot, text, door)
        life = Life(case, [])
        reporter = self.town.who(chance, "grid_worker", spot.grid) if door == "field" else self._resident()
        self.put(case, reporter_id=reporter[0] if door in ("field", "portal") else None)
        self.put(case, suggested_unit_id=lead.id if lead else None)
        self._step(
            life, "report", "", Stage.REPORTED, at, reporter if door in ("field", "portal") else _NOBODY, data={"door": door}
        )
        if lead is not None:
            self._walk(life, at, spot, condition, lead.id, quick)
        return life

    def is_same(self, lead: Life, life: Life) -> bool:
        """The same category within 60 m of a case that is not merged itself."""
        first, second = lead.case, life.case
        if first[_CASE_AT["category"]] != second[_CASE_AT["category"]]:
            return False
        place = [(case[_CASE_AT["lng"]], case[_CASE_AT["lat"]]) for case in (first, second)]
        return quick_distance_m(*place) <= 60

    def merge(self, life: Life, lead: Life) -> None:
        """Turn a life into a report that was merged into `lead` some minutes after it came in."""
        case, at = life.case, life.case[_CASE_AT["reported_at"]] + timedelta(minutes=self.chance.uniform(3, 25))
        blank = dict.fromkeys(
            (
                "registered_at",
                "dispatched_at",
                "accepted_at",
                "delivered_at",
                "verified_at",
                "rated_at",
                "lead_unit_id",
                "satisfaction",
            )
        )
        self.put(case, **blank, is_overdue=False, solved="", rating_text="", answer="", version=1)
        del life.steps[1:]
        target = lead.case[_CASE_AT["reference"]]
        dispatcher = self.town.who(self.chance, "street_dispatcher", case[_CASE_AT["grid_code"]])
        self._step(life, "merge", Stage.REPORTED, Stage.MERGED, at, dispatcher, data={"target": target})
        self._end(case, at, Stage.MERGED, result="duplicate", merged_into_id=lead.case[_CASE_AT["id"]])
        lead.case[_CASE_AT["support_count"]] += 1

    def _resident(self) -> tuple:
        known = self.town.people.get("resident") or [_NOBODY]
        return self.chance.choice(known)

    def _blank_case(self, at: datetime, category: Any, spot: Spot, text: str, door: str) -> list[Any]:
        chance, case = self.chance, _CASE_BLANK.copy()
        bits = chance.getrandbits(76)
        millisecond = int(at.timestamp() * 1000)
        case_id = uuid.UUID(int=(millisecond << 80) | (7 << 76) | ((bits >> 64) << 64) | (2 << 62) | (bits & ((1 << 62) - 1)))
        local = at + timedelta(hours=8)
        code = chance.getrandbits(35)
        reference = f"{local:%y%m%d}-" + "".join(CROCKFORD[(code >> shift) & 31] for shift in range(0, 35, 5))
        lng, lat = spot.lng + chance.uniform(-2e-4, 2e-4), spot.lat + chance.uniform(-2e-4, 2e-4)
        due = _due(int(at.timestamp() // 60), "2H")
        self.put(
            case,
            id=case_id,
            reference=reference,
            stage=Stage.REPORTED,
            is_open=True,
            queue="register",
            category_id=category.code,
            text=text,
            public_text=text,
            words=tokens(f"{text} {spot.address}"),
            address=spot.address,
            lng=lng,
            lat=lat,
            cell=spot.cell,
            street_code=spot.grid[:9],
            community_code=spot.grid[:12],
            grid_code=spot.grid[:15],
            door=door,
            reported_at=at,
            updated_at=at,
            due_at=due,
            step_due_at=due,
            warn_at=due - timedelta(minutes=24),
            level="urgent" if bits % 40 == 0 else "normal",
            is_public=True,
            is_sealed=False,
        )
        return case

    @staticmethod
    def put(case: list[Any], **values: Any) -> None:
        for name, value in values.items():
            case[_CASE_AT[_COLUMN_OF.get(name, name)]] = value

    def _step(
        self,
        life: Life,
        verb: str,
        was: str,
        stage: str,
        at: datetime,
        who: tuple,
        *,
        text: str = "",
        public: str = "",
        data: dict[str, Any] | None = None,
    ) -> None:
        row = _STEP_BLANK.copy()
        millisecond = int(at.timestamp() * 1000)
        bits = self.chance.getrandbits(62)
        row[_STEP_AT["id"]] = uuid.UUID(int=(millisecond << 80) | (7 << 76) | (len(life.steps) << 64) | (2 << 62) | bits)
        row[_STEP_AT["case"]] = life.case[_CASE_AT["id"]]
        row[_STEP_AT["verb"]], row[_STEP_AT["was"]], row[_STEP_AT["stage"]], row[_STEP_AT["at"]] = verb, was, stage, at
        row[_STEP_AT["person"]], row[_STEP_AT["post_id"]], row[_STEP_AT["organization"]] = who[0], who[1], who[2]
        row[_STEP_AT["actor_kind"]] = "person" if who[0] else "anonymous"
        row[_STEP_AT["text"]], row[_STEP_AT["public_text"]], row[_STEP_AT["data"]] = text or public, public, data or {}
        life.steps.append(row)

    def _walk(self, life: Life, at: datetime, spot: Spot, condition: Any, unit: int, quick: bool) -> None:
        """Take the case along the loop until it is ended or `now` is reached."""
        chance, case, town = self.chance, life.case, self.town
        dispatcher = town.who(chance, "street_dispatcher", spot.grid)
        hurry = 0.25 if quick else 1.0
        at = at + timedelta(minutes=chance.uniform(4, 100) * hurry)
        if at >= self.now:
            return
        if chance.random() < 0.03:
            reason = chance.choice(["不属于受理范围，已告知反映渠道。", "经核实现场无此情况。", "重复反映，已在处理中。"])
            self._step(life, "refuse", Stage.REPORTED, Stage.REFUSED, at, dispatcher, public=reason)
            self._end(case, at, Stage.REFUSED, result="not_ours", answer=reason, due_at=None, warn_at=None)
            return
        limit = condition.limit_for(spot.area_class)
        self._step(
            life, "register", Stage.REPORTED, Stage.REGISTERED, at, dispatcher, data={"condition": condition.code, "limit": limit}
        )
        due = _due(int(at.timestamp() // 60), "1H")
        self._at(
            case, Stage.REGISTERED, at, registered_at=at, condition_code=condition.code, limit=limit,
            due_at=due, warn_at=due - timedelta(minutes=12),
        )  # fmt: skip
        self.put(case, step_due_at=due)
        at += timedelta(minutes=chance.uniform(1, 40) * hurry)
        if at >= self.now:
            return
        self._dispatch(life, at, dispatcher, unit, limit)
        self._handle(life, at, spot, unit, limit, quick)

    def _dispatch(self, life: Life, at: datetime, who: tuple, unit: int, limit: str) -> None:
        due = _due(int(at.timestamp() // 60), limit)
        self._step(
            life, "dispatch", Stage.REGISTERED, Stage.DISPATCHED, at, who, data={"unit": unit, "units": [], "by_matrix": True}
        )
        self._at(
            life.case,
            Stage.DISPATCHED,
            at,
            dispatched_at=at,
            lead_unit_id=unit,
            due_at=due,
            warn_at=due - (due - at) * 0.2,
        )

    def _handle(self, life: Life, at: datetime, spot: Spot, unit: int, limit: str, quick: bool) -> None:
        chance, case, town = self.chance, life.case, self.town
        clerk = town.who(chance, "department_clerk", "", unit)
        start, due = at, case[_CASE_AT["due_at"]]
        accepted = at + timedelta(minutes=min(chance.uniform(5, 150), (due - at).total_seconds() / 180))
        if accepted >= self.now:
            return
        self._step(life, "accept", Stage.DISPATCHED, Stage.ACCEPTED, accepted, clerk)
        self._at(case, Stage.ACCEPTED, accepted, accepted_at=accepted)
        share = chance.betavariate(2.2, 2.4) if chance.random() < 0.93 else chance.uniform(1.05, 2.2)
        done = accepted + (due - start) * share * (0.6 if quick else 1.0)
        is_urgent = parse_limit(limit).unit in (Unit.URGENT_HOUR, Unit.URGENT_DAY)
        if not is_urgent and 12 <= done.hour <= 23:  # 20:00 to 08:00 local: done next morning, or just before dark
            done += timedelta(hours=12) if done + timedelta(hours=12) <= due else -timedelta(hours=min(done.hour - 11, 6))
            done = max(done, accepted + timedelta(minutes=10))
        if done >= self.now:
            return
        answer = chance.choice(words.ANSWERS_ZH)
        self._step(life, "deliver", Stage.ACCEPTED, Stage.DELIVERED, done, clerk, public=answer, data={"result": "fixed"})
        self._at(case, Stage.DELIVERED, done, delivered_at=done, result="fixed", answer=answer)
        self._check(life, done, spot, answer)

    def _check(self, life: Life, at: datetime, spot: Spot, answer: str) -> None:
        chance, case, town = self.chance, life.case, self.town
        worker = town.who(chance, "grid_worker", spot.grid)
        at += timedelta(minutes=chance.uniform(20, 600))
        if at >= self.now:
            return
        self._step(life, "verify_pass", Stage.DELIVERED, Stage.VERIFIED, at, worker, text=chance.choice(words.CHECKED_ZH))
        self._at(case, Stage.VERIFIED, at, verified_at=at)
        at += timedelta(minutes=chance.uniform(5, 300))
        if at >= self.now:
            return
        late = case[_CASE_AT["delivered_at"]] > case[_CASE_AT["due_at"]]
        dispatcher = town.who(chance, "street_dispatcher", spot.grid)
        self._step(life, "close", Stage.VERIFIED, Stage.CLOSED, at, dispatcher, public=answer, data={"overdue": late})
        self._end(case, at, Stage.CLOSED, is_overdue=late, answer=answer)
        if chance.random() < 0.42:
            self._rate(life, at + timedelta(hours=chance.uniform(0.5, 60)), late)

    def _rate(self, life: Life, at: datetime, late: bool) -> None:
        chance, case = self.chance, life.case
        if at >= self.now:
            return
        stars = chance.choices((1, 2, 3, 4, 5), (9, 12, 24, 30, 25) if late else (2, 2, 7, 29, 60))[0]
        solved = "yes" if stars >= 3 else chance.choice(("partly", "no"))
        said = chance.choice(words.PRAISE_ZH if stars >= 4 else words.COMPLAINT_ZH)
        reporter = case[_CASE_AT["reporter"]]
        self._step(
            life,
            "rate",
            Stage.CLOSED,
            Stage.RATED,
            at,
            (reporter, None, None),
            text=said,
            data={"solved": solved, "satisfaction": stars},
        )
        self._end(
            case,
            case[_CASE_AT["closed_at"]],
            Stage.RATED,
            rated_at=at,
            solved=solved,
            satisfaction=stars,
            rating_text=said,
            updated_at=at,
        )

    def _at(self, case: list[Any], stage: Stage, at: datetime, **values: Any) -> None:
        case[_CASE_AT["version"]] += 1
        self.put(
            case, stage=stage, is_open=stage in OPEN, queue=QUEUE_OF.get(stage, ""), updated_at=at, step_due_at=None, **values
        )

    def _end(self, case: list[Any], at: datetime, stage: Stage, **values: Any) -> None:
        values.setdefault("updated_at", at)
        case[_CASE_AT["version"]] += 1
        self.put(case, stage=stage, is_open=False, queue="", closed_at=at, step_due_at=None, **values)


_NOBODY: tuple = (None, None, None, "")
_COLUMN_OF = {field.attname: field.name for field in Case._meta.concrete_fields if field.attname != field.name}
