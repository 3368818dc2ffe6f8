"""What a clerk writes down for somebody at the window or on the telephone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from linli.cases.forms import choices
from linli.cases.forms.widgets import QuickChoiceField


class TakeDownForm(forms.Form):
    """A report as told: what, where, who. The place is a point of the map, else the middle of a chosen building."""

    lng = forms.FloatField(widget=forms.HiddenInput, required=False)
    lat = forms.FloatField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None):
        super().__init__(data, auto_id="new-%s")
        words = forms.Textarea({"rows": 4, "maxlength": 2000, "data-count": "2000"})
        channels = [("window", _("At the window")), ("phone", _("By telephone"))]
        self.fields["category"] = QuickChoiceField((("", _("Choose a category")), *choices.categories()), label=_("Category"))
        self.fields["text"] = forms.CharField(label=_("What was said"), widget=words, max_length=2000)
        self.fields["address"] = forms.CharField(label=_("Address in words"), required=False, max_length=200)
        self.fields["name"] = forms.CharField(label=_("Who reports"), required=False, max_length=60)
        self.fields["phone"] = forms.CharField(label=_("Telephone"), required=False, max_length=30)
        self.fields["channel"] = forms.ChoiceField(
            label=_("How it came in"), choices=channels, widget=forms.RadioSelect, initial="phone"
        )
        self.fields["building"] = forms.CharField(required=False, max_length=24, widget=forms.HiddenInput)

    @property
    def contact(self) -> dict[str, str]:
        return {"name": self.cleaned_data.get("name", ""), "phone": self.cleaned_data.get("phone", "")}
