"""Who is entitled to what: the register and one person against a plain slow evaluator; messages; settings; decision tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.methods.eligibility import Rulebook, check, warm
from linli.methods.eligibility_fields import latest_for, measure_of
from linli.methods.eligibility_register import Register
from linli.methods.eligibility_table import rules_of, table_of
from linli.methods.errors import BadInput, Cancelled
from linli.methods.tests import plain_eligibility as plain

TODAY = plain.DAY


def columns_of(people: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [person.get(name) for person in people] for name in plain.KINDS}


def in_force(rules: list[dict[str, Any]], fields: Any = plain.FIELDS, day: date = TODAY, place: str = plain.PLACE):
    return Rulebook(rules, fields, plain.SETTINGS).in_force(day, place)


def one(*conditions: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """A single rule of which all conditions must hold."""
    return [{"code": "rule", "when": {"all": [*conditions]}, **more}]


@given(plain.rules, st.lists(plain.people(), max_size=5), st.sampled_from([1, 13, 26]))
@settings(max_examples=120, deadline=None)
def test_the_register_answers_like_the_plain_evaluator(rules: Any, few: Any, often: int):
    people = few * often  # to and over the edges of words of 64
    outcome = in_force(rules).evaluate(columns_of(people))

    for rule in rules:
        judged = [plain.judge(rule["when"], person) for person in few] * often
        assert outcome.is_("yes", rule["code"]).tolist() == [answer is True for answer, _, _ in judged]
        assert outcome.is_("ask", rule["code"]).tolist() == [answer is None for answer, _, _ in judged]
        assert outcome.is_("near", rule["code"]).tolist() == [short == 1 for _, short, _ in judged]
    for place, rule in enumerate(rules):
        assert outcome.counts[place].tolist() == [len(outcome.people_who(what, rule["code"])) for what in ("yes", "ask", "near")]


@given(plain.rules, plain.people())
@settings(max_examples=150, deadline=None)
def test_a_person_is_answered_like_the_plain_evaluator_with_reasons_that_carry_it(rules: Any, facts: dict[str, Any]):
    person = in_force(rules).person(facts)

    for rule, answer in zip(rules, person.answers, strict=True):
        value, short, _ = plain.judge(rule["when"], facts)
        assert (answer.state, answer.short) == (plain.NAMES[value], short)
        assert len(answer.missing) == short
        assert all(reason.state == "no" for reason in answer.missing)
        assert bool(answer.asks) == (value is None)
        assert all(facts[reason.statement.field.name] is None for reason in answer.asks)


@given(plain.rules, plain.people(), plain.people())
@settings(max_examples=80, deadline=None)
def test_changed_facts_one_by_one_give_the_answers_of_a_fresh_look(rules: Any, before: dict[str, Any], after: dict[str, Any]):
    bound = in_force(rules)
    person = bound.person(before)
    for name, value in after.items():
        states = [answer.state for answer in person.answers]
        changed = person.change(name, value)
        assert [answer.was for answer in changed] == [states[place] for place in bound.readers.get(name, ())]

    fresh = bound.person(after)
    assert [(answer.state, answer.short) for answer in person.answers] == [
        (answer.state, answer.short) for answer in fresh.answers
    ]
    for kept, new in zip(person.answers, fresh.answers, strict=True):
        assert [(reason.state, reason.seen) for reason in kept.reasons] == [(reason.state, reason.seen) for reason in new.reasons]


@given(st.lists(plain.people(), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_a_register_gives_back_the_facts_it_was_given(people: list[dict[str, Any]]):
    bound = in_force(one({"field": "income", "op": "filled"}))
    register = Register(bound.fields, columns_of(people))

    for row, facts in enumerate(people):
        seen = register.facts(row)
        assert {name: set(value) if name == "tags" and value is not None else value for name, value in seen.items()} == {
            name: set(value) if name == "tags" and value is not None else "✓" if name == "card" and value else value
            for name, value in facts.items()
        }


@given(plain.rules, st.booleans())
@settings(max_examples=80, deadline=None)
def test_a_decision_table_says_the_same_as_the_rules(rules: Any, chinese: bool):
    header, rows = table_of(rules, chinese=chinese)
    bound = in_force(rules)
    again = in_force(rules_of([dict(zip(header, row, strict=True)) for row in rows], bound.fields))

    assert again.groups == bound.groups
    assert [(said.text, said.condition, said.turns) for said in again.statements] == [
        (said.text, said.condition, said.turns) for said in bound.statements
    ]


def test_a_clerks_table_in_chinese_is_read():
    rows = [
        {"规则": "living", "名称": "困难残疾人生活补贴", "材料": "残疾证 | 户口簿", "组合": "", "字段": "care", "折算": "", "比较": "属于", "值": "mild | severe", "说明": "持证"},
        {"规则": "living", "名称": "", "材料": "", "组合": "任一：困难", "字段": "tags", "折算": "", "比较": "包含", "值": "poor", "说明": ""},
        {"规则": "living", "名称": "", "材料": "", "组合": "任一：困难", "字段": "income", "折算": "", "比较": "小于", "值": "{line*1.5}", "说明": ""},
        {"规则": "", "名称": "", "材料": "", "组合": "", "字段": "", "折算": "", "比较": "", "值": "", "说明": ""},
        {"规则": "living", "名称": "", "材料": "", "组合": "", "字段": "birth", "折算": "周岁", "比较": "不小于", "值": "{elder}", "说明": "年满{value}周岁"},
        {"规则": "living", "名称": "", "材料": "", "组合": "", "字段": "veteran", "折算": "", "比较": "等于", "值": "否", "说明": ""},
    ]  # fmt: skip
    bound = in_force(rules_of(rows, in_force(one({"field": "card", "op": "filled"})).fields))

    answer = bound.person({"care": "mild", "tags": [], "income": 1799, "birth": "1944-02-29", "veteran": False}).of("living")
    assert answer.state == "yes"
    assert answer.rule.papers == ("残疾证", "户口簿")
    assert {reason.text for reason in answer.reasons} >= {"持证", "年满80周岁"}


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ({"rule": "r", "field": "income", "op": ""}, "row 2, op"),
        ({"rule": "r", "field": "income", "op": "equals", "value": "1"}, "row 2, op"),
        ({"rule": "r", "field": "income", "op": "<", "value": "much"}, "row 2, value"),
        ({"rule": "r", "field": "income", "op": "<", "value": "1", "group": "some:a"}, "row 2, group"),
    ],
)
def test_a_fault_in_a_table_names_its_row_and_column(row: dict[str, str], where: str):
    fields = in_force(one({"field": "card", "op": "filled"})).fields
    with pytest.raises(BadInput) as found:
        rules_of([row], fields)
    assert found.value.field == where


def test_two_rows_of_a_rule_may_not_disagree_about_it():
    row = {"rule": "r", "field": "income", "op": "filled", "name": "低保"}
    with pytest.raises(BadInput, match="row 3, name"):
        rules_of([row, row | {"name": "低边"}])


@pytest.mark.parametrize("measure", ["age", "months_since", "days_since", "days_until"])
@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2023, 2, 28), date(2024, 3, 31), date(2024, 1, 1)])
def test_ages_and_spans_turn_into_days_without_a_slip(measure: str, day: date):
    for shift in range(-800, 800, 3):
        value = date.fromordinal(day.toordinal() + shift)
        reached = measure_of(measure, value, day)
        expected = {
            "age": plain.months_full(value, day) // 12,
            "months_since": plain.months_full(value, day),
            "days_since": -shift,
            "days_until": shift,
        }
        assert reached == expected[measure]
        if measure != "days_until":
            days = value.toordinal() - date(1970, 1, 1).toordinal()
            assert days <= latest_for(measure, reached, day)
            assert days > latest_for(measure, reached + 1, day)


def test_a_blank_is_asked_for_only_while_it_matters():
    rules = one(
        {"field": "hukou", "op": "=", "value": "local"},
        {"any": [{"field": "veteran", "op": "=", "value": True}, {"field": "income", "op": "<", "value": 100}]},
    )
    person = in_force(rules).person({"hukou": "local", "income": 5000})

    assert [reason.question for reason in person.of("rule").asks] == ["是否退役军人?"]
    assert person.change("hukou", "outside")[0].state == "no"
    assert person.of("rule").asks == []
    assert person.change("hukou", None)[0].was == "no"
    assert [reason.statement.field.name for reason in person.of("rule").asks] == ["hukou", "veteran"]


def test_a_blank_in_an_alternative_that_is_lost_is_not_asked_for():
    lost = {"all": [{"field": "hukou", "op": "=", "value": "local"}, {"field": "veteran", "op": "=", "value": True}]}
    person = in_force(one({"any": [lost, {"field": "income", "op": "<", "value": 100}]})).person({"hukou": "outside"})

    assert [reason.statement.field.name for reason in person.of("rule").asks] == ["income"]


def test_bounds_between_whole_numbers_hold_for_columns_of_whole_numbers():
    rules = one({"field": "income", "op": "between", "value": [-2.5, -0.5]}) + [
        {"code": "far", "when": {"field": "income", "op": ">=", "value": 1e12}},
        {"code": "wide", "when": {"field": "income", "op": "between", "value": [-1e12, 1e12]}},
    ]
    outcome = in_force(rules).evaluate({"income": numpy.array([-3, -2, -1, 0], numpy.int16)})

    assert outcome.people_who("yes", "rule").tolist() == [1, 2]
    assert outcome.counts[1:, 0].tolist() == [0, 4]


def test_nearest_misses_come_first_with_what_is_missing_and_how_far_it_is():
    rules = [
        {"code": "far", "when": {"all": [{"field": "hukou", "op": "=", "value": "outside"}, {"field": "income", "op": ">", "value": 9000}]}},
        {"code": "near", "when": {"all": [{"field": "income", "op": "<", "value": {"setting": "line"}}, {"field": "hukou", "op": "=", "value": "local"}]}},
        {"code": "old", "when": {"field": "birth", "as": "age", "op": ">=", "value": 80, "text": "年满{value}周岁"}},
        {"code": "sure", "when": {"field": "hukou", "op": "=", "value": "local"}},
    ]  # fmt: skip
    person = in_force(rules).person({"hukou": "local", "income": 1230.5, "birth": date(1944, 3, 10)})

    assert [answer.rule.code for answer in person.nearest_misses()] == ["near", "old", "far"]
    assert [(reason.text, reason.gap) for reason in person.of("near").missing] == [("收入 < 1200", 30.5)]
    assert [(reason.text, reason.gap) for reason in person.of("old").missing] == [("年满80周岁", 10)]


def test_settings_hold_at_their_place_and_rules_in_their_time():
    rules = [
        {"code": "old", "from": "2020-01-01", "until": "2023-12-31", "when": {"field": "income", "op": "<", "value": {"setting": "line"}}},
        {"code": "new", "from": "2024-01-01", "when": {"field": "income", "op": "<", "value": {"setting": "line", "times": 2}}},
    ]  # fmt: skip
    book = Rulebook(rules, plain.FIELDS, plain.SETTINGS)

    assert [rule.code for rule in book.in_force(date(2023, 12, 31)).rules] == ["old"]
    assert [rule.code for rule in book.in_force(date(2024, 1, 1)).rules] == ["new"]
    assert book.in_force(TODAY, "310101").person({"income": 2399}).of("new").state == "yes"
    assert book.in_force(TODAY, "440103").person({"income": 2399}).of("new").state == "no"
    assert book.in_force(TODAY, "440103").person({"income": 1999}).of("new").state == "yes"
    with pytest.raises(BadInput, match=r"settings\.line"):
        Rulebook(rules, plain.FIELDS, {"line": {"31": 1200}}).in_force(TODAY, "440103")


def test_the_words_of_a_rule_are_its_own_or_made_of_field_sign_and_value():
    rules = one(
        {"field": "hukou", "op": "in", "value": ["local", "province"]},
        {"not": {"field": "tags", "op": "has", "value": "ill"}, "text": "无大病"},
        {"not": {"field": "tags", "op": "has all", "value": ["ill", "poor"]}},
        {"field": "birth", "as": "age", "op": ">=", "value": 60},
    )
    texts = [reason.text for reason in in_force(rules).person({}).of("rule").reasons]

    assert texts == ["hukou ∈ 本地、省内", "无大病", "tags ¬ ⊇ ill、poor", "birth (age) ≥ 60"]


@pytest.mark.parametrize(
    ("rule", "where", "words"),
    [
        ({"when": {"field": "income", "op": "filled"}}, "rules[0].code", "missing"),
        ({"code": "a"}, "rules[0].when", "missing"),
        ({"code": "a", "when": {"all": []}}, "rules[0].when.all", "at least one"),
        ({"code": "a", "when": {"all": [{"field": "incme", "op": "filled"}]}}, "rules[0].when.all[0].field", "did you mean “income”"),
        ({"code": "a", "when": {"not": {"field": "income", "op": "has", "value": "x"}}}, "rules[0].when.not.op", "cannot be asked of a number"),
        ({"code": "a", "when": {"field": "hukou", "op": "=", "value": "locl"}}, "rules[0].when.value", "did you mean “local”"),
        ({"code": "a", "when": {"field": "hukou", "op": ">=", "value": "local"}}, "rules[0].when.op", "“>=”"),
        ({"code": "a", "when": {"field": "income", "op": "<", "value": True}}, "rules[0].when.value", "no number"),
        ({"code": "a", "when": {"field": "income", "op": "<"}}, "rules[0].when.value", "missing"),
        ({"code": "a", "when": {"field": "income", "op": "<", "value": {"setting": "lime"}}}, "rules[0].when.value", "did you mean “line”"),
        ({"code": "a", "when": {"field": "income", "op": "<", "value": {"setting": "line", "times": "x"}}}, "rules[0].when.value", "times"),
        ({"code": "a", "when": {"field": "income", "op": "between", "value": [5, 1]}}, "rules[0].when.value", "empty"),
        ({"code": "a", "when": {"field": "income", "op": "between", "value": [5]}}, "rules[0].when.value", "two values"),
        ({"code": "a", "when": {"field": "tags", "op": "has any", "value": "ill"}}, "rules[0].when.value", "no list"),
        ({"code": "a", "when": {"field": "birth", "op": "<", "value": "2024-02-30"}}, "rules[0].when.value", "no day"),
        ({"code": "a", "when": {"field": "income", "as": "age", "op": "<", "value": 3}}, "rules[0].when.as", "needs a date"),
        ({"code": "a", "when": {"field": "birth", "as": "years", "op": "<", "value": 3}}, "rules[0].when.as", "none of"),
        ({"code": "a", "when": {"field": "card", "op": "filled", "value": 1}}, "rules[0].when.value", "takes no value"),
        ({"code": "a", "when": {"field": "card", "op": "filled"}, "til": "2020-01-01"}, "rules[0]", "did you mean"),
        ({"code": "a", "when": {"field": "card", "op": "filled"}, "from": "2020-01-02", "until": "2020-01-01"}, "rules[0].until", "before"),
        ({"code": "a", "when": {"field": "card", "op": "filled"}, "from": "soon"}, "rules[0].from", "no day"),
        ({"code": "a", "when": {"field": "card", "op": "filled"}, "papers": "card"}, "rules[0].papers", "list"),
        ("a", "rules[0]", "no object"),
    ],
)  # fmt: skip
def test_every_fault_of_a_rule_is_named_with_its_place(rule: Any, where: str, words: str):
    faults = check([rule], plain.FIELDS, plain.SETTINGS)

    assert [place for place, _ in faults] == [where]
    assert words in faults[0][1]
    with pytest.raises(BadInput):
        Rulebook([rule], plain.FIELDS, plain.SETTINGS)


def test_all_faults_are_listed_and_a_code_stands_once():
    good = {"code": "a", "when": {"field": "card", "op": "filled"}}
    deep: dict[str, Any] = good["when"]
    for _ in range(50):
        deep = {"not": deep}

    assert check([good, good], plain.FIELDS) == [("rules[1].code", "“a” is there twice")]
    assert "groups deep" in check([{"code": "a", "when": deep}], plain.FIELDS)[0][1]
    assert check({"rules": []}, plain.FIELDS) == [("rules", "are not a list")]
    with pytest.raises(BadInput, match="and 1 more"):
        Rulebook([{"code": "a"}, {"code": "b"}], plain.FIELDS)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"name": "x", "kind": "nmber"}, "did you mean “number”"),
        ({"kind": "number"}, "no name"),
        ({"name": "x", "kind": "code"}, "needs its codes"),
        ({"name": "x", "kind": "set", "codes": [str(code) for code in range(64)]}, "may have 63"),
    ],
)
def test_faults_of_fields_are_named(field: Any, words: str):
    assert words in check([], [field])[0][1]
    assert check([], [plain.FIELDS[0], plain.FIELDS[0]])[0][1] == "“income” is there twice"
    assert check([], "income")[0] == ("fields", "are not a list")


def test_fields_that_nobody_declared_are_guessed():
    rules = one(
        {"field": "sex", "op": "=", "value": "female"}, {"field": "birth", "as": "age", "op": ">=", "value": {"setting": "elder"}},
        {"field": "moved", "op": "<", "value": "2020-01-01"}, {"field": "tags", "op": "has", "value": "alone"},
        {"field": "flexible", "op": "=", "value": True}, {"field": "note", "op": "filled"}, {"field": "rooms", "op": "in", "value": [1, 2]},
    )  # fmt: skip
    bound = Rulebook(rules, settings={"elder": 80}).in_force(TODAY)

    assert {name: field.kind for name, field in bound.fields.items()} == {
        "sex": "code", "birth": "date", "moved": "date", "tags": "set", "flexible": "flag", "note": "text", "rooms": "number",
    }  # fmt: skip
    assert bound.person({"sex": "male"}).of("rule").state == "no"
    outcome = bound.evaluate(
        {
            "sex": ["male", "female"],
            "birth": ["1930-01-01"] * 2,
            "moved": ["2000-01-01"] * 2,
            "tags": ["alone|new", "alone"],
            "flexible": ["是", "1"],
            "note": ["", "x"],
            "rooms": ["1", "2"],
        }
    )
    assert outcome.people_who("yes", "rule").tolist() == [1]


def test_columns_come_in_many_forms_and_mean_the_same():
    rules = one(
        {"field": "income", "op": ">=", "value": 1000},
        {"field": "birth", "op": "<", "value": "1950-01-01"},
        {"field": "veteran", "op": "=", "value": True},
        {"field": "care", "op": ">", "value": "none"},
    )
    days = numpy.array(["1949-12-31", "1950-01-01", "NaT"], "datetime64[D]")
    forms = [
        {"income": ["1000", "1000", "1000"], "birth": ["1949-12-31", "1950-01-01", ""], "veteran": ["yes", "no", ""], "care": ["mild", "none", "mild"]},
        {"income": numpy.array([1000, 1000, 1000], numpy.int16), "birth": days, "veteran": numpy.array([1, 0, -1]), "care": numpy.array([1.0, 0, 1])},
        {"income": numpy.ma.MaskedArray([1000, 1000, 1000], [0, 0, 0]), "birth": days.astype("datetime64[s]"), "veteran": numpy.ma.MaskedArray([True, False, True], [0, 0, 1]), "care": numpy.array([1, 0, 1], numpy.uint8)},
    ]  # fmt: skip
    for columns in forms:
        outcome = in_force(rules).evaluate(columns)
        assert outcome.counts.tolist() == [[1, 1, 0]]
        assert outcome.people_who("ask", "rule").tolist() == [2]


def test_blanks_of_a_column_may_be_told_apart_from_it():
    bound = in_force(one({"field": "income", "op": "<", "value": 5}))
    income = numpy.array([1.0, 2.0])
    register = Register(bound.fields, {"income": income}, {"income": numpy.array([False, True])})

    assert bound.evaluate(register).counts.tolist() == [[1, 1, 0]]
    assert income.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("columns", "where", "words"),
    [
        ({"income": [1], "birth": ["x"]}, "birth", "row 1"),
        ({"income": [1, 2], "birth": [None]}, "birth", "1 rows"),
        ({"income": [numpy.inf]}, "income", "row 1"),
        ({"income": numpy.array([1.0, numpy.inf])}, "income", "infinite"),
        ({"hukou": numpy.array([0, 3])}, "hukou", "row 2 holds 3"),
        ({"hukou": numpy.array([0, 300])}, "hukou", "row 2 holds 300"),
        ({"hukou": ["local", "mars"]}, "hukou", "row 2"),
        ({"veteran": numpy.array([0, 2])}, "veteran", "row 2"),
        ({"care": numpy.array([0.5])}, "care", "no whole number"),
        ({"tags": numpy.array([0.5])}, "tags", "cannot hold a set"),
        ({"tags": numpy.array([16])}, "tags", "row 1 holds 16"),
        ({"income": numpy.zeros((2, 2))}, "income", "2 dimensions"),
        ({"income": numpy.ma.MaskedArray([1, 2], [0, 1]), "birth": [None]}, "birth", "1 rows"),
    ],
)
def test_faults_of_columns_name_column_and_row(columns: dict[str, Any], where: str, words: str):
    bound = in_force(one({"field": "income", "op": "filled"}))
    with pytest.raises(BadInput) as found:
        Register(bound.fields, columns)
    assert found.value.field == where
    assert words in str(found.value)


def test_a_missing_column_is_named_with_the_rule_that_reads_it():
    with pytest.raises(BadInput, match="birth: is no column of the register; rule rule reads it"):
        in_force(one({"field": "income", "op": "filled"}, {"field": "birth", "op": "filled"})).evaluate({"income": [1]})
    with pytest.raises(BadInput, match="declared otherwise"):
        register = Register(Rulebook(one({"field": "hukou", "op": "=", "value": "local"})).fields, {"hukou": ["local"]})
        in_force(one({"field": "hukou", "op": "=", "value": "local"})).evaluate(register)


def test_facts_of_a_person_are_checked():
    bound = in_force(one({"field": "income", "op": "filled"}))
    for facts, where in (
        ({"incme": 1}, "incme"),
        ({"income": "1"}, "income"),
        ({"hukou": "mars"}, "hukou"),
        ({"veteran": 1}, "veteran"),
    ):
        with pytest.raises(BadInput) as found:
            person = bound.person({})
            for name, value in facts.items():
                person.change(name, value)
        assert found.value.field == where
    with pytest.raises(BadInput, match="did you mean “rule”"):
        bound.person({}).of("rle")


def test_nobody_and_no_rule_are_no_trouble():
    bound = in_force(one({"field": "income", "op": "filled"}))

    assert bound.evaluate({"income": []}).counts.tolist() == [[0, 0, 0]]
    assert Rulebook([], plain.FIELDS).in_force(TODAY).evaluate({"income": [1.0]}).counts.shape == (0, 3)
    assert Rulebook([], plain.FIELDS).in_force(TODAY).person({"income": 1}).answers == []
    warm()


def test_work_over_a_register_tells_how_far_it_is_and_can_be_stopped():
    bound = in_force(one({"field": "income", "op": "<", "value": 3}))
    register = Register(bound.fields, {"income": numpy.zeros(200_000)})
    shares: list[float] = []

    assert bound.evaluate(register, shares.append).counts.tolist() == [[200_000, 0, 0]]
    assert shares == sorted(shares)
    assert len(shares) == 4
    assert shares[-1] == 1
    with pytest.raises(Cancelled):
        bound.evaluate(register, lambda share: False)
