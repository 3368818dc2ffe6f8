"""The shape of the code: who may know whom, and how large anything may grow."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 500, 60
LAYERS: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]


def python_files() -> list[Path]:
    found = [path for folder in ("linli", "config", "tests", "bench") for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


def written_files() -> list[Path]:
    """Everything a person writes, besides data and translations."""
    front = [path for kind in ("ts", "css") for path in (ROOT / "frontend" / "src").rglob(f"*.{kind}")]
    return sorted([*python_files(), *front, *(ROOT / "linli").rglob("*.html")])


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def test_imports_go_one_way(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlinter.cli import lint_imports

    monkeypatch.chdir(ROOT)

    assert lint_imports(cache_dir=None, show_timings=False) == 0


def test_foreign_keys_point_down() -> None:
    """They are named by strings or by classes of lower modules; the import linter does not see the strings."""
    rank = {name: len(LAYERS) - place for place, name in enumerate(LAYERS)}
    upward, seen = [], 0
    for model in apps.get_models():
        if model._meta.app_label not in rank:
            continue
        for field in model._meta.get_fields():
            if field.is_relation and field.concrete and field.related_model in apps.get_models():
                target = field.related_model._meta.app_label
                seen += 1
                if rank.get(target, 0) > rank[model._meta.app_label]:
                    upward.append(f"{model.__name__}.{field.name} → {target}")

    assert seen > 20
    assert upward == []


def test_no_file_grows_too_long() -> None:
    files = written_files()

    assert len(files) > 200
    too_long = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8").count("\n") for path in files}
    assert {name: lines for name, lines in too_long.items() if lines > MOST_LINES} == {}


def test_no_function_grows_too_long() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {name} {lines}"
        for path in python_files()
        for name, lines in functions(path)
        if lines > MOST_LINES_OF_A_FUNCTION and "tests" not in path.parts
    ]

    assert long == []


def test_no_test_is_skipped_and_no_line_left_uncounted() -> None:
    """A machine without Chromium or PostgreSQL skips by a fixture that says so; nothing else is left out."""
    marks = ("@pytest.mark.skip", "@pytest.mark.xfail", "pytest.xfail(", "pragma: no" + " cover")
    found = [
        f"{path.relative_to(ROOT)}: {mark}"
        for path in python_files()
        for mark in marks
        if mark in path.read_text(encoding="utf-8") and path != Path(__file__)
    ]

    assert found == []
