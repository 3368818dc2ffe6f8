"""What axe-core, run in a page, finds that would keep somebody from using it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SERIOUS = {"serious", "critical"}


@cache
def _program() -> str:
    return (ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def serious_faults(page: Any, *rules: str) -> list[tuple[str, list[str]]]:
    """Serious faults of the page as it stands now: rule, and up to four places with what is wrong. All rules, or those named."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_program())
    wanted = {"resultTypes": ["violations"], **({"runOnly": {"type": "rule", "values": list(rules)}} if rules else {})}
    found = page.evaluate("wanted => axe.run(document, wanted)", wanted)
    return [
        (one["id"], [f"{node['target']} {node.get('failureSummary', '')[:220]}" for node in one["nodes"]][:4])
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]
