"""The guides for users are true: every name in bold is on the screen, every picture is there, small and shown."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path

import pytest
from django.utils.translation import override

from linli.cases.workflow import INCIDENT
from tests.journeys.conftest import IMAGES, ROOT

GUIDES = sorted((ROOT / "docs" / "users").glob("*.md"))
PICTURE = re.compile(r"!\[[^\]]+\]\(images/([^)]+)\)")
NAME = re.compile(r"\*\*(.+?)\*\*", re.S)
MOST_EACH, MOST_ALL = 200_000, 4_000_000


@cache
def names(language: str) -> frozenset[str]:
    """What pages and the field app say in a language."""
    found: set[str] = set()
    for path in (ROOT / "linli").glob("**/zh_Hans/LC_MESSAGES/django.po"):
        text = re.sub(r'"\n"', "", path.read_text(encoding="utf-8"))
        for english, chinese in re.findall(r'^msgid "(.+)"$\n(?:msgid_plural .*\n)?msgstr(?:\[0\])? "(.+)"$', text, re.M):
            found.add(english if language == "en" else chinese)
    with (ROOT / "packs" / "china" / "labels.csv").open(encoding="utf-8") as handle:
        labels = {row["key"]: row["en"].capitalize() for row in csv.DictReader(handle)}
    # The pack may call a step otherwise than the program does.
    with override("en"):
        renamed = {str(step.label): labels[verb] for verb, step in INCIDENT.steps.items() if verb in labels}
    said = (ROOT / "frontend" / "src" / "field" / "texts.ts").read_text(encoding="utf-8")
    for chinese, english in re.findall(r'\["([^"]+)", "([^"]+)"\]', said):
        found.add(english if language == "en" else chinese)
    return frozenset(found - renamed.keys() | set(renamed.values())) if language == "en" else frozenset(found)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_names_in_bold_are_on_the_screen(guide: Path) -> None:
    language = "zh" if ".zh-CN" in guide.name else "en"
    bold = {" ".join(name.split()) for name in NAME.findall(guide.read_text(encoding="utf-8"))} - {"bold", "粗体字"}
    assert bold - names(language) == set()


def test_every_guide_speaks_both_languages_with_the_same_pictures() -> None:
    for guide in GUIDES:
        if ".zh-CN" in guide.name:
            continue
        other = guide.with_name(guide.name.replace(".md", ".zh-CN.md"))
        english, chinese = (path.read_text(encoding="utf-8") for path in (guide, other))
        assert [name.replace(".en.", ".zh.") for name in PICTURE.findall(english)] == PICTURE.findall(chinese), guide.name
        assert english.count("\n## ") == chinese.count("\n## "), guide.name


def test_pictures_are_there_small_and_shown() -> None:
    shown = {name for guide in GUIDES for name in PICTURE.findall(guide.read_text(encoding="utf-8"))}
    kept = {path.name: path.stat().st_size for path in IMAGES.glob("*.png")}
    assert set(kept) == shown
    assert max(kept.values()) <= MOST_EACH and sum(kept.values()) <= MOST_ALL
