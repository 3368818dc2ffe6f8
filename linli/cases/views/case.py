"""The page of a case, and every verb that may be taken on it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.cases import policy
from linli.cases.forms import choices
from linli.cases.forms.step import StepForm, digest_of
from linli.cases.models import Case, CasePhoto
from linli.cases.operations import TAKE, follow_case, note_case, reveal_reporter, take
from linli.cases.queries.actions import Offer, step_name
from linli.cases.queries.pages import CasePage, case_page, case_rows
from linli.cases.queries.told import told_lines
from linli.cases.queries.trail import SOLVED_NAMES
from linli.cases.views.columns import level_badge
from linli.cases.views.common import DeskRequest, desk, find_case, next_page
from linli.cases.workflow import INCIDENT
from linli.kernel.errors import Conflict, DomainError
from linli.kernel.masking import mask_personal_data
from linli.kernel.models import Photo
from linli.kernel.storage import open_photo

PHOTO_SECONDS = 7 * 86400


@require_GET
@desk(policy.VIEW)
def case_detail(request: DeskRequest, reference: str) -> HttpResponse:
    """The page of a case, with the form of the awaited verb open if the actor may take it."""
    return show(request, find_case(request, reference))


def show(request: DeskRequest, case: Case, *, form: StepForm | None = None, status: int = 200, **more: Any) -> HttpResponse:
    """Print the page; `form` is the verb that stands open."""
    page = case_page(request.actor, case)
    if form is None and not more.get("verb"):
        form = first_form(request, page)
    verb = form.verb if form else more.get("verb", "")
    context = {"page": page, "case": case, "form": form, "offer": offer_of(page, verb), "kept": _kept(form), **more}
    return render(request, "cases/case.html", context | _words_of(page), status=status)


def first_form(request: DeskRequest, page: CasePage) -> StepForm | None:
    """The form that stands open: of the awaited verb, if it is the actor's; with the reason when it has to wait."""
    actor = request.actor
    for offer in [*page.offers.possible, *page.offers.others]:
        if offer.is_next and (offer.is_possible or actor.holds(INCIDENT.steps[offer.verb].right)):
            return step_form(request, offer.verb, page.case)
    return None


def _words_of(page: CasePage) -> dict[str, Any]:
    """What the page says about the case in words."""
    case = page.case
    counters = [
        (pgettext("column", "Urged"), case.urge_count), (pgettext("column", "Returned"), case.return_count),
        (pgettext("column", "Rework"), case.rework_count), (pgettext("column", "Reopened"), case.reopen_count),
        (pgettext("column", "Extended"), case.extension_count), (pgettext("column", "Suspended"), case.suspension_count),
    ]  # fmt: skip
    return {
        "level_badge": level_badge(case),
        "told": told_lines(case),
        "door": choices.name_of(choices.doors(), case.door),
        "counters": [(label, count) for label, count in counters if count],
        "solved": SOLVED_NAMES.get(case.solved, ""),
        "stars": "★" * (case.satisfaction or 0) + "☆" * (5 - (case.satisfaction or 0)),
        "may_merge": page.offers.named("merge") is not None and page.offers.named("merge") in page.offers.possible,
    }


def offer_of(page: CasePage, verb: str) -> Offer | None:
    """What is said of a verb on this page; one that is not offered at all gets the reason of its stage."""
    if not verb:
        return None
    known = INCIDENT.steps[verb]
    return page.offers.named(verb) or Offer(verb, step_name(verb), known.tone, "lock", _("Not possible at this stage."))


def step_form(request: DeskRequest, verb: str, case: Case) -> StepForm:
    """The form of a verb, empty, or filled with what was sent."""
    sent = request.POST if request.method == "POST" else None
    actor = request.actor

    def find(reference: str) -> Case | None:
        return Case.objects.visible_to(actor).filter(reference=reference).first()

    return StepForm(verb, case, sent, request.FILES if sent else None, preset=request.GET.dict(), find=find)


@require_http_methods(["GET", "POST"])
@desk(policy.VIEW)
def case_take(request: DeskRequest, reference: str, verb: str) -> HttpResponse:
    """The form of any verb (GET), and taking it (POST). What was typed stays when it is refused."""
    if verb not in TAKE:
        raise Http404
    case = find_case(request, reference)
    form = step_form(request, verb, case)
    if request.method == "GET":
        if request.htmx and not request.htmx.boosted:
            offer = offer_of(case_page(request.actor, case), verb)
            return render(request, "cases/case.html#action", {"case": case, "form": form, "offer": offer})
        return show(request, case, form=form)
    if not form.is_valid():
        with suppress(DomainError):  # pictures that are good need not be sent again
            keep_photos(request, form)
        return show(request, case, form=form, status=422)
    return _take(request, case, form)


def _take(request: DeskRequest, case: Case, form: StepForm) -> HttpResponse:
    try:
        photos = keep_photos(request, form)
        take(form.verb, actor=request.actor, case=case, ask=form.ask(photos), **form.arguments())
    except Conflict as error:
        return _moved_on(request, case, form, error)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return show(request, case, form=form, status=error.status)
    messages.success(request, _("%(verb)s: done (%(reference)s).") % {"verb": step_name(form.verb), "reference": case.reference})
    still_seen = request.actor.reach != "unit" or Case.objects.visible_to(request.actor).filter(pk=case.pk).exists()
    there = reverse("cases:case", args=[case.reference]) if still_seen else reverse("cases:list")
    return redirect(next_page(request, there))


def _moved_on(request: DeskRequest, case: Case, form: StepForm, error: Conflict) -> HttpResponse:
    """Somebody was faster: the page as it is now, and what was typed, ready to be sent again if that still makes sense."""
    fresh = find_case(request, case.reference)
    sent = request.POST.copy()
    sent["version"] = str(fresh.version)
    again = StepForm(form.verb, fresh, sent, None, preset=form._preset)
    again.full_clean()
    again.errors.clear()
    return show(request, fresh, form=again, status=409, conflict=str(error.message), typed=sent.get("text", ""))


def keep_photos(request: DeskRequest, form: StepForm) -> list[uuid.UUID]:
    """Keep the pictures that came with a form, beside those an earlier try has kept; ids in order.

    They are remembered on the form, so that a refusal does not ask for them again. Raises PhotoRefused and its kin.
    """
    from linli.kernel.uploads import keep_photo

    mine = Photo.objects.filter(pk__in=form.kept, person_id=request.actor.person_id, attached_to=None)
    found = list(mine.values_list("pk", flat=True)) if form.kept else []
    form.photo_ids = found  # type: ignore[attr-defined]
    for upload in form.cleaned_data.get("photos") or []:
        found.append(keep_photo(upload.file, name=upload.name, person_id=request.actor.person_id).pk)
    return found


def _kept(form: StepForm | None) -> list[str]:
    if form is None or not form.is_bound:
        return []
    return [str(one) for one in getattr(form, "photo_ids", form.kept)]


@require_POST
@desk("cases.case.note")
def case_note(request: DeskRequest, reference: str) -> HttpResponse:
    """Add a note for staff."""
    case = find_case(request, reference)
    try:
        note_case(actor=request.actor, case=case, text=request.POST.get("text", "")[:2000])
    except DomainError as error:
        return show(request, case, status=error.status, note_error=str(error.message), note_text=request.POST.get("text", ""))
    messages.success(request, _("The note is in the timeline; only staff see it."))
    return redirect("cases:case", case.reference)


@require_POST
@desk(policy.VIEW)
def case_follow(request: DeskRequest, reference: str) -> HttpResponse:
    """Keep an eye on a case, or no longer."""
    case = find_case(request, reference)
    follow_case(actor=request.actor, case=case, is_following=request.POST.get("follow") == "yes")
    return redirect("cases:case", case.reference)


@require_POST
@desk("cases.case.reveal_reporter")
def case_reveal(request: DeskRequest, reference: str) -> HttpResponse:
    """Show who reported, once, for a reason that is kept. The answer is never stored and has no address of its own."""
    case = find_case(request, reference)
    reason = request.POST.get("reason", "")
    try:
        contact = reveal_reporter(actor=request.actor, case=case, reason=reason)
    except DomainError as error:
        return show(request, case, status=error.status, reveal_error=str(error.message), reveal_reason=reason)
    names = {"name": _("Name"), "phone": _("Telephone"), "email": _("E-mail")}
    lines = [(names.get(key, key), value) for key, value in contact.items()]
    return show(request, case, contact_lines=lines, is_revealed=True)


@require_POST
@desk(policy.VIEW)
def preview(request: DeskRequest) -> HttpResponse:
    """How a text would be published: a fragment beside the form, and the mark that says it was seen."""
    text = request.POST.get("text", "")[:2000]
    context = {"masked": mask_personal_data(text), "digest": digest_of(text), "text": text}
    return render(request, "cases/preview.html", context)


@require_GET
@desk(policy.VIEW)
def photo(request: DeskRequest, photo_id: uuid.UUID) -> FileResponse:
    """A picture of a case the actor may open; or one just uploaded by themselves."""
    row = get_object_or_404(Photo, pk=photo_id)
    seen = CasePhoto.objects.filter(photo_id=photo_id, case__in=case_rows(request.actor)).exists()
    if not seen and (row.attached_to or row.person_id != request.actor.person_id):
        raise Http404
    path = row.thumbnail_path if request.GET.get("small") else row.path
    response = FileResponse(open_photo(path), content_type="image/webp")
    response["Cache-Control"] = f"private, max-age={PHOTO_SECONDS}, immutable"
    return response
