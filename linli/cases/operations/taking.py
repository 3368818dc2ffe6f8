"""How every verb is taken: lock, step, right, rule, save, timeline, event, in one transaction.

`Taking` is used as a context by each operation:

    with Taking("accept", actor, case, ask) as taking:
        taking.change(accepted_at=taking.now)

Leaving the block writes the case, the timeline row, the pictures, the audit line and the outgoing job.

An ask that carries a `request_id` may come again, also many times at once: the step is taken once, and every repetition
leaves the block as if it had been taken just now. The unique column of the timeline decides, so it holds between threads,
processes and machines and costs nothing when all goes well. The same id with other content is refused and kept.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, NoReturn

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.cases.events import MOVED
from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.operations.clocks import step_due, warn_of
from linli.cases.workflow import INCIDENT, OPEN, QUEUE_OF, Stage
from linli.kernel.errors import Conflict, DomainError, RuleBroken
from linli.kernel.events import emit
from linli.kernel.identifiers import new_id
from linli.kernel.inserting import insert
from linli.kernel.masking import mask_personal_data
from linli.kernel.models import Photo, Quarantined
from linli.kernel.policy import Actor, require


@dataclass(frozen=True)
class Ask:
    """What comes with a verb besides its own arguments.

    `text` is what was typed (masked before it is published), `note` a staff note, `photos` ids of kept pictures,
    `version` the version the sender saw (409 when the case has moved on), `request_id` the sender's own id,
    `device_at` the sender's clock, `device` what the phone tells besides (place, accuracy, error of its clock).
    `fingerprint` is the digest of what the sender said, where the door knows better than `said`.
    """

    text: str = ""
    note: str = ""
    photos: Sequence[uuid.UUID] = ()
    version: int | None = None
    request_id: uuid.UUID | None = None
    device_at: datetime | None = None
    fingerprint: str = ""
    device: Mapping[str, Any] = field(default_factory=dict)


NOTHING = Ask()


def said(verb: str, case: Case, ask: Ask, arguments: Mapping[str, Any]) -> str:
    """Digest of everything that was asked for: what “the same content” means under one request id."""
    words = {name: str(value.pk if isinstance(value, Case) else value) for name, value in arguments.items()}
    whole = [verb, str(case.pk), ask.text.strip(), ask.note.strip(), sorted(map(str, ask.photos)), words]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


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
        self._changes: dict[str, Any] = {}
        self._open()
        try:
            self._begin()
        except DomainError as refusal:
            self._undo(refusal)
            if not self._was_taken():
                raise
            self._open()  # the block runs once more on what is there now, and is undone when it is left
        except BaseException as error:
            self._undo(error)
            raise
        return self

    def _open(self) -> None:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()

    def _undo(self, error: BaseException) -> None:
        self._atomic.__exit__(type(error), error, error.__traceback__)

    def _was_taken(self) -> bool:
        """Whether this very request was done before; then `case` is as it is now. Other content: Conflict, and kept."""
        if self.ask.request_id is None:
            return False
        row = CaseStep.objects.filter(request_id=self.ask.request_id).first()
        if row is None:
            return False
        if not is_same_request(row, self.actor, self.ask, self.verb, self.case):
            quarantine_step(self.actor, self.ask, self.verb, self.case)
            raise same_id_other_content()
        self.case, self.row, self.replayed = Case.objects.get(pk=self.case.pk), row, True
        self.step, self.text = INCIDENT.steps[self.verb], self.ask.text.strip()
        self.was, self.stage = row.was, row.stage
        return True

    def _begin(self) -> None:
        self.case = Case.objects.select_for_update(of=("self",)).get(pk=self.case.pk)
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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool | None:
        if self.replayed:
            return self._leave_replayed(error)
        if error is not None:
            self._undo(error)
            return isinstance(error, DomainError) and self._was_taken()
        try:
            self._write()
        except BaseException as failure:
            self._undo(failure)
            if not isinstance(failure, IntegrityError | DomainError) or not self._was_taken():
                raise
            return None
        self._atomic.__exit__(None, None, None)
        return None

    def _leave_replayed(self, error: BaseException | None) -> bool:
        """Undo whatever the block did: it was done before. Refusals of today say nothing about that."""
        transaction.set_rollback(True)
        self._atomic.__exit__(None, None, None)
        self.case = Case.objects.get(pk=self.case.pk)
        return error is None or isinstance(error, DomainError)

    def _write(self) -> None:
        case, stage = self.case, self.stage
        public = mask_personal_data(self.text).text if self.step.is_public_text else ""
        if stage != self.was:
            self.change(stage=stage, is_open=stage in OPEN, queue=QUEUE_OF.get(Stage(stage), ""))
            if "step_due_at" not in self._changes:
                self.change(step_due_at=step_due(self.step.starts, self.now))
            if stage in OPEN and case.dispatched_at is None:  # until then the step's own limit is the only one
                due = case.step_due_at
                self.change(due_at=due, warn_at=warn_of(self.now, due) if due else None)
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
            data=self.data if not self.ask.device else {**self.data, "device": dict(self.ask.device)},
            request_id=self.ask.request_id,
            fingerprint=fingerprint_of(self.ask, self.verb, case),
        )
        if self.ask.photos:
            self.change(photo_count=case.photo_count + len(self.ask.photos))
        self.change(version=case.version + 1, updated_at=self.now)
        case.save(update_fields=list(self._changes))
        insert([row])
        if self.ask.photos:
            attach_photos(case, row, self.ask.photos, side=self.side)
        self.row = row
        emit(self.actor, moved(self.verb, case, row), at=self.now)


def fingerprint_of(ask: Ask, verb: str, case: Case) -> str:
    """The fingerprint that is kept with a request id; without an id none is needed."""
    if ask.request_id is None:
        return ask.fingerprint
    return ask.fingerprint or said(verb, case, ask, {})


def is_same_request(row: CaseStep, actor: Actor, ask: Ask, verb: str, case: Case) -> bool:
    """Whether a line of the timeline came from this very request: same sender, verb, case and content."""
    return (
        row.case_id == case.pk
        and row.verb == verb
        and row.person_id == actor.person_id
        and row.fingerprint == fingerprint_of(ask, verb, case)
    )


def quarantine_step(actor: Actor, ask: Ask, verb: str, case: Case) -> None:
    """Keep what came under a known request id with other content; the same once, however often it comes."""
    assert ask.request_id is not None
    body = {"verb": verb, "text": ask.text, "note": ask.note, "photos": [str(photo) for photo in ask.photos]}
    key = uuid.uuid5(ask.request_id, f"{actor.person_id}{fingerprint_of(ask, verb, case)}")
    row = Quarantined(id=key, kind="step", subject_id=case.pk, person_id=actor.person_id, body=body)
    Quarantined.objects.bulk_create([row], ignore_conflicts=True)


def same_id_other_content() -> Conflict:
    return Conflict(
        "same_id_other_content",
        _("This step was already received with other content. Both are kept; the office will look at it."),
    )


def moved(verb: str, case: Case, row: CaseStep) -> Any:
    """The event of a verb just taken."""
    kind: Any = MOVED[verb]
    return kind(
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
    insert([CasePhoto(case=case, photo_id=photo, step=row, side=side) for photo in wanted])
