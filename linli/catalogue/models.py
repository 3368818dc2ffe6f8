"""The catalogue: what can be reported, under which condition it is registered, how long it may take, whose duty it is."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language


class Bilingual(models.Model):
    """A row with a name in both languages; `name` is the reader's."""

    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160, blank=True)
    pack = models.CharField(max_length=40, blank=True)

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "zh").startswith("zh") else (self.name_en or self.name_zh)


class Major(Bilingual):
    """A major class of components or events."""

    code = models.CharField(max_length=4, primary_key=True)
    kind = models.CharField(max_length=10)  # component | event

    class Meta:
        ordering = ["code"]


class Category(Bilingual):
    """A minor class: the thing or happening that a report is about."""

    code = models.CharField(max_length=8, primary_key=True)
    major = models.ForeignKey(Major, models.PROTECT, related_name="categories")
    unit_code = models.CharField(max_length=8)
    duplicate_radius_m = models.PositiveSmallIntegerField(default=50)
    is_public = models.BooleanField(default=True)
    is_sealed = models.BooleanField(default=False)  # never on a public page, map or screen
    icon = models.CharField(max_length=40, blank=True)
    keywords_zh = models.CharField(max_length=200, blank=True)
    keywords_en = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]


class Condition(Bilingual):
    """The condition under which a category is registered, with its limit by area class and what closing it takes."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="conditions")
    code = models.CharField(max_length=4)
    limit_a = models.CharField(max_length=6)
    limit_b = models.CharField(max_length=6)
    limit_c = models.CharField(max_length=6)
    closing_zh = models.CharField(max_length=120, blank=True)
    closing_en = models.CharField(max_length=160, blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["category_id", "code"]
        constraints = [models.UniqueConstraint(fields=["category", "code"], name="condition_code_once")]

    def limit_for(self, area_class: str) -> str:
        return {"A": self.limit_a, "C": self.limit_c}.get(area_class, self.limit_b)


class Unit(Bilingual):
    """A kind of responsible unit (SZ municipal works, PS drainage …); organizations of the district fulfil it."""

    code = models.CharField(max_length=8, primary_key=True)

    class Meta:
        ordering = ["code"]


class DutyRule(models.Model):
    """A row of the duty matrix: category (or its class, or *) in an area → lead organization and co-organizations."""

    category_code = models.CharField(max_length=8)
    area_code = models.CharField(max_length=17, blank=True)
    lead_code = models.CharField(max_length=40)
    co_codes = models.CharField(max_length=200, blank=True)
    pack = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category_code", "area_code"], name="duty_rule_once")]


class UrgentWord(models.Model):
    """A word in a report that raises its level."""

    word = models.CharField(max_length=40, primary_key=True)
    level = models.CharField(max_length=8)
    pack = models.CharField(max_length=40, blank=True)


class Label(models.Model):
    """A word that places call differently (核实/核查)."""

    key = models.CharField(max_length=40, primary_key=True)
    zh = models.CharField(max_length=60)
    en = models.CharField(max_length=80)
    pack = models.CharField(max_length=40, blank=True)
