"""Figures of a lived history: each opens to as many rows; files, boards and the bulletin agree with it."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.cases.models import Case
from linli.cases.queries.lists import CaseFilter, filtered, of_tab
from linli.cases.tests.factories import COMMUNITY, STREET, at_post, body, browser_of
from linli.insight.queries.board import Board, board_of, look
from linli.insight.queries.overview import overview
from linli.insight.queries.periods import period_of
from linli.insight.queries.rates import Span
from linli.kernel.policy import Actor
from linli.kernel.tables import Column, Table, read

pytestmark = pytest.mark.django_db
RATES, BOARD, BULLETIN = "/desk/rates/", "/desk/rates/board/", "/desk/rates/bulletin/"
PAGES = [RATES, BOARD, BULLETIN]
LINK = re.compile(r'<a class="(?:cell-link[^"]*|stat|row-link)" href="(/desk/cases/[^"]+)"[^>]*>(.*?)</a>', re.DOTALL)
TODAY = timezone.localdate


def sql_of(act: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        act()
    return len(seen)


def opened(page: str) -> list[tuple[str, str]]:
    """Addresses of lists on a page with what stands on the link."""
    return [(unescape(address), re.sub(r"<[^>]*>", " ", words)) for address, words in LINK.findall(page)]


def rows_of(actor: Actor, address: str) -> int:
    wanted = CaseFilter.read({name: values[0] for name, values in parse_qs(urlsplit(address).query).items()})
    return filtered(of_tab(actor, wanted.tab), wanted).count()


@pytest.mark.parametrize("role", ["street_leader", "community_secretary", "district_leader", "district_supervisor"])
def test_every_figure_opens_to_as_many_rows(role: str, lived: None) -> None:
    actor = at_post(role)
    page = browser_of(actor).get(RATES, {"level": "community"}).content.decode()
    links = [
        (address, int(words.replace(",", ""))) for address, words in opened(page) if words.strip().replace(",", "").isdigit()
    ]
    assert len(links) > 20
    for address, figure in links:
        assert rows_of(actor, address) == figure, address
    assert {parse_qs(urlsplit(address).query)["figure"][0] for address, _figure in links} >= {
        "due",
        "late",
        "rated",
        "dispatched",
    }


def test_figures_of_a_chosen_unit_and_area_open_to_their_rows(lived: None) -> None:
    actor = at_post("street_leader")
    page = browser_of(actor).get(RATES, {"unit": body("dept-ps"), "area": COMMUNITY, "period": "quarter"}).content.decode()
    links = [(address, int(words)) for address, words in opened(page) if words.strip().isdigit()]
    assert links
    for address, figure in links:
        assert parse_qs(urlsplit(address).query)["unit"] == [str(body("dept-ps"))]
        assert rows_of(actor, address) == figure, address


def test_the_list_behind_a_figure_says_how_many(lived: None) -> None:
    browser = browser_of(at_post("street_leader"))
    address, words = next(one for one in opened(browser.get(RATES).content.decode()) if "figure=late" in one[0])
    answer = browser.get(address)
    assert answer.status_code == 200
    assert answer.context["found"].split()[1] == words.strip()
    assert '<option value="late" selected>' in answer.context["fields"]["more"]


def test_a_department_opens_its_own_rows_and_sees_others_as_figures(lived: None) -> None:
    actor = at_post("department_head")
    links = opened(browser_of(actor).get(RATES).content.decode())
    assert links
    for address, words in links:
        assert parse_qs(urlsplit(address).query)["unit"] == [str(body("dept-ps"))]
        assert rows_of(actor, address) == int(words)


def test_an_evaluator_sees_figures_and_opens_nothing(lived: None) -> None:
    browser = browser_of(at_post("evaluator"))
    for page in PAGES:
        answer = browser.get(page)
        assert answer.status_code == 200
        assert "/desk/cases/" not in re.sub(r"<header.*?</header>", "", answer.content.decode(), flags=re.DOTALL)


def test_kinds_and_doors_of_the_board_open_to_their_rows(lived: None) -> None:
    actor = at_post("street_leader")
    context = browser_of(actor).get(BOARD, {"period": "quarter"}).context
    for row in [*context["kinds"], *context["doors"]]:
        assert rows_of(actor, row["url"]) == row["count"]
    assert sum(row["count"] for row in context["doors"]) == context["board"].cases


def test_units_stand_by_score_and_sort_by_a_press(lived: None) -> None:
    browser = browser_of(at_post("district_leader"))

    def values(sort: str, column: int) -> list[Any]:
        context = browser.get(RATES, {"sort": sort, "period": "quarter"}).context
        return [row["cells"][column]["value"] for row in context["units"]]

    scores = [score for score in values("-score", 0) if score is not None]
    assert scores == sorted(scores, reverse=True)
    assert values("late", 8) == sorted(values("late", 8))
    assert values("-late", 8) == sorted(values("-late", 8), reverse=True)


def test_the_page_says_how_the_place_reckons_and_what_was_before(lived: None) -> None:
    answer = browser_of(at_post("street_leader")).get(RATES)
    page = answer.content.decode()
    assert "按期率占 10%，解决率占 45%，满意率占 45%" in page
    assert "密件不计入任何统计" in page
    assert answer.context["period"].since_before < answer.context["period"].since
    assert all(cell["value"] is not None for cell in answer.context["total"][:4])


@pytest.mark.parametrize("page", PAGES)
def test_pages_speak_english_too(page: str, lived: None) -> None:
    answer = browser_of(at_post("street_leader")).get(page, {"lang": "en"})
    text = re.sub(r"<script.*?</script>|<[^>]*>", " ", answer.content.decode(), flags=re.DOTALL)
    assert answer.status_code == 200
    assert not re.search(r"[\u4e00-\u9fff]", text.replace("中文", "")), re.findall(r"[\u4e00-\u9fff]+", text)


@pytest.mark.parametrize("by", ["unit", "area", "day"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_file_holds_what_the_page_shows(by: str, kind: str, lived: None) -> None:
    browser = browser_of(at_post("street_leader"))
    answer = browser.get(f"{RATES}export/", {"by": by, "format": kind, "period": "quarter"})
    assert answer.status_code == 200
    assert f".{kind}" in answer["Content-Disposition"]
    first = {"unit": "主办单位", "area": "区域", "day": "日期"}[by]
    table = Table("x", [Column("name", first), Column("score", "综合分", "decimal"), Column("late", "超期", "integer")])
    found = [row.values for row in read(io.BytesIO(b"".join(answer.streaming_content)), table)]
    shown = overview(at_post("street_leader"), period_of("quarter", TODAY()))
    lines = {"unit": [line.now for line in shown.units], "area": [line.now for line in shown.areas], "day": shown.days}[by]
    assert {row["name"]: (row["late"], row["score"] and float(row["score"])) for row in found} == {
        line.name: (line.late, line.score) for line in lines
    }
    assert found


def plain_board(rows: list[Case]) -> Board:
    """The board's figures, one case after another."""
    board = Board()
    took = []
    for case in rows:
        here = timezone.localtime(case.reported_at)
        board.cases += 1
        board.kinds[case.category_id] += 1
        board.doors[case.door] += 1
        board.hours[here.weekday()][here.hour] += 1
        board.extended += case.extension_count > 0
        if case.delivered_at:
            took.append(int((case.delivered_at - case.reported_at).total_seconds() // 60))
        if case.stage in ("closed", "rated"):
            board.closed += 1
            board.same_day += timezone.localtime(case.closed_at).date() == here.date()
    took.sort()
    board.done = len(took)
    board.median = min((one for one in took if sum(other <= one for other in took) >= 0.5 * len(took)), default=None)
    board.ninetieth = min((one for one in took if sum(other <= one for other in took) >= 0.9 * len(took)), default=None)
    return board


def test_the_board_agrees_with_a_plain_recount(lived: None) -> None:
    since, until = TODAY() - timedelta(days=30), TODAY() - timedelta(days=2)
    rows = [
        case for case in Case.objects.filter(is_sealed=False, street_code=STREET)
        if since <= timezone.localtime(case.reported_at).date() <= until
    ]  # fmt: skip
    found, expected = board_of(Span(since, until, STREET)), plain_board(rows)
    for name in ("cases", "kinds", "doors", "hours", "done", "median", "ninetieth", "closed", "same_day", "extended"):
        assert getattr(found, name) == getattr(expected, name), name
    unit = body("dept-ps")
    mine = board_of(Span(since, until, STREET), unit)
    assert mine.cases == sum(case.lead_unit_id == unit for case in rows)


def test_the_bulletin_tells_the_month_in_words_and_tables(lived: None) -> None:
    month = TODAY().replace(day=1)
    browser = browser_of(at_post("street_leader"))
    answer = browser.get(BULLETIN, {"month": f"{month:%Y-%m}"})
    page = re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", answer.content.decode()))
    now = answer.context["now"]
    assert f"清河街道网格事项办理情况通报（{month.year}年{month.month}月）" in page
    assert f"共上报事项{now.reported}件" in page
    assert "清河街道办事处" in page
    assert (
        now.reported
        == Case.objects.filter(
            is_sealed=False,
            street_code=STREET,
            reported_at__gte=timezone.make_aware(timezone.datetime(month.year, month.month, 1)),
        ).count()
    )


def test_what_the_pages_cost(lived: None) -> None:
    actor, period = at_post("street_leader"), period_of("days30", TODAY())
    overview(actor, period)  # areas, organizations and options come into memory
    assert sql_of(lambda: overview(actor, period)) == 5
    assert sql_of(lambda: look(actor, period)) == 3
    browser = browser_of(actor)
    for page, most in ((RATES, 11), (BOARD, 9), (BULLETIN, 14)):
        browser.get(page)
        assert sql_of(lambda page=page: browser.get(page)) <= most, page
