"""A worker's day in a real browser: looks on the spot without a network, clocking, what others did meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from linli.cases.field import views
from linli.cases.models import Case, CasePhoto, CaseStep
from linli.cases.operations import Ask, take
from linli.cases.tests.factories import at_post, case_at, photo, reported
from linli.cases.workflow import Stage
from linli.kernel.images import read_photo
from linli.kernel.models import Photo
from linli.kernel.storage import save_photo
from linli.organizations.models import Duty
from linli.people.models import Account
from tests.journeys.axe import serious_faults

from .conftest import GRID, WORKER, jpeg

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def delivered() -> Case:
    return case_at(Stage.DELIVERED, grid=GRID)


def with_pictures(case: Case) -> None:
    """Real pictures before and after, so that a phone has something to keep."""
    import io

    made = read_photo(io.BytesIO(jpeg(600, 400)))
    paths = save_photo(made)
    for side in ("before", "after"):
        key = photo(attached_to=case.pk)
        Photo.objects.filter(pk=key).update(path=paths.path, thumbnail_path=paths.thumbnail_path)
        CasePhoto.objects.create(case=case, photo_id=key, side=side)


def load(app) -> None:
    """Come back to the app after something has changed at the office."""
    app.page.reload()
    app.open("/").ready()
    app.page.wait_for_load_state("networkidle")


def test_a_check_done_without_a_network_is_told_when_there_is_one(app, context):
    case = delivered()
    with_pictures(case)
    load(app)
    context.set_offline(True)
    app.page.reload()
    app.go("/tasks")
    app.page.locator(f"[data-case='{case.reference}']").click()
    expect(app.page.locator(".case-facts")).to_contain_text("已到现场处理")
    expect(app.page.locator(".pair .shot img")).to_have_count(2)  # before and after, kept on the phone

    app.page.get_by_role("radio", name="修好了").check()
    app.submit()
    expect(app.page.locator("form [role=alert]:visible")).to_have_text("这一步需要现场照片")
    app.shoot()
    app.page.locator("#step-words").fill("水已退，路面干净")
    app.submit()
    expect(app.page.locator(f"[data-case='{case.reference}']")).to_contain_text("已做，待发送")
    case.refresh_from_db()
    assert case.stage == Stage.DELIVERED

    context.set_offline(False)
    app.wait_for_state("sent")

    case.refresh_from_db()
    row = CaseStep.objects.get(case=case, verb="verify_pass")
    assert (case.stage, row.text, row.device_at is not None) == (Stage.VERIFIED, "水已退，路面干净", True)
    assert CasePhoto.objects.filter(step=row).count() == 1
    app.go("/tasks")
    expect(app.page.locator(f"[data-case='{case.reference}']")).to_have_count(0)


def test_what_a_check_lacks_is_said_beside_it_and_led_to(app):
    case = delivered()
    with_pictures(case)
    load(app)
    app.go(f"/case/{case.pk}")
    app.page.locator("#step-words").scroll_into_view_if_needed()
    app.submit()

    question = app.page.locator(".field-section", has_text="修好了没有").first
    said = question.get_by_role("alert")
    expect(said).to_have_text("请选择修好了没有")
    expect(said).to_be_in_viewport()
    expect(question.get_by_role("radio").first).to_be_focused()


def test_a_look_at_a_fresh_report_says_what_is_there(app):
    case = case_at(Stage.PRE_CHECK, grid=GRID)
    load(app)
    app.go(f"/case/{case.pk}")
    app.page.get_by_role("radio", name="没有", exact=True).check()
    app.page.locator("#step-words").fill("现场没有积水，路面干燥")
    app.submit()
    app.wait_for_state("sent")

    case.refresh_from_db()
    row = CaseStep.objects.get(case=case, verb="pre_check")
    assert (case.stage, row.data["found"], row.text) == (Stage.REPORTED, False, "现场没有积水，路面干燥")


def test_what_has_ended_has_a_tick_and_what_rests_two_bars(app):
    worker = at_post("grid_worker", who=Account.objects.get(username=WORKER).person)
    closed, resting = case_at(Stage.CLOSED, by=worker, grid=GRID), case_at(Stage.SUSPENDED, by=worker, grid=GRID)
    load(app)
    app.go("/mine")
    for case, light in ((closed, "done"), (resting, "grey")):
        expect(app.page.locator(f"[data-case='{case.reference}'] .light-{light}")).to_be_visible()
    app.go(f"/case/{closed.pk}")
    expect(app.page.locator(".case-head .light-done")).to_have_text("已结案")


def test_whoever_comes_second_sees_the_present_state_and_loses_no_word(app, context):
    case = delivered()
    load(app)
    context.set_offline(True)
    app.go(f"/case/{case.pk}")
    app.page.get_by_role("radio", name="没修好").check()
    app.page.locator("#step-words").fill("井口还在冒水")
    app.shoot()
    app.submit()
    take("verify_pass", actor=at_post("community_worker"), case=case, ask=Ask(photos=[photo()]))

    context.set_offline(False)
    app.wait_for_state("refused")

    card = app.page.locator(".item-card[data-state=refused]")
    expect(card).to_contain_text("现在是“已核查”")
    expect(card).to_contain_text("井口还在冒水")
    case.refresh_from_db()
    assert case.stage == Stage.VERIFIED
    card.get_by_role("button", name="复制成新草稿").click()
    app.wait_for_state("draft")


def test_a_half_written_check_is_gone_on_with(app):
    case = delivered()
    load(app)
    app.go(f"/case/{case.pk}")
    app.page.get_by_role("radio", name="没修好").check()
    app.page.locator("#step-words").fill("只清了一半")
    app.page.wait_for_timeout(600)
    app.go("/tasks")
    expect(app.page.locator(f"[data-case='{case.reference}']")).to_contain_text("草稿")
    app.page.reload()
    app.go(f"/case/{case.pk}")
    expect(app.page.locator("#step-words")).to_have_value("只清了一半")
    expect(app.page.get_by_role("radio", name="没修好")).to_be_checked()


def test_clocking_in_and_out_without_a_network(app, context, place):
    context.set_offline(True)
    app.page.locator("[data-tile=clock]").click()
    expect(app.page.locator("[data-tile=clock]")).to_contain_text("下班打卡")
    app.page.locator("[data-tile=clock]").click()
    app.page.locator("dialog[open]").get_by_role("button", name="下班打卡").click()
    expect(app.page.locator("[data-tile=clock]")).to_contain_text("上班打卡")
    assert not Duty.objects.exists()

    context.set_offline(False)
    app.wait_for_state("sent", 2)

    duty = Duty.objects.get()
    assert (duty.ended_at is not None, round(duty.start_lng, 4)) == (True, round(place["longitude"], 4))


def test_urging_and_notes_reach_the_office(app):
    case = case_at(Stage.ACCEPTED, case=reported(grid=GRID))
    load(app)
    app.go(f"/case/{case.pk}")
    for name, words in (("催办", "明天有暴雨"), ("写备注", "西侧围挡可以绕行")):
        app.page.locator(".side-actions").get_by_role("button", name=name).click()
        app.page.locator("dialog[open] textarea").fill(words)
        app.page.locator("dialog[open]").get_by_role("button", name="提交").click()
        expect(app.page.locator("dialog[open]")).to_have_count(0)
    app.wait_for_state("sent", 2)

    assert set(CaseStep.objects.filter(case=case, verb__in=["urge", "note"]).values_list("verb", "text")) == {
        ("urge", "明天有暴雨"), ("note", "西侧围挡可以绕行"),
    }  # fmt: skip


def test_a_new_version_is_offered_and_taken_on_a_press(app, monkeypatch):
    monkeypatch.setattr(views, "version", lambda: "tomorrow")
    app.page.evaluate("navigator.serviceWorker.getRegistration().then((found) => found.update())")
    notice = app.page.locator(".field-notices").get_by_role("button", name="更新")
    expect(notice).to_be_visible()
    with app.page.expect_navigation():
        notice.click()
    expect(app.page.locator("linli-field")).to_have_attribute("data-version", "tomorrow")


def test_language_and_type_change_without_a_network(app, context):
    context.set_offline(True)
    app.page.locator("[data-tile=language]").click()
    expect(app.page.locator("html")).to_have_attribute("lang", "en")
    expect(app.page.locator("[data-tile=report]")).to_contain_text("Report")
    app.page.locator("[data-tile=type]").click()
    expect(app.page.locator("html")).to_have_attribute("data-type", "large")
    app.page.reload()
    expect(app.page.locator("[data-tile=report]")).to_contain_text("Report")
    expect(app.page.locator("html")).to_have_attribute("data-type", "large")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_is_usable_by_everybody(app, context, theme):
    check, done = case_at(Stage.PRE_CHECK, grid=GRID), delivered()
    context.add_cookies([{"name": "linli_theme", "value": theme, "url": app.page.url.split("/field")[0]}])
    load(app)
    for path in ("/", "/report", "/tasks", f"/case/{check.pk}", f"/case/{done.pk}", "/mine", "/outbox", "/near", "/more"):
        app.go(path)
        app.page.wait_for_timeout(400)
        assert serious_faults(app.page) == [], f"{path} ({theme})"
