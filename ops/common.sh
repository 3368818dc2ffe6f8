# What backup.sh and restore.sh share: which database, where the data lie. Passwords go into the environment of
# PostgreSQL's tools, never on a command line that others of the machine can read.
PYTHON=${PYTHON:-python3}
DATA=${LINLI_DATA:-$(cd "$here/.." && pwd)/var}
found=$("$PYTHON" - <<'PYTHON'
import os, shlex
from urllib.parse import parse_qs, unquote, urlsplit

url = os.environ.get("LINLI_DATABASE_URL", "")
if not url or url.startswith("sqlite:///"):
    path = url.removeprefix("sqlite:///")
    print("ENGINE=sqlite", f"SQLITE={shlex.quote(path)}", sep="\n")
elif url.startswith(("postgres://", "postgresql://")):
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    given = {
        "PGHOST": query.get("host", parts.hostname or ""), "PGPORT": query.get("port", str(parts.port or "")),
        "PGUSER": unquote(parts.username or ""), "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")), "PGSSLMODE": query.get("sslmode", ""),
        "PGSSLROOTCERT": query.get("sslrootcert", ""), "PGSSLCERT": query.get("sslcert", ""), "PGSSLKEY": query.get("sslkey", ""),
    }
    print("ENGINE=postgres", *(f"export {name}={shlex.quote(value)}" for name, value in given.items() if value), sep="\n")
else:
    raise SystemExit("LINLI_DATABASE_URL must start with sqlite:/// or postgres://")
PYTHON
)
eval "$found"
if [ "$ENGINE" = sqlite ]; then SQLITE=${SQLITE:-$DATA/linli.sqlite3}; fi
