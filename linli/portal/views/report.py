"""Reporting: the form, looking things up for it, looking it over before sending, sending.

Everything works by plain posts: each answer carries all that was typed, also the ids of photos that have arrived.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO, cast

from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.cases.models import Case
from linli.cases.operations import Report, Reported, report_case
from linli.cases.queries.duplicates import Likely, likely_duplicates
from linli.cases.queries.suggestions import proposed_categories
from linli.catalogue.models import Category
from linli.catalogue.queries import catalogue
from linli.kernel import limits, options
from linli.kernel.errors import BadInput, Conflict, DomainError, TooMany
from linli.kernel.images import CONTENT_TYPE
from linli.kernel.models import Photo
from linli.kernel.storage import open_photo
from linli.kernel.uploads import keep_photo
from linli.organizations.middleware import ActorRequest
from linli.places.queries import areas, find_addresses
from linli.portal import settings
from linli.portal.forms import MOST_PHOTOS, ReportForm, photo_ids
from linli.portal.queries import choices
from linli.portal.queries.story import area_words, card, is_told, preview
from linli.portal.remembering import Remembered

KEPT = ("category", "text", "address", "lng", "lat", "building", "area", "name", "phone")
LOOSE_FOR = timedelta(days=1)


@never_cache
@require_http_methods(["GET", "POST"])
def report(request: ActorRequest) -> HttpResponse:
    """The report page. Posted `action`: lookup, edit, check (look it over) or send."""
    if request.method == "GET":
        return show_form(request, ReportForm(initial=first_values(request)))
    photos, refused = photos_of(request)
    action = request.POST.get("action", "check")
    if action == "lookup":
        limits.spend(limits.LOOK_UP_BY_ADDRESS, limits.address_of(request))
    if action in ("lookup", "edit"):
        return show_form(request, ReportForm(initial=typed(request)), photos=photos, refused=refused)
    form = ReportForm(request.POST)
    form.full_clean()
    place = given_place(form)
    if place is None or form.errors or refused:
        return show_form(request, form, photos=photos, refused=refused, status=422)
    if action == "send":
        return send(request, form, place, photos)
    return look_over(request, form, place, photos)


# --- what was given ---


@dataclass(frozen=True)
class Place:
    """Where it is: WGS-84, and the address in words. `way`: point, building or area."""

    lng: float
    lat: float
    address: str
    way: str


def first_values(request: ActorRequest) -> dict[str, Any]:
    """A fresh form: its own id, and what the address of the page names."""
    return {
        "submission": uuid.uuid4(),
        "is_public": True,
        "category": request.GET.get("category", "")[:8],
        "area": request.GET.get("area", "")[:17],
    }


def typed(request: ActorRequest) -> dict[str, Any]:
    """What stands in a form that is not sent yet, as it was typed."""
    values: dict[str, Any] = {name: request.POST.get(name, "") for name in KEPT}
    values["is_public"] = "is_public" in request.POST
    try:
        values["submission"] = uuid.UUID(request.POST.get("submission", ""))
    except ValueError:
        values["submission"] = uuid.uuid4()
    return values


def photos_of(request: ActorRequest) -> tuple[list[Photo], list[str]]:
    """Photos that arrived before (ids) and with this form (files), and why some were refused."""
    ids = photo_ids(request.POST.getlist("photo"))
    kept: list[Photo] = list(loose_photos().filter(pk__in=ids)) if ids else []
    refused = []
    for file in request.FILES.getlist("files")[: MOST_PHOTOS - len(kept)]:
        try:
            limits.spend(limits.UPLOAD_BY_ADDRESS, limits.address_of(request))
            kept.append(keep_photo(cast(BinaryIO, file), name=file.name or "", person_id=request.actor.person_id))
        except DomainError as error:
            refused.append(str(error.message))
    return kept, refused


def loose_photos() -> Any:
    """Photos that wait for their report."""
    return Photo.objects.filter(attached_to=None, added_at__gt=timezone.now() - LOOSE_FOR)


def given_place(form: ReportForm) -> Place | None:
    """The place of a form: its point, or else the building, or else the middle of the area; adds the error if none."""
    data, address = form.cleaned_data, form.cleaned_data.get("address", "").strip()
    place = None
    if data.get("lng") is not None:
        place = Place(data["lng"], data["lat"], address, "point")
    elif row := choices.building(data.get("building", "")):
        place = Place(row.lng, row.lat, f"{row.address_zh} {address}".strip(), "building")
    elif middle := choices.middle_of(data.get("area", "")):
        place = Place(*middle, f"{area_words(data['area'])} {address}".strip(), "area")
    if place is None:
        form.add_error("area", _("Say where it is: by your place, on the map, by an address or by the grid."))
    elif not areas().grid_at(place.lng, place.lat):
        form.add_error("area", _("This place lies outside the district. Choose a place inside it on the map or by its address."))
        place = None
    return place


def as_report(form: ReportForm, place: Place, photos: list[Photo], category: Category | None) -> Report:
    data = form.cleaned_data
    return Report(
        category=data["category"],
        text=data["text"],
        lng=place.lng,
        lat=place.lat,
        door="portal",
        address=place.address[:200],
        contact=form.contact(),
        photos=[photo.pk for photo in photos],
        id=data["submission"],
        is_public=data["is_public"] and (category is None or category.is_public),
    )


# --- the three answers ---


def _draw_kinds(language: str) -> SafeString:
    return mark_safe(render_to_string("portal/part_kinds.html", {"classes": choices.category_tree()}))  # noqa: S308 - a template


# The tree of all kinds is the same for everybody: what is chosen stands above it.
_kinds: Remembered[SafeString] = Remembered(_draw_kinds, seconds=300)


def show_form(request: ActorRequest, form: ReportForm, *, photos: Any = (), refused: Any = (), status: int = 200) -> HttpResponse:
    """The form with everything typed, and what was looked up for it."""
    word, where = request.POST.get("q", "").strip(), request.POST.get("where", "").strip()
    chosen = str(form["category"].value() or "")
    matches = choices.search_categories(word)
    text = str(form["text"].value() or "") if request.method == "POST" else ""
    if text and not chosen:
        matches = matches or proposed(text, "", most=6) or choices.search_categories(text, limit=6)
    context = {
        "portal_at": "report",
        "form": form,
        "photos": photos,
        "photo_errors": refused,
        "most_photos": MOST_PHOTOS - len(photos),
        "chosen": catalogue().categories.get(chosen),
        "frequent": choices.frequent_categories(),
        "kinds": _kinds.get(get_language()),
        "word": word,
        "matches": matches,
        "proposed": proposed(text, chosen) if text and chosen else [],
        "where": where,
        "buildings": find_addresses(where) if where else [],
        "building": choices.building(str(form["building"].value() or "")),
        "area_groups": choices.area_groups(),
        "emergency": options.value(settings.EMERGENCY),
    }
    return render(request, "portal/report.html", context, status=status)


def proposed(text: str, chosen: str, *, most: int = 3) -> list[Category]:
    """Kinds that the words speak for. Beside a chosen one only what the words are sure of, if that is another."""
    found = proposed_categories(text, most=most)
    if not chosen:
        return [row.category for row in found.rows]
    return [found.best.category] if found.best and found.best.category.code != chosen else []


def look_over(
    request: ActorRequest, form: ReportForm, place: Place, photos: list[Photo], *, notice: str = "", status: int = 200
) -> HttpResponse:
    """The page before sending: how it will look in public, who sees what, and whether somebody said it already."""
    data = form.cleaned_data
    known = catalogue()
    category = known.categories.get(data["category"])
    if category is None:
        form.add_error("category", _("Choose what it is about from the list."))
        return show_form(request, form, photos=photos, status=422)
    address = place.address or choices.near_words(place.lng, place.lat)
    hidden: dict[str, Any] = {name: request.POST.get(name, "") for name in ("category", "text", "name", "phone")}
    hidden |= {"submission": data["submission"], "lng": place.lng, "lat": place.lat, "address": address}
    is_public = data["is_public"] and category.is_public and not category.is_sealed
    context = {
        "portal_at": "report",
        "form": form,
        "hidden": hidden,
        "category": category,
        "place": place,
        "grid": area_words(areas().grid_at(place.lng, place.lat)),
        "photos": photos,
        "preview": preview(data["text"], address),
        "is_public": is_public,
        "typed_public": data["is_public"],
        "duplicates": [] if category.is_sealed else duplicates(data, place),
        "is_critical": known.urgency(data["text"]) == "critical",
        "emergency": options.value(settings.EMERGENCY),
        "care_lines": options.value(settings.CARE_LINES),
        "notice": notice,
    }
    return render(request, "portal/report_check.html", context, status=status)


def duplicates(data: dict[str, Any], place: Place) -> list[dict[str, Any]]:
    """Reports that are probably about the same thing, as the page offers them."""

    def shown(likely: Likely) -> dict[str, Any]:
        return card(likely.case) | {"distance": round(likely.distance_m), "is_told": is_told(likely.case)}

    found = likely_duplicates(
        Case.objects.public(), category=data["category"], lng=place.lng, lat=place.lat, text=data["text"], most=3
    )
    return [shown(likely) for likely in found]


def send(request: ActorRequest, form: ReportForm, place: Place, photos: list[Photo]) -> HttpResponse:
    """Report it; go to the page that says thank you. The same form sent again goes to the same page."""
    category = catalogue().categories.get(form.cleaned_data["category"])
    try:
        limits.spend(limits.REPORT_BY_ADDRESS, limits.address_of(request))
        reported = report_case(actor=request.actor, report=as_report(form, place, photos, category))
    except Conflict as conflict:
        return sent_before(request, form, place, photos, conflict)
    except TooMany as error:
        answer = look_over(request, form, place, photos, notice=str(error.message), status=429)
        answer["Retry-After"] = str(error.details.get("retry_after", 60))
        return answer
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return show_form(request, form, photos=photos, status=error.status)
    return HttpResponseRedirect(sent_url(reported), status=303)


def sent_url(reported: Reported) -> str:
    return reverse("portal:report-sent", args=[reported.case.reference, reported.secret])


def sent_before(request: ActorRequest, form: ReportForm, place: Place, photos: list[Photo], conflict: Conflict) -> HttpResponse:
    """The form was sent before with other content: say so, and offer to send this as a report of its own."""
    form.cleaned_data["submission"] = uuid.uuid4()
    notice = _(
        "This form was sent already as report %(reference)s, and you have changed it since. "
        "Send it again to make it a report of its own."
    ) % {"reference": conflict.details.get("reference", "")}
    return look_over(request, form, place, photos, notice=notice, status=409)


# --- what scripts ask for meanwhile ---


@require_POST
def photo_send(request: ActorRequest) -> JsonResponse:
    """Take one photo while the rest is still being written: its id, and where it was taken if it says so."""
    limits.spend(limits.UPLOAD_BY_ADDRESS, limits.address_of(request))
    file = request.FILES.get("file")
    if file is None:
        raise BadInput("photo_missing", _("No photo came with the request."), field="file")
    photo = keep_photo(cast(BinaryIO, file), name=file.name or "", person_id=request.actor.person_id)
    place = None
    if photo.lng is not None and photo.lat is not None and areas().grid_at(photo.lng, photo.lat):
        place = {"lng": photo.lng, "lat": photo.lat}
    thumbnail = reverse("portal:report-photo", args=[photo.pk])
    return JsonResponse({"id": str(photo.pk), "thumbnail": thumbnail, "place": place}, status=201)


@require_GET
def photo_show(request: ActorRequest, photo_id: uuid.UUID) -> HttpResponse:
    """The small picture of a photo whose report is not sent yet; whoever knows its id sent it."""
    photo = loose_photos().filter(pk=photo_id).first()
    if photo is None:
        raise Http404
    with open_photo(photo.thumbnail_path) as file:
        answer = HttpResponse(file.read(), content_type=CONTENT_TYPE)
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


@require_POST
def kinds(request: ActorRequest) -> HttpResponse:
    """Kinds that the words typed so far speak for, as a part of the form. Nothing is kept."""
    limits.spend(limits.LOOK_UP_BY_ADDRESS, limits.address_of(request))
    chosen = request.POST.get("category", "")[:8]
    context = {"proposed": proposed(request.POST.get("text", ""), chosen), "chosen": chosen}
    return render(request, "portal/report.html#proposed", context)


@require_GET
def addresses(request: ActorRequest) -> HttpResponse:
    """Buildings for the address search, as a part of the form."""
    limits.spend(limits.LOOK_UP_BY_ADDRESS, limits.address_of(request))
    where = request.GET.get("where", "").strip()[:60]
    return render(request, "portal/report.html#addresses", {"where": where, "buildings": find_addresses(where)})
