"""A disk that is really full under a server with SQLite: a clear answer, nothing left over, and it works again when there is room.

As root the disk is a small one in memory, filled to the last byte. Who may not mount one lets the system refuse every file of the
server beyond a few bytes (RLIMIT_FSIZE): a real refusal too, which the database tells as an error of the disk, not as a full one.
"""

from __future__ import annotations

import hashlib
import random
import resource
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from PIL import Image

from linli.kernel.tests.hostile_files import saved
from tests.survive.conftest import environment_of, fill, once_for_all
from tests.survive.serving import Server, code_of, until

pytestmark = pytest.mark.survive
ROOM = 32 * 1024 * 1024
PICTURE = saved("JPEG", Image.frombytes("RGB", (400, 300), random.Random(7).randbytes(400 * 300 * 3)))
LARGE = PICTURE + b"\0" * 3_000_000  # more than what is kept in memory while it comes in
REPORTS = 300
NARROW = 64 * 1024  # less than the picture, and enough for what SQLite needs to read


class Disk:
    """A folder on a disk that can be filled and emptied."""

    says = frozenset({"disk_full"})

    def __init__(self, folder: Path):
        self.folder, self._ballast = folder, folder / "ballast"

    def fill(self, server: Server) -> None:
        with suppress(OSError), self._ballast.open("wb", buffering=0) as file:
            while file.write(b"\0" * 4096):
                pass

    def make_room(self, server: Server) -> None:
        self._ballast.unlink()


class Narrow(Disk):
    """The same where no disk may be mounted: larger files are refused to the processes of the server."""

    says = frozenset({"disk_full", "database_away"})

    def fill(self, server: Server) -> None:
        self._limit(server, NARROW)

    def make_room(self, server: Server) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Server, size: int) -> None:
        for pid in server.children():
            hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))


def mounted(folder: Path, size: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return bool(shutil.which("mount")) and subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(params=["mounted", "narrow"])
def disk(request: pytest.FixtureRequest, tmp_path: Path, shared_folder: Path) -> Iterator[Disk]:
    """A disk with the demo district on it. Both ways are tried where both are there."""
    district = shared_folder / "district.sqlite3"
    with once_for_all(shared_folder) as is_first:
        if is_first:
            fill(environment_of(shared_folder / "data", f"sqlite:///{district}"))
    folder = tmp_path / "disk"
    folder.mkdir()
    is_mounted = request.param == "mounted" and mounted(folder, district.stat().st_size + ROOM)
    shutil.copy(district, folder / "own.sqlite3")
    (folder / "tmp").mkdir()
    yield (Disk if is_mounted else Narrow)(folder)
    if is_mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def server(disk: Disk) -> Iterator[Server]:
    made = Server(environment_of(disk.folder, f"sqlite:///{disk.folder}/own.sqlite3", TMPDIR=str(disk.folder / "tmp")))
    yield made
    made.stop()


def whole(server: Server, content: bytes) -> httpx.Response:
    return server.ask("POST", "/api/v1/photos", files={"photo": ("photo.jpg", content, "image/jpeg")})


def piece(server: Server, content: bytes) -> httpx.Response:
    address = f"/api/v1/photos/{hashlib.sha256(content).hexdigest()}?size={len(content)}&offset=0"
    return server.ask("PUT", address, content=content, headers={"Content-Type": "application/octet-stream"})


def left_over(folder: Path) -> list[str]:
    """Files with bytes in them that are no finished photo."""
    found = [path for part in ("photos", "uploads", "tmp") for path in (folder / part).rglob("*") if path.is_file()]
    return [path.name for path in found if path.suffix != ".webp" and path.name != ".lock" and path.stat().st_size]


def cases_of(server: Server) -> int:
    return len(server.get("/open311/v2/requests.json").json())


def test_a_full_disk_is_told_leaves_nothing_and_works_again(disk: Disk, server: Server) -> None:
    until(lambda: server.get("/api/openapi.json").status_code == 200)
    assert server.report().status_code == 201
    assert whole(server, saved("PNG")).status_code == 201
    pictures = sorted(path.name for path in (disk.folder / "photos").rglob("*.webp"))
    lives = server.children()

    disk.fill(server)

    taken, refused = 0, ""
    for _turn in range(REPORTS):  # the log of the database may have room in itself for some
        key = str(uuid.uuid4())
        answer = server.report(key)
        if answer.status_code != 201:
            refused = key
            break
        taken += 1
    assert refused, "the disk never got full"
    assert (answer.status_code, code_of(answer) in disk.says) == (503, True), answer.text
    assert answer.headers["Retry-After"]
    for send in (whole, piece):
        for content in (PICTURE, LARGE[: 2_000_000 if send is piece else None]):
            answer = send(server, content)
            assert answer.status_code == 503, (send, answer.text)
            assert code_of(answer) in {"storage_full", *disk.says}, (send, answer.text)
    assert server.get("/accounts/login/").status_code == 200
    assert cases_of(server) == 1 + taken
    assert left_over(disk.folder) == []
    assert sorted(path.name for path in (disk.folder / "photos").rglob("*.webp")) == pictures
    assert server.children() == lives, "a process of the server ended"

    disk.make_room(server)

    assert server.report(refused).status_code == 201
    assert cases_of(server) == 2 + taken
    assert whole(server, PICTURE).status_code == 201
    assert piece(server, PICTURE).status_code == 200
    assert left_over(disk.folder) == []
