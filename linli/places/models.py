"""Places: the tree of areas, the sketch drawn without tiles, buildings, and city components."""

from __future__ import annotations

from django.db import models


class AreaLevel(models.TextChoices):
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    GRID = "grid"
    MICRO_GRID = "micro_grid"


class Area(models.Model):
    """A piece of the district's territory. Its code is its path (6 + 3 + 3 + 3 + 2 digits) and never used again."""

    code = models.CharField(max_length=17, primary_key=True)
    level = models.CharField(max_length=10, choices=AreaLevel)
    parent_code = models.CharField(max_length=17, blank=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    area_class = models.CharField(max_length=1, default="B")  # A core, B ordinary, C outer: chooses the limit
    households = models.PositiveIntegerField(default=0)
    polygon = models.JSONField(null=True)  # GeoJSON geometry, WGS-84
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    predecessor_code = models.CharField(max_length=17, blank=True)
    pack = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["code"]


class SketchFeature(models.Model):
    """A line or shape of the drawn town map: river, road, park, estate, building with its number."""

    kind = models.CharField(max_length=16)
    name_zh = models.CharField(max_length=60, blank=True)
    name_en = models.CharField(max_length=80, blank=True)
    number = models.CharField(max_length=12, blank=True)
    geometry = models.JSONField()
    pack = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind"], name="sketch_kind")]


class Building(models.Model):
    """A numbered building with its address, its estate and how many households live in it."""

    code = models.CharField(max_length=24, primary_key=True)
    estate_zh = models.CharField(max_length=60, blank=True)
    estate_en = models.CharField(max_length=80, blank=True)
    number = models.CharField(max_length=12, blank=True)
    grid_code = models.CharField(max_length=17)
    lng = models.FloatField()
    lat = models.FloatField()
    floors = models.PositiveSmallIntegerField(default=0)
    households = models.PositiveIntegerField(default=0)
    address_zh = models.CharField(max_length=120)
    address_en = models.CharField(max_length=160, blank=True)
    pack = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["grid_code"], name="building_grid"),
            models.Index(fields=["address_zh"], name="building_address"),
        ]


class Component(models.Model):
    """A city component (部件): a lamp, a cover, a bin, with who owns it and who answers for it."""

    code = models.CharField(max_length=16, primary_key=True)
    category_code = models.CharField(max_length=8)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    lng = models.FloatField()
    lat = models.FloatField()
    grid_code = models.CharField(max_length=17)
    organization_code = models.CharField(max_length=40, blank=True)
    responsible_username = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, default="intact")  # intact, damaged, lost, disused, removed
    pack = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["grid_code", "category_code"], name="component_grid")]
