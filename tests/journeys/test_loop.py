"""One case through four doors: a resident reports, the street dispatches, a department delivers, the grid checks without
a network, the street closes, the resident judges. At every step: what each of them sees."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, PHONE, ROOT, House, Visitor, said, scene, shot

NUMBER = "19900001234"
WORDS = said(
    f"东门垃圾房旁堆了一大堆垃圾，三天没人清，急的话打 {NUMBER}。",
    f"A heap of rubbish by the bins at the east gate, three days now. Call {NUMBER}.",
)
KEPT = said("三天没人清", "three days now")
DONE = said("垃圾已清走，地面已冲洗", "The rubbish is gone and the ground was washed")
FINAL = said("已清理干净，网格员现场核查属实", "Cleared; the grid worker has checked it on the spot")
JUDGED = said("清得很快，谢谢", "Quick work, thank you")

STEPS = [
    ("上报", "Report"), ("立案", "Register"), ("派遣", "Dispatch"), ("签收", "Accept"), ("处置反馈", "Feed back"),
    ("核查通过", "Checked: done"), ("结案", "Close"), ("评价", "Rate"),
]  # fmt: skip


@dataclass
class Told:
    """What the resident takes home: the number and the secret link."""

    reference: str
    link: str

    @property
    def public(self) -> str:
        return f"/r/{self.reference}/"

    @property
    def desk(self) -> str:
        return f"/desk/cases/{self.reference}/"


def test_a_report_goes_through_four_doors_until_the_resident_judges(house: House, visitor: Visitor) -> None:
    resident = visitor(size=PHONE)
    told = report_something(resident)
    assert_hidden_until_read(visitor(size=PHONE), told)

    dispatcher = visitor("diaodu01", size=DESK)
    hear_of_report(dispatcher, told)
    unit = send_to_suggested_unit(dispatcher, told)
    assert_public_sees_no_number(visitor(size=PHONE), told)

    clerk = visitor(clerk_of(unit), size=DESK)
    accept(clerk, told)
    deliver(clerk, told)

    grid_worker = visitor("wangge01", size=PHONE)
    check_without_network(grid_worker, told)

    close(dispatcher, told)
    judge(resident, told)
    assert_everybody_sees_the_end(visitor(size=PHONE), dispatcher, told)


# --- the resident ---


def press(page: Page, selector: str) -> None:
    """Press what a sticky header may hide: first into the middle of the window."""
    found = page.locator(selector).first
    found.evaluate("element => element.scrollIntoView({block: 'center'})")
    found.click()


def report_something(page: Page) -> Told:
    page.goto("/report/")
    page.set_input_files("#files", [scene("rubbish", is_wrong=True)])
    expect(page.locator(".photo-picker-list img")).to_have_count(1)
    press(page, "label.kind:has(input[value=E0110])")
    expect(page.locator("input[name=category][value=E0110]:checked")).to_have_count(1)
    shot(page, "resident-report", at="#step-photo")
    page.fill("#id_text", WORDS)
    press(page, "[data-locate]")
    expect(page.locator("#id_lat")).to_have_value("30.651200")
    page.fill("input[name=address]", said("东门垃圾房旁", "beside the bins, east gate"))
    shot(page, "resident-place", at="[data-locate]")
    press(page, "button[value=check]")
    preview = page.locator(".preview-text").first
    expect(preview).to_contain_text(KEPT)
    expect(preview).not_to_contain_text(NUMBER)
    expect(page.locator(".masked-note")).to_be_visible()
    expect(page.locator(".kept-photos img")).to_have_count(1)
    shot(page, "resident-check", at=".masked-note")
    press(page, "button[value=send]")
    reference = page.locator("#sent-reference").inner_text().strip()
    link = page.locator("#own-link").input_value()
    assert f"/r/{reference}/" in link
    shot(page, "resident-sent")
    page.goto(link)
    expect(page.locator(".case-words")).to_contain_text(KEPT)
    return Told(reference, link)


def judge(page: Page, told: Told) -> None:
    page.goto(told.link)
    expect(page.locator(".answer")).to_contain_text(FINAL)
    press(page, "#judge label:has(input[name=solved][value=yes])")
    press(page, "#judge label:has(input[name=satisfaction][value='5'])")
    page.fill("#judge textarea", JUDGED)
    shot(page, "resident-judge", at="#judge")
    press(page, "#judge button[value=rate]")
    expect(page.locator("#judge")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("5/5")
    expect(page.locator("main")).to_contain_text(JUDGED)


# --- everybody ---


def assert_no_number(page: Page, told: Told) -> None:
    """Neither the page as it is delivered nor the programs' answer holds the number."""
    assert NUMBER not in page.content()
    answer = page.request.get(f"/api/v1/cases/{told.reference}")
    assert answer.status == 200
    assert NUMBER not in answer.text()


def assert_hidden_until_read(page: Page, told: Told) -> None:
    page.goto(told.public)
    expect(page.locator("main")).not_to_contain_text(KEPT)
    assert_no_number(page, told)


def assert_public_sees_no_number(page: Page, told: Told) -> None:
    page.goto(told.public)
    expect(page.locator(".case-words")).to_contain_text(KEPT)
    assert_no_number(page, told)


def assert_everybody_sees_the_end(visitor: Page, dispatcher: Page, told: Told) -> None:
    visitor.goto(told.public)
    expect(visitor.locator(".report-head")).to_contain_text(said("已解决", "Solved"))
    expect(visitor.locator(".answer")).to_contain_text(FINAL)
    expect(visitor.locator(".progress-now")).to_contain_text(said("报事人已作评价", "has judged"))
    assert_no_number(visitor, told)
    shot(visitor, "public-page")
    dispatcher.goto(told.desk)
    expect(dispatcher.locator(".case-marks .stage")).to_have_text(said("已评价", "Rated"))
    expect(dispatcher.locator(".case-facts")).to_contain_text(JUDGED)
    titles = [title.strip() for title in dispatcher.locator(".trail-head strong").all_inner_texts()]
    assert titles[::-1] == [said(*names) for names in STEPS]


# --- the street ---


def hear_of_report(page: Page, told: Told) -> None:
    """The worker delivers in the background: read again until it is there, as a person would."""
    for _look in range(20):
        page.goto("/messages/")
        if page.get_by_text(told.reference).count():
            break
        page.wait_for_timeout(500)
    expect(page.get_by_text(told.reference).first).to_be_visible()


def send_to_suggested_unit(page: Page, told: Told) -> str:
    page.goto("/desk/dispatch/")
    page.locator(f"a.dispatch-card[href*='{told.reference}']").click()
    panel = page.locator("#panel")
    expect(panel.locator(".reference").first).to_have_text(told.reference)
    expect(panel.locator(".case-words")).to_contain_text(NUMBER)  # staff who handle it read the words whole
    assert panel.locator("select[name=condition]").input_value()
    unit = panel.locator("select[name=unit] option:checked").inner_text().strip()
    panel.locator("textarea[name=text]").fill(said("请今天清走，并冲洗地面。", "Please clear it today and wash the ground."))
    shot(page, "dispatcher-board")
    panel.locator("button[data-shortcut=s]").click()
    page.wait_for_url(lambda url: told.reference not in url)
    page.goto(told.desk)
    expect(page.locator(".case-marks .stage")).to_have_text(said("已派遣", "Dispatched"))
    expect(page.locator(".case-facts")).to_contain_text(unit)
    shot(page, "dispatcher-case")
    return unit


def step(page: Page, told: Told, verb: str) -> Any:
    """The form of a verb on the case page: it lies open when it is the next step, else its action is pressed."""
    page.goto(told.desk)
    form = page.locator(f"#action form[action$='/{verb}/']")
    if not form.count():
        page.locator(f".action-grid a[href$='/{verb}/']").click()
    expect(form).to_be_visible()
    return form


def close(page: Page, told: Told) -> None:
    form = step(page, told, "close")
    expect(form.locator("textarea[name=text]")).to_have_value(DONE)  # begun with what the unit wrote
    form.locator("textarea[name=text]").fill(FINAL)
    shot(page, "dispatcher-close")
    form.locator(".step-actions .btn-primary").click()
    expect(page.locator(".case-marks .stage")).to_have_text(said("已结案", "Closed"))


# --- the department ---


def clerk_of(unit: str) -> str:
    """The account of a unit's clerk, found by the unit's name in the pack; pages leave the district's name off."""
    pack = ROOT / "packs" / "yunxi"
    with (pack / "organizations.csv").open(encoding="utf-8") as handle:
        code = next(row["code"] for row in csv.DictReader(handle) if row[said("name_zh", "name_en")].endswith(unit))
    with (pack / "accounts.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return next(row["username"] for row in rows if row["organization_code"] == code and row["role"] == "department_clerk")


def accept(page: Page, told: Told) -> None:
    page.goto("/desk/cases/")
    expect(page.get_by_text(told.reference).first).to_be_visible()
    shot(page, "clerk-list")
    form = step(page, told, "accept")
    shot(page, "clerk-accept")
    form.locator(".step-actions button").click()
    expect(page.locator(".case-marks .stage")).to_have_text(said("处置中", "In hand"))


def deliver(page: Page, told: Told) -> None:
    form = step(page, told, "deliver")
    form.locator("textarea[name=text]").press_sequentially(f"{DONE} {NUMBER}", delay=15)
    preview = form.locator(".preview")
    expect(preview).to_contain_text(DONE)  # how it will be published, before it is
    expect(preview).not_to_contain_text(NUMBER)
    form.locator("textarea[name=text]").fill(DONE)
    form.locator("input[type=file]").set_input_files([scene("rubbish", is_wrong=False)])
    expect(form.locator(".photo-picker-list img")).to_have_count(1)
    shot(page, "clerk-deliver")
    form.locator(".step-actions .btn-primary").click()
    expect(page.locator(".case-marks .stage")).to_have_text(said("待核查", "Done, to be checked"))
    expect(page.locator(".case-facts img")).to_have_count(2)


# --- the grid ---


def check_without_network(page: Page, told: Told) -> None:
    page.goto("/field/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    expect(page.locator("[data-tile=tasks] .count")).to_have_text("1")
    shot(page, "grid-home")
    page.locator("[data-tile=tasks]").click()
    task = page.locator(f"a.task[data-case='{told.reference}']")
    expect(task).to_be_visible()
    shot(page, "grid-tasks")

    page.context.set_offline(True)
    page.reload()  # the phone was put away and is opened again where there is no network
    expect(page.locator(".field-status")).to_have_attribute("data-net", "offline")
    task.click()
    expect(page.locator(".case-facts")).to_contain_text(told.reference)
    expect(page.locator(".case-facts")).to_contain_text(DONE)
    page.locator("input[value=verify_pass]").check()
    page.locator("input[type=file]").first.set_input_files([scene("rubbish", is_wrong=False)])
    expect(page.locator(".photo-field .shot img")).to_have_count(1)
    page.fill("#step-words", said("现场干净", "The place is clean"))
    shot(page, "grid-verify", at=".photo-field")
    page.locator(".form-foot button[type=submit]").click()
    page.wait_for_url("**/field/#/tasks")
    page.locator("a.field-unsent").click()
    item = page.locator(".item-card")
    expect(item).to_have_attribute("data-state", "ready")
    shot(page, "grid-outbox-offline")

    page.context.set_offline(False)
    expect(page.locator(".item-card[data-state=sent]")).to_have_count(1)
    expect(page.locator("[data-unsent]")).to_have_attribute("data-unsent", "0")
    shot(page, "grid-outbox-sent")
    page.goto("/field/#/tasks")
    expect(task).to_have_count(0)
