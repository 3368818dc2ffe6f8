"""Who is entitled to what: 1.2 m made-up residents, 77 fields; 20 rules and 300; one changed fact; a million people by 1,000 random rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy

from bench.methods import eligibility_peers as peers
from bench.methods import eligibility_rows as rows
from bench.methods import register
from bench.methods.contest import OURS, Contender, Goal, Match
from bench.methods.eligibility_picture import picture
from linli.methods.eligibility import InForce, Rulebook, warm
from linli.methods.eligibility_register import Outcome, Register

__all__ = ["matches", "picture"]
CHANGES = 500
ALIKE_PEOPLE, ALIKE_RULES, ASKED_ALONE = 1_000_000, 1_000, 1_000


def bound(rules: list[dict[str, Any]]) -> InForce:
    return Rulebook(rules, register.fields(), register.SETTINGS).in_force(register.DAY)


@cache
def residents() -> dict[str, numpy.ndarray]:
    return register.columns()


def town(rules: list[dict[str, Any]]) -> tuple[InForce, Register, list[list[int]]]:
    """Rules, register and what a rule-by-rule numpy evaluator counts."""
    made = bound(rules)
    people = Register(made.fields, residents())
    return made, people, peers.numpy_counts((made, people))


def wrong(instance: Any, answer: list[list[int]]) -> dict[str, float]:
    """Rules whose counts differ; a contender is judged by the counts it gives."""
    expected = instance[2]
    found = sum(given[: min(len(given), 2)] != right[: min(len(given), 2)] for given, right in zip(answer, expected, strict=True))
    return {"wrong rules": found, "counts a rule": len(answer[0])}


def ours_prepare(instance: Any) -> tuple[InForce, Register]:
    warm()
    return instance[0], Register(instance[0].fields, residents())


def ours(prepared: tuple[InForce, Register]) -> list[list[int]]:
    made, people = prepared
    return made.evaluate(people).counts.tolist()


def whole_register(title: str, rules: Callable[[], list[dict[str, Any]]], cpu_s: float) -> Match:
    def first_two(prepare: Callable[[Any], Any]) -> Callable[[Any], Any]:
        return lambda instance: prepare(instance[:2])

    return Match(
        title=title,
        instance=lambda: town(rules()),
        score=wrong,
        contenders=(
            Contender(f"{OURS}: entitled, to ask, one short", ours, ours_prepare, repeat=5),
            Contender("expressions, entitled only", peers.polars_yes, first_two(peers.polars_prepare), "polars", repeat=5),
            Contender("expressions, all three", peers.polars_all_three, first_two(peers.polars_prepare), "polars", repeat=3),
            Contender("rule by rule, entitled and to ask", peers.numpy_counts, first_two(lambda given: given), "numpy"),
            Contender("formulas, entitled only", peers.openfisca_yes, first_two(peers.openfisca_prepare), "openfisca-core"),
            Contender("one scan, entitled only", peers.duckdb_yes, first_two(peers.duckdb_prepare), "duckdb"),
        ),
        goals={"CPU s": Goal(cpu_s), "MB": Goal(250), "wrong rules": Goal(0)},
        note="“prepare s” is what each needs to take the columns over. Blanks are each peer's own nulls; thresholds and ages are worked out for all. OpenFisca keeps amounts in single precision, hence its differing counts.",
    )


def changes(made: InForce) -> tuple[list[dict[str, Any]], list[tuple[int, str, int, Any]]]:
    """500 people, and facts of others that come to them one after the other."""
    people = Register(made.fields, {name: column[:2000] for name, column in residents().items()})
    draw = numpy.random.default_rng(3)
    facts = [people.facts(row) for row in range(2000)]
    names = [*made.readers]
    picks = zip(
        draw.integers(0, 500, CHANGES), draw.integers(0, len(names), CHANGES), draw.integers(500, 2000, CHANGES), strict=True
    )
    return facts[:500], [(int(who), names[name], int(row), facts[row][names[name]]) for who, name, row in picks]


def change_ours(prepared: Any) -> dict[str, Any]:
    made, facts, news = prepared
    people = [made.person(one) for one in facts]
    touched, started = 0, time.process_time()
    for who, name, _row, value in news:
        for answer in people[who].change(name, value):
            touched += len(answer.reasons)
    spent = time.process_time() - started
    return {
        "spent": spent,
        "number": len(news),
        "states": [[answer.state == "yes" for answer in person.answers] for person in people],
    }


def change_polars_prepare(instance: Any) -> Any:
    made, facts, news = instance
    _made, frame = peers.polars_prepare(
        (made, Register(made.fields, {name: column[:2000] for name, column in residents().items()}))
    )
    return peers.polars_expressions(made), {who: frame.slice(who, 1) for who in range(len(facts))}, frame, news


def change_polars(prepared: Any) -> dict[str, Any]:
    """All rules of the one resident again, without reasons."""
    expressions, people, frame, news = prepared
    started = time.process_time()
    for who, name, row, _value in news:
        people[who] = people[who].with_columns(frame.slice(row, 1)[name])
        people[who].select(expressions).row(0)
    return {"spent": time.process_time() - started, "number": len(news), "states": None}


def judge_changes(instance: Any, answer: dict[str, Any]) -> dict[str, float]:
    made, facts, news = instance
    now = [dict(one) for one in facts]
    for who, name, _row, value in news:
        now[who][name] = value
    found = {"µs a change": answer["spent"] / answer["number"] * 1e6}
    if answer["states"] is None:
        return found
    outcome = made.evaluate({name: [one[name] for one in now] for name in now[0]})
    right = numpy.array([outcome.is_("yes", code) for code in outcome.codes]).T
    return found | {"wrong answers": int((right != numpy.array(answer["states"])).sum())}


def one_change(title: str, rules: Callable[[], list[dict[str, Any]]], most_us: float) -> Match:
    def instance() -> Any:
        made = bound(rules())
        return made, *changes(made)

    return Match(
        title=title,
        instance=instance,
        score=judge_changes,
        contenders=(
            Contender(f"{OURS}: rules that read it, with reasons", change_ours),
            Contender("all rules of the person again, no reasons", change_polars, change_polars_prepare, "polars"),
        ),
        goals={"µs a change": Goal(most_us), "wrong answers": Goal(0)},
    )


def states_of(outcome: Outcome) -> list[numpy.ndarray]:
    """As `rows.row_by_row` writes them."""
    return [
        sum(outcome.is_(what, code).astype(numpy.uint8) * number for number, what in ((1, "yes"), (2, "ask"), (3, "near")))
        for code in outcome.codes
    ]


def alike() -> Any:
    """Random rules, random people, and what the row-by-row evaluator says of them."""
    columns, rules = register.columns(ALIKE_PEOPLE, seed=11), rows.random_rules(ALIKE_RULES, seed=5)
    people = rows.matrix(columns)
    digests, alone = [], []
    for start in range(0, ALIKE_RULES, 100):
        answers = rows.row_by_row(people, *rows.postfix(rules[start : start + 100]), register.TODAY).T
        digests += rows.digests(answers)
        alone.append(answers[:, :ASKED_ALONE].copy())
    return columns, rules, digests, numpy.concatenate(alone), people


def alike_ours(instance: Any) -> Any:
    columns, rules = instance[:2]
    found = []
    for start in range(0, ALIKE_RULES, 100):
        made = bound(rules[start : start + 100])
        found += rows.digests(states_of(made.evaluate(Register(made.fields, columns))))
    return found


def alike_alone(instance: Any) -> Any:
    columns, rules = instance[:2]
    made = bound(rules)
    people = Register(made.fields, {name: column[:ASKED_ALONE] for name, column in columns.items()})
    number = {"no": 0, "yes": 1, "ask": 2}
    found = numpy.empty((ALIKE_RULES, ASKED_ALONE), numpy.uint8)
    for row in range(ASKED_ALONE):
        answers = made.person(people.facts(row)).answers
        found[:, row] = [3 if answer.state == "no" and answer.short == 1 else number[answer.state] for answer in answers]
    return found


def judge_alike(instance: Any, answer: Any) -> dict[str, float]:
    if isinstance(answer, list):
        people, differing = ALIKE_PEOPLE, sum(given != right for given, right in zip(answer, instance[2], strict=True))
    else:
        people, differing = ASKED_ALONE, int((answer != instance[3]).any(axis=1).sum())
    return {"people": people, "rules": ALIKE_RULES, "rules that differ": differing}


def matches() -> list[Match]:
    return [
        whole_register("Entitlement: 20 rules × 1.2 m residents × 77 fields", register.rules, 0.1),
        whole_register("Entitlement: 300 rules × 1.2 m residents × 77 fields", register.variants, 0.3),
        one_change("Entitlement: one changed fact, 20 rules", register.rules, 20),
        one_change("Entitlement: one changed fact, 300 rules", register.variants, 500),
        Match(
            title="Entitlement: the same as row by row, 1,000 random rules × 1 m random people",
            instance=alike,
            score=judge_alike,
            contenders=(
                Contender(f"{OURS}: register", alike_ours, lambda instance: warm() or instance),
                Contender(f"{OURS}: one person at a time", alike_alone),
            ),
            goals={"rules that differ": Goal(0)},
            note="Yes, ask, one short and no of everybody held against a second evaluator that goes row by row; times include hashing a byte an answer.",
        ),
    ]
