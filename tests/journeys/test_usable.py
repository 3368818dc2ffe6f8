"""The main pages can be used by everybody: nothing serious for axe-core, small and wide, light and dark; and without a mouse."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import timezone
from playwright.sync_api import expect

from linli.cases.models import Case
from linli.cases.operations.situations import open_situation
from linli.cases.tests import factories as make
from linli.cases.workflow import Stage
from linli.insight.operations import refresh_all
from linli.kernel.policy import Actor
from tests.journeys.axe import serious_faults
from tests.journeys.conftest import DESK, PHONE

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's own loop runs in the thread of the test
pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
# Who looks at which page; addresses are filled from the district that is made below.
PAGES = {
    "portal home": ("", "/"),
    "report": ("", "/report/"),
    "report in public": ("", "/r/{case}/"),
    "map": ("", "/map/"),
    "my reports": ("resident", "/my/"),
    "sign-in": ("", "/accounts/login/"),
    "to do": ("street_dispatcher", "/desk/cases/"),
    "list": ("street_dispatcher", "/desk/cases/?tab=all"),
    "case": ("street_dispatcher", "/desk/cases/{case}/"),
    "dispatch board": ("street_dispatcher", "/desk/dispatch/{registered}/"),
    "situation": ("street_dispatcher", "/desk/situations/{situation}/"),
    "catalogue": ("street_dispatcher", "/desk/catalogue/"),
    "rates": ("street_dispatcher", "/desk/rates/"),
    "screen": ("street_leader", "/screen/"),
    "field": ("grid_worker", "/field/"),
}
# What the switch of the header does.
PUT_ON = """theme => {
  Object.assign(document.documentElement.dataset, { bsTheme: theme, look: theme });
  document.dispatchEvent(new CustomEvent("linli:theme", { detail: theme }));
}"""
AT_REST = """async () => {
  const moving = () => document.getAnimations().filter(one => one instanceof CSSTransition).map(one => one.finished);
  while (moving().length) await Promise.allSettled(moving());
}"""
Open = Callable[[str], Any]


@pytest.fixture
def district(settings: Any, tmp_path: Any) -> dict[str, Any]:
    """A little of everything that pages show: late and in time, waiting, done and judged; and a storm."""
    settings.DATA_DIR = tmp_path
    resident = make.at_post("resident")
    case = make.case_at(Stage.DELIVERED, by=resident)
    registered = make.case_at(Stage.REGISTERED, by=resident, category=make.TREE, text="树枝折断挂在电线上")
    make.case_at(Stage.RATED, by=resident, category=make.RUBBISH, text="楼道堆放杂物")
    late = make.reported("井盖翻了", category=make.COVER, by=resident)
    Case.objects.filter(pk=late.pk).update(
        due_at=timezone.now() - timedelta(hours=3), step_due_at=timezone.now() - timedelta(hours=3)
    )
    for number in range(4):
        make.reported(f"积水 {number}", east_m=number * 3)
    dispatcher = make.at_post("street_dispatcher")
    situation = open_situation(actor=dispatcher, name="暴雨", area_code=make.STREET, since=timezone.now() - timedelta(hours=1))
    refresh_all()
    actors = {"resident": resident, "street_dispatcher": dispatcher}
    actors |= {role: make.at_post(role) for role in ("street_leader", "grid_worker")}
    return {"case": case.reference, "registered": registered.reference, "situation": situation.pk, "actors": actors}


@pytest.fixture
def opened(chromium: Any, live_server: Any, district: dict[str, Any]) -> Iterator[Open]:
    """`opened("map")`: that page before the one whose page it is, at a desk; errors of scripts fail the test."""
    complaints: list[str] = []
    with ExitStack() as contexts:

        def come(name: str) -> Any:
            role, path = PAGES[name]
            context = chromium.new_context(base_url=live_server.url, viewport=DESK, locale="zh-CN")
            contexts.callback(context.close)
            context.set_default_timeout(20_000)
            if role:
                context.add_cookies([_session(district["actors"][role], live_server.url)])
            page = context.new_page()
            page.on("pageerror", lambda error: complaints.append(f"{name}: {error}"))
            answer = page.goto(path.format(**district))
            assert answer.status == 200, f"{name}: {answer.status}"
            page.wait_for_load_state("networkidle")
            return page

        yield come
    assert complaints == []


def _session(actor: Actor, url: str) -> dict[str, Any]:
    name = site.SESSION_COOKIE_NAME
    return {"name": name, "value": make.browser_of(actor).cookies[name].value, "url": url}


# Everything that a mouse can press or fill, in the order of the page; of radio buttons with one name the keyboard stops at one.
STOPS = """() => {
  const groups = new Set();
  const seen = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex="-1"])')];
  window.stops = seen.filter(one => {
    if (one.disabled || one.tabIndex < 0 || one.type === 'hidden' || !one.checkVisibility({checkVisibilityCSS: true})) return false;
    if (one.closest('[inert]')) return false;
    if (one.type !== 'radio') return true;
    const group = one.name + [...document.forms].indexOf(one.form);
    return !groups.has(group) && groups.add(group);
  });
  window.names = new Map(window.stops.map((one, at) => [one, at]));
  return window.stops.length;
}"""
# Where the keyboard is: the number of the stop, and whether one sees it (an outline, a ring, or a mark of its own).
HERE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const at = one.type === 'radio'
    ? window.stops.findIndex(stop => stop.type === 'radio' && stop.name === one.name && stop.form === one.form)
    : window.names.get(one) ?? -1;
  const drawn = element => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  };
  const box = one.getBoundingClientRect();
  const label = one.labels?.[0];
  return { at, what: one.outerHTML.slice(0, 160),
    seen: drawn(one) || (label && drawn(label)) || [...(label?.children ?? [])].some(drawn) || drawn(one.parentElement),
    there: box.width > 0 && box.height > 0 };
}"""


def walk(page: Any) -> tuple[int, set[int], list[str]]:
    """Press Tab until every stop was reached, once around at most: how many there are, which were reached, and those unseen."""
    count, reached, unseen = page.evaluate(STOPS), set(), []
    for _press in range(2 * count + 5):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None:  # out of the page, and in again at its top
            continue
        reached.add(here["at"])
        if not (here["seen"] and here["there"]):
            unseen.append(here["what"])
        if len(reached - {-1}) == count:
            break
    return count, reached, unseen


def by_keyboard(page: Any) -> list[str]:
    """What the keyboard does not reach, and where one does not see that it is there."""
    count, reached, unseen = walk(page)
    missed = [page.evaluate("at => window.stops[at].outerHTML.slice(0, 160)", at) for at in range(count) if at not in reached]
    return [f"not reached: {one}" for one in missed[:5]] + [f"not seen: {one}" for one in unseen[:5]]


def by_axe(page: Any) -> list[str]:
    found = []
    # The theme changes colours and nothing else.
    for theme, rules in (("light", ()), ("dark", ("color-contrast",))):
        page.evaluate(PUT_ON, theme)
        page.evaluate(AT_REST)
        found += [f"{theme}: {rule} {places}" for rule, places in serious_faults(page, *rules)]
    return found


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_main_pages_keep_nobody_out(opened: Open, size: dict[str, int]) -> None:
    wrong = []
    for name in PAGES:
        page = opened(name)
        page.set_viewport_size(size)
        found = (by_keyboard(page) if size is DESK else []) + by_axe(page)
        wrong += [f"{name}: {fault}" for fault in found]
        page.close()

    assert wrong == [], "\n".join(wrong)


def test_the_first_stop_leads_past_the_menu(opened: Open) -> None:
    page = opened("list")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def shown_and_marked(page: Any) -> tuple[str, list[str]]:
    """The number of the case in the panel of the board, and those of the cards that are marked as chosen."""
    marked = page.locator(".dispatch-waiting tr[aria-selected=true]").evaluate_all("rows => rows.map(row => row.dataset.href)")
    return page.locator("#panel .reference").first.inner_text(), [path.split("/")[3] for path in marked]


def open_other_card(page: Any) -> str:
    """Press the first card that is not the chosen one, wait until the panel shows its case, and tell which it is."""
    card = page.locator(".dispatch-waiting tr:not([aria-selected]) .dispatch-card").first
    number = card.get_attribute("href").split("/")[3]
    card.click()
    expect(page.locator("#panel .reference").first).to_have_text(number)
    return number


def test_the_board_marks_the_card_whose_case_the_panel_shows(opened: Open, district: dict[str, Any]) -> None:
    page = opened("dispatch board")

    other = open_other_card(page)
    assert shown_and_marked(page) == (other, [other])

    page.go_back()
    expect(page.locator("#panel .reference").first).to_have_text(district["registered"])
    assert shown_and_marked(page) == (district["registered"], [district["registered"]])

    page.go_forward()
    expect(page.locator("#panel .reference").first).to_have_text(other)
    assert shown_and_marked(page) == (other, [other])


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_on_a_phone_the_case_of_a_pressed_card_comes_into_view(opened: Open, motion: str) -> None:
    for number in range(10):  # so many that the panel lies under the edge of the screen
        make.reported(f"井盖响 {number}", category=make.COVER, east_m=number * 40)
    page = opened("dispatch board")
    page.emulate_media(reduced_motion=motion)
    page.set_viewport_size(PHONE)
    expect(page.locator("#panel .dispatch-title")).not_to_be_in_viewport()

    open_other_card(page)

    expect(page.locator("#panel .dispatch-title")).to_be_in_viewport()


def test_the_keys_of_the_board_begin_at_the_chosen_card(opened: Open, district: dict[str, Any]) -> None:
    page = opened("dispatch board")
    here = "document.activeElement.dataset.href ?? ''"

    page.keyboard.press("j")
    assert district["registered"] in page.evaluate(here)
    page.keyboard.press("k")
    before = page.evaluate(here)
    assert before and district["registered"] not in before

    page.locator(".desk-search input").focus()
    page.keyboard.press("j")
    assert (page.evaluate("document.activeElement.value"), page.evaluate("document.activeElement.type")) == ("j", "search")


def test_no_page_of_the_desk_is_wider_than_a_phone(opened: Open) -> None:
    wide = []
    for name in ("to do", "list", "case", "dispatch board", "situation", "catalogue", "rates"):
        page = opened(name)
        page.set_viewport_size(PHONE)
        for language in ("zh-hans", "en"):
            page.context.add_cookies([{"name": site.LANGUAGE_COOKIE_NAME, "value": language, "url": page.url}])
            page.reload()
            width = page.evaluate("document.documentElement.scrollWidth")
            wide += [f"{name} ({language}): {width}"] if width > PHONE["width"] else []
        page.close()

    assert wide == []
