import io
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.util import find_spec

import pytest
from PIL import ExifTags, Image, ImageDraw

from linli.kernel import images
from linli.kernel.errors import BadInput, TooLarge
from linli.kernel.images import Photo, PhotoRefused, PhotoTooLarge, read_photo, unlikeness
from linli.kernel.tests.hostile_files import MARKER, HostileFile, hostile_files, jpeg_with, picture, saved, segment


def street(width: int = 2_400, height: int = 1_200) -> Image.Image:
    """A picture with an unmistakable upper left corner."""
    image = Image.new("RGB", (width, height), "grey")
    ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), fill="red")
    return image


def photo_of(data: bytes) -> Photo:
    return read_photo(io.BytesIO(data), name="photo.jpg")


def shown(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def exif(**more) -> Image.Exif:
    block = Image.Exif()
    block[ExifTags.Base.Make] = MARKER.decode()
    block.get_ifd(ExifTags.IFD.Exif).update(
        {ExifTags.Base.DateTimeOriginal: "2026:11:20 23:30:05", ExifTags.Base.BodySerialNumber: MARKER.decode()}
        | more.get("exif", {})
    )
    gps = {1: "N", 2: (29.0, 30.0, 8.28), 3: "E", 4: (106.0, 30.0, 38.52)} | more.get("gps", {})
    block.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    block.update(more.get("base", {}))
    return block


# --- what a photo becomes ---


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_webp_and_a_thumbnail(kind):
    photo = photo_of(saved(kind, street()))

    full, small = shown(photo.content), shown(photo.thumbnail)
    assert (full.format, full.size) == ("WEBP", (1600, 800))
    assert (small.format, small.size) == ("WEBP", (320, 160))
    assert (photo.width, photo.height) == full.size
    assert full.getpixel((100, 100))[0] > 200 > full.getpixel((1500, 700))[0]
    assert len(photo.sha256) == 64


def test_a_small_photo_is_not_made_larger():
    photo = photo_of(saved("PNG", picture(64)))

    assert (photo.width, photo.height) == (64, 48)
    assert shown(photo.thumbnail).size == (64, 48)


def test_the_same_photo_has_the_same_content_and_another_does_not():
    first, again, other = (photo_of(saved("JPEG", image)) for image in (street(), street(), picture(300)))

    assert first == again
    assert first.sha256 != other.sha256


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 1)), (8, (0, 1))],
)
def test_a_photo_is_turned_upright(orientation, corner):
    photo = photo_of(saved("JPEG", street(), exif=exif(base={ExifTags.Base.Orientation: orientation})))

    full = shown(photo.content)
    assert full.size == ((1600, 800) if orientation < 5 else (800, 1600))
    red, green, _ = full.getpixel((corner[0] * (full.width - 1), corner[1] * (full.height - 1)))
    assert red > 200 > green


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK", "YCbCr"])
def test_any_mode_becomes_opaque_colour(mode):
    image = Image.new("I;16", (40, 30), 40_000) if mode == "I;16" else street(400, 200).convert(mode)
    photo = photo_of(saved("JPEG" if mode in ("CMYK", "YCbCr") else "PNG", image))

    assert shown(photo.content).mode == "RGB"


def test_transparency_becomes_white():
    photo = photo_of(saved("PNG", Image.new("RGBA", (40, 30), (0, 0, 0, 0))))

    assert min(shown(photo.content).getpixel((20, 15))) > 250


def test_alike_pictures_have_alike_hashes():
    original, worse, other = (
        photo_of(saved("JPEG", image, quality=quality)).perceptual_hash
        for image, quality in ((picture(300), 95), (picture(300).resize((200, 150)), 40), (street(), 90))
    )

    assert unlikeness(original, worse) <= 10 < unlikeness(original, other)
    assert -(2**63) <= original < 2**63


# --- what it said about itself ---


def test_time_and_place_are_read_before_they_are_removed(settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    photo = photo_of(saved("JPEG", street(), exif=exif()))

    assert photo.taken_at == datetime(2026, 11, 20, 15, 30, 5, tzinfo=UTC)
    assert (photo.lng, photo.lat) == pytest.approx((106.5107, 29.5023))


def test_the_cameras_own_zone_and_the_southern_west():
    photo = photo_of(
        saved(
            "JPEG",
            street(),
            exif=exif(exif={ExifTags.Base.OffsetTimeOriginal: "-03:00"}, gps={1: "S", 3: "W"}),
        )
    )

    assert photo.taken_at == datetime(2026, 11, 21, 2, 30, 5, tzinfo=UTC)
    assert (photo.lng, photo.lat) == pytest.approx((-106.5107, -29.5023))


@pytest.mark.parametrize(
    ("wrong", "is_time"),
    [
        ({"exif": {ExifTags.Base.DateTimeOriginal: "0000:00:00 00:00:00"}}, True),
        ({"exif": {ExifTags.Base.DateTimeOriginal: "2099:01:01 00:00:00"}}, True),
        ({"exif": {ExifTags.Base.DateTimeOriginal: "1980:01:01 00:00:00"}}, True),
        ({"exif": {ExifTags.Base.DateTimeOriginal: "yesterday"}}, True),
        ({"gps": {2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)}}, False),
        ({"gps": {2: (95.0, 0.0, 0.0)}}, False),
        ({"gps": {4: (1e9, 0.0, 0.0)}}, False),
    ],
)
def test_an_impossible_time_or_place_is_left_out(wrong, is_time):
    photo = photo_of(saved("JPEG", street(), exif=exif(**wrong)))

    assert (photo.taken_at is None) == is_time
    assert (photo.lng is None) == (photo.lat is None) == (not is_time)


def _metadata(data: bytes) -> list[object]:
    image = shown(data)
    names = [name for name in ("exif", "xmp", "icc_profile", "photoshop", "comment") if image.info.get(name)]
    chunks = [name for name in (b"EXIF", b"XMP ", b"ICCP", b"VP8X") if name in data]
    return [*names, *chunks, *dict(image.getexif())]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_came_along_is_kept(kind):
    more = {"exif": exif(), "icc_profile": MARKER * 20, "xmp": b"<x>" + MARKER + b"</x>"}
    if kind == "PNG":
        del more["xmp"]
    data = saved(kind, street(), **more)
    if kind == "JPEG":
        iptc = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x20\x1c\x02\x78\0\x0d" + MARKER)
        data = data[:2] + iptc + segment(0xFE, MARKER) + data[2:]
    assert MARKER in data

    photo = photo_of(data)

    for kept in (photo.content, photo.thumbnail):
        assert MARKER not in kept
        assert _metadata(kept) == []


# --- what is refused ---


def refused(data: bytes) -> PhotoRefused:
    with pytest.raises(PhotoRefused) as caught:
        read_photo(io.BytesIO(data), name="a\x00b\u202e<b>" + "c" * 300)
    return caught.value


@pytest.mark.parametrize(
    ("make", "code", "status"),
    [
        (lambda: b"", "photo_empty", 400),
        (lambda: b"GIF89a" + b"\0" * 99, "photo_not_a_picture", 400),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_not_a_picture", 400),
        (lambda: saved("JPEG", street())[:5_000], "photo_broken", 400),
        (lambda: saved("PNG", Image.new("1", (8_000, 6_251))), "photo_too_many_pixels", 413),
        (lambda: jpeg_with(after=b"\0" * images.MOST_BYTES), "photo_too_large", 413),
    ],
)
def test_a_refusal_has_a_code_a_status_and_a_sentence(make, code, status):
    refusal = refused(make())

    assert (refusal.code, refusal.status, refusal.field) == (code, status, "photo")
    assert isinstance(refusal, PhotoTooLarge if status == 413 else BadInput)
    assert isinstance(refusal, TooLarge) == (status == 413)
    assert str(refusal.message).endswith((".", "。"))
    assert refusal.details["name"] == "ab<b>" + "c" * 75


def test_fifty_megapixels_are_taken():
    photo = photo_of(saved("PNG", Image.new("RGBA", (8_000, 6_250), "navy"), compress_level=1))

    assert (photo.width, photo.height) == (1600, 1250)


def test_heif_is_read_where_the_library_is_installed():
    if find_spec("pillow_heif"):
        import pillow_heif

        pillow_heif.register_heif_opener()
        assert photo_of(saved("HEIF", street())).width == 1600
    else:
        beginning = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 99
        assert refused(beginning).code == "photo_heif_not_read"


@pytest.mark.parametrize("program", ["import time; time.sleep(60)", "raise SystemExit(3)", "import os; os.abort()", ""])
def test_a_decoder_that_hangs_or_dies_is_a_refusal(tmp_path, monkeypatch, program):
    decoder = tmp_path / "decoder.py"
    decoder.write_text(program)
    monkeypatch.setattr(images, "DECODER", decoder)
    monkeypatch.setattr(images, "WALL_SECONDS", 0.5)

    assert refused(saved("JPEG")).code == "photo_too_costly"


def test_the_decoder_knows_no_secret_and_has_limits(tmp_path, monkeypatch):
    decoder = tmp_path / "decoder.py"
    source = images.DECODER.read_text().replace('    full = small = b""\n', PROBE)
    decoder.write_text(source)
    monkeypatch.setattr(images, "DECODER", decoder)
    monkeypatch.setenv("LINLI_KEYS", "secret")

    found, _ = images._decode(b"x")

    assert found == {"refused": "photo_too_costly", "keys": None, "linli": False, "file": "OSError"}


PROBE = """
    import os, signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with open(__file__ + ".out", "wb") as file:
            file.write(b"x")
        file_error = ""
    except OSError:
        file_error = "OSError"
    try:
        bytearray(MEMORY_BYTES)
        code = ""
    except MemoryError:
        code = "photo_too_costly"
    found = {"refused": code, "keys": os.environ.get("LINLI_KEYS"), "linli": "linli" in sys.modules, "file": file_error}
    sys.stdout.buffer.write(json.dumps(found).encode() + b"\\n")
    return
"""


def test_a_web_worker_does_not_carry_the_libraries_of_photos_and_workbooks():
    program = (
        "import linli.kernel.images, linli.kernel.tables, sys;"
        "raise SystemExit(bool({'PIL', 'python_calamine', 'xlsxwriter'} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", program], cwd=images.DECODER.parents[2], check=False)

    assert done.returncode == 0


# --- 200 hostile files ---


def _outcome(file: HostileFile) -> tuple[str, str, float]:
    began = time.monotonic()
    try:
        photo = read_photo(io.BytesIO(file.data), name=file.name)
    except PhotoRefused as refusal:
        assert refusal.status in (400, 413)
        return file.name, refusal.code, time.monotonic() - began
    for kept in (photo.content, photo.thumbnail):
        assert MARKER not in kept, file.name
        assert _metadata(kept) == [], file.name
        assert shown(kept).format == "WEBP", file.name
        assert len(kept) == 8 + int.from_bytes(kept[4:8], "little"), file.name  # nothing hangs behind
    return file.name, "clean", time.monotonic() - began


@pytest.mark.survive
def test_hostile_files_are_refused_or_come_back_clean():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    different = {file.data: file for file in hostile_files()}
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(_outcome, different.values()))

    assert len(outcomes) >= 200
    assert max(seconds for _, _, seconds in outcomes) < 10
    assert {code for _, code, _ in outcomes} <= {*images.MESSAGES, "clean"}
    by_name = {name: code for name, code, _ in outcomes}
    assert not any(name.endswith((".svg", ".tif", ".gif", ".zip")) and code == "clean" for name, code, _ in outcomes)
    assert by_name["gigabyte-header.png"] == by_name["largest.jpg"] == "photo_too_many_pixels"
    assert by_name["page-behind.jpg"] == by_name["archive-behind.png"] == by_name["several.mpo"] == "clean"
    assert by_name["cut-at-50.jpg"] == by_name["scans.jpg"] == "photo_broken"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # kilobytes; the files are in it
