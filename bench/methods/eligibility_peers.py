"""How the peers of `eligibility` are driven: the same conditions, already brought into plain comparisons, in their own words.

Each peer gets what suits it: blanks as its own nulls, thresholds worked out, codes as small numbers. All count who is entitled;
"all three" also counts who must be asked and who is one condition short.
"""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy

from linli.methods.eligibility_binding import Bound, Condition, Group
from linli.methods.eligibility_register import Register

Prepared = tuple[Bound, Any]
MONTH_ASKED = "2026-05"


def is_blank(column: numpy.ndarray, kind: str) -> numpy.ndarray:
    if column.dtype.kind == "f":
        return numpy.isnan(column)
    return column == numpy.iinfo(column.dtype).min if kind in ("date", "number") else column < 0


def _edges(bound: Bound) -> dict[str, list[tuple[int, Condition]]]:
    found: dict[str, list[tuple[int, Condition]]] = {}
    for place, condition in enumerate(bound.conditions):
        found.setdefault(condition.field, []).append((place, condition))
    return found


def _fold(group: Group, leaf: Any, both: Any, either: Any) -> Any:
    parts = [leaf(place) for place in group.statements] + [_fold(inner, leaf, both, either) for inner in group.groups]
    return functools.reduce(both if group.is_all else either, parts)


# numpy


def holds(condition: Condition, column: numpy.ndarray, blank: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Whether a condition holds, and whether it may."""
    if condition.is_definite:
        return ~blank, ~blank
    if condition.bits:
        common = column & condition.bits
        found = common == condition.bits if condition.needs_all else common != 0
    else:
        found = numpy.zeros(len(column), bool)
        for least, most in condition.ranges:
            found |= column >= least if most == numpy.inf else (column >= least) & (column <= most)
    return found & ~blank, found | blank


def numpy_counts(prepared: tuple[Bound, Register]) -> list[list[int]]:
    """Rule by rule, three-valued; nothing shared between rules."""
    bound, register = prepared
    counts = []
    for group in bound.groups:

        def leaf(place: int) -> tuple[numpy.ndarray, numpy.ndarray]:
            statement = bound.statements[place]
            column = register.columns[statement.field.name]
            true, possible = holds(bound.conditions[statement.condition], column, is_blank(column, statement.field.kind))
            return (~possible, ~true) if statement.turns else (true, possible)

        def both(one: Any, other: Any) -> Any:
            return one[0] & other[0], one[1] & other[1]

        def either(one: Any, other: Any) -> Any:
            return one[0] | other[0], one[1] | other[1]

        true, possible = _fold(group, leaf, both, either)
        counts.append([int(true.sum()), int((possible & ~true).sum())])
    return counts


# polars


def polars_prepare(prepared: tuple[Bound, Register]) -> Prepared:
    import polars

    bound, register = prepared
    columns = {}
    for name, column in register.columns.items():
        series = polars.Series(name, column)
        blank = polars.Series(is_blank(column, register.fields[name].kind))
        columns[name] = polars.select(polars.when(~blank).then(series)).to_series().alias(name)
    return bound, polars.DataFrame(columns)


def _polars_leaf(bound: Bound, place: int) -> Any:
    import polars

    statement = bound.statements[place]
    condition, column = bound.conditions[statement.condition], polars.col(statement.field.name)
    if condition.is_definite:
        found = column.is_not_null()
    elif condition.bits:
        common = column & condition.bits
        found = common == condition.bits if condition.needs_all else common != 0
    else:
        parts = [column >= least if most == numpy.inf else column.is_between(least, most) for least, most in condition.ranges]
        found = functools.reduce(operator.or_, parts)
    return ~found if statement.turns else found


def polars_expressions(bound: Bound) -> list[Any]:
    rules = [_fold(group, lambda place: _polars_leaf(bound, place), operator.and_, operator.or_) for group in bound.groups]
    return [rule.sum().alias(str(place)) for place, rule in enumerate(rules)]


def polars_yes(prepared: Prepared) -> list[list[int]]:
    bound, frame = prepared
    return [[count] for count in frame.select(polars_expressions(bound)).row(0)]


def polars_all_three(prepared: Prepared) -> list[list[int]]:
    import polars

    bound, frame = prepared
    wanted = []
    for place, group in enumerate(bound.groups):
        rule = _fold(group, lambda place: _polars_leaf(bound, place), operator.and_, operator.or_)
        short = _polars_short(bound, group)
        wanted += [
            rule.sum().alias(f"yes{place}"),
            rule.is_null().sum().alias(f"ask{place}"),
            (short == 1).sum().alias(f"near{place}"),
        ]
    row = frame.select(wanted).row(0)
    assert polars
    return [list(row[start : start + 3]) for start in range(0, len(row), 3)]


def _polars_short(bound: Bound, group: Group) -> Any:
    import polars

    parts = [(~_polars_leaf(bound, place)).fill_null(False).cast(polars.UInt8) for place in group.statements]
    parts += [_polars_short(bound, inner) for inner in group.groups]
    return functools.reduce(operator.add, parts) if group.is_all else polars.min_horizontal(parts)


# DuckDB


def duckdb_prepare(prepared: tuple[Bound, Register]) -> Prepared:
    import duckdb

    bound, register = prepared
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    given = {
        name: numpy.ma.MaskedArray(column, is_blank(column, register.fields[name].kind))
        for name, column in register.columns.items()
    }
    connection.register("given", given)
    connection.execute("CREATE TABLE residents AS SELECT * FROM given")
    return bound, connection


def _duckdb_leaf(bound: Bound, place: int) -> str:
    statement = bound.statements[place]
    condition, name = bound.conditions[statement.condition], f'"{statement.field.name}"'
    if condition.is_definite:
        found = f"{name} IS NOT NULL"
    elif condition.bits:
        found = f"({name} & {condition.bits}) {f'= {condition.bits}' if condition.needs_all else '<> 0'}"
    else:
        parts = [
            f"{name} >= {least!r}" if most == numpy.inf else f"{name} BETWEEN {least!r} AND {most!r}"
            for least, most in condition.ranges
        ]
        found = " OR ".join(parts)
    return f"NOT ({found})" if statement.turns else f"({found})"


def duckdb_yes(prepared: Prepared) -> list[list[int]]:
    bound, connection = prepared
    rules = [
        _fold(group, lambda place: _duckdb_leaf(bound, place), "({} AND {})".format, "({} OR {})".format)
        for group in bound.groups
    ]
    counted = ", ".join(f"count(*) FILTER (WHERE {rule})" for rule in rules)
    return [[count] for count in connection.execute(f"SELECT {counted} FROM residents").fetchone()]


# OpenFisca


def openfisca_prepare(prepared: tuple[Bound, Register]) -> Prepared:
    """A country of one kind of entity: a variable a field, a variable with a formula a rule."""
    from openfisca_core.entities import build_entity
    from openfisca_core.periods import MONTH
    from openfisca_core.simulations import SimulationBuilder
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    bound, register = prepared
    person = build_entity("person", "people", "", is_person=True)
    system = TaxBenefitSystem([person])
    for name in bound.readers:
        is_float = register.columns[name].dtype.kind == "f"
        kind = {"value_type": float if is_float else int, "entity": person, "definition_period": MONTH, "label": name}
        system.add_variable(type(f"in_{name}", (Variable,), kind))
    for place, group in enumerate(bound.groups):
        kind = {"value_type": bool, "entity": person, "definition_period": MONTH, "label": bound.rules[place].code}
        system.add_variable(type(f"rule_{place}", (Variable,), kind | {"formula": _openfisca_formula(bound, group)}))
    simulation = SimulationBuilder().build_default_simulation(system, register.people)
    for name in bound.readers:
        simulation.set_input(f"in_{name}", MONTH_ASKED, register.columns[name])
    return bound, simulation


def _openfisca_formula(bound: Bound, group: Group) -> Any:
    """OpenFisca has two values only: each condition asks whether it surely holds, `not` having been moved down to it."""

    def formula(person: Any, period: Any) -> Any:
        def leaf(place: int) -> Any:
            statement = bound.statements[place]
            column = person(f"in_{statement.field.name}", period)
            kind = statement.field.kind
            blank = (
                numpy.isnan(column)
                if kind == "number"
                else column == numpy.iinfo(numpy.int32).min
                if kind == "date"
                else column < 0
            )
            true, possible = holds(bound.conditions[statement.condition], column, blank)
            return ~possible if statement.turns else true

        return _fold(group, leaf, operator.and_, operator.or_)

    return formula


def openfisca_yes(prepared: Prepared) -> list[list[int]]:
    bound, simulation = prepared
    for place in range(len(bound.rules)):
        simulation.delete_arrays(f"rule_{place}")
    return [[int(simulation.calculate(f"rule_{place}", MONTH_ASKED).sum())] for place in range(len(bound.rules))]
