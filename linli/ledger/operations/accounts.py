"""Opening and closing accounts."""

from __future__ import annotations

import re
import uuid

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.errors import BadInput, Conflict
from linli.kernel.events import emit
from linli.kernel.policy import Actor
from linli.ledger.events import AccountClosed, AccountOpened
from linli.ledger.models import LedgerAccount, Rule, Unit
from linli.ledger.operations.refusals import refusal

CODE = re.compile(r"[a-z0-9][a-z0-9-]*(:[a-z0-9][a-z0-9-]*)*")


def open_account(
    *, actor: Actor, code: str, title: str, unit: str, rule: str = Rule.CREDIT_ONLY, holder_id: uuid.UUID | None = None
) -> LedgerAccount:
    """Open an account; asked again with the same content it gives the one that is there.

    `code` is parts of small letters, digits and dashes, joined by colons. Raises BadInput, and
    Conflict("account_other_content") if the code is taken by another. Emits `ledger.account.opened`.
    """
    if not CODE.fullmatch(code) or len(code) > 80:
        raise BadInput(
            "code_wrong",
            _("A code has parts of small letters, digits and dashes, joined by colons: fund:street-1."),
            field="code",
        )
    if unit not in Unit.values or rule not in Rule.values or not title.strip() or len(title) > 120:
        raise BadInput("account_wrong", _("An account needs a title, a unit and a rule."), field="title")
    account = LedgerAccount(
        code=code, title=title.strip(), unit=unit, rule=rule, holder_id=holder_id, opened_at=timezone.now()
    )  # fmt: skip
    try:
        with transaction.atomic():
            account.save(force_insert=True)
            emit(actor, AccountOpened(holder_id, account.pk, code, str(unit), str(rule)))
    except IntegrityError:
        known = LedgerAccount.objects.filter(code=code).first()
        if known is None:
            raise
        if (known.unit, known.rule, known.holder_id) != (str(unit), str(rule), holder_id) or known.closed_at:
            raise Conflict("account_other_content", _("This code belongs to another account."), field="code") from None
        return known
    return account


def close_account(*, actor: Actor, account: LedgerAccount) -> LedgerAccount:
    """Close an account for ever. It must be empty and without reservations; closed once, closing it again changes nothing.

    Raises Conflict("account_closed"). Emits `ledger.account.closed`.
    """
    try:
        with transaction.atomic():
            row = LedgerAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
            if row.closed_at is None:
                row.closed_at = timezone.now()
                row.save(update_fields=["closed_at"])
                emit(actor, AccountClosed(row.holder_id, row.pk, row.code))
    except IntegrityError as error:
        refused = refusal(error)
        if refused is None:
            raise
        raise refused from error
    return row
