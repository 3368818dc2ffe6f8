"""What a place may want different about cases: limits of steps, lights, escalation, duplicates, storms."""

from __future__ import annotations

from linli.kernel.options import option

STEP_LIMITS = option(
    "cases.step_limits",
    {"register": "2H", "check": "4H", "dispatch": "1H", "accept": "2H", "handle": "", "verify": "1D", "close": "1D"},
    "Limit of each step that has one: 2U urgent hours, 1UD urgent days, 4H working hours, 1D working days.",
)
YELLOW_SHARE = option("cases.yellow_share", 0.2, "Share of the limit left below which the light is yellow.")
EXTENSIONS = option("cases.extensions", 2, "How many times more time may be approved for one case.")
SUSPENSIONS = option("cases.suspensions", 1, "How many times one case may be suspended.")
SUSPENSION_DAYS = option("cases.suspension_days", 365, "How far away the end of a suspension may be, in days.")
ESCALATION = option(
    "cases.escalation",
    [["community", 0], ["street", 240], ["district", 1440]],
    "Levels an overdue case is brought before, each with the minutes overdue after which that happens.",
)
DUPLICATE_DAYS = option("cases.duplicate_days", 14, "How old an open case may be to be offered as a duplicate, in days.")
STORM = option(
    "cases.storm",
    {"reports": 12, "minutes": 60, "majors": ["E05", "C04", "E01"], "quiet_minutes": 240},
    "A burst: this many reports of these classes in one street within these minutes opens a situation.",
)
REPORTS_PER_HOUR = option("cases.reports_per_hour", 30, "Reports one browser or address may send in an hour without signing in.")
RATE_DAYS = option("cases.rate_days", 30, "Days in which the reporter may judge or refuse the result.")
EXPORT_ROWS = option("cases.export_rows", 20000, "How many rows one export of a list may have.")
