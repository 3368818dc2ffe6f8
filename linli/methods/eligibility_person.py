"""One person: every rule answered with its reasons, what is missing, what to ask; one changed fact looked at again.

What holds and what may hold of a person are two whole numbers, one bit a statement; a group of conditions is a mask, so a rule
costs a few operations on words. Reasons are made once a statement and shared by the rules that say it.
A changed fact touches only the statements about it and the rules that read it: O(rules that read the field).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.methods.eligibility_binding import Bound, Condition, Group, Statement
from linli.methods.eligibility_fields import INFINITE, nearest
from linli.methods.eligibility_rules import Rule
from linli.methods.errors import BadInput

YES, NO, ASK = "yes", "no", "ask"


class Reason:
    """A statement about a person: `state` (yes, no, ask), the value seen, `gap`: how far from holding (None: not a distance)."""

    __slots__ = ("condition", "seen", "state", "statement")

    def __init__(self, statement: Statement, condition: Condition, state: str, seen: Any):
        self.statement, self.condition, self.state, self.seen = statement, condition, state, seen

    @property
    def text(self) -> str:
        return self.statement.text

    @property
    def question(self) -> str:
        return self.statement.field.asks

    @property
    def gap(self) -> float | None:
        """In the field's unit; in days for a date."""
        of = self.statement.field
        number = of.encode(self.seen)
        if self.state != NO or of.kind not in ("number", "date") or number is None:
            return None
        outside = int(of.kind == "date") if self.statement.turns else 0  # the first day outside; numbers have no next one
        ends = [end for least, most in self.condition.ranges for end in (least - outside, most + outside)]
        return min((round(abs(number - end), 9) for end in ends if abs(end) != INFINITE), default=None)


class Answer:
    """A rule's answer about a person: yes, no or ask.

    `short`: how many conditions more would have to hold for it not to be refused (1: a near miss). `was`: the answer before
    the change (None at first). `reasons`: all conditions of the rule in the order of writing.
    """

    __slots__ = ("_bound", "_place", "reasons", "short", "state", "was")

    def __init__(self, bound: Bound, place: int, state: str, short: int, reasons: tuple[Reason, ...], was: str | None):
        self._bound, self._place, self.state, self.short, self.reasons, self.was = bound, place, state, short, reasons, was

    @property
    def rule(self) -> Rule:
        return self._bound.rules[self._place]

    @property
    def missing(self) -> list[Reason]:
        """The fewest conditions that stand in the way; of alternatives the one with the fewest, the first of equals."""
        return _missing(self._bound.groups[self._place], self._by_statement())

    @property
    def asks(self) -> list[Reason]:
        """The blanks that keep it from being a yes, each field once: what to ask at the door."""
        if self.state != ASK:
            return []
        found = _open(self._bound.groups[self._place], self._by_statement())
        return list({reason.statement.field.name: reason for reason in found}.values())

    def _by_statement(self) -> dict[int, Reason]:
        return dict(zip(self._bound.order[self._place], self.reasons, strict=True))


class Person:
    """Facts about somebody and the answers of all rules in force, kept up to date by `change`.

    `facts`: field → value, None or absent for a blank. Raises BadInput for unknown fields and values of the wrong kind.
    """

    def __init__(self, bound: Bound, facts: Mapping[str, Any]):
        self._bound = bound
        for name in facts:
            if name not in bound.fields:
                raise BadInput(name, f"is no field{nearest(name, bound.fields)}")
        self.facts: dict[str, Any] = dict(facts)
        self._true = self._possible = 0
        self._reasons: list[Any] = [None] * len(bound.statements)
        for name in bound.speakers:
            self._look(name, facts.get(name))
        self.answers: list[Answer] = []
        for place in range(len(bound.rules)):
            self.answers.append(self._answer(place, None))

    def change(self, name: str, value: Any) -> list[Answer]:
        """Take over one fact; the answers of the rules that read it, looked at again (`was` tells what it was before)."""
        if name not in self._bound.fields:
            raise BadInput(name, f"is no field{nearest(name, self._bound.fields)}")
        self._look(name, value)
        self.facts[name] = value
        answers, found = self.answers, []
        for place in self._bound.readers.get(name, ()):
            answers[place] = answer = self._answer(place, answers[place].state)
            found.append(answer)
        return found

    def of(self, code: str) -> Answer:
        """The answer of one rule. Raises BadInput when no rule in force has that code."""
        for answer in self.answers:
            if answer.rule.code == code:
                return answer
        raise BadInput(
            "rule", f"“{code}” is not in force on {self._bound.day}{nearest(code, [r.code for r in self._bound.rules])}"
        )

    def nearest_misses(self, most: int = 3) -> list[Answer]:
        """Refusals that the fewest conditions stand in the way of, fewest first, then in the order of the rules."""
        return sorted((answer for answer in self.answers if answer.state == NO), key=lambda answer: answer.short)[:most]

    def _look(self, name: str, value: Any) -> None:
        bound = self._bound
        number = bound.fields[name].encode(value)
        seen: dict[int, bool | None] = {}
        for place in bound.speakers.get(name, ()):
            statement = bound.statements[place]
            condition, bit = bound.conditions[statement.condition], 1 << place
            if statement.condition not in seen:
                seen[statement.condition] = condition.holds(number)
            holds = seen[statement.condition]
            if holds is None:
                state, self._true, self._possible = ASK, self._true & ~bit, self._possible | bit
            elif holds is not statement.turns:
                state, self._true, self._possible = YES, self._true | bit, self._possible | bit
            else:
                state, self._true, self._possible = NO, self._true & ~bit, self._possible & ~bit
            self._reasons[place] = Reason(statement, condition, state, value)

    def _answer(self, place: int, was: str | None) -> Answer:
        bound, reasons = self._bound, self._reasons
        state, short = _judge(bound.groups[place], self._true, self._possible)
        return Answer(bound, place, state, short, tuple([reasons[number] for number in bound.order[place]]), was)


def _judge(group: Group, true: int, possible: int) -> tuple[str, int]:
    """State of a group, and the fewest of its conditions that would have to turn for it not to be refused."""
    if group.is_all:
        short = (group.mask & ~possible).bit_count()
        is_true = not group.mask & ~true
        for inner in group.groups:
            state, more = _judge(inner, true, possible)
            short += more
            is_true = is_true and state == YES
        return (NO, short) if short else (YES, 0) if is_true else (ASK, 0)
    if group.mask & true:
        return YES, 0
    is_open = bool(group.mask & possible)
    ways = [0 if is_open else 1] if group.mask else []
    for inner in group.groups:
        state, short = _judge(inner, true, possible)
        if state == YES:
            return YES, 0
        ways.append(short)
        is_open = is_open or state == ASK
    return (ASK, 0) if is_open else (NO, min(ways))


def _missing(group: Group, reasons: Mapping[int, Reason]) -> list[Reason]:
    own = [[reasons[place]] if reasons[place].state == NO else [] for place in group.statements]
    inner = [_missing(one, reasons) for one in group.groups]
    return [reason for part in own + inner for reason in part] if group.is_all else min(own + inner, key=len)


def _open(group: Group, reasons: Mapping[int, Reason]) -> list[Reason]:
    """Blanks that matter: those of what is neither sure nor refused."""
    found = [reasons[place] for place in group.statements if reasons[place].state == ASK]
    for inner in group.groups:
        states = {place: reasons[place].state for place in inner.everything()}
        true = sum(1 << place for place, state in states.items() if state == YES)
        possible = sum(1 << place for place, state in states.items() if state != NO)
        if _judge(inner, true, possible)[0] == ASK:
            found.extend(_open(inner, reasons))
    return found
