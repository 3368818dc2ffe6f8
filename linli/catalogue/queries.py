"""Reading the catalogue: categories, conditions, whose duty, which words are urgent. Kept in memory."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from django.utils.translation import get_language

from linli.catalogue.models import Category, Condition, DutyRule, Label, Major, Unit, UrgentWord
from linli.kernel.snapshots import Snapshot
from linli.organizations.queries import Body, bodies


class Catalogue:
    def __init__(self) -> None:
        self.majors = {row.code: row for row in Major.objects.all()}
        categories = list(Category.objects.all())
        self.categories = {row.code: row for row in categories if row.is_active}
        self._ever = {row.code: row for row in categories}  # those no longer in use too: old cases have them
        self._codes = sorted(self._ever)
        self.units = {row.code: row for row in Unit.objects.all()}
        self.labels = {row.key: row for row in Label.objects.all()}
        self.conditions: dict[str, dict[str, Condition]] = defaultdict(dict)
        for row in Condition.objects.order_by("category_id", "code"):
            self.conditions[row.category_id][row.code] = row
        self._rules: dict[str, list[DutyRule]] = defaultdict(list)
        for rule in DutyRule.objects.all():
            self._rules[rule.category_code].append(rule)
        self._urgent = {row.word.lower(): row.level for row in UrgentWord.objects.all()}
        words = sorted(self._urgent, key=len, reverse=True)
        self._urgent_pattern = re.compile("|".join(map(re.escape, words))) if words else None

    def condition(self, category: str, code: str = "") -> Condition | None:
        """The named condition of a category, or its default one."""
        rows = self.conditions.get(category, {})
        if code:
            return rows.get(code)
        return next((row for row in rows.values() if row.is_default), next(iter(rows.values()), None))

    def category_name(self, code: str) -> str:
        """What a category is called, also one that is no longer in use; the code where nothing else is known."""
        return self._ever[code].name if code in self._ever else code

    def major_name(self, code: str) -> str:
        """What the class of a category is called, also of one that is no longer in use; "" where it is not known."""
        return self.majors[self._ever[code].major_id].name if code in self._ever else ""

    def codes_of(self, start: str) -> list[str]:
        """Codes of a class (E05) or a kind (E), those no longer in use included: old cases have them."""
        return [code for code in self._codes if code.startswith(start)]

    def urgency(self, text: str) -> str:
        """critical, urgent or normal, by the words of the report."""
        if self._urgent_pattern is None:
            return "normal"
        found = {self._urgent[word] for word in self._urgent_pattern.findall(text.lower())}
        return "critical" if "critical" in found else "urgent" if "urgent" in found else "normal"

    def duty(self, category: str, area_code: str) -> tuple[Body | None, list[Body]]:
        """Lead and helping organizations for a category in an area.

        The most exact rule wins: category before class before `*`, longer area before shorter. Without a rule the
        organization that fulfils the category's unit in the area leads.
        """
        known = bodies()
        for key in (category, category[:3], "*"):
            fitting = [rule for rule in self._rules.get(key, []) if area_code.startswith(rule.area_code)]
            if fitting:
                rule = max(fitting, key=lambda item: len(item.area_code))
                helpers = [known.by_code[code] for code in rule.co_codes.split() if code in known.by_code]
                lead = known.by_code.get(rule.lead_code)
                if lead:
                    return lead, helpers
        row = self.categories.get(category)
        return (known.for_unit(row.unit_code, area_code) if row else None), []

    def rules_of(self, key: str) -> list[DutyRule]:
        """Rows of the duty matrix for a category, a class (E05) or everything (*)."""
        return self._rules.get(key, [])

    def label(self, key: str) -> str:
        row = self.labels.get(key)
        if row is None:
            return key
        return row.zh if (get_language() or "zh").startswith("zh") else row.en


_catalogue: Snapshot[Catalogue] = Snapshot("catalogue", Catalogue)


def catalogue() -> Catalogue:
    """The catalogue in force (kept in memory; remade when a pack is loaded)."""
    return _catalogue.get()


@dataclass(frozen=True)
class Duty:
    """Who would get a case of a category in an area, and why: by a rule of the matrix, or by the category's kind of unit."""

    lead: Body | None
    helpers: list[Body]
    rule: DutyRule | None


def duty_of(category: str, area_code: str) -> Duty:
    """What `Catalogue.duty` answers, with the rule that decided."""
    known = catalogue()
    lead, helpers = known.duty(category, area_code)
    fitting = [
        rule
        for key in (category, category[:3], "*")
        for rule in sorted(known.rules_of(key), key=lambda item: -len(item.area_code))
        if area_code.startswith(rule.area_code) and rule.lead_code in bodies().by_code
    ]
    return Duty(lead, helpers, fitting[0] if fitting else None)


def find_categories(text: str) -> list[Category]:
    """Categories whose code, names, keywords or conditions hold every word of `text`; no query."""
    words = [word.lower() for word in text.split()][:5]
    if not words:
        return []
    known, found = catalogue(), []
    for row in known.categories.values():
        names = [row.code, row.name_zh, row.name_en, row.keywords_zh, row.keywords_en]
        names += [part for one in known.conditions.get(row.code, {}).values() for part in (one.name_zh, one.name_en)]
        whole = " ".join(names).lower()
        if all(word in whole for word in words):
            found.append(row)
    return found
