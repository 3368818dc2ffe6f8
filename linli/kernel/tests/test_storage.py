import hashlib
import json
import os
import resource
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, storages
from django.utils import timezone

from linli.kernel import storage
from linli.kernel.errors import NotFound, Unavailable
from linli.kernel.images import Photo
from linli.kernel.storage import StorageAway, StorageFull, open_photo, photo_paths, save_photo, sweep_orphans


def made_photo(content: bytes = b"full", thumbnail: bytes = b"small") -> Photo:
    """What storage needs of a photo: bytes and their digest."""
    return Photo(
        content=content,
        thumbnail=thumbnail,
        width=4,
        height=3,
        taken_at=None,
        lng=None,
        lat=None,
        sha256=hashlib.sha256(content).hexdigest(),
        perceptual_hash=0,
    )


@pytest.fixture
def folder(settings, tmp_path):
    root = tmp_path / "photos"
    settings.STORAGES = {
        **settings.STORAGES,
        "photos": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(root)}},
    }
    return root


@pytest.fixture
def memory(settings):
    """A storage that is no folder, as S3 is none."""
    settings.STORAGES = {**settings.STORAGES, "photos": {"BACKEND": f"{__name__}.OverwritingStorage"}}


class OverwritingStorage(InMemoryStorage):
    """Keeps names, as S3 does."""

    def get_available_name(self, name, max_length=None):
        self.delete(name)
        return name


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


def read(path):
    with open_photo(path) as file:
        return file.read()


def test_a_photo_is_stored_under_its_digest_and_read_back(folder):
    photo = made_photo()

    stored = save_photo(photo)

    assert stored == photo_paths(photo.sha256)
    assert stored.path == f"{photo.sha256[:2]}/{photo.sha256}.webp"
    assert (read(stored.path), read(stored.thumbnail_path)) == (b"full", b"small")
    assert files(folder) == sorted([stored.path, stored.thumbnail_path])


def test_another_storage_than_a_folder(memory):
    stored = save_photo(made_photo())
    assert save_photo(made_photo()) == stored

    assert (read(stored.path), read(stored.thumbnail_path)) == (b"full", b"small")


def test_the_same_photo_twice_is_stored_once(folder):
    save_photo(made_photo())
    before = {name: (folder / name).stat().st_ino for name in files(folder)}

    save_photo(made_photo())

    assert {name: (folder / name).stat().st_ino for name in files(folder)} == before


def test_a_file_cut_short_by_an_old_accident_is_written_again(folder):
    stored = save_photo(made_photo())
    (folder / stored.path).write_bytes(b"fu")

    save_photo(made_photo())

    assert read(stored.path) == b"full"


def test_many_savers_of_one_photo_do_not_disturb_each_other(folder):
    errors = []

    def save():
        try:
            save_photo(made_photo(b"x" * 50_000))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=save) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert len(files(folder)) == 2


def test_a_missing_photo_is_not_found(folder):
    with pytest.raises(NotFound):
        open_photo("ab/abcd.webp")


def test_a_path_cannot_climb_out_of_the_folder(folder):
    with pytest.raises(Exception, match=r"outside|joined"):
        open_photo("../../etc/passwd")


# --- a full disk ---


@pytest.fixture
def room_for():
    """Let no file of this process grow beyond so many bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(("content", "thumbnail"), [(b"x" * 5_000, b"small"), (b"full", b"x" * 5_000)])
def test_a_full_disk_is_a_clear_error_and_leaves_nothing(folder, room_for, content, thumbnail):
    room_for(1_000)

    with pytest.raises(StorageFull) as caught:
        save_photo(made_photo(content, thumbnail))

    assert (caught.value.status, caught.value.code, isinstance(caught.value, Unavailable)) == (503, "storage_full", True)
    assert files(folder) == []


def test_after_the_disk_was_full_the_same_photo_is_stored(folder, room_for):
    photo = made_photo(b"x" * 5_000)
    room_for(1_000)
    with pytest.raises(StorageFull):
        save_photo(photo)

    room_for(resource.RLIM_INFINITY)

    assert read(save_photo(photo).path) == photo.content


def test_a_folder_that_cannot_be_used_is_a_clear_error(folder):
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")

    with pytest.raises(StorageAway):
        save_photo(made_photo())


@pytest.mark.parametrize("module", ["botocore.exceptions", "s3transfer.errors"])
def test_an_error_of_the_s3_library_is_a_clear_error(memory, monkeypatch, module):
    failure = type("EndpointConnectionError", (Exception,), {"__module__": module})
    monkeypatch.setattr(OverwritingStorage, "_save", lambda *_: (_ for _ in ()).throw(failure()))

    with pytest.raises(StorageAway):
        save_photo(made_photo())


def test_an_error_of_our_own_stays_what_it_is(memory, monkeypatch):
    monkeypatch.setattr(OverwritingStorage, "_save", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        save_photo(made_photo())


def test_errors_say_what_to_do():
    assert all(str(error().message).endswith((".", "。")) for error in (StorageFull, StorageAway))


# --- sweeping ---


def age(folder, days=2):
    when = (timezone.now() - timedelta(days=days)).timestamp()
    for name in files(folder):
        os.utime(folder / name, (when, when))


def test_what_no_row_names_is_swept_after_a_day(folder):
    kept, lost = save_photo(made_photo(b"kept")), save_photo(made_photo(b"lost"))
    part = folder / kept.path[:2] / ".part-0123"
    part.write_bytes(b"left by a killed process")
    age(folder)
    young = save_photo(made_photo(b"young"))

    swept = sweep_orphans(lambda paths: {kept.path, kept.thumbnail_path} & set(paths))

    assert swept == 3
    assert files(folder) == sorted([kept.path, kept.thumbnail_path, young.path, young.thumbnail_path])
    assert lost.path not in files(folder)


def test_a_photo_sent_again_is_not_swept_before_its_row_is_written(folder):
    save_photo(made_photo())
    age(folder)

    stored = save_photo(made_photo())

    assert sweep_orphans(lambda paths: []) == 0
    assert read(stored.path) == b"full"


def test_sweeping_an_empty_folder_and_another_storage(folder, settings, memory):
    assert sweep_orphans(lambda paths: []) == 0
    stored = save_photo(made_photo())

    assert sweep_orphans(lambda paths: paths, now=timezone.now() + timedelta(days=2)) == 0
    assert sweep_orphans(lambda paths: []) == 0
    assert sweep_orphans(lambda paths: [], now=timezone.now() + timedelta(days=2)) == 2
    with pytest.raises(NotFound):
        open_photo(stored.path)


def test_sweeping_a_folder_that_was_never_used(folder):
    assert sweep_orphans(lambda paths: []) == 0


def test_deleting_a_photo_twice_is_no_error(folder):
    stored = save_photo(made_photo())

    for _ in range(2):
        storage.delete_photo(stored.path, stored.thumbnail_path)

    assert files(folder) == []


def test_a_reader_sees_a_whole_file_or_none(folder, monkeypatch):
    seen = []
    original = storage._write_through
    monkeypatch.setattr(storage, "_write_through", lambda part, content: (original(part, content), seen.append(files(folder))))

    save_photo(made_photo())

    assert all(".part-" in name for names in seen for name in names)
    assert storages["photos"].exists(photo_paths(made_photo().sha256).path)
    assert ContentFile(read(photo_paths(made_photo().sha256).path)).size == 4


# --- another storage by setting ---


def test_a_bucket_by_setting_takes_the_photos_and_nothing_else(tmp_path):
    """The settings as a program of its own reads them: S3 for photos as soon as a bucket is named."""
    bucket = {"LINLI_S3_BUCKET": "photos", "LINLI_S3_ENDPOINT": "https://s3.example", "LINLI_S3_KEY": "k", "LINLI_S3_SECRET": "s"}
    program = "import json; from config import settings; print(json.dumps(settings.STORAGES))"

    def storages_with(**environment):
        own = {**os.environ, "LINLI_DATA": str(tmp_path), "PYTHONPATH": str(settings.BASE_DIR), **environment}
        done = subprocess.run([sys.executable, "-c", program], env=own, cwd=settings.BASE_DIR, capture_output=True, check=True)
        return json.loads(done.stdout)

    plain, away = storages_with(LINLI_S3_BUCKET=""), storages_with(**bucket)

    assert plain["photos"]["OPTIONS"]["location"].startswith(str(tmp_path))
    assert away["photos"] == {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": "photos", "endpoint_url": "https://s3.example", "access_key": "k", "secret_key": "s"},
    }
    assert {name: away[name] for name in ("default", "staticfiles")} == {name: plain[name] for name in ("default", "staticfiles")}
