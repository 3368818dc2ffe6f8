"""Whatever is declared has its words: in the reference, in messages, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from linli.cases import operations
from linli.cases.events import ALL_MOVES, MOVED
from linli.cases.messages import STAFF, TITLES
from linli.cases.operations import TAKE
from linli.cases.workflow import INCIDENT
from linli.kernel import events, jobs, options, policy, texts
from linli.kernel.loading import load_everything

REFERENCE = Path(settings.BASE_DIR) / "docs" / "reference"
CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\uff01-\uff5e\u3001-\u3011]")
# Signs and abbreviations that are the same in both languages.
SAME_IN_BOTH = re.compile(r"[\W\d_]*|(?:\W|\d|%\(\w+\)[sd]|[A-Z][A-Za-z0-9]*|[a-z]+://\S+|px|m|kB|MB)*")


@pytest.fixture(scope="module")
def written() -> str:
    load_everything()
    return "\n".join(path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.md"))


def test_everything_declared_stands_in_the_reference(written: str) -> None:
    declared = {
        "right": list(policy.rights()),
        "event": list(events.kinds()),
        "job": list(jobs.tasks()),
        "option": list(options.options()),
        "step": [step.verb for step in INCIDENT],
    }

    assert all(len(names) >= 10 for names in declared.values())
    assert [(kind, name) for kind, names in declared.items() for name in names if f"`{name}`" not in written] == []


def test_every_operation_says_what_it_does() -> None:
    """The function behind each verb, and the others that the module offers, carry a docstring."""
    offered = {run for run, _arguments in TAKE.values()}
    offered |= {getattr(operations, name) for name in operations.__all__ if name.islower()}

    assert len(offered) > 40
    assert sorted(run.__qualname__ for run in offered if not (run.__doc__ or "").strip()) == []


def test_every_verb_has_its_operation_its_event_and_a_text_for_those_who_are_told() -> None:
    verbs = {step.verb for step in INCIDENT}

    assert set(TAKE) | {"report"} == verbs == set(MOVED) == set(TITLES)
    assert {kind.name for kind in MOVED.values()} == set(ALL_MOVES)
    told = {who for step in INCIDENT for who in step.tells}
    assert told - {"reporter", "supporters"} <= set(STAFF)
    for name in ALL_MOVES:
        assert "tell_of_step" in str(events.listeners_of(name)), name


def test_every_text_is_in_both_languages() -> None:
    report = texts.look()

    assert report.used > 1000
    assert [(item.key, item.places[0]) for item in report.missing] == []
    assert report.wrong == []


def test_msgids_are_english_and_translations_are_not() -> None:
    translated, _wrong = texts.translations()

    assert [msgid for _context, msgid in texts.used_texts() if CHINESE.search(msgid)] == []
    same = [msgid for (_context, msgid), strings in translated.items() if not any(CHINESE.search(one) for one in strings)]
    assert [msgid for msgid in same if not SAME_IN_BOTH.fullmatch(msgid)] == []
