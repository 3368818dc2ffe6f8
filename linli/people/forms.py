"""Forms of signing in, signing up and one's own account; rules that need the database stand in `operations.py`."""

from __future__ import annotations

import unicodedata
from typing import Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from linli.kernel.errors import RuleBroken
from linli.people.operations import checked_phone

USERNAME_VALIDATORS = [
    RegexValidator(r"^[\w.\-]{3,40}$", _("3 to 40 letters, digits, dots or dashes; no blanks.")),
]
PASSWORD_HELP = _("At least 10 characters. A short sentence is easier to remember than a riddle.")
OPTIONAL_PHONE_HELP = _("Kept encrypted, never public. With it you get word of your reports by text message.")


def _relabel(form: forms.Form, **labels: Any) -> None:
    for name, label in labels.items():
        if name in form.fields:
            form.fields[name].label = label
            form.fields[name].widget.attrs.pop("placeholder", None)
            form.fields[name].help_text = ""


def clean_phone(text: str) -> str:
    """The phone number of a form field as it is kept; a wrong one becomes the field's error."""
    try:
        return checked_phone(text)
    except RuleBroken as error:
        raise forms.ValidationError(error.message, code=error.code) from None


class SignInForm(account_forms.LoginForm):
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _relabel(self, login=_("Sign-in name"), password=_("Password"))


class SignUpForm(account_forms.SignupForm):
    """What a resident gives to have an account: a sign-in name, their name, a password, and a phone if they like."""

    name = forms.CharField(
        label=_("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("Shown to staff who handle your reports, never in public."),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Mobile number"), max_length=30, required=False, help_text=OPTIONAL_PHONE_HELP,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip
    field_order = ["username", "name", "password1", "password2", "phone"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _relabel(self, username=_("Sign-in name"), password1=_("Password"), password2=_("Password once more"))
        self.fields["password1"].help_text = PASSWORD_HELP

    def clean_username(self) -> str:
        self.cleaned_data["username"] = unicodedata.normalize("NFKC", self.cleaned_data["username"])
        username: str = super().clean_username()
        return username

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])


class ChangePasswordForm(account_forms.ChangePasswordForm):
    """The present password and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _relabel(self, oldpassword=_("Present password"), password1=_("New password"), password2=_("New password once more"))
        self.fields["password1"].help_text = PASSWORD_HELP


class SetPasswordForm(account_forms.SetPasswordForm):
    """A first password, for an account that had none (OpenID Connect, demo)."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _relabel(self, password1=_("New password"), password2=_("New password once more"))
        self.fields["password1"].help_text = PASSWORD_HELP


class ReauthenticateForm(account_forms.ReauthenticateForm):
    """The password again, before something grave."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _relabel(self, password=_("Password"))


def _ask_for_code(form: forms.Form) -> None:
    """The field of a code: digits on the phone's keyboard; recovery codes are digits too."""
    _relabel(form, code=_("Verification code"))
    form.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class ActivateTotpForm(totp_forms.ActivateTOTPForm):
    """The first code of an authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _ask_for_code(self)


class SecondStepForm(mfa_forms.AuthenticateForm):
    """A code at sign-in."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _ask_for_code(self)


class SecondStepAgainForm(mfa_forms.ReauthenticateForm):
    """A code before something grave."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _ask_for_code(self)


class DetailsForm(forms.Form):
    """What a person says of themself."""

    name = forms.CharField(label=_("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(
        label=_("Mobile number"), max_length=30, required=False, help_text=OPTIONAL_PHONE_HELP,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language of pages and messages"), choices=settings.LANGUAGES)

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])
