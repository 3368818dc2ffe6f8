"""Who may take which step of a case: one predicate a right; the docstring says who."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.cases.models import Case
from linli.cases.workflow import INCIDENT
from linli.kernel.policy import Actor, plain_right, right

OUTSIDE = _("This case is outside your area or not in your unit's hands.")


def covers(actor: Actor, case: Case) -> bool:
    """The actor's post covers the case: by area, by unit, or everywhere."""
    if actor.reach == "all":
        return True
    if actor.reach == "area":
        return bool(actor.area_code) and case.area_code.startswith(actor.area_code)
    if actor.reach == "unit":
        return case.lead_unit_id == actor.organization_id
    return False


def is_reporter(actor: Actor, case: Case) -> bool:
    """The one who reported: signed in, or holding the secret link of this case."""
    if actor.extra.get("case_link") == case.pk:
        return True
    return actor.person_id is not None and case.reporter_id == actor.person_id


# Verbs that anyone with the right may take inside what their post covers.
BY_POST = {
    "request_pre_check", "pre_check", "register", "refuse", "void", "dispatch", "reassign", "merge", "supervise",
    "accept", "return", "co_handle", "ask_extension", "approve_extension", "deny_extension", "ask_suspension",
    "approve_suspension", "confirm_suspension", "deny_suspension", "resume", "deliver", "verify_pass", "verify_fail",
    "close", "force_close", "appeal", "review_appeal", "decide_appeal",
}  # fmt: skip


def _declare_by_post() -> None:
    for verb in sorted(BY_POST):
        step = INCIDENT.steps[verb]
        right(step.right, step.label, why_not=OUTSIDE)(covers)


_declare_by_post()


@right("cases.case.report", _("Report"), is_public=True)
def may_report_case(actor: Actor, case: Any) -> bool:
    """Anyone, signed in or not."""
    return True


@right("cases.case.urge", _("Urge"), is_public=True, why_not=_("Only the reporter and staff of the area may urge."))
def may_urge_case(actor: Actor, case: Case) -> bool:
    """The reporter, and staff whose role holds the right within their area."""
    return is_reporter(actor, case) or ("cases.case.urge" in actor.rights and covers(actor, case))


@right("cases.case.rate", _("Rate"), is_public=True, why_not=_("Only the one who reported judges the result."))
def may_rate_case(actor: Actor, case: Case) -> bool:
    """The reporter, by link or signed in; nobody else, whatever their post."""
    return is_reporter(actor, case)


@right("cases.case.reopen", _("Reopen"), is_public=True, why_not=_("Only the reporter and the dispatcher may reopen."))
def may_reopen_case(actor: Actor, case: Case) -> bool:
    """The reporter, and staff whose role holds the right within their area."""
    return is_reporter(actor, case) or ("cases.case.reopen" in actor.rights and covers(actor, case))


@right("cases.case.support", _("Support"), is_public=True)
def may_support_case(actor: Actor, case: Case) -> bool:
    """Anyone, for a case that has a public page."""
    return case.is_public and not case.is_sealed


@right("cases.case.note", _("Write a staff note"), why_not=OUTSIDE)
def may_note_case(actor: Actor, case: Case) -> bool:
    """Staff whose post covers the case."""
    return covers(actor, case)


@right("cases.case.reveal_reporter", _("See who reported"), why_not=OUTSIDE)
def may_reveal_reporter(actor: Actor, case: Case) -> bool:
    """Staff with the right whose post covers the case; each look is written down with its reason."""
    return covers(actor, case)


VIEW = plain_right("cases.case.view", _("See cases of the post's area or unit"))
VIEW_SEALED = plain_right("cases.case.view_sealed", _("See sealed cases"))
EXPORT = plain_right("cases.case.export", _("Export lists"))
SITUATION_VIEW = plain_right("cases.situation.view", _("See situations"))
SITUATION_MANAGE = plain_right("cases.situation.manage", _("Open, dispatch and close situations"))
RATES_VIEW = plain_right("insight.rates.view", _("See rates of units and areas"))
SCREEN_VIEW = plain_right("insight.screen.view", _("See the situation screen"))
PACK_VIEW = plain_right("catalogue.pack.view", _("See the catalogue and packs"))
AUDIT_VIEW = plain_right("kernel.audit.view", _("See the audit"))
WEBHOOK_MANAGE = plain_right("notifications.webhook.manage", _("Manage webhooks and see deliveries"))
QUARANTINE_VIEW = plain_right("cases.quarantine.view", _("Look at quarantined submissions"))
