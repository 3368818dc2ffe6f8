"""Organizations, roles and posts: who serves where, as what, from when to when."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language

from linli.kernel.identifiers import area_range
from linli.kernel.policy import Actor
from linli.people.models import Person


class Organization(models.Model):
    """A body that acts: department, street office, community, company, social organisation."""

    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=20)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120, blank=True)
    unit_code = models.CharField(max_length=8, blank=True)  # which kind of duty it carries: SZ, PS, JD …
    area_code = models.CharField(max_length=17, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    is_active = models.BooleanField(default=True)
    pack = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name_zh

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "zh").startswith("zh") else (self.name_en or self.name_zh)


class Role(models.Model):
    """A kind of post and the rights that come with it. Pack data.

    `reach`: own (what they reported), area (their area), unit (what their body has in hand), all.
    """

    code = models.CharField(max_length=30, primary_key=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    reach = models.CharField(max_length=6, default="own")
    door = models.CharField(max_length=8, default="portal")
    rights = models.JSONField(default=list)
    sentence_zh = models.CharField(max_length=160, blank=True)
    sentence_en = models.CharField(max_length=200, blank=True)
    sort = models.PositiveSmallIntegerField(default=0)
    pack = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["sort", "code"]

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "zh").startswith("zh") else self.name_en

    @property
    def sentence(self) -> str:
        """What somebody in this role does, in the reader's language."""
        return self.sentence_zh if (get_language() or "zh").startswith("zh") else self.sentence_en


class PostQuerySet(models.QuerySet["Post"]):
    def current(self, on: date) -> PostQuerySet:
        """Posts that hold on the day `on`: a post that ended yesterday opens nothing today."""
        return self.filter(Q(valid_from__lte=on), Q(valid_until=None) | Q(valid_until__gte=on))

    def visible_to(self, actor: Actor) -> PostQuerySet:
        """Posts that the actor's post reaches: all, those in its area, those of its body, or one's own."""
        if actor.is_system or actor.reach == "all":
            return self
        if actor.reach == "own" or not actor.area_code:
            return self.filter(person_id=actor.person_id) if actor.person_id else self.none()
        low, high = area_range(actor.area_code)
        rows = self.filter(area_code__gte=low, area_code__lt=high)
        return rows.filter(organization_id=actor.organization_id) if actor.reach == "unit" else rows


class Post(models.Model):
    """A person in a role at an organization for an area, between two days. Decides everything they may do."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts")
    role = models.ForeignKey(Role, models.PROTECT)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="posts")
    area_code = models.CharField(max_length=17)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    pack = models.CharField(max_length=40, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["area_code", "role"], name="post_area_role")]
        constraints = [
            models.CheckConstraint(
                name="post_ends_after_start", condition=Q(valid_until=None) | Q(valid_until__gte=models.F("valid_from"))
            ),
        ]

    def holds_on(self, day: date) -> bool:
        """Whether the post is valid on the day; its last day counts."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


class Duty(models.Model):
    """A clock-in of a worker on the street: from when to when, and where it began and ended."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="duties")
    post = models.ForeignKey(Post, models.PROTECT, related_name="duties")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    start_lng = models.FloatField(null=True)
    start_lat = models.FloatField(null=True)
    end_lng = models.FloatField(null=True)
    end_lat = models.FloatField(null=True)
    request_id = models.UUIDField(null=True, unique=True)  # the phone's own id: sending again changes nothing

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended_at=None), name="duty_one_open_per_person"),
        ]


class AccessToken(models.Model):
    """A key for programs: for a person or a system, with some rights, until a day. Only its hash is kept."""

    works_as = ""  # whose rights it uses, in words; filled for lists

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8)
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="tokens")
    role = models.ForeignKey(Role, models.PROTECT, null=True)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True)
    area_code = models.CharField(max_length=17, blank=True)
    rights = models.JSONField(default=list)  # a part of the post's or role's rights; empty: all of them
    expires_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
