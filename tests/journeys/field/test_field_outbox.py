"""The outbox in a real browser: nothing is lost, nothing is sent twice, whatever happens on the way."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from linli.cases.models import Case, CasePhoto
from linli.kernel.models import Photo

from .conftest import COLLEAGUE, GRID, WORKER, App, jpeg

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
WORDS = "地下通道口积水，电动车推不过去"


def reports() -> list[Case]:
    return list(Case.objects.filter(door="field").order_by("pk"))


def test_a_report_made_without_a_network_is_sent_when_there_is_one(app, context):
    context.set_offline(True)
    app.page.reload()  # the app starts from what the phone keeps
    expect(app.page.locator(".field-status")).to_contain_text("离线")
    app.fill_report(WORDS, photos=2)
    app.submit()
    app.wait_for_state("ready")
    expect(app.page.locator(".field-unsent")).to_have_text("1 件待发")
    assert reports() == []

    context.set_offline(False)
    app.wait_for_state("sent")

    (case,) = reports()
    assert (case.text, case.grid_code, case.photo_count) == (WORDS, GRID, 2)
    assert (case.reporter.account.username, case.device_at is not None) == (WORKER, True)
    expect(app.page.locator(".item-card")).to_contain_text(case.reference)
    expect(app.page.locator(".item-card")).to_contain_text("照片已到 2 / 2 张")
    expect(app.page.locator(".field-unsent")).to_have_text("都已发出")


def test_a_photo_cut_in_the_middle_goes_on_where_it_stopped(app, context):
    pieces: list[int] = []

    def cut(route):
        offset = int(re.search(r"offset=(\d+)", route.request.url)[1])
        pieces.append(offset)
        if len(pieces) == 2:
            context.set_offline(True)
            return route.abort()
        return route.continue_()

    app.page.route("**/field/api/photos/**", cut)
    app.fill_report(WORDS, photos=1)
    app.submit()
    app.until(lambda: len(pieces) == 2)
    app.wait_for_state("ready")
    expect(app.page.locator(".item-card")).to_contain_text("照片已到 0 / 1 张")
    (case,) = reports()  # the words are there already, the office can begin
    assert case.photo_count == 0

    app.page.reload()
    context.set_offline(False)
    app.wait_for_state("sent")

    case.refresh_from_db()
    assert case.photo_count == 1
    assert pieces[0] == 0 and pieces[2] == pieces[1] > 0, "what had arrived was not sent again"
    assert sorted(pieces[2:]) == pieces[2:]
    assert Photo.objects.get(pk=CasePhoto.objects.get(case=case).photo_id).width <= 1600


def test_two_tabs_that_send_at_once_make_one_report(app, context):
    # Without the browser's locks both tabs really send; the server takes the twins as one.
    context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    app.page.reload()
    app.ready()
    context.set_offline(True)
    app.fill_report(WORDS, photos=1)
    app.submit()
    app.wait_for_state("ready")
    other = App(context.new_page())
    posts: list[str] = []
    for page in (app.page, other.page):
        page.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    other.page.goto("/field/#/outbox")
    expect(other.page.locator(".item-card")).to_have_count(1)

    context.set_offline(False)
    for page in (app.page, other.page):
        page.evaluate("dispatchEvent(new Event('online'))")
    app.wait_for_state("sent")

    (case,) = reports()
    assert case.photo_count == 1
    assert sum(url.endswith("/report") for url in posts) >= 2
    assert other.faults == []


def test_with_the_browsers_locks_only_one_tab_sends(app, context):
    context.set_offline(True)
    app.fill_report(WORDS)
    app.submit()
    app.wait_for_state("ready")
    other = App(context.new_page())
    posts: list[str] = []
    for page in (app.page, other.page):
        page.on("request", lambda request: request.url.endswith("/api/report") and posts.append(request.url))
    other.page.goto("/field/#/outbox")
    expect(other.page.locator(".item-card")).to_have_count(1)
    context.set_offline(False)
    app.wait_for_state("sent")

    assert len(reports()) == 1
    assert len(posts) == 2, "the words, and once more when the pictures were there"


def test_the_sign_in_page_of_a_wifi_is_never_success(app, context):
    portal = {"status": 200, "content_type": "text/html", "body": "<html><h1>欢迎使用免费 Wi-Fi</h1></html>"}
    context.route("**/field/api/**", lambda route: route.fulfill(**portal))
    app.fill_report(WORDS)
    app.submit()
    app.wait_for_state("ready")
    expect(app.page.locator(".field-status")).to_have_attribute("data-net", re.compile("portal|server_away"))
    assert reports() == []

    context.unroute("**/field/api/**")
    app.page.get_by_role("button", name="立即发送").click()
    app.wait_for_state("sent")
    assert len(reports()) == 1


STRANGE = """kind => {
  const real = window.fetch;
  window.strange = 0;
  window.fetch = (url, how) => {
    if (!String(url).endsWith("/api/report")) return real(url, how);
    window.strange += 1;
    if (kind === "redirect") return real("/desk", { redirect: "manual" });
    return Promise.resolve(new Response('{"ok": true}', { headers: { "Content-Type": "application/json" } }));
  };
}"""


@pytest.mark.parametrize("answer", ["redirect", "json"])
def test_no_other_stranger_s_answer_is_success_either(app, answer):
    app.go("/report")
    app.page.evaluate(STRANGE, answer)
    app.fill_report(WORDS)
    app.submit()
    app.until(lambda: app.page.evaluate("window.strange") > 0)
    app.wait_for_state("ready")
    assert reports() == []


def test_a_lost_answer_leads_to_one_report(app, context):
    """The report arrives, its answer does not: sent again under the same id it is the same report."""
    lost: list[str] = []

    def lose(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch().text())
        return route.abort()

    context.route("**/field/api/report", lose)
    app.fill_report(WORDS)
    app.submit()
    app.wait_for_state("sent")

    (case,) = reports()
    assert case.reference in lost[0]


def test_signing_out_keeps_what_is_unsent_unreadable_and_for_its_owner(app, context, sign_in_as):
    context.route("**/field/api/report", lambda route: route.abort())
    app.fill_report(WORDS, photos=1)
    app.submit()
    app.wait_for_state("ready")
    app.go("/more")
    app.page.get_by_role("button", name="退出登录").click()
    expect(app.page.locator("dialog[open]")).to_contain_text("没发出的 1 件会留着")
    app.page.locator("dialog[open]").get_by_role("button", name="退出登录").click()
    expect(app.page.locator(".entry")).to_contain_text("1 件未发内容")
    stored, open_to_all = dump(app), place_data(app)
    # Counted, not looked for: pytest would compare megabytes letter by letter when it fails.
    assert [secret for secret in (WORDS, "荷小满") if stored.count(secret)] == []
    beside = stored.replace(open_to_all, "")
    assert [word for word in ("网格员", "积水", "石榴") if beside.count(word)] == []
    context.unroute("**/field/api/report")

    sign_in_as(COLLEAGUE)
    app.page.reload()
    expect(app.page.locator(".field-notices")).to_contain_text("别的账号的 1 件待发")
    app.wait_for_state("ready", 0)
    assert reports() == []

    sign_in_as(WORKER)
    app.page.reload()
    app.wait_for_state("sent")
    (case,) = reports()
    assert (case.reporter.account.username, case.photo_count) == (WORKER, 1)


def dump(app: App) -> str:
    """Everything in the phone's store as text, bytes as letters."""
    return app.page.evaluate(
        """async () => {
          const db = await new Promise((resolve) => {
            const open = indexedDB.open("linli-field"); open.onsuccess = () => resolve(open.result) });
          const all = [];
          for (const name of db.objectStoreNames) all.push(await new Promise((resolve) => {
            const got = db.transaction(name).objectStore(name).getAll(); got.onsuccess = () => resolve(got.result) }));
          db.close();
          const plain = (key, value) => value instanceof Uint8Array ? new TextDecoder("utf-8").decode(value) : value;
          return JSON.stringify(all, plain) + JSON.stringify({ ...localStorage, ...sessionStorage });
        }"""
    )


def place_data(app: App) -> str:
    """The catalogue and areas, which are nobody's secret."""
    return app.page.evaluate(
        """async () => {
          const db = await new Promise((resolve) => {
            const open = indexedDB.open("linli-field"); open.onsuccess = () => resolve(open.result) });
          const row = await new Promise((resolve) => {
            const got = db.transaction("kept").objectStore("kept").get("bundle"); got.onsuccess = () => resolve(got.result) });
          db.close();
          return JSON.stringify(row);
        }"""
    )


def test_a_session_that_ended_stops_the_sending_and_keeps_everything(app, sign_in_as):
    Session.objects.all().delete()
    app.fill_report(WORDS)
    app.submit()
    app.wait_for_state("ready")
    expect(app.page.locator(".field-notices")).to_contain_text("登录已到期")
    assert reports() == []

    sign_in_as(WORKER)
    app.page.reload()
    app.wait_for_state("sent")
    assert len(reports()) == 1


def test_a_refused_report_says_why_and_can_be_copied(app, context):
    app.fill_report(WORDS)
    app.page.get_by_role("radio", name="定位").check()
    context.set_geolocation({"longitude": 116.4, "latitude": 39.9, "accuracy": 5})
    app.page.get_by_role("button", name="重新定位").click()
    expect(app.page.locator(".place-shown")).to_contain_text("不在您所在街道")
    app.submit()
    app.wait_for_state("refused")
    expect(app.page.locator(".item-card")).to_contain_text("不在本区")
    assert reports() == []

    app.page.get_by_role("button", name="复制成新草稿").click()
    expect(app.page.locator("textarea[name=text]")).to_have_value(WORDS)
    app.wait_for_state("refused")
    app.wait_for_state("draft")


def test_the_file_of_what_is_unsent_opens_only_for_its_owner(app, context, sign_in_as, tmp_path):
    context.route("**/field/api/report", lambda route: route.abort())
    app.fill_report(WORDS, photos=1)
    app.submit()
    app.wait_for_state("ready")
    with app.page.expect_download() as loading:
        app.page.get_by_role("button", name="导出未发内容").click()
    file = tmp_path / "backup.json"
    loading.value.save_as(file)
    assert WORDS not in file.read_text()

    app.page.evaluate("new Promise((r) => { const d = indexedDB.deleteDatabase('linli-field'); d.onsuccess = d.onblocked = r })")
    sign_in_as(COLLEAGUE)
    app.open("/").ready()
    app.page.reload()
    app.go("/outbox")
    app.page.locator("#backup").set_input_files(file)
    expect(app.page.locator("#toasts")).to_contain_text("不是本账号")
    sign_in_as(WORKER)
    app.page.reload()
    app.go("/")
    expect(app.page.locator(".hello-name")).to_contain_text("荷小满")  # the phone has heard who it is that works with it now
    app.go("/outbox")
    expect(app.page.locator(".item-card")).to_have_count(0)
    app.page.locator("#backup").set_input_files(file)
    expect(app.page.locator("#toasts")).to_contain_text("已导入 1 件")
    context.unroute("**/field/api/report")
    app.page.reload()
    app.wait_for_state("sent")
    assert reports()[0].photo_count == 1


def test_a_phone_s_wrong_clock_is_noted_and_changes_no_order(context, sign_in_as):
    import datetime

    from django.utils import timezone

    sign_in_as(WORKER)
    page = context.new_page()
    page.clock.install(time=datetime.datetime.now() + datetime.timedelta(days=2))
    app = App(page).open().ready()
    app.fill_report(WORDS)
    app.submit()
    app.wait_for_state("sent")

    (case,) = reports()
    off = case.steps.get().data["device"]["clock_off"]
    assert abs(off + 2 * 86_400) < 60
    assert case.device_at - case.reported_at > datetime.timedelta(days=1.9)
    assert abs((case.reported_at - timezone.now()).total_seconds()) < 60


def test_five_hundred_items_are_listed_within_a_second(app, context):
    context.set_offline(True)
    app.fill_report(WORDS)
    app.submit()
    app.wait_for_state("ready")
    app.page.evaluate(
        """async () => {
          const db = await new Promise((resolve) => {
            const open = indexedDB.open("linli-field"); open.onsuccess = () => resolve(open.result) });
          const change = db.transaction("items", "readwrite");
          const [row] = await new Promise((resolve) => {
            const got = change.objectStore("items").getAll(); got.onsuccess = () => resolve(got.result) });
          const name = (i) => row.id.slice(0, -3) + String(i).padStart(3, "0");
          for (let i = 0; i < 499; i += 1) change.objectStore("items").put({ ...row, id: name(i) });
          await new Promise((resolve) => (change.oncomplete = resolve));
          db.close();
        }"""
    )
    app.go("/")
    expect(app.page.locator(".tiles")).to_be_visible()
    took = app.page.evaluate(
        """() => new Promise((resolve) => {
          const began = performance.now();
          const all = () => document.querySelectorAll(".item-card").length >= 499;
          const look = () => all() ? resolve(performance.now() - began) : requestAnimationFrame(look);
          location.hash = "/outbox"; look();
        })"""
    )
    assert took < 1000


def test_an_ordinary_photo_becomes_small_and_carries_its_mark(app):
    app.go("/report")
    app.page.locator("input[type=file][capture]").set_input_files(
        {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": jpeg(4000, 3000)}
    )
    shot = app.page.locator(".shot img")
    expect(shot).to_have_count(1)
    assert shot.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [1600, 1200]
