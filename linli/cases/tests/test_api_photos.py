"""Photos by the API: whole, in pieces, and who may see them."""

from __future__ import annotations

import hashlib
import json
import uuid
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from linli.cases.models import Case, CasePhoto
from linli.cases.tests.factories import at_post, browser_of
from linli.cases.tests.test_api import a_report, program_of, send
from linli.kernel.models import Photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "photos": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "photos")}}
    }


def picture(name: str = "现场.jpg") -> BytesIO:
    out = BytesIO()
    Image.effect_noise((200, 150), 50).convert("RGB").save(out, "JPEG")
    out.seek(0)
    out.name = name
    return out


def upload(client: Client, file: BytesIO, **headers: str) -> Any:
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return client.post("/api/v1/photos", {"photo": file}, headers=sent)


def test_a_photo_is_sent_tied_to_a_report_and_seen() -> None:
    sent = upload(Client(), picture())

    reference = send(Client(), "POST", "/cases", a_report(photos=[sent.json()["id"]])).json()["reference"]

    told = send(Client(), "GET", f"/cases/{reference}").json()["photos"]
    shown, small = Client().get(told[0]["url"]), Client().get(told[0]["thumbnail"])
    assert (sent.status_code, told[0]["id"], told[0]["side"]) == (201, sent.json()["id"], "before")
    assert (shown["Content-Type"], small["Content-Type"]) == ("image/webp", "image/webp")
    assert Image.open(BytesIO(shown.content)).size == (200, 150)
    assert "public" in shown["Cache-Control"]


def test_a_photo_of_a_hidden_case_is_for_its_staff_only() -> None:
    photo = upload(Client(), picture()).json()
    send(Client(), "POST", "/cases", a_report(photos=[photo["id"]], is_public=False))

    assert Client().get(photo["url"]).status_code == 404
    staff = browser_of(at_post("street_dispatcher")).get(photo["url"])
    assert (staff.status_code, "private" in staff["Cache-Control"]) == (200, True)
    assert browser_of(at_post("street_dispatcher", area="990101002")).get(photo["url"]).status_code == 404
    assert Client().get(f"/api/v1/photos/{uuid.uuid4()}").status_code == 404


def test_a_photo_that_is_tied_to_nothing_yet_is_for_nobody() -> None:
    photo = upload(Client(), picture()).json()

    assert Client().get(photo["url"]).status_code == 404


def test_the_same_key_and_photo_give_the_same_answer() -> None:
    file, key = picture(), str(uuid.uuid4())

    first = upload(Client(), file, Idempotency_Key=key)
    file.seek(0)
    again = upload(Client(), file, Idempotency_Key=key)
    other = upload(Client(), picture(), Idempotency_Key=key)

    assert (again.status_code, again.content) == (201, first.content)
    assert (other.status_code, Photo.objects.count()) == (409, 1)


@pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"", b"GIF89a" + b"0" * 100, b"\xff\xd8\xff" + b"0" * 50])
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    file = BytesIO(data)
    file.name = "x.jpg"

    answer = upload(Client(), file)

    assert answer.status_code in (400, 413, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert not Photo.objects.exists()


def test_a_photo_goes_in_pieces_and_goes_on_where_it_stopped() -> None:
    data, client = picture().getvalue(), program_of(at_post("grid_worker"))
    digest, half = hashlib.sha256(data).hexdigest(), len(data) // 2
    address = f"/api/v1/photos/{digest}?size={len(data)}"

    def put(offset: int, part: bytes) -> Any:
        return client.put(f"{address}&offset={offset}", part, content_type="application/octet-stream")

    first, gap = put(0, data[:half]), put(half + 10, data[half + 10 :])
    asked = client.get(f"/api/v1/photos/{digest}/received")
    last, again = put(half, data[half:]), put(half, data[half:])

    assert (first.status_code, first.json()) == (202, {"received": half, "id": None})
    assert (gap.status_code, gap.json()["received"], asked.json()["received"]) == (409, half, half)
    assert (last.status_code, again.status_code, last.json()) == (200, 200, again.json())
    reference = send(client, "POST", "/cases", a_report(photos=[last.json()["id"]])).json()["reference"]
    assert CasePhoto.objects.get(case=Case.objects.get(reference=reference)).photo_id == uuid.UUID(last.json()["id"])


@pytest.mark.parametrize(
    ("address", "kind", "body", "status"),
    [
        ("xyz?size=1&offset=0", "application/octet-stream", b"x", 422),
        (f"{'a' * 64}?size=1", "application/octet-stream", b"x", 422),
        (f"{'a' * 64}?size=1&offset=-1", "application/octet-stream", b"x", 422),
        (f"{'a' * 64}?size=1&offset=0&use={'x' * 41}", "application/octet-stream", b"x", 422),
        (f"{'a' * 64}?size=1&offset=0", "image/jpeg", b"x", 415),
        (f"{'a' * 64}?size=3000000&offset=0", "application/octet-stream", b"x" * 2_200_000, 413),
        (f"{'a' * 64}?size=30000000&offset=0", "application/octet-stream", b"x", 413),
        (f"{'a' * 64}?size=1&offset=0", "application/octet-stream", b"xy", 400),
    ],
)
def test_pieces_that_cannot_be_are_refused(address: str, kind: str, body: bytes, status: int) -> None:
    answer = Client().put(f"/api/v1/photos/{address}", body, content_type=kind)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["code"]
