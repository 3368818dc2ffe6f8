"""Hostile files in two heaps: those that are no photo and must be refused, and photos with something in them that must not stay.

Which heap a file is in was decided by looking at it, not by what became of it: a decoder that takes more than before fails a test.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

from linli.kernel.tests.hostile_files import (
    END,
    HTML,
    JPEG_TYPE,
    MARKER,
    PHP,
    PNG_START,
    PNG_TYPE,
    WEBP_TYPE,
    HostileFile,
    chunk,
    header,
    hostile_files,
    jpeg_sized,
    png,
    riff,
    zipped,
)

# A picture that can be shown, with a text, a profile, a second file or nonsense in it or behind it.
_PHOTOS = """
more-data-than-pixels.png no-end.png two-headers.png no-palette.png filter.png bad-zlib.png endless-chunk.png negative-chunk.png
text.png xmp.png colour-profile.png exif.png transparency.png endless-film.png page-behind.png program-behind.png
archive-behind.png script-in-pixels.png
comment.jpg program-comment.jpg comments.jpg page-first.jpg exif-script.jpg exif-loop.jpg exif-giant.jpg exif-many.jpg
exif-short.jpg exif-empty.jpg gps-by-zero.jpg gps-loop.jpg orientation.jpg thumbnail.jpg xmp.jpg iptc.jpg colour-profile.jpg
colour-profile-bomb.jpg colour-profile-count.jpg mpo-index.jpg believable.jpg small.jpg page-behind.jpg program-behind.jpg
archive-behind.jpg document-behind.jpg picture-behind.jpg phar.jpg arithmetic.jpg inks.jpg several.mpo several-cut.mpo
metadata.webp colour-profile.webp film.webp unknown-chunk.webp page-behind.webp
../../../../etc/passwd.jpg
"""
PHOTOS = frozenset(_PHOTOS.split())
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}  # of each colour type of PNG


def is_a_photo(file: HostileFile) -> bool:
    """Whether it may be kept, as a new picture; of pictures with changed bytes nobody can say beforehand."""
    return file.name in PHOTOS or file.name.startswith("mutation")


def sorted_files() -> Iterator[HostileFile]:
    """Every file once, however many names it comes under, and `only_beginnings` and `too_many_pixels` too."""
    seen = set()
    for source in (hostile_files, only_beginnings, too_many_pixels):
        for file in source():
            digest = hashlib.sha256(file.data).digest()
            if digest not in seen:
                seen.add(digest)
                yield file


def only_beginnings() -> Iterator[HostileFile]:
    """The first bytes of a picture, and then something else."""
    starts = {
        "jpg": (JPEG_TYPE, b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"),
        "png": (PNG_TYPE, PNG_START + header(64, 48)),
        "webp": (WEBP_TYPE, b"RIFF\xff\xff\0\0WEBPVP8 "),
    }
    payloads = {
        "page": HTML,
        "program": PHP,
        "archive": zipped(("a.html", HTML)),
        "shell": b"\n#!/bin/sh\necho " + MARKER,
        "elf": b"\x7fELF\2\1\1\0" + MARKER * 20,
        "exe": b"MZ\x90\0\3\0\0\0" + MARKER * 20,
        "pdf": b"%PDF-1.7\n" + MARKER * 20,
        "drawing": b'<svg xmlns="http://www.w3.org/2000/svg">' + MARKER + b"</svg>",
        "zeros": b"\0" * 10_000 + MARKER,
        "ones": b"\xff" * 10_000 + MARKER,
    }
    for ending, (content_type, start) in starts.items():
        for name, payload in payloads.items():
            yield HostileFile(f"begins-{name}.{ending}", content_type, start + payload)


def too_many_pixels() -> Iterator[HostileFile]:
    """Small files that say they are huge, in every colour and depth."""
    for colour, depths in DEPTHS.items():
        for depth in depths:
            body = png(header(30_000, 30_000, depth, colour), chunk(b"IDAT", MARKER), END)
            yield HostileFile(f"huge-{colour}-{depth}.png", PNG_TYPE, body)
    for side in (10_000, 20_000, 40_000):
        yield HostileFile(f"huge-{side}.jpg", JPEG_TYPE, jpeg_sized(side, side) + MARKER)
        canvas = b"\0\0\0\0" + struct.pack("<I", side)[:3] * 2
        yield HostileFile(f"huge-{side}.webp", WEBP_TYPE, riff((b"VP8X", canvas), (b"VP8 ", MARKER)))
