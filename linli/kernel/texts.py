"""Texts in two languages: compile the translations and find what lacks one. Babel does it; no gettext tools.

The msgids are English. Every msgid used in Python or in a template needs a Chinese text in one of the modules'
`locale/zh_Hans/LC_MESSAGES/django.po`, with the same placeholders; English needs none.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SKIPPED = {"tests", "migrations", "static", "node_modules"}
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|(?<!\{)\{(\w+)\}")


@dataclass
class Used:
    """A msgid and the places where it stands."""

    key: tuple[str, str]  # context, msgid
    places: list[str] = field(default_factory=list)


@dataclass
class Report:
    """What `look` found: how many texts are in use, which lack a translation, which are wrong."""

    used: int
    missing: list[Used]
    wrong: list[str]
    unused: list[str]

    @property
    def is_complete(self) -> bool:
        return not self.missing and not self.wrong


def catalogues(root: Path = ROOT) -> list[Path]:
    return sorted(root.glob("**/locale/*/LC_MESSAGES/django.po"))


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def compile_all(root: Path = ROOT) -> int:
    """Write a .mo beside every .po; returns how many."""
    paths = catalogues(root)
    for path in paths:
        content = io.BytesIO()
        write_mo(content, _read(path))
        target = path.with_suffix(".mo")
        if not target.exists() or target.read_bytes() != content.getvalue():
            fresh = target.with_suffix(".mo.new")
            fresh.write_bytes(content.getvalue())
            fresh.replace(target)
    return len(paths)


def _sources(root: Path, suffixes: Iterable[str]) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.suffix in suffixes and not SKIPPED & set(path.relative_to(root).parts[:-1]):
            yield path


def _as_python(path: Path) -> bytes:
    """A template as the Python that asks for its texts; indentation means nothing there."""
    from django.utils.translation.template import templatize

    text = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    return "\n".join(line.lstrip() for line in text.splitlines()).encode()


def _in_file(path: Path) -> Iterator[tuple[int, tuple[str, str]]]:
    content = path.read_bytes() if path.suffix == ".py" else _as_python(path)
    options = {"encoding": "utf-8"}
    for line, found, _comments, context in extract("python", io.BytesIO(content), KEYWORDS, (), options):
        msgid = found[0] if isinstance(found, tuple) else found
        if msgid:
            yield line, (context or "", msgid)


def used_texts(root: Path = ROOT) -> dict[tuple[str, str], Used]:
    """Every msgid asked for in Python files and templates below `root`, with its places."""
    found: dict[tuple[str, str], Used] = {}
    for path in _sources(root, {".py", ".html", ".txt"}):
        if path.suffix == ".txt" and "templates" not in path.parts:
            continue
        for line, key in _in_file(path):
            found.setdefault(key, Used(key)).places.append(f"{path.relative_to(root.parent)}:{line}")
    return found


def _strings(message: Message) -> list[str]:
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    return [text or "" for text in strings]


def _placeholders(text: str) -> set[str]:
    return {named or braced for named, braced in PLACEHOLDER.findall(text)}


def translations(root: Path = ROOT) -> tuple[dict[tuple[str, str], list[str]], list[str]]:
    """Every finished Chinese text, and what is wrong with some of them (placeholders that differ)."""
    texts: dict[tuple[str, str], list[str]] = {}
    wrong: list[str] = []
    for path in catalogues(root):
        if path.parent.parent.name != "zh_Hans":
            continue
        for message in _read(path):
            msgids = list(message.id) if isinstance(message.id, list | tuple) else [message.id]
            strings = _strings(message)
            if not msgids[0] or message.fuzzy or not all(strings):
                continue
            texts[(message.context or "", msgids[0])] = strings
            allowed = set().union(*(_placeholders(text) for text in msgids))
            for text in strings:
                if not _placeholders(text) <= allowed:
                    place = f"{path.relative_to(root.parent)}:{message.lineno}"
                    wrong.append(f"{place} other placeholders than the English: {msgids[0]!r}")
    return texts, wrong


def look(root: Path = ROOT) -> Report:
    """Compare what is used with what is translated."""
    used = used_texts(root)
    translated, wrong = translations(root)
    return Report(
        used=len(used),
        missing=[item for key, item in sorted(used.items()) if key not in translated],
        wrong=wrong,
        unused=sorted(msgid for context, msgid in translated if (context, msgid) not in used),
    )


def main(arguments: list[str]) -> int:
    """`linli texts`: 0 when every text has its translation."""
    parser = argparse.ArgumentParser(prog="linli texts", description="Compile translations and list missing ones.")
    parser.add_argument("--compile-only", action="store_true", help="only write the .mo files")
    parser.add_argument("--unused", action="store_true", help="also list translations that nothing asks for")
    chosen = parser.parse_args(arguments)
    count = compile_all()
    if chosen.compile_only:
        return 0
    report = look()
    for item in report.missing:
        context, msgid = item.key
        sys.stdout.write(f"missing  {item.places[0]}  {msgid!r}{f' (context {context!r})' if context else ''}\n")
    for line in report.wrong:
        sys.stdout.write(f"wrong    {line}\n")
    if chosen.unused:
        for msgid in report.unused:
            sys.stdout.write(f"unused   {msgid!r}\n")
    sys.stdout.write(
        f"{count} catalogues compiled; {report.used} texts in use, "
        f"{len(report.missing)} without Chinese, {len(report.wrong)} wrong\n"
    )
    return 0 if report.is_complete else 1
