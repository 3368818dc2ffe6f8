"""Where photos lie: named by their content, in the storage `STORAGES["photos"]` (a folder, or S3 by the LINLI_S3_ settings).

A photo is two files, `ab/abcd….webp` and `ab/abcd…-small.webp`, after the SHA-256 of its content; the same photo sent twice
is stored once. In a folder each file is written beside its place, forced to the disk and renamed, so a file that is there
is whole; when the disk is full nothing is left behind. Files are never changed; what no row names is swept after a day.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.kernel.errors import NotFound, Unavailable
from linli.kernel.images import Photo

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
PART_MARK = ".part-"
LOCK_NAME = ".lock"
SWEEP_AFTER = timedelta(days=1)


class StorageFull(Unavailable):
    """There is no room for another photo; nothing of it was kept."""

    def __init__(self) -> None:
        message = _("There is no room for photos at the moment, and this one was not saved. Try again later.")
        super().__init__("storage_full", message, field="photo")


class StorageAway(Unavailable):
    """The storage does not answer; nothing was kept, or it will be swept."""

    def __init__(self) -> None:
        message = _("Photos cannot be stored or read at the moment. Try again in a few minutes.")
        super().__init__("storage_away", message, field="photo")


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """The paths of a photo and of its thumbnail within the storage."""

    path: str
    thumbnail_path: str


def photo_paths(sha256: str) -> StoredPhoto:
    stem = f"{sha256[:2]}/{sha256}"
    return StoredPhoto(path=f"{stem}.webp", thumbnail_path=f"{stem}-small.webp")


def save_photo(photo: Photo) -> StoredPhoto:
    """Store the photo and its thumbnail; both are there, and on the disk, when this returns.

    Raises StorageFull or StorageAway (both 503); then neither is left behind. Call it before the transaction that names
    the paths: a photo without a row is swept later, a row without a photo could not be mended.
    """
    paths = photo_paths(photo.sha256)
    contents = {paths.path: photo.content, paths.thumbnail_path: photo.thumbnail}
    store = _store()
    with _storage_errors():
        if isinstance(store, FileSystemStorage):
            _save_in_folder(Path(store.location), contents)
        else:
            for path, content in contents.items():
                store.save(path, ContentFile(content))  # overwriting the same content renews its date for the sweep
    return paths


def open_photo(path: str) -> BinaryIO:
    """The bytes of a stored photo, to be read and closed. Raises NotFound, StorageAway."""
    try:
        with _storage_errors():
            return cast(BinaryIO, _store().open(path, "rb"))
    except FileNotFoundError:
        raise NotFound("photo_missing", _("This photo is no longer here.")) from None


def delete_photo(path: str, thumbnail_path: str) -> None:
    """Delete both files of a photo that no row names any more. Files that are gone already are no error."""
    with _storage_errors():
        for name in (path, thumbnail_path):
            _store().delete(name)


def sweep_orphans(
    known: Callable[[Collection[str]], Collection[str]],
    older_than: timedelta = SWEEP_AFTER,
    now: datetime | None = None,
) -> int:
    """Delete files that no row names and that have lain for `older_than`; returns how many.

    `known` is asked, a folder at a time, which of the given paths some row names. Younger files are left: their row may be
    on its way.
    """
    before, swept, store = (now or timezone.now()) - older_than, 0, _store()
    with _storage_errors():
        for folder, names in _folders(store):
            paths = {f"{folder}/{name}" for name in names}
            finished = {path for path in paths if PART_MARK not in path}
            for path in sorted(paths - set(known(finished))):
                swept += _delete_if_old(store, path, before)
    return swept


# --- inside ---


def _store() -> Storage:
    return storages["photos"]


@contextmanager
def _storage_errors() -> Iterator[None]:
    """Errors of any storage as ours. Missing files stay FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise (StorageFull() if error.errno in NO_ROOM else StorageAway()) from error
    except Exception as error:
        # boto3's errors, whose package is there only with the [s3] extra
        if type(error).__module__.partition(".")[0] in ("botocore", "boto3", "s3transfer"):
            raise StorageAway() from error
        raise


def _save_in_folder(root: Path, contents: dict[str, bytes]) -> None:
    """Write every file beside its place first and rename only when all are whole: a full disk strikes before that."""
    parts: list[tuple[Path, Path]] = []
    try:
        with _locked(root, fcntl.LOCK_SH):
            for name, content in contents.items():
                place = root / name
                if not _renewed(place, len(content)):
                    place.parent.mkdir(parents=True, exist_ok=True)
                    parts.append((place.with_name(f"{PART_MARK}{secrets.token_hex(8)}"), place))
                    _write_through(parts[-1][0], content)
            for part, place in parts:
                part.replace(place)
            for folder in {place.parent for _, place in parts}:
                _force_to_disk(folder)
    finally:
        for part, _place in parts:
            with suppress(OSError):
                part.unlink()


def _renewed(place: Path, size: int) -> bool:
    """Whether the file is there already; its date is renewed, so that the sweep leaves it to its new row."""
    try:
        if place.stat().st_size != size:
            return False
        os.utime(place)
    except FileNotFoundError:
        return False
    return True


def _write_through(part: Path, content: bytes) -> None:
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _force_to_disk(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(root: Path, kind: int) -> Iterator[None]:
    """Savers share the lock, the sweep has it alone: no file is found "there already" and swept in the same moment."""
    root.mkdir(parents=True, exist_ok=True)
    with open(root / LOCK_NAME, "a+b") as file:  # closing it lets go of the lock
        fcntl.flock(file, kind)
        yield


def _folders(store: Storage) -> Iterator[tuple[str, list[str]]]:
    try:
        folders, _files = store.listdir("")
    except FileNotFoundError:
        return
    for folder in sorted(folders):
        yield folder, store.listdir(folder)[1]


def _delete_if_old(store: Storage, path: str, before: datetime) -> bool:
    if not isinstance(store, FileSystemStorage):
        if store.get_modified_time(path) >= before:
            return False
        store.delete(path)
        return True
    place = Path(store.location) / path
    with _locked(Path(store.location), fcntl.LOCK_EX):
        try:
            if place.stat().st_mtime >= before.timestamp():
                return False
            place.unlink()
        except FileNotFoundError:
            return False
    return True
