"""Settings of the tests: their own data folder, fast password hashes, no syncing to disk."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_base = os.environ.get("LINLI_TEST_DATA", "")
if not _base:  # the first process makes the folder and takes it away again; its workers get a folder each in it
    _base = os.environ["LINLI_TEST_DATA"] = tempfile.mkdtemp(prefix="linli-tests-")
    atexit.register(shutil.rmtree, _base, ignore_errors=True)
os.environ["LINLI_DATA"] = str(Path(_base) / os.environ.get("PYTEST_XDIST_WORKER", "main"))
for _name in ("LINLI_DEMO", "LINLI_DEBUG", "LINLI_KEYS", "LINLI_SECRET_KEY", "LINLI_PROXIES", "LINLI_TILES_URL"):
    os.environ.pop(_name, None)

from config.settings import *  # noqa: E402, F403
from config.settings import DATA_DIR, DATABASES  # noqa: E402

(DATA_DIR / "static").mkdir(exist_ok=True)  # whitenoise warns where there is none
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
_options = DATABASES["default"]["OPTIONS"]
if "init_command" in _options:
    _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
    DATABASES["default"]["TEST"]["NAME"] = str(DATA_DIR / "test.sqlite3")
else:
    _options.pop("pool", None)  # a pool would hold the test database open when it is to be dropped
    DATABASES["default"]["CONN_MAX_AGE"] = 0
