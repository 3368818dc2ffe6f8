"""`make test`: get what the tests need, then run them on SQLite and on PostgreSQL.

What the machine lacks (Chromium, a Chinese font, PostgreSQL's binaries, hledger) is installed where that is allowed: as root with
apt. Otherwise it is named, the tests that need it are skipped, and skips are counted; with CI=true a skip is a failure.
PostgreSQL is a cluster of its own on a private socket, thrown away at the end. Further arguments go to pytest:
`python tests/run.py --only sqlite -k dispatch`.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OLDEST_POSTGRES = 15
CLUSTER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # a test cluster is thrown away: nothing of it must outlive a power cut
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "log_min_messages": "fatal",
}


def say(line: str) -> None:
    print(line, flush=True)


# --- what the machine needs ---


def postgres_binaries() -> Path | None:
    """The folder with initdb and postgres: Debian keeps a folder for each version, others have them on the path."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found = [path for path in found if int(path.parent.name) >= OLDEST_POSTGRES]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def browser() -> str | None:
    return next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)


def has_chinese_font() -> bool:
    if not shutil.which("fc-list"):
        return False
    found = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip())


def missing_packages() -> list[str]:
    wanted = {
        "chromium": browser() is not None,
        "fonts-noto-cjk": has_chinese_font(),
        "postgresql": postgres_binaries() is not None,
        "hledger": shutil.which("hledger") is not None,
    }
    return [name for name, is_there in wanted.items() if not is_there]


def install_missing() -> None:
    """Install what is missing if this process may; otherwise say what to install."""
    missing = missing_packages()
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        say(f"Not here, and not mine to install: {', '.join(missing)}. Tests that need them are skipped.")
        say(f"  as root: apt-get install {' '.join(missing)} fontconfig")
        return
    say(f"Installing {', '.join(missing)} (needed by tests only)")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-y", "-o", "Dpkg::Use-Pty=0", "--no-install-recommends", "install"]
    steps = [["apt-get", "-q", "update"]]
    if "postgresql" in missing:
        steps.append([*apt, "postgresql-common"])
    steps.append([*apt, "fontconfig", *missing])
    for step in steps:
        if "postgresql" in step:  # no cluster of the system: the tests bring their own
            Path("/etc/postgresql-common/createcluster.conf").write_text("create_main_cluster = false\n")
        if subprocess.run(step, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
            say(f"  {' '.join(step)} failed; tests that need it are skipped")
            return


# --- a PostgreSQL of our own ---


def _another_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as somebody harmless."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": ()}


class Cluster:
    """A throw-away PostgreSQL on a private socket; it can be stopped and started like a database that goes away."""

    def __init__(self, binaries: Path, **changes: str):
        """`changes` are PostgreSQL settings other than those of a cluster for tests (the bench syncs to disk)."""
        self._binaries, self._who = binaries, _another_user()
        self._settings = {**CLUSTER_SETTINGS, **changes}
        self._server: subprocess.Popen[bytes] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="linli-pg-", dir="/tmp"))  # short: socket paths end at 107 letters
        if self._who:
            os.chown(self.folder, int(self._who["user"]), int(self._who["group"]))
        initdb = [str(binaries / "initdb"), "-D", str(self._data), "-U", "linli", "-A", "trust"]
        initdb += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run(initdb, cwd="/", capture_output=True, text=True, check=False, **self._who)
        if made.returncode:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise SystemExit(f"initdb failed:\n{made.stderr}")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def address(self, name: str = "linli") -> str:
        return f"postgres://linli@/{name}?host={self.folder}&pool=0"

    def start(self) -> None:
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-k", str(self.folder), *options]
        with (self.folder / "log").open("a") as log:
            self._server = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, **self._who)
        self._wait()

    def _wait(self) -> None:
        import psycopg

        for _turn in range(200):
            try:
                psycopg.connect(f"host={self.folder} user=linli dbname=postgres", connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                if self._server is None or self._server.poll() is not None:
                    break
                time.sleep(0.1)
        raise SystemExit(f"PostgreSQL does not start:\n{(self.folder / 'log').read_text()[-2000:]}")

    def stop(self, *, at_once: bool = False) -> None:
        """End without waiting for clients, breaking every connection; `at_once` as in a crash, to be recovered from."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)  # PostgreSQL's "immediate" and "fast"
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.kill()
        self._server = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def postgres_cluster(**changes: str) -> Iterator[Cluster | None]:
    """A running throw-away cluster; None where PostgreSQL is not installed."""
    binaries = postgres_binaries()
    if binaries is None:
        yield None
        return
    cluster = Cluster(binaries, **changes)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


# --- running ---


def run_pytest(title: str, arguments: list[str], environment: dict[str, str]) -> tuple[int, int]:
    """Run the tests once; returns pytest's code and how many were skipped."""
    say(f"\n=== {title}")
    with tempfile.TemporaryDirectory(prefix="linli-report-") as folder:
        report = Path(folder) / "report.xml"
        workers = str(max(os.cpu_count() or 1, 2))
        command = [
            sys.executable, "-m", "pytest", "-n", workers, "--dist", "worksteal", "--durations=10", "-rs",
            # Python 3.11 cannot parse sources while a greenlet of the browser's driver is switched: plain tracebacks only.
            "--tb=native", f"--junitxml={report}", *arguments,
        ]  # fmt: skip
        code = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode
        skipped = 0
        if report.exists():
            suites = ElementTree.parse(report).getroot().iter("testsuite")
            skipped = sum(int(suite.get("skipped", 0)) for suite in suites)
    return code, skipped


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the tests on SQLite and on PostgreSQL.")
    parser.add_argument("--only", choices=["sqlite", "postgres"], help="one of the two databases")
    chosen, further = parser.parse_known_args()
    install_missing()
    if path := browser():
        os.environ["LINLI_CHROMIUM"] = path
    failed, skipped = False, 0
    if chosen.only != "postgres":
        code, count = run_pytest("SQLite", ["-m", "not postgres", *further], {"LINLI_DATABASE_URL": ""})
        failed, skipped = failed or code != 0, skipped + count
    if chosen.only != "sqlite":
        with postgres_cluster() as cluster:
            if cluster is None:
                say("\n=== PostgreSQL: not installed, not run")
                skipped += 1
            else:
                # Pages were walked once already, and the mathematics knows no database.
                arguments = ["-m", "not journey", "--ignore=linli/methods", *further]
                code, count = run_pytest("PostgreSQL", arguments, {"LINLI_DATABASE_URL": cluster.address()})
                failed, skipped = failed or code != 0, skipped + count
    if skipped and os.environ.get("CI") == "true":
        say(f"\n{skipped} skipped: on CI nothing may be skipped")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
