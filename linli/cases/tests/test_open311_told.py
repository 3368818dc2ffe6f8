"""What a client says of a request besides the words, as staff see it; and a body that cannot be read."""

from __future__ import annotations

import pytest
from django.test import Client

from linli.cases.forms.step import SendForm, StepForm
from linli.cases.models import Case
from linli.cases.tests.factories import COVER, FLOOD, at_post, browser_of, reported
from linli.cases.tests.test_open311 import ROOT, a_request, errors, get, key, post
from linli.catalogue.queries import catalogue

__all__ = ["key"]  # the fixture
pytestmark = pytest.mark.django_db


def staff_page(case: Case, door: str = "cases") -> str:
    browser = browser_of(at_post("street_dispatcher"))
    return browser.get(f"/desk/{door}/{case.reference}/").content.decode()


def test_what_the_definition_asks_reaches_staff(key: str) -> None:
    sent = {"condition": "02", "place_note": "NEXTTOGATE<b>", "component_code": "XY77"}
    post("/requests.json", a_request(**{f"attribute[{name}]": text for name, text in sent.items()}))
    case = Case.objects.get()
    told = catalogue().condition(COVER, "02")
    assert told is not None

    page, form = staff_page(case), SendForm(case)

    assert all(text in page for text in (told.name, "NEXTTOGATE&lt;b&gt;", "XY77"))
    assert form.fields["condition"].initial == "02"
    assert StepForm("register", case).fields["condition"].initial == "02"
    assert SendForm(case, preset={"category": FLOOD}).fields["condition"].initial == catalogue().condition(FLOOD).code  # type: ignore[union-attr]


def test_a_condition_that_is_none_of_the_category_leaves_the_default() -> None:
    case = reported("箅子坏了", category=COVER, attributes={"condition": "77", "place_note": 5})
    default = catalogue().condition(COVER)
    assert default is not None

    assert SendForm(case).fields["condition"].initial == default.code
    assert "77" in staff_page(case)


def test_where_a_picture_lies_is_kept_as_text_for_staff(key: str) -> None:
    address = "https://example.org/p.jpg?a=1"
    answer = post("/requests.json", a_request(media_url=address))
    case = Case.objects.get()

    page = staff_page(case)

    assert (answer.status_code, case.attributes) == (201, {"media_url": address})
    assert address in page
    assert f'="{address}' not in page
    assert get(f"/requests/{case.reference}.json").json()[0]["media_url"] is None


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "//example.org/x", "https://", "https://example.org/" + "x" * 500]
)
def test_what_is_no_address_of_a_picture_is_refused(key: str, address: str) -> None:
    answer = post("/requests.json", a_request(media_url=address))

    assert answer.status_code == 400
    assert errors(answer)


@pytest.mark.parametrize("format_", ["json", "xml"])
def test_a_body_whose_length_is_not_told_is_411_in_the_format(key: str, format_: str) -> None:
    answer = Client().generic("POST", f"{ROOT}/requests.{format_}", headers={"Transfer-Encoding": "chunked"})

    assert answer.status_code == 411
    assert answer["Content-Type"].startswith({"json": "application/json", "xml": "text/xml"}[format_])
    assert "Content-Length" in answer.content.decode()
