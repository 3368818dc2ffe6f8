"""A phone for tests: sends what the field app sends, as the field app sends it."""

from __future__ import annotations

import hashlib
import io
import uuid
from functools import cache
from typing import Any

from django.http import HttpResponse
from PIL import Image

from linli.cases.tests.factories import FLOOD, GRID, browser_of, point_in
from linli.kernel.policy import Actor


@cache
def jpeg(shade: int = 90) -> bytes:
    """A small picture; another shade is another picture."""
    out = io.BytesIO()
    Image.effect_noise((240, 180), shade).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Phone:
    """Signed in as one person; every call gives the decoded answer, with `status` in it."""

    def __init__(self, actor: Actor):
        self.actor, self.browser = actor, browser_of(actor)
        self.account = str(actor.person_id)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.browser.get(f"/field/api/{path}", headers=headers)

    def post(self, path: str, data: Any) -> dict[str, Any]:
        response = self.browser.post(
            f"/field/api/{path}", data, content_type="application/json", headers={"X-Linli-Account": self.account}
        )
        return {**response.json(), "status": response.status_code}

    def report(self, **changes: Any) -> dict[str, Any]:
        return self.post("report", sent_report(**changes))

    def step(self, verb: str, case: Any = None, **more: Any) -> dict[str, Any]:
        """Send one step and give its own answer."""
        sent = {"request_id": str(uuid.uuid4()), "verb": verb, **more}
        if case is not None:
            sent["case"] = str(case.pk)
        return self.post("steps", {"steps": [sent]})["answers"][0]

    def piece(self, data: bytes, use: str, *, start: int = 0, end: int | None = None, name: str = "") -> dict[str, Any]:
        """Send the bytes of a picture from `start` to `end`."""
        response = self.browser.put(
            f"/field/api/photos/{use}/{name or digest(data)}?offset={start}&size={len(data)}",
            data[start:end],
            content_type="application/octet-stream",
            headers={"X-Linli-Account": self.account},
        )
        return {**response.json(), "status": response.status_code}


def sent_report(**changes: Any) -> dict[str, Any]:
    lng, lat = point_in(GRID)
    sent = {
        "id": str(uuid.uuid4()),
        "category": FLOOD,
        "text": "下穿通道口积水，电动车推不过去",
        "lng": lng,
        "lat": lat,
        "device_at": "2026-11-20T08:00:00+08:00",
        "device": {"clock_off": -95, "spot": {"lng": lng, "lat": lat, "accuracy": 12.4}, "app": "t"},
    }
    return sent | changes
