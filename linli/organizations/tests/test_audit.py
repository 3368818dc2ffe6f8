"""The audit is read by auditors, filtered, a page at a time, and by nobody else."""

from __future__ import annotations

import pytest
from django.utils import timezone

from linli.kernel.models import Event
from linli.organizations.audit import PAGE, audit_page
from linli.organizations.tests.factories import account, client_of, organization, post, role

pytestmark = pytest.mark.django_db
AUDIT = "/desk/people/audit/"


def written(count: int, **fields) -> None:
    Event.objects.bulk_create(
        Event(**{"name": "tests.thing.done", "at": timezone.now(), "actor_kind": "person", "data": {"n": number}} | fields)
        for number in range(count)
    )


def test_an_auditor_sees_what_happened_and_by_whom():
    auditor = account()
    post(auditor.person, role("t-auditor", ("kernel.audit.view",)), organization())
    written(1, person_id=auditor.person_id, data={"reason": "to ask for the place"})

    page = client_of(auditor).get(AUDIT, {"name": "tests."}).content.decode()

    assert "tests.thing.done" in page
    assert auditor.person.name in page
    assert "to ask for the place" in page


def test_who_holds_no_right_to_it_is_refused():
    clerk = account()
    post(clerk.person, role("t-clerk", ("cases.case.view",)), organization())

    assert client_of(clerk).get(AUDIT).status_code == 403


def test_pages_follow_each_other_without_loss():
    written(PAGE + 7)

    first, key = audit_page(name="tests.")
    second, end = audit_page(name="tests.", before=key)

    numbers = [line.event.data["n"] for line in (*first, *second)]
    assert sorted(numbers) == list(range(PAGE + 7))
    assert end == ""


def test_filters_narrow_by_event_and_by_account(django_assert_max_num_queries):
    one = account()
    written(3, person_id=one.person_id)
    written(2, name="other.thing.done")

    with django_assert_max_num_queries(5):
        rows, _key = audit_page(name="tests.", person=one.username)

    assert {line.event.name for line in rows} == {"tests.thing.done"}
    assert len(rows) == 3
