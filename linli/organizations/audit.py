"""Reading the audit: what happened, by whom, on which post; newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from linli.kernel.models import Event
from linli.organizations.models import Post
from linli.organizations.queries import roles
from linli.people.models import Person

PAGE = 60


@dataclass(frozen=True)
class AuditLine:
    """One event as the auditor reads it: ids of what it is about, never what was written there."""

    event: Event
    person: str
    role: str
    facts: str


def audit_page(*, name: str = "", person: str = "", before: str = "") -> tuple[list[AuditLine], str]:
    """A page of events and the key of the next one ("" at the end).

    `name` is the beginning of an event's name, `person` an account or a name. Three queries.
    """
    rows = Event.objects.order_by("-id")
    if name:
        rows = rows.filter(name__gte=name, name__lt=f"{name}~")
    if person:
        rows = rows.filter(person_id__in=_people(person))
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    older = str(found[PAGE - 1].pk) if len(found) > PAGE else ""
    return _lines(found[:PAGE]), older


def _people(text: str) -> list[Any]:
    by_account = Person.objects.filter(account__username=text).values_list("pk", flat=True)
    return list(by_account) or list(Person.objects.filter(name=text).values_list("pk", flat=True)[:50])


def _lines(events: list[Event]) -> list[AuditLine]:
    people = dict(Person.objects.filter(pk__in={event.person_id for event in events}).values_list("pk", "name"))
    posts = dict(Post.objects.filter(pk__in={event.post_id for event in events}).values_list("pk", "role_id"))
    known = roles()
    return [
        AuditLine(
            event,
            people.get(event.person_id, ""),
            known[role].name if (role := posts.get(event.post_id)) in known else "",
            ", ".join(f"{key}: {value}" for key, value in event.data.items() if value not in ("", None, [])),
        )
        for event in events
    ]
