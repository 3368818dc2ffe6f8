"""The timeline of a case as staff read it: every step with who, when, how long since the one before, and its facts."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.queries.actions import ICONS, step_name
from linli.cases.workflow import INCIDENT, Result
from linli.catalogue.queries import catalogue
from linli.kernel.clocks import Limit
from linli.kernel.writing import pair, series
from linli.organizations.queries import bodies

TONES = {"plain": "moving", "good": "good", "warn": "warn", "bad": "bad"}
OTHER_STEPS: dict[str, tuple[Any, str, str]] = {
    "note": (gettext_lazy("Staff note"), "pencil", "plain"),
    "escalate": (gettext_lazy("Brought before the next level"), "alert-triangle", "bad"),
    "import": (gettext_lazy("Taken over from another system"), "file-import", "plain"),
}
LEVEL_NAMES = {
    "community": gettext_lazy("Community"),
    "street": gettext_lazy("Street"),
    "district": gettext_lazy("District"),
}
SOLVED_NAMES = {
    "yes": pgettext_lazy("result", "Solved"),
    "partly": pgettext_lazy("result", "Partly solved"),
    "no": gettext_lazy("Not solved"),
}
CARD_NAMES = {"yellow": gettext_lazy("Yellow card"), "red": gettext_lazy("Red card")}


@dataclass(frozen=True)
class Line:
    """A step of the timeline, ready to be shown. `gap` is the time since the step before."""

    title: str
    at: datetime
    who: str
    verb: str
    icon: str
    tone: str
    gap: timedelta | None = None
    text: str = ""
    public_text: str = ""
    facts: list[str] = field(default_factory=list)
    photos: list[dict[str, Any]] = field(default_factory=list)
    is_note: bool = False
    device_at: datetime | None = None


@dataclass(frozen=True)
class Milestone:
    """A point of the way from report to verdict; `state` is done, now, todo or skipped."""

    label: str
    at: datetime | None
    gap: timedelta | None
    state: str


def limit_words(limit: str) -> str:
    """`4H` as words: 4 working hours; anything unreadable as it stands."""
    try:
        return Limit.parse(limit).text() if limit else ""
    except ValueError:
        return limit


def lines(steps: Sequence[CaseStep], photos: Iterable[CasePhoto]) -> list[Line]:
    """The timeline, newest first. No query: steps come with their person and organization."""
    by_step: dict[uuid.UUID | None, list[dict[str, Any]]] = defaultdict(list)
    for item in photos:
        by_step[item.step_id].append(shown_photo(item))
    found, before = [], None
    for step in steps:
        found.append(_line(step, before, by_step.get(step.pk, [])))
        before = step.at
    return found[::-1]


def shown_photo(item: CasePhoto) -> dict[str, Any]:
    """A picture as the kit shows it."""
    address = f"/desk/photos/{item.photo_id}/"
    label = _("After") if item.side == "after" else _("Before")
    return {"url": address, "thumbnail": f"{address}?small=1", "alt": f"{label} {item.pk}", "caption": ""}


def _line(step: CaseStep, before: datetime | None, photos: list[dict[str, Any]]) -> Line:
    known = INCIDENT.steps.get(step.verb)
    title, icon, tone = (
        (step_name(step.verb), ICONS.get(step.verb, "message"), TONES[known.tone])
        if known
        else OTHER_STEPS.get(step.verb, (step.verb, "circle-dot", "plain"))
    )
    return Line(
        title=str(title),
        at=step.at,
        who=_who(step),
        verb=step.verb,
        icon=icon,
        tone=tone,
        gap=step.at - before if before else None,
        text=step.text if step.text != step.public_text else "",
        public_text=step.public_text,
        facts=_facts(step),
        photos=photos if step.verb != "report" else [],
        is_note=step.verb == "note",
        device_at=step.device_at if _differs(step) else None,
    )


def _differs(step: CaseStep) -> bool:
    """The phone's clock is shown when it says something else than ours: sent later, or set wrong."""
    return bool(step.device_at and abs(step.at - step.device_at) > timedelta(minutes=2))


def _who(step: CaseStep) -> str:
    if step.actor_kind == "system":
        return _("Linli, by itself")
    if step.actor_kind == "program":
        return _("Program")
    if step.post_id is None:
        return _("Resident")
    name = step.person.shown_name if step.person else ""
    return " · ".join(part for part in (name, bodies().name(step.organization_id)) if part)


def _facts(step: CaseStep) -> list[str]:
    """What the step decided, each as a short line."""
    data, names = step.data or {}, bodies()
    found = []
    if unit := data.get("unit"):
        was = names.name(data.get("unit_was"))
        found.append(f"{was} → {names.name(unit)}" if was else pair(_("Unit"), names.name(unit)))
    if helpers := [names.name(unit) for unit in data.get("units", [])]:
        found.append(pair(_("Helping"), series(helpers)))
    if data.get("by_matrix") is False:
        found.append(_("Chosen by hand, not by the duty matrix"))
    if limit := data.get("limit"):
        found.append(pair(_("Limit"), limit_words(limit)))
    return found + _results(data)


def _results(data: dict[str, Any]) -> list[str]:
    found = []
    if result := data.get("result"):
        found.append(pair(_("Result"), dict(Result.choices).get(result, result)))
    if category := data.get("category_was"):
        found.append(pair(_("Category before"), catalogue().category_name(category)))
    for key, names in (("card", CARD_NAMES), ("solved", SOLVED_NAMES), ("level", LEVEL_NAMES)):
        if value := data.get(key):
            found.append(str(names.get(value, value)))
    if stars := data.get("satisfaction"):
        found.append("★" * stars + "☆" * (5 - stars))
    for key, label in (("until", _("Until")), ("due", _("New limit ends"))):
        if moment := parse_datetime(data.get(key) or ""):
            found.append(pair(label, f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"))
    if "found" in data:
        found.append(_("It is as reported") if data["found"] else _("Nothing of the kind was found"))
    if target := data.get("target"):
        found.append(pair(_("Merged into"), target))
    if data.get("overdue"):
        found.append(pgettext("column", "Overdue"))
    if verdict := data.get("verdict"):
        found.append(_("Appeal upheld") if verdict == "upheld" else _("Appeal rejected"))
    return found


def milestones(case: Case) -> list[Milestone]:
    """From report to verdict in eight points, each with its time and how long it took from the one before."""
    points = [
        (pgettext("milestone", "Reported"), case.reported_at),
        (pgettext("milestone", "Registered"), case.registered_at),
        (pgettext("milestone", "Dispatched"), case.dispatched_at),
        (pgettext("milestone", "Accepted"), case.accepted_at),
        (pgettext("milestone", "Done"), case.delivered_at),
        (pgettext("milestone", "Checked"), case.verified_at),
        (pgettext("milestone", "Closed"), case.closed_at),
        (pgettext("milestone", "Rated"), case.rated_at),
    ]
    last = max(index for index, (_label, at) in enumerate(points) if at)
    found, before = [], None
    for index, (label, at) in enumerate(points):
        state = "done" if at else "skipped" if index < last else "todo"
        found.append(Milestone(label, at, at - before if at and before else None, state))
        before = at or before
    if case.is_open and last + 1 < len(found):
        waiting = found[last + 1]
        found[last + 1] = Milestone(waiting.label, None, None, "now")
    return found
