"""What visitors of the portal do in tests: type a report, follow their link, send a real photo."""

from __future__ import annotations

import io
import uuid
from html.parser import HTMLParser
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from linli.cases.models import Case
from linli.cases.operations import link_secret
from linli.cases.tests.factories import FLOOD, GRID, point_in

ENGLISH = {"linli_language": "en"}


def typed(**changes: Any) -> dict[str, Any]:
    """A report as a visitor types it, complete; values that are None are left out."""
    lng, lat = point_in(changes.pop("grid", GRID))
    values = {
        "submission": str(uuid.uuid4()), "category": FLOOD, "text": "路口积水没过脚面，老人过不去",
        "lng": f"{lng:.6f}", "lat": f"{lat:.6f}", "address": "", "name": "", "phone": "", "is_public": "on",
    } | changes  # fmt: skip
    return {name: value for name, value in values.items() if value is not None}


def send(client: Client, action: str = "send", **changes: Any) -> Any:
    return client.post(reverse("portal:report"), typed(**changes) | {"action": action})


def page(case: Case) -> str:
    return reverse("portal:case", args=[case.reference])


def own_page(case: Case) -> str:
    return reverse("portal:own-case", args=[case.reference, link_secret(case.pk)])


def picture(colour: str = "teal", name: str = "IMG_1.jpg") -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(content, "JPEG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/jpeg")


class _Form(HTMLParser):
    """The values that a browser without script would send from the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = dict(attrs)
        name, kind = at.get("name"), at.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "file"):
            is_box = kind in ("radio", "checkbox")
            if not is_box or "checked" in at:
                self.values.setdefault(name, []).append(at.get("value") or ("on" if is_box else ""))
        elif tag == "textarea" and name:
            self._area = name
            self.values.setdefault(name, []).append("")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in at:
            self.values.setdefault(self._select, []).append(at.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][-1] += data


def form_values(response: Any) -> dict[str, list[str]]:
    """What the page's form holds, as a browser without script would send it back."""
    reader = _Form()
    reader.feed(response.content.decode())
    return {name: values for name, values in reader.values.items() if name not in ("csrfmiddlewaretoken", "reference")}
