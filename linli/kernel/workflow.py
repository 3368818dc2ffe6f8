"""Workflows as tables: who may take which verb from which state, and what follows.

The table is data in code: it prints itself as a diagram, the pages ask it for the next steps, and the
tests loop over every (state, verb) pair. It imports no models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.kernel.errors import InvalidTransition

SAME = "="  # the target of a verb that leaves the state as it is


@dataclass(frozen=True)
class Step:
    """One row: a verb from some states to another.

    `needs` names what must come with it: text, photo, unit, condition, target, until, result, rating.
    `starts` and `stops` name clocks: register, check, dispatch, accept, handle, verify, close, overall.
    `tells` names who is told: reporter, supporters, unit, co_units, grid, dispatcher, supervisor.
    """

    verb: str
    label: Any
    sources: frozenset[str]
    target: str
    right: str
    needs: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    tells: tuple[str, ...] = ()
    tone: str = "plain"  # plain | good | warn | bad: how the button looks
    is_public_text: bool = False  # the text of this step is an answer to the reporter

    def lands(self, state: str) -> str:
        return state if self.target == SAME else self.target


class Workflow:
    """A table of steps over a set of states."""

    def __init__(self, name: str, states: Iterable[tuple[str, Any]], steps: Iterable[Step]):
        self.name = name
        self.states = dict(states)
        self.steps = {step.verb: step for step in steps}
        for step in self.steps.values():
            unknown = (step.sources | ({step.target} - {SAME})) - set(self.states)
            if unknown:
                raise ValueError(f"{name}: step {step.verb} names unknown states {sorted(unknown)}")

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps.values())

    def step(self, verb: str, state: str) -> Step:
        """The row for `verb`, if it may be taken from `state`. Raises InvalidTransition otherwise."""
        step = self.steps[verb]
        if state not in step.sources:
            raise InvalidTransition(
                "step_not_possible",
                _("“%(verb)s” is not possible while the state is “%(state)s”. Load the page again to see what is.")
                % {"verb": step.label, "state": self.states.get(state, state)},
                state=state,
                verb=verb,
            )
        return step

    def from_state(self, state: str) -> list[Step]:
        """Every step that may be taken from `state`, in the table's order."""
        return [step for step in self.steps.values() if state in step.sources]

    def diagram(self) -> str:
        """The workflow as a Mermaid state diagram."""
        lines = ["stateDiagram-v2"]
        for step in self.steps.values():
            for source in sorted(step.sources):
                if step.target not in (SAME, source):
                    lines.append(f"    {source} --> {step.target}: {step.verb}")
            if not step.sources:
                lines.append(f"    [*] --> {step.target}: {step.verb}")
        leaving = {source for step in self.steps.values() if step.target != SAME for source in step.sources}
        lines += [f"    {state} --> [*]" for state in self.states if state not in leaving]
        return "\n".join(lines)
