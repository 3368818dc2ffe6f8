"""Lists of a person: kept under a name, or taken out as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO
from urllib.parse import parse_qsl, urlencode

from django.db import transaction
from django.utils.translation import gettext as _

from linli.cases.events import CasesExported
from linli.cases.models import SavedFilter
from linli.cases.queries import exports
from linli.cases.queries.lists import CaseFilter
from linli.kernel.errors import NotFound, RuleBroken
from linli.kernel.events import emit
from linli.kernel.policy import Actor

MOST = 30


def save_filter(*, actor: Actor, name: str, query: str, columns: Sequence[str] = ()) -> SavedFilter:
    """Keep a list under a name; the same name replaces the older one.

    Raises RuleBroken (sign_in_first, too_many), BadInput if the query cannot be read.
    """
    if actor.person_id is None:
        raise RuleBroken("sign_in_first", _("Sign in to keep a list."))
    known = CaseFilter.read(dict(parse_qsl(query)))
    kept = urlencode({"tab": known.tab} | known.query())
    rows = SavedFilter.objects.filter(person_id=actor.person_id)
    if rows.exclude(name=name).count() >= MOST:
        raise RuleBroken("too_many", _("At most %(most)d lists can be kept. Delete one first.") % {"most": MOST})
    row, _made = rows.update_or_create(person_id=actor.person_id, name=name, defaults={"query": kept, "columns": list(columns)})
    return row


def delete_filter(*, actor: Actor, number: int) -> None:
    """Forget a saved list of one's own. Raises NotFound."""
    deleted, _rows = SavedFilter.objects.filter(pk=number, person_id=actor.person_id).delete()
    if not deleted:
        raise NotFound("not_found", _("There is no such list."))


def export_cases(*, actor: Actor, wanted: CaseFilter, kind: str, stream: BinaryIO) -> int:
    """Write a list into a stream as `xlsx` or `csv`, and into the audit that it left the house; returns how many rows.

    Raises NotAllowed, RuleBroken("too_many_rows"). Emits: cases.list.exported
    """
    count = exports.write(actor, wanted, kind, stream)
    with transaction.atomic():
        emit(actor, CasesExported(query=urlencode({"tab": wanted.tab} | wanted.query()), kind=kind, rows=count))
    return count
