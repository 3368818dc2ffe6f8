"""The story of a case for the outside: where it stands and what happened, in plain words, without names of staff."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.workflow import Result, Stage
from linli.catalogue.models import Condition
from linli.catalogue.queries import catalogue
from linli.kernel import options
from linli.kernel.clocks import Limit
from linli.kernel.masking import mask_personal_data
from linli.kernel.writing import series
from linli.organizations.queries import bodies
from linli.places.queries import areas
from linli.portal import settings

S = Stage
UNREAD = frozenset({S.REPORTED, S.PRE_CHECK})
WITHHELD = UNREAD | {S.REFUSED, S.VOID}
# Which of the five points of the progress line a stage stands at (0: received … 4: finished).
POINT_OF = {
    S.REPORTED: 0, S.PRE_CHECK: 0, S.REGISTERED: 1, S.DISPATCHED: 2, S.ACCEPTED: 2, S.SUSPENDED: 2,
    S.DELIVERED: 3, S.VERIFIED: 3, S.CLOSED: 4, S.RATED: 4, S.REFUSED: 0, S.VOID: 0, S.MERGED: 0,
}  # fmt: skip
# Colours of the public map and lists: by stage only, never by limits.
TONES = {
    S.REPORTED: "new", S.PRE_CHECK: "new", S.REGISTERED: "new", S.DISPATCHED: "moving", S.ACCEPTED: "moving",
    S.SUSPENDED: "quiet", S.DELIVERED: "check", S.VERIFIED: "check", S.CLOSED: "good", S.RATED: "good",
    S.REFUSED: "quiet", S.VOID: "quiet", S.MERGED: "quiet",
}  # fmt: skip


def plain_stage(stage: str) -> str:
    """Where a case stands, as one would tell a neighbour."""
    return {
        S.REPORTED: _("Received"), S.PRE_CHECK: _("Somebody is taking a look"), S.REGISTERED: _("Taken up"),
        S.DISPATCHED: _("With the unit in charge"), S.ACCEPTED: _("Being worked on"), S.SUSPENDED: _("Paused"),
        S.DELIVERED: _("Done, being checked"), S.VERIFIED: _("Checked on the spot"), S.CLOSED: _("Finished"),
        S.RATED: _("Finished and judged"), S.REFUSED: _("Not taken up"), S.VOID: _("Withdrawn"),
        S.MERGED: _("Joined with another report"),
    }[Stage(stage)]  # fmt: skip


def is_told(case: Case) -> bool:
    """Whether strangers may read the words and see the photos: not before staff has read them, nor if refused."""
    if case.stage in UNREAD:
        return bool(options.value(settings.SHOW_UNREAD))
    return case.stage not in WITHHELD


def told_text(case: Case) -> str:
    """The words strangers may read, personal data masked; empty when they are not told yet."""
    return case.public_text if is_told(case) else ""


@dataclass(frozen=True)
class Point:
    """One point of the progress line: done, now or later, and when it was reached."""

    label: str
    state: str
    at: datetime | None = None


def progress(case: Case) -> list[Point]:
    """The five points from received to finished."""
    labels = [_("Received"), _("Taken up"), _("In progress"), _("Checked"), _("Finished")]
    times = [
        case.reported_at, case.registered_at, case.accepted_at or case.dispatched_at,
        case.verified_at or case.delivered_at, case.closed_at,
    ]  # fmt: skip
    if case.stage in (S.REFUSED, S.MERGED, S.VOID):
        return [Point(labels[0], "done", case.reported_at), Point(plain_stage(case.stage), "stopped", case.updated_at)]
    present = POINT_OF[Stage(case.stage)]
    points = []
    for index, (label, at) in enumerate(zip(labels, times, strict=True)):
        state = "done" if index < present or case.stage in (S.CLOSED, S.RATED) else "now" if index == present else "later"
        points.append(Point(label, state, at if state != "later" else None))
    return points


def sentence(case: Case) -> str:
    """What is happening now and what comes next, in one or two sentences."""
    unit = bodies().name(case.lead_unit_id) or _("the unit in charge")
    words = {
        S.REPORTED: _("The community has your report and will read it shortly."),
        S.PRE_CHECK: _("A grid worker is taking a look on the spot before it goes on."),
        S.REGISTERED: _("It was taken up and is being handed to the unit in charge."),
        S.DISPATCHED: _("%(unit)s has it and will confirm shortly."),
        S.ACCEPTED: _("%(unit)s is working on it."),
        S.SUSPENDED: _("%(unit)s cannot go on at present; the work continues by itself on the day named below."),
        S.DELIVERED: _("%(unit)s says it is done. A grid worker checks on the spot."),
        S.VERIFIED: _("Checked on the spot; the answer is being written."),
        S.CLOSED: _("It is finished. Whoever reported it may now judge the result."),
        S.RATED: _("It is finished, and whoever reported it has judged the result."),
        S.REFUSED: _("It was not taken up; the reason stands below."),
        S.VOID: _("It was withdrawn."),
        S.MERGED: _("It is the same matter as another report and is followed there."),
    }
    return words[Stage(case.stage)] % {"unit": unit}


def next_time(case: Case) -> tuple[str, datetime] | None:
    """The next time that was promised: what, and until when."""
    if case.stage == S.SUSPENDED and case.resume_at:
        return _("Goes on"), case.resume_at
    now = timezone.now()
    if case.stage in UNREAD and case.step_due_at:
        return _("Read by") if now < case.step_due_at else _("Was to be read by"), case.step_due_at
    if case.is_open and case.dispatched_at and case.due_at and case.stage != S.VERIFIED:
        return _("Promised by") if now < case.due_at else _("Was promised by"), case.due_at
    return None


def result_words(case: Case) -> str:
    return str(Result(case.result).label) if case.result and case.stage in (S.CLOSED, S.RATED) else ""


def place_words(case: Case) -> str:
    """Address as given (masked) without the names of district and street, or else the names of the areas."""
    tree, place = areas(), case.address
    for code in (case.street_code[:6], case.street_code):
        if code in tree.by_code:
            place = place.removeprefix(tree.by_code[code].name_zh)
    return place or area_words(case.grid_code)


def area_words(code: str) -> str:
    """Street, community and grid in words; a name that the next one begins with is left out."""
    tree = areas()
    names = [tree.by_code[part].name for cut in (9, 12, 15) if (part := code[:cut]) in tree.by_code and len(part) == cut]
    told = [name for name, after in zip(names, [*names[1:], ""], strict=True) if not after.startswith(name)]
    return (" " if (get_language() or "zh").startswith("zh") else ", ").join(told)


# --- what happened ---


@dataclass
class Line:
    """One line of the public timeline."""

    title: str
    at: datetime
    icon: str = "circle-dot"
    tone: str = "plain"
    who: str = ""
    text: str = ""
    photos: list[dict[str, Any]] = field(default_factory=list)


def _unit(step: CaseStep) -> str:
    return bodies().name(step.data.get("unit"))


def _units(step: CaseStep) -> str:
    return series(filter(None, (bodies().name(unit) for unit in step.data.get("units", []))))


def _own(step: CaseStep) -> str:
    return bodies().name(step.organization_id)


def _until(step: CaseStep, key: str) -> str:
    moment = parse_datetime(step.data.get(key) or "")
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def _judged(step: CaseStep) -> str:
    solved = {"yes": _("solved"), "partly": _("partly solved"), "no": _("not solved")}.get(step.data.get("solved", ""), "")
    return _("%(solved)s, %(stars)s of 5 for satisfaction") % {"solved": solved, "stars": step.data.get("satisfaction", "–")}


Told = tuple[Callable[[CaseStep], str], str, str]
# Verbs that strangers are told of: title, icon, tone. What is not here (notes, supervision, requests inside) stays inside.
LINES: dict[str, Told] = {
    "report": (lambda step: _("Reported"), "message-2", "moving"),
    "request_pre_check": (lambda step: _("A grid worker is asked to take a look"), "eye", "plain"),
    "pre_check": (lambda step: _("A grid worker took a look on the spot"), "eye", "plain"),
    "register": (lambda step: _("Taken up"), "clipboard-check", "good"),
    "refuse": (lambda step: _("Not taken up"), "circle-x", "bad"),
    "merge": (lambda step: _("Joined with another report of the same matter"), "arrow-merge", "plain"),
    "dispatch": (lambda step: _("Handed to %(unit)s") % {"unit": _unit(step)}, "send", "moving"),
    "accept": (lambda step: _("Work has begun"), "tools", "moving"),
    "return": (lambda step: _("Given back; another unit is being found"), "arrow-back-up", "warn"),
    "reassign": (lambda step: _("Handed on to %(unit)s") % {"unit": _unit(step)}, "arrows-exchange", "moving"),
    "co_handle": (lambda step: _("%(units)s will help") % {"units": _units(step)}, "users-group", "plain"),
    "urge": (lambda step: _("Asked to hurry"), "bell-ringing", "warn"),
    "approve_extension": (
        lambda step: _("More time given, until %(until)s") % {"until": _until(step, "due")},
        "hourglass",
        "warn",
    ),
    "confirm_suspension": (
        lambda step: _("Paused until %(until)s") % {"until": _until(step, "until")},
        "player-pause",
        "warn",
    ),
    "resume": (lambda step: _("Work goes on"), "player-play", "moving"),
    "deliver": (lambda step: _("Reported as done"), "check", "good"),
    "verify_pass": (lambda step: _("Checked on the spot: done"), "shield-check", "good"),
    "verify_fail": (lambda step: _("Checked on the spot: not done yet, worked on again"), "rotate", "bad"),
    "close": (lambda step: _("Finished"), "circle-check", "good"),
    "force_close": (lambda step: _("Finished without a check on the spot"), "circle-check", "warn"),
    "rate": (lambda step: _("Judged by the one who reported: %(words)s") % {"words": _judged(step)}, "star", "good"),
    "reopen": (lambda step: _("The result was not accepted; worked on again"), "rotate", "bad"),
}
# Units are named where they act for all to see; grid workers and dispatchers are “the community” to a stranger.
NAMES_UNIT = frozenset({"accept", "deliver", "return"})


def timeline(case: Case, photos: dict[Any, list[dict[str, Any]]]) -> list[Line]:
    """What happened, newest first; one query. `photos` by step, as `photos_of` gives them."""
    lines = []
    for step in CaseStep.objects.filter(case=case, verb__in=LINES).order_by("-pk"):
        title, icon, tone = LINES[step.verb]
        shown = photos.get(step.pk, []) if step.verb != "report" else []
        who = _own(step) if step.verb in NAMES_UNIT else ""
        lines.append(Line(title(step), step.at, icon, tone, who, step.public_text, shown))
    return lines


def photos_of(case: Case, url: Callable[[Any, str], str], *, everything: bool) -> dict[Any, list[dict[str, Any]]]:
    """Photos by the step they came with, as the kit shows them; one query. `everything`: also those not public."""
    if not case.photo_count or not (everything or is_told(case)):
        return {}
    rows = CasePhoto.objects.filter(case=case).select_related("photo").order_by("pk")
    if not everything:
        rows = rows.filter(is_public=True)
    shown: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        alt = _("Before") if row.side == "before" else _("After")
        shown[row.step_id].append(
            {"url": url(row.photo_id, "large"), "thumbnail": url(row.photo_id, "small"), "alt": alt, "side": row.side}
        )
    return shown


def preview(text: str, address: str) -> dict[str, Any]:
    """How words will look in public, and how much was masked."""
    words, place = mask_personal_data(text), mask_personal_data(address)
    return {"text": words.text, "address": place.text, "masked": len(words.findings) + len(place.findings)}


def card(case: Case) -> dict[str, Any]:
    """A case as lists of the portal show it."""
    category = catalogue().categories.get(case.category_id)
    return {
        "reference": case.reference,
        "category": category.name if category else case.category_id,
        "icon": (category.icon if category else "") or "circle-dot",
        "text": told_text(case),
        "place": place_words(case),
        "stage": case.stage,
        "stage_words": plain_stage(case.stage),
        "tone": TONES[Stage(case.stage)],
        "at": case.reported_at,
        "supports": case.support_count,
    }


def usual_limit(case: Case, condition: Condition | None) -> str:
    """How long such a matter may take from dispatch on, in words: "2 working days"."""
    limit = condition.limit_for(areas().area_class(case.area_code)) if condition else ""
    return Limit.parse(limit).text() if limit else ""
