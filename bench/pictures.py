"""Draw the picture of every method again from its own output: `python -m bench.pictures [name …]`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

import bench.methods

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images" / "methods"


def main(chosen: list[str]) -> None:
    for found in pkgutil.iter_modules(bench.methods.__path__):
        if chosen and found.name not in chosen:
            continue
        module = importlib.import_module(f"bench.methods.{found.name}")
        if hasattr(module, "matches") and hasattr(module, "picture"):
            path = FOLDER / f"{found.name}.svg"
            path.write_text(module.picture(), encoding="utf-8")
            sys.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
