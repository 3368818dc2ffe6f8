"""The API asked everything its own description allows, and much that it does not: no fault, no undeclared answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from config.api import description
from config.wsgi import application
from linli.cases.models import Case
from linli.cases.tests.factories import at_post, case_at
from linli.cases.workflow import Stage
from linli.kernel import limits
from linli.organizations.models import AccessToken
from linli.organizations.queries import token_digest

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
STAGES = [Stage.REPORTED, Stage.REGISTERED, Stage.DISPATCHED, Stage.ACCEPTED, Stage.DELIVERED, Stage.CLOSED]
REFERENCES = [f"261121-000000{number}" for number in range(len(STAGES))]
ROLES = ("street_dispatcher", "department_clerk", "district_supervisor", "administrator")


def described() -> dict[str, Any]:
    """The description, with references of cases that are there, so that most requests get past the door."""
    found = json.loads(description()[0])
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["name"] == "reference":
                    parameter["schema"] = {"type": "string", "enum": [*REFERENCES, "261121-ZZZZZZZ", "没有的"]}
                if parameter["name"] == "Idempotency-Key":
                    parameter["schema"] = {"type": "string", "pattern": "^[!-~]{16,40}$"}
    return found


schema = schemathesis.openapi.from_dict(described())
schema.app = application
OPERATIONS = [found.ok() for found in schema.get_all_operations()]
EXAMPLES = 15


@pytest.fixture
def peopled(db: None) -> Iterator[None]:
    """Cases at the stages of the loop, and keys of those who work on them."""
    for stage, reference in zip(STAGES, REFERENCES, strict=True):
        Case.objects.filter(pk=case_at(stage).pk).update(reference=reference)
    for role in ROLES:
        AccessToken.objects.create(
            name=role, digest=token_digest(f"fuzz-{role}"), hint="fuzz", post_id=at_post(role).post_id
        )
    # Between two requests a server looks after its connections; here it would close the one of the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("who", ["nobody", *ROLES])
def test_no_fault_and_no_undeclared_answer(who: str, peopled: None) -> None:
    headers = {"Authorization": f"Bearer fuzz-{who}"} if who in ROLES else {}
    faults = {}

    for operation in OPERATIONS:
        try:
            ask_everything(operation, headers)
        except Exception as fault:  # every operation is asked, then all faults are told at once
            faults[operation.label] = str(fault)

    assert faults == {}


def ask_everything(operation: Any, headers: dict[str, str]) -> None:
    """Send what the description of one operation allows, and now and then what it does not."""

    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    strange = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(case=allowed | allowed | strange)
    @settings(
        max_examples=EXAMPLES, deadline=None, phases=[Phase.generate], derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def ask(case: Any) -> None:
        limits.forget_all()
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
