"""A client that nobody here wrote (PyPI `georeport`) lists, reads and follows what is filed."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from georeport import GeoReport

from linli.cases.models import Case
from linli.cases.tests.factories import COVER, GRID, case_at, point_in, reported
from linli.cases.workflow import Stage
from linli.kernel import limits

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo(settings: Any) -> None:
    settings.LINLI_DEMO = True
    limits.forget_all()


@pytest.mark.parametrize("output_format", ["json", "xml"])
def test_the_client_lists_reads_and_files(live_server: Any, demo: None, output_format: str) -> None:
    closed, other = case_at(Stage.CLOSED), reported("另一处积水")
    client = GeoReport(f"{live_server.url}/open311/v2/", jurisdiction="yunxi", output_format=output_format)
    lng, lat = point_in(GRID)

    services = client.get_service_list()
    definition = client.get_service_definition(COVER)
    sent = requests.post(
        f"{client.root_address}/requests.{output_format}", timeout=20,
        data={"api_key": "demo-open311", "jurisdiction_id": "yunxi", "service_code": COVER, "lat": lat, "long": lng,
              "description": "雨水箅子断了", "first_name": "小试", "phone": "19900000001"},
    )  # fmt: skip
    filed = Case.objects.get(category_id=COVER)
    found = client.get_service_requests()
    one = client.get_service_request(filed.reference)

    assert COVER in {service["service_code"] for service in services}
    assert definition["service_code"] == COVER
    assert (sent.status_code, filed.reference in sent.text) == (201, True)
    assert {row["service_request_id"] for row in found} == {closed.reference, other.reference, filed.reference}
    assert (one["service_request_id"], one["description"], one["status"]) == (filed.reference, "雨水箅子断了", "open")
    several = client.get_service_requests(service_request_id=f"{filed.reference},{other.reference}")
    assert {row["service_request_id"] for row in several} == {filed.reference, other.reference}


def test_the_client_narrows_by_service_status_and_time(live_server: Any, demo: None) -> None:
    closed, other = case_at(Stage.CLOSED), reported("箅子坏了", category=COVER)
    client = GeoReport(f"{live_server.url}/open311/v2", jurisdiction="yunxi")

    by_status = client.get_service_requests(status="closed")
    by_service = client.get_service_requests(service_code=COVER, status="open,closed")
    none = client.get_service_requests(start_date="2025-01-01T00:00:00Z", end_date="2025-03-01T00:00:00Z")

    assert [row["service_request_id"] for row in by_status] == [closed.reference]
    assert [row["service_request_id"] for row in by_service] == [other.reference]
    assert none == []


def test_the_client_is_told_of_its_mistakes(live_server: Any, demo: None) -> None:
    client = GeoReport(f"{live_server.url}/open311/v2", jurisdiction="elsewhere")

    with pytest.raises(requests.HTTPError) as refused:
        client.get_service_list()

    assert refused.value.response.status_code == 404
    assert refused.value.response.json()[0]["code"] == 404
