"""The program that opens one photo in a process of its own; `images.read_photo` starts it and reads its answer.

Photo on standard input, answer on standard output: a line of JSON, then the bytes of the full picture and the thumbnail.
It imports nothing of Linli and sets its own limits before it reads a byte: whatever a hostile file does to a decoder, it
does to a process that holds no secret, no connection and no more memory and time than it is given.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import resource
import sys
import warnings
from typing import Any

from PIL import Image, UnidentifiedImageError

MEMORY_BYTES = 1024**3  # a 50-megapixel PNG with transparency needs about half
CPU_SECONDS = 10
MOST_PIXELS = 50_000_000
FULL_SIDE, THUMBNAIL_SIDE = 1600, 320
FULL_QUALITY, THUMBNAIL_QUALITY = 80, 70
MOST_SCANS = 100  # a progressive JPEG has about 10; thousands of them keep a decoder busy for minutes
FORMATS = ("JPEG", "PNG", "WEBP")
DECODED_FORMATS = frozenset(("JPEG", "MPO", "PNG", "WEBP", "HEIF"))  # MPO: a JPEG with more pictures behind it
EXIF_BLOCK, GPS_BLOCK = 0x8769, 0x8825
TAKEN_AT, TAKEN_AT_OFFSET, CHANGED_AT, ORIENTATION = 36867, 36881, 306, 274
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Refused(Exception):
    """The picture is not taken; the argument is the code of the reason."""


def limit_this_process() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has no business writing files


def opened(data: bytes) -> Image.Image:
    """The picture, its header read and checked; not yet decoded."""
    formats = list(FORMATS)
    if data[4:8] == b"ftyp":
        try:
            import pillow_heif  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise Refused("photo_heif_not_read") from None
        pillow_heif.register_heif_opener()
        formats = ["HEIF"]
    # Inside a scan 0xFF is always followed by 0, so these two bytes are counted in no picture data.
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > MOST_SCANS:
        raise Refused("photo_broken")
    image = Image.open(io.BytesIO(data), formats=formats)
    if image.format not in DECODED_FORMATS:
        raise Refused("photo_not_a_picture")
    if image.width * image.height > MOST_PIXELS:
        raise Refused("photo_too_many_pixels")
    return image


def facts(image: Image.Image) -> dict[str, Any]:
    """When and where the picture says it was taken. What cannot be read is left out, never an error."""
    found: dict[str, Any] = {}
    try:
        exif = image.getexif()
        block, gps = exif.get_ifd(EXIF_BLOCK), exif.get_ifd(GPS_BLOCK)
        found["taken_at"] = _text(block.get(TAKEN_AT) or exif.get(CHANGED_AT))
        found["taken_at_offset"] = _text(block.get(TAKEN_AT_OFFSET))
        found["lat"] = _degrees(gps.get(2), gps.get(1), "S", 90)
        found["lng"] = _degrees(gps.get(4), gps.get(3), "W", 180)
    except Exception:  # a broken EXIF block raises whatever it likes, and the picture is good without it
        return {}
    return found


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("ascii", "replace")
    return value.strip("\0 ")[:40] if isinstance(value, str) else None


def _degrees(parts: Any, side: Any, negative: str, most: int) -> float | None:
    if not parts or _text(side) is None:
        return None
    degrees, minutes, seconds = (float(part) for part in (*parts, 0, 0)[:3])
    total = degrees + minutes / 60 + seconds / 3600
    if not (math.isfinite(total) and 0 <= total <= most):
        return None
    return -total if _text(side) == negative else total


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """How the picture has to be turned to stand upright, by its EXIF."""
    try:
        return TURNS.get(int(image.getexif().get(ORIENTATION) or 1))
    except Exception:  # as above
        return None


def clean_picture(image: Image.Image) -> Image.Image:
    """The picture upright, at most 1600 pixels, opaque RGB, and without anything that came along in the file."""
    turn = turn_of(image)
    image.draft("RGB", (FULL_SIDE, FULL_SIDE))  # JPEG only: decodes at half, a quarter or an eighth when that will do
    image.load()
    small = _plain_mode(image)
    small.thumbnail((FULL_SIDE, FULL_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    if turn is not None:
        small = small.transpose(turn)
    # A new picture: the old one drags its metadata (`info`) into whatever it is saved as.
    opaque = Image.new("RGB", small.size, "white")
    if small.mode in ("LA", "RGBA"):
        opaque.paste(small.convert("RGB"), mask=small.getchannel("A"))
    else:
        opaque.paste(small.convert("RGB"))
    return opaque


def _plain_mode(image: Image.Image) -> Image.Image:
    """Palettes, 16 bits and the like as one of the modes that can be made smaller smoothly."""
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.point(lambda level: level * (1 / 256)).convert("L")
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("RGBA")
    return image if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def encoded(image: Image.Image, quality: int) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=quality, method=4)
    return stream.getvalue()


def difference_hash(image: Image.Image) -> int:
    """64 bits: is each of 8 × 8 places brighter than its right neighbour? As a signed number, which databases store."""
    small = image.convert("L").resize((9, 8), Image.Resampling.BILINEAR)
    levels = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (levels[row * 9 + column] > levels[row * 9 + column + 1])
    return bits - (1 << 64) if bits >> 63 else bits


def answer(data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    image = opened(data)
    found = facts(image)
    full = clean_picture(image)
    small = full.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    full_bytes, small_bytes = encoded(full, FULL_QUALITY), encoded(small, THUMBNAIL_QUALITY)
    found |= {
        "width": full.width,
        "height": full.height,
        "sha256": hashlib.sha256(full_bytes).hexdigest(),
        "perceptual_hash": difference_hash(full),
        "sizes": [len(full_bytes), len(small_bytes)],
    }
    return found, full_bytes, small_bytes


def main() -> None:
    limit_this_process()
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    full = small = b""
    try:
        found, full, small = answer(sys.stdin.buffer.read())
    except Refused as refusal:
        found = {"refused": str(refusal)}
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        found = {"refused": "photo_too_many_pixels"}
    except UnidentifiedImageError:
        found = {"refused": "photo_not_a_picture"}
    except MemoryError:
        found = {"refused": "photo_too_costly"}
    except Exception:  # decoders raise every kind of error on broken files
        found = {"refused": "photo_broken"}
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\n" + full + small)


if __name__ == "__main__":
    main()
