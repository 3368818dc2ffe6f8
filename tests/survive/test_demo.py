"""`linli demo`: prepared once from nothing, at once the second time, from the start again after a break."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.survive


def demo(data: Path, *arguments: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LINLI_")}
    environment |= {"LINLI_DATA": str(data), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-m", "linli.cli", "demo", *arguments]
    done = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_prepares_itself_once(tmp_path):
    first = demo(tmp_path, "prepare")
    started = time.monotonic()
    second = demo(tmp_path, "prepare")

    assert "packs china and yunxi" in first
    assert second == ""
    assert time.monotonic() - started < 15  # two seconds on a machine with nothing else to do
    accounts = demo(tmp_path, "accounts")
    assert "diaodu01" in accounts
    assert "linli-demo" in accounts
    assert "街道调度员 street_dispatcher" in accounts

    # A preparation that was stopped half way is no ground to stand on.
    stages = json.loads((tmp_path / "prepared.json").read_text())
    (tmp_path / "prepared.json").write_text(json.dumps({**stages, "history": "begun"}))
    assert "beginning again" in demo(tmp_path, "prepare")
    assert demo(tmp_path, "prepare") == ""
