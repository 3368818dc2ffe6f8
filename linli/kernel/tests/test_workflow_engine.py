"""The workflow engine: a table of steps that answers what may follow, and refuses what it does not know."""

from __future__ import annotations

import pytest

from linli.kernel.errors import InvalidTransition
from linli.kernel.workflow import SAME, Step, Workflow

STATES = [("open", "Open"), ("held", "Held"), ("done", "Done")]
STEPS = [
    Step("start", "Start", frozenset(), "open", "test.lamp.start"),
    Step("hold", "Hold", frozenset({"open"}), "held", "test.lamp.hold"),
    Step("note", "Note", frozenset({"open", "held"}), SAME, "test.lamp.note"),
    Step("end", "End", frozenset({"open", "held"}), "done", "test.lamp.end"),
]
FLOW = Workflow("lamp", STATES, STEPS)


@pytest.mark.parametrize(
    ("verb", "state", "lands"),
    [("hold", "open", "held"), ("note", "open", "open"), ("note", "held", "held"), ("end", "held", "done")],
)
def test_a_step_that_is_in_the_table_leads_where_it_says(verb: str, state: str, lands: str) -> None:
    assert FLOW.step(verb, state).lands(state) == lands


@pytest.mark.parametrize(("verb", "state"), [("hold", "held"), ("hold", "done"), ("end", "done"), ("start", "open")])
def test_a_step_from_another_state_is_a_conflict_that_tells_the_state(verb: str, state: str) -> None:
    with pytest.raises(InvalidTransition) as refused:
        FLOW.step(verb, state)

    assert (refused.value.status, refused.value.code) == (409, "step_not_possible")
    assert refused.value.details == {"state": state, "verb": verb}
    assert dict(STATES)[state] in str(refused.value.message)


def test_an_unknown_verb_is_a_fault_of_the_program() -> None:
    with pytest.raises(KeyError):
        FLOW.step("burn", "open")


def test_what_may_follow_comes_in_the_order_of_the_table() -> None:
    assert [step.verb for step in FLOW.from_state("open")] == ["hold", "note", "end"]
    assert [step.verb for step in FLOW.from_state("done")] == []


@pytest.mark.parametrize("step", [
    Step("hold", "Hold", frozenset({"opne"}), "held", "r"),
    Step("hold", "Hold", frozenset({"open"}), "hled", "r"),
])  # fmt: skip
def test_a_state_that_is_mistyped_stops_the_program_at_once(step: Step) -> None:
    with pytest.raises(ValueError, match="unknown states"):
        Workflow("lamp", STATES, [step])


def test_the_diagram_has_every_way_and_no_step_that_stays() -> None:
    lines = FLOW.diagram().splitlines()

    assert lines[0] == "stateDiagram-v2"
    assert {line.strip() for line in lines[1:]} == {
        "[*] --> open: start", "open --> held: hold", "open --> done: end", "held --> done: end", "done --> [*]",
    }  # fmt: skip
