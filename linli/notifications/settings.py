"""What a place may want different about messages."""

from __future__ import annotations

from linli.kernel.option_values import from_until, whole
from linli.kernel.options import option

QUIET_HOURS = option(
    "notifications.quiet_hours",
    ["22:00", "07:00"],
    "Hours in which e-mail and SMS wait, unless the person chose others.",
    from_until,
)
SMS_PER_DAY = option(
    "notifications.sms_per_day", 5, "SMS that one number gets in a day at most; more are left out and logged.", whole()
)
