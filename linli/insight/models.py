"""What is counted: rows of a day made from the cases, and never edited."""

from __future__ import annotations

from django.db import models

EVERYWHERE = "*"  # the place that stands for all; after a street's code: all of the street
ALL_UNITS = -1


class DayCount(models.Model):
    """Counts of the cases reported on one day in one place and led by one unit (0: none yet). Sealed cases are left out.

    The place is a community (or the street, where no community is known). Sums lie beside them, so that any question costs
    a few rows a day however large the district: all of a street (`990101001*`), everywhere (`*`), all units (-1).
    Made by `refresh_day` from the cases themselves; deleting all rows and rebuilding gives the same.
    """

    day = models.DateField()
    community_code = models.CharField(max_length=12)
    unit_id = models.BigIntegerField(default=0)
    reported = models.PositiveIntegerField(default=0)
    registered = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    merged = models.PositiveIntegerField(default=0)
    dispatched = models.PositiveIntegerField(default=0)
    due = models.PositiveIntegerField(default=0)  # done, or past the limit: those whose time can be judged
    in_time = models.PositiveIntegerField(default=0)
    exempt = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    closed = models.PositiveIntegerField(default=0)
    open = models.PositiveIntegerField(default=0)
    rated = models.PositiveIntegerField(default=0)
    solved = models.PositiveIntegerField(default=0)
    partly = models.PositiveIntegerField(default=0)
    satisfied = models.PositiveIntegerField(default=0)  # four or five
    fairly = models.PositiveIntegerField(default=0)  # three
    reworked = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    minutes_to_done = models.BigIntegerField(default=0)  # sum over the delivered

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "community_code", "unit_id"], name="day_count_once")]
        indexes = [
            models.Index(fields=["community_code", "day"], name="day_count_area"),
            models.Index(fields=["unit_id", "day"], name="day_count_unit"),
        ]


COUNTS = (
    "reported", "registered", "refused", "merged", "dispatched", "due", "in_time", "exempt", "delivered", "closed",
    "open", "rated", "solved", "partly", "satisfied", "fairly", "reworked", "returned", "reopened",
)  # fmt: skip
SUMS = (*COUNTS, "minutes_to_done")
