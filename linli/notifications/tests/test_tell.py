"""Telling: once each, in one's language, after quiet hours, never twice whatever dies in between."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.translation import gettext

from linli.kernel.jobs import drain
from linli.kernel.models import Job
from linli.notifications.models import Delivery, Message, Preference
from linli.notifications.operations import Contact, Letter, after_quiet, mark_read, send_again, tell
from linli.notifications.tasks import deliver
from linli.people.models import Person

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 4, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def post_office(settings):
    settings.EMAIL_HOST = "localhost"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def person(**fields) -> Person:
    return Person.objects.create(name="云测试", **{"email": "someone@yunxi.example", **fields})


def letter(event_id=1, **fields) -> Letter:
    return Letter(**{"event_id": event_id, "kind": "cases.case.closed", "words": lambda: (gettext("Messages"), "body")} | fields)


def test_a_person_is_told_once_however_often_it_is_asked():
    one = person()

    for _again in range(3):
        tell(letter(people=[one.pk]), now=NOON)

    assert Message.objects.filter(person=one).count() == 1
    assert Delivery.objects.filter(person=one).count() == 1
    assert Job.objects.filter(task="notifications.deliver").count() == 1


def test_everybody_reads_their_own_language():
    chinese, english = person(), person(language="en")

    tell(letter(people=[chinese.pk, english.pk]), now=NOON)

    assert Message.objects.get(person=english).title == "Messages"
    assert Message.objects.get(person=chinese).title == "消息"


def test_mail_goes_out_once_even_if_the_job_runs_twice():
    tell(letter(contacts=[Contact(email="a@yunxi.example")], link="https://x/r/1/s/"), now=NOON)
    row = Delivery.objects.get()

    deliver(str(row.pk))
    deliver(str(row.pk))

    assert len(mail.outbox) == 1
    assert "https://x/r/1/s/" in mail.outbox[0].body
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("sent", 1)


def test_a_worker_that_died_while_sending_leaves_it_uncertain_and_does_not_send_again():
    tell(letter(contacts=[Contact(email="a@yunxi.example")]), now=NOON)
    row = Delivery.objects.get()
    Delivery.objects.update(state="sending", attempts=1)

    deliver(str(row.pk))

    row.refresh_from_db()
    assert (row.state, len(mail.outbox)) == ("uncertain", 0)
    send_again(delivery=row)
    drain()
    assert len(mail.outbox) == 1


def test_a_refused_mail_is_tried_again_later_and_given_up_in_the_end(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1
    tell(letter(contacts=[Contact(email="a@yunxi.example")]), now=NOON)
    row = Delivery.objects.get()

    deliver(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.attempts, bool(row.error)) == ("waiting", 1, True)
    assert Job.objects.filter(unique_key=f"deliver:{row.pk}:1", due_at__gt=timezone.now()).exists()

    Delivery.objects.update(attempts=7)
    deliver(str(row.pk))
    row.refresh_from_db()
    assert row.state == "failed"


@pytest.mark.parametrize(
    ("local", "expected"),
    [("21:59", "21:59"), ("22:00", "07:00"), ("02:30", "07:00"), ("07:00", "07:00"), ("12:00", "12:00")],
)
def test_quiet_hours_reach_over_midnight(local, expected):
    hour, minute = map(int, local.split(":"))
    now = timezone.localtime(NOON).replace(hour=hour, minute=minute)

    due = timezone.localtime(after_quiet(now, time(22), time(7)))

    assert due.strftime("%H:%M") == expected
    assert timedelta(0) <= due - now < timedelta(hours=10)


def test_urgent_letters_do_not_wait_and_a_persons_own_hours_count():
    one = person()
    Preference.objects.create(person=one, channel="email", quiet_from=time(11), quiet_until=time(13))

    tell(letter(1, people=[one.pk]), now=NOON)
    tell(letter(2, people=[one.pk], is_urgent=True), now=NOON)

    waits, goes = Delivery.objects.order_by("event_id")
    assert timezone.localtime(waits.due_at).time() == time(13)
    assert goes.due_at == NOON


def test_who_turned_mail_off_gets_the_message_in_the_app_only():
    one = person()
    Preference.objects.create(person=one, channel="email", is_on=False)

    tell(letter(people=[one.pk]), now=NOON)

    assert Message.objects.filter(person=one).exists()
    assert not Delivery.objects.exists()


def test_reading_is_for_oneself_only():
    one, other = person(), person()
    tell(letter(people=[one.pk, other.pk]), now=NOON)

    assert mark_read(person_id=other.pk, message=Message.objects.get(person=one).pk) == 0
    assert mark_read(person_id=one.pk) == 1
    assert Message.objects.get(person=other).read_at is None


def test_a_group_without_gateway_is_left_out(settings):
    settings.LINLI_GATEWAYS = ["yl=json://localhost/x"]

    tell(letter(groups=["yl", "nobody"]), now=NOON)

    assert [row.recipient for row in Delivery.objects.all()] == ["yl"]


def test_the_sms_of_a_day_are_capped(settings):
    settings.LINLI_GATEWAYS = ["sms=json://localhost/{phone}"]
    tell(letter(1, contacts=[Contact(phone="19900000001")]), now=NOON)
    digest = Delivery.objects.get().recipient_digest
    for number in range(5):
        Delivery.objects.create(
            event_id=100 + number, channel="sms", recipient="x", recipient_digest=digest, kind="k", title="t",
            state="sent", due_at=NOON, sent_at=timezone.now(),
        )  # fmt: skip

    deliver(str(Delivery.objects.get(event_id=1).pk))

    assert Delivery.objects.get(event_id=1).state == "skipped"


def test_unknown_deliveries_are_nothing_to_do():
    deliver(str(uuid.uuid4()))

    assert not Delivery.objects.exists()
