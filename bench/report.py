"""Results as a table."""

from __future__ import annotations

COLUMNS = ("what", "measured", "to reach", "met", "limit", "ratio", "peer", "times better")


def row(
    what: str,
    value: float,
    unit: str,
    *,
    goal: float | None = None,
    more_is_better: bool = False,
    limit: float | None = None,
    peer: float | None = None,
) -> dict:
    """One measured figure. `goal`, `limit`, `peer` are in the same unit."""
    met = None if goal is None else (value >= goal if more_is_better else value <= goal)
    return {
        "what": what, "value": value, "unit": unit, "goal": goal, "more": more_is_better, "met": met, "limit": limit, "peer": peer,
    }  # fmt: skip


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    shown = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
    return f"{shown} {unit}".strip()


def _ratio(first: float, second: float, more: bool) -> str:
    """How many times `first` is from `second`, above 1 meaning worse than the limit (or better than the peer)."""
    if not first or not second:
        return ""
    return f"{(second / first if more else first / second):.2f}×"


def table_text(rows: list[dict]) -> str:
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    for item in rows:
        unit, more = item["unit"], item["more"]
        goal = "" if item["goal"] is None else ("≥ " if more else "≤ ") + _figure(item["goal"], unit)
        cells = [
            item["what"], _figure(item["value"], unit), goal, {None: "", True: "yes", False: "**no**"}[item["met"]],
            _figure(item["limit"], unit), _ratio(item["value"], item["limit"], more) if item["limit"] else "",
            _figure(item["peer"], unit), _better(item),
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _better(item: dict) -> str:
    if not item["peer"] or not item["value"]:
        return ""
    times = item["value"] / item["peer"] if item["more"] else item["peer"] / item["value"]
    return f"{times:.1f}×"
