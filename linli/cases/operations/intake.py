"""From reported to registered: looking first, registering, refusing, voiding, merging."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.cases.models import Case, Support
from linli.cases.operations.clocks import limit_of
from linli.cases.operations.taking import NOTHING, Ask, Taking
from linli.cases.workflow import OPEN, Result
from linli.catalogue.queries import catalogue
from linli.kernel.policy import Actor
from linli.places.queries import areas


def request_pre_check(*, actor: Actor, case: Case, ask: Ask = NOTHING) -> Case:
    """Ask the grid workers of the place to look whether it is as reported. Starts the clock `check`."""
    with Taking("request_pre_check", actor, case, ask) as taking:
        pass
    return taking.case


def pre_check(*, actor: Actor, case: Case, found: bool, ask: Ask) -> Case:
    """Say what is there: `found` or not, in words and pictures. Goes back to the dispatcher."""
    with Taking("pre_check", actor, case, ask) as taking:
        taking.data["found"] = found
    return taking.case


def register_case(
    *, actor: Actor, case: Case, condition: str = "", category: str = "", level: str = "", ask: Ask = NOTHING
) -> Case:
    """Register a report under a condition of its category (a corrected one, if given); the condition brings the limit.

    Raises RuleBroken (category_unknown, condition_unknown). Stops `register` and `check`, starts `dispatch`.
    """
    known = catalogue()
    with Taking("register", actor, case, ask) as taking:
        row = taking.case
        if category and category != row.category_id:
            _correct_category(taking, category)
        chosen = known.condition(row.category_id, condition)
        if chosen is None:
            taking.broken("condition_unknown", _("Choose the condition from the list."), "condition")
        limit = limit_of(chosen, areas().area_class(row.area_code))
        taking.change(condition_code=chosen.code, limit=limit, registered_at=taking.now)
        if level:
            taking.change(level=level)
        taking.data.update(condition=chosen.code, limit=limit)
    return taking.case


def _correct_category(taking: Taking, code: str) -> None:
    known, row = catalogue(), taking.case
    category = known.categories.get(code)
    if category is None:
        taking.broken("category_unknown", _("Choose what it is about from the list."), "category")
    lead, _helpers = known.duty(code, row.area_code)
    taking.data["category_was"] = row.category_id
    taking.change(
        category_id=code,
        is_sealed=row.is_sealed or category.is_sealed,
        is_public=row.is_public and not category.is_sealed,
        suggested_unit_id=lead.id if lead else None,
    )


def refuse_case(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """Refuse a report; the reason is public and goes to the reporter. Ends the case."""
    with Taking("refuse", actor, case, ask) as taking:
        taking.change(result=Result.NOT_OURS, closed_at=taking.now)
    return taking.case


def void_case(*, actor: Actor, case: Case, ask: Ask) -> Case:
    """Void a case that should not be there (a test, an abuse); it is kept, with the reason, and no longer public."""
    with Taking("void", actor, case, ask) as taking:
        taking.change(is_public=False, closed_at=taking.now)
    return taking.case


def merge_case(*, actor: Actor, case: Case, target: Case, ask: Ask = NOTHING) -> Case:
    """Merge a report into another open one; its reporter becomes a supporter there and is told of the end.

    Raises RuleBroken (target_same, target_not_open).
    """
    with Taking("merge", actor, case, ask) as taking:
        if target.pk == taking.case.pk:
            taking.broken("target_same", _("A case cannot be merged into itself."), "target")
        into = Case.objects.select_for_update(of=("self",)).get(pk=target.pk)
        if into.stage not in OPEN:
            taking.broken("target_not_open", _("The other case is no longer open."), "target")
        taking.change(merged_into_id=into.pk, result=Result.DUPLICATE, closed_at=taking.now)
        taking.data["target"] = into.reference
        _carry_voices(taking, into)
    return taking.case


def _carry_voices(taking: Taking, into: Case) -> None:
    """The reporter and the supporters of the merged case speak for the other one from now on."""
    row = taking.case
    voices = [
        Support(
            case=into,
            person_id=row.reporter_id,
            voice=str(row.reporter_id or row.pk),
            contact=row.reporter_contact,
            at=taking.now,
        )
    ]
    voices += [
        Support(case=into, person_id=item.person_id, voice=item.voice, contact=item.contact, at=item.at)
        for item in row.supports.all()
    ]
    Support.objects.bulk_create(voices, ignore_conflicts=True)
    into.support_count = Support.objects.filter(case=into).count()
    into.save(update_fields=["support_count"])
