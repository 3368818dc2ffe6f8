"""Rules as a decision table, for clerks and spreadsheets: each row is one condition of a rule.

| rule | name | source | from | until | papers | group | field | as | op | value | text |
|---|---|---|---|---|---|---|---|---|---|---|---|
| living | 生活补贴 | … | | | 残疾证 | | disab_level | | in | 1 \\| 2 \\| 3 \\| 4 | |
| living | | | | | | any:a | relief | | = | dibao | |
| living | | | | | | any:a | income | | < | {dibao_line*1.5} | |

All rows of a rule must hold; of rows with the same group `any:…` one is enough. Groups in groups are a path (`any:a/all:b`),
`not:…` turns round what is in it. Values: several with | between them, a setting in braces, perhaps times a number. The heading
of a column, a kind of group and an operator may be English or Chinese. A rule's name, source, days and papers stand in its first
row. JSON and table are two spellings of the same: the rules of the table of some rules are those rules again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linli.methods.eligibility_fields import OPERATORS, Field
from linli.methods.eligibility_rules import LISTED
from linli.methods.errors import BadInput

COLUMNS = {
    "rule": "规则", "name": "名称", "source": "依据", "from": "起始", "until": "截止", "papers": "材料", "group": "组合",
    "field": "字段", "as": "折算", "op": "比较", "value": "值", "text": "说明",
}  # fmt: skip
WORDS = {
    "=": "等于", "!=": "不等于", "<": "小于", "<=": "不大于", ">": "大于", ">=": "不小于", "between": "介于", "in": "属于",
    "not in": "不属于", "has": "包含", "has any": "包含任一", "has all": "包含全部", "has none": "不包含", "filled": "已填",
    "blank": "未填", "all": "全部", "any": "任一", "not": "非", "age": "周岁", "months_since": "已满月数",
    "days_since": "已满天数", "days_until": "剩余天数",
}  # fmt: skip
_ENGLISH = {chinese: english for english, chinese in [*COLUMNS.items(), *WORDS.items()]}
_OF_A_RULE = ("name", "source", "from", "until")
_SETTING = re.compile(r"\{\s*([\w.]+)\s*(?:[*×]\s*([\d.]+)\s*)?\}")


def rules_of(rows: Sequence[Mapping[str, str]], fields: Mapping[str, Field] | None = None) -> list[dict[str, Any]]:
    """Rules from rows of a decision table. Raises BadInput naming the row (the header is row 1) and column.

    Without `fields` a value is a number, true, false or a day when it looks like one, else a code.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, raw in enumerate(rows, start=2):
        row = {_ENGLISH.get(name.strip(), name.strip()): (cell or "").strip() for name, cell in raw.items()}
        if not any(row.values()):
            continue
        for column in ("rule", "field", "op"):
            if not row.get(column):
                raise BadInput(f"row {number}, {column}", "is empty")
        rule = found.setdefault(row["rule"], {"code": row["rule"], "when": {"all": []}})
        for key in _OF_A_RULE:
            _once(rule, key, row.get(key, ""), number)
        _once(rule, "papers", [paper.strip() for paper in row["papers"].split("|")] if row.get("papers") else "", number)
        _group_at(rule["when"], row.get("group", ""), number).append(_condition(row, number, fields))
    return [{**rule, "when": _tidy(rule["when"])} for rule in found.values()]


def table_of(rules: Iterable[Mapping[str, Any]], *, chinese: bool = False) -> tuple[list[str], list[list[str]]]:
    """Header and rows of the decision table of rules (JSON form)."""
    rows: list[dict[str, str]] = []
    for rule in rules:
        first = len(rows)
        when = rule["when"]
        _write(rows, when if "all" in when else {"all": [when]}, "", "all", chinese)
        for row in rows[first:]:
            row["rule"] = str(rule["code"])
        about = {key: str(rule[key]) for key in _OF_A_RULE if rule.get(key)}
        rows[first] |= about | ({"papers": " | ".join(rule["papers"])} if rule.get("papers") else {})
    header = [COLUMNS[column] if chinese else column for column in COLUMNS]
    return header, [[row.get(column, "") for column in COLUMNS] for row in rows]


def _once(rule: dict[str, Any], key: str, value: Any, number: int) -> None:
    if value and rule.setdefault(key, value) != value:
        raise BadInput(f"row {number}, {key}", f"is “{value}”, but a row above says “{rule[key]}” of the same rule")


def _group_at(when: dict[str, Any], path: str, number: int) -> list[Any]:
    """The list of conditions of a group such as any:a/all:b, made when it is new (its name is kept under "_name")."""
    inside: list[Any] = when["all"]
    for step in filter(None, (one.strip() for one in path.split("/"))):
        kind, _, name = step.replace("：", ":").partition(":")
        kind = _ENGLISH.get(kind.strip(), kind.strip())
        if kind not in ("all", "any", "not"):
            raise BadInput(f"row {number}, group", f"“{step}” begins with none of all, any, not (全部, 任一, 非)")
        key = f"{kind}:{name.strip()}"
        group = next((one for one in inside if one.get("_name") == key), None)
        if group is None:
            group = {"_name": key, kind: []}
            inside.append(group)
        inside = group[kind]
    return inside


def _tidy(group: dict[str, Any]) -> dict[str, Any]:
    """Without the names of groups; `not` has one child, more are taken as all."""
    kind = next((one for one in ("all", "any", "not") if one in group), "")
    if not kind:
        return group
    parts = [_tidy(one) for one in group[kind]]
    if kind == "not":
        return {"not": parts[0] if len(parts) == 1 else {"all": parts}}
    return {kind: parts}


def _condition(row: Mapping[str, str], number: int, fields: Mapping[str, Field] | None) -> dict[str, Any]:
    op, measure = _ENGLISH.get(row["op"], row["op"]), _ENGLISH.get(row.get("as", ""), row.get("as", ""))
    condition: dict[str, Any] = {"field": row["field"], "op": op}
    if measure:
        condition["as"] = measure
    if op not in {one for ops in OPERATORS.values() for one in ops}:
        raise BadInput(f"row {number}, op", f"“{row['op']}” is no comparison; there are {', '.join(WORDS)}")
    field = fields.get(row["field"]) if fields else None
    cell = row.get("value", "")
    if cell:
        texts = [one.strip() for one in cell.split("|")]
        values = [_value(one, field, measure, number) for one in texts]
        is_list = op in LISTED or op == "between"
        lone_setting = len(values) == 1 and isinstance(values[0], dict) and op != "between"
        condition["value"] = values if len(values) > 1 or (is_list and not lone_setting) else values[0]
    if row.get("text"):
        condition["text"] = row["text"]
    return condition


def _value(text: str, field: Field | None, measure: str, number: int) -> Any:
    setting = _SETTING.fullmatch(text)
    if setting:
        return {"setting": setting[1], **({"times": _number(setting[2])} if setting[2] else {})}
    kind = "number" if measure else field.kind if field else ""
    if kind in ("code", "set", "date", "text"):
        return text
    try:
        return Field(field.name if field else "value", "flag").read(text) if kind == "flag" else _number(text)
    except (BadInput, ValueError):
        if kind:
            raise BadInput(f"row {number}, value", f"“{text}” is no {kind}") from None
    return {"true": True, "是": True, "false": False, "否": False}.get(text.lower(), text)


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() and "." not in text else number


def _write(rows: list[dict[str, str]], group: Mapping[str, Any], path: str, kind: str, chinese: bool) -> None:
    say = WORDS if chinese else dict.fromkeys(WORDS) | {word: word for word in WORDS}
    parts = group[kind] if isinstance(group[kind], list) else [group[kind]]
    for part in parts:
        inner = next((one for one in ("all", "any", "not") if one in part), "")
        if inner:
            _write(rows, part, f"{path}/{say[inner]}:{len(rows) + 1}".lstrip("/"), inner, chinese)
            continue
        row = {"group": path, "field": part["field"], "op": str(say[part["op"]]), "text": part.get("text", "")}
        if part.get("as"):
            row["as"] = str(say[part["as"]])
        if "value" in part:
            row["value"] = " | ".join(
                _cell(one) for one in (part["value"] if isinstance(part["value"], list) else [part["value"]])
            )
        rows.append(row)


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{value['setting']}{'*' + repr(value['times']) if 'times' in value else ''}}}"
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
