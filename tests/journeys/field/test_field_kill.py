"""The browser is killed in the middle of a form: whatever was typed more than a second before is there again."""

from __future__ import annotations

import random
import time

import pytest
from playwright.sync_api import expect

from linli.cases.models import Case

from .conftest import App

pytestmark = [pytest.mark.journey, pytest.mark.survive, pytest.mark.django_db(transaction=True)]
SENTENCE = "下穿通道口积水没过脚面，电动车推不过去，水还在涨，旁边的配电箱已经进水，请尽快来人拉警戒线"
ROUNDS = 4


def test_what_was_typed_a_second_before_the_kill_is_there_again(killable, live_server):
    chance = random.Random(7)
    page = killable.start()
    page.goto(f"{live_server.url}/field/")
    App(page).ready()
    for turn in range(ROUNDS):
        page.goto(f"{live_server.url}/field/#/more")
        page.goto(f"{live_server.url}/field/#/report")
        again = page.get_by_text("另写一份")
        if turn:
            again.click()
        area = page.locator("textarea[name=text]")
        typed = type_until(area, chance.uniform(0.8, 2.5), chance)
        kept = [text for at, text in typed if time.monotonic() - at > 1.0]
        killable.kill()

        page = killable.start()
        page.goto(f"{live_server.url}/field/#/report")
        if kept:
            page.locator("a.task").first.click()
            value = page.locator("textarea[name=text]")
            expect(value).not_to_have_value("")
            assert value.input_value().startswith(kept[-1]), f"round {turn}"
            assert typed[-1][1].startswith(value.input_value())
    assert page.evaluate("location.pathname") == "/field/"


def type_until(area, seconds: float, chance: random.Random) -> list[tuple[float, str]]:
    """Type without a pause; returns when each letter was there."""
    typed: list[tuple[float, str]] = []
    end = time.monotonic() + seconds
    text = ""
    while time.monotonic() < end:
        letter = chance.choice(SENTENCE)
        area.press_sequentially(letter)
        text += letter
        typed.append((time.monotonic(), text))
    return typed


def test_photos_choices_and_what_waits_survive_the_kill(killable, live_server):
    page = killable.start()
    page.goto(f"{live_server.url}/field/")
    app = App(page).ready()
    page.context.route("**/field/api/report", lambda route: route.abort())
    app.fill_report("这一份已经提交", photos=1)
    app.submit()
    app.wait_for_state("ready")
    app.fill_report("这一份还没写完", photos=2)
    page.wait_for_timeout(1000)
    killable.kill()

    page = killable.start()
    page.goto(f"{live_server.url}/field/#/report")
    page.locator("a.task").first.click()
    expect(page.locator(".shot img")).to_have_count(2)
    expect(page.locator(".chosen")).to_contain_text("积水")
    expect(page.locator("textarea[name=text]")).to_have_value("这一份还没写完")
    app = App(page)
    app.wait_for_state("sent")
    app.wait_for_state("draft")
    (case,) = Case.objects.filter(door="field")
    assert (case.text, case.photo_count) == ("这一份已经提交", 1)


def test_killed_while_a_photo_travels_it_arrives_after_all(killable, live_server):
    page = killable.start()
    page.goto(f"{live_server.url}/field/")
    app = App(page).ready()
    pieces: list[str] = []

    def hold(route):
        pieces.append(route.request.url)
        if len(pieces) < 2:
            route.continue_()

    page.context.route("**/field/api/photos/**", hold)
    app.fill_report("照片传到一半手机关机", photos=1)
    app.submit()
    app.until(lambda: len(pieces) >= 2)
    killable.kill()

    page = killable.start()
    page.goto(f"{live_server.url}/field/#/outbox")
    App(page).wait_for_state("sent")
    (case,) = Case.objects.filter(door="field")
    assert case.photo_count == 1
