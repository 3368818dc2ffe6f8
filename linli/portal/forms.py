"""What visitors of the portal send: shape of input, labels, help. Rules that need the database are in operations."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.cases.operations.finishing import SOLVED
from linli.cases.operations.report import MAX_TEXT
from linli.kernel.coordinates import is_place
from linli.kernel.identifiers import is_phone_number

MOST_PHOTOS = 6


class ContactForm(forms.Form):
    """Name and phone of somebody who wants to hear; both may stay empty."""

    name = forms.CharField(
        label=_("Your name"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if phone and not is_phone_number(phone):
            raise forms.ValidationError(_("This does not look like a phone number. Correct it or leave it empty."))
        return phone

    def contact(self) -> dict[str, str]:
        """What was given, as operations take it."""
        given = {"name": self.cleaned_data.get("name", ""), "phone": self.cleaned_data.get("phone", "")}
        return {key: value for key, value in given.items() if value}


class ReportForm(ContactForm):
    """A report as typed, wherever its place comes from: a point, a building, an area.

    `submission` is the form's own id, made with the page: sending twice gives the same case.
    """

    field_order = ["category", "text", "area", "address", "name", "phone"]

    submission = forms.UUIDField(widget=forms.HiddenInput)
    category = forms.CharField(
        label=_("What is it about?"), max_length=8,
        error_messages={"required": _("Choose what it is about; if unsure, take the nearest.")},
    )  # fmt: skip
    text = forms.CharField(
        label=_("What is the matter?"), max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 4, "data-count": MAX_TEXT}),
        error_messages={"required": _("Say in a few words what is the matter.")},
    )  # fmt: skip
    address = forms.CharField(
        label=_("How to find it"), required=False, max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("For example: east gate, beside the recycling hut."),
    )  # fmt: skip
    lng = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)
    building = forms.CharField(required=False, max_length=24)
    area = forms.CharField(label=_("Where is it?"), required=False, max_length=17)
    is_public = forms.BooleanField(
        label=_("Show it on the public map and page"), required=False, initial=True,
        help_text=_("Without your name and phone; numbers in the text are masked. Neighbours can support it."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        lng, lat = data.get("lng"), data.get("lat")
        if lng is None or lat is None or not is_place(lng, lat):
            data["lng"] = data["lat"] = None
        return data


class JudgeForm(forms.Form):
    """The reporter's verdict: solved or not, how satisfied, and words."""

    solved = forms.ChoiceField(
        label=_("Is it solved?"), widget=forms.RadioSelect,
        choices=list(zip(SOLVED, (_("Yes, solved"), _("Partly"), _("No, not solved")), strict=True)),
        error_messages={"required": _("Say whether it was solved.")},
    )  # fmt: skip
    satisfaction = forms.TypedChoiceField(
        label=_("How satisfied are you?"), coerce=int, widget=forms.RadioSelect,
        choices=[
            (5, _("5 very satisfied")), (4, _("4 satisfied")), (3, _("3 so-so")), (2, _("2 dissatisfied")),
            (1, _("1 very dissatisfied")),
        ],
        error_messages={"required": _("Choose between one and five.")},
    )  # fmt: skip
    words = forms.CharField(label=_("A few words"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class WordsForm(forms.Form):
    """A few words that must be there: why it should go faster, why the result is not accepted."""

    words = forms.CharField(
        label=_("Your words"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write a few words, so that those who work on it know.")},
    )  # fmt: skip


def photo_ids(values: Iterable[str]) -> list[uuid.UUID]:
    """Ids of kept photos from hidden fields, each once, at most as many as a report takes; what is no id is left out."""
    found: dict[uuid.UUID, None] = {}
    for value in values:
        try:
            found[uuid.UUID(value)] = None
        except ValueError:
            continue
    return list(found)[:MOST_PHOTOS]
