"""One case for the outside: its public page, the reporter's own page by secret link, support, follow, urge, judge."""

from __future__ import annotations

import io
import secrets
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.cases import settings as case_settings
from linli.cases.models import Case, CasePhoto, Follow, Support
from linli.cases.operations import Ask, follow_case, is_link_secret, link_secret, support_case, take, voice_of
from linli.cases.workflow import INCIDENT, Stage
from linli.catalogue.queries import catalogue
from linli.kernel import limits, options
from linli.kernel.coordinates import box_around
from linli.kernel.errors import DomainError
from linli.kernel.identifiers import REFERENCE_PATTERN, normalise_reference
from linli.kernel.images import CONTENT_TYPE
from linli.kernel.policy import Actor
from linli.kernel.storage import open_photo
from linli.organizations.middleware import ActorRequest
from linli.organizations.queries import bodies
from linli.portal import settings
from linli.portal.forms import ContactForm, JudgeForm, WordsForm
from linli.portal.queries import story
from linli.portal.queries.near import public_cases

VOICE_COOKIE = "linli_voice"
ONE_YEAR = 365 * 24 * 3600
MAP_REACH_M = 220
MONTH_SECONDS = 30 * 24 * 3600


# --- through the door ---


def public_case(reference: str) -> Case:
    """A case that has a public page, or 404."""
    case = public_cases().filter(reference=reference).select_related("merged_into").first()
    if case is None:
        raise Http404
    return case


def own_case(reference: str, secret: str) -> Case:
    """The case whose secret link this is, or 404: for its reporter, whoever else may see it."""
    case = Case.objects.filter(reference=reference).select_related("merged_into").first()
    if case is None or not is_link_secret(case.pk, secret):
        raise Http404
    return case


def as_reporter(request: ActorRequest, case: Case) -> Actor:
    """The visitor, known as the one who reported because they hold the link."""
    return replace(request.actor, extra={"case_link": case.pk})


def private(response: HttpResponse) -> HttpResponse:
    """Pages behind a secret link are for one person: neither kept by caches nor found by search engines."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


# --- the public page ---


@require_GET
def look_up(request: ActorRequest) -> HttpResponse:
    """From a reference as somebody typed it to its public page."""
    limits.spend(limits.LOOK_UP_BY_ADDRESS, limits.address_of(request))
    asked = request.GET.get("reference", "").strip()
    reference = normalise_reference(asked)
    if REFERENCE_PATTERN.fullmatch(reference) and public_cases().filter(reference=reference).exists():
        return redirect("portal:case", reference=reference)
    return render(request, "portal/not_found.html", {"asked": asked[:40], "portal_at": "home"}, status=404)


@never_cache
@require_GET
def case_page(request: ActorRequest, reference: str) -> HttpResponse:
    """The public page of a report."""
    case = public_case(reference)
    context = page_of(request, case)
    if case.reporter_id and case.reporter_id == request.actor.person_id:
        context["own_url"] = reverse("portal:own-case", args=[reference, link_secret(case.pk)])
    return render(request, "portal/case.html", context)


def page_of(request: ActorRequest, case: Case, secret: str = "") -> dict[str, Any]:
    """What the page of a case shows; with the secret, everything that its reporter may see and do."""
    is_own = bool(secret)
    photos = story.photos_of(case, photo_url(case.reference, secret), everything=is_own)
    lines = story.timeline(case, photos)
    shown = [photo for group in photos.values() for photo in group]
    category = catalogue().categories.get(case.category_id)
    return {
        "portal_at": "mine" if is_own else "map",
        "case": case,
        "is_own": is_own,
        "secret": secret,
        "category": category,
        "icon": (category.icon if category else "") or "circle-dot",
        "words": case.text if is_own else story.told_text(case),
        "is_told": is_own or story.is_told(case),
        "stage_words": story.plain_stage(case.stage),
        "tone": story.TONES[Stage(case.stage)],
        "points": story.progress(case),
        "sentence": story.sentence(case),
        "next_time": story.next_time(case),
        "result": story.result_words(case),
        "answered_by": bodies().name(case.lead_unit_id),
        "place": story.place_words(case),
        "bounds": ",".join(f"{side:.5f}" for side in box_around(case.lng, case.lat, MAP_REACH_M)),
        "grid": story.area_words(case.grid_code),
        "before": [photo for photo in shown if photo["side"] == "before"],
        "after": [photo for photo in shown if photo["side"] == "after"],
        "lines": lines,
        "public_url": request.build_absolute_uri(reverse("portal:case", args=[case.reference])),
        "merged": case.merged_into if case.merged_into and case.merged_into.is_public else None,
        **(voices(request, case) if not is_own else verdict(case)),
    }


def voices(request: ActorRequest, case: Case) -> dict[str, Any]:
    """Whether this visitor supports and follows the case already; no query for a visitor without cookies."""
    actor, browser = request.actor, request.COOKIES.get(VOICE_COOKIE, "")
    voice = voice_of(actor, browser) if actor.person_id or browser else ""
    return {
        "has_supported": bool(voice) and Support.objects.filter(case=case, voice=voice).exists(),
        "is_following": actor.person_id is not None and Follow.objects.filter(case=case, person_id=actor.person_id).exists(),
        "contact_form": ContactForm(),
    }


def verdict(case: Case) -> dict[str, Any]:
    """What the reporter may do now."""
    days = timedelta(days=options.value(case_settings.RATE_DAYS))
    is_in_time = case.closed_at is not None and timezone.now() <= case.closed_at + days
    return {
        "may_judge": is_in_time and case.stage in INCIDENT.steps["rate"].sources,
        "may_reopen": is_in_time and case.stage in INCIDENT.steps["reopen"].sources and case.lead_unit_id is not None,
        "may_urge": case.stage in INCIDENT.steps["urge"].sources,
        "judge_until": case.closed_at + days if case.closed_at else None,
        "judge_form": JudgeForm(),
        "urge_form": WordsForm(),
        "reopen_form": WordsForm(prefix="again"),
    }


def photo_url(reference: str, secret: str) -> Any:
    def url(photo_id: uuid.UUID, size: str) -> str:
        if secret:
            return reverse("portal:own-photo", args=[reference, secret, photo_id, size])
        return reverse("portal:case-photo", args=[reference, photo_id, size])

    return url


# --- photos ---


@require_GET
def case_photo(request: ActorRequest, reference: str, photo_id: uuid.UUID, size: str) -> HttpResponse:
    """A public photo of a report whose words and photos are told."""
    case = public_case(reference)
    if not story.is_told(case):
        raise Http404
    return picture(case, photo_id, size, is_public=True)


@require_GET
def own_photo(request: ActorRequest, reference: str, secret: str, photo_id: uuid.UUID, size: str) -> HttpResponse:
    """Any photo of a report, for its reporter."""
    return picture(own_case(reference, secret), photo_id, size)


def picture(case: Case, photo_id: uuid.UUID, size: str, **only: Any) -> HttpResponse:
    row = CasePhoto.objects.filter(case=case, photo_id=photo_id, **only).select_related("photo").first()
    if row is None or size not in ("small", "large"):
        raise Http404
    with open_photo(row.photo.thumbnail_path if size == "small" else row.photo.path) as file:
        answer = HttpResponse(file.read(), content_type=CONTENT_TYPE)
    answer["Cache-Control"] = f"private, max-age={MONTH_SECONDS}, immutable"
    return answer


# --- support and follow ---


@require_POST
def case_support(request: ActorRequest, reference: str) -> HttpResponse:
    """“Me too”, with a phone if they want to be told; one voice a person or browser."""
    case = public_case(reference)
    limits.spend(settings.SUPPORTS, limits.address_of(request))
    form = ContactForm(request.POST)
    if not form.is_valid():
        context = page_of(request, case) | {"contact_form": form}
        return render(request, "portal/case.html", context, status=422)
    browser = request.COOKIES.get(VOICE_COOKIE, "") or secrets.token_urlsafe(18)
    try:
        count = support_case(actor=request.actor, case=case, browser=browser, contact=form.contact())
        messages.success(request, _("Thank you. %(count)s people support this report now.") % {"count": count})
    except DomainError as error:
        messages.warning(request, str(error.message))
    answer = redirect("portal:case", reference=reference)
    if not request.actor.person_id:
        answer.set_cookie(VOICE_COOKIE, browser, max_age=ONE_YEAR, httponly=True, samesite="Lax", secure=request.is_secure())
    return answer


@require_POST
def case_follow(request: ActorRequest, reference: str) -> HttpResponse:
    """Keep an eye on a report, or no longer; for those who are signed in."""
    case = public_case(reference)
    here = reverse("portal:case", args=[reference])
    if request.actor.person_id is None:
        return HttpResponseRedirect(f"{reverse('account_login')}?next={here}")
    is_following = request.POST.get("follow") == "yes"
    follow_case(actor=request.actor, case=case, is_following=is_following)
    messages.success(request, _("You will be told of every step.") if is_following else _("You will no longer be told."))
    return HttpResponseRedirect(here)


# --- the reporter's own page ---


@never_cache
@require_http_methods(["GET", "POST"])
def own_page(request: ActorRequest, reference: str, secret: str) -> HttpResponse:
    """The reporter's page by secret link: own words, urge, judge, have it worked on again. Posted `verb` says which."""
    case = own_case(reference, secret)
    if request.method == "GET":
        return private(render(request, "portal/case.html", page_of(request, case, secret)))
    answer = {"urge": urge, "rate": judge, "reopen": reopen}.get(request.POST.get("verb", ""))
    if answer is None:
        raise Http404
    problem = answer(request, case)
    if problem is None:
        return private(redirect("portal:own-case", reference=reference, secret=secret))
    case.refresh_from_db()
    return private(render(request, "portal/case.html", page_of(request, case, secret) | problem, status=422))


def urge(request: ActorRequest, case: Case) -> dict[str, Any] | None:
    form = WordsForm(request.POST)
    if form.is_valid():
        if limits.wait_for(settings.URGES, str(case.pk)):
            form.add_error("words", _("You have urged several times today. Those who have it know; please wait a little."))
            return {"urge_form": form}
        words = form.cleaned_data["words"]
        if taken(request, case, "urge", form, words, _("Passed on. Those who have it see that you are waiting.")):
            return None
    return {"urge_form": form}


def judge(request: ActorRequest, case: Case) -> dict[str, Any] | None:
    form = JudgeForm(request.POST)
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("solved", "satisfaction")}
        words, thanks = form.cleaned_data["words"], _("Thank you. Your judgement counts in the figures of this unit.")
        if taken(request, case, "rate", form, words, thanks, **given):
            return None
    return {"judge_form": form}


def reopen(request: ActorRequest, case: Case) -> dict[str, Any] | None:
    form = WordsForm(request.POST, prefix="again")
    if form.is_valid():
        words = form.cleaned_data["words"]
        if taken(request, case, "reopen", form, words, _("It is worked on again, with a new limit.")):
            return None
    return {"reopen_form": form}


def taken(request: ActorRequest, case: Case, verb: str, form: Any, words: str, thanks: str, **given: Any) -> bool:
    """Take the verb as the reporter; a refusal is told at the form and nothing is written."""
    version = request.POST.get("version", "")
    ask = Ask(text=words, version=int(version) if version.isdecimal() and len(version) < 10 else None)
    try:
        take(verb, actor=as_reporter(request, case), case=case, ask=ask, **given)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return False
    messages.success(request, thanks)
    return True


@never_cache
@require_GET
def report_sent(request: ActorRequest, reference: str, secret: str) -> HttpResponse:
    """Thank you: the reference, the secret link and what happens next with its times."""
    case = own_case(reference, secret)
    link = request.build_absolute_uri(reverse("portal:own-case", args=[reference, secret]))
    condition = catalogue().condition(case.category_id)
    context = {
        "portal_at": "report",
        "case": case,
        "category": catalogue().categories.get(case.category_id),
        "secret": secret,
        "link": link,
        "read_by": story.next_time(case),
        "usual_limit": story.usual_limit(case, condition),
        "unit": bodies().name(case.suggested_unit_id),
        "care_lines": options.value(settings.CARE_LINES),
        "judge_days": options.value(case_settings.RATE_DAYS),
    }
    return private(render(request, "portal/report_sent.html", context))


@require_GET
def link_code(request: ActorRequest, reference: str, secret: str) -> HttpResponse:
    """The secret link as a QR code (SVG), to be scanned or printed."""
    import segno  # only here: web processes load it when somebody asks

    own_case(reference, secret)
    link = request.build_absolute_uri(reverse("portal:own-case", args=[reference, secret]))
    drawn = io.BytesIO()
    segno.make(link, error="m").save(drawn, kind="svg", scale=4, border=3, dark="#14211f", light="#ffffff")
    return private(HttpResponse(drawn.getvalue(), content_type="image/svg+xml"))
