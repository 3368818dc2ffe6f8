"""Reading messages and deliveries, newest first, a page at a time."""

from __future__ import annotations

import uuid

from django.db import connection
from django.db.models import QuerySet

from linli.kernel.policy import Actor
from linli.notifications.models import Delivery, Message, Preference

PAGE = 30
# On every page of everybody: put together by the ORM each time, the same question costs twice as much.
UNREAD = "SELECT COUNT(*) FROM (SELECT 1 FROM notifications_message WHERE person_id = %s AND read_at IS NULL LIMIT 100) AS unread"


def messages_of(person_id: uuid.UUID, *, unread: bool = False) -> QuerySet[Message]:
    rows = Message.objects.filter(person_id=person_id)
    return (rows.filter(read_at=None) if unread else rows).order_by("-id")


def unread_count(actor: Actor) -> int:
    """How many messages the person has not read, counted up to 100."""
    if actor.person_id is None:
        return 0
    person = Message._meta.get_field("person").get_db_prep_value(actor.person_id, connection)
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, [person])
        return int(cursor.fetchone()[0])


def after(rows: QuerySet, key: str) -> QuerySet:
    """Rows older than the key (the id of the last one seen); all of them for a key that is none."""
    try:
        return rows.filter(pk__lt=uuid.UUID(key)) if key else rows
    except ValueError:
        return rows


def deliveries(state: str = "") -> QuerySet[Delivery]:
    rows = Delivery.objects.order_by("-id")
    return rows.filter(state=state) if state else rows


def preferences_of(person_id: uuid.UUID) -> dict[str, Preference]:
    return {row.channel: row for row in Preference.objects.filter(person_id=person_id)}
