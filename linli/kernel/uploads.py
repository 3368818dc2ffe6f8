"""Photos on their way in: from a form, from a program, or in pieces from a phone with a bad network.

A photo sent in pieces is named by the SHA-256 of its bytes as the sender has them. Pieces may come again, overlap or stop
halfway; the file is taken when all bytes are there and have that digest. Pieces lie in the data folder of this machine, one
file a photo and sender, and are swept after a day.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel import images, storage
from linli.kernel.errors import BadInput, Conflict, RuleBroken, TooLarge
from linli.kernel.models import Photo, RequestKey

KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Piece:
    """Some bytes of a photo: `sha256` and `size` are of the whole, `offset` is where these begin.

    `who` is the sender, `use` what the photo is for (the id of a report): the same picture for another use is another
    photo, because a photo belongs to one case.
    """

    who: str
    sha256: str
    size: int
    offset: int
    data: bytes
    use: str = ""


@dataclass(frozen=True)
class Arrived:
    """How many bytes are there, and the photo once it is whole."""

    received: int
    photo_id: uuid.UUID | None = None


def keep_photo(stream: BinaryIO, *, name: str = "", person_id: uuid.UUID | None = None) -> Photo:
    """Open, check, make anew and store one photo; it belongs to nothing yet and is swept after a day.

    Raises PhotoRefused (400), PhotoTooLarge (413), StorageFull and StorageAway (503); nothing is kept then.
    """
    made = images.read_photo(stream, name=name)
    return photo_row(made, storage.save_photo(made), person_id=person_id)


def photo_row(made: images.Photo, paths: storage.StoredPhoto, *, person_id: uuid.UUID | None) -> Photo:
    """The row of a photo whose files are stored."""
    return Photo.objects.create(
        sha256=made.sha256, path=paths.path, thumbnail_path=paths.thumbnail_path, width=made.width, height=made.height,
        bytes=len(made.content), perceptual_hash=made.perceptual_hash, taken_at=made.taken_at, lng=made.lng, lat=made.lat,
        person_id=person_id,
    )  # fmt: skip


def take_piece(piece: Piece, *, person_id: uuid.UUID | None = None) -> Arrived:
    """Add a piece; the last one makes the photo. Safe to repeat: what is there already is skipped.

    Raises Conflict("piece_missing", received=…) when bytes before it are not there, TooLarge, BadInput when the piece
    reaches past the end, RuleBroken("content_differs") when the whole has another digest (it begins anew then), and what
    `keep_photo` raises.
    """
    if piece.size > images.MOST_BYTES:
        raise TooLarge("photo_too_large", images.MESSAGES["photo_too_large"], field="size")
    if piece.size <= 0 or piece.offset + len(piece.data) > piece.size:
        raise BadInput("piece_too_long", _("The piece reaches past the end of the photo."), field="offset")
    if (known := _finished(piece)) is not None:
        return known
    with _part(piece) as part:
        if (known := _finished(piece)) is not None:
            return known
        received = _append(part, piece)
        if received < piece.size:
            return Arrived(received)
        return _finish(part, piece, person_id)


def received(who: str, sha256: str, use: str = "") -> Arrived:
    """What has arrived of a photo so far."""
    piece = Piece(who, sha256, 1, 0, b"", use)
    known = _finished(piece)
    if known is not None:
        return known
    path = _path(piece)
    return Arrived(path.stat().st_size if path.exists() else 0)


def sweep_pieces() -> int:
    """Delete pieces of photos that nobody went on with for a day; returns how many."""
    swept, before = 0, time.time() - KEPT_SECONDS
    for path in _folder().glob("*.part"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            swept += 1
    return swept


# --- inside -----------------------------------------------------------------------------------------------------------


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _name(piece: Piece) -> str:
    return hashlib.sha256(f"{piece.who}\0{piece.use}\0{piece.sha256}".encode()).hexdigest()


def _path(piece: Piece) -> Path:
    return _folder() / f"{_name(piece)}.part"


def _finished(piece: Piece) -> Arrived | None:
    row = RequestKey.objects.filter(pk=f"photo:{_name(piece)}").first()
    if row is None or not Photo.objects.filter(pk=row.body).exists():
        return None
    return Arrived(row.headers["size"], uuid.UUID(row.body))


@contextmanager
def _part(piece: Piece) -> Iterator[BinaryIO]:
    """The file of the pieces, for one at a time: twins wait. Unbuffered: what the disk refuses must not be tried again later."""
    with open(os.open(_path(piece), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b", buffering=0) as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        yield part


def _append(part: BinaryIO, piece: Piece) -> int:
    """Write what is new of the piece; returns how many bytes are there now."""
    there = part.seek(0, os.SEEK_END)
    if piece.offset > there:
        raise Conflict(
            "piece_missing", _("Bytes before this piece have not arrived; go on from “received”."), field="offset",
            received=there,
        )  # fmt: skip
    new = piece.data[there - piece.offset :]
    left = new
    try:
        while left:
            left = left[part.write(left) :]
    except OSError as error:
        part.truncate(there)
        if error.errno in storage.NO_ROOM:
            raise storage.StorageFull() from error
        raise
    return there + len(new)


def _finish(part: BinaryIO, piece: Piece, person_id: uuid.UUID | None) -> Arrived:
    """All bytes are there: check them, make the photo, remember under which name it came."""
    part.seek(0)
    data = part.read()
    if hashlib.sha256(data).hexdigest() != piece.sha256:
        part.truncate(0)
        raise RuleBroken("content_differs", _("The bytes that arrived are not those of this digest; send the photo again."))
    try:
        made = images.read_photo(BytesIO(data))
    except images.PhotoRefused:
        part.truncate(0)
        raise
    paths = storage.save_photo(made)
    with transaction.atomic():
        row = photo_row(made, paths, person_id=person_id)
        RequestKey.objects.update_or_create(
            pk=f"photo:{_name(piece)}",
            defaults={"fingerprint": piece.sha256, "body": str(row.pk), "headers": {"size": piece.size}},
        )
    _path(piece).unlink(missing_ok=True)
    return Arrived(piece.size, row.pk)
