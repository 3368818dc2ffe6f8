"""Texts: what is used without a translation is found, in Python and in templates."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from linli.kernel import texts

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"

msgid "Known"
msgstr "已知"

msgid "%(count)d case"
msgid_plural "%(count)d cases"
msgstr[0] "%(count)d 件"

#, fuzzy
msgid "Doubtful"
msgstr "存疑"

msgid "Nobody asks"
msgstr "没人用"

msgid "Other %(name)s"
msgstr "别的 %(title)s"
"""
PYTHON = """
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext
_("Known"); gettext_lazy("Unknown"); _("Doubtful"); _("Other %(name)s"); pgettext("verb", "Known")
ngettext("%(count)d case", "%(count)d cases", 2)
"""
TEMPLATE = """{% load i18n %}
<p>{% translate "Known" %} it's {{ _("In a filter") }}</p>
    {% blocktranslate trimmed with name=x %}
      A long one
      for {{ name }}
    {% endblocktranslate %}
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    root = tmp_path / "linli"
    locale = root / "cases" / "locale" / "zh_Hans" / "LC_MESSAGES"
    locale.mkdir(parents=True)
    (locale / "django.po").write_text(PO.lstrip(), encoding="utf-8")
    (root / "cases" / "views.py").write_text(PYTHON)
    (root / "cases" / "templates").mkdir()
    (root / "cases" / "templates" / "page.html").write_text(TEMPLATE)
    (root / "cases" / "tests").mkdir()
    (root / "cases" / "tests" / "test_it.py").write_text('_("Only in a test")')
    return root


def test_missing_doubtful_and_wrong_ones_are_found(module):
    report = texts.look(module)

    assert [item.key for item in report.missing] == [
        ("", "A long one for %(name)s"),
        ("", "Doubtful"),
        ("", "In a filter"),
        ("", "Unknown"),
        ("verb", "Known"),
    ]
    assert report.missing[0].places == ["linli/cases/templates/page.html:3"]
    assert len(report.wrong) == 1
    assert "Other %(name)s" in report.wrong[0]
    assert report.unused == ["Nobody asks"]
    assert not report.is_complete


def test_catalogues_are_compiled_beside_their_source(module):
    assert texts.compile_all(module) == 1

    with (module / "cases" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Known") == "已知"
    assert compiled.ngettext("%(count)d case", "%(count)d cases", 3) == "%(count)d 件"


def test_every_text_has_its_chinese():
    report = texts.look()

    assert [f"{item.places[0]} {item.key[1]!r}" for item in report.missing] == []
    assert report.wrong == []
