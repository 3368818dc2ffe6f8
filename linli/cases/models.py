"""Cases: everything reported about a place and followed until it is closed and judged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from linli.cases.workflow import OPEN, Result, Stage
from linli.catalogue.models import Category
from linli.kernel.encryption import EncryptedTextField
from linli.kernel.identifiers import new_id
from linli.kernel.models import Photo
from linli.kernel.policy import Actor
from linli.organizations.models import Organization
from linli.people.models import Person

LEVELS = [("normal", "normal"), ("urgent", "urgent"), ("critical", "critical")]
AREA_COLUMN = {9: "street_code", 12: "community_code", 15: "grid_code"}


def in_area(code: str) -> Q:
    """Cases inside the area with this code; equality on the column of its level, so that indexes serve."""
    if len(code) <= 6:
        return Q()
    return Q(**{AREA_COLUMN.get(len(code), "grid_code"): code[:15]})


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: Actor) -> CaseQuerySet:
        """Cases the actor may open: their own reports; by post those of their area or in their unit's hands.

        Sealed cases (children at risk, violence, fraud leads) only with the right to see sealed ones.
        """
        if actor.is_system or (actor.reach == "all" and actor.holds("cases.case.view")):
            seen = self
        elif not actor.is_known:
            return self.none()
        else:
            own = Q(reporter_id=actor.person_id) if actor.person_id else Q(pk=None)
            if actor.holds("cases.case.view") and actor.reach == "area":
                own |= in_area(actor.area_code)
            elif actor.holds("cases.case.view") and actor.reach == "unit":
                own |= Q(lead_unit_id=actor.organization_id) | Q(
                    pk__in=CoUnit.objects.filter(organization_id=actor.organization_id).values("case_id")
                )
            seen = self.filter(own)
        if not actor.holds("cases.case.view_sealed"):
            own_sealed = Q(reporter_id=actor.person_id) if actor.person_id else Q(pk=None)
            seen = seen.filter(Q(is_sealed=False) | own_sealed)
        return seen

    def public(self) -> CaseQuerySet:
        """Cases whose public page exists: neither sealed nor void nor still unread by anybody."""
        return self.filter(is_public=True, is_sealed=False)

    def open(self) -> CaseQuerySet:
        return self.filter(is_open=True)


class Situation(models.Model):
    """A burst of reports in one area (a storm), merged, dispatched in batches and followed on one board."""

    id = models.UUIDField(primary_key=True, default=new_id)
    name = models.CharField(max_length=120)
    area_code = models.CharField(max_length=17)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    opened_by_system = models.BooleanField(default=False)
    trigger = models.JSONField(default=dict)  # how many reports in how many minutes called it
    report = models.JSONField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["area_code"], condition=Q(closed_at=None), name="situation_one_open_per_area")
        ]


def open_due() -> models.Case:
    """The limit of an open case. Of `due_at` the database knows all cases, nearly all of them long past: it would take every
    open case for late. The few limits of the open ones it knows by this expression."""
    return models.Case(models.When(is_open=True, then=models.F("due_at")))


class Case(models.Model):
    """A report about a place, followed until it is closed and judged by the one who asked."""

    id = models.UUIDField(primary_key=True, default=new_id)  # time-ordered: newest first is descending id
    reference = models.CharField(max_length=16, unique=True)  # what people see: 261121-7K3M9QF
    version = models.PositiveIntegerField(default=1)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.REPORTED)
    is_open = models.BooleanField(default=True)
    result = models.CharField(max_length=10, choices=Result, blank=True)
    queue = models.CharField(max_length=20, blank=True)  # whose turn it is: key of workflow.QUEUES
    pending = models.CharField(max_length=20, blank=True)  # a request that waits for an answer: key of workflow.QUEUES

    category = models.ForeignKey(Category, models.PROTECT, related_name="cases", db_index=False)
    condition_code = models.CharField(max_length=4, blank=True)
    level = models.CharField(max_length=8, choices=LEVELS, default="normal")
    text = models.TextField()  # as typed: for staff only
    public_text = models.TextField()  # personal data masked
    words = models.TextField(blank=True)  # text and address as the full-text index has them
    address = models.CharField(max_length=200, blank=True)
    lng = models.FloatField()
    lat = models.FloatField()
    cell = models.BigIntegerField()  # H3 resolution 10
    street_code = models.CharField(max_length=9, blank=True)
    community_code = models.CharField(max_length=12, blank=True)
    grid_code = models.CharField(max_length=15, blank=True)
    component_code = models.CharField(max_length=16, blank=True)
    attributes = models.JSONField(default=dict)

    door = models.CharField(max_length=10)  # portal, field, desk, api, open311, import
    reporter = models.ForeignKey(Person, models.PROTECT, null=True, related_name="reports", db_index=False)
    reporter_contact = EncryptedTextField(blank=True, default="")  # JSON of name, phone, email as given
    reporter_index = models.CharField(max_length=32, blank=True)
    submission_id = models.UUIDField(null=True, unique=True)  # the sender's own id; our id follows our own clock
    fingerprint = models.CharField(max_length=64, blank=True)  # of the submission: same id + same content = same answer
    is_public = models.BooleanField(default=True)
    is_sealed = models.BooleanField(default=False)

    lead_unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="cases_led", db_index=False)
    suggested_unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+", db_index=False)

    reported_at = models.DateTimeField(default=timezone.now)
    device_at = models.DateTimeField(null=True)  # the phone's clock: kept as evidence
    registered_at = models.DateTimeField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    rated_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=timezone.now)

    limit = models.CharField(max_length=6, blank=True)  # 2U, 3UD, 4H, 5D
    due_at = models.DateTimeField(null=True)  # overall limit
    warn_at = models.DateTimeField(null=True)  # yellow from here on
    step_due_at = models.DateTimeField(null=True)  # limit of the present step
    suspended_at = models.DateTimeField(null=True)
    resume_at = models.DateTimeField(null=True)
    is_overdue = models.BooleanField(default=False)  # the raw fact; stays
    is_exempt = models.BooleanField(default=False)  # an appeal was upheld: left out of statistics
    escalation = models.CharField(max_length=10, blank=True)  # the highest level told
    card = models.CharField(max_length=6, blank=True)  # supervision: yellow, red
    answer = models.TextField(blank=True)  # the latest public answer, masked

    support_count = models.PositiveIntegerField(default=0)
    photo_count = models.PositiveSmallIntegerField(default=0)
    urge_count = models.PositiveSmallIntegerField(default=0)
    return_count = models.PositiveSmallIntegerField(default=0)
    rework_count = models.PositiveSmallIntegerField(default=0)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    extension_count = models.PositiveSmallIntegerField(default=0)
    suspension_count = models.PositiveSmallIntegerField(default=0)
    appeal = models.CharField(max_length=10, blank=True)  # asked, reviewed, upheld, rejected

    solved = models.CharField(max_length=6, blank=True)  # yes, partly, no: the reporter's word
    satisfaction = models.PositiveSmallIntegerField(null=True)  # 1 … 5
    rating_text = models.TextField(blank=True)

    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged", db_index=False)
    situation = models.ForeignKey(Situation, models.PROTECT, null=True, related_name="cases", db_index=False)
    source = models.CharField(max_length=40, blank=True)  # of imported history
    external_id = models.CharField(max_length=80, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["street_code", "id"], name="case_street"),
            models.Index(fields=["community_code", "id"], name="case_community"),
            models.Index(fields=["grid_code", "id"], name="case_grid"),
            models.Index(fields=["lead_unit", "id"], name="case_unit"),
            models.Index(fields=["category", "id"], name="case_category"),
            models.Index(fields=["stage", "id"], name="case_stage"),
            models.Index(fields=["door", "id"], name="case_door"),
            models.Index(fields=["level", "id"], name="case_level", condition=~Q(level="normal")),
            models.Index(fields=["reporter", "id"], name="case_reporter", condition=Q(reporter__isnull=False)),
            models.Index(fields=["updated_at", "id"], name="case_updated"),
            models.Index(fields=["queue", "street_code", "id"], name="case_queue", condition=Q(is_open=True)),
            models.Index(fields=["lead_unit", "queue", "id"], name="case_unit_queue", condition=Q(is_open=True)),
            models.Index(fields=["pending", "id"], name="case_pending", condition=~Q(pending="")),
            models.Index(fields=["due_at", "id"], name="case_due", condition=Q(is_open=True)),
            models.Index(open_due(), "id", name="case_late", condition=Q(is_open=True)),
            models.Index(fields=["street_code", "id"], name="case_open", condition=Q(is_open=True)),
            models.Index(fields=["result", "id"], name="case_result", condition=~Q(result="") & ~Q(result="fixed")),
            models.Index(fields=["card", "street_code", "id"], name="case_card", condition=Q(is_open=True)),
            models.Index(fields=["cell", "id"], name="case_cell", condition=Q(is_open=True)),
            models.Index(fields=["merged_into"], name="case_merged", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["situation", "id"], name="case_situation", condition=Q(situation__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(name="case_open_by_stage", condition=Q(is_open=True) ^ ~Q(stage__in=sorted(OPEN))),
            models.CheckConstraint(
                name="case_in_work_has_unit",
                condition=~Q(stage__in=["dispatched", "accepted", "suspended", "delivered", "verified"])
                | Q(lead_unit__isnull=False),
            ),
            models.UniqueConstraint(fields=["source", "external_id"], condition=~Q(external_id=""), name="case_external_once"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def area_code(self) -> str:
        return area_of(self)

    def light(self, now: datetime | None = None) -> str:
        """The case's light now, see `light_of`."""
        return light_of(self, now or timezone.now())


def area_of(case: Any) -> str:
    """The smallest area that is known of a case, or of a row with its three codes."""
    return str(case.grid_code or case.community_code or case.street_code)


def light_of(case: Any, now: datetime) -> str:
    """green, yellow (20 % of the limit left), red (overdue), grey (suspended or ended), violet (supervised).

    `case` is a case or a row with its stage, is_open, due_at, warn_at and card.
    """
    if not case.is_open or case.stage == Stage.SUSPENDED:
        return "grey"
    if case.due_at and now > case.due_at:
        return "red"
    if case.card:
        return "violet"
    if case.warn_at and now >= case.warn_at:
        return "yellow"
    return "green"


class CaseStep(models.Model):
    """A line of the timeline. Never changed, never deleted: the triggers of the database refuse it."""

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, models.PROTECT, related_name="steps", db_index=False)
    verb = models.CharField(max_length=20)  # a verb of the workflow, or note, escalate, support
    was = models.CharField(max_length=10, blank=True)
    stage = models.CharField(max_length=10)
    at = models.DateTimeField()
    device_at = models.DateTimeField(null=True)
    actor_kind = models.CharField(max_length=10, default="system")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", db_index=False)
    post_id = models.BigIntegerField(null=True)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+", db_index=False)
    text = models.TextField(blank=True)  # for staff, as typed
    public_text = models.TextField(blank=True)  # answer to the reporter, masked
    data = models.JSONField(default=dict)  # unit, condition, limits, result …: ids and plain values
    request_id = models.UUIDField(null=True, unique=True)  # the sender's own id: sending again changes nothing
    fingerprint = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["case", "id"], name="step_case"),
            models.Index(fields=["person", "id"], name="step_person", condition=Q(person__isnull=False)),
        ]


class CasePhoto(models.Model):
    """A picture that belongs to a case: before (report, pre-check) or after (delivered, verified)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="photos", db_index=False)
    photo = models.ForeignKey(Photo, models.PROTECT, related_name="+", db_index=False)
    step = models.ForeignKey(CaseStep, models.PROTECT, null=True, related_name="photos")
    side = models.CharField(max_length=6, default="before")  # before | after
    is_public = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "photo"], name="case_photo_once")]


class CoUnit(models.Model):
    """A unit that helps the lead unit with a case."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="co_units")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "case"], name="co_unit_once")]


class Support(models.Model):
    """Somebody who said “me too”, and wants to be told of the end. One voice each."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="supports")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    voice = models.CharField(max_length=64)  # person id, or digest of the browser's own token
    contact = EncryptedTextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "voice"], name="support_once")]


class Follow(models.Model):
    """A case that a person keeps an eye on: told of every public step (portal) or every step (staff)."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    case = models.ForeignKey(Case, models.PROTECT, related_name="follows")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "case"], name="follow_once")]


class CaseRequest(models.Model):
    """A request inside a case that others decide: more time, a pause, an appeal. One row each, decisions kept."""

    id = models.UUIDField(primary_key=True, default=new_id)
    case = models.ForeignKey(Case, models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10)  # extension, suspension, appeal
    reason = models.TextField()
    until = models.DateTimeField(null=True)
    asked_by = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="open")  # open, halfway, approved, denied
    decisions = models.JSONField(default=list)  # [{person, post, verdict, text, at}]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=Q(state__in=["open", "halfway"]), name="request_one_open")
        ]


class SavedFilter(models.Model):
    """A list a person made for themselves: its filters, columns and order under a name."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)
    columns = models.JSONField(default=list)
    sort = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="saved_filter_name_once")]
