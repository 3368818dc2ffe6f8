"""A backup that was never restored is none: a small district is backed up, destroyed and brought back, on both databases."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from tests.run import postgres_binaries

ROOT = settings.BASE_DIR
DATABASE = f"linli_backup_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"  # one for each process of the tests

DISTRICT = """
import io, json
from PIL import Image
from linli.cases.models import Case
from linli.cases.operations import Report, report_case
from linli.kernel.jobs import drain
from linli.kernel.policy import ANONYMOUS
from linli.kernel.uploads import keep_photo
from linli.places.models import Building

for number, at in enumerate(Building.objects.order_by("code")[:8]):
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (number * 20, 90, 90)).save(picture, "JPEG")
    picture.seek(0)
    report_case(actor=ANONYMOUS, report=Report(
        category="E0506", text="路口积水没过脚面", lng=at.lng, lat=at.lat, door="portal",
        photos=[keep_photo(picture, name="a.jpg").pk], contact={"name": "云小满", "phone": "19900000001"}))
drain()
"""

COUNTS = """
import json
from django.apps import apps
from linli.cases.models import Case
counts = {model._meta.label: model._default_manager.count() for model in apps.get_models()}
contacts = sorted({str(case.reporter_contact) for case in Case.objects.all()})
print(json.dumps({"counts": counts, "contacts": contacts}, ensure_ascii=False))
"""


class Place:
    """One Linli with its own data folder and database, and the two scripts."""

    def __init__(self, folder: Path, url: str):
        self.data, self.shelf, self.safe = folder / "data", folder / "shelf", folder / "safe"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "PG"))}
        self.environment |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "LINLI_DATA": str(self.data),
            "LINLI_DATABASE_URL": url,
            "PYTHON": sys.executable,
        }
        if binaries := postgres_binaries():  # the newest, which also made the cluster of the tests
            self.environment["PATH"] = f"{binaries}{os.pathsep}{self.environment['PATH']}"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)

    def linli(self, *arguments: str) -> str:
        done = self.run(sys.executable, "-m", "linli.cli", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def found(self) -> dict:
        return json.loads(self.linli("shell", "-v0", "-c", COUNTS).splitlines()[-1])

    def back_up(self) -> str:
        kept = self.run("ops/backup.sh", "--keys", str(self.safe))
        assert kept.returncode == 0, kept.stderr
        done = self.run("ops/backup.sh", str(self.shelf))
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1]


def _again(url: str) -> None:
    """An empty database on the cluster of this run."""
    host = parse_qs(urlsplit(url).query)["host"][0]
    with psycopg.connect(f"host={host} user=linli dbname=postgres", autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")


@pytest.fixture
def url() -> Iterator[str]:
    if connection.vendor == "sqlite":
        yield ""
        return
    parts = urlsplit(os.environ["LINLI_DATABASE_URL"])
    address = parts._replace(path=f"/{DATABASE}").geturl() + "&statement_timeout=0"  # the machine may be busy
    _again(address)
    yield address


@pytest.fixture
def place(tmp_path: Path, url: str) -> Place:
    made = Place(tmp_path, url)
    made.linli("migrate", "-v0")
    made.linli("pack", "load", "china", "yunxi", "--yes")
    made.linli("shell", "-v0", "-c", DISTRICT)
    return made


def destroy(place: Place, url: str) -> None:
    shutil.rmtree(place.data)
    if url:
        _again(url)


@pytest.mark.survive
def test_what_was_backed_up_comes_back_whole(place: Place, url: str):
    before = place.found()
    backup = place.back_up()
    assert not list(Path(backup).glob("*key*")), "keys lie apart from what they open"
    assert place.run("ops/restore.sh", backup).returncode == 1, "never over what is there"
    assert place.found() == before

    destroy(place, url)
    assert place.run("ops/restore.sh", "--keys", str(place.safe)).returncode == 0
    done = place.run("ops/restore.sh", backup)
    assert done.returncode == 0, done.stderr

    assert place.found() == before
    assert before["counts"]["cases.Case"] == 8
    assert before["contacts"] == ['{"name": "云小满", "phone": "19900000001"}']
    place.linli("migrate", "--check")
    assert "whole: no gaps" in place.linli("verify", "--photos", "1")
    (place.data / "field_keys").write_text("another")
    assert place.run("ops/restore.sh", "--keys", str(place.safe)).returncode == 1, "keys are never overwritten"


@pytest.mark.survive
def test_a_second_backup_copies_new_photos_only_and_a_cut_one_is_refused(place: Place, url: str):
    first = place.back_up()
    shutil.move(first, f"{first}-first")  # the names of backups are seconds
    again = place.run("ops/backup.sh", str(place.shelf))
    assert "photos: 0 new" in again.stdout
    backup = Path(again.stdout.splitlines()[-1])
    content = next(path for path in backup.iterdir() if path.name != "SHA256SUMS")
    content.write_bytes(content.read_bytes()[:-4096])

    destroy(place, url)
    refused = place.run("ops/restore.sh", str(backup))

    assert refused.returncode == 1
    assert "nothing was restored" in refused.stderr
    assert not (place.data / "linli.sqlite3").exists()
