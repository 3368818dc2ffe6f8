"""Every door that takes photos, as somebody comes through it with one file."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.cases.tests.factories import FLOOD, GRID, at_post, browser_of, case_at, point_in
from linli.cases.workflow import Stage
from linli.kernel.tests.hostile_files import HostileFile
from linli.organizations.models import AccessToken
from linli.organizations.queries import token_digest
from linli.portal.tests.factories import typed

Send = Callable[[HostileFile], Any]
PIECE = 1024 * 1024  # what every door of pieces takes at once


def as_sent(file: HostileFile) -> SimpleUploadedFile:
    return SimpleUploadedFile(file.name, file.data, content_type=file.content_type)


def in_pieces(client: Client, address: Callable[[str], str], **headers: str) -> Send:
    """Send by pieces until one is refused or all are there."""

    def send(file: HostileFile) -> Any:
        where, size = address(hashlib.sha256(file.data).hexdigest()), len(file.data)
        for offset in range(0, max(size, 1), PIECE):
            part = file.data[offset : offset + PIECE]
            answer = client.put(
                f"{where}?size={size}&offset={offset}", part, content_type="application/octet-stream", headers=headers
            )
            if answer.status_code >= 400:
                break
        return answer

    return send


def doors() -> dict[str, Send]:
    """Every way in: what a person or program does there, with one file."""
    browser, secretary, worker = Client(), at_post("community_secretary"), at_post("grid_worker")
    desk, phone, case = browser_of(secretary), browser_of(worker), case_at(Stage.DELIVERED)
    AccessToken.objects.create(name="open311", digest=token_digest("key"), hint="key", post_id=at_post("volunteer").post_id)
    lng, lat = point_in(GRID)
    request = {"service_code": FLOOD, "lat": lat, "long": lng, "description": "积水", "api_key": "key"}
    step = f"/desk/cases/{case.reference}/verify_pass/"
    for client in (browser, desk, phone):
        client.raise_request_exception = False
    return {
        "portal, by script": lambda file: browser.post("/report/photos/", {"file": as_sent(file)}),
        "portal, by form": lambda file: browser.post("/report/", typed() | {"action": "check", "files": as_sent(file)}),
        # A page that is long out of date: the picture is looked at, the step is refused.
        "desk": lambda file: desk.post(step, {"version": 0, "photos": as_sent(file)}),
        "api": lambda file: browser.post("/api/v1/photos", {"photo": as_sent(file)}),
        "api, in pieces": in_pieces(browser, lambda digest: f"/api/v1/photos/{digest}"),
        "phone, in pieces": in_pieces(
            phone, lambda digest: f"/field/api/photos/{uuid.uuid4()}/{digest}", **{"X-Linli-Account": str(worker.person_id)}
        ),
        "open311": lambda file: browser.post("/open311/v2/requests.json", request | {"media": as_sent(file)}),
    }  # fmt: skip
