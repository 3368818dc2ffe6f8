"""Reading the catalogue: categories, conditions, whose duty, which words are urgent. Kept in memory."""

from __future__ import annotations

import re
from collections import defaultdict

from django.utils.translation import get_language

from linli.catalogue.models import Category, Condition, DutyRule, Label, Major, Unit, UrgentWord
from linli.kernel.snapshots import Snapshot
from linli.organizations.queries import Body, bodies


class Catalogue:
    def __init__(self) -> None:
        self.majors = {row.code: row for row in Major.objects.all()}
        self.categories = {row.code: row for row in Category.objects.filter(is_active=True)}
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

    def label(self, key: str) -> str:
        row = self.labels.get(key)
        if row is None:
            return key
        return row.zh if (get_language() or "zh").startswith("zh") else row.en


_catalogue: Snapshot[Catalogue] = Snapshot("catalogue", Catalogue)


def catalogue() -> Catalogue:
    """The catalogue in force (kept in memory; remade when a pack is loaded)."""
    return _catalogue.get()
