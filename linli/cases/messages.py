"""Who is told of a step, and in which words: the workflow's `tells` column, made into people and texts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.cases import policy
from linli.cases.events import ALL_MOVES
from linli.cases.models import Case, CaseStep, CoUnit, Follow, Support
from linli.cases.operations import link_secret
from linli.cases.workflow import INCIDENT, QUEUES
from linli.catalogue.queries import catalogue
from linli.kernel.events import listen
from linli.kernel.models import Event
from linli.notifications.operations import Contact, Letter, tell
from linli.organizations.queries import bodies, people_with

# Verb → what the title says; the body is the same everywhere: what, where, and the words of the step if they are public.
TITLES = {
    "report": gettext_noop("New report %(reference)s"),
    "request_pre_check": gettext_noop("Please look on the spot: %(reference)s"),
    "pre_check": gettext_noop("Looked at on the spot: %(reference)s"),
    "register": gettext_noop("Your report %(reference)s was registered"),
    "refuse": gettext_noop("Your report %(reference)s cannot be taken up"),
    "void": gettext_noop("Case %(reference)s was voided"),
    "dispatch": gettext_noop("Case %(reference)s goes to %(unit)s"),
    "accept": gettext_noop("Case %(reference)s is in hand at %(unit)s"),
    "return": gettext_noop("Case %(reference)s was returned"),
    "reassign": gettext_noop("Case %(reference)s goes to %(unit)s now"),
    "co_handle": gettext_noop("Please help with case %(reference)s"),
    "urge": gettext_noop("Urged: case %(reference)s"),
    "supervise": gettext_noop("Under supervision: case %(reference)s"),
    "ask_extension": gettext_noop("More time asked for: case %(reference)s"),
    "approve_extension": gettext_noop("More time granted: case %(reference)s"),
    "deny_extension": gettext_noop("No more time: case %(reference)s"),
    "ask_suspension": gettext_noop("Suspending asked for: case %(reference)s"),
    "approve_suspension": gettext_noop("Suspending supported: case %(reference)s"),
    "confirm_suspension": gettext_noop("Case %(reference)s is suspended"),
    "deny_suspension": gettext_noop("Not suspended: case %(reference)s"),
    "resume": gettext_noop("Case %(reference)s goes on"),
    "deliver": gettext_noop("Done, please check: case %(reference)s"),
    "verify_pass": gettext_noop("Checked on the spot: case %(reference)s"),
    "verify_fail": gettext_noop("Not done yet: case %(reference)s"),
    "close": gettext_noop("Case %(reference)s is closed. Was it solved?"),
    "force_close": gettext_noop("Case %(reference)s was closed without a check"),
    "rate": gettext_noop("Case %(reference)s was judged"),
    "reopen": gettext_noop("Case %(reference)s is open again"),
    "merge": gettext_noop("Your report %(reference)s joined another one"),
    "appeal": gettext_noop("Appeal in case %(reference)s"),
    "review_appeal": gettext_noop("Appeal supported: case %(reference)s"),
    "decide_appeal": gettext_noop("Appeal decided: case %(reference)s"),
}
ESCALATED = gettext_noop("Overdue: case %(reference)s")
URGENT_VERBS = {"request_pre_check", "dispatch", "reassign"}


@listen(*ALL_MOVES)
def tell_of_step(event: Event) -> None:
    """Tell those whom the workflow names, but never the one who took the step."""
    step = INCIDENT.steps[event.data["verb"]]
    case = Case.objects.select_related("reporter").get(pk=event.subject_id)
    row = CaseStep.objects.get(pk=event.data["step_id"])
    people, contacts, groups = _recipients(step.tells, case, row)
    people -= {event.person_id}
    _tell(event, case, TITLES[step.verb], people, contacts, groups, words=row.public_text, is_urgent=_is_urgent(case, step.verb))


@listen("cases.case.escalated")
def tell_of_escalation(event: Event) -> None:
    """An overdue case comes before those who supervise the next level."""
    case = Case.objects.get(pk=event.subject_id)
    cut = {"community": 12, "street": 9, "district": 6}[event.data["level"]]
    people = set(_staff(case, "cases.case.supervise", area_code=case.area_code[:cut], is_exact=True))
    _tell(event, case, ESCALATED, people, [], [], words="", is_urgent=False)


def _is_urgent(case: Case, verb: str) -> bool:
    return case.level != "normal" and verb in URGENT_VERBS


def _tell(
    event: Event,
    case: Case,
    title: str,
    people: set[uuid.UUID],
    contacts: list[Contact],
    groups: list[str],
    *,
    words: str,
    is_urgent: bool,
) -> None:
    def written() -> tuple[str, str]:
        values = {"reference": case.reference, "unit": bodies().name(case.lead_unit_id) or _("the unit")}
        lines = [f"{catalogue().category_name(case.category_id)} · {case.address}".strip(" ·"), words]
        return _(title) % values, "\n".join(line for line in lines if line)

    if not people and not contacts and not groups:
        return
    tell(
        Letter(
            event_id=event.pk, kind=event.name, words=written, subject_id=case.pk, url=_case_url(case),
            public_url=f"/r/{case.reference}/", link=_public_link(case),
            people=sorted(people), contacts=contacts, groups=groups, is_urgent=is_urgent,
        )
    )  # fmt: skip


def _case_url(case: Case) -> str:
    return reverse("cases:case", args=[case.reference])


def _public_link(case: Case) -> str:
    return f"{settings.BASE_URL}/r/{case.reference}/{link_secret(case.pk)}/"


def _recipients(tells: tuple[str, ...], case: Case, row: CaseStep) -> tuple[set[uuid.UUID], list[Contact], list[str]]:
    people: set[uuid.UUID] = set()
    contacts: list[Contact] = []
    groups: list[str] = []
    for who in tells:
        if who == "reporter":
            people |= {case.reporter_id} if case.reporter_id else set()
            contacts += _contact(case.reporter_contact) if not case.reporter_id else []
        elif who == "supporters":
            for person_id, contact in Support.objects.filter(case=case).values_list("person_id", "contact"):
                people |= {person_id} if person_id else set()
                contacts += _contact(contact) if not person_id else []
        else:
            people |= set(STAFF[who](case, row))
        if who in ("unit", "co_units") and not case.is_sealed:  # a group chat is read by everybody in it
            groups += _group_codes(who, case, row)
    people |= set(Follow.objects.filter(case=case).values_list("person_id", flat=True))
    return people, contacts, groups


def _contact(sealed: Any) -> list[Contact]:
    if not sealed:
        return []
    found = json.loads(sealed)
    return [Contact(email=found.get("email", ""), phone=found.get("phone", ""))]


def _staff(case: Case, right: str, **where: Any) -> list[uuid.UUID]:
    """Holders of a right; of a sealed case only those learn who may open it."""
    return people_with(right, *([policy.VIEW_SEALED] if case.is_sealed else []), **where)


def _unit_people(case: Case, row: CaseStep) -> list[uuid.UUID]:
    return _staff(case, "cases.case.accept", organization_id=case.lead_unit_id) if case.lead_unit_id else []


def _co_unit_people(case: Case, row: CaseStep) -> list[uuid.UUID]:
    units = CoUnit.objects.filter(case=case).values_list("organization_id", flat=True)
    return [person for unit in units for person in _staff(case, "cases.case.accept", organization_id=unit)]


def _grid_people(case: Case, row: CaseStep) -> list[uuid.UUID]:
    return _staff(case, "cases.case.verify_pass", area_code=case.area_code)


def _dispatchers(case: Case, row: CaseStep) -> list[uuid.UUID]:
    return _staff(case, "cases.case.dispatch", area_code=case.street_code, is_exact=True)


def _supervisors(case: Case, row: CaseStep) -> list[uuid.UUID]:
    return _staff(case, "cases.case.supervise", area_code=case.street_code, is_exact=True)


def _approvers(case: Case, row: CaseStep) -> list[uuid.UUID]:
    """Those whose turn the waiting request is: of the unit for its own first decision, else of the street or above."""
    if not case.pending:
        return []
    name = QUEUES[case.pending]
    if case.pending == "approve_suspension":
        return _staff(case, name, organization_id=case.lead_unit_id)
    return _staff(case, name, area_code=case.street_code)


def _nobody(case: Case, row: CaseStep) -> list[uuid.UUID]:
    return []  # followers are told of every step anyway


STAFF: dict[str, Callable[[Case, CaseStep], list[uuid.UUID]]] = {
    "unit": _unit_people,
    "co_units": _co_unit_people,
    "grid": _grid_people,
    "dispatcher": _dispatchers,
    "supervisor": _supervisors,
    "approver": _approvers,
    "followers": _nobody,
}


def _group_codes(who: str, case: Case, row: CaseStep) -> list[str]:
    known = bodies().by_id
    ids = [case.lead_unit_id] if who == "unit" else row.data.get("units", [])
    return [known[one].code for one in ids if one in known]
