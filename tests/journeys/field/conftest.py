"""A grid worker's phone: a real browser of a phone's size, on the live server, signed in.

The server runs in a thread of the test, so tests may look into the database and change what it answers.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page, expect

from linli.people.models import Account

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's own loop runs in the thread of the test
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
GRID = "990101001003002"
WORKER, COLLEAGUE = "wangge01", "shequ01"
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "locale": "zh-CN",
    "permissions": ["geolocation"],
}
pytestmark = pytest.mark.journey


def jpeg(width: int = 1400, height: int = 1000) -> bytes:
    """A photo that does not compress well, so that it takes several pieces."""
    out = io.BytesIO()
    Image.effect_noise((width, height), 70).convert("RGB").save(out, "JPEG", quality=70)
    return out.getvalue()


@pytest.fixture
def place() -> dict[str, float]:
    """Somewhere in the worker's own grid."""
    from linli.cases.tests.factories import point_in

    lng, lat = point_in(GRID)
    return {"longitude": lng, "latitude": lat, "accuracy": 8}


@pytest.fixture
def context(
    live_server: Any, chromium: Browser, place: dict[str, float], tmp_path: Path, settings: Any
) -> Iterator[BrowserContext]:
    photos = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "photos")}}
    settings.STORAGES = {**settings.STORAGES, "photos": photos}
    settings.DATA_DIR = tmp_path
    made = chromium.new_context(base_url=live_server.url, geolocation=place, **PHONE)
    made.set_default_timeout(15_000)
    yield made
    made.close()


def session_cookie(username: str) -> dict[str, Any]:
    """The cookie of a fresh session of this person."""
    client = Client()
    client.force_login(Account.objects.get(username=username), backend=site.AUTHENTICATION_BACKENDS[0])
    value = client.cookies[site.SESSION_COOKIE_NAME].value
    return {"name": site.SESSION_COOKIE_NAME, "value": value, "expires": time.time() + site.SESSION_COOKIE_AGE}


@pytest.fixture
def sign_in_as(live_server: Any, context: BrowserContext) -> Callable[[str], None]:
    """Sign this phone in as somebody, as the sign-in page does: by a new session."""

    def signed_in(username: str) -> None:
        context.add_cookies([{**session_cookie(username), "url": live_server.url}])

    return signed_in


WORKER_IS_READY = """async () => {
  const found = await navigator.serviceWorker.getRegistration();
  const [name] = await caches.keys();
  return found?.active?.state === "activated" && Boolean(name && await (await caches.open(name)).match("/field/"));
}"""


class App:
    """The app as a person uses it."""

    def __init__(self, page: Page):
        self.page = page
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def open(self, path: str = "/") -> App:
        self.page.goto(f"/field/#{path}")
        expect(self.page.locator("linli-field .field-status")).to_be_visible()
        return self

    def go(self, path: str) -> None:
        self.page.evaluate("path => { location.hash = path }", path)

    def ready(self) -> App:
        """Everything for work without a network has come: worker, place's data, day."""
        expect(self.page.locator(".home-foot")).to_contain_text(re.compile("更新|As of"))
        self.until(lambda: bool(self.page.evaluate(WORKER_IS_READY)))
        return self

    def fill_report(self, words: str, *, photos: int = 0, category: str = "积水") -> None:
        """Fill in a new report by the phone's own place."""
        self.go("/report")
        page = self.page
        if photos:
            self.shoot(photos)
        page.get_by_placeholder("搜类别").fill(category)
        page.locator(".pick").first.click()
        page.locator("textarea[name=text]").fill(words)
        expect(page.locator(".place-shown")).to_contain_text("网格")

    def shoot(self, photos: int = 1) -> None:
        """Take photos, one after the other, as a camera gives them."""
        before = self.page.locator(".report-form .shot").count()
        for number in range(photos):
            picture = {"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
            self.page.locator("input[type=file][capture]").set_input_files(picture)
            expect(self.page.locator(".report-form .shot img")).to_have_count(before + number + 1)

    def submit(self) -> None:
        self.page.locator(".report-form button[type=submit]").click()

    def until(self, told: Callable[[], bool], seconds: float = 15) -> None:
        """Wait, letting the browser go on, until something outside the page is true."""
        end = time.monotonic() + seconds
        while not told():
            assert time.monotonic() < end, "it did not happen in time"
            self.page.wait_for_timeout(50)

    def wait_for_state(self, state: str, count: int = 1) -> None:
        if not self.page.url.endswith("/outbox"):
            self.go("/outbox")
        expect(self.page.locator(f".item-card[data-state={state}]")).to_have_count(count, timeout=20_000)


@pytest.fixture
def app(context: BrowserContext, sign_in_as: Callable[[str], None]) -> Iterator[App]:
    """The app, open and signed in as the grid worker, with everything for work without a network on the phone."""
    sign_in_as(WORKER)
    opened = App(context.new_page()).open().ready()
    yield opened
    assert opened.faults == []


class Killable:
    """A browser of its own that can be killed as a phone kills one: at once, with everything in it."""

    def __init__(self, kind: BrowserType, folder: Path, url: str, place: dict[str, float]):
        self._kind, self._folder, self._url, self._place = kind, folder, url, place
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Page:
        port_file = self._folder / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        command = [CHROMIUM, *FLAGS, "--remote-debugging-port=0", f"--user-data-dir={self._folder}", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        until = time.monotonic() + 20
        while not (port_file.exists() and port_file.read_text().strip()):
            assert time.monotonic() < until, "chromium did not start"
            time.sleep(0.05)
        self._connected = self._kind.connect_over_cdp(f"http://127.0.0.1:{port_file.read_text().split()[0]}")
        context = self._connected.contexts[0]
        context.set_default_timeout(15_000)
        context.grant_permissions(["geolocation"], origin=self._url)
        context.set_geolocation(self._place)
        # A browser writes cookies to the disk only every half minute: a kill would also have signed the person out.
        context.add_cookies([{**session_cookie(WORKER), "url": self._url}])
        return context.pages[0]

    def kill(self) -> None:
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._connected.close()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()


@pytest.fixture
def killable(chromium: Browser, live_server: Any, place: dict[str, float], tmp_path: Path) -> Iterator[Killable]:
    made = Killable(chromium.browser_type, tmp_path / "profile", live_server.url, place)
    yield made
    made.stop()
