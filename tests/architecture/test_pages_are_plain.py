"""What pages may not hold: script, style or handlers of their own, and nothing that asks another server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "linli").rglob("*.html"))
STYLES = sorted((ROOT / "frontend" / "src").rglob("*.css"))
SCRIPTS = sorted((ROOT / "frontend" / "src").rglob("*.ts"))
NAMESPACES = ("http://www.w3.org/",)
ADDRESS = re.compile(r"""(?:https?:)?//[a-z0-9-]+\.[a-z0-9.-]+[^\s"'`)<]*""", re.IGNORECASE)
COMMENTS = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
FORBIDDEN = {
    "a style of its own": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a block of style": re.compile(r"<style\b", re.IGNORECASE),
    "a handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "script within the page": re.compile(r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*type=[\"']application/(?:ld\+)?json)", re.IGNORECASE),
    "an address that is script": re.compile(r"[\"'\s=]javascript:", re.IGNORECASE),
    "words taken as markup": re.compile(r"\|\s*safe\b"),
}


def text_of(path: Path) -> str:
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", COMMENTS.sub("", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_holds(what: str) -> None:
    assert len(TEMPLATES) > 60
    assert [str(path.relative_to(ROOT)) for path in TEMPLATES if FORBIDDEN[what].search(text_of(path))] == []


def outside(text: str) -> list[str]:
    return [found for found in ADDRESS.findall(text) if not found.startswith(NAMESPACES) and "example." not in found]


def test_nothing_is_asked_of_another_server() -> None:
    """Links that people press are another matter; of those there is none in a template either."""
    assert len(SCRIPTS) > 30
    found = {str(path.relative_to(ROOT)): outside(text_of(path)) for path in [*TEMPLATES, *STYLES]}
    comment = re.compile(r"(?<!:)//[^\n]*")  # a comment may name its source
    found |= {str(path.relative_to(ROOT)): outside(comment.sub("", text_of(path))) for path in SCRIPTS}
    assert {name: addresses for name, addresses in found.items() if addresses} == {}


def test_what_was_built_asks_nobody_either() -> None:
    """The finished bundles hold addresses of libraries in their texts, but load nothing: no import, no fetch of one."""
    built = sorted((ROOT / "linli" / "static" / "dist").rglob("*.css"))

    assert built, "the front end is not built: run make setup"
    assert [path.name for path in built if re.search(r"url\(\s*[\"']?(?:https?:)?//", path.read_text(encoding="utf-8"))] == []
    assert [path.name for path in built if "@import" in path.read_text(encoding="utf-8")] == []
