"""Shapes of the desk's forms and filters for people and posts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.kernel.policy import Actor, rights
from linli.organizations.operations import TOKEN_DAYS
from linli.organizations.policy import NOT_FOR_PROGRAMS
from linli.organizations.queries import roles
from linli.organizations.worklists import PostFilter, area_choices, organization_choices, role_choices

ANY = ("", _("any"))
VALIDITIES = [
    ("today", _("valid today")),
    ("coming", _("not yet begun")),
    ("over", _("over")),
    ("all", _("all, whenever")),
]


def date_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _choose(form: forms.Form, name: str, choices: list[tuple[Any, Any]]) -> None:
    """Offer choices that depend on who asks."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


class PostFilterForm(forms.Form):
    """Filters of the list of posts; what does not fit is left out, never an error."""

    q = forms.CharField(label=_("Name"), required=False, max_length=60, widget=forms.TextInput(attrs={"type": "search"}))
    area = forms.ChoiceField(label=_("Area"), required=False)
    role = forms.ChoiceField(label=_("Role"), required=False)
    organization = forms.TypedChoiceField(label=_("Body"), required=False, coerce=int, empty_value=None)
    validity = forms.ChoiceField(label=_("Validity"), required=False, choices=VALIDITIES)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _choose(self, "area", [ANY, *area_choices(actor)])
        _choose(self, "role", [ANY, *role_choices()])
        _choose(self, "organization", [ANY, *organization_choices(actor)])

    def wanted(self) -> PostFilter:
        self.is_valid()
        given = self.cleaned_data
        return PostFilter(
            words=given.get("q", "").strip(),
            area=given.get("area", ""),
            role=given.get("role", ""),
            organization=given.get("organization"),
            validity=given.get("validity") or "today",
        )


class GivePostForm(forms.Form):
    """Who gets which post, where, from when to when."""

    username = forms.CharField(
        label=_("Sign-in name of the person"), max_length=60,
        help_text=_("The person signs up first; then they have a sign-in name."),
    )  # fmt: skip
    role = forms.ChoiceField(label=_("Role"))
    organization = forms.TypedChoiceField(label=_("Body"), coerce=int)
    area = forms.ChoiceField(label=_("Area"))
    valid_from = forms.DateField(label=_("First day"), widget=date_input())
    valid_until = forms.DateField(label=_("Last day"), required=False, widget=date_input(), help_text=_("Empty: without an end."))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _choose(self, "role", [("", "—"), *role_choices()])
        _choose(self, "organization", [("", "—"), *organization_choices(actor)])
        _choose(self, "area", [("", "—"), *area_choices(actor)])
        self.fields["valid_from"].initial = timezone.localdate()


class EndPostForm(forms.Form):
    """The last day of a post, and why."""

    last_day = forms.DateField(
        label=_("Last day"), widget=date_input(),
        help_text=_("Today: the post holds until midnight. Yesterday: it ends at once."),
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["last_day"].initial = timezone.localdate()


class GiveTokenForm(forms.Form):
    """What a token is for, until when, and what it opens."""

    OWN, SYSTEM = "own", "system"

    name = forms.CharField(label=_("What it is for"), max_length=80)
    kind = forms.ChoiceField(
        label=_("It works as"), widget=forms.RadioSelect,
        choices=[(OWN, _("I on my present post")), (SYSTEM, _("a system with a role of its own"))],
    )  # fmt: skip
    role = forms.ChoiceField(label=_("Role (for a system)"), required=False)
    organization = forms.TypedChoiceField(label=_("Body (for a system)"), required=False, coerce=int, empty_value=None)
    area = forms.ChoiceField(label=_("Area (for a system)"), required=False)
    rights = forms.MultipleChoiceField(
        label=_("Only these rights"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("For your own post nothing ticked means all of its rights."),
    )  # fmt: skip
    expires_on = forms.DateField(label=_("Last day"), widget=date_input(), help_text=_("At most a year from today."))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _choose(self, "role", [("", "—"), *role_choices()])
        _choose(self, "organization", [("", "—"), *organization_choices(actor)])
        _choose(self, "area", [("", "—"), *area_choices(actor)])
        given = {name for role in roles().values() for name in role.rights} - NOT_FOR_PROGRAMS
        _choose(self, "rights", [(name, right.label) for name, right in rights().items() if name in given])
        self.fields["kind"].initial = self.OWN
        self.fields["expires_on"].initial = timezone.localdate() + timedelta(days=min(180, TOKEN_DAYS))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") == self.SYSTEM:
            for name in ("role", "organization", "area"):
                if not given.get(name):
                    self.add_error(name, _("A system needs this."))
        return given
