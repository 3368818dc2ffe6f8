"""Rules about people answered the slow and plain way, from the JSON as written, and random rules and people to try it on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

DAY = date(2024, 2, 29)
FIELDS = [
    {"name": "income", "kind": "number", "title": "收入"},
    {"name": "birth", "kind": "date"},
    {"name": "hukou", "kind": "code", "codes": {"local": "本地", "province": "省内", "outside": "省外"}},
    {"name": "care", "kind": "code", "codes": ["none", "mild", "moderate", "severe"], "ordered": True},
    {"name": "tags", "kind": "set", "codes": ["alone", "ill", "poor", "o'neill"]},
    {"name": "veteran", "kind": "flag", "question": "是否退役军人?"},
    {"name": "card", "kind": "text"},
]
KINDS = {field["name"]: field for field in FIELDS}
SETTINGS = {"line": {"*": 1000, "31": 1200}, "elder": 80}
PLACE = "310101"

numbers = st.sampled_from([0, -1, 999.5, 1000, 1200, 1500.0, 80, 0.1])
days = st.one_of(
    st.sampled_from(
        [date(1944, 2, 29), date(1944, 2, 28), date(1944, 3, 1), date(2006, 2, 28), date(2024, 2, 29), date(2024, 3, 31)]
    ),
    st.dates(date(1940, 1, 1), date(2030, 1, 1)),
)
tags = st.lists(st.sampled_from(KINDS["tags"]["codes"]), unique=True, max_size=3)


def people() -> st.SearchStrategy[dict[str, Any]]:
    """Facts of one person; any of them may be blank."""
    return st.fixed_dictionaries(
        {
            "income": st.none() | numbers.map(float),
            "birth": st.none() | days,
            "hukou": st.none() | st.sampled_from([*KINDS["hukou"]["codes"]]),
            "care": st.none() | st.sampled_from(KINDS["care"]["codes"]),
            "tags": st.none() | tags,
            "veteran": st.none() | st.booleans(),
            "card": st.none() | st.just("D-1"),
        }
    )


ORDER = ["=", "!=", "<", "<=", ">", ">="]
setting_of_line = st.sampled_from([{"setting": "line"}, {"setting": "line", "times": 1.5}])


def _leaf(name: str, ops: list[str], values: Any, measure: Any = None) -> Any:
    made = {"field": st.just(name), "op": st.sampled_from(ops), "value": values}
    return st.fixed_dictionaries(made | ({} if measure is None else {"as": measure}))


def _pair(values: Any) -> Any:
    return st.lists(values, min_size=2, max_size=2).map(sorted)


def _some(values: Any) -> Any:
    return st.lists(values, min_size=1, max_size=3)


written_days = days.map(str)
care, hukou, tag = (st.sampled_from([*KINDS[name]["codes"]]) for name in ("care", "hukou", "tags"))
measured = st.sampled_from(["age", "months_since", "days_since", "days_until"])
amounts = st.sampled_from([-1, 0, 0.5, 1, 18, 80, 216, 960, 29220, 10**6, {"setting": "elder"}])
leaves = st.one_of(
    _leaf("income", ORDER, numbers | setting_of_line),
    _leaf("income", ["between"], _pair(numbers)),
    _leaf("income", ["in", "not in"], _some(numbers)),
    _leaf("birth", ORDER, written_days),
    _leaf("birth", ["between"], _pair(written_days)),
    _leaf("birth", ORDER, amounts, measured),
    _leaf("birth", ["between"], _pair(st.sampled_from([-0.5, 0, 17.5, 18, 80, 960])), measured),
    _leaf("birth", ["in", "not in"], _some(st.sampled_from([0, 17, 18, 80, 215, 216])), measured),
    _leaf("hukou", ["=", "!="], hukou),
    _leaf("hukou", ["in", "not in"], _some(hukou)),
    _leaf("care", ORDER, care),
    _leaf("care", ["between"], st.sampled_from([["none", "moderate"], ["mild", "mild"]])),
    _leaf("tags", ["has"], tag),
    _leaf("tags", ["has any", "has all", "has none"], _some(tag)),
    _leaf("veteran", ["=", "!="], st.booleans()),
    st.fixed_dictionaries({"field": st.sampled_from([*KINDS]), "op": st.sampled_from(["filled", "blank"])}),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=4)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=4)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=10,
)
rules = st.lists(trees, min_size=1, max_size=4).map(
    lambda found: [{"code": f"rule{number}", "when": tree} for number, tree in enumerate(found)]
)


def months_full(since: date, day: date) -> int:
    """Counted one after the other, forward or back."""
    months = (day.year - since.year) * 12 + (day.month - since.month)
    return months if (since.day, 0) <= (day.day, 0) else months - 1


def value_of(written: Any) -> Any:
    if isinstance(written, dict):
        found = SETTINGS[written["setting"]]
        return (found["31"] if isinstance(found, dict) else found) * written.get("times", 1)
    return [value_of(one) for one in written] if isinstance(written, list) else written


def holds(leaf: dict[str, Any], facts: dict[str, Any]) -> bool | None:
    """One condition about one person: True, False or None (unknown)."""
    name, op, seen, value = leaf["field"], leaf["op"], facts.get(leaf["field"]), value_of(leaf.get("value"))
    if op in ("filled", "blank"):
        return (seen is None) == (op == "blank")
    if seen is None:
        return None
    if name == "tags":
        wanted = {value} if isinstance(value, str) else set(value)
        return {"has": wanted <= set(seen), "has any": bool(wanted & set(seen)), "has all": wanted <= set(seen)}.get(
            op, not wanted & set(seen)
        )
    if leaf.get("as"):
        months = months_full(seen, DAY)
        passed = (DAY - seen) / timedelta(days=1)
        seen = {"age": months // 12, "months_since": months, "days_since": passed, "days_until": -passed}[leaf["as"]]
    elif name == "birth":
        seen = str(seen)
    elif name == "care":
        codes = KINDS["care"]["codes"]
        seen, value = codes.index(seen), [codes.index(one) for one in value] if isinstance(value, list) else codes.index(value)
    if op in ("in", "not in"):
        return (seen in value) == (op == "in")
    if op == "between":
        return value[0] <= seen <= value[1]
    return {
        "=": lambda: seen == value, "!=": lambda: seen != value, "<": lambda: seen < value, "<=": lambda: seen <= value,
        ">": lambda: seen > value, ">=": lambda: seen >= value,
    }[op]()  # fmt: skip


def judge(tree: dict[str, Any], facts: dict[str, Any]) -> tuple[bool | None, int, int]:
    """Kleene's answer of a tree, and how many conditions short it is of not being a no, and of not being a yes."""
    if "not" in tree:
        answer, short_of_yes, short_of_no = judge(tree["not"], facts)
        return None if answer is None else not answer, short_of_no, short_of_yes
    if "all" in tree:
        parts = [judge(part, facts) for part in tree["all"]]
        answers = [part[0] for part in parts]
        answer = False if False in answers else None if None in answers else True
        return answer, sum(part[1] for part in parts), min(part[2] for part in parts)
    if "any" in tree:
        parts = [judge(part, facts) for part in tree["any"]]
        answers = [part[0] for part in parts]
        answer = True if True in answers else None if None in answers else False
        return answer, min(part[1] for part in parts), sum(part[2] for part in parts)
    answer = holds(tree, facts)
    return answer, int(answer is False), int(answer is True)


NAMES = {True: "yes", False: "no", None: "ask"}
