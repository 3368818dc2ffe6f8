"""Telling people: in the app, and by e-mail, SMS or group chat if they want. Why is the business of the module that asks."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from linli.kernel import options
from linli.kernel.identifiers import normalise_phone
from linli.kernel.jobs import enqueue
from linli.notifications import settings
from linli.notifications.channels import gateways
from linli.notifications.models import Delivery, Message, Preference
from linli.organizations.models import Post
from linli.people.models import Person

DELIVER = "notifications.deliver"


@dataclass(frozen=True)
class Contact:
    """Somebody without an account who left an address: e-mail first, else a phone."""

    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Letter:
    """One thing to tell. `words()` gives (title, body) in the language that is active when it is called.

    `groups` are names of group chats (codes of organizations); those without a gateway are left out.
    `is_urgent` letters do not wait for quiet hours to end.
    """

    event_id: int
    kind: str
    words: Callable[[], tuple[str, str]]
    subject_id: uuid.UUID | None = None
    url: str = ""  # for people on a post
    public_url: str = ""  # for people without one
    link: str = ""  # for people without an account: the whole address with its secret
    people: Sequence[uuid.UUID] = ()
    contacts: Sequence[Contact] = ()
    groups: Sequence[str] = ()
    is_urgent: bool = False


@transaction.atomic
def tell(letter: Letter, *, now: datetime | None = None) -> int:
    """Write the messages and queue their deliveries; telling the same event again adds nobody twice. Returns how many people."""
    now = now or timezone.now()
    people = list(Person.objects.filter(pk__in=set(letter.people)))
    staff = _staff(people)
    Message.objects.bulk_create([_message(letter, person, person.pk in staff, now) for person in people], ignore_conflicts=True)
    rows = [*_to_people(letter, people, now), *_to_contacts(letter, now), *_to_groups(letter, now)]
    for row in _new_rows(letter, rows):
        enqueue(DELIVER, due_at=row.due_at, unique_key=f"deliver:{row.pk}", delivery=str(row.pk))
    return len(people)


def _new_rows(letter: Letter, rows: list[Delivery]) -> list[Delivery]:
    known = set(Delivery.objects.filter(event_id=letter.event_id).values_list("channel", "recipient_digest")) if rows else set()
    fresh = {(row.channel, row.recipient_digest): row for row in rows if (row.channel, row.recipient_digest) not in known}
    Delivery.objects.bulk_create(fresh.values())
    return list(fresh.values())


def _staff(people: list[Person]) -> set[uuid.UUID]:
    """Those of the people who hold a post today."""
    posts = Post.objects.filter(person__in=people).current(timezone.localdate())
    return set(posts.values_list("person_id", flat=True)) if people else set()


def _message(letter: Letter, person: Person, is_staff: bool, now: datetime) -> Message:
    title, body = _words(letter, person.language)
    return Message(
        person=person, event_id=letter.event_id, kind=letter.kind, subject_id=letter.subject_id, title=title, body=body,
        url=letter.url if is_staff else letter.public_url, created_at=now,
    )  # fmt: skip


def _words(letter: Letter, language: str) -> tuple[str, str]:
    with override(language):
        title, body = letter.words()
    return str(title)[:160], str(body)


def _to_people(letter: Letter, people: Iterable[Person], now: datetime) -> list[Delivery]:
    """E-mail to those who have one and did not turn it off; SMS to those who asked for it."""
    people = list(people)
    chosen = {(row.person_id, row.channel): row for row in Preference.objects.filter(person__in=people)} if people else {}
    rows = []
    for person in people:
        mail, sms = chosen.get((person.pk, "email")), chosen.get((person.pk, "sms"))
        if django_settings.EMAIL_HOST and person.email and (mail is None or mail.is_on):
            rows.append(_delivery(letter, "email", person.email, person.language, _when(letter, mail, now), person))
        if "sms" in gateways() and person.phone and sms is not None and sms.is_on:
            rows.append(_delivery(letter, "sms", person.phone, person.language, _when(letter, sms, now), person))
    return rows


def _to_contacts(letter: Letter, now: datetime) -> list[Delivery]:
    rows, due = [], _when(letter, None, now)
    for contact in letter.contacts:
        if contact.email and django_settings.EMAIL_HOST:
            rows.append(_delivery(letter, "email", contact.email, django_settings.LANGUAGE_CODE, due))
        elif contact.phone and "sms" in gateways():
            rows.append(_delivery(letter, "sms", normalise_phone(contact.phone), django_settings.LANGUAGE_CODE, due))
    return rows


def _to_groups(letter: Letter, now: datetime) -> list[Delivery]:
    known = gateways()
    names = [name for name in dict.fromkeys(letter.groups) if name in known and name != "sms"]
    return [_delivery(letter, "group", name, django_settings.LANGUAGE_CODE, now) for name in names]


def _delivery(
    letter: Letter, channel: str, recipient: str, language: str, due_at: datetime, person: Person | None = None
) -> Delivery:
    title, body = _words(letter, language)
    link = letter.link if person is None and channel != "group" else f"{django_settings.BASE_URL}{letter.url or '/'}"
    return Delivery(
        event_id=letter.event_id, channel=channel, recipient=recipient, person=person, kind=letter.kind, title=title,
        recipient_digest=hashlib.sha256(f"{channel}:{recipient}".encode()).hexdigest()[:32],
        body=f"{body}\n{link}".strip(), due_at=due_at,
    )  # fmt: skip


def _when(letter: Letter, preference: Preference | None, now: datetime) -> datetime:
    """Now, or when the quiet hours end."""
    if letter.is_urgent:
        return now
    start, end = (time.fromisoformat(text) for text in options.value(settings.QUIET_HOURS))
    if preference is not None and preference.quiet_from and preference.quiet_until:
        start, end = preference.quiet_from, preference.quiet_until
    return after_quiet(now, start, end)


def after_quiet(now: datetime, start: time, end: time) -> datetime:
    """`now`, or the next end of the quiet hours if it lies in them (they may reach over midnight)."""
    local = timezone.localtime(now)
    is_quiet = start <= local.time() < end if start <= end else local.time() >= start or local.time() < end
    if not is_quiet:
        return now
    ends = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > local else ends + timedelta(days=1)


def mark_read(*, person_id: uuid.UUID, message: uuid.UUID | None = None) -> int:
    """Mark one message of the person as read, or all of them; returns how many were unread."""
    rows = Message.objects.filter(person_id=person_id, read_at=None)
    return (rows if message is None else rows.filter(pk=message)).update(read_at=timezone.now())


@transaction.atomic
def set_preferences(*, person_id: uuid.UUID, channels: dict[str, bool], quiet: tuple[time | None, time | None]) -> None:
    """Keep what the person wants by channel, and their quiet hours (both or none)."""
    for channel, is_on in channels.items():
        Preference.objects.update_or_create(
            person_id=person_id, channel=channel, defaults={"is_on": is_on, "quiet_from": quiet[0], "quiet_until": quiet[1]}
        )


@transaction.atomic
def send_again(*, delivery: Delivery) -> None:
    """Let a person decide that a failed or uncertain delivery goes out once more."""
    row = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if row.state in ("failed", "uncertain"):
        row.state, row.attempts, row.error = "waiting", 0, ""
        row.save(update_fields=["state", "attempts", "error"])
        enqueue(DELIVER, unique_key=f"deliver:{row.pk}", delivery=str(row.pk))
