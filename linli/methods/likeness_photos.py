"""Photo hashes: 64 bits that stay nearly the same when a picture is made smaller, lighter or saved anew.

Principle: brightness at 32 × 32, its cosine transform, the 8 × 8 slowest waves against their median (the perceptual hash of
Buchner's ImageHash, same bits). A JPEG is decoded at the smallest scale it offers, in brightness only, which is most of the
speed: a photo of 12 megapixels takes some milliseconds instead of seventy. Turned as the camera says, so that a picture and its
upright copy are one. Two pictures are alike when few bits differ (`bits_between`): 0–4 the same, about 32 unlike.
Memory: that of the small picture. Source: Zauner, Implementation and benchmarking of perceptual image hash functions (2010).
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from linli.methods.errors import BadInput

SIDE = 32
WAVES = 8
ROOM = 4  # how many times finer than SIDE a JPEG is decoded at least
GAP = 3.0  # how many times larger than SIDE the last step of making it smaller begins; quicker, and hardly a bit differs
MOST_PIXELS = 200_000_000


def _waves() -> NDArray[np.float64]:
    """The first `WAVES` cosine waves over `SIDE` samples."""
    at = np.arange(SIDE) + 0.5
    return np.cos(np.pi / SIDE * np.outer(np.arange(WAVES), at))


WAVE = _waves()


def photo_hash(photo: bytes | str | Path) -> int:
    """The hash of a picture, from its file or its bytes: an unsigned integer of 64 bits.

    Raises BadInput (photo) when it is no picture or far too large; OSError when there is no such file.
    """
    source = io.BytesIO(photo) if isinstance(photo, bytes) else Path(photo)
    try:
        with Image.open(source) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadInput("photo", f"has {picture.width} × {picture.height} pixels, more than {MOST_PIXELS:,}")
            picture.draft("L", (SIDE * ROOM, SIDE * ROOM))
            small = ImageOps.exif_transpose(picture).convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=GAP)
    except FileNotFoundError:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as fault:
        raise BadInput("photo", f"is no picture that can be read ({type(fault).__name__})") from None
    return hash_of(np.asarray(small, np.float64))


def photo_hashes(photos: Iterable[bytes | str | Path], *, threads: int | None = None) -> list[int]:
    """Hashes of many pictures in their order, on all cores: nearly all the time is the JPEG decoder's. Raises as `photo_hash`."""
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        return list(pool.map(photo_hash, photos))


def hash_of(brightness: NDArray[np.float64]) -> int:
    """The hash of a picture that is `SIDE` × `SIDE` already."""
    low = WAVE @ brightness @ WAVE.T
    bits = (low > np.median(low)).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), "big")
