"""Pages of rates: who sees what, odd addresses, repeat spots, what is kept and for how long."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.cases.operations import Ask, take
from linli.cases.queries.figures import FIGURES
from linli.cases.queries.lists import CaseFilter
from linli.cases.tests.factories import DISTRICT, OTHER_STREET, at_post, browser_of, case_at, reported
from linli.insight import operations
from linli.insight.queries.board import look
from linli.insight.queries.periods import period_of
from linli.kernel.errors import BadInput

pytestmark = pytest.mark.django_db
RATES, BOARD, BULLETIN = "/desk/rates/", "/desk/rates/board/", "/desk/rates/bulletin/"
PAGES = [RATES, BOARD, BULLETIN]
LINK = re.compile(r'<a class="(?:cell-link[^"]*|stat|row-link)" href="(/desk/cases/[^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
TODAY = timezone.localdate


def status_of(answer: Any) -> int:
    """The status of an answer that was read to its end, so that no file stays open."""
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return int(answer.status_code)


def sql_of(act: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        act()
    return len(seen)


def test_a_figure_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput):
        CaseFilter.read({"figure": "best"})
    assert {CaseFilter.read({"figure": name}).figure for name in FIGURES} == set(FIGURES)


@pytest.mark.parametrize("page", [*PAGES, f"{RATES}export/"])
def test_whoever_may_not_is_refused(page: str) -> None:
    assert Client().get(page)["Location"].startswith("/accounts/login/")
    for role in ("resident", "grid_worker", "street_dispatcher", "administrator", "screen_viewer"):
        actor = at_post(role)
        expected = 200 if "insight.rates.view" in actor.rights else 403
        assert status_of(browser_of(actor).get(page)) == expected, role


@pytest.mark.parametrize("page", [*PAGES, f"{RATES}export/"])
def test_the_area_of_others_is_not_there(page: str) -> None:
    browser = browser_of(at_post("street_leader"))
    for area in (OTHER_STREET, f"{OTHER_STREET}001", "990199", "990101001099", "nowhere"):
        assert browser.get(page, {"area": area}).status_code == 404, area
    assert status_of(browser_of(at_post("district_leader")).get(page, {"area": OTHER_STREET})) == 200


def test_asking_for_more_than_the_post_covers_gives_what_it_covers() -> None:
    reported()
    far = reported(grid="990101002001001")
    operations.refresh_day(TODAY())
    mine = browser_of(at_post("street_leader")).get(RATES, {"area": DISTRICT}).context
    assert (mine["area"], [row["name"] for row in mine["areas"]]) == ("清河街道", ["石榴社区"])
    assert mine["total"][4]["value"] == 1
    everybody = browser_of(at_post("district_leader")).get(RATES).context
    assert everybody["total"][4]["value"] == 2
    streets = browser_of(at_post("district_leader")).get(RATES, {"level": "street"}).context
    assert sorted(row["name"] for row in streets["areas"]) == ["清河街道", "青屏街道"]
    assert far.street_code == OTHER_STREET


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"unit": "999999"}, 404), ({"unit": "x"}, 404), ({"period": "century"}, 400), ({"since": "x"}, 400),
        ({"since": "2026-11-02", "until": "2026-11-01"}, 400), ({"sort": "-password"}, 200), ({"level": "planet"}, 200),
    ],
)  # fmt: skip
def test_odd_addresses_are_answered(query: dict[str, str], status: int) -> None:
    assert browser_of(at_post("street_leader")).get(RATES, query).status_code == status


@pytest.mark.parametrize("month", ["2026-13", "x", "1026-01"])
def test_a_month_that_is_none_is_refused(month: str) -> None:
    assert browser_of(at_post("street_leader")).get(BULLETIN, {"month": month}).status_code == 400


def test_days_without_a_case_show_as_empty_and_not_as_an_error() -> None:
    browser = browser_of(at_post("street_leader"))
    for page in PAGES:
        answer = browser.get(page)
        assert answer.status_code == 200
        assert "没有上报事项" in answer.content.decode()


def test_a_kept_board_is_made_again_when_a_case_of_it_moves() -> None:
    actor, period = at_post("street_leader"), period_of("days30", TODAY())
    case = case_at("accepted")
    operations.refresh_day(TODAY())
    assert look(actor, period).board.done == 0
    assert sql_of(lambda: look(actor, period)) == 2
    take("deliver", actor=at_post("department_clerk"), case=case, ask=Ask(text="已办"), result="fixed")
    operations.refresh_day(TODAY())
    assert look(actor, period).board.done == 1


def test_the_same_kind_at_one_place_again_and_again_is_a_repeat_spot() -> None:
    for step in range(3):
        reported(text=f"第{step}次积水", east_m=step * 5)
    operations.refresh_day(TODAY())
    context = browser_of(at_post("street_leader")).get(BOARD).context
    (spot,) = context["spots"]
    assert (spot["cases"], spot["days"], spot["is_hot"], spot["place"]) == (3, 1, False, "石榴社区第02网格")
    (point,) = context["points"]
    assert point[2] == "yellow"
