"""Photos in pieces: resumable, safe to repeat, known by their content."""

from __future__ import annotations

import hashlib
import os
import resource
import threading
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from linli.kernel import storage, uploads
from linli.kernel.errors import BadInput, Conflict, RuleBroken, TooLarge
from linli.kernel.images import PhotoRefused
from linli.kernel.models import Photo
from linli.kernel.uploads import Piece, received, sweep_pieces, take_piece

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "photos": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "photos")}}
    }


def picture() -> bytes:
    out = BytesIO()
    Image.effect_noise((120, 90), 60).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def pieces(data: bytes, count: int = 4, who: str = "me", use: str = "") -> list[Piece]:
    size = -(-len(data) // count)
    digest = hashlib.sha256(data).hexdigest()
    return [Piece(who, digest, len(data), at, data[at : at + size], use) for at in range(0, len(data), size)]


def test_pieces_make_a_photo() -> None:
    sent = pieces(picture())

    arrived = [take_piece(piece) for piece in sent]

    assert [item.received for item in arrived[:-1]] == [sum(len(piece.data) for piece in sent[: n + 1]) for n in range(3)]
    assert Photo.objects.get().pk == arrived[-1].photo_id
    assert list((uploads._folder()).iterdir()) == []


def test_every_piece_may_come_again_and_overlap() -> None:
    data = picture()
    for piece in pieces(data):
        take_piece(piece)
        take_piece(piece)
    whole = pieces(data, count=1)[0]

    again = take_piece(whole)

    assert (Photo.objects.count(), again.photo_id) == (1, Photo.objects.get().pk)
    assert received("me", whole.sha256).photo_id == again.photo_id


def test_a_gap_is_told_with_where_to_go_on() -> None:
    first, _second, third, _last = pieces(picture())
    take_piece(first)

    with pytest.raises(Conflict) as refused:
        take_piece(third)

    assert refused.value.details["received"] == received("me", first.sha256).received == len(first.data)


def test_other_bytes_than_the_digest_says_are_refused_and_begin_anew() -> None:
    data = picture()
    bad = Piece("me", hashlib.sha256(data).hexdigest(), len(data), 0, b"x" * len(data))

    with pytest.raises(RuleBroken):
        take_piece(bad)

    assert (received("me", bad.sha256).received, Photo.objects.count()) == (0, 0)
    assert take_piece(pieces(data, count=1)[0]).photo_id


def test_what_is_no_picture_is_refused_when_it_is_whole() -> None:
    with pytest.raises(PhotoRefused):
        take_piece(pieces(b"<svg onload=alert(1)>" * 50, count=1)[0])

    assert not Photo.objects.exists()


@pytest.mark.parametrize(("size", "offset", "error"), [(30_000_000, 0, TooLarge), (10, 5, BadInput), (0, 0, BadInput)])
def test_sizes_that_cannot_be_are_refused(size: int, offset: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        take_piece(Piece("me", "a" * 64, size, offset, b"0123456789"))


def test_the_same_picture_for_another_use_or_from_another_sender_is_another_photo() -> None:
    data = picture()

    ids = {take_piece(pieces(data, 1, who, use)[0]).photo_id for who, use in (("me", ""), ("me", "other"), ("you", ""))}

    assert len(ids) == Photo.objects.count() == 3


@pytest.mark.parametrize("size", [500, 3_000, 500_000])  # small ones would wait in a buffer
def test_a_full_disk_keeps_what_was_there(size: int) -> None:
    """The system itself refuses what goes beyond so many bytes, as a full disk does."""
    first, second = b"y" * 64_000, b"z" * size
    whole = hashlib.sha256(first + second).hexdigest()
    take_piece(Piece("me", whole, 1_000_000, 0, first))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64_400, hard))
    try:
        with pytest.raises(storage.StorageFull):
            take_piece(Piece("me", whole, 1_000_000, len(first), second))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert received("me", whole).received == len(first)
    assert take_piece(Piece("me", whole, 1_000_000, len(first), second)).received == len(first) + size


def test_pieces_that_nobody_goes_on_with_are_swept_after_a_day() -> None:
    fresh, old = pieces(picture())[0], pieces(picture(), who="other")[0]
    take_piece(fresh)
    take_piece(old)
    before = time.time() - 2 * 24 * 3600
    os.utime(uploads._path(old), (before, before))

    assert sweep_pieces() == 1
    assert (received("me", fresh.sha256).received, received("other", old.sha256).received) == (len(fresh.data), 0)


@pytest.mark.django_db(transaction=True)
def test_twenty_twins_of_the_last_piece_make_one_photo() -> None:
    from django.db import connection

    *before, last = pieces(picture())
    for piece in before:
        take_piece(piece)
    ids: list[Any] = []

    def send() -> None:
        try:
            ids.append(take_piece(last).photo_id)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(ids), len(set(ids)), Photo.objects.count()) == (20, 1, 1)
