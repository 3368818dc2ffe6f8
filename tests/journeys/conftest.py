"""Journeys: a real Linli with its worker, a real browser, people who press and type. Walked once, on SQLite."""

from __future__ import annotations

import contextlib
import io
import os
import random
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "users" / "images"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PASSWORD = "linli-demo"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 768}
# The screenshots for the guides are taken in the language that is asked for; otherwise journeys are walked in Chinese.
LANGUAGE = os.environ.get("LINLI_SCREENSHOTS_LANGUAGE", "zh")
HERE = {"longitude": 110.2412, "latitude": 30.6512, "accuracy": 8}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a journey."""
    for item in items:
        if Path(str(item.fspath)).parent == Path(__file__).parent:
            item.add_marker("journey")


@dataclass
class House:
    """A served Linli with the demo district in it."""

    url: str
    environment: dict[str, str]

    def linli(self, *arguments: str) -> str:
        """Run the program against this house."""
        done = subprocess.run(
            [sys.executable, "-m", "linli.cli", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(data: Path) -> Iterator[House]:
    """Serve an empty demo district (no history) on a free port, with its worker; everything it keeps is in `data`."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ, "LINLI_DATA": str(data), "LINLI_DEMO": "1", "LINLI_BASE_URL": url, "LINLI_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings", "LINLI_LOG_LEVEL": "ERROR",
    }  # fmt: skip
    made = House(url, environment)
    made.linli("migrate", "-v", "0")
    made.linli("pack", "load", "packs/china", "packs/yunxi", "--yes")
    log = (data / "serve.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "linli.cli", "serve", "--port", str(port), "--workers", "1", "--threads", "6"],
        env=environment, cwd=ROOT, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        _wait(url, server)
        yield made
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(15)
        log.close()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    for _turn in range(150):
        assert server.poll() is None, "Linli ended while starting"
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/healthz", timeout=2).close()
            return
        time.sleep(0.2)
    raise AssertionError("Linli does not answer")


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all journeys that do not mind what others reported."""
    with served(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, driven by playwright."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)  # machines that build and test at once are slow
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


Visitor = Callable[..., Any]


@pytest.fixture
def visitor(chromium: Any, house: House) -> Iterator[Visitor]:
    """A person before a browser: `visitor(user="", size=PHONE, **context)` → page. Errors on the console fail the test."""
    contexts, complaints = [], []

    def come(user: str = "", *, size: dict[str, int] = DESK, **options: Any) -> Any:
        context = chromium.new_context(
            base_url=house.url, viewport=size, locale="zh-CN", geolocation=HERE, permissions=["geolocation"], **options
        )
        contexts.append(context)
        if LANGUAGE == "en":
            context.add_cookies([{"name": "linli_language", "value": "en", "url": house.url}])
        context.set_default_timeout(20_000)
        context.set_default_navigation_timeout(60_000)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        if user:
            sign_in(page, user)
        return page

    yield come
    for context in contexts:
        context.close()
    assert complaints == []


def sign_in(page: Any, user: str) -> None:
    page.goto("/accounts/login/")
    page.fill("input[name=login]", user)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def picture(seed: int = 1, *, size: tuple[int, int] = (1200, 900)) -> bytes:
    """A drawn JPEG, another for every seed."""
    from PIL import Image, ImageDraw

    chance, image = random.Random(seed), Image.new("RGB", size, "#dfe6e3")
    pen = ImageDraw.Draw(image)
    for _each in range(60):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        colour = tuple(chance.randrange(60, 220) for _part in range(3))
        pen.ellipse((x, y, x + chance.randrange(20, 180), y + chance.randrange(20, 180)), fill=colour)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def photo(seed: int = 1) -> dict[str, Any]:
    """A picture as `set_input_files` takes it."""
    return {"name": f"photo-{seed}.jpg", "mimeType": "image/jpeg", "buffer": picture(seed)}


def scene(name: str, *, is_wrong: bool) -> dict[str, Any]:
    """A drawn street with something wrong, or the same one put right, as `set_input_files` takes it."""
    from PIL import Image

    from linli.cases.simulation.pictures import drawn

    out = io.BytesIO()
    Image.open(io.BytesIO(drawn(name, is_wrong=is_wrong))).convert("RGB").save(out, "JPEG", quality=88)
    return {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def said(chinese: str, english: str) -> str:
    """What a page says in the language of this walk."""
    return english if LANGUAGE == "en" else chinese


def shot(page: Any, name: str, *, at: str = "") -> None:
    """Keep a screenshot for the guides, when asked to (LINLI_SCREENSHOTS=1); `at` is what must be in sight."""
    if os.environ.get("LINLI_SCREENSHOTS") != "1":
        return
    from PIL import Image

    if at:
        page.locator(at).first.evaluate("element => element.scrollIntoView({block: 'center'})")
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(700)
    page.evaluate("document.getElementById('toasts')?.replaceChildren()")
    path = IMAGES / f"{name}.{LANGUAGE}.png"
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    # A palette of 256 colours: a third of the size, no difference to the eye.
    image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
