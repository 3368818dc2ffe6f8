"""What a person may do with a case now, and why not the rest. Asks the same table and rights as the operations do.

The operations stay the judges; what stands here only saves people a refusal they could have been spared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.cases import settings
from linli.cases.models import Case, CaseRequest, CaseStep
from linli.cases.workflow import INCIDENT, QUEUE_OF, Stage
from linli.catalogue.queries import catalogue
from linli.kernel import options
from linli.kernel.policy import Actor, may, why_not
from linli.kernel.workflow import Step
from linli.kernel.writing import series

ICONS = {
    "request_pre_check": "eye", "pre_check": "checklist", "register": "clipboard-check", "refuse": "ban",
    "void": "trash", "dispatch": "send", "accept": "hand-click", "return": "arrow-back-up",
    "reassign": "arrows-exchange", "co_handle": "users-group", "urge": "bell-ringing", "supervise": "flag",
    "ask_extension": "clock-play", "approve_extension": "circle-check", "deny_extension": "circle-x",
    "ask_suspension": "clock-pause", "approve_suspension": "circle-check", "confirm_suspension": "player-pause",
    "deny_suspension": "circle-x", "resume": "player-play", "deliver": "tool", "verify_pass": "checks",
    "verify_fail": "refresh", "close": "lock", "force_close": "alert-octagon", "rate": "star",
    "reopen": "rotate", "merge": "arrow-merge", "appeal": "scale", "review_appeal": "scale", "decide_appeal": "gavel",
}  # fmt: skip
# The verb that a queue waits for.
NEXT = {"verify": "verify_pass", "pre_check": "pre_check"}


def step_name(verb: str) -> str:
    """A verb as the place calls it: places differ in what they call a check before and a check after."""
    known = catalogue()
    if verb in known.labels:
        word = known.label(verb)
        return word[:1].upper() + word[1:]
    return str(INCIDENT.steps[verb].label)


@dataclass(frozen=True)
class Offer:
    """A verb beside a case: possible when `why_not` is empty, and the one everybody waits for when `is_next`."""

    verb: str
    label: str
    tone: str
    icon: str
    why_not: str = ""
    is_next: bool = False

    @property
    def is_possible(self) -> bool:
        return not self.why_not


@dataclass(frozen=True)
class Offers:
    """Verbs that may be taken now, the awaited one first, and the others with the reason why not."""

    possible: list[Offer]
    others: list[Offer]

    def named(self, verb: str) -> Offer | None:
        return next((offer for offer in [*self.possible, *self.others] if offer.verb == verb), None)


@dataclass(frozen=True)
class Seen:
    """What the rules look at besides the case: its open request and its latest delivery."""

    request: CaseRequest | None = None
    delivered_by: Any = None


def seen_of(steps: Sequence[CaseStep], requests: Sequence[CaseRequest]) -> Seen:
    """From the rows a case page has loaded anyway."""
    deliveries = [step.person_id for step in steps if step.verb == "deliver"]
    waiting = [request for request in requests if request.state in ("open", "halfway")]
    return Seen(waiting[-1] if waiting else None, deliveries[-1] if deliveries else None)


def offers(actor: Actor, case: Case, seen: Seen) -> Offers:
    """Every verb that concerns the actor or the case now; see `Offers`."""
    awaited = {NEXT.get(case.queue, case.queue), NEXT.get(case.pending, case.pending)}
    possible: list[Offer] = []
    others: list[Offer] = []
    for step in INCIDENT:
        reason = _reason(actor, case, step, seen)
        if reason is None or step.verb == "report":
            continue
        offer = Offer(
            step.verb, step_name(step.verb), step.tone, ICONS.get(step.verb, "circle-dot"), reason, step.verb in awaited
        )
        (others if reason else possible).append(offer)
    possible.sort(key=lambda offer: not offer.is_next)
    return Offers(possible, others)


def _reason(actor: Actor, case: Case, step: Step, seen: Seen) -> str | None:
    """Why the verb may not be taken now: "" it may, None it is no business of this page."""
    if case.stage not in step.sources:
        if step.right not in actor.rights:
            return None
        stages = series(Stage(stage).label for stage in Stage.values if stage in step.sources)
        return _("Possible only while: %(stages)s") % {"stages": stages}
    obstacle = OBSTACLES.get(step.verb)
    found = obstacle(actor, case, seen) if obstacle else ""
    if found is None:
        return None
    return found if may(actor, step.right, case) else why_not(actor, step.right, case)


def _asked(kind: str) -> Callable[[Actor, Case, Seen], str | None]:
    """Decisions are offered only while something of their kind is asked, and not to who asked or decided already."""

    def obstacle(actor: Actor, case: Case, seen: Seen) -> str | None:
        if case.pending != kind or seen.request is None:
            return None
        if actor.person_id and seen.request.asked_by == actor.person_id:
            return _("Who asks may not decide.")
        if actor.person_id and any(item["person"] == str(actor.person_id) for item in seen.request.decisions):
            return _("You have decided on this request already; somebody else has to.")
        return ""

    return obstacle


def _either(first: str, second: str) -> Callable[[Actor, Case, Seen], str | None]:
    def obstacle(actor: Actor, case: Case, seen: Seen) -> str | None:
        return _asked(case.pending if case.pending in (first, second) else first)(actor, case, seen)

    return obstacle


def _waits(case: Case) -> str:
    return _("A request of this case still waits for an answer.") if case.pending else ""


def _ask_extension(actor: Actor, case: Case, seen: Seen) -> str:
    if case.due_at and timezone.now() > case.due_at:
        return _("The limit is over; more time must be asked for before.")
    if case.extension_count >= options.value(settings.EXTENSIONS):
        return _("More time was already given as often as is allowed.")
    return _waits(case)


def _ask_suspension(actor: Actor, case: Case, seen: Seen) -> str:
    if case.suspension_count >= options.value(settings.SUSPENSIONS):
        return _("This case was suspended before; once is all that is allowed.")
    return _waits(case)


def _unhindered(actor: Actor, case: Case, seen: Seen) -> str:
    return _waits(case)


def _not_own_work(actor: Actor, case: Case, seen: Seen) -> str:
    if actor.person_id and seen.delivered_by == actor.person_id:
        return _("Who did the work may not check it; somebody else has to look.")
    return ""


def _appeal(actor: Actor, case: Case, seen: Seen) -> str | None:
    if not case.is_overdue:
        return None
    return _("There was an appeal already; once is all that is allowed.") if case.appeal else _waits(case)


def _in_time(actor: Actor, case: Case, seen: Seen) -> str:
    days = options.value(settings.RATE_DAYS)
    if case.closed_at and timezone.now() > case.closed_at + timedelta(days=days):
        return _("The time for judging is over. Please send a new report.")
    return ""


def _reopen(actor: Actor, case: Case, seen: Seen) -> str:
    if case.lead_unit_id is None:
        return _("This case never had a unit. Please send a new report.")
    return _in_time(actor, case, seen)


OBSTACLES: dict[str, Callable[[Actor, Case, Seen], str | None]] = {
    "approve_extension": _asked("approve_extension"),
    "deny_extension": _asked("approve_extension"),
    "approve_suspension": _asked("approve_suspension"),
    "confirm_suspension": _asked("confirm_suspension"),
    "deny_suspension": _either("approve_suspension", "confirm_suspension"),
    "review_appeal": _asked("review_appeal"),
    "decide_appeal": _either("review_appeal", "decide_appeal"),
    "ask_extension": _ask_extension,
    "ask_suspension": _ask_suspension,
    "deliver": _unhindered,
    "return": _unhindered,
    "verify_pass": _not_own_work,
    "verify_fail": _not_own_work,
    "appeal": _appeal,
    "rate": _in_time,
    "reopen": _reopen,
}


def awaited_verb(case: Case) -> str:
    """The verb the loop waits for at this case's stage."""
    queue = QUEUE_OF.get(Stage(case.stage), "")
    return NEXT.get(queue, queue)
