"""The database from LINLI_DATABASE_URL: `sqlite:///path` or `postgres://user:password@host:port/name`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=268435456; PRAGMA cache_size=-4000; PRAGMA journal_size_limit=67108864;"
)


def sqlite(path: Path) -> dict[str, Any]:
    """SQLite: write-ahead log, full syncing, transactions that begin as writers and queue for their turn."""
    return {
        "ENGINE": "linli.kernel.db.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS},
        "TEST": {"NAME": str(path.with_suffix(".test.sqlite3"))},
    }


def postgres(url: str, *, pool_size: int) -> dict[str, Any]:
    """PostgreSQL: a pool per process, quick failure when it is away, a limit on any one statement."""
    parts = urlsplit(url)
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    statement_timeout = query.pop("statement_timeout", "15000")
    pool = query.pop("pool", "1") == "1"
    configuration: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": 0 if pool else 60,
        "OPTIONS": {
            "connect_timeout": 3,
            # Statements are short: dividing one among processes costs more than it saves, and takes them from others.
            "options": f"-c statement_timeout={statement_timeout} -c lock_timeout=8000 -c max_parallel_workers_per_gather=0",
            **query,
        },
    }
    if pool:
        configuration["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 4}
    return configuration


def from_url(url: str, data: Path, *, pool_size: int) -> dict[str, Any]:
    if not url:
        return sqlite(data / "linli.sqlite3")
    if url.startswith("sqlite:///"):
        return sqlite(Path(url.removeprefix("sqlite:///")))
    if url.startswith(("postgres://", "postgresql://")):
        return postgres(url, pool_size=pool_size)
    raise SystemExit("LINLI_DATABASE_URL must start with sqlite:/// or postgres://")
