"""What came twice with other content waits for a person of the area, and for nobody else."""

from __future__ import annotations

import uuid

import pytest

from linli.cases.models import Case
from linli.cases.operations import Report, report_case
from linli.cases.tests.factories import OTHER_STREET, at_post, browser_of
from linli.kernel.errors import Conflict
from linli.kernel.models import Event, Quarantined
from linli.kernel.policy import ANONYMOUS
from linli.places.models import Building

pytestmark = pytest.mark.django_db
PAGE = "/desk/quarantine/"


@pytest.fixture
def kept() -> Quarantined:
    home, sender = Building.objects.filter(grid_code__startswith="990101001").first(), uuid.uuid4()
    report = {"category": "E0110", "lng": home.lng, "lat": home.lat, "door": "portal", "id": sender}
    report_case(actor=ANONYMOUS, report=Report(text="first words", **report))
    with pytest.raises(Conflict):
        report_case(actor=ANONYMOUS, report=Report(text="other words", **report))
    return Quarantined.objects.get()


def test_the_dispatcher_compares_both(kept, sign_in):
    page = sign_in("diaodu01").get(PAGE).content.decode()

    assert "first words" in page
    assert "other words" in page


def test_looking_is_written_down_once_and_nothing_is_thrown_away(kept, sign_in):
    client = sign_in("diaodu01")

    for _again in range(2):
        assert client.post(f"{PAGE}{kept.pk}/").status_code == 302

    kept.refresh_from_db()
    assert kept.looked_at is not None
    assert Event.objects.filter(name="cases.quarantine.looked_at").count() == 1
    assert Case.objects.get(pk=kept.subject_id).text == "first words"


def test_a_grid_worker_has_no_such_page(kept, sign_in):
    assert sign_in("wangge01").get(PAGE).status_code == 403


def test_of_another_street_there_is_nothing_to_look_at(kept):
    elsewhere = browser_of(at_post("street_dispatcher", organization="jd-qingping", area=OTHER_STREET))

    assert elsewhere.post(f"{PAGE}{kept.pk}/").status_code == 404

    kept.refresh_from_db()
    assert kept.looked_at is None
