"""What is counted: one row a day, community and unit, made from the cases and never edited."""

from __future__ import annotations

from django.db import models


class DayCount(models.Model):
    """Counts of the cases reported on one day in one community and led by one unit (0: none yet).

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
    due = models.PositiveIntegerField(default=0)  # delivered, or past the limit: those whose time can be judged
    in_time = models.PositiveIntegerField(default=0)
    exempt = models.PositiveIntegerField(default=0)
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
        indexes = [models.Index(fields=["community_code", "day"], name="day_count_area")]
