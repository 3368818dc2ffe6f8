"""What a place may want different about cases: limits of steps, lights, escalation, duplicates, storms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from linli.kernel.clocks import Limit
from linli.kernel.option_values import between, only_keys, texts, whole
from linli.kernel.options import option

LEVELS = ("community", "street", "district")  # an overdue case is brought before one after the other
STEPS = {"register": "2H", "check": "4H", "dispatch": "1H", "accept": "2H", "handle": "", "verify": "1D", "close": "1D"}
MOST_DAYS = 3650


def check_step_limits(value: dict[str, Any]) -> None:
    """A limit, or nothing, for steps that have a clock."""
    only_keys(value, more=STEPS)
    for step, limit in value.items():
        if not isinstance(limit, str):
            raise ValueError(f"“{step}” is {limit}; write its limit in quotation marks, like 2U, 3UD, 4H or 5D")
        if limit:
            Limit.parse(limit)


def check_escalation(value: list[Any]) -> None:
    """Levels there are, each with minutes."""
    for line in value:
        if not isinstance(line, list) or len(line) != 2:
            raise ValueError(f"{line!r} is not a level with its minutes")
        if line[0] not in LEVELS:
            raise ValueError(f"“{line[0]}” is not a level; known are {', '.join(LEVELS)}")
        whole(0, MOST_DAYS * 1440)(line[1])


def check_storm(value: dict[str, Any]) -> None:
    """Everything the rule of a burst reads."""
    only_keys(value, needed=("reports", "minutes", "majors"), more=("quiet_minutes",))
    for name in value.keys() - {"majors"}:
        whole(0 if name == "quiet_minutes" else 1)(value[name])
    if not isinstance(value["majors"], list):
        raise ValueError("“majors” must be a list of classes")
    texts(value["majors"])


def storm_majors(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    return (("majors.csv", code) for code in value["majors"])


STEP_LIMITS = option(
    "cases.step_limits",
    STEPS,
    "Limit of each step that has one: 2U urgent hours, 1UD urgent days, 4H working hours, 1D working days.",
    check_step_limits,
)
YELLOW_SHARE = option("cases.yellow_share", 0.2, "Share of the limit left below which the light is yellow.", between(0, 1))
EXTENSIONS = option("cases.extensions", 2, "How many times more time may be approved for one case.", whole())
SUSPENSIONS = option("cases.suspensions", 1, "How many times one case may be suspended.", whole())
SUSPENSION_DAYS = option(
    "cases.suspension_days", 365, "How far away the end of a suspension may be, in days.", whole(0, MOST_DAYS)
)
ESCALATION = option(
    "cases.escalation",
    [["community", 0], ["street", 240], ["district", 1440]],
    "Levels an overdue case is brought before, each with the minutes overdue after which that happens.",
    check_escalation,
)
DUPLICATE_DAYS = option(
    "cases.duplicate_days", 14, "How old an open case may be to be offered as a duplicate, in days.", whole(0, MOST_DAYS)
)
STORM = option(
    "cases.storm",
    {"reports": 12, "minutes": 60, "majors": ["E05", "C04", "E01"], "quiet_minutes": 240},
    "A burst: this many reports of these classes in one street within these minutes opens a situation.",
    check_storm,
    storm_majors,
)
REPORTS_PER_HOUR = option(
    "cases.reports_per_hour", 30, "Reports one browser or address may send in an hour without signing in.", whole()
)
RATE_DAYS = option("cases.rate_days", 30, "Days in which the reporter may judge or refuse the result.", whole(0, MOST_DAYS))
EXPORT_ROWS = option("cases.export_rows", 20000, "How many rows one export of a list may have.", whole(1, 100_000_000))
