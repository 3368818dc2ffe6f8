"""A made-up district: homes, residents, reports and how they were handled, as columns; and streets that work off their cases.

For trying things at size and for sizing staff, never for statements about a real place. Nobody in it exists, nobody has a name.

Reports come by day and hour as people live (busier by day, on weekdays and in summer), from where people live; old buildings
report more. How long a reply takes is log-normal, μ 2.28 and σ 1.29 (days), as measured on 2,816 real replies (median about
10 days), quicker where the matter is urgent. The queue is a compiled event loop: streets × handlers, urgent cases first, some
re-opened. The same seed gives the same district. About 4 million report rows, 10 million cases of the queue a CPU second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods import simulate_kernels as kernels
from linli.methods.errors import BadInput
from linli.methods.running import Progress, tell
from linli.methods.simulate_tables import Words, copy_bytes

Floats = NDArray[np.float64]

REPLY_MU, REPLY_SIGMA = 2.28, 1.29  # of the logarithm of days
HOURS = (1, 1, 0.5, 0.5, 0.5, 1, 3, 7, 10, 11, 10, 8, 5, 7, 9, 9, 8, 8, 7, 6, 5, 4, 3, 2)
WEEKEND, SUMMER = 0.62, 0.25
DOORS, DOOR_SHARES = ("field", "portal", "desk", "phone"), (0.55, 0.3, 0.1, 0.05)
URGENCIES, URGENCY_SHARES, URGENCY_PACE = ("emergency", "urgent", "normal"), (0.02, 0.13, 0.85), (0.05, 0.35, 1.0)
REOPENED, REFUSED, RATED = 0.06, 0.03, 0.42
# Residents by ten years of age (0–9 … 90–99), about as a Chinese city's districts are.
AGES = (0.095, 0.105, 0.13, 0.165, 0.15, 0.15, 0.105, 0.065, 0.028, 0.007)
MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True)
class Shape:
    """How large the district is and what its days bring."""

    streets: int = 13
    communities: int = 10  # a street
    grids: int = 8  # a community
    buildings: int = 10  # a grid
    homes: int = 36  # a building, on average
    reports: int = 100_000
    days: int = 365
    until: str = "2026-01-01"
    categories: int = 60
    middle: tuple[float, float] = (114.27, 30.72)

    def __post_init__(self) -> None:
        for name in ("streets", "communities", "grids", "buildings", "homes", "days", "categories"):
            if getattr(self, name) < 1:
                raise BadInput(name, "must be at least 1")
        if self.reports < 0:
            raise BadInput("reports", "must not be below zero")
        try:
            np.datetime64(self.until, "D")
        except ValueError:
            raise BadInput("until", f"“{self.until}” is no day like 2026-01-01") from None


@dataclass(frozen=True)
class District:
    """Tables of columns (see `simulate_tables`). Row n of a table has id n + 1; other tables name it by that id."""

    buildings: dict[str, Any]
    residents: dict[str, Any]
    reports: dict[str, Any]

    def tables(self) -> Mapping[str, dict[str, Any]]:
        return {"buildings": self.buildings, "residents": self.residents, "reports": self.reports}


def district(shape: Shape | None = None, *, seed: int = 0, progress: Progress | None = None) -> District:
    """Make a district up. O(homes + reports); the same shape and seed give the same district."""
    shape = shape or Shape()
    chance = np.random.default_rng(seed)
    buildings = _buildings(shape, chance)
    tell(progress, 0.1)
    residents = _residents(shape, buildings, chance)
    tell(progress, 0.4)
    reports = _reports(shape, buildings, residents, chance)
    tell(progress, 1.0)
    return District(buildings, residents, reports)


def _ids(count: int) -> NDArray[np.int32]:
    return np.arange(1, count + 1, dtype=np.int32)


def _buildings(shape: Shape, chance: np.random.Generator) -> dict[str, Any]:
    """Grids on a lattice of 250 m, filled street by street; a third of the communities are old."""
    grids = shape.streets * shape.communities * shape.grids
    grid = np.repeat(np.arange(grids, dtype=np.int32), shape.buildings)
    community = grid // shape.grids
    side = int(np.ceil(np.sqrt(grids)))
    is_old = (chance.random(shape.streets * shape.communities) < 1 / 3)[community]
    homes = np.maximum(np.rint(shape.homes * np.exp(chance.normal(-0.08, 0.4, grid.size)) * np.where(is_old, 0.7, 1.15)), 1)
    east = (grid % side + chance.random(grid.size)) * 250 - side * 125
    north = (grid // side + chance.random(grid.size)) * 250 - side * 125
    return {
        "id": _ids(grid.size), "street": (community // shape.communities + 1).astype(np.int16), "community": community + 1,
        "grid": grid + 1, "homes": homes.astype(np.int32), "is_old": is_old,
        "lng": shape.middle[0] + east / (111_195.08 * np.cos(np.radians(shape.middle[1]))),
        "lat": shape.middle[1] + north / 111_195.08,
    }  # fmt: skip


def _residents(shape: Shape, buildings: dict[str, Any], chance: np.random.Generator) -> dict[str, Any]:
    """One to five people a home; people over 65 live alone more often, and in old buildings there are more of them."""
    building = np.repeat(buildings["id"], buildings["homes"])
    people = chance.choice(np.arange(1, 6, dtype=np.int8), building.size, p=(0.25, 0.31, 0.24, 0.13, 0.07))
    home = np.repeat(_ids(building.size), people)
    lives_in = np.repeat(building, people)
    age = (chance.choice(10, home.size, p=AGES) * 10 + chance.integers(0, 10, home.size)).astype(np.int16)
    is_older = buildings["is_old"][lives_in - 1] & (chance.random(home.size) < 0.12)
    age = np.where(is_older, np.maximum(age, 60 + age // 4), age).astype(np.int16)
    alone = np.repeat(people == 1, people)
    child_alone = alone & (age < 18)
    age[child_alone] += 40
    year = int(str(np.datetime64(shape.until, "Y")))
    return {
        "id": _ids(home.size), "home": home, "building": lives_in, "birth_year": (year - 1 - age).astype(np.int16),
        "sex": Words(chance.integers(0, 2, home.size, dtype=np.int8), ("f", "m")), "lives_alone": alone,
        "has_disability": chance.random(home.size) < 0.01 + 0.0012 * np.maximum(age - 40, 0),
        "is_low_income": chance.random(home.size) < np.where(buildings["is_old"][lives_in - 1], 0.035, 0.01),
    }  # fmt: skip


def report_times(count: int, days: int, until: str, chance: np.random.Generator) -> NDArray[Any]:
    """Instants (UTC, in order) of reports in the days before `until` (local days, eight hours ahead of UTC)."""
    end = np.datetime64(until, "D")
    each = end - np.arange(days, 0, -1)
    weekday = (each.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    year_day = (each - each.astype("M8[Y]").astype("M8[D]")).astype(np.int64)
    weight = np.where(weekday < 5, 1.0, WEEKEND) * (1 + SUMMER * np.cos(2 * np.pi * (year_day - 200) / 365))
    share = np.outer(weight, np.array(HOURS)).ravel()
    counts = chance.multinomial(count, share / share.sum())
    hour = np.repeat(np.arange(counts.size, dtype=np.int64), counts)
    within = chance.integers(0, 3_600_000_000, count)
    start = each[0].astype("M8[us]").astype(np.int64) - 8 * 3_600_000_000
    return np.sort(start + hour * 3_600_000_000 + within).astype("M8[us]")


def reply_days(urgency: NDArray[Any], chance: np.random.Generator) -> Floats:
    """Days until the reply: log-normal, urgent matters quicker. `urgency` 0 emergency, 1 urgent, 2 normal."""
    days: Floats = np.exp(chance.normal(REPLY_MU, REPLY_SIGMA, urgency.size)) * np.array(URGENCY_PACE)[urgency]
    return days


def _reports(shape: Shape, buildings: dict[str, Any], residents: dict[str, Any], chance: np.random.Generator) -> dict[str, Any]:
    """Reports and their handling up to the last day; what lies after it has not happened: NaT, stage accordingly."""
    count, end = shape.reports, np.datetime64(shape.until, "us") - np.timedelta64(8, "h")
    reported = report_times(count, shape.days, shape.until, chance)
    weight = np.cumsum(buildings["homes"] * np.where(buildings["is_old"], 1.6, 1.0))
    place = np.minimum(np.searchsorted(weight, chance.random(count) * weight[-1]), weight.size - 1)
    common = np.cumsum(1 / np.arange(1, shape.categories + 1) ** 0.9)  # few categories make most reports
    category = np.searchsorted(common, chance.random(count) * common[-1]).astype(np.int16)
    urgency = np.searchsorted(np.cumsum(URGENCY_SHARES[:-1]), chance.random(count)).astype(np.int8)
    door = np.searchsorted(np.cumsum(DOOR_SHARES[:-1]), chance.random(count)).astype(np.int8)
    days = reply_days(urgency, chance)
    draw = chance.random((3, count))
    accepted = reported + (np.minimum(chance.exponential(0.12, count), days / 2) * MICROSECONDS_A_DAY).astype("m8[us]")
    answered = reported + (days * MICROSECONDS_A_DAY).astype("m8[us]")
    is_refused, is_reopened = draw[0] < REFUSED, (draw[1] < REOPENED) & (draw[0] >= REFUSED)
    answered = np.where(is_refused, accepted, answered)
    never = np.datetime64("NaT", "us")
    is_accepted, is_answered = accepted < end, answered < end
    stage = np.where(is_refused & is_answered, 3, np.where(is_answered, 2, np.where(is_accepted, 1, 0))).astype(np.int8)
    late = days * np.array((20.0, 6.0, 1.0))[urgency] > 30
    stars = np.clip(5 - np.floor(-np.log(np.maximum(draw[2], 1e-12)) * np.where(late, 1.6, 0.7)), 1, 5).astype(np.int16)
    is_rated = (stage == 2) & (chance.random(count) < RATED)
    jitter = chance.normal(0, 1e-4, (2, count))
    return {
        "id": _ids(count), "reported_at": reported, "category": category + np.int16(1), "urgency": Words(urgency, URGENCIES),
        "door": Words(door, DOORS), "building": buildings["id"][place], "street": buildings["street"][place],
        "grid": buildings["grid"][place], "lng": buildings["lng"][place] + jitter[0], "lat": buildings["lat"][place] + jitter[1],
        "resident": _reporters(residents, place + 1, door, chance),
        "accepted_at": np.where(is_accepted, accepted, never), "answered_at": np.where(is_answered, answered, never),
        "is_reopened": is_reopened & is_answered, "stage": Words(stage, ("reported", "accepted", "answered", "refused")),
        "stars": np.ma.array(stars, mask=~is_rated),
    }  # fmt: skip


def _reporters(residents: dict[str, Any], building: NDArray[Any], door: NDArray[Any], chance: np.random.Generator) -> Any:
    """Somebody who lives in the building, unless a grid worker saw it (door 0)."""
    first = np.searchsorted(residents["building"], building)  # residents stand in order of their buildings
    last = np.searchsorted(residents["building"], building, side="right")
    who = first + (chance.random(building.size) * (last - first)).astype(np.int64)
    return np.ma.array((who + 1).astype(np.int32), mask=door == 0)


# --- streets that work off their cases ---


@dataclass(frozen=True)
class Work:
    """Cases to be worked off, hours throughout. `again_after`: hours after the end until it comes back, -1 for never."""

    arrived: Floats
    street: NDArray[Any]
    urgency: NDArray[Any]  # 0 is called first
    hours: Floats
    again_after: Floats
    again_hours: Floats

    def __len__(self) -> int:
        return len(self.arrived)


@dataclass(frozen=True)
class Worked:
    """When each case was begun and ended, the first time and again; -1 where it never came back."""

    started: Floats
    ended: Floats
    started_again: Floats
    ended_again: Floats


def draw_work(
    cases: int, *, streets: int = 13, days: float = 120, mean_hours: float = 2.0, reopened: float = REOPENED, seed: int = 0
) -> Work:
    """Cases that come evenly over the days to streets at random; work is log-normal (σ 0.8) with the given mean."""
    if cases < 0 or streets < 1 or days <= 0 or mean_hours <= 0 or not 0 <= reopened <= 1:
        raise BadInput("cases", "cases not below zero; streets, days and mean_hours above; reopened between 0 and 1")
    chance = np.random.default_rng(seed)
    arrived = np.sort(chance.uniform(0, days * 24, cases))
    hours = np.exp(chance.normal(np.log(mean_hours) - 0.32, 0.8, (2, cases)))
    again = np.where(chance.random(cases) < reopened, chance.exponential(48, cases), -1.0)
    urgency = np.searchsorted(np.cumsum(URGENCY_SHARES[:-1]), chance.random(cases)).astype(np.int8)
    return Work(arrived, chance.integers(0, streets, cases).astype(np.int32), urgency, hours[0], again, hours[1] / 2)


def work_off(work: Work, handlers: ArrayLike) -> Worked:
    """Let `handlers[street]` people work off the cases: urgent first, then who came first; nobody is interrupted.

    Raises BadInput for arrivals out of order, streets without handlers, numbers that are not finite or below zero.
    """
    staff = np.asarray(handlers, np.int64)
    _check_work(work, staff)
    columns = (
        np.asarray(work.arrived, float), np.asarray(work.urgency, np.int8), np.asarray(work.hours, float),
        np.asarray(work.again_after, float), np.asarray(work.again_hours, float),
    )  # fmt: skip
    classes = int(columns[1].max()) + 1 if len(work) else 1
    return Worked(*kernels.work_off(np.asarray(work.street, np.int32), columns, staff, classes))


def _check_work(work: Work, staff: NDArray[np.int64]) -> None:
    if staff.ndim != 1 or not staff.size or staff.min() < 1:
        raise BadInput("handlers", "needs at least one handler for each street")
    columns = {name: np.asarray(getattr(work, name)) for name in Work.__dataclass_fields__}
    odd = next((name for name, column in columns.items() if column.shape != (len(work),)), None)
    if odd is not None:
        raise BadInput(odd, f"needs a number for each of {len(work)} cases")
    if not len(work):
        return
    if any(not np.isfinite(column).all() for column in columns.values()):
        raise BadInput("work", "must be finite numbers")
    if (np.diff(columns["arrived"]) < 0).any() or columns["arrived"][0] < 0:
        raise BadInput("arrived", "must be in order, from 0 on")
    if columns["street"].min() < 0 or columns["street"].max() >= staff.size:
        raise BadInput("street", f"must be from 0 to {staff.size - 1}")
    if not 0 <= columns["urgency"].min() <= columns["urgency"].max() < 100:
        raise BadInput("urgency", "must be from 0 to 99")
    if columns["hours"].min() < 0 or columns["again_hours"].min() < 0:
        raise BadInput("hours", "must not be below zero")


def waits(work: Work, worked: Worked) -> Floats:
    """Hours that each case waited for its first handler."""
    hours: Floats = worked.started - work.arrived
    return hours


def warm() -> None:
    """Compile: ten cases in one street, and a table of one column."""
    work_off(draw_work(10, streets=1), [1])
    copy_bytes({"id": np.arange(3)})
