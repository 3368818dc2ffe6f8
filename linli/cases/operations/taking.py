"""How every verb is taken: lock, step, right, rule, save, timeline, event, in one transaction.

`Taking` is used as a context by each operation:

    with Taking("accept", actor, case, ask) as taking:
        taking.change(accepted_at=taking.now)

Leaving the block writes the case, the timeline row, the pictures, the audit line and the outgoing job.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, NoReturn

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.cases.events import MOVED
from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.operations.clocks import step_due
from linli.cases.workflow import INCIDENT, OPEN, QUEUE_OF, Stage
from linli.kernel.errors import Conflict, RuleBroken
from linli.kernel.events import emit
from linli.kernel.identifiers import new_id
from linli.kernel.masking import mask_personal_data
from linli.kernel.models import Photo
from linli.kernel.policy import Actor, require


@dataclass(frozen=True)
class Ask:
    """What comes with a verb besides its own arguments.

    `text` is what was typed (masked before it is published), `note` a staff note, `photos` ids of kept pictures,
    `version` the version the sender saw (409 when the case has moved on), `request_id` the sender's own id,
    `device_at` the sender's clock.
    """

    text: str = ""
    note: str = ""
    photos: Sequence[uuid.UUID] = ()
    version: int | None = None
    request_id: uuid.UUID | None = None
    device_at: datetime | None = None
    fingerprint: str = ""


NOTHING = Ask()


@dataclass
class Taking:
    """One verb being taken on one case; see the module."""

    verb: str
    actor: Actor
    case: Case
    ask: Ask = NOTHING
    now: datetime = field(default_factory=timezone.now)
    data: dict[str, Any] = field(default_factory=dict)
    side: str = "before"
    replayed: bool = False

    def __enter__(self) -> Taking:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        try:
            self._begin()
        except BaseException as error:
            self._atomic.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def _begin(self) -> None:
        self.case = Case.objects.select_for_update(of=("self",)).get(pk=self.case.pk)
        self._changes: dict[str, Any] = {}
        if self.ask.version is not None and self.ask.version != self.case.version:
            self._moved_on()
        self.step = INCIDENT.step(self.verb, self.case.stage)
        require(self.actor, self.step.right, self.case)
        self.text = self.ask.text.strip()
        if "text" in self.step.needs and not self.text:
            raise RuleBroken("text_missing", _("Write a few words: others have to understand this step."), field="text")
        if "photo" in self.step.needs and not self.ask.photos:
            raise RuleBroken("photo_missing", _("This step needs a picture from the spot."), field="photos")
        self.was = self.case.stage
        self.stage = self.step.lands(self.was)

    def _moved_on(self) -> NoReturn:
        raise Conflict(
            "case_changed",
            _("Somebody else has changed this case meanwhile; it is now “%(state)s”. Look at it again before you go on.")
            % {"state": self.case.get_stage_display()},
            state=self.case.stage,
            version=self.case.version,
        )

    def change(self, **changes: Any) -> None:
        """Set fields of the case; they are written when the block is left."""
        for name, value in changes.items():
            setattr(self.case, name, value)
        self._changes.update(changes)

    def broken(self, code: str, message: str, field_name: str | None = None) -> NoReturn:
        """Refuse with a rule; nothing is written."""
        raise RuleBroken(code, message, field=field_name)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._atomic.__exit__(kind, error, trace)
            return
        try:
            self._write()
        except BaseException as failure:
            self._atomic.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._atomic.__exit__(None, None, None)

    def _write(self) -> None:
        case, stage = self.case, self.stage
        public = mask_personal_data(self.text).text if self.step.is_public_text else ""
        if stage != self.was:
            self.change(stage=stage, is_open=stage in OPEN, queue=QUEUE_OF.get(Stage(stage), ""))
            if "step_due_at" not in self._changes:
                self.change(step_due_at=step_due(self.step.starts, self.now))
        if public:
            self.change(answer=public)
        row = CaseStep(
            id=new_id(),
            case_id=case.pk,
            verb=self.verb,
            was=self.was,
            stage=stage,
            at=self.now,
            device_at=self.ask.device_at,
            actor_kind=self.actor.kind,
            person_id=self.actor.person_id,
            post_id=self.actor.post_id,
            organization_id=self.actor.organization_id,
            text=self.text if not self.ask.note else f"{self.text}\n{self.ask.note}".strip(),
            public_text=public,
            data=self.data,
            request_id=self.ask.request_id,
            fingerprint=self.ask.fingerprint,
        )
        if self.ask.photos:
            self.change(photo_count=case.photo_count + len(self.ask.photos))
        self.change(version=case.version + 1, updated_at=self.now)
        case.save(update_fields=list(self._changes))
        row.save(force_insert=True)
        if self.ask.photos:
            attach_photos(case, row, self.ask.photos, side=self.side)
        self.row = row
        emit(self.actor, moved(self.verb, case, row), at=self.now)


def moved(verb: str, case: Case, row: CaseStep) -> Any:
    """The event of a verb just taken."""
    return MOVED[verb](
        case_id=case.pk,
        step_id=row.pk,
        verb=verb,
        was=row.was,
        stage=row.stage,
        area_code=case.area_code,
        unit_id=case.lead_unit_id,
        category=case.category_id,
        reported_on=timezone.localtime(case.reported_at).date().isoformat(),
    )


def attach_photos(case: Case, row: CaseStep, photos: Sequence[uuid.UUID], *, side: str) -> None:
    """Tie kept pictures to a case and a step. Raises RuleBroken("photo_unknown") if one is not free for it."""
    wanted = list(dict.fromkeys(photos))
    free = Photo.objects.filter(pk__in=wanted, attached_to=None).update(attached_to=case.pk)
    if free != len(wanted):
        raise RuleBroken("photo_unknown", _("One of the pictures has not arrived; send it again."), field="photos")
    CasePhoto.objects.bulk_create(CasePhoto(case=case, photo_id=photo, step=row, side=side) for photo in wanted)
