"""Rules as SQL, for registers that live in a database: one predicate a rule, one query for everybody.

SQL's own logic has three values, so a predicate is true, false, or NULL where something must be asked. The text is the same for
SQLite (3.23 on) and PostgreSQL but for sets (JSON lists: text in SQLite, jsonb in PostgreSQL) and the least of two numbers.
Columns are named like the fields: numbers, texts of codes, booleans, ISO dates (text in SQLite, date in PostgreSQL).
An empty text is a blank, as Django stores it.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Iterable
from datetime import date
from typing import Any

from linli.methods.eligibility_binding import Bound, Group, Statement
from linli.methods.eligibility_fields import FIRST_DAY, INFINITE, Field
from linli.methods.errors import BadInput

SQLITE, POSTGRESQL = "sqlite", "postgresql"
ENGINES = (SQLITE, POSTGRESQL)
_SIGNS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def predicate(bound: Bound, place: int, engine: str) -> str:
    """The predicate of the rule at a place of `bound.rules`. Raises BadInput for an engine that is not known."""
    if engine not in ENGINES:
        raise BadInput("engine", f"“{engine}” is none of {', '.join(ENGINES)}")
    return _group(bound, bound.groups[place], engine)


def shortfall(bound: Bound, place: int, engine: str) -> str:
    """A whole number: the fewest conditions more that would have to hold for the rule not to refuse."""
    return _short(bound, bound.groups[place], engine)


def query(bound: Bound, engine: str, table: str, identity: str) -> str:
    """One row a person: identity, then for each rule its answer (1 yes, 0 no, NULL ask) and, named …_short, its shortfall."""
    columns = [quoted(identity)]
    for place, rule in enumerate(bound.rules):
        asked = predicate(bound, place, engine)
        columns.append(f"CASE WHEN {asked} THEN 1 WHEN NOT ({asked}) THEN 0 END AS {quoted(rule.code)}")
        columns.append(f"{shortfall(bound, place, engine)} AS {quoted(rule.code + '_short')}")
    return "SELECT " + ",\n  ".join(columns) + f"\nFROM {quoted(table)}\n"


def _group(bound: Bound, group: Group, engine: str) -> str:
    parts = [_statement(bound.statements[place], bound, engine) for place in group.statements]
    parts += [f"({_group(bound, inner, engine)})" for inner in group.groups]
    return (" AND " if group.is_all else " OR ").join(parts)


def _short(bound: Bound, group: Group, engine: str) -> str:
    parts = []
    for place in group.statements:
        asked = _statement(bound.statements[place], bound, engine)
        parts.append(f"CASE WHEN NOT ({asked}) THEN 1 ELSE 0 END")
    parts += [_short(bound, inner, engine) for inner in group.groups]
    if len(parts) == 1:
        return parts[0]
    return f"({' + '.join(parts)})" if group.is_all else f"{'MIN' if engine == SQLITE else 'LEAST'}({', '.join(parts)})"


def _statement(statement: Statement, bound: Bound, engine: str) -> str:
    of, op, value = statement.field, statement.op, statement.value
    name = quoted(of.name)
    column = f"NULLIF({name}, '')" if of.kind in ("code", "text") else name
    if op in ("filled", "blank"):
        found = f"{column} IS {'NOT ' if op == 'filled' else ''}NULL"
    elif of.kind == "set":
        found = _set(name, op, [value] if isinstance(value, str) else list(value), engine)
    elif statement.measure:
        found = _measure(statement, bound)
    elif of.kind == "code" and op not in ("=", "!=", "in", "not in"):
        found = _ordered(of, column, op, value)
    elif op in ("in", "not in"):
        found = f"{column} {op.upper()} ({', '.join(_literal(of, one) for one in value)})"
    elif op == "between":
        found = f"{column} BETWEEN {_literal(of, value[0])} AND {_literal(of, value[1])}"
    else:
        found = f"{column} {_SIGNS[op]} {_literal(of, value)}"
    return f"NOT ({found})" if statement.is_negated else found


def _literal(of: Field, value: Any) -> str:
    if of.kind == "flag":
        return "TRUE" if value else "FALSE"
    if of.kind == "number":
        return repr(float(value)) if isinstance(value, float) else str(value)
    return text(value.isoformat() if isinstance(value, date) else value)


def _set(name: str, op: str, codes: list[str], engine: str) -> str:
    if engine == POSTGRESQL:
        parts = [f"{name} @> {text(json.dumps([code], ensure_ascii=False))}" for code in codes]
        found = (" AND " if op == "has all" else " OR ").join(parts)
        return f"NOT ({found})" if op == "has none" else f"({found})"
    listed = ", ".join(text(code) for code in dict.fromkeys(codes))
    inner = f"SELECT count(DISTINCT value) FROM json_each({name}) WHERE value IN ({listed})"  # noqa: S608  quoted above
    wanted = {"has all": f"= {len(set(codes))}", "has none": "= 0"}.get(op, "> 0")
    return f"CASE WHEN {name} IS NOT NULL THEN ({inner}) {wanted} END"


def _ordered(of: Field, column: str, op: str, value: Any) -> str:
    """Codes that rise: those that fit, listed."""
    places = [of.places[one] for one in (value if isinstance(value, list) else [value])]
    fits = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
    if op == "between":
        codes = [text(code) for code, place in of.places.items() if places[0] <= place <= places[1]]
    else:
        codes = [text(code) for code, place in of.places.items() if fits[op](place, places[0])]
    return f"{column} IN ({', '.join(codes)})" if codes else f"({column} <> {column})"


def _measure(statement: Statement, bound: Bound) -> str:
    """An age on a day is a range of days of birth."""
    condition = bound.conditions[statement.condition]
    name = quoted(statement.field.name)
    turns = statement.turns != statement.is_negated
    if turns and len(condition.ranges) == 1 and condition.ranges[0][1] == INFINITE:
        return _days(name, -INFINITE, condition.ranges[0][0] - 1)
    parts = [_days(name, least, most) for least, most in condition.ranges] or [f"{name} <> {name}"]
    found = " OR ".join(parts)
    return f"NOT ({found})" if turns else f"({found})"


def _days(name: str, least: float, most: float) -> str:
    first, last = 1 - FIRST_DAY, date.max.toordinal() - FIRST_DAY
    if least > last or most < first:
        return f"{name} <> {name}"
    parts = [f"{name} >= {text(_day(least))}"] if least > first else []
    parts += [f"{name} <= {text(_day(most))}"] if most < last else []
    return " AND ".join(parts) or f"{name} = {name}"


def _day(number: float) -> str:
    return date.fromordinal(int(number) + FIRST_DAY).isoformat()


def script(bound: Bound, engine: str, table: str, rules: Iterable[int] | None = None) -> str:
    """For reading: each rule's predicate under its name and source, as a query of those who are entitled."""
    lines = []
    for place in range(len(bound.rules)) if rules is None else rules:
        rule = bound.rules[place]
        title = " ".join(f"{rule.code} {rule.name} {rule.source}".split())
        lines += [f"-- {title}", f"SELECT * FROM {quoted(table)} WHERE {predicate(bound, place, engine)};", ""]  # noqa: S608  quoted
    return "\n".join(lines)
