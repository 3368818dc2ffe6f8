"""Rules on one day at one place: settings filled in, ages turned into days of birth, each distinct condition once.

Every condition becomes one of three plain tests of a field's number (see `eligibility_fields`): it lies in one of some ranges;
a set has any (all) of some codes; it is filled at all. What is one-sided or turned round is written as the same test with `not`
(`income < 1000` is not `income ≥ 1000`; in three-valued logic, too), so that rules share as many tests as they can.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from linli.methods.eligibility_fields import INFINITE, Field, next_above, range_of_measure, runs
from linli.methods.eligibility_rules import Leaf, Node, Rule, leaves, resolve

EVERYTHING = ((-INFINITE, INFINITE),)
_SHOWN = {"=": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥", "between": "∈", "in": "∈", "not in": "∉"}
_SHOWN |= {"has": "∋", "has any": "∋", "has all": "⊇", "has none": "∌", "filled": "✓", "blank": "—"}


@dataclass(frozen=True)
class Condition:
    """One distinct test. Ranges include both ends. `is_definite`: a blank counts as "no", not as unknown."""

    field: str
    ranges: tuple[tuple[float, float], ...] = ()
    bits: int = 0
    needs_all: bool = False
    is_definite: bool = False

    def holds(self, number: float | int | None) -> bool | None:
        """Of a number as `Field.encode` gives it; None is "unknown"."""
        if number is None:
            return False if self.is_definite else None
        if self.bits:
            common = int(number) & self.bits
            return common == self.bits if self.needs_all else common != 0
        return any(least <= number <= most for least, most in self.ranges)


@dataclass(frozen=True)
class Statement:
    """A condition as a rule words it. `op` and `value` are resolved; several statements may share one test."""

    field: Field
    measure: str
    op: str
    value: Any
    text: str
    is_negated: bool  # of `op` as written here
    condition: int
    turns: bool  # the condition's answer is turned round to give the statement's


@dataclass(frozen=True)
class Group:
    """All or any of its statements (numbers) and groups. `mask` has a bit for each of its own statements."""

    is_all: bool
    statements: tuple[int, ...]
    groups: tuple[Group, ...]
    mask: int

    def everything(self) -> Iterator[int]:
        """Its statements and those of its groups."""
        yield from self.statements
        for group in self.groups:
            yield from group.everything()


@dataclass
class Bound:
    """Rules in force, ready for work. `readers`: field → places in `rules` of those that read it."""

    day: date
    place: str
    fields: Mapping[str, Field]
    rules: list[Rule] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    order: list[tuple[int, ...]] = field(default_factory=list)  # statements of a rule in the order of writing
    statements: list[Statement] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    readers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    speakers: dict[str, tuple[int, ...]] = field(default_factory=dict)  # field → its statements


def bind(into: Bound, rules: Sequence[Rule], settings: Mapping[str, Any]) -> None:
    """Fill `into` with the rules in force on its day. Raises BadInput for a setting without a value at its place."""
    statements: dict[tuple[Any, ...], int] = {}
    conditions: dict[Condition, int] = {}

    def number_of(leaf: Leaf, said: list[int]) -> int:
        value = resolve(leaf.value, settings, into.place)
        test, turns = test_of(leaf.field, leaf.measure, leaf.op, value, into.day)
        place, turns = conditions.setdefault(test, len(conditions)), turns != leaf.is_negated
        made = Statement(leaf.field, leaf.measure, leaf.op, value, wording(leaf, value), leaf.is_negated, place, turns)
        often = 0  # what a rule says twice counts twice
        while (number := statements.setdefault((place, turns, made.text, often), len(statements))) in said:
            often += 1
        if number == len(into.statements):
            into.statements.append(made)
        said.append(number)
        return number

    def group_of(node: Node, said: list[int]) -> Group:
        own, inner = [], []
        for child in node.children:
            if isinstance(child, Leaf):
                own.append(number_of(child, said))
            else:
                inner.append(group_of(child, said))
        return Group(node.is_all, tuple(own), tuple(inner), sum(1 << place for place in own))

    readers: dict[str, dict[int, None]] = {}
    for rule in rules:
        if not rule.is_in_force(into.day):
            continue
        for leaf in leaves(rule.root):
            readers.setdefault(leaf.field.name, {})[len(into.rules)] = None
        said: list[int] = []
        into.rules.append(rule)
        into.groups.append(group_of(rule.root, said))
        into.order.append(tuple(said))
    into.conditions.extend(conditions)
    into.readers.update({name: tuple(found) for name, found in readers.items()})
    for place, statement in enumerate(into.statements):
        into.speakers[statement.field.name] = (*into.speakers.get(statement.field.name, ()), place)


def wording(leaf: Leaf, value: Any) -> str:
    """The rule's own words ({value} stands for the value), or words made of field, sign and value."""
    shown = leaf.field.write(value) if value is not None else ""
    if leaf.text:
        return leaf.text.replace("{value}", shown)
    sign = ("¬ " if leaf.is_negated else "") + _SHOWN[leaf.op]
    return " ".join(filter(None, (leaf.field.shown, f"({leaf.measure})" if leaf.measure else "", sign, shown)))


def test_of(of: Field, measure: str, op: str, value: Any, day: date) -> tuple[Condition, bool]:
    """The plain test behind an operator, and whether its answer must be turned round."""
    if op in ("filled", "blank"):
        return Condition(of.name, EVERYTHING, is_definite=True), op == "blank"
    if of.kind == "set":
        bits = int(of.encode([value] if isinstance(value, str) else value) or 0)
        return Condition(of.name, (), bits, op == "has all" and bits.bit_count() > 1), op == "has none"
    unit = Field(of.name, "date") if measure else of  # measures are whole numbers, as days are
    numbers = [float(one) if measure else of.encode(one) for one in (value if isinstance(value, list) else [value])]
    found, turns = _ranges(unit, op, [one for one in numbers if one is not None])
    if measure:
        found = tuple(range_of_measure(measure, least, most, day) for least, most in found)
    found = tuple(sorted((least, most) for least, most in found if least <= most))
    if len(found) == 1 and found[0][0] == -INFINITE and found[0][1] < INFINITE:
        found, turns = ((next_above(unit, found[0][1]), INFINITE),), not turns
    return Condition(of.name, found), turns


def _ranges(of: Field, op: str, numbers: list[float]) -> tuple[tuple[tuple[float, float], ...], bool]:
    first = numbers[0]
    if op in ("in", "not in", "=", "!="):
        whole = [int(number) for number in numbers if of.kind != "number" and number == math.floor(number)]
        found = runs(whole) if of.kind != "number" else tuple((number, number) for number in sorted(set(numbers)))
        return found, op in ("not in", "!=")
    if op == "between":
        return ((first, numbers[1]),), False
    if op in (">=", "<"):
        return ((first, INFINITE),), op == "<"
    above = next_above(of, math.floor(first) if of.kind != "number" else first)
    return ((above, INFINITE),), op == "<="
