"""Drawn pictures for the demo: a street with something wrong, and the same street with it put right. No real photo."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

from linli.kernel.images import read_photo
from linli.kernel.models import Photo
from linli.kernel.storage import save_photo

SIZE = (960, 720)
# Class of category → what is drawn; everything else is a street with a bin.
SCENES = {"E0509": "tree", "C04": "tree", "E0506": "water", "C0137": "lamp", "C01": "cover", "E01": "rubbish", "E02": "poster",
          "E04": "bikes", "E03": "fence", "C03": "bin", "C02": "sign", "E06": "bikes", "E05": "water"}  # fmt: skip


def scene_of(category: str) -> str:
    return SCENES.get(category) or SCENES.get(category[:3], "bin")


def draw_pairs() -> dict[tuple[str, str], dict]:
    """Store one picture for every scene and side (before, after); returns the fields of its `Photo` rows."""
    made = {}
    for scene in sorted(set(SCENES.values())):
        for side in ("before", "after"):
            photo = read_photo(io.BytesIO(drawn(scene, is_wrong=side == "before")), name=f"{scene}-{side}.png")
            stored = save_photo(photo)
            made[scene, side] = {
                "sha256": photo.sha256, "path": stored.path, "thumbnail_path": stored.thumbnail_path, "width": photo.width,
                "height": photo.height, "bytes": len(photo.content), "perceptual_hash": photo.perceptual_hash,
            }  # fmt: skip
    return made


def new_photo(fields: dict, case_id: object | None = None) -> Photo:
    return Photo(**fields, attached_to=case_id)


def drawn(scene: str, *, is_wrong: bool) -> bytes:
    """A street with something wrong, or put right, as PNG; `scene` is one of SCENES."""
    from PIL import Image, ImageDraw  # heavy: only the demo draws

    chance = random.Random(f"{scene}")
    image = Image.new("RGB", SIZE, "#dfe9ec")
    pen = ImageDraw.Draw(image)
    _street(pen, chance)
    _THINGS[scene](pen, chance, is_wrong)
    pen.rectangle((0, 0, SIZE[0], 34), fill="#24403a")
    pen.text((14, 8), "LINLI DEMO  drawn picture, not a photograph", fill="#e8f0ec", font_size=18)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _street(pen, chance: random.Random) -> None:
    for left in range(0, 960, 160):
        height = chance.randint(170, 330)
        wall = chance.choice(["#e9dfcf", "#dcd5c6", "#e7d8cc", "#d9dfd6", "#e4e0d4"])
        pen.rectangle((left, 430 - height, left + 156, 430), fill=wall)
        for row in range(430 - height + 24, 400, 52):
            for column in range(left + 18, left + 140, 44):
                pen.rectangle((column, row, column + 24, row + 30), fill=chance.choice(["#8fa6ad", "#a9bcc0", "#f2e3b3"]))
    pen.rectangle((0, 430, 960, 520), fill="#cfc8ba")
    for left in range(0, 960, 60):
        pen.line((left, 430, left - 30, 520), fill="#bdb5a5", width=2)
    pen.rectangle((0, 520, 960, 720), fill="#6d7275")
    for left in range(20, 960, 140):
        pen.rectangle((left, 612, left + 70, 622), fill="#e9e6da")


def _tree(pen, chance: random.Random, is_wrong: bool) -> None:
    if is_wrong:
        pen.line((250, 600, 700, 540), fill="#6b4a32", width=34)
        for _ in range(26):
            x, y = chance.randint(560, 860), chance.randint(470, 640)
            pen.ellipse((x - 46, y - 34, x + 46, y + 34), fill=chance.choice(["#4f7d4a", "#5f8d53", "#456f43"]))
    else:
        pen.rectangle((300, 300, 326, 500), fill="#6b4a32")
        for _ in range(16):
            x, y = chance.randint(240, 390), chance.randint(190, 320)
            pen.ellipse((x - 46, y - 36, x + 46, y + 36), fill=chance.choice(["#4f7d4a", "#5f8d53", "#6a985c"]))


def _water(pen, chance: random.Random, is_wrong: bool) -> None:
    if is_wrong:
        for shade, grow in (("#7f99a5", 0), ("#8ea8b3", 26), ("#a3bac3", 60)):
            pen.ellipse((120 + grow, 530 + grow / 3, 860 - grow, 700 - grow / 3), fill=shade)
        pen.rectangle((420, 500, 560, 560), fill="#b54b3c")
        pen.rectangle((440, 470, 540, 504), fill="#8fa6ad")
    else:
        for left in range(380, 520, 16):
            pen.rectangle((left, 560, left + 9, 600), fill="#43494b")


def _lamp(pen, chance: random.Random, is_wrong: bool) -> None:
    pen.rectangle((470, 180, 482, 500), fill="#4a5254")
    pen.line((476, 184, 580, 170), fill="#4a5254", width=10)
    pen.ellipse((560, 160, 620, 190), fill="#5a6062" if is_wrong else "#ffe9a8")
    if is_wrong:
        pen.line((476, 330, 530, 420), fill="#222222", width=4)
    else:
        pen.polygon([(565, 188), (615, 188), (720, 520), (440, 520)], fill="#f3e7bd")


def _cover(pen, chance: random.Random, is_wrong: bool) -> None:
    pen.ellipse((380, 570, 580, 660), fill="#26292a" if is_wrong else "#8a8f90", outline="#43494b", width=8)
    if is_wrong:
        pen.ellipse((600, 590, 790, 670), fill="#8a8f90", outline="#43494b", width=8)
    else:
        for offset in range(-60, 61, 30):
            pen.line((480 + offset, 585, 480 + offset, 645), fill="#6d7275", width=5)


def _rubbish(pen, chance: random.Random, is_wrong: bool) -> None:
    if not is_wrong:
        return
    for _ in range(38):
        x, y = chance.randint(300, 660), chance.randint(430, 560)
        colour = chance.choice(["#3f4446", "#c9b37a", "#8aa0a8", "#b5543f", "#d9d4c6", "#5d6b4e"])
        pen.ellipse((x, y, x + chance.randint(30, 74), y + chance.randint(22, 52)), fill=colour)


def _poster(pen, chance: random.Random, is_wrong: bool) -> None:
    pen.rectangle((360, 250, 640, 430), fill="#cfc9bd")
    if is_wrong:
        for _ in range(14):
            x, y = chance.randint(366, 590), chance.randint(256, 380)
            pen.rectangle(
                (x, y, x + 46, y + 40), fill=chance.choice(["#f4e98f", "#f2b5a7", "#bfe0c8", "#f7f4ec"]), outline="#777777"
            )


def _bikes(pen, chance: random.Random, is_wrong: bool) -> None:
    for index in range(9 if is_wrong else 5):
        x = 180 + index * 70 + (chance.randint(-30, 30) if is_wrong else 0)
        y = 490 + (chance.randint(-20, 60) if is_wrong else 0)
        for wheel in (0, 62):
            pen.ellipse((x + wheel, y, x + wheel + 46, y + 46), outline="#333b3d", width=6)
        pen.line((x + 23, y + 23, x + 58, y - 12, x + 85, y + 23), fill=chance.choice(["#2f7f74", "#d79a3c", "#4f6fa5"]), width=7)


def _fence(pen, chance: random.Random, is_wrong: bool) -> None:
    for index, left in enumerate(range(160, 800, 64)):
        lean = 40 if is_wrong and index in (4, 5, 6) else 0
        pen.polygon([(left + lean, 380 + lean), (left + 56 + lean, 380 + lean), (left + 56, 510), (left, 510)], fill="#3f8f86")


def _bin(pen, chance: random.Random, is_wrong: bool) -> None:
    pen.rectangle((430, 400, 530, 520), fill="#3f7a5a")
    pen.rectangle((420, 386, 540, 404), fill="#2f5d45")
    if is_wrong:
        _rubbish(pen, chance, True)


def _sign(pen, chance: random.Random, is_wrong: bool) -> None:
    lean = 70 if is_wrong else 0
    pen.line((480, 510, 480 + lean, 240), fill="#5a6265", width=14)
    pen.ellipse((410 + lean, 150, 550 + lean, 290), fill="#c0392b")
    pen.rectangle((435 + lean, 206, 525 + lean, 234), fill="#f4f1e8")


_THINGS: dict[str, Callable] = {
    "tree": _tree, "water": _water, "lamp": _lamp, "cover": _cover, "rubbish": _rubbish, "poster": _poster, "bikes": _bikes,
    "fence": _fence, "bin": _bin, "sign": _sign,
}  # fmt: skip
