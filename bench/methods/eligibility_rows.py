"""A second evaluator, written apart from ours: one person after the other, one condition after the other, ages counted on the day.

It shares nothing with `linli.methods.eligibility` but the words of the rules; random rules to hold the two against each other.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy
from numba import njit

from bench.methods import register

OPERATORS = (
    "=", "!=", "<", "<=", ">", ">=", "between", "in", "not in", "has", "has any", "has all", "has none", "filled", "blank",
)  # fmt: skip
MEASURES = ("", "age", "months_since", "days_since", "days_until")
LEAF, ALL, ANY, NOT = range(4)
KINDS = {field.name: field for field in register.fields()}


def random_rules(number: int, seed: int) -> list[dict[str, Any]]:
    """Trees of up to 12 conditions over all kinds of fields."""
    draw = numpy.random.default_rng(seed)
    return [
        {"code": f"rule{place}", "when": {"all": [_tree(draw, 3) for _ in range(draw.integers(1, 4))]}} for place in range(number)
    ]


def _tree(draw: numpy.random.Generator, depth: int) -> dict[str, Any]:
    shape = draw.random()
    if depth == 0 or shape < 0.6:
        return _leaf(draw)
    if shape < 0.7:
        return {"not": _tree(draw, depth - 1)}
    return {"any" if shape < 0.88 else "all": [_tree(draw, depth - 1) for _ in range(draw.integers(1, 4))]}


def _leaf(draw: numpy.random.Generator) -> dict[str, Any]:
    field = KINDS[str(draw.choice([*KINDS]))]
    measure = str(draw.choice(MEASURES)) if field.kind == "date" else ""
    op = str(draw.choice(field.operators(measure)))
    made: dict[str, Any] = {"field": field.name, "op": op} | ({"as": measure} if measure else {})
    if op in ("filled", "blank"):
        return made
    many = (
        2
        if op == "between"
        else int(draw.integers(1, 4))
        if "in" in op.split() or op in ("has any", "has all", "has none")
        else 0
    )
    values = sorted(
        (_value(draw, field, measure) for _ in range(max(many, 1))),
        key=lambda value: [*field.codes].index(value) if field.codes else value,
    )
    return made | {"value": values if many else values[0]}


def _value(draw: numpy.random.Generator, field: Any, measure: str) -> Any:
    if measure:
        most = {"age": 90, "months_since": 400}.get(measure, 9000)
        return float(draw.integers(-2, most)) / 2
    if field.kind == "date":
        return str(register.DAY.fromordinal(register.DAY.toordinal() - int(draw.integers(-500, 30000))))
    if field.kind == "flag":
        return bool(draw.random() < 0.5)
    if field.kind in ("code", "set"):
        return str(draw.choice([*field.codes]))
    law, first, second = register.NUMBERS[field.name]
    return float(draw.integers(int(first), int(second) + 1)) if law == "whole" else round(float(draw.lognormal(first, second)), 1)


def matrix(columns: dict[str, numpy.ndarray]) -> numpy.ndarray:
    """(people, fields) numbers, NaN for a blank."""
    made = numpy.empty((len(columns["birth"]), len(KINDS)))
    for place, (name, field) in enumerate(KINDS.items()):
        column = columns[name].astype(float)
        if field.kind == "date":
            column[column == register.BLANK_DAY] = numpy.nan
        elif field.kind != "number":
            column[column < 0] = numpy.nan
        made[:, place] = column
    return made


def postfix(rules: list[dict[str, Any]]) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """(steps, 6): what, field, operator, measure, first constant, how many (children or constants); constants; ends of rules."""
    steps: list[list[int]] = []
    constants: list[float] = []

    def write(tree: dict[str, Any]) -> None:
        for what, kind in ((ALL, "all"), (ANY, "any"), (NOT, "not")):
            if kind in tree:
                children = tree[kind] if what != NOT else [tree[kind]]
                for child in children:
                    write(child)
                steps.append([what, 0, 0, 0, 0, len(children)])
                return
        field, value = KINDS[tree["field"]], tree.get("value", [])
        values = [_constant(field, tree.get("as", ""), one) for one in (value if isinstance(value, list) else [value])]
        place = [*KINDS].index(field.name)
        steps.append([LEAF, place, OPERATORS.index(tree["op"]), MEASURES.index(tree.get("as", "")), len(constants), len(values)])
        constants.extend(values)

    ends = []
    for rule in rules:
        write(rule["when"])
        ends.append(len(steps))
    return numpy.array(steps), numpy.array([*constants, 0.0]), numpy.array(ends)


def _constant(field: Any, measure: str, value: Any) -> float:
    if field.kind == "date" and not measure:
        return float(register.DAY.fromisoformat(value).toordinal() - 719163)
    return float([*field.codes].index(value)) if field.codes else float(value)


@njit(cache=True)
def _civil(days):
    """Year, month and day of the month of a number of days since 1970-01-01 (years from March on, eras of 400 years)."""
    shifted = days + 719468
    era = shifted // 146097
    day_of_era = shifted - era * 146097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year_of_era + era * 400 + (month <= 2), month, day


@njit(cache=True)
def _measured(seen, measure, today):
    if measure == 3:
        return today - seen
    if measure == 4:
        return seen - today
    year, month, day = _civil(int(today))
    year_then, month_then, day_then = _civil(int(seen))
    if measure == 2:
        return (year - year_then) * 12.0 + month - month_then - (day < day_then)
    return float(year - year_then - ((month, day) < (month_then, day_then)))


@njit(cache=True)
def _asked(seen, op, measure, constants, first, many, today):
    """1 holds, 0 does not, 2 unknown."""
    is_blank = seen != seen
    if op >= 13:
        return int(is_blank == (op == 14))
    if is_blank:
        return 2
    if measure > 0:
        seen = _measured(seen, measure, today)
    one = constants[first]
    if op == 0 or op == 1:
        return int((seen == one) == (op == 0))
    if op == 2 or op == 5:
        return int((seen < one) == (op == 2))
    if op == 3 or op == 4:
        return int((seen <= one) == (op == 3))
    if op == 6:
        return int(one <= seen and seen <= constants[first + 1])
    found = 0
    for place in range(first, first + many):
        found += (int(seen) >> int(constants[place])) & 1 if op >= 9 else int(seen == constants[place])
    if op == 11:
        return int(found == many)
    return int((found > 0) == (op != 8 and op != 12))


@njit(cache=True)
def row_by_row(people, steps, constants, ends, today):
    """(people, rules) answers: 0 no, 1 yes, 2 ask, 3 no but one condition short. O(people · steps)."""
    answers = numpy.empty((people.shape[0], ends.shape[0]), numpy.uint8)
    state, to_open, to_shut = numpy.empty(64, numpy.int64), numpy.empty(64, numpy.int64), numpy.empty(64, numpy.int64)
    for row in range(people.shape[0]):
        start = 0
        for rule in range(ends.shape[0]):
            top = 0
            for place in range(start, ends[rule]):
                what, many = steps[place, 0], steps[place, 5]
                if what == LEAF:
                    seen = _asked(
                        people[row, steps[place, 1]], steps[place, 2], steps[place, 3], constants, steps[place, 4], many, today
                    )
                    state[top], to_open[top], to_shut[top] = seen, int(seen == 0), int(seen == 1)
                    top += 1
                elif what == NOT:
                    state[top - 1] = 2 if state[top - 1] == 2 else 1 - state[top - 1]
                    to_open[top - 1], to_shut[top - 1] = to_shut[top - 1], to_open[top - 1]
                else:
                    top -= many
                    _joined(what == ALL, state, to_open, to_shut, top, many)
                    top += 1
            start = ends[rule]
            answers[row, rule] = 3 if state[0] == 0 and to_open[0] == 1 else state[0]
    return answers


@njit(cache=True)
def _joined(is_all, state, to_open, to_shut, first, many):
    worst, doubt = False, False
    total, least = 0, 1 << 30
    for place in range(first, first + many):
        worst = worst or state[place] == (0 if is_all else 1)
        doubt = doubt or state[place] == 2
        total += to_open[place] if is_all else to_shut[place]
        least = min(least, to_shut[place] if is_all else to_open[place])
    good = 1 if is_all else 0
    state[first] = 1 - good if worst else 2 if doubt else good
    to_open[first], to_shut[first] = (total, least) if is_all else (least, total)


def digests(answers: numpy.ndarray) -> list[str]:
    """One line a rule that tells whether two evaluators agree on everybody. answers: (rules, people) uint8."""
    return [hashlib.sha256(numpy.ascontiguousarray(row)).hexdigest()[:16] for row in answers]
