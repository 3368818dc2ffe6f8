"""More than two hundred hostile files through every door that takes photos: refused with 4xx, or kept as a new, clean picture.

What the decoder says of a file is asked for really, once; the other doors are given the same answer.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from linli.cases.tests.factories import FLOOD, GRID, at_post, browser_of, case_at, point_in
from linli.cases.workflow import Stage
from linli.kernel import images, limits
from linli.kernel.models import Photo
from linli.kernel.tests.hostile_files import MARKER, HostileFile, hostile_files
from linli.organizations.models import AccessToken
from linli.organizations.queries import token_digest
from linli.portal.tests.factories import typed

pytestmark = [pytest.mark.survive, pytest.mark.django_db]
Send = Callable[[HostileFile], Any]
DRAWS_A_PAGE = {"portal, by form", "desk", "open311"}  # dear, and the same function as the other doors: every third file
PIECE = 1024 * 1024  # what every door of pieces takes at once


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    photos = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "photos")}}
    settings.STORAGES = settings.STORAGES | {"photos": photos}
    return tmp_path


@pytest.fixture(autouse=True)
def decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decode, known = images._decode, {}

    def remembered(data: bytes) -> Any:
        name = hashlib.sha256(data).digest()
        if name not in known:
            try:
                known[name] = decode(data)
            except images.PhotoRefused as refusal:
                known[name] = refusal
        if isinstance(known[name], Exception):
            raise known[name]
        return known[name]

    monkeypatch.setattr(images, "_decode", remembered)


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


def test_every_hostile_file_through_every_door(folder: Path) -> None:
    ways, wrong, outcomes = doors(), [], Counter()
    files = {hashlib.sha256(file.data).digest(): file for file in hostile_files()}
    for number, file in enumerate(files.values()):
        kept = {}
        for door, send in ways.items():
            if door in DRAWS_A_PAGE and number % 3:
                continue
            limits.forget_all()
            before = Photo.objects.count()
            status = send(file).status_code
            kept[door] = Photo.objects.count() - before
            if not kept[door]:
                is_right = 400 <= status < 500 or (door == "open311" and not file.data)  # empty is as good as absent there
            else:
                is_right = status < 300 or (door, status) == ("desk", 409)
            if not is_right:
                wrong.append(f"{file.name} by {door}: {status}, {kept[door]} kept")
        if len(set(kept.values())) > 1 and file.data:
            wrong.append(f"{file.name}: doors differ: {kept}")
        outcomes["kept" if any(kept.values()) else "refused"] += 1

    assert wrong == [], "\n".join(wrong)
    assert len(files) >= 200
    assert outcomes["refused"] >= 100
    check_nothing_is_left_over(folder)


def check_nothing_is_left_over(folder: Path) -> None:
    """Every file belongs to a row, every row has its files, and none holds anything of what was sent."""
    stored = {str(path.relative_to(folder / "photos")): path for path in (folder / "photos").rglob("*.webp")}
    pieces = [path for path in (folder / "uploads").rglob("*") if path.stat().st_size]
    others = [
        path for path in (folder / "photos").rglob("*") if path.is_file() and path.suffix != ".webp" and path.name != ".lock"
    ]
    named = {name for row in Photo.objects.all() for name in (row.path, row.thumbnail_path)}

    assert set(stored) >= named - {"x.webp", "x-s.webp"}
    assert set(stored) <= named
    assert len(stored) > 20
    assert [path for path in stored.values() if MARKER in path.read_bytes()] == []
    assert pieces + others == []
