"""Indexes and references that a big load takes away come back, whatever happens meanwhile."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection
from django.utils import timezone

from linli.cases.models import Case, CaseStep
from linli.kernel.db.bare import bare, bring_back, take_away
from linli.kernel.models import TakenAway

pytestmark = pytest.mark.django_db(transaction=True)


def guards() -> dict[str, dict]:
    """All indexes and constraints of the two tables, as the database tells them."""
    with connection.cursor() as cursor:
        return {
            model._meta.db_table: connection.introspection.get_constraints(cursor, model._meta.db_table)
            for model in (Case, CaseStep)
        }


def plain(found: dict[str, dict]) -> set[str]:
    return {name for names in found.values() for name, one in names.items() if one["index"] and not one["unique"]}


def test_they_are_gone_inside_and_the_same_afterwards() -> None:
    before = guards()
    with bare(Case, CaseStep):
        assert len(plain(guards())) < len(plain(before)) / 4
        assert any(one["unique"] for one in guards()["cases_case"].values())

    assert guards() == before
    assert not TakenAway.objects.exists()


def test_they_come_back_after_an_error() -> None:
    before = guards()
    with pytest.raises(ValueError, match="the load broke"), bare(Case, CaseStep):
        raise ValueError("the load broke")
    assert guards() == before


def test_they_come_back_after_the_process_was_killed() -> None:
    before = guards()
    take_away(Case, CaseStep)
    assert guards() != before

    call_command("migrate", verbosity=0)
    assert guards() == before


def test_a_reference_that_leads_nowhere_is_refused_at_the_latest_when_it_comes_back() -> None:
    before = guards()
    with pytest.raises(IntegrityError), bare(CaseStep):
        CaseStep.objects.create(pk=uuid4(), case_id=uuid4(), verb="report", stage="reported", at=timezone.now())
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE cases_casestep CASCADE")
    call_command("migrate", verbosity=0)
    assert guards() == before


def test_what_cannot_be_built_stays_written_down_and_the_rest_comes_back() -> None:
    before = guards()
    take_away(Case, CaseStep)
    broken = TakenAway.objects.get(name="case_stage")
    right, broken.definition = broken.definition, broken.definition.replace("cases_case", "cases_case_that_is_not_there")
    broken.save()
    with pytest.raises(DatabaseError):
        bring_back()
    assert TakenAway.objects.filter(name="case_stage").exists()

    TakenAway.objects.filter(name="case_stage").update(definition=right)
    bring_back()
    assert guards() == before
    assert not TakenAway.objects.exists()
