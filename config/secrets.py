"""Secrets the operator gives, or that are made once and kept in the data folder, readable by its owner only."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path


def _kept(path: Path, make: str) -> str:
    """The content of `path`; written first if it is not there. Two starting processes agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(make)
    return make


def secret_key(given: str, data: Path) -> str:
    return given or _kept(data / "secret_key", secrets.token_urlsafe(50))


def field_keys(given: list[str], data: Path) -> list[str]:
    """Base64 keys for field encryption, the present one first."""
    return given or _kept(data / "field_keys", base64.b64encode(secrets.token_bytes(32)).decode()).split(",")
