"""`make check`: everything a change must pass, cheapest first; stops at nothing, so that all faults show at once."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
RULES = ["kernel", "*/models.py", "*/events.py", "*/workflow.py", "*/policy.py", "*/operations*", "*/queries*", "*/settings.py"]


def rules() -> list[str]:
    """Where types are strict: the kernel, and the rules of every module."""
    found = {path.relative_to(ROOT) for pattern in RULES for path in (ROOT / "linli").glob(pattern)}
    return sorted(str(path) for path in found if path.parent.name != "kernel")


def checks() -> dict[str, list[str]]:
    linli = str(BIN / "linli")
    return {
        "lint": [str(BIN / "ruff"), "check", "."],
        "import contracts": [str(BIN / "lint-imports"), "--no-logo"],
        "texts in both languages": [linli, "texts"],
        "types": [str(BIN / "mypy"), *rules()],
        "models and migrations agree": [linli, "makemigrations", "--check", "--dry-run"],
        "system checks": [linli, "check", "--fail-level", "WARNING"],
        "packs": [linli, "pack", "check", "china", "yunxi"],
        "generated reference": [linli, "docs", "--check"],
        "tests": [sys.executable, "tests/run.py"],
    }


def main() -> int:
    failed = []
    with tempfile.TemporaryDirectory(prefix="linli-check-") as folder:
        for title, command in checks().items():
            print(f"=== {title}", flush=True)
            started = time.monotonic()
            environment = None if title == "tests" else {**os.environ, "LINLI_DATA": folder}
            if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
                failed.append(title)
            print(f"    {time.monotonic() - started:.1f} s", flush=True)
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall good", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
