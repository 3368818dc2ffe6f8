"""More than 200 files that hostile people send where a photo is asked for. Built here, byte by byte, none stored.

Every file must be refused, or come back as a new picture that holds nothing of `MARKER`, which each payload carries.
Use: `for file in hostile_files(): …`; they are made one at a time, since a few are large.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

MARKER = b"LINLI-HOSTILE"
SCRIPT = b"<script>alert('" + MARKER + b"')</script>"
PHP = b"<?php echo '" + MARKER + b"'; ?>"
HTML = b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>"
JPEG_TYPE, PNG_TYPE, WEBP_TYPE = "image/jpeg", "image/png", "image/webp"
PNG_START = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class HostileFile:
    """A file as a browser would send it."""

    name: str
    content_type: str
    data: bytes


def hostile_files() -> Iterator[HostileFile]:
    for group in GROUPS:
        yield from group()


# --- materials ---


def picture(side: int = 64) -> Image.Image:
    image = Image.new("RGB", (side, side * 3 // 4))
    image.putdata([(x * 4 % 256, y * 5 % 256, (x * y) % 256) for y in range(side * 3 // 4) for x in range(side)])
    return image


def saved(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    stream = io.BytesIO()
    (image or picture()).save(stream, kind, **options)
    return stream.getvalue()


def chunk(name: bytes, body: bytes, checksum: int | None = None) -> bytes:
    found = zlib.crc32(name + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", found)


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(*chunks: bytes) -> bytes:
    return PNG_START + b"".join(chunks)


END = chunk(b"IEND", b"")
PIXEL = header(1, 1) + chunk(b"IDAT", zlib.compress(b"\0\1\2\3"))


def png_with(*chunks: bytes, after: bytes = b"") -> bytes:
    """A good small PNG with chunks put in behind its header."""
    good = saved("PNG")
    start = len(PNG_START) + 25
    return good[:start] + b"".join(chunks) + good[start:] + after


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg_with(*segments: bytes, after: bytes = b"") -> bytes:
    """A good small JPEG with segments put in behind its start."""
    good = saved("JPEG")
    return good[:2] + b"".join(segments) + good[2:] + after


def jpeg_sized(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    good = bytearray(saved("JPEG"))
    place = good.index(b"\xff\xc0") + 5
    good[place : place + 4] = struct.pack(">HH", height, width)
    return bytes(good)


def riff(*chunks: tuple[bytes, bytes], size: int | None = None) -> bytes:
    body = b"WEBP" + b"".join(name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def webp_chunks() -> list[tuple[bytes, bytes]]:
    """The chunks of a good WebP."""
    data, place, found = saved("WEBP"), 12, []
    while place < len(data):
        (length,) = struct.unpack("<I", data[place + 4 : place + 8])
        found.append((data[place : place + 4], data[place + 8 : place + 8 + length]))
        place += 8 + length + length % 2
    return found


def zipped(*entries: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return stream.getvalue()


# --- groups ---


def vector_drawings() -> Iterator[HostileFile]:
    opening = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    laughs = b'<!DOCTYPE l [<!ENTITY a "%s">' % MARKER
    for before, name in zip(b"abcdefgh", b"bcdefghi", strict=True):
        laughs += b'<!ENTITY %c "%s">' % (name, b"&%c;" % before * 10)
    bodies = [
        opening + SCRIPT + b"</svg>",
        b'<?xml version="1.0"?>' + opening + SCRIPT + b"</svg>",
        b"\xef\xbb\xbf" + opening + SCRIPT + b"</svg>",
        b"\n \t" + opening + SCRIPT + b"</svg>",
        laughs + b"]>" + opening + b"<text>&i;</text></svg>",
        b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + opening + b"<text>&x;" + MARKER + b"</text></svg>",
        opening.replace(b">", b' onload="' + MARKER + b'">') + b"</svg>",
        opening + b"<foreignObject>" + HTML + b"</foreignObject></svg>",
        opening + b'<a xlink:href="javascript:' + MARKER + b'"><rect width="9" height="9"/></a></svg>',
        opening + b'<image xlink:href="http://127.0.0.1/' + MARKER + b'"/></svg>',
        opening + b"<style>@import url(//127.0.0.1/" + MARKER + b")</style></svg>",
        opening + b'<use xlink:href="data:image/svg+xml;base64,' + MARKER + b'"/></svg>',
        opening.upper() + SCRIPT + b"</SVG>",
        (opening + SCRIPT + b"</svg>").decode().encode("utf-16"),
        gzip.compress(opening + SCRIPT + b"</svg>", mtime=0),
        b"<!--" + b"\xff\xd8\xff" + b"-->" + opening + SCRIPT + b"</svg>",
    ]
    for number, body in enumerate(bodies):
        yield HostileFile(f"drawing{number}.svg", "image/svg+xml", body)
        yield HostileFile(f"drawing{number}.jpg", JPEG_TYPE, body)


def pages_as_photos() -> Iterator[HostileFile]:
    bodies = [
        HTML,
        b"\xef\xbb\xbf" + HTML,
        HTML.decode().encode("utf-16"),
        b"JFIF" + HTML,
        b"\xff\xd8" + HTML,  # the third byte of a JPEG is missing
        b"\x89PNG" + HTML,
        b"RIFF\x10\0\0\0WAVE" + HTML,
        b"GIF89a/*" + HTML,
        PHP,
        b"<%@ page %>" + MARKER,
        b"#!/bin/sh\necho " + MARKER,
        b"var x = '" + MARKER + b"';",
        b'{"photo": "' + MARKER + b'"}',
        b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n" + HTML,
        b"BEGIN:VCARD\nNOTE:" + MARKER + b"\nEND:VCARD",
        b"<iframe src=//127.0.0.1/" + MARKER + b">",
        b"data:image/jpeg;base64," + MARKER,
        b"\0" * 4096 + HTML,
        b" " * 4096 + HTML,
        b"%!PS-Adobe-3.0 EPSF-3.0\n(" + MARKER + b") run",
    ]
    for number, body in enumerate(bodies):
        yield HostileFile(f"page{number}.jpg", JPEG_TYPE, body)


def archives_and_bombs() -> Iterator[HostileFile]:
    zeros = b"\0" * 30_000_000
    bomb = zipped(("photo.jpg", zeros))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo("../../photo.jpg")
        entry.size = len(MARKER)
        archive.addfile(entry, io.BytesIO(MARKER))
    yield HostileFile("bomb.zip", "application/zip", bomb)
    yield HostileFile("bomb.jpg", JPEG_TYPE, bomb)
    yield HostileFile("nested.jpg", JPEG_TYPE, zipped(("bomb.zip", bomb), ("again.zip", bomb)))
    yield HostileFile("many.jpg", JPEG_TYPE, zipped(*((f"{number}.jpg", MARKER) for number in range(2_000))))
    yield HostileFile("climbing.jpg", JPEG_TYPE, zipped(("../../../etc/cron.d/x", MARKER)))
    yield HostileFile("program.jar", JPEG_TYPE, zipped(("META-INF/MANIFEST.MF", MARKER), ("A.class", b"\xca\xfe\xba\xbe")))
    yield HostileFile("letter.docx", JPEG_TYPE, zipped(("[Content_Types].xml", b"<x/>"), ("word/document.xml", MARKER)))
    yield HostileFile("bomb.gz", PNG_TYPE, gzip.compress(zeros, mtime=0))
    yield HostileFile("bomb.bz2", PNG_TYPE, bz2.compress(zeros))
    yield HostileFile("bomb.xz", PNG_TYPE, lzma.compress(zeros, preset=0))
    yield HostileFile("archive.tar", PNG_TYPE, stream.getvalue())
    yield HostileFile("archive.7z", PNG_TYPE, b"7z\xbc\xaf\x27\x1c\0\4" + MARKER * 8)
    yield HostileFile("archive.rar", PNG_TYPE, b"Rar!\x1a\x07\x01\0" + MARKER * 8)


def programs_and_documents() -> Iterator[HostileFile]:
    beginnings = {
        "elf": b"\x7fELF\2\1\1\0",
        "exe": b"MZ\x90\0\3\0\0\0",
        "macho": b"\xcf\xfa\xed\xfe",
        "class": b"\xca\xfe\xba\xbe\0\0\0\x34",
        "wasm": b"\0asm\1\0\0\0",
        "swf": b"FWS\x08",
        "pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n",
        "rtf": b"{\\rtf1\\object ",
        "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "lnk": b"L\0\0\0\1\x14\2\0",
        "sqlite": b"SQLite format 3\0",
        "pickle": b"cos\nsystem\n(S'id'\ntR.",
        "eicar": b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
        "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom",
        "mov": b"\0\0\0\x14ftypqt  \0\0\0\0qt  ",
        "mp3": b"ID3\4\0\0\0\0\0\0",
        "ttf": b"\0\1\0\0\0\x0f",
        "ole": b"\x01\0\x09\0\0\3",
    }
    for name, beginning in beginnings.items():
        yield HostileFile(f"{name}.jpg", JPEG_TYPE, beginning + MARKER * 20)


def pictures_of_other_kinds() -> Iterator[HostileFile]:
    for kind in ("GIF", "BMP", "ICO", "TIFF", "JPEG2000", "PCX", "TGA", "PPM", "SGI", "DDS", "EPS", "PDF"):
        yield HostileFile(f"other.{kind.lower()}", JPEG_TYPE, saved(kind) + MARKER)
    yield HostileFile("other.xbm", JPEG_TYPE, saved("XBM", picture().convert("1")))
    frames = [picture(32).rotate(angle) for angle in (0, 90, 180)]
    yield HostileFile("moving.gif", JPEG_TYPE, saved("GIF", frames[0], save_all=True, append_images=frames[1:]))
    yield HostileFile("giant.gif", JPEG_TYPE, b"GIF89a\xff\xff\xff\xff\x80\0\0" + MARKER)
    yield HostileFile("giant.bmp", JPEG_TYPE, b"BM" + struct.pack("<IIIIiiHH", 54, 0, 54, 40, 2**30, 2**30, 1, 24) + MARKER)
    yield HostileFile("giant.ppm", JPEG_TYPE, b"P6\n999999 999999\n255\n" + MARKER)
    yield HostileFile("film.fli", JPEG_TYPE, struct.pack("<IHH", 128, 0xAF11, 4) + MARKER * 20)
    yield HostileFile("photo.psd", JPEG_TYPE, b"8BPS\0\1" + b"\0" * 6 + struct.pack(">HIIHH", 3, 30000, 30000, 8, 3) + MARKER)
    yield HostileFile("picture.mng", JPEG_TYPE, b"\x8aMNG\r\n\x1a\n" + MARKER)
    yield HostileFile("picture.emf", JPEG_TYPE, b"\1\0\0\0" + b"\0" * 36 + b" EMF" + MARKER)
    for name, entries in _tiff_tricks().items():
        yield HostileFile(f"{name}.tif", "image/tiff", entries)
        yield HostileFile(f"{name}.jpg", JPEG_TYPE, entries)


def _tiff_tricks() -> dict[str, bytes]:
    def tiff(*fields: tuple[int, int, int, int], following: int = 0) -> bytes:
        body = b"II*\0\x08\0\0\0" + struct.pack("<H", len(fields))
        return body + b"".join(struct.pack("<HHII", *field) for field in fields) + struct.pack("<I", following) + MARKER

    return {
        "loop": tiff((256, 4, 1, 8), following=8),
        "giant": tiff((256, 4, 1, 2**31), (257, 4, 1, 2**31), (258, 3, 1, 8), (262, 3, 1, 1)),
        "strips": tiff((256, 4, 1, 9), (257, 4, 1, 9), (273, 4, 2**30, 8), (279, 4, 2**30, 8)),
        "many": tiff(*[(65000 + number % 500, 7, 2**28, 8) for number in range(3_000)]),
        "big": b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0" + b"\xff" * 8 + MARKER,
    }


def png_tricks() -> Iterator[HostileFile]:
    scanline = zlib.compress(b"\0" * 1_000)
    flood = zlib.compress(b"\0" * 60_000_000)
    text_flood = zlib.compress(MARKER * 5_000_000)
    bodies = {
        "gigabyte-header": png(header(20_000, 20_000, 16, 6), chunk(b"IDAT", scanline), END),
        "largest-header": png(header(2**31 - 1, 2**31 - 1), chunk(b"IDAT", scanline), END),
        "tall": png(header(1, 2**31 - 1), chunk(b"IDAT", scanline), END),
        "wide": png(header(2**31 - 1, 1), chunk(b"IDAT", scanline), END),
        "no-width": png(header(0, 9), chunk(b"IDAT", scanline), END),
        "one-bit-bomb": png(header(20_000, 20_000, 1, 0), chunk(b"IDAT", flood), END),
        "just-too-many": png(header(8_000, 6_251, 8, 0), chunk(b"IDAT", zlib.compress(b"\0" * 8_001 * 6_251)), END),
        "more-data-than-pixels": png(header(2, 2), chunk(b"IDAT", flood), END),
        "interlace-bomb": png(header(30_000, 30_000, 8, 6, 1), chunk(b"IDAT", scanline), END),
        "less-data-than-pixels": png(header(900, 900), chunk(b"IDAT", scanline), END),
        "no-data": png(header(9, 9), END),
        "no-end": png(PIXEL),
        "no-header": png(chunk(b"IDAT", scanline), END),
        "nothing-else": png(),
        "two-headers": png(PIXEL, header(30_000, 30_000), END),
        "wrong-sum": png(chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0), 1), END),
        "short-header": png(chunk(b"IHDR", b"\0\0\0\1"), END),
        "no-palette": png(header(9, 9, 8, 3), chunk(b"IDAT", zlib.compress(b"\0\1\2\3\4\5\6\7\x08\x09" * 9)), END),
        "depth": png(header(9, 9, 7, 2), chunk(b"IDAT", scanline), END),
        "filter": png(header(9, 9), chunk(b"IDAT", zlib.compress(b"\x99" * 28 * 9)), END),
        "bad-zlib": png(header(9, 9), chunk(b"IDAT", b"\x78\x9c" + MARKER), END),
        "endless-chunk": png(header(9, 9), b"\x7f\xff\xff\xffIDAT" + scanline),
        "negative-chunk": png(header(9, 9), b"\xff\xff\xff\xffIDAT" + scanline),
        "odd-chunk": png_with(chunk(b"\0<a>", SCRIPT)),
        "text": png_with(chunk(b"tEXt", b"Comment\0" + SCRIPT)),
        "packed-text-bomb": png_with(chunk(b"zTXt", b"Comment\0\0" + text_flood)),
        "unicode-text-bomb": png_with(chunk(b"iTXt", b"Comment\0\1\0\0\0" + text_flood)),
        "many-texts": png_with(*[chunk(b"zTXt", b"k%d\0\0" % n + zlib.compress(b"x" * 900_000)) for n in range(100)]),
        "xmp": png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<x>" + SCRIPT + b"</x>")),
        "colour-profile-bomb": png_with(chunk(b"iCCP", b"icc\0\0" + text_flood)),
        "colour-profile": png_with(chunk(b"iCCP", b"icc\0\0" + zlib.compress(SCRIPT * 9))),
        "exif": png_with(chunk(b"eXIf", b"MM\0*\0\0\0\x08" + b"\xff" * 40 + MARKER)),
        "transparency": png_with(chunk(b"tRNS", b"\0" * 999)),
        "endless-film": png_with(chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))),
        "frame-outside": png_with(
            chunk(b"acTL", struct.pack(">II", 2, 0)),
            chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 2**30, 2**30, 2**30, 2**30, 1, 1, 0, 0)),
        ),
        "page-behind": png_with(after=HTML),
        "program-behind": png_with(after=PHP),
        "archive-behind": png_with(after=zipped(("a.html", HTML))),
        "script-in-pixels": saved("PNG", Image.frombytes("RGB", (len(SCRIPT), 3), SCRIPT * 9), compress_level=0),
    }
    for name, body in bodies.items():
        yield HostileFile(f"{name}.png", PNG_TYPE, body)


def jpeg_tricks() -> Iterator[HostileFile]:
    def exif(tiff: bytes) -> bytes:
        return segment(0xE1, b"Exif\0\0" + tiff)

    def field(tag: int, kind: int, count: int, value: bytes) -> bytes:
        return struct.pack(">HHI", tag, kind, count) + value

    start = b"MM\0*\0\0\0\x08"
    gps = start + b"\0\1" + field(0x8825, 4, 1, b"\0\0\0\x1a") + b"\0\0\0\0"
    zero_degrees = b"\0\2" + field(1, 2, 2, b"N\0\0\0") + field(2, 5, 3, b"\0\0\0\x38") + b"\0\0\0\0" + b"\0\0\0\1\0\0\0\0" * 3
    profile = [segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 255]) + SCRIPT * 1_300) for n in range(1, 120)]
    good = saved("JPEG", picture(400), quality=95)
    bodies = {
        "comment": jpeg_with(segment(0xFE, HTML)),
        "program-comment": jpeg_with(segment(0xFE, PHP)),
        "comments": jpeg_with(*[segment(0xFE, MARKER * 5_000)] * 60),
        "page-first": b"\xff\xd8" + segment(0xE0, b"/*" + HTML + b"*/") + saved("JPEG")[2:],
        "exif-script": jpeg_with(exif(start + b"\0\1" + field(0x010E, 2, len(SCRIPT), b"\0\0\0\x1a") + b"\0\0\0\0" + SCRIPT)),
        "exif-loop": jpeg_with(exif(start + b"\0\1" + field(0x8769, 4, 1, b"\0\0\0\x08") + b"\0\0\0\x08" + MARKER)),
        "exif-giant": jpeg_with(exif(start + b"\0\1" + field(0x8298, 2, 2**31 - 1, b"\0\0\0\x1a") + b"\0\0\0\0" + MARKER)),
        "exif-many": jpeg_with(exif(start + b"\x0f\xff" + field(0x0132, 2, 9, b"\xff\xff\xff\xf0") * 4_000)),
        "exif-short": jpeg_with(exif(b"MM")),
        "exif-empty": jpeg_with(exif(b"")),
        "gps-by-zero": jpeg_with(exif(gps + zero_degrees)),
        "gps-loop": jpeg_with(exif(start + b"\0\1" + field(0x8825, 4, 1, b"\0\0\0\x08") + b"\0\0\0\0")),
        "orientation": jpeg_with(exif(start + b"\0\1" + field(0x0112, 3, 1, b"\xff\xff\0\0") + b"\0\0\0\0")),
        "thumbnail": jpeg_with(exif(start + b"\0\0" + b"\0\0\0\x0e" + MARKER + saved("JPEG", picture(32)))),
        "xmp": jpeg_with(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + SCRIPT + b"</x>")),
        "iptc": jpeg_with(segment(0xED, b"Photoshop 3.0\0008BIM\4\4\0\0\0\0\0\x40\x1c\2\x78\0\x30" + SCRIPT)),
        "colour-profile": jpeg_with(segment(0xE2, b"ICC_PROFILE\0\1\1" + SCRIPT * 20)),
        "colour-profile-bomb": jpeg_with(*profile),
        "colour-profile-count": jpeg_with(segment(0xE2, b"ICC_PROFILE\0\x09\1" + MARKER)),
        "mpo-index": jpeg_with(segment(0xE2, b"MPF\0MM\0*\0\0\0\x08\xff\xff" + MARKER * 9)),
        "largest": jpeg_sized(65_535, 65_535),
        "large": jpeg_sized(9_000, 9_000),
        "believable": jpeg_sized(4_000, 3_000),
        "flat": jpeg_sized(65_535, 1),
        "empty": jpeg_sized(0, 0),
        "small": jpeg_sized(8, 8),
        "page-behind": jpeg_with(after=HTML),
        "program-behind": jpeg_with(after=b"MZ\x90\0" + MARKER),
        "archive-behind": jpeg_with(after=zipped(("index.html", HTML))),
        "document-behind": jpeg_with(after=b"%PDF-1.4\n" + MARKER),
        "picture-behind": jpeg_with(after=MARKER + saved("GIF")),
        "phar": jpeg_with(segment(0xFE, b"<?php __HALT_COMPILER(); ?>" + MARKER)),
        "start-only": b"\xff\xd8\xff",
        "start-and-end": b"\xff\xd8\xff\xd9",
        "fill": b"\xff\xd8" + b"\xff" * 300_000 + MARKER,
        "starts": b"\xff\xd8" * 50_000 + b"\xff",
        "no-tables": b"\xff\xd8" + good[good.index(b"\xff\xc0") :],
        "bad-huffman": good[: good.index(b"\xff\xc4") + 5] + b"\xff" * 16 + good[good.index(b"\xff\xc4") + 21 :],
        "twelve-bits": good.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\0\x11\x0c"),
        "lossless": good.replace(b"\xff\xc0\0\x11", b"\xff\xc3\0\x11"),
        "arithmetic": good.replace(b"\xff\xc0\0\x11", b"\xff\xc9\0\x11"),
        "components": good.replace(b"\xff\xc0\0\x11\x08", b"\xff\xc0\xff\xff\x08"),
        "scans": _scan_bomb(),
        "inks": saved("JPEG", picture().convert("CMYK")),
    }
    for name, body in bodies.items():
        yield HostileFile(f"{name}.jpg", JPEG_TYPE, body)
    for share in (3, 10, 25, 50, 75, 90, 99):
        yield HostileFile(f"cut-at-{share}.jpg", JPEG_TYPE, good[: len(good) * share // 100])
    frames = [picture(64), picture(64).rotate(180)]
    moving = saved("MPO", frames[0], save_all=True, append_images=frames[1:])
    yield HostileFile("several.mpo", JPEG_TYPE, moving + MARKER)
    yield HostileFile("several-cut.mpo", JPEG_TYPE, moving[: len(moving) * 3 // 4])


def _scan_bomb() -> bytes:
    """A progressive JPEG of many pixels with thousands of tiny scans: a few kilobytes, minutes of work."""
    good = saved("JPEG", Image.new("L", (4_000, 4_000)), progressive=True)
    last_scan = good[good.rindex(b"\xff\xda") : -2]
    return good[:-2] + last_scan[:200] * 4_000 + b"\xff\xd9"


def webp_and_heif_tricks() -> Iterator[HostileFile]:
    parts, good = webp_chunks(), saved("WEBP", picture(400))
    size = struct.pack("<I", 63)[:3] + struct.pack("<I", 47)[:3]
    largest = b"\xff" * 6
    frames = [picture(32).rotate(angle) for angle in range(0, 360, 4)]
    bodies = {
        "page-inside": b"RIFF\xff\0\0\0WEBP" + HTML,
        "length-zero": riff(*parts, size=0),
        "length-huge": riff(*parts, size=2**32 - 2),
        "metadata": riff((b"VP8X", b"\x0c\0\0\0" + size), *parts, (b"EXIF", b"MM\0*" + MARKER), (b"XMP ", SCRIPT)),
        "colour-profile": riff((b"VP8X", b"\x20\0\0\0" + size), (b"ICCP", SCRIPT * 50), *parts),
        "largest-canvas": riff((b"VP8X", b"\0\0\0\0" + largest), *parts),
        "largest-film": riff((b"VP8X", b"\2\0\0\0" + largest), (b"ANIM", b"\0" * 6), (b"ANMF", b"\0" * 24)),
        "film": saved("WEBP", frames[0], save_all=True, append_images=frames[1:]) + MARKER,
        "lossless-broken": riff((b"VP8L", b"\x2f\xff\xff\xff\xff" + MARKER)),
        "lossy-broken": riff((b"VP8 ", b"\x30\1\0\x9d\1\x2a\xff\x3f\xff\x3f" + MARKER)),
        "transparency-broken": riff((b"VP8X", b"\x10\0\0\0" + size), (b"ALPH", b"\xff" + MARKER), *parts),
        "unknown-chunk": riff(*parts, (b"<a> ", HTML)),
        "page-behind": good + HTML,
        "start-only": b"RIFF\4\0\0\0WEBP",
    }
    for name, body in bodies.items():
        yield HostileFile(f"{name}.webp", WEBP_TYPE, body)
    for share in (10, 50, 90):
        yield HostileFile(f"cut-at-{share}.webp", WEBP_TYPE, good[: len(good) * share // 100])
    for brand in (b"heic", b"mif1", b"hevc"):
        beginning = b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0mif1heic"
        yield HostileFile(f"page-{brand.decode()}.heic", "image/heic", beginning + HTML)
        box = b"\0\0\0\x20meta" + b"\xff" * 24 + MARKER
        yield HostileFile(f"boxes-{brand.decode()}.heic", "image/heic", beginning + box)
    yield HostileFile("picture.avif", "image/avif", saved("AVIF") if "AVIF" in Image.SAVE else b"\0\0\0\x1cftypavif" + MARKER)


def odd_names() -> Iterator[HostileFile]:
    """Good pictures under names that are a trap for whoever uses the name."""
    names = [
        "../../../../etc/passwd.jpg", "..\\..\\web.config", "/etc/cron.d/photo", "photo.php", "photo.php;.jpg", "photo.jpg.html",
        "photo.html\0.jpg", "photo\u202egpj.exe", "x" * 5_000 + ".jpg", "<script>alert(1)</script>.jpg", "con.jpg", "-rf",
        "photo.jpg\r\nContent-Type: text/html", "🏘" * 200, "", ".", "..", "%00.jpg", "photo.svgz", "'; drop table photo; --",
    ]  # fmt: skip
    for name in names:
        yield HostileFile(name, "text/html", saved("JPEG"))


def mutations() -> Iterator[HostileFile]:
    """Good pictures with a few bytes changed at random, the same each time."""
    chance = random.Random(20261121)
    seeds = [("jpg", JPEG_TYPE, saved("JPEG")), ("png", PNG_TYPE, saved("PNG")), ("webp", WEBP_TYPE, saved("WEBP"))]
    for ending, content_type, good in seeds:
        for number in range(8):
            changed = bytearray(good)
            for _ in range(1 + number * 2):
                changed[chance.randrange(12, len(changed))] = chance.randrange(256)
            yield HostileFile(f"mutation{number}.{ending}", content_type, bytes(changed))


def sizes() -> Iterator[HostileFile]:
    yield HostileFile("empty.jpg", JPEG_TYPE, b"")
    yield HostileFile("one.jpg", JPEG_TYPE, b"\xff")
    yield HostileFile("too-large.jpg", JPEG_TYPE, saved("JPEG") + b"\0" * (20 * 1024 * 1024))
    yield HostileFile("noise.jpg", JPEG_TYPE, random.Random(7).randbytes(200_000))


GROUPS: tuple[Callable[[], Iterator[HostileFile]], ...] = (
    vector_drawings,
    pages_as_photos,
    archives_and_bombs,
    programs_and_documents,
    pictures_of_other_kinds,
    png_tricks,
    jpeg_tricks,
    webp_and_heif_tricks,
    odd_names,
    mutations,
    sizes,
)
