"""Two hundred files that are no photo through every door that takes photos: refused with 4xx.

Photos with something hidden in them come too and are counted apart: refused, or kept as a new, clean picture.

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
from linli.kernel.tests.hostile_files import MARKER, HostileFile
from linli.kernel.tests.hostile_sorted import is_a_photo, sorted_files
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
    for number, file in enumerate(sorted_files()):
        kept = {}
        for door, send in ways.items():
            if door in DRAWS_A_PAGE and number % 3:
                continue
            limits.forget_all()
            before = Photo.objects.count()
            status = send(file).status_code
            kept[door] = Photo.objects.count() - before
            if not is_right(file, door, status, kept[door]):
                wrong.append(f"{file.name} by {door}: {status}, {kept[door]} kept")
        if len(set(kept.values())) > 1:
            wrong.append(f"{file.name}: doors differ: {kept}")
        outcomes["no photo" if not is_a_photo(file) else "kept" if any(kept.values()) else "refused all the same"] += 1

    assert wrong == [], "\n".join(wrong)
    assert outcomes["no photo"] > 200  # one of them is empty, which is as good as no file at the door of Open311
    assert outcomes["kept"] >= 50
    check_nothing_is_left_over(folder)


def is_right(file: HostileFile, door: str, status: int, kept: int) -> bool:
    """No photo is refused with 4xx and nothing kept; what hides in a photo may be refused too, or the photo is kept."""
    if not kept:
        return 400 <= status < 500 or (door == "open311" and not file.data)
    return is_a_photo(file) and (status < 300 or (door, status) == ("desk", 409))


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
    assert [path for path in stored.values() if not is_made_anew(path.read_bytes())] == []
    assert pieces + others == []


def is_made_anew(content: bytes) -> bool:
    """A WebP that ends where it says, without metadata, a profile or anything of what was sent."""
    size = 8 + int.from_bytes(content[4:8], "little")
    hidden = (MARKER, b"EXIF", b"XMP ", b"ICCP")
    return content[:4] + content[8:12] == b"RIFFWEBP" and size == len(content) and not any(word in content for word in hidden)
