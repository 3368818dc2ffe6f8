"""The administrator gives a post, ends it the same day, and makes a token that a program then uses."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.journeys.conftest import DESK, PHONE, House, Visitor, said, shot


def test_a_post_is_given_and_ended_the_same_day(house: House, visitor: Visitor) -> None:
    page = visitor("guanli01", size=DESK)
    page.goto("/desk/people/give/")
    page.fill("input[name=username]", "jumin02")
    page.select_option("select[name=role]", value=option(page, "role", said("网格员", "Grid worker")))
    page.select_option("select[name=organization]", value=option(page, "organization", said("老驿社区", "Laoyi Community")))
    page.select_option("select[name=area]", value="990101001004")
    page.fill("input[name=valid_from]", (date.today() - timedelta(days=1)).isoformat())
    shot(page, "administrator-post-give")
    page.locator(".form-actions .btn-primary").click()
    page.wait_for_url("**/desk/people/**")

    worker = visitor("jumin02", size=PHONE)
    worker.goto("/field/")
    expect(worker.locator("[data-tile=tasks]")).to_be_visible()
    assert said("网格员", "Grid worker") in worker.request.get("/field/api/session").text()

    page.goto("/desk/people/?q=jumin02")
    page.locator("a[href$='/end/']").last.click()
    page.fill("input[name=last_day]", (date.today() - timedelta(days=1)).isoformat())
    page.fill("input[name=reason]", said("试用结束", "The trial is over"))
    shot(page, "administrator-post-end")
    page.locator(".form-actions .btn-danger").click()
    page.wait_for_url("**/desk/people/**")
    told = worker.request.get("/field/api/session").text()
    assert said("网格员", "Grid worker") not in told, told


def option(page: Page, name: str, words: str) -> str:
    return str(page.locator(f"select[name={name}] option", has_text=words).first.get_attribute("value"))


def test_a_token_opens_the_api_until_it_is_revoked(house: House, visitor: Visitor) -> None:
    page = visitor("guanli01", size=DESK)
    page.goto("/desk/people/tokens/give/")
    page.fill("input[name=name]", said("网格大屏数据", "Figures for the street's screen"))
    page.locator("input[name=kind]").first.check()
    page.fill("input[name=expires_on]", (date.today() + timedelta(days=30)).isoformat())
    shot(page, "administrator-token")
    page.locator(".form-actions .btn-primary").click()
    secret = page.locator("#token-secret").inner_text().strip()
    asked = {"Authorization": f"Bearer {secret}"}
    program = visitor()
    assert program.request.get("/api/v1/webhooks", headers=asked).status == 200
    page.goto("/desk/people/tokens/")
    expect(page.locator("main")).not_to_contain_text(secret)  # shown once
    page.locator("form[action$='/revoke/'] button").first.click()
    accept_question(page)
    expect(page.locator("form[action$='/revoke/']")).to_have_count(0)
    assert program.request.get("/api/v1/webhooks", headers=asked).status == 401


def accept_question(page: Page) -> None:
    """Some buttons ask once more before they do what cannot be undone."""
    question = page.locator("dialog[open] [data-confirm-agree]")
    expect(question).to_be_visible()
    question.click()
