"""The rates for programs: the same figures, the same borders."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.cases.tests.factories import COMMUNITY, OTHER_STREET, STREET, at_post, body, browser_of
from linli.insight.queries import Span, area_rates, day_rates, total_rates, unit_rates

pytestmark = pytest.mark.django_db
RATES = "/api/v1/rates"


def asked(role: str, **query: Any) -> Any:
    return browser_of(at_post(role)).get(RATES, query)


@pytest.mark.parametrize("by", ["unit", "area", "day"])
def test_figures_are_those_of_the_pages(by: str, lived: None) -> None:
    answer = asked("street_leader", by=by)
    assert answer.status_code == 200
    told = answer.json()
    until = timezone.localdate()
    span = Span(until - timedelta(days=29), until, STREET)
    assert (told["since"], told["until"], told["area"]) == (span.since.isoformat(), until.isoformat(), STREET)
    expected = {"unit": unit_rates, "area": area_rates, "day": day_rates}[by](span)
    assert [(item["key"], item["score"], item["counts"]["late"]) for item in told["items"]] == [
        (item.key, item.score, item.late) for item in expected
    ]
    assert told["total"]["in_time_rate"] == total_rates(span).in_time_rate
    assert told["weights"] == {"partly": 0.5, "fairly": 0.8, "in_time": 10, "solved": 45, "satisfied": 45}
    assert expected


def test_area_unit_and_days_narrow_the_figures(lived: None) -> None:
    unit, since = body("dept-ps"), timezone.localdate() - timedelta(days=35)
    told = asked("district_leader", by="area", level="street", unit=unit, area=STREET, since=since.isoformat()).json()
    span = Span(since, timezone.localdate(), STREET)
    (item,) = told["items"]
    assert (item["key"], item["name"]) == (STREET, "清河街道")
    assert item["counts"]["dispatched"] == total_rates(span, unit).dispatched
    inside = asked("street_leader", area=COMMUNITY).json()
    assert inside["area"] == COMMUNITY


def test_who_may_ask_and_for_what() -> None:
    assert Client().get(RATES).status_code == 401
    for role in ("resident", "grid_worker", "screen_viewer"):
        assert asked(role).status_code == 403, role
    assert asked("evaluator").status_code == 200
    assert asked("street_leader", area=OTHER_STREET).status_code == 404
    assert asked("street_leader", area="990101").json()["area"] == STREET
    assert asked("street_leader", unit=999999).status_code == 404


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"by": "planet"}, 422), ({"since": "x"}, 422), ({"area": "1"}, 422), ({"colour": "red"}, 400),
        ({"since": "2026-11-02", "until": "2026-11-01"}, 400), ({"since": "2020-01-01"}, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_so(query: dict[str, str], status: int) -> None:
    answer = asked("street_leader", **query)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"


def test_it_is_described() -> None:
    described = Client().get("/api/openapi.json").json()["paths"]["/api/v1/rates"]["get"]
    assert {parameter["name"] for parameter in described["parameters"]} == {"by", "level", "since", "until", "area", "unit"}
    assert set(described["responses"]) >= {"200", "401", "403", "404", "422"}
