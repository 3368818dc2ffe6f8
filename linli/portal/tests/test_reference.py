"""The generated reference is what the program says of itself now."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from linli.cases.workflow import INCIDENT
from linli.kernel import events, jobs, options, policy
from linli.portal import reference


def test_the_reference_has_not_drifted():
    drifted = []
    for name, text in reference.pages().items():
        path = reference.folder() / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            drifted.append(name)

    assert drifted == [], "run `linli docs`"


def test_everything_declared_stands_in_it():
    pages = reference.pages()

    for step in INCIDENT:
        assert f"| `{step.verb}` |" in pages["workflow.md"]
    for name in policy.rights():
        assert f"| `{name}` |" in pages["rights.md"]
    for name in events.kinds():
        assert f"| `{name}` |" in pages["events.md"]
    for key in options.options():
        assert f"| `{key}` |" in pages["settings.md"]
    for name in jobs.tasks():
        assert f"| `{name}` |" in pages["jobs.md"]


@pytest.mark.parametrize("page", sorted(reference.PAGES))
def test_every_declared_thing_says_what_it_is(page):
    """An empty cell in the column of meanings is a missing docstring."""
    if page in ("events.md", "jobs.md"):
        for line in reference.pages()[page].splitlines():
            if line.startswith("| `"):
                assert all(cell.strip() for cell in line.split("|")[1:3]), line


def test_drift_is_named_and_mended(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("linli.portal.management.commands.docs.folder", lambda: tmp_path / "reference")
    with pytest.raises(CommandError, match="workflow.md"):
        call_command("docs", "--check")
    assert not (tmp_path / "reference").exists()

    call_command("docs")
    call_command("docs", "--check")

    (tmp_path / "reference" / "jobs.md").write_text("other")
    with pytest.raises(CommandError, match=r"not up to date: jobs\.md"):
        call_command("docs", "--check")
