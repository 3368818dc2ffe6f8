"""Who is entitled to what: rules as data, answered for a whole register, for one person with reasons, or as SQL.

Problem: a street keeps a register of its residents and dozens of rules on allowances and services. Find everybody who is
entitled and has not applied, everybody who is one condition short, and what must still be asked at whose door.

Principle: a rule is a tree of conditions (`eligibility_rules`), never code. A blank is "unknown", not "no" (Kleene's three
values in *Introduction to Metamathematics*, 1952, §64): a rule is a yes only when no blank could change it, "ask" when one could.
Each distinct condition is brought into one plain test (`eligibility_binding`) that all four readers share: bitmaps over
the register (`eligibility_register`), one person and one changed fact (`eligibility_person`), SQL (`eligibility_sql`),
and a decision table for clerks (`eligibility_table`) as another spelling of the same rules.

    book = Rulebook(rules, fields, settings)
    today = book.in_force(date(2026, 5, 1), place="310101003")
    outcome = today.evaluate(columns)                    # columns: field → array
    outcome.people_who("yes", "elder")                   # rows
    person = today.person({"birth": "1945-03-01", "hukou": "local"})
    person.of("elder").asks                              # what to ask at the door
    person.change("hukou", "province")                   # the rules that read it, answered again

Complexity: register O(people · conditions / 64) word operations, one change O(rules that read the field).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from linli.methods.eligibility_binding import Bound, bind
from linli.methods.eligibility_fields import Field
from linli.methods.eligibility_person import Person
from linli.methods.eligibility_rules import Fault, Reader, Rule, guess_fields, read_fields
from linli.methods.eligibility_sql import predicate, query, script
from linli.methods.errors import BadInput
from linli.methods.running import Progress

if TYPE_CHECKING:
    from linli.methods.eligibility_register import Outcome, Register


def check(rules: Any, fields: Any = None, settings: Mapping[str, Any] | None = None) -> list[Fault]:
    """Everything that is wrong with rules, each with where and what; an empty list when nothing is."""
    return _read(rules, fields, settings or {})[2]


def _read(rules: Any, fields: Any, settings: Mapping[str, Any]) -> tuple[dict[str, Field], list[Rule], list[Fault]]:
    faults: list[Fault] = []
    if fields is None:
        known = guess_fields(rules, settings)
    else:
        known, faults = read_fields([*fields.values()] if isinstance(fields, Mapping) else fields)
    reader = Reader(known, settings)
    found = reader.rules(rules)
    return known, found, [*faults, *reader.faults]


class Rulebook:
    """Rules with the fields they may read and the settings of every place.

    `rules`: list of documents (see `eligibility_rules`). `fields`: list of documents {"name", "kind", "title", "codes",
    "ordered", "question"} or of `Field`; None: guessed from how the rules use them. `settings`: name → value, or name → {place:
    value}, where a place is the beginning of an area's code and "*" is everywhere else.
    Raises BadInput with the first fault; `check` lists them all. O(size of the rules).
    """

    def __init__(self, rules: Sequence[Any], fields: Any = None, settings: Mapping[str, Any] | None = None):
        self.settings = dict(settings or {})
        self.fields, self.rules, faults = _read(rules, fields, self.settings)
        if faults:
            where, what = faults[0]
            raise BadInput(where, what + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""))

    def in_force(self, day: date, place: str = "") -> InForce:
        """The rules in force on a day, with the settings of a place. Raises BadInput when a setting has no value there."""
        found = InForce(day, place, self.fields)
        bind(found, self.rules, self.settings)
        return found


class InForce(Bound):
    """Rules on one day at one place. Make it once and keep it: it is only read."""

    def evaluate(self, columns: Register | Mapping[str, Any], progress: Progress | None = None) -> Outcome:
        """Everybody in a register: who is entitled (yes), unsure (ask), one condition short (near)."""
        # Numba takes half a second to load; pages, which ask about one person, never need it.
        from linli.methods.eligibility_register import Register, evaluate

        register = columns if isinstance(columns, Register) else Register(self.fields, columns)
        return evaluate(self, register, progress)

    def person(self, facts: Mapping[str, Any]) -> Person:
        """One person with reasons, nearest misses and questions; see `Person.change` for one changed fact."""
        return Person(self, facts)

    def sql(self, code: str, engine: str = "postgresql") -> str:
        """The predicate of one rule: true, false or NULL (ask). `engine`: postgresql or sqlite. Raises BadInput."""
        for place, rule in enumerate(self.rules):
            if rule.code == code:
                return predicate(self, place, engine)
        raise BadInput("rule", f"“{code}” is not in force on {self.day}")

    def sql_query(self, engine: str, table: str, identity: str = "id") -> str:
        """One query: for everybody in a table, each rule's answer and how many conditions short it is."""
        return query(self, engine, table, identity)

    def sql_script(self, engine: str, table: str) -> str:
        """A query a rule, for reading and for database consoles."""
        return script(self, engine, table)


def warm() -> None:
    """Compile the loops over registers on one person."""
    rules = [{"code": "all", "when": {"all": [{"field": kind, "op": "filled"} for kind in ("number", "date", "flag", "set")]}}]
    fields = [Field(kind, kind, codes={"one": "one"}) for kind in ("number", "date", "flag", "set")]
    Rulebook(rules, fields).in_force(date(2026, 1, 1)).evaluate(
        {"number": [1.0], "date": ["2026-01-01"], "flag": [True], "set": [["one"]]}
    )
