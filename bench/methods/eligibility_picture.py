"""The picture of `eligibility`: made-up people, the conditions looked at once, and the rules read off them. Output of the method itself."""

from __future__ import annotations

from html import escape

import numpy

from bench.methods import register
from linli.methods.eligibility import Rulebook
from linli.methods.eligibility_register import Register

COLOURS = {"yes": "#2f8f83", "ask": "#e3b04b", "near": "#8fb8de", "no": "#e6e3dc"}
WORDS = {"yes": "entitled 可享", "ask": "ask at the door 待问", "near": "one condition short 差一项", "no": "no 否"}
SHOWN = ("elder", "dibao", "disab_living", "care", "flexible", "rent")
CELL, ROWS = 17, 16
INK, QUIET = "#2b2b2b", "#77736b"


def picture() -> str:
    """People down; left the conditions (each once), right the rules that share them."""
    rules = [rule for rule in register.rules() if rule["code"] in SHOWN]
    made = Rulebook(rules, register.fields(), register.SETTINGS).in_force(register.DAY)
    columns = register.columns(60_000, seed=2)
    outcome = made.evaluate(columns)
    chosen = _chosen(outcome)
    people = Register(made.fields, {name: column[chosen] for name, column in columns.items()})
    persons = [made.person(people.facts(row)) for row in range(len(chosen))]
    left, top = 70, 168
    gap = left + len(made.conditions) * CELL + 60
    parts = [_text(left, 28, "Each condition is looked at once, 64 people a word; rules only combine the words", 15, INK)]
    parts += [_text(left, 48, "每个条件只看一遍，各项政策共用；空白不是“否”，而是上门要问的", 13, QUIET)]
    for place, condition in enumerate(made.conditions):
        said = next(one for one in made.statements if one.condition == place)
        label = f"{said.field.name} {'≥' if condition.ranges and condition.ranges[0][1] == numpy.inf and not condition.is_definite else ''}".strip()
        parts.append(_slanted(left + place * CELL + 12, top - 8, label))
    for place, rule in enumerate(made.rules):
        parts.append(_slanted(gap + place * CELL * 2 + 16, top - 8, f"{rule.name}"))
    for row, person in enumerate(persons):
        y = top + row * CELL
        parts.append(_text(left - 8, y + 13, f"No. {row + 1}", 11, QUIET, "end"))
        for place, condition in enumerate(made.conditions):
            holds = condition.holds(made.fields[condition.field].encode(person.facts[condition.field]))
            colour = {True: "#7fb8ad", False: COLOURS["no"], None: COLOURS["ask"]}[holds]
            parts.append(_cell(left + place * CELL, y, CELL, colour))
        for place, answer in enumerate(person.answers):
            what = "near" if answer.state == "no" and answer.short == 1 else answer.state
            parts.append(_cell(gap + place * CELL * 2, y, CELL * 2, COLOURS[what]))
    width, height = gap + len(made.rules) * CELL * 2 + 70, top + ROWS * CELL + 66
    parts += _legend(left, top + ROWS * CELL + 34)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">'
    return "\n".join([head, f'<rect width="{width}" height="{height}" fill="#fbfaf7"/>', *parts, "</svg>"]) + "\n"


def _chosen(outcome: object) -> list[int]:
    """A few of each kind for every rule, so that all colours are seen."""
    found: list[int] = []
    for code in SHOWN:
        for what, number in (("yes", 2), ("ask", 1)):
            found += [int(row) for row in outcome.people_who(what, code)[:number]]  # type: ignore[attr-defined]
    found = list(dict.fromkeys(found))
    return sorted((found + [row for row in range(100) if row not in found])[:ROWS])


def _text(x: float, y: float, words: str, size: int, colour: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'


def _slanted(x: float, y: float, words: str) -> str:
    return f'<text transform="translate({x} {y}) rotate(-52)" font-size="11" fill="{QUIET}">{escape(words)}</text>'


def _cell(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x + 1}" y="{y + 1}" width="{width - 2}" height="{CELL - 2}" rx="2" fill="{colour}"/>'


def _legend(x: float, y: float) -> list[str]:
    parts = []
    for what, words in WORDS.items():
        parts += [_cell(x, y, CELL, COLOURS[what]), _text(x + 24, y + 13, words, 12, INK)]
        x += 60 + 9 * len(words)
    return parts
