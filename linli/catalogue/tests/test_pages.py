"""The catalogue at the desk: what is loaded can be read, searched and tried out; nothing there writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext, override

from linli.catalogue.models import Category, DutyRule
from linli.catalogue.queries import duty_of, find_categories
from linli.kernel import options
from linli.kernel.models import CalendarDay
from linli.kernel.snapshots import changed

pytestmark = pytest.mark.django_db
HOME = "/desk/catalogue/"
PAGES = ["", "duties/", "calendar/", "words/", "options/", "E0506/"]
SignIn = Callable[..., Client]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_those_with_the_right_only(page: str, sign_in: SignIn) -> None:
    for username, status in (("diaodu01", 200), ("guanli01", 200), ("paishui01", 403), ("wangge01", 403), ("jumin01", 403)):
        assert sign_in(username).get(HOME + page).status_code == status, username
    assert Client().get(HOME + page).status_code == 302
    assert sign_in("diaodu01").post(HOME + page).status_code == 405


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_cheap_and_whole_in_both_languages(page: str, sign_in: SignIn) -> None:
    browser = sign_in("diaodu01")
    for language in ("zh-hans", "en"):
        browser.cookies["linli_language"] = language
        browser.get(HOME + page)
        with CaptureQueriesContext(connection) as caught:
            html = browser.get(HOME + page).content.decode()
        assert len(caught) <= 8
        assert ("目录与数据包" in html) == (language == "zh-hans")


def test_every_category_has_a_page(sign_in: SignIn) -> None:
    browser = sign_in("diaodu01")

    for code in Category.objects.values_list("code", flat=True)[::20]:
        assert browser.get(f"{HOME}{code}/").status_code == 200, code
    assert browser.get(f"{HOME}E9999/").status_code == 404


def test_a_category_shows_its_conditions_and_limits(sign_in: SignIn) -> None:
    html = sign_in("diaodu01").get(f"{HOME}C0104/").content.decode()

    assert "箅子堵塞三分之一以上" in html and "1 个工作日" in html and "2 个紧急工作时" in html


@pytest.mark.parametrize(
    ("text", "code"), [("E0506", "E0506"), ("下水口", "C0104"), ("flooded", "E0506"), ("箅子 堵塞", "C0104")]
)
def test_the_search_finds_by_code_nickname_and_condition(text: str, code: str, sign_in: SignIn) -> None:
    if text == "flooded":
        text = Category.objects.get(code=code).name_en.split()[0].lower()

    assert code in {row.code for row in find_categories(text)}
    assert f"{HOME}{code}/" in sign_in("diaodu01").get(HOME, {"q": text}).content.decode()


def test_a_search_without_a_find_says_so(sign_in: SignIn) -> None:
    assert "没有找到相关类别" in sign_in("diaodu01").get(HOME, {"q": "飞碟"}).content.decode()


def test_the_try_out_answers_as_the_dispatcher_would_be_told(sign_in: SignIn) -> None:
    html = sign_in("diaodu01").get(f"{HOME}duties/", {"category": "E0506", "area": "990101001003002"}).content.decode()

    assert "云溪区排水管理中心" in html.split("try-answer")[1]
    assert "按规则" in html.split("try-answer")[1]


def test_the_most_exact_rule_decides_and_is_named() -> None:
    DutyRule.objects.create(category_code="E0506", area_code="990101001003", lead_code="dept-sz")
    changed("catalogue")

    near, far = duty_of("E0506", "990101001003002"), duty_of("E0506", "990101001004002")
    by_unit = duty_of("C0104", "990101001003002")

    assert near.lead and far.lead and by_unit.lead and near.rule and far.rule
    assert (near.lead.code, near.rule.area_code) == ("dept-sz", "990101001003")
    assert (far.lead.code, far.rule.area_code) == ("dept-ps", "990101001")
    assert (by_unit.lead.code, by_unit.rule) == ("dept-ps", None)


@time_machine.travel(datetime(2026, 3, 10, 1, tzinfo=UTC), tick=False)
def test_a_limit_can_be_tried_on_the_calendar(sign_in: SignIn) -> None:
    browser = sign_in("diaodu01")

    friday = browser.get(f"{HOME}calendar/", {"limit": "1d", "start": "2026-03-13T16:00"}).content.decode()
    wrong = browser.get(f"{HOME}calendar/", {"limit": "soon", "start": "2026-03-13T16:00"})
    endless = browser.get(f"{HOME}calendar/", {"limit": "5D", "start": "9999-12-31T23:59"})

    assert "2026-03-16 16:00" in friday
    assert wrong.status_code == endless.status_code == 200
    assert "请输入时限" in wrong.content.decode()


@time_machine.travel(datetime(2026, 3, 10, 1, tzinfo=UTC), tick=False)
def test_a_year_without_holidays_is_warned_of(sign_in: SignIn) -> None:
    assert "还没有" not in sign_in("diaodu01").get(f"{HOME}calendar/").content.decode()
    CalendarDay.objects.filter(day__year=2027).delete()
    changed("calendar")

    assert "还没有 2027 年的节假日数据" in sign_in("diaodu01").get(f"{HOME}calendar/").content.decode()


def test_every_option_is_explained_in_chinese(sign_in: SignIn) -> None:
    html = sign_in("diaodu01").get(f"{HOME}options/").content.decode()
    unexplained: list[Any] = []
    with override("zh-hans"):
        for option in options.options().values():
            assert option.key in html
            if gettext(str(option.meaning)) == str(option.meaning):
                unexplained.append((option.key, option.meaning))

    assert unexplained == [], "say it in linli/catalogue/locale/zh_Hans/LC_MESSAGES/django.po"
