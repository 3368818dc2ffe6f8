"""What happened stays: the database itself refuses to change or delete a line of the timeline or of the audit."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from linli.cases.models import CaseStep
from linli.cases.tests.factories import reported
from linli.kernel.models import Event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [CaseStep, Event])
def test_the_timeline_and_the_audit_refuse_change_and_deletion(model):
    reported()
    row = model.objects.order_by("-pk").values().first()

    for attempt in (
        lambda: model.objects.filter(pk=row["id"]).update(at="2020-01-01T00:00:00Z"),
        lambda: model.objects.filter(pk=row["id"])._raw_delete(model.objects.db),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()

    assert model.objects.filter(pk=row["id"]).values().first() == row
