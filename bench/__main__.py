"""Run every measurement on both databases and write the tables to docs/reference/performance.md.

`python -m bench` takes the sizes 10,000, 100,000 and 1,000,000 cases; `--sizes 10000` is quick; `--only sqlite` one engine.
`--only ledger` measures the books, `--only methods` runs the methods beside their peers, `--methods grids,reach` some of them. The page keeps its other parts.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pkgutil
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.report import table_text  # noqa: E402
from tests.run import postgres_cluster  # noqa: E402

PAGE = ROOT / "docs" / "reference" / "performance.md"
PARTS = ["postgresql", "sqlite", "ledger", "methods"]
HONEST = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "512MB", "max_wal_size": "4GB"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000", help="numbers of cases, smallest first")
    parser.add_argument("--sqlite-sizes", help="other sizes for SQLite, which is for a street or a county")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--methods", default="", help="only these methods, separated by commas")
    parser.add_argument("--no-write", action="store_true", help="print only")
    options = parser.parse_args()
    only = "methods" if options.methods else options.only
    sizes = {"postgresql": options.sizes, "sqlite": options.sqlite_sizes or options.sizes}
    parts = {}
    for part in [only] if only else PARTS:
        if part == "methods":
            body = methods([name for name in options.methods.split(",") if name])
        else:
            body = books() if part == "ledger" else table_text(run(part, sizes[part]))
        parts[part] = f"## {part}\n\n{condition(f', sizes {sizes[part]}' if part in sizes else '')}\n\n{body}\n"
        print(parts[part], flush=True)
    if not options.no_write and not options.methods:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(parts, PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""), encoding="utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}")


def books() -> str:
    """The table of the ledger, measured in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.ledger"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.partition("\n\n")[2].strip()


def methods(chosen: list[str]) -> str:
    """Every method beside its peers (or those chosen): a table a match, printed as it comes."""
    import bench.methods
    from bench.methods.contest import hold

    tables = []
    for found in pkgutil.iter_modules(bench.methods.__path__):
        module = importlib.import_module(f"bench.methods.{found.name}")
        if not hasattr(module, "matches") or (chosen and found.name not in chosen):
            continue
        for match in module.matches():
            tables.append(hold(match))
            print(tables[-1], flush=True)
    return "\n".join(tables)


def run(engine: str, sizes: str) -> list[dict]:
    """Measure one engine in a process of its own, with its own data folder, thrown away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    try:
        if engine == "sqlite":
            return _measure(engine, sizes, folder, "")
        with postgres_cluster(**HONEST) as cluster:
            if cluster is None:
                print("PostgreSQL is not installed: left out.", file=sys.stderr)
                return []
            address = cluster.address()
            subprocess.run(["createdb", "-h", _host(address), "-U", "linli", "linli"], check=True)
            return _measure(engine, sizes, folder, address.replace("pool=0", "pool=1"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _host(address: str) -> str:
    return address.split("host=")[1].split("&")[0]


def _measure(engine: str, sizes: str, folder: Path, address: str) -> list[dict]:
    environment = {
        **os.environ, "LINLI_DATA": str(folder), "LINLI_DATABASE_URL": address, "PYTHONPATH": str(ROOT), "LINLI_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "config.settings", "LINLI_BENCH_SIZES": sizes, "PYTHONWARNINGS": "ignore",
    }  # fmt: skip
    out = folder / "results.json"
    print(f"\n=== {engine}", flush=True)
    subprocess.run([sys.executable, "-m", "bench.engine", str(out)], env=environment, check=True, cwd=ROOT)
    return json.loads(out.read_text(encoding="utf-8"))


def condition(sizes: str) -> str:
    return f"Measured {date.today().isoformat()} on {os.cpu_count()} cores ({platform.machine()}, Python {platform.python_version()}){sizes}."


HEAD = """# Performance

By `make bench`: everything on one machine, the load generator included, PostgreSQL with fsync and synchronous commit,
SQLite with synchronous FULL. CPU is of the application plus the database's own process. Machines differ and are
noisy: the ratio beside the physical limit or the peer, taken in the same run, is the steadier figure.

“to reach” is the goal we set ourselves; “peer” is a Django case system in production in several cities, measured on a
like machine with 100,000 cases. “limit” is the same rows or the same page without Linli: a bare insert, a bare select.
Of the methods, each contender worked in a process of its own on the same instance, judged by one scorer.
"""


def page(parts: dict[str, str], before: str) -> str:
    """The page with these parts new and its other parts as they were."""
    kept = {found.group(1): found.group(0) for found in re.finditer(r"(?ms)^## (\w+)$.*?(?=^## |\Z)", before)}
    kept |= parts
    return "\n".join([HEAD, *(kept[name].rstrip() + "\n" for name in PARTS if name in kept)])


if __name__ == "__main__":
    main()
