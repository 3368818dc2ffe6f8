"""Tables of what was decided, as JSON beside the tests: compared always, written again only on purpose."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WRITES = os.environ.get("LINLI_WRITE_TABLES", "") == "1"
HOW = "If that is meant, run this file with LINLI_WRITE_TABLES=1 (without -n), read the difference in {} line by line, and commit it."


def read(name: str) -> dict[str, Any]:
    return json.loads((HERE / name).read_text(encoding="utf-8")) if (HERE / name).exists() else {}


def write(name: str, table: dict[str, Any]) -> None:
    """A row a line, so that differences are read easily."""
    lines = [f"  {json.dumps(key, ensure_ascii=False)}: {json.dumps(row, ensure_ascii=False)}" for key, row in table.items()]
    (HERE / name).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
