"""What the documents name is there: commands with their verbs and options, make targets, scripts, settings, files."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from config.environment import VARIABLES
from linli.kernel import options
from linli.kernel.loading import load_everything
from linli.methods import commands as methods

ROOT = Path(settings.BASE_DIR)
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [
        *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), ROOT / "packs" / "README.md", *(ROOT / "ops").rglob("*"),
    ]
    if path.is_file() and "/reference/" not in path.as_posix()
)  # fmt: skip
COMMAND = re.compile(r"(?:^|[`/ ])linli ((?:[a-z]+)(?: [^`\n|#]*)?)", re.M)
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def written(page: str) -> list[str]:
    """Pieces of a page that are meant to be typed: code spans, code blocks, and scripts as a whole."""
    text = (ROOT / page).read_text()
    if not page.endswith(".md"):
        return text.splitlines()
    blocks = re.findall(r"(?ms)^```\w*\n(.*?)^```", text)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text))
    return [line for block in blocks for line in block.splitlines()] + spans


@cache
def parser_of(name: str):
    if name in methods.commands():
        return methods.parser_of(name)
    found = get_commands()
    assert name in found, f"linli {name}"
    return load_command_class(found[name], name).create_parser("linli", name)


def look_at(words: list[str]) -> None:
    """A command line of ours: the command, its verb and its options exist."""
    if words[0] in ("texts", "test", "help"):
        return
    parser = parser_of(words[0])
    verbs = next((action.choices for action in parser._actions if isinstance(action.choices, dict)), {})
    if verbs and len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]):
        assert words[1] in verbs, f"linli {' '.join(words[:2])}"
        parser = verbs[words[1]]
    known = {option for action in parser._actions for option in action.option_strings}
    for word in words[1:]:
        if word.startswith("-") and len(word) > 1:
            assert word.partition("=")[0] in known, f"linli {' '.join(words)}: {word}"


@pytest.mark.parametrize("page", PAGES)
def test_commands_and_their_options_exist(page: str):
    for line in written(page):
        for found in COMMAND.findall(line):
            words = re.split(r"\s+", re.sub(r"\s{2,}.*|[);,].*", "", found.strip()))
            if re.fullmatch(r"[a-z]+", words[0]) and words[0] not in ("only", "up", "linli"):
                look_at([word for word in words if word])


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_scripts_and_settings_exist(page: str):
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
    for line in written(page):
        for target in re.findall(r"(?:^|\s)make ([a-z]+)\b", line):
            assert target in targets, f"make {target}"
        for script in re.findall(r"\bops/[\w./-]*\w", line):
            assert (ROOT / script).exists(), script
        for name in re.findall(r"\bLINLI_[A-Z0-9_]*[A-Z0-9]\b", line):
            assert name in VARIABLES or name in TESTS_ONLY, name


TESTS_ONLY = {"LINLI_CHROMIUM", "LINLI_WRITE_TABLES"}


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith(".md")])
def test_links_lead_somewhere(page: str):
    for target in LINK.findall((ROOT / page).read_text()):
        if "://" not in target and not target.startswith("mailto:"):
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


def test_options_of_the_place_that_are_named_exist():
    load_everything()
    known = set(options.options())
    for page in PAGES:
        for line in written(page):
            for name in re.findall(r"^people\.[a-z_]+\.[a-z_]+$|^cases\.(?:step_limits|rate_days|storm)$", line):
                assert name in known, name


def test_scripts_may_be_run():
    for script in (ROOT / "ops").glob("*.sh"):
        assert os.access(script, os.X_OK) or script.name == "common.sh", script.name


def test_tests_that_the_threat_model_names_exist():
    text = (ROOT / "THREAT_MODEL.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", text))
    sources = [path.read_text() for folder in ("linli", "tests") for path in (ROOT / folder).rglob("test_*.py")]
    there = {name for source in sources for name in re.findall(r"(?m)^\s*(?:async )?def (test_\w+)", source)}

    assert named - there == set()
    assert len(named) > 20
