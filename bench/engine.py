"""Every measurement on one engine, in order: load, lists at each size, pages, rates, reports, floods."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import django

django.setup()

from bench import intake, pages, places  # noqa: E402
from bench.report import row  # noqa: E402
from bench.setting import bare_load, clear_limits, fill, prepare  # noqa: E402


def say(text: str) -> None:
    print(f"  {text}", flush=True)


def main(out: Path) -> None:
    sizes = [int(size) for size in os.environ["LINLI_BENCH_SIZES"].split(",")]
    rows: list[dict] = []
    say("preparing")
    prepare()
    clear_limits()
    for size in sizes:
        say(f"{size:,} cases")
        took = fill(size)
        if took and size >= 1_000_000:
            rows.append(row(f"loading generated cases up to {size:,}", took / 60, "min", goal=5, limit=bare_load(size) / 60))
        elif took:
            rows.append(row(f"loading generated cases up to {size:,}", took, "s"))
        rows += pages.lists(size, is_first=size == sizes[0])
    say("pages")
    rows += pages.others()
    say("places")
    rows += places.grids()
    say("reports and steps")
    rows += intake.one_by_one()
    say("floods")
    rows += intake.floods()
    out.write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    started = time.monotonic()
    main(Path(sys.argv[1]))
    say(f"took {time.monotonic() - started:.0f} s")
