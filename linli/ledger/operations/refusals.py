"""What the database refuses, as errors for people: names of guards and constraints → what is said."""

from __future__ import annotations

import re

from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.kernel.errors import Conflict, DomainError, RuleBroken

REFUSALS: dict[str, tuple[type[DomainError], str, Promise]] = {
    "units_differ": (RuleBroken, "units_differ", _("The two accounts count different things. Book it as two transfers.")),
    "hold_unknown": (RuleBroken, "hold_unknown", _("There is no such reservation.")),
    "hold_other_accounts": (RuleBroken, "hold_other_accounts", _("The reservation is between other accounts.")),
    "capture_too_large": (RuleBroken, "capture_too_large", _("This is more than was reserved.")),
    "release_not_whole": (RuleBroken, "release_not_whole", _("A reservation is given up as a whole.")),
    "reversal_differs": (RuleBroken, "reversal_differs", _("Only a transfer that moved something can be reversed, as a whole.")),
    "booking_out_of_order": (RuleBroken, "booking_broken", _("The transfers of a booking do not belong together.")),
    "booking_total_differs": (RuleBroken, "booking_broken", _("The transfers of a booking do not belong together.")),
    "day_closed": (Conflict, "day_closed", _("The books of that day are closed. Date it on a later one.")),
    "worked_other_account": (RuleBroken, "worked_wrong", _("Time worked goes with the transfer that credits its minutes.")),
    "worked_not_minutes": (RuleBroken, "worked_wrong", _("Time worked goes with the transfer that credits its minutes.")),
    "worked_in_future": (RuleBroken, "worked_in_future", _("Hours are credited when they are over.")),
    "worked_less": (RuleBroken, "worked_less", _("These are more minutes than passed in that time.")),
    "worked_twice": (Conflict, "worked_twice", _("A part of this time was credited already.")),
    "ledger_account_overdrawn": (RuleBroken, "overdrawn", _("There is not so much on the account.")),
    "ledger_account_owing": (RuleBroken, "overdrawn", _("There is not so much on the account.")),
    "ledger_account_closed_empty": (
        Conflict,
        "account_closed",
        _("A closed account is empty and takes nothing; only an empty account without reservations can be closed."),
    ),
    "ledger_account_totals": (RuleBroken, "amount_too_large", _("The amount is too large.")),
    "ledger_transfer_one_resolution": (
        Conflict,
        "hold_resolved",
        _("The reservation was used or given up already."),
    ),
    "ledger_transfer_one_reversal": (Conflict, "reversed_already", _("This transfer was reversed already.")),
    "ledger_transfer_two_accounts": (RuleBroken, "same_account", _("A transfer needs two accounts.")),
}
UNIQUE_COLUMNS = {  # SQLite names the columns
    "ledger_transfer.hold_id": "ledger_transfer_one_resolution",
    "ledger_transfer.reverses_id": "ledger_transfer_one_reversal",
}


def name_of(error: IntegrityError) -> str:
    """The guard or constraint that refused; empty if it is none of the books."""
    text = str(error)
    if guard := re.search(r"ledger:(\w+)", text):
        return guard.group(1)
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None and diagnosis.constraint_name:
        return str(diagnosis.constraint_name)
    what = text.rpartition(": ")[2]
    return UNIQUE_COLUMNS.get(what, what)


def refusal(error: IntegrityError) -> DomainError | None:
    """The error for people; None if the database refused for a reason of another kind."""
    found = REFUSALS.get(name_of(error))
    if found is None:
        return None
    kind, code, message = found
    return kind(code, message)
