"""A server has the packages of requirements/run.txt and no others: the program must do with them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
# As a server without them would: importing any of them fails. Then the command runs.
WITHOUT = "import sys; sys.modules.update(dict.fromkeys({names!r})); from linli.cli import main; main()"


def locked(name: str) -> set[str]:
    """Names of the packages in a lock file, as `importlib.metadata` normalises them."""
    found = re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", (ROOT / "requirements" / name).read_text())
    return {re.sub(r"[-_.]+", "-", one).lower() for one in found}


def developers_modules() -> list[str]:
    """Top-level modules that only the packages of developers bring."""
    only_dev = locked("dev.txt") - locked("run.txt")
    return sorted(
        module
        for module, owners in metadata.packages_distributions().items()
        if module.isidentifier() and all(re.sub(r"[-_.]+", "-", owner).lower() in only_dev for owner in owners)
    )


@pytest.mark.parametrize(
    "command", [["pack", "check", "china", "yunxi"], ["check"], ["serve", "--help"], ["worker", "--help"], ["keys", "new"]]
)
def test_commands_of_a_server_need_no_package_of_developers(command: list[str], tmp_path: Path):
    blocked = developers_modules()
    assert {"babel", "pytest", "hypothesis"} <= set(blocked)

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(names=blocked), *command],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "LINLI_DATA": str(tmp_path), "LINLI_DATABASE_URL": ""},
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
