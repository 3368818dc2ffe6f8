"""Pictures of a served demo district (`linli demo serve`) for the guides and the README, in both languages.

    python -m tests.journeys.pictures http://127.0.0.1:8000

What the journeys pass by is pictured there (LINLI_SCREENSHOTS=1); here is what only a district with a history shows.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.journeys.conftest import DESK, FLAGS, IMAGES, PASSWORD, PHONE, ROOT

# Name, who looks, through which window, at which page.
WANTED = [
    ("portal-map", "", PHONE, "/map/"),
    ("district-cases", "diaodu01", DESK, "/desk/cases/?tab=all"),
    ("administrator-roles", "guanli01", DESK, "/desk/people/roles/"),
]


def take(url: str) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for language in ("zh", "en"):
            for name, user, size, address in WANTED:
                page = _come(browser, url, user, size, language)
                page.goto(address, wait_until="networkidle")
                page.wait_for_timeout(2500)
                keep(page, IMAGES / f"{name}.{language}.png")
                page.context.close()
        hero(browser, url)
        browser.close()


def _come(browser: Any, url: str, user: str, size: dict[str, int], language: str, scale: float = 1) -> Any:
    context = browser.new_context(base_url=url, viewport=size, device_scale_factor=scale)
    if language == "en":
        context.add_cookies([{"name": "linli_language", "value": "en", "url": url}])
    page = context.new_page()
    if user:
        page.goto("/accounts/login/")
        page.fill("input[name=login]", user)
        page.fill("input[name=password]", PASSWORD)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda address: "/accounts/login" not in address)
    return page


def keep(page: Any, path: Path) -> None:
    from PIL import Image

    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def hero(browser: Any, url: str) -> None:
    """The README's picture: the dispatch board at the desk, with the portal on a phone before it."""
    from PIL import Image, ImageDraw

    def seen(user: str, size: dict[str, int], address: str, scale: float) -> Any:
        page = _come(browser, url, user, size, "zh", scale)
        page.goto(address, wait_until="networkidle")
        page.wait_for_timeout(3000)
        shown = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        page.context.close()
        return shown

    desk = seen("diaodu01", DESK, "/desk/dispatch/", 1)
    phone = seen("", PHONE, "/", 1).resize((312, 675), Image.Resampling.LANCZOS)
    picture = Image.new("RGB", (1560, 860), "#e4ebe7")
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((28, 28, 28 + desk.width + 8, 28 + desk.height + 8), 14, fill="#173a33")
    picture.paste(desk, (32, 32))
    left, top = 1210, 150
    pen.rounded_rectangle((left - 12, top - 18, left + phone.width + 12, top + phone.height + 18), 30, fill="#10231f")
    picture.paste(phone, (left, top))
    path = ROOT / "docs" / "images" / "hero.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    take(sys.argv[1].rstrip("/"))
