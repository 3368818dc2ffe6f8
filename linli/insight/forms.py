"""The filter bar of the pages of rates. It only prints; `read_period` and the queries read and check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.insight.queries.periods import NAMES, Period
from linli.kernel.policy import Actor
from linli.organizations.queries import bodies
from linli.places.queries import areas

INDENT = {"community": "　"}
ACTING = ("department", "company", "street_office", "community", "social_org", "district_office")
Choices = list[tuple[str, str]]


def area_choices(actor: Actor) -> Choices:
    """Streets and communities inside what the actor's post covers."""
    mine = actor.area_code[:12] if actor.reach == "area" else ""
    found = [area for area in areas().within(mine) if area.level in ("street", "community")]
    whole = [] if len(mine) > 6 else [("", pgettext("area", "Everywhere"))]
    return [*whole, *((area.code, INDENT.get(area.level, "") + area.name) for area in found)]


def unit_choices() -> Choices:
    rows = sorted((row for row in bodies().by_id.values() if row.kind in ACTING), key=lambda row: ACTING.index(row.kind))
    return [("", pgettext("unit", "All units")), *((str(row.id), row.name) for row in rows)]


def _menu(label: str, choices: Choices) -> forms.Field:
    return forms.ChoiceField(label=label, choices=choices, required=False)


def _day(label: str) -> forms.Field:
    return forms.CharField(label=label, widget=forms.TextInput({"type": "date"}), required=False)


class RatesForm(forms.Form):
    """Period, days, area, unit; and, where there are streets to compare, by which level of areas."""

    def __init__(self, actor: Actor, period: Period, values: Mapping[str, Any], *, with_level: bool = True):
        super().__init__(
            auto_id="rates-%s",
            initial={
                "period": period.name, "since": period.since.isoformat(), "until": period.until.isoformat(),
                "area": values.get("area", ""), "unit": values.get("unit", ""), "level": values.get("level", "community"),
            },
        )  # fmt: skip
        self.fields["period"] = _menu(_("Period"), [(key, str(name)) for key, name in NAMES.items()])
        if period.name == "custom":
            self.fields["since"] = _day(_("Reported from"))
            self.fields["until"] = _day(_("Reported until"))
        self.fields["area"] = _menu(_("Area"), area_choices(actor))
        self.fields["unit"] = _menu(_("Lead unit"), unit_choices())
        if with_level and actor.reach != "area":
            levels = [("community", _("Communities")), ("street", _("Streets"))]
            self.fields["level"] = _menu(_("Areas by"), levels)
