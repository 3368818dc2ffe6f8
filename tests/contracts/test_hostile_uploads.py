"""More than two hundred hostile files through every door that takes photos: refused with 4xx, or kept as a new, clean picture.

What the decoder says of a file is asked for really, once; the other doors are given the same answer.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from linli.kernel import images, limits
from linli.kernel.models import Photo
from linli.kernel.tests.hostile_files import MARKER, hostile_files
from tests.contracts.photo_doors import doors

pytestmark = [pytest.mark.survive, pytest.mark.django_db]
DRAWS_A_PAGE = {"portal, by form", "desk", "open311"}  # dear, and the same function as the other doors: every third file


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
