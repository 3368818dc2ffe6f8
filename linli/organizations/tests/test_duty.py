"""Clocking in and out, also by a phone that sends twice or late."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from linli.kernel.errors import Conflict, NotAllowed
from linli.kernel.models import Event
from linli.kernel.policy import Actor
from linli.organizations.models import Duty
from linli.organizations.operations import Clocking, end_duty, start_duty
from linli.organizations.queries import actor_of
from linli.organizations.tests.factories import organization, person, post, role

pytestmark = pytest.mark.django_db


def worker(*rights: str) -> Actor:
    held = post(person(), role("t-grid", rights or ("organizations.duty.clock",), door="field"), organization())
    return actor_of(held, name="网格员")


def test_clocking_in_and_out_is_kept_with_the_place_and_told_without_it() -> None:
    who = worker()
    began = timezone.now() - timedelta(minutes=90)

    start_duty(actor=who, clocking=Clocking(at=began, lng=120.1, lat=30.2))
    duty = end_duty(actor=who, clocking=Clocking(at=began + timedelta(minutes=60), lng=120.2, lat=30.3))

    duty.refresh_from_db()
    assert (duty.started_at, duty.start_lng, duty.end_lat) == (began, 120.1, 30.3)
    started, ended = Event.objects.filter(name__startswith="organizations.duty.").order_by("id")
    assert started.data == {"duty": duty.pk}
    assert ended.data == {"duty": duty.pk, "minutes": 60}


def test_the_same_request_again_gives_the_same_duty() -> None:
    who, clocking = worker(), Clocking(request_id=uuid.uuid4())

    first = start_duty(actor=who, clocking=clocking)

    assert start_duty(actor=who, clocking=clocking) == first
    assert Event.objects.filter(name="organizations.duty.started").count() == 1


def test_who_is_on_duty_cannot_begin_another() -> None:
    who = worker()
    start_duty(actor=who, clocking=Clocking(request_id=uuid.uuid4()))

    with pytest.raises(Conflict):
        start_duty(actor=who, clocking=Clocking(request_id=uuid.uuid4()))

    assert Duty.objects.count() == 1


def test_a_request_id_of_another_person_opens_nothing() -> None:
    clocking = Clocking(request_id=uuid.uuid4())
    start_duty(actor=worker(), clocking=clocking)

    with pytest.raises(Conflict):
        start_duty(actor=worker(), clocking=clocking)

    assert Duty.objects.count() == 1


def test_a_clock_that_lies_is_not_believed() -> None:
    now = timezone.now()

    ahead = start_duty(actor=worker(), clocking=Clocking(at=now + timedelta(hours=3)))
    behind = start_duty(actor=worker(), clocking=Clocking(at=now - timedelta(days=30)))

    assert all(abs(duty.started_at - now) < timedelta(minutes=1) for duty in (ahead, behind))


def test_clocking_out_twice_keeps_the_first_end() -> None:
    who = worker()
    start_duty(actor=who, clocking=Clocking())
    first = end_duty(actor=who, clocking=Clocking())

    again = end_duty(actor=who, clocking=Clocking(), duty_id=first.pk)

    assert again.ended_at == first.ended_at
    assert Event.objects.filter(name="organizations.duty.ended").count() == 1


def test_out_without_in_is_a_conflict() -> None:
    with pytest.raises(Conflict):
        end_duty(actor=worker(), clocking=Clocking())


def test_the_right_is_needed() -> None:
    with pytest.raises(NotAllowed):
        start_duty(actor=worker("cases.case.view"), clocking=Clocking())

    assert not Duty.objects.exists()
