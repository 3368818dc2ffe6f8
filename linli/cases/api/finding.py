"""Which case a request means, and as whom it is asked for. What the asker may not know of is not there: 404."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.cases.api.showing import is_staff_of
from linli.cases.models import Case
from linli.cases.operations import is_link_secret
from linli.cases.queries.lists import CaseFilter, filtered, of_tab
from linli.kernel import limits
from linli.kernel.endpoints import asker
from linli.kernel.errors import BadInput, NotFound
from linli.kernel.identifiers import normalise_reference
from linli.kernel.policy import Actor


@dataclass(frozen=True)
class Found:
    """A case, who asks (with the reporter's link, if they hold it), and whether they see it as staff do."""

    case: Case
    actor: Actor
    is_staff: bool


def find_case(request: HttpRequest, reference: str, link: str = "") -> Found:
    """The case behind a reference: one the actor's post sees, a public one, or by the reporter's link any.

    Raises NotFound, the same for what is not there and for what is none of the asker's business; TooMany for somebody
    unknown who tries many references.
    """
    actor = asker(request)
    if not actor.is_known:
        limits.spend(limits.LOOK_UP_BY_ADDRESS, limits.address_of(request))
    wanted = normalise_reference(reference)
    case = None
    if wanted and actor.is_known:
        case = Case.objects.visible_to(actor).filter(reference=wanted).first()
    if case is not None:
        return Found(case, actor, is_staff_of(actor, case))
    if wanted:
        case = (Case.objects.all() if link else Case.objects.public()).filter(reference=wanted).first()
    if case is not None and link:
        if not is_link_secret(case.pk, link):
            raise _nothing()
        return Found(case, replace(actor, extra={**actor.extra, "case_link": case.pk}), False)
    if case is None:
        raise _nothing()
    return Found(case, actor, is_staff_of(actor, case, is_seen=False))


def _nothing() -> NotFound:
    return NotFound("case_unknown", _("There is no such case, or it is not for you to see."))


def rows_for(actor: Actor, wanted: Any) -> tuple[QuerySet[Case], CaseFilter]:
    """The rows a filter shows to the actor, and the filter as lists know it.

    Whoever is unknown, or asks for `scope=public`, gets cases with a public page.
    """
    values = wanted.model_dump(exclude={"after", "size", "scope", "box", "most"}, exclude_none=True)
    case_filter = CaseFilter.read(values)
    if wanted.scope == "public" or not actor.is_known:
        if case_filter.tab != "all":
            raise BadInput("tab_wrong", _("Without signing in there is only the tab “all”."), field="tab")
        return filtered(Case.objects.public(), case_filter), case_filter
    return filtered(of_tab(actor, case_filter.tab), case_filter), case_filter
