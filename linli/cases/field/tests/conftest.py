"""Pictures of a test lie in its own folder."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "photos")}}
    settings.STORAGES = {**settings.STORAGES, "photos": place}
    settings.DATA_DIR = tmp_path
    return tmp_path
