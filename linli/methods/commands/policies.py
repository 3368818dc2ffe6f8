"""Who is entitled to what: everybody in a register, or one person with reasons; and whether the rules themselves are sound.

RULES is a JSON file ({"fields": […], "settings": {…}, "rules": […]}, or just the list of rules) or a decision table (.csv).
Of a table, fields and settings come from --with, a JSON file with "fields" and "settings". The register is a CSV file with a
header; columns that are no field are left alone, an empty cell is a blank, of several codes one stands after the other with |.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from linli.methods.commands import files
from linli.methods.eligibility import InForce, Rulebook, check
from linli.methods.eligibility_person import Answer
from linli.methods.eligibility_rules import guess_fields, read_fields
from linli.methods.eligibility_table import rules_of, table_of
from linli.methods.errors import BadInput
from linli.methods.running import bar, tell

SIGNS = {"yes": "✓", "no": "✗", "ask": "?"}
COLUMNS = ("person", "rule", "name", "answer", "what", "papers")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True)
    evaluate = verbs.add_parser("evaluate", help="everybody in a register: entitled, to ask, one condition short")
    evaluate.add_argument("rules", help="rules: .json or .csv")
    evaluate.add_argument("register", help="CSV of people")
    evaluate.add_argument("--id", default="id", help="column that tells people apart (id)")
    evaluate.add_argument("--out", default="entitled.csv", help="CSV to write (entitled.csv)")
    evaluate.add_argument("--only", default="yes,ask,near", help="which answers to write (yes,ask,near)")
    checked = verbs.add_parser("check", help="what is wrong with the rules, all of it")
    checked.add_argument("rules", help="rules: .json or .csv")
    checked.add_argument("--table", help="write them as a decision table (.csv)")
    checked.add_argument("--chinese", action="store_true", help="with Chinese headings and words")
    checked.add_argument("--json", help="write them as JSON")
    checked.add_argument("--sql", choices=["postgresql", "sqlite"], help="print the rules as SQL")
    explain = verbs.add_parser("explain", help="one person: each rule with its reasons, and the nearest misses")
    explain.add_argument("rules", help="rules: .json or .csv")
    explain.add_argument("person", help="JSON file of the person's facts, or the CSV of people with --id and --who")
    explain.add_argument("--id", default="id", help="column that tells people apart (id)")
    explain.add_argument("--who", help="whom of the register")
    explain.add_argument("--rule", help="only this rule")
    for verb in (evaluate, checked, explain):
        verb.add_argument("--with", dest="beside", help="JSON file with fields and settings")
        verb.add_argument("--day", default=None, help="the day to answer for, YYYY-MM-DD (today)")
        verb.add_argument("--place", default="", help="code of the area whose settings hold")


def run(options: argparse.Namespace) -> list[str]:
    written = _read(options)
    if options.verb == "check":
        return _check(options, written)
    book = Rulebook(written["rules"], written.get("fields"), written.get("settings"))
    bound = book.in_force(_day(options.day), options.place)
    return _evaluate(options, bound) if options.verb == "evaluate" else _explain(options, bound)


def _day(text: str | None) -> date:
    if text is None:
        return date.today()  # noqa: DTZ011  the office's own day
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("--day", f"“{text}” is no day (year-month-day)") from None


def _read(options: argparse.Namespace) -> dict[str, Any]:
    """Rules, fields and settings, whatever files they come from."""
    beside = files.read_json(options.beside) if options.beside else {}
    if not isinstance(beside, Mapping):
        raise BadInput(options.beside, "is no object with fields and settings")
    if options.rules.endswith(".csv"):
        rows = files.read_rows(options.rules)
        fields = read_fields(beside["fields"])[0] if "fields" in beside else None
        try:
            return {**beside, "rules": rules_of(rows, fields)}
        except BadInput as fault:
            raise BadInput(f"{options.rules}, {fault.field}", str(fault).partition(": ")[2]) from None
    found = files.read_json(options.rules)
    found = {"rules": found} if isinstance(found, list) else found
    if not isinstance(found, Mapping) or "rules" not in found:
        raise BadInput(options.rules, "has no “rules”")
    return {**found, **beside}


def _check(options: argparse.Namespace, written: Mapping[str, Any]) -> list[str]:
    faults = check(written["rules"], written.get("fields"), written.get("settings"))
    if faults:
        raise BadInput(options.rules, "\n".join([f"{len(faults)} faults", *(f"  {where}: {what}" for where, what in faults)]))
    book = Rulebook(written["rules"], written.get("fields"), written.get("settings"))
    bound = book.in_force(_day(options.day), options.place)
    lines = [
        f"{len(book.rules)} rules, {len(bound.rules)} in force on {bound.day}; "
        f"{len(bound.conditions)} different conditions on {len(bound.readers)} fields"
    ]
    if options.table:
        files.write_rows(options.table, *table_of(written["rules"], chinese=options.chinese))
        lines.append(f"written: {options.table}")
    if options.json:
        fields = (
            {}
            if "fields" in written
            else {"fields": [_document(one) for one in guess_fields(written["rules"], book.settings).values()]}
        )
        files.write_json(options.json, {**fields, **written})
        lines.append(f"written: {options.json}")
    if options.sql:
        lines += ["", bound.sql_script(options.sql, "residents")]
    return lines


def _document(of: Any) -> dict[str, Any]:
    return {"name": of.name, "kind": of.kind} | ({"codes": dict(of.codes)} if of.codes else {})


def _register(path: str, identity: str) -> list[dict[str, str]]:
    return files.read_rows(path, needs=(identity,))


def _facts(bound: InForce, row: Mapping[str, str], where: str) -> dict[str, Any]:
    try:
        return {name: of.read(row.get(name) or "") for name, of in bound.fields.items()}
    except BadInput as fault:
        raise BadInput(f"{where}, {fault.field}", str(fault).partition(": ")[2]) from None


def _evaluate(options: argparse.Namespace, bound: InForce) -> list[str]:
    wanted = [what.strip() for what in options.only.split(",")]
    if not set(wanted) <= {"yes", "ask", "near"}:
        raise BadInput("--only", f"“{options.only}” has more than yes, ask and near")
    rows = _register(options.register, options.id)
    missing = [name for name in bound.readers if rows and name not in rows[0]]
    if missing:
        raise BadInput(
            options.register,
            f"has no column {', '.join(missing)}; rule {bound.rules[bound.readers[missing[0]][0]].code} reads it",
        )
    try:
        outcome = bound.evaluate({name: [row[name] or "" for row in rows] for name in bound.readers})
    except BadInput as fault:
        raise BadInput(f"{options.register}, {fault.field}", str(fault).partition(": ")[2]) from None
    people: dict[int, list[tuple[int, str]]] = {}
    for place, code in enumerate(outcome.codes):
        for what in wanted:
            for person in outcome.people_who(what, code).tolist():
                people.setdefault(person, []).append((place, what))
    files.write_rows(options.out, COLUMNS, _lines(options, bound, rows, people))
    width = max((len(rule.code) for rule in bound.rules), default=4)
    lines = [
        f"{outcome.people} people, {len(bound.rules)} rules in force on {bound.day}",
        f"{'':<{width}}  entitled       ask  one short",
    ]
    for rule, (yes, ask, near) in zip(bound.rules, outcome.counts.tolist(), strict=True):
        name = rule.name if rule.name != rule.code else ""
        lines.append(f"{rule.code:<{width}}{yes:>10}{ask:>10}{near:>11}  {name}".rstrip())
    return [*lines, f"written: {options.out}"]


def _lines(
    options: Any, bound: InForce, rows: list[dict[str, str]], people: dict[int, list[tuple[int, str]]]
) -> Iterator[list[str]]:
    """Rows of the answer: what to ask, what is missing, which papers to bring."""
    progress = bar("reasons")
    for number, row in enumerate(sorted(people)):
        person = bound.person(_facts(bound, rows[row], f"{options.register}, line {row + 2}"))
        for place, what in sorted(people[row]):
            answer = person.answers[place]
            reasons = {"ask": [one.question for one in answer.asks], "near": [_missing(one) for one in answer.missing]}.get(
                what, []
            )
            papers = "、".join(answer.rule.papers) if what == "yes" else ""
            yield [rows[row][options.id], answer.rule.code, answer.rule.name, what, "；".join(reasons), papers]
        if number % 1000 == 0:
            tell(progress, number / len(people))
    tell(progress, 1)


def _missing(reason: Any) -> str:
    return reason.text if reason.gap is None else f"{reason.text} ({_number(reason.gap)})"


def _number(value: float) -> str:
    return f"{value:g}"


def _explain(options: argparse.Namespace, bound: InForce) -> list[str]:
    if options.person.endswith(".csv"):
        found = [
            (line, row) for line, row in enumerate(_register(options.person, options.id), 2) if row[options.id] == options.who
        ]
        if not found:
            raise BadInput("--who", f"“{options.who}” is nobody in {options.person}")
        facts = _facts(bound, found[0][1], f"{options.person}, line {found[0][0]}")
    else:
        facts = files.read_json(options.person)
        if not isinstance(facts, Mapping):
            raise BadInput(options.person, "is no object of facts")
    person = bound.person(facts)
    answers = [person.of(options.rule)] if options.rule else person.answers
    lines = [line for answer in answers for line in _told(answer)]
    near = [answer for answer in person.nearest_misses() if not options.rule]
    if near:
        lines += ["", "nearest misses:"]
    for answer in near:
        lines.append(f"  {answer.rule.name}: {answer.short} short: {'；'.join(_missing(one) for one in answer.missing)}")
    return lines


def _told(answer: Answer) -> list[str]:
    about = " ".join(filter(None, (answer.rule.name, answer.rule.source)))
    lines = [f"{SIGNS[answer.state]} {answer.rule.code}  {about}"]
    for reason in answer.reasons:
        seen = "—" if reason.seen is None else reason.statement.field.write(reason.seen)
        lines.append(f"    {SIGNS[reason.state]} {reason.text}  [{seen}]")
    lines += [f"    → {reason.question}" for reason in answer.asks]
    return lines + ([f"    ▸ {'、'.join(answer.rule.papers)}"] if answer.rule.papers and answer.state == "yes" else [])
