"""A list of cases as a table: what the filter finds, without any contact data of people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from linli.cases import settings
from linli.cases.queries.counts import counts_up_to
from linli.cases.queries.lists import CaseFilter, listed
from linli.cases.queries.trail import SOLVED_NAMES, limit_words
from linli.cases.workflow import Result, Stage
from linli.catalogue.queries import catalogue
from linli.kernel import options
from linli.kernel.errors import RuleBroken
from linli.kernel.policy import Actor, require
from linli.organizations.queries import bodies
from linli.places.queries import areas

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
COLUMNS: tuple[tuple[str, Any, str], ...] = (
    ("reference", gettext_lazy("Number"), "code"),
    ("stage", gettext_lazy("Stage"), "text"),
    ("level", gettext_lazy("Urgency"), "text"),
    ("major", gettext_lazy("Class"), "text"),
    ("category", gettext_lazy("Category"), "text"),
    ("condition", gettext_lazy("Condition"), "text"),
    ("text", gettext_lazy("Report"), "text"),
    ("street", gettext_lazy("Street"), "text"),
    ("community", gettext_lazy("Community"), "text"),
    ("grid", gettext_lazy("Grid"), "text"),
    ("address", gettext_lazy("Address"), "text"),
    ("door", pgettext_lazy("column", "Door"), "text"),
    ("unit", gettext_lazy("Lead unit"), "text"),
    ("limit", gettext_lazy("Limit"), "text"),
    ("reported_at", pgettext_lazy("column", "Reported"), "datetime"),
    ("registered_at", pgettext_lazy("column", "Registered"), "datetime"),
    ("dispatched_at", pgettext_lazy("column", "Dispatched"), "datetime"),
    ("accepted_at", pgettext_lazy("column", "Accepted"), "datetime"),
    ("delivered_at", pgettext_lazy("column", "Done"), "datetime"),
    ("verified_at", pgettext_lazy("column", "Checked"), "datetime"),
    ("closed_at", pgettext_lazy("column", "Closed"), "datetime"),
    ("due_at", pgettext_lazy("column", "Due"), "datetime"),
    ("is_overdue", pgettext_lazy("column", "Overdue"), "boolean"),
    ("is_exempt", gettext_lazy("Exempt from statistics"), "boolean"),
    ("result", gettext_lazy("Result"), "text"),
    ("answer", gettext_lazy("Public answer"), "text"),
    ("solved", gettext_lazy("Solved, says the reporter"), "text"),
    ("satisfaction", gettext_lazy("Satisfaction"), "integer"),
    ("support_count", gettext_lazy("Supporters"), "integer"),
    ("urge_count", pgettext_lazy("column", "Urged"), "integer"),
    ("return_count", pgettext_lazy("column", "Returned"), "integer"),
    ("rework_count", pgettext_lazy("column", "Rework"), "integer"),
    ("reopen_count", pgettext_lazy("column", "Reopened"), "integer"),
    ("lng", gettext_lazy("Longitude (WGS-84)"), "decimal"),
    ("lat", gettext_lazy("Latitude (WGS-84)"), "decimal"),
)
AS_STORED = (
    "reference", "address", "reported_at", "registered_at", "dispatched_at", "accepted_at", "delivered_at", "verified_at",
    "closed_at", "due_at", "is_overdue", "is_exempt", "answer", "satisfaction", "support_count", "urge_count",
    "return_count", "rework_count", "reopen_count", "lng", "lat",
)  # fmt: skip
LOOKED_UP = (
    "stage", "level", "category_id", "condition_code", "public_text", "street_code", "community_code", "grid_code", "door",
    "lead_unit_id", "limit", "result", "solved",
)  # fmt: skip


def write(actor: Actor, wanted: CaseFilter, kind: str, stream: BinaryIO) -> int:
    """Write the list into a stream as `xlsx` or `csv`; returns how many rows.

    The report's text is the masked one. Raises NotAllowed, RuleBroken("too_many_rows").
    """
    from linli.kernel import tables  # heavy: loaded by the first export, not by every web process

    require(actor, "cases.case.export")
    rows = listed(actor, wanted).order_by("-pk")
    most = options.value(settings.EXPORT_ROWS)
    if counts_up_to([rows], most + 1)[0] > most:
        raise RuleBroken(
            "too_many_rows",
            _("This list has more than %(most)d rows. Narrow it, for example by days, and export it in parts.") % {"most": most},
        )
    table = tables.Table("cases", [tables.Column(*column) for column in COLUMNS], _("Cases"))
    writer = tables.write_csv if kind == "csv" else tables.write_xlsx
    return writer(table, _rows(rows.values(*AS_STORED, *LOOKED_UP).iterator(chunk_size=2000)), stream)


def _rows(found: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    known, names, places = catalogue(), bodies(), areas()
    stages, results = dict(Stage.choices), dict(Result.choices)
    levels = {"normal": _("Normal"), "urgent": _("Urgent"), "critical": _("Critical")}
    for row in found:
        condition = known.condition(row["category_id"], row["condition_code"]) if row["condition_code"] else None
        yield row | {
            "stage": str(stages.get(row["stage"], row["stage"])),
            "level": levels.get(row["level"], row["level"]),
            "major": known.major_name(row["category_id"]),
            "category": known.category_name(row["category_id"]),
            "condition": condition.name if condition else "",
            "text": row["public_text"],
            "street": places.name(row["street_code"]),
            "community": places.name(row["community_code"]),
            "grid": places.name(row["grid_code"]),
            "unit": names.name(row["lead_unit_id"]),
            "limit": limit_words(row["limit"]),
            "result": str(results.get(row["result"], row["result"])),
            "solved": str(SOLVED_NAMES.get(row["solved"], "")),
        }
