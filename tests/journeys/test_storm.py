"""A storm morning: reports pour in by the programs' door and by the portal, a situation opens by itself, the street merges
and dispatches them at once, a unit works, and the situation ends with a report whose figures add up."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, PHONE, House, Visitor, said, served, shot
from tests.journeys.test_loop import clerk_of, press

# Where, what and which words: flooded roads, fallen trees, sunken road, loose boards, a wire; some places several times.
TREE = said("大树倒了压住半条路", "A big tree lies across half the road")
FLOOD = said("路口积水到膝盖，车过不去", "Knee-deep water at the crossing, cars cannot pass")
BOARD = said("招牌被风吹松，要掉下来了", "The wind has loosened a signboard, it may fall")
WIRE = said("电线垂到地上了，大家绕行", "A wire hangs down to the ground, people walk around it")
HOLE = said("路面塌了一个坑", "The road has sunk in")
STORM = [
    *[("E0506", FLOOD, 110.24250, 30.65060, step) for step in range(5)],
    *[("E0506", FLOOD, 110.24600, 30.65430, step) for step in range(2)],
    *[("E0509", TREE, 110.23950, 30.64935, step) for step in range(4)],
    *[("E0510", BOARD, 110.23740, 30.65330, step) for step in range(2)],
    ("E0508", WIRE, 110.24590, 30.65190, 0),
    ("E0505", HOLE, 110.24255, 30.65430, 0),
]
BY_PORTAL = [("E0509", TREE, "110.239520", "30.649360"), ("E0506", FLOOD, "110.242530", "30.650620")]
ALL = len(STORM) + len(BY_PORTAL)
CLUSTERS = 6  # five floods and one by the portal; two floods; four trees and one; two boards; a wire; a hole
WORDS = said(
    "短时强降雨，积水和倒树为主。排水、园林连夜处置，无人受伤；其余按时限继续办理。",
    "A cloudburst: mostly flooded roads and fallen trees. Nobody was hurt; the rest goes on within its limits.",
)
NEAR_M = 0.00004  # degrees: about four metres


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: reports of other journeys would join the situation."""
    with served(tmp_path_factory.mktemp("storm")) as made:
        yield made


def test_a_storm_morning_from_the_first_report_to_the_closing_report(house: House, visitor: Visitor) -> None:
    passer_by, dispatcher = visitor(size=PHONE), visitor("diaodu01", size=DESK)
    began = time.monotonic()
    pour_in(passer_by)
    assert time.monotonic() - began < 60
    report_by_portal(visitor)
    board = find_situation(dispatcher)

    assert_figures(dispatcher, reports=ALL, waiting=ALL, moving=0, done=0, merged=0)
    shot(dispatcher, "situation-board")
    merge_all(dispatcher)
    dispatch_all(dispatcher)
    units = who_has_it(dispatcher)
    assert len(units) >= 4
    assert sum(units.values()) == CLUSTERS
    shot(dispatcher, "situation-dispatched")

    clerk = visitor(clerk_of(max(units, key=lambda name: (units[name], name))), size=DESK)
    finish_one(clerk)
    dispatcher.goto(board)
    assert_figures(dispatcher, reports=ALL, waiting=0, moving=CLUSTERS - 1, done=1, merged=ALL - CLUSTERS)
    close_with_words(dispatcher)


def pour_in(page: Page) -> None:
    """Fifteen reports within a minute, nobody signed in."""
    for number, (category, words, lng, lat, step) in enumerate(STORM):
        new = {"category": category, "text": f"{words}（{number + 1}）", "lng": lng + step * NEAR_M, "lat": lat, "address": ""}
        answer = page.request.post("/api/v1/cases", data=new)
        assert answer.status == 201, answer.text()


def report_by_portal(visitor: Visitor) -> None:
    """Neighbours who use the form: their places come from the phone, and what is near is offered to them first."""
    for category, words, lng, lat in BY_PORTAL:
        page = visitor(size=PHONE)
        page.context.set_geolocation({"longitude": float(lng), "latitude": float(lat), "accuracy": 6})
        page.goto("/report/")
        page.fill("#q", category_word(category))
        press(page, f"label.kind:has(input[value={category}]):visible")
        page.fill("#id_text", words)
        press(page, "[data-locate]")
        expect(page.locator("#id_lat")).to_have_value(lat)
        press(page, "button[value=check]")
        expect(page.locator(".duplicate").first).to_be_visible()
        shot(page, "resident-same", at=".duplicates")
        press(page, "button[value=send]")
        expect(page.locator("#sent-reference")).to_be_visible()
        page.context.close()


def category_word(category: str) -> str:
    return {"E0509": said("树倒", "fallen tree"), "E0506": said("积水", "flooded")}[category]


# --- the street ---


def find_situation(page: Page) -> str:
    """The worker opens the situation by itself: looked for again until it is there and holds everything."""
    card = page.locator("a.situation-card")
    for _look in range(40):
        page.goto("/desk/situations/")
        if card.count():
            break
        page.wait_for_timeout(500)
    expect(card).to_have_count(1)
    expect(card).to_contain_text(said("清河街道", "Qinghe Street"))
    card.click()
    for _look in range(40):
        if figures(page)["reports"] == ALL:
            break
        page.wait_for_timeout(500)
        page.reload()
    return str(page.url)


NAMES = ("reports", "waiting", "moving", "late", "done", "merged")


def figures(page: Page) -> dict[str, int]:
    values = page.locator("#live-figures .stat-value").all_inner_texts()
    return dict(zip(NAMES, (int("".join(filter(str.isdigit, value))) for value in values), strict=True))


def assert_figures(page: Page, **wanted: int) -> None:
    found = figures(page)
    assert {name: found[name] for name in wanted} == wanted
    assert found["reports"] == found["waiting"] + found["moving"] + found["done"] + found["merged"]


def merge_all(page: Page) -> None:
    expect(page.locator("#clusters tbody tr")).to_have_count(CLUSTERS)
    page.locator(".situation-tools button[form=join]").click()
    expect(page.locator(".messages, .notice, .alert").filter(has_text=str(ALL - CLUSTERS)).first).to_be_visible()
    assert_figures(page, reports=ALL, waiting=CLUSTERS, merged=ALL - CLUSTERS)


def dispatch_all(page: Page) -> None:
    """Tick all, send each as the duty matrix says: to several departments with one press."""
    page.locator("#clusters [data-check-all]").check()
    expect(page.locator("#clusters input[name=ids]:checked")).to_have_count(CLUSTERS)
    page.locator(".situation-tools button[form=send].btn-primary").click()
    expect(page.locator("#clusters input[name=ids]")).to_have_count(0)
    assert_figures(page, reports=ALL, waiting=0, moving=CLUSTERS, merged=ALL - CLUSTERS)


def who_has_it(page: Page) -> dict[str, int]:
    rows = page.locator("#live-units tbody tr").all()
    return {row.locator("td").nth(0).inner_text().strip(): int(row.locator("td").nth(1).inner_text()) for row in rows}


def close_with_words(page: Page) -> None:
    page.locator("[data-opens=close-situation]").click()
    page.locator("#close-situation textarea").fill(WORDS)
    shot(page, "situation-close")
    page.locator("#close-situation button.btn-primary").click()
    expect(page.locator(".report-words")).to_contain_text(WORDS)
    values = [int("".join(filter(str.isdigit, text))) for text in page.locator(".report .stat-value").all_inner_texts()]
    reports, merged, done, still_open = values[:4]
    assert (reports, merged, done, still_open) == (ALL, ALL - CLUSTERS, 1, CLUSTERS - 1)
    assert reports == merged + done + still_open
    assert Counter(category_counts(page)) == Counter([8, 5, 2, 1, 1])
    expect(page.locator(".batch-references a")).to_have_count(CLUSTERS - 1)
    shot(page, "situation-report")


def category_counts(page: Page) -> list[int]:
    return [int(text) for text in page.locator(".report-columns table").first.locator("td.num").all_inner_texts()]


# --- a unit ---


def finish_one(page: Page) -> None:
    """The clerk takes the first of the unit's to-do list in hand and reports it as done."""
    page.goto("/desk/cases/")
    page.locator("a.row-link[href^='/desk/cases/']").first.click()
    form: Any = page.locator("#action form[action$='/accept/']")
    form.locator(".step-actions button").click()
    expect(page.locator(".case-marks .stage")).to_have_text(said("处置中", "In hand"))
    form = page.locator("#action form[action$='/deliver/']")
    form.locator("textarea[name=text]").fill(said("积水已排净，恢复通行。", "The water is drained, the way is free."))
    form.locator(".step-actions .btn-primary").click()
    expect(page.locator(".case-marks .stage")).to_have_text(said("待核查", "Done, to be checked"))
