"""Photos people send: opened, checked, and made anew, so that nothing of the sent file is ever stored or served.

Each photo is decoded by a process of its own (`image_decoder.py`) with limits on memory and time. That costs about
80 ms and buys two things: a decoder's fault or a pixel bomb kills that process and not the web worker, and the web worker
never loads Pillow nor holds a decoded picture, which keeps it small. At most two run at a time in one worker.

Taken: JPEG, PNG, WebP, and HEIF where pillow-heif is installed, known by content; name and declared type do not matter.
Given: WebP at most 1600 px with a thumbnail of at most 320 px, upright, without EXIF, XMP, IPTC, ICC or comments.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.kernel.coordinates import is_place
from linli.kernel.errors import BadInput, TooLarge

MOST_BYTES = 20 * 1024 * 1024
WALL_SECONDS = 30
DECODER = Path(__file__).with_name("image_decoder.py")
CONTENT_TYPE = "image/webp"
EARLIEST_YEAR = 2000
KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
MESSAGES: dict[str, str | Promise] = {
    "photo_empty": _("The photo is empty. Take or choose it again."),
    "photo_too_large": _("The photo is larger than 20 MB. Send a smaller one."),
    "photo_too_many_pixels": _("The photo has more than 50 million pixels. Send a smaller one."),
    "photo_not_a_picture": _("This file is not a photo. Send a JPEG, PNG or WebP picture."),
    "photo_heif_not_read": _("HEIF photos are not read here. Send the photo as JPEG."),
    "photo_broken": _("The photo is damaged or incomplete. Take or choose it again."),
    "photo_too_costly": _("The photo could not be opened in the time allowed. Send a smaller one."),
}
_decoders = threading.BoundedSemaphore(2)


class PhotoRefused(BadInput):
    """The file is not taken as a photo; `code` is one of MESSAGES."""

    def __init__(self, code: str) -> None:
        super().__init__(code, MESSAGES[code], field="photo")


class PhotoTooLarge(PhotoRefused, TooLarge):
    """More bytes or pixels than are taken."""

    status = 413


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as Linli keeps it, and what it said about itself before that was removed.

    `content` and `thumbnail` are WebP; width and height are of `content`. `taken_at` is an instant (the camera's clock read
    in the district's zone when it names none), lng and lat are WGS-84 degrees; each is None when absent or impossible.
    `sha256` is of `content`. `perceptual_hash` is a signed 64-bit number, alike for alike pictures (`unlikeness`).
    """

    content: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: datetime | None
    lng: float | None
    lat: float | None
    sha256: str
    perceptual_hash: int


def read_photo(stream: BinaryIO, *, name: str = "") -> Photo:
    """Read one photo from `stream` (at most 20 MB, at most 50 megapixels).

    `name` is what the sender called the file; it is reported with a refusal (`details["name"]`) and decides nothing.
    Raises PhotoRefused (400), PhotoTooLarge (413).
    """
    data = stream.read(MOST_BYTES + 1)
    try:
        _check_outside(data)
        found, pictures = _decode(data)
        if code := found.get("refused"):
            raise _refusal(code)
    except PhotoRefused as refusal:
        refusal.details["name"] = _shown_name(name)
        raise
    full_size, small_size = found["sizes"]
    lng, lat = _place(found)
    return Photo(
        content=pictures[:full_size],
        thumbnail=pictures[full_size : full_size + small_size],
        width=found["width"],
        height=found["height"],
        taken_at=_taken_at(found),
        lng=lng,
        lat=lat,
        sha256=found["sha256"],
        perceptual_hash=found["perceptual_hash"],
    )


def unlikeness(first: int, second: int) -> int:
    """In how many of 64 bits two perceptual hashes differ: 0 the same, up to about 10 alike, about 32 unrelated."""
    return ((first ^ second) & 0xFFFF_FFFF_FFFF_FFFF).bit_count()


def _refusal(code: str) -> PhotoRefused:
    return (PhotoTooLarge if code in ("photo_too_large", "photo_too_many_pixels") else PhotoRefused)(code)


def _shown_name(name: str) -> str:
    return "".join(character for character in name if character.isprintable())[:80]


def _check_outside(data: bytes) -> None:
    """What can be known without decoding; most of what is not a photo ends here."""
    if not data:
        raise _refusal("photo_empty")
    if len(data) > MOST_BYTES:
        raise _refusal("photo_too_large")
    is_heif = data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    if not (data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or is_webp or is_heif):
        raise _refusal("photo_not_a_picture")


def _decode(data: bytes) -> tuple[dict[str, Any], bytes]:
    """What the decoder says of the photo, and the bytes of its pictures."""
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    with _decoders:
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(DECODER)],
                input=data,
                capture_output=True,
                timeout=WALL_SECONDS,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _refusal("photo_too_costly") from None
    line, newline, pictures = done.stdout.partition(b"\n")
    if done.returncode or not newline:  # killed by its limits, or by a fault of a decoder
        raise _refusal("photo_too_costly")
    found = json.loads(line)
    if "refused" not in found and len(pictures) != sum(found["sizes"]):
        raise _refusal("photo_broken")
    return found, pictures


def _taken_at(found: dict[str, Any]) -> datetime | None:
    """The instant the camera wrote down, if it can be one."""
    try:
        zone = datetime.strptime(found.get("taken_at_offset") or "", "%z").tzinfo
    except ValueError:
        zone = timezone.get_default_timezone()
    try:
        clock = datetime.strptime(found.get("taken_at") or "", "%Y:%m:%d %H:%M:%S").replace(tzinfo=zone)
        instant = clock.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    is_possible = instant.year >= EARLIEST_YEAR and instant <= timezone.now() + timedelta(days=1)
    return instant if is_possible else None


def _place(found: dict[str, Any]) -> tuple[float | None, float | None]:
    lng, lat = found.get("lng"), found.get("lat")
    if lng is None or lat is None or not (math.isfinite(lng) and math.isfinite(lat) and is_place(lng, lat)):
        return None, None
    return lng, lat
