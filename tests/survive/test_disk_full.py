"""The disk fills up in the middle of a photo: every door says so, nothing is left over, and it works again when there is room."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from linli.cases.models import Case
from linli.kernel import limits, storage
from linli.kernel.models import Photo
from linli.kernel.tests.hostile_files import HostileFile, saved
from tests.contracts.photo_doors import doors

pytestmark = [pytest.mark.survive, pytest.mark.django_db]
FILE = HostileFile("good.jpg", "image/jpeg", saved("JPEG"))
# Pages carry the sentence beside the form; programs get the status and a code.
SAYS = {"portal, by form": 422}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    photos = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "photos")}}
    settings.STORAGES = settings.STORAGES | {"photos": photos}
    return tmp_path / "photos"


def half_written(part: Path, content: bytes) -> None:
    part.write_bytes(content[: len(content) // 2])
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_at_every_door_and_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways = doors()
    cases, photos = Case.objects.count(), Photo.objects.count()
    monkeypatch.setattr(storage, "_write_through", half_written)
    for door, send in ways.items():
        limits.forget_all()
        answer = send(FILE)

        assert answer.status_code == SAYS.get(door, 503), door
        assert "storage_full" in answer.content.decode() or str(storage.StorageFull().message) in answer.content.decode(), door
        assert [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"] == [], door
    assert (Case.objects.count(), Photo.objects.count()) == (cases, photos)

    monkeypatch.undo()

    for door, send in ways.items():
        limits.forget_all()
        before = Photo.objects.count()
        assert send(FILE).status_code < 500
        assert Photo.objects.count() == before + 1, door
