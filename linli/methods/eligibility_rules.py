"""Rules as plain data: read, checked with messages that say where, and brought into one shape.

    {"code": "elder", "name": "高龄津贴", "source": "…", "from": "2024-01-01", "until": "2026-12-31", "papers": ["身份证"],
     "when": {"all": [{"field": "hukou", "op": "=", "value": "local", "text": "本地户籍"},
                      {"field": "birth", "as": "age", "op": ">=", "value": {"setting": "elder_age"}, "text": "年满{value}周岁"},
                      {"not": {"field": "subsidies", "op": "has", "value": "elder"}, "text": "尚未领取"}]}}

The one shape: `not` is moved down to the conditions (their operators turn round), groups in groups of the same kind are one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from linli.methods.eligibility_fields import MEASURES, MOST_CODES_OF_A_SET, OPERATORS, Field, nearest
from linli.methods.errors import BadInput

EVERYWHERE = "*"  # the place of a setting that holds wherever no nearer one does
DEEPEST = 40
OPPOSITE = {"=": "!=", "<": ">=", ">": "<=", "in": "not in", "has": "has none", "has any": "has none", "filled": "blank"}
OPPOSITE |= {other: op for op, other in OPPOSITE.items() if op != "has"}
LISTED = ("in", "not in", "has any", "has all", "has none")

Fault = tuple[str, str]  # where (a path such as rules[2].when.all[0].value), what


@dataclass(frozen=True)
class Leaf:
    """One condition as written, `not` taken into account. `value` may still name settings."""

    field: Field
    measure: str
    op: str
    value: Any
    text: str
    is_negated: bool = False


@dataclass(frozen=True)
class Node:
    """All or any of its children must hold."""

    is_all: bool
    children: tuple[Node | Leaf, ...]


@dataclass(frozen=True)
class Rule:
    """Who is entitled to what: in force from `begins` to `ends` (both included; None: open)."""

    code: str
    name: str
    source: str
    begins: date | None
    ends: date | None
    papers: tuple[str, ...]
    root: Node
    written: Mapping[str, Any]

    def is_in_force(self, day: date) -> bool:
        return (self.begins is None or self.begins <= day) and (self.ends is None or day <= self.ends)


def leaves(node: Node | Leaf) -> Iterator[Leaf]:
    """Its conditions, in the order of writing."""
    if isinstance(node, Leaf):
        yield node
        return
    for child in node.children:
        yield from leaves(child)


def resolve(value: Any, settings: Mapping[str, Any], place: str) -> Any:
    """A value with its settings filled in for a place: the longest prefix of the place's code wins, then "*"."""
    if isinstance(value, list | tuple):
        return [resolve(one, settings, place) for one in value]
    if not isinstance(value, Mapping):
        return value
    name = value["setting"]
    found = settings[name]
    if isinstance(found, Mapping):
        fitting = [code for code in found if code != EVERYWHERE and place.startswith(code)]
        nearest_place = max(fitting, key=len, default=EVERYWHERE)
        if nearest_place not in found:
            raise BadInput(f"settings.{name}", f"has no value for place “{place}” and none for “{EVERYWHERE}”")
        found = found[nearest_place]
    return found * value["times"] if "times" in value else found


def _settings_of(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [one["setting"] for one in values if isinstance(one, Mapping) and "setting" in one]


def _variants(value: Any, settings: Mapping[str, Any]) -> list[Any]:
    """The value at every place that its settings know."""
    by_place = [settings[name] for name in _settings_of(value) if isinstance(settings[name], Mapping)]
    places = {place for found in by_place for place in found} if by_place else {EVERYWHERE}
    found = []
    for place in sorted(places):
        try:
            found.append(resolve(value, settings, "" if place == EVERYWHERE else place))
        except BadInput:
            continue  # one of two settings is silent there; asking there says so
        except TypeError:
            found.append(None)
    return found


class Reader:
    """Reads fields and rules; collects `faults` instead of stopping at the first."""

    def __init__(self, fields: Mapping[str, Field], settings: Mapping[str, Any]):
        self.fields, self.settings = fields, settings
        self.faults: list[Fault] = []

    def fault(self, where: str, what: str) -> None:
        self.faults.append((where, what))

    def rules(self, written: Any) -> list[Rule]:
        if not isinstance(written, Sequence) or isinstance(written, str):
            self.fault("rules", "are not a list")
            return []
        found = [self.rule(one, f"rules[{place}]") for place, one in enumerate(written)]
        seen: set[str] = set()
        for place, rule in enumerate(found):
            if rule and rule.code in seen:
                self.fault(f"rules[{place}].code", f"“{rule.code}” is there twice")
            seen.add(rule.code if rule else "")
        return [rule for rule in found if rule]

    def rule(self, written: Any, where: str) -> Rule | None:
        if not isinstance(written, Mapping):
            self.fault(where, "is no object with code and when")
            return None
        self._keys(written, ("code", "name", "source", "from", "until", "papers", "when", "note"), where)
        code = written.get("code")
        if not isinstance(code, str) or not code:
            self.fault(f"{where}.code", "is missing; it is a short text that never changes")
            code = ""
        begins, ends = (self._day(written.get(key), f"{where}.{key}") for key in ("from", "until"))
        if begins and ends and begins > ends:
            self.fault(f"{where}.until", f"{ends} lies before from {begins}")
        papers = written.get("papers", [])
        if not isinstance(papers, list) or not all(isinstance(paper, str) for paper in papers):
            self.fault(f"{where}.papers", "are not a list of texts")
            papers = []
        root = self.tree(written.get("when"), f"{where}.when", False, DEEPEST)
        if root is None:
            return None
        root = root if isinstance(root, Node) and root.is_all else Node(True, (root,))
        name, source = str(written.get("name") or code), str(written.get("source") or "")
        return Rule(code, name, source, begins, ends, tuple(papers), root, written)

    def tree(self, written: Any, where: str, is_negated: bool, depth: int, text: str = "") -> Node | Leaf | None:
        """A condition or group of conditions; `is_negated` when an odd number of `not` stands above it."""
        if not isinstance(written, Mapping):
            self.fault(where, "is missing or no object: it has all, any or not, or field and op")
            return None
        if depth == 0:
            self.fault(where, f"is more than {DEEPEST} groups deep")
            return None
        kinds = [kind for kind in ("all", "any", "not") if kind in written]
        if not kinds:
            return self.leaf(written, where, is_negated, text)
        self._keys(written, ("not", "text") if kinds[0] == "not" else kinds[:1], where)
        if kinds[0] == "not":
            return self.tree(written["not"], f"{where}.not", not is_negated, depth - 1, str(written.get("text", "")))
        parts = written[kinds[0]]
        if not isinstance(parts, list) or not parts:
            self.fault(f"{where}.{kinds[0]}", "is not a list of at least one condition")
            return None
        is_all = (kinds[0] == "all") != is_negated
        children: list[Node | Leaf] = []
        for place, part in enumerate(parts):
            child = self.tree(part, f"{where}.{kinds[0]}[{place}]", is_negated, depth - 1)
            if isinstance(child, Node) and (child.is_all == is_all or len(child.children) == 1):
                children.extend(child.children)
            elif child is not None:
                children.append(child)
        return Node(is_all or len(children) == 1, tuple(children)) if children else None

    def leaf(self, written: Mapping[str, Any], where: str, is_negated: bool, text: str) -> Leaf | None:
        self._keys(written, ("field", "as", "op", "value", "text"), where)
        name, measure, op = written.get("field"), written.get("as", ""), written.get("op")
        field = self.fields.get(name) if isinstance(name, str) else None
        if field is None:
            self.fault(f"{where}.field", f"“{name}” is no field{nearest(name, self.fields)}")
            return None
        if measure and (field.kind != "date" or measure not in MEASURES):
            what = (
                f"is none of {', '.join(MEASURES)}"
                if field.kind == "date"
                else f"needs a date, but {field.name} is a {field.kind}"
            )
            self.fault(f"{where}.as", what)
            return None
        allowed = field.operators(measure)
        if op not in allowed:
            self.fault(f"{where}.op", f"“{op}” cannot be asked of a {measure or field.kind}; {', '.join(allowed)} can")
            return None
        known = self._value(field, measure, str(op), written.get("value"), f"{where}.value")
        own = str(written.get("text", ""))
        leaf = Leaf(field, measure, str(op), written.get("value"), text or own)
        if not is_negated or not known:
            return leaf if known else None
        leaf = replace(leaf, text=text or (f"¬ {own}" if own else ""))
        turned = OPPOSITE.get(leaf.op)
        if turned is None:
            return replace(leaf, is_negated=True)
        value = [leaf.value] if leaf.op == "has" else leaf.value
        return replace(leaf, op=turned, value=value)

    def _value(self, field: Field, measure: str, op: str, value: Any, where: str) -> bool:
        """Whether an operand is right, at every place that its settings know."""
        before = len(self.faults)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                self._keys(one, ("setting", "times"), where)
                name, times = one.get("setting"), one.get("times", 1)
                if name not in self.settings:
                    self.fault(where, f"“{name}” is no setting{nearest(name, self.settings)}")
                if isinstance(times, bool) or not isinstance(times, int | float) or not math.isfinite(times):
                    self.fault(where, f"times {times} is no number")
        if len(self.faults) == before:
            what = next(filter(None, (operand_fault(field, measure, op, one) for one in _variants(value, self.settings))), "")
            if what:
                self.fault(where, what)
        return len(self.faults) == before

    def _keys(self, written: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for key in written:
            if key not in known:
                self.fault(where, f"has “{key}”; it may have {', '.join(known)}{nearest(key, known)}")

    def _day(self, text: Any, where: str) -> date | None:
        if text in (None, ""):
            return None
        try:
            return text if isinstance(text, date) else date.fromisoformat(text)
        except (TypeError, ValueError):
            self.fault(where, f"“{text}” is no day (year-month-day)")
            return None


def operand_fault(field: Field, measure: str, op: str, value: Any) -> str:
    """What is wrong with the value of a condition; "" when nothing is."""
    if op in ("filled", "blank"):
        return "" if value is None else f"{op} takes no value"
    single = Field(field.name, "number") if measure else replace(field, kind="code") if field.kind == "set" else field
    if op not in LISTED and op != "between":
        return _single_fault(single, value)
    if not isinstance(value, list) or not value:
        return f"“{value}” is no list, which {op} needs"
    if op == "between" and len(value) != 2:
        return "between needs two values, the least and the most"
    found = next(filter(None, (_single_fault(single, one) for one in value)), "")
    if not found and op == "between" and (single.encode(value[0]) or 0) > (single.encode(value[1]) or 0):
        return f"“{value[0]}” to “{value[1]}” is empty: the least comes first"
    return found


def _single_fault(field: Field, value: Any) -> str:
    if value is None or value == "":
        return "is missing"
    try:
        field.encode(value)
    except BadInput as fault:
        return str(fault)
    return ""


def read_fields(written: Any) -> tuple[dict[str, Field], list[Fault]]:
    """Fields from their documents ({"name", "kind", "title", "codes", "ordered", "question"}), with what is wrong."""
    faults: list[Fault] = []
    fields: dict[str, Field] = {}
    if not isinstance(written, Sequence) or isinstance(written, str):
        return {}, [("fields", "are not a list")]
    for place, one in enumerate(written):
        where = f"fields[{place}]"
        if isinstance(one, Field):
            fields[one.name] = one
            continue
        name, kind = (one.get("name"), one.get("kind")) if isinstance(one, Mapping) else (None, None)
        if not isinstance(name, str) or not name:
            faults.append((where, "has no name"))
            continue
        if kind not in OPERATORS:
            faults.append((f"{where}.kind", f"“{kind}” is none of {', '.join(OPERATORS)}{nearest(kind, OPERATORS)}"))
            continue
        codes = one.get("codes", {})
        codes = codes if isinstance(codes, Mapping) else {str(code): str(code) for code in codes}
        if kind in ("code", "set") and not codes:
            faults.append((f"{where}.codes", f"{name} needs its codes"))
        if kind == "set" and len(codes) > MOST_CODES_OF_A_SET:
            faults.append((f"{where}.codes", f"{name} has {len(codes)} codes; a set may have {MOST_CODES_OF_A_SET}"))
        if name in fields:
            faults.append((f"{where}.name", f"“{name}” is there twice"))
        title, question = str(one.get("title", "")), str(one.get("question", ""))
        fields[name] = Field(name, str(kind), title, dict(codes), bool(one.get("ordered")), False, question)
    return fields, faults


def guess_fields(written: Any, settings: Mapping[str, Any]) -> dict[str, Field]:
    """Fields that nobody declared, from how rules use them; their codes are those named, and "something else"."""
    kinds: dict[str, str] = {}
    codes: dict[str, dict[str, str]] = {}
    for name, leaf in _raw_leaves(written):
        value = leaf.get("value")
        named = _settings_of(value)
        shown = _variants(value, settings) if all(one in settings for one in named) else []
        values = [one for each in shown for one in (each if isinstance(each, list) else [each])]
        kind = _guess(leaf, values)
        before = kinds.setdefault(name, kind)
        if before != kind and "text" in (before, kind):
            kinds[name] = kind if before == "text" else before
        codes.setdefault(name, {}).update({one: one for one in values if isinstance(one, str)})
    return {
        name: Field(name, kind, codes=codes[name] if kind in ("code", "set") else {}, is_open=True)
        for name, kind in kinds.items()
    }


def _raw_leaves(written: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(written, Mapping):
        if isinstance(written.get("field"), str):
            yield written["field"], written
        for key in ("when", "all", "any", "not"):
            yield from _raw_leaves(written.get(key))
    elif isinstance(written, list | tuple):
        for one in written:
            yield from _raw_leaves(one)


def _guess(leaf: Mapping[str, Any], values: list[Any]) -> str:
    op, first = str(leaf.get("op")), values[0] if values else None
    if leaf.get("as"):
        return "date"
    if op.startswith("has"):
        return "set"
    if op in ("filled", "blank"):
        return "text"
    if isinstance(first, bool):
        return "flag"
    if isinstance(first, date):
        return "date"
    if not isinstance(first, str):
        return "number"
    try:
        date.fromisoformat(first)
    except ValueError:
        return "code"
    return "date"
