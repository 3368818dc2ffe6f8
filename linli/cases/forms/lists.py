"""The filter bar of lists, and the small forms beside them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.cases.forms import choices
from linli.cases.forms.widgets import Choices, QuickSelect
from linli.cases.queries.lists import LIGHTS, CaseFilter
from linli.kernel.policy import Actor
from linli.kernel.templatetags.kit import LIGHTS as LIGHT_NAMES

FIRST_ROW = ("q", "stage", "light", "category", "area", "unit")


def _menu(label: str, found: Choices) -> forms.Field:
    return forms.CharField(label=label, widget=QuickSelect(choices.any_of(found)), required=False)


def _day(label: str) -> forms.Field:
    return forms.CharField(label=label, widget=forms.TextInput({"type": "date"}), required=False)


class FilterForm(forms.Form):
    """What a list of cases can be narrowed by. It only prints; `CaseFilter.read` reads and checks."""

    def __init__(self, reach: str, area_code: str, wanted: CaseFilter):
        super().__init__(initial=wanted.query(), auto_id="filter-%s")
        lights: Choices = tuple((code, str(LIGHT_NAMES[code])) for code in LIGHTS)
        search = forms.TextInput({"type": "search", "placeholder": _("Number or words")})
        self.fields["q"] = forms.CharField(label=_("Search"), widget=search, required=False)
        self.fields["stage"] = _menu(_("Stage"), choices.stages())
        self.fields["light"] = _menu(pgettext("column", "Light"), lights)
        self.fields["category"] = _menu(_("Category"), choices.categories_and_classes())
        self.fields["area"] = _menu(_("Area"), choices.area_tree(area_code if reach == "area" else ""))
        if reach != "unit":
            self.fields["unit"] = _menu(_("Lead unit"), choices.units())
        self.fields["door"] = _menu(pgettext("column", "Door"), choices.doors())
        self.fields["level"] = _menu(_("Urgency"), choices.levels())
        self.fields["result"] = _menu(_("Result"), choices.results())
        self.fields["figure"] = _menu(_("Counted as"), choices.figures())
        self.fields["since"] = _day(_("Reported from"))
        self.fields["until"] = _day(_("Reported until"))

    @property
    def first_row(self) -> list[Any]:
        return [self[name] for name in FIRST_ROW if name in self.fields]

    @property
    def more(self) -> list[Any]:
        return [self[name] for name in self.fields if name not in FIRST_ROW]

    @property
    def is_more_used(self) -> bool:
        return any(self.initial.get(name) for name in self.fields if name not in FIRST_ROW)


class SaveFilterForm(forms.Form):
    """A name for the list as it is now."""

    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=1000, required=False)


class BatchForm(forms.Form):
    """What a verb needs that is taken on many cases at once."""

    def __init__(self, verb: str, data: Any = None):
        super().__init__(data, auto_id="batch-%s")
        if verb == "urge":
            self._text(_("What to say"))
        elif verb == "close":
            self._text(_("Final answer, as every reporter reads it"))

    def _text(self, label: str) -> None:
        area = forms.Textarea({"rows": 3, "maxlength": 2000, "data-count": "2000"})
        self.fields["text"] = forms.CharField(label=label, widget=area, max_length=2000)


class OpenSituationForm(forms.Form):
    """A situation opened by hand: its name, where, and from when on reports belong to it."""

    def __init__(self, actor: Actor, data: Any = None):
        super().__init__(data, auto_id="situation-%s")
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        areas = choices.streets_and_district(actor.area_code if actor.reach == "area" else "")
        clock = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        self.fields["name"] = forms.CharField(label=pgettext("situation", "Name"), max_length=120)
        self.fields["area"] = forms.CharField(label=_("Area"), widget=QuickSelect(areas))
        self.fields["since"] = forms.DateTimeField(
            label=_("Reports since"), widget=clock, initial=today, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        )


class CloseSituationForm(forms.Form):
    """The words of the closing report."""

    def __init__(self, data: Any = None):
        super().__init__(data, auto_id="close-%s")
        area = forms.Textarea({"rows": 6, "maxlength": 4000})
        self.fields["words"] = forms.CharField(
            label=_("What happened, what was done, what remains"), widget=area, max_length=4000
        )
