"""Controls with many choices, printed quickly: a menu of two hundred categories must not cost more than the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

Choice = tuple[str, str]
Group = tuple[str, tuple[Choice, ...]]
Choices = tuple[Choice | Group, ...]


@lru_cache(maxsize=64)
def _options(choices: Choices) -> str:
    parts = []
    for value, label in choices:
        if isinstance(label, tuple):
            inner = "".join(f'<option value="{escape(one)}">{escape(name)}</option>' for one, name in label)
            parts.append(f'<optgroup label="{escape(value)}">{inner}</optgroup>')
        else:
            parts.append(f'<option value="{escape(value)}">{escape(label)}</option>')
    return "".join(parts)


class QuickSelect(forms.Select):
    """A menu whose options are printed once for each list of choices."""

    def __init__(self, choices: Choices, attrs: dict[str, Any] | None = None):
        super().__init__(attrs)
        self.quick_choices = choices

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        final = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        chosen = escape(str(value)) if value not in (None, "") else ""
        options = _options(self.quick_choices).replace(f'value="{chosen}">', f'value="{chosen}" selected>', 1)
        return format_html("<select{}>{}</select>", flatatt(final), mark_safe(options))  # noqa: S308  escaped above


class QuickChecks(forms.CheckboxSelectMultiple):
    """Boxes in a list that scrolls by itself, for choosing several of many."""

    def __init__(self, choices: Choices, attrs: dict[str, Any] | None = None):
        super().__init__(attrs)
        self.quick_choices = choices

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = {str(one) for one in (value or ())}
        rows = "".join(
            format_html(
                '<label class="form-check"><input class="form-check-input" type="checkbox" name="{}" value="{}"{}>'
                '<span class="form-check-label">{}</span></label>',
                name, one, mark_safe(" checked") if one in chosen else "", label,
            )
            for one, label in flat(self.quick_choices)
        )  # fmt: skip
        return format_html('<div class="check-list" tabindex="0">{}</div>', mark_safe(rows))  # noqa: S308  escaped above


def flat(choices: Iterable[Choice | Group]) -> list[Choice]:
    """The choices without their groups."""
    found: list[Choice] = []
    for value, label in choices:
        found += label if isinstance(label, tuple) else [(value, label)]
    return found


class QuickChoiceField(forms.CharField):
    """One of many; the widget prints quickly, the value is checked against the list (lenient: unknown is empty)."""

    def __init__(self, choices: Choices, *, is_lenient: bool = False, **options: Any):
        super().__init__(widget=QuickSelect(choices), **options)
        self._known = frozenset(value for value, _label in flat(choices))
        self._is_lenient = is_lenient

    def to_python(self, value: Any) -> str:
        found = super().to_python(value) or ""
        return "" if self._is_lenient and found not in self._known else found

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and value not in self._known:
            raise forms.ValidationError(forms.ChoiceField.default_error_messages["invalid_choice"] % {"value": value})


class QuickChoicesField(forms.Field):
    """Several of many, as a list of strings."""

    def __init__(self, choices: Choices, **options: Any):
        super().__init__(widget=QuickChecks(choices), **options)
        self._known = frozenset(value for value, _label in flat(choices))

    def to_python(self, value: Any) -> list[str]:
        return [str(one) for one in value or ()]

    def validate(self, value: Sequence[str]) -> None:
        super().validate(value)
        unknown = set(value) - self._known
        if unknown:
            raise forms.ValidationError(forms.ChoiceField.default_error_messages["invalid_choice"] % {"value": unknown.pop()})


class PhotosInput(forms.FileInput):
    """A file control for several pictures, with previews where there is script."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return list(files.getlist(name)) if files else []

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in files


class PhotosField(forms.Field):
    """Pictures as uploaded files; whether they are pictures is found out when they are kept."""

    widget = PhotosInput
    most = 6

    def __init__(self, **options: Any):
        attrs = {"multiple": True, "accept": "image/*", "data-photos": True, "data-max": str(self.most)}
        super().__init__(widget=PhotosInput(attrs), **options)

    def to_python(self, value: Any) -> list[Any]:
        return list(value or ())
