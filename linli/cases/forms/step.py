"""One form for every verb, made from what the workflow says the verb needs and what its operation takes."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from linli.cases.forms import choices
from linli.cases.forms.widgets import PhotosField, QuickChoiceField, QuickChoicesField
from linli.cases.models import Case
from linli.cases.operations import TAKE, Ask
from linli.cases.operations.batches import UNREGISTERED
from linli.cases.queries.suggestions import proposed_categories
from linli.cases.queries.told import told_condition
from linli.cases.workflow import INCIDENT, Result
from linli.catalogue.queries import catalogue
from linli.kernel.identifiers import normalise_reference
from linli.kernel.masking import Masked, mask_personal_data

MOST_TEXT = 2000
WITH_PHOTOS = frozenset({"pre_check", "deliver", "verify_pass", "verify_fail"})
WITHOUT_TEXT = frozenset({"rate"})
# What to type, by verb: label, and help where the words go outside.
TEXTS: dict[str, Any] = {
    "request_pre_check": gettext_lazy("What to look at"),
    "pre_check": gettext_lazy("What is there"),
    "refuse": gettext_lazy("Reason, as the reporter reads it"),
    "deliver": gettext_lazy("What was done, as the reporter reads it"),
    "verify_pass": gettext_lazy("What you saw"),
    "verify_fail": gettext_lazy("What is still wrong"),
    "close": gettext_lazy("Final answer, as the reporter reads it"),
    "force_close": gettext_lazy("Reason, as everybody reads it"),
    "urge": gettext_lazy("What to say"),
    "supervise": gettext_lazy("What is asked of the unit"),
    "co_handle": gettext_lazy("What they are to do"),
    "decide_appeal": gettext_lazy("Reasons of the decision"),
}
REASON = gettext_lazy("Reason")
REMARK = gettext_lazy("Remark")
YES_NO_FOUND = [("yes", gettext_lazy("It is as reported")), ("no", gettext_lazy("Nothing of the kind was found"))]


def digest_of(text: str) -> str:
    """What a form carries to show that just this text was seen as it will be published."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:24]


class StepForm(forms.Form):
    """What has to come with one verb on one case.

    `masked` is set when the text holds personal data and nobody has seen yet how it will be published: the form is
    then refused once and shows the preview.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        verb: str,
        case: Case,
        data: Any = None,
        files: Any = None,
        *,
        preset: dict[str, Any] | None = None,
        find: Callable[[str], Case | None] = lambda reference: None,
    ):
        super().__init__(data, files, initial={"version": case.version}, auto_id=f"{verb}-%s")
        self.verb, self.case, self.step = verb, case, INCIDENT.steps[verb]
        self.masked: Masked | None = None
        self._preset, self._find = preset or {}, find
        for name in TAKE[verb][1]:
            self.fields[name] = ARGUMENTS[name](self)
        self.order_fields(["version", "category"])
        if verb not in WITHOUT_TEXT:
            self._add_texts()
        if verb in WITH_PHOTOS or "photo" in self.step.needs:
            self.fields["photos"] = PhotosField(label=_("Photos"), required=False)
            self.fields["photos"].is_needed = "photo" in self.step.needs  # type: ignore[attr-defined]

    def _add_texts(self) -> None:
        needed, public = "text" in self.step.needs, self.step.is_public_text
        label = TEXTS.get(self.verb) or (REASON if needed else REMARK)
        area = forms.Textarea(attrs={"rows": 3, "data-count": MOST_TEXT, "maxlength": MOST_TEXT})
        help_text = _("Telephone numbers, identity numbers and plates are masked before it is published.") if public else ""
        self.fields["text"] = forms.CharField(
            label=label, widget=area, required=needed, max_length=MOST_TEXT, help_text=help_text,
            initial=self.case.answer if self.verb == "close" else "",
        )  # fmt: skip
        if public:
            self.fields["previewed"] = forms.CharField(widget=forms.HiddenInput, required=False)
            note = forms.Textarea(attrs={"rows": 2, "maxlength": MOST_TEXT})
            self.fields["note"] = forms.CharField(
                label=_("Note for staff only"), widget=note, required=False, max_length=MOST_TEXT
            )

    @property
    def is_public_text(self) -> bool:
        return self.step.is_public_text

    @property
    def preview_digest(self) -> str:
        """The mark that says that the text as sent was shown as it will be published."""
        return digest_of(str(self.data.get("text", "")))

    @property
    def kept(self) -> list[str]:
        """Pictures that arrived with an earlier try and wait on the server."""
        found = self.data.getlist("kept") if hasattr(self.data, "getlist") else []
        return [str(uuid.UUID(one)) for one in found if _is_uuid(one)][: PhotosField.most]

    def clean_target(self) -> Case:
        found = self._find(normalise_reference(self.cleaned_data["target"]))
        if found is None:
            raise forms.ValidationError(_("There is no such case that you may see. Check its number."))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "photo" in self.step.needs and not cleaned.get("photos") and not self.kept:
            self.add_error("photos", _("This step needs a picture from the spot."))
        text = cleaned.get("text", "")
        if self.step.is_public_text and text and cleaned.get("previewed") != digest_of(text):
            masked = mask_personal_data(text)
            if masked.findings:
                self.masked = masked
                self.add_error("text", _("This text holds personal data. See below how it will be published, then send again."))
        return cleaned

    def ask(self, photos: list[uuid.UUID]) -> Ask:
        """What comes with the verb, as the operations take it."""
        cleaned = self.cleaned_data
        return Ask(text=cleaned.get("text", ""), note=cleaned.get("note", ""), photos=photos, version=cleaned["version"])

    def arguments(self) -> dict[str, Any]:
        """The verb's own arguments, as the operations take them; empty ones are left to the operation."""
        found = {}
        for name in TAKE[self.verb][1]:
            value = self.cleaned_data.get(name)
            if name in MEANINGS:
                value = MEANINGS[name](value)
            if value not in (None, ""):
                found[name] = value
        return found


class SendForm(StepForm):
    """Register and dispatch in one go: the fields of both verbs."""

    def __init__(self, case: Case, data: Any = None, *, preset: dict[str, Any] | None = None):
        super().__init__("dispatch", case, data, preset=preset)
        self.fields["text"].widget.attrs["rows"] = 2
        if case.stage in UNREGISTERED:
            for name in TAKE["register"][1]:
                self.fields[name] = ARGUMENTS[name](self)
            self.order_fields(["version", "category", "condition", "level", "unit", "co_units", "text"])

    def arguments(self) -> dict[str, Any]:
        names = [name for name in TAKE["register"][1] if name in self.fields]
        return super().arguments() | {name: value for name in names if (value := self.cleaned_data.get(name))}


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _radio(label: Any, options: list[tuple[str, Any]], **rest: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=options, widget=forms.RadioSelect, **rest)


def _condition(form: StepForm) -> forms.Field:
    """The conditions of the chosen category, the one the reporter chose proposed; of another category, its default."""
    category = form.data.get("category") or form._preset.get("category") or form.case.category_id
    is_corrected = category != form.case.category_id
    told = None if is_corrected else told_condition(form.case)
    row = told or catalogue().condition(category)
    return QuickChoiceField(
        choices.conditions(category, form.case.area_code),
        label=_("Condition"),
        required=not (form.is_bound and is_corrected),
        initial=row.code if row else "",
        is_lenient=is_corrected,
        help_text=_("As the reporter chose it.") if told else "",
    )


def _category(form: StepForm) -> forms.Field:
    chosen = form._preset.get("category") or form.case.category_id
    best = proposed_categories(form.case.text).best
    words = ""
    if best and best.category.code not in (chosen, form.case.category_id):
        words = _("Its words speak for “%(name)s” (%(percent)s %%).") % {"name": best.category.name, "percent": best.percent}
    return QuickChoiceField(choices.categories(), label=_("Category"), initial=chosen, help_text=words)


def _level(form: StepForm) -> forms.Field:
    return QuickChoiceField(choices.levels(), label=_("Urgency"), initial=form.case.level)


def _duty(form: StepForm) -> tuple[str, list[str]]:
    lead, helpers = catalogue().duty(form._preset.get("category") or form.case.category_id, form.case.area_code)
    return (str(lead.id) if lead else ""), [str(one.id) for one in helpers]


def _unit(form: StepForm) -> forms.Field:
    found, (lead, _helpers) = choices.units_for(form.case.area_code), _duty(form)
    if form.verb == "reassign":
        lead = ""
    name = choices.name_of(found, lead) if lead else ""
    help_text = _("The duty matrix says: %(unit)s") % {"unit": name} if name else ""
    return QuickChoiceField((("", _("Choose a unit")), *found), label=_("Lead unit"), initial=lead, help_text=help_text)


def _co_units(form: StepForm) -> forms.Field:
    initial = _duty(form)[1] if form.verb == "dispatch" else []
    return QuickChoicesField(choices.units_for(form.case.area_code), label=_("Units that help"), required=False, initial=initial)


def _units(form: StepForm) -> forms.Field:
    return QuickChoicesField(choices.units_for(form.case.area_code), label=_("Units that help"))


def _until(form: StepForm) -> forms.Field:
    tomorrow = timezone.localdate() + timedelta(days=1)
    attrs = {"type": "date", "min": tomorrow.isoformat()}
    return forms.DateField(label=_("Until"), widget=forms.DateInput(attrs, format="%Y-%m-%d"), input_formats=["%Y-%m-%d"])


ARGUMENTS: dict[str, Callable[[StepForm], forms.Field]] = {
    "condition": _condition,
    "category": _category,
    "level": _level,
    "unit": _unit,
    "co_units": _co_units,
    "units": _units,
    "until": _until,
    "target": lambda form: forms.CharField(
        label=_("Number of the case it goes into"), max_length=20, initial=form._preset.get("target", "")
    ),
    "found": lambda form: _radio(_("What was found"), YES_NO_FOUND),
    "card": lambda form: _radio(_("Card"), [("yellow", _("Yellow card")), ("red", _("Red card"))]),
    "result": lambda form: _radio(
        _("Result"),
        list(choices.results(but=(Result.DUPLICATE,))),
        initial=Result.FIXED if form.verb == "deliver" else None,
    ),
    "is_upheld": lambda form: _radio(_("Decision"), [("yes", _("Uphold the appeal")), ("no", _("Reject the appeal"))]),
    "solved": lambda form: _radio(
        _("Was it solved?"),
        [("yes", pgettext("result", "Solved")), ("partly", pgettext("result", "Partly solved")), ("no", _("Not solved"))],
    ),
    "satisfaction": lambda form: _radio(_("How satisfied?"), [(str(stars), "★" * stars) for stars in range(5, 0, -1)]),
}


def _end_of_day(day: Any) -> datetime | None:
    return datetime.combine(day, time(23, 59, 59), timezone.get_default_timezone()) if day else None


MEANINGS: dict[str, Callable[[Any], Any]] = {
    "unit": lambda value: int(value) if value else None,
    "co_units": lambda value: [int(one) for one in value or ()],
    "units": lambda value: [int(one) for one in value or ()],
    "until": _end_of_day,
    "found": lambda value: value == "yes",
    "is_upheld": lambda value: value == "yes",
    "satisfaction": lambda value: int(value or 0),
}
