"""Template tags that name what Vite built: `{% asset "main" %}`, `{% asset_url "icons.svg" %}`.

The build writes `linli/static/dist/manifest.json`; names there carry a hash, so files may be cached for ever.
"""

from __future__ import annotations

import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

DIST = Path(__file__).resolve().parents[2] / "static" / "dist"
# Entries that must run before the first paint are classic scripts; all others are modules.
CLASSIC = frozenset({"boot"})
SOURCES = {"map": "src/map/map.ts", "chart": "src/chart/chart.ts"}


class AssetsNotBuilt(RuntimeError):
    """The front end has not been built, or not since an entry was added."""


@lru_cache(maxsize=2)
def _read_manifest(path: Path, changed_at: int) -> dict[str, Any]:
    entries: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def manifest() -> dict[str, Any]:
    """The build's manifest; looked at once a second and read again when it has changed. Raises `AssetsNotBuilt`."""
    return _read_manifest(DIST / "manifest.json", _built_at())


def _built_at() -> int:
    """When the front end was built last, as the file system has it."""
    return _looked_at(DIST / "manifest.json", int(time.monotonic()))


@lru_cache(maxsize=2)
def _looked_at(path: Path, second: int) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        raise AssetsNotBuilt(
            f"{path} is missing: the pages' styles and scripts are not built. Run `make setup` "
            "(or `npm ci && npm run build` in frontend/) and load the page again."
        ) from None


def _entry(name: str) -> dict[str, Any]:
    key = name if name.endswith(".svg") else SOURCES.get(name, f"src/{name}.ts")
    try:
        entry: dict[str, Any] = manifest()[key]
    except KeyError:
        raise AssetsNotBuilt(f"The build has no entry “{name}” ({key}). Run `make setup` after adding it.") from None
    return entry


def asset_file(name: str) -> Path:
    """Path on disk of a built entry, for those that read it (service worker, icon list)."""
    return DIST / str(_entry(name)["file"])


def asset_files() -> list[str]:
    """Every built file as a path under the static root, for the service worker's list."""
    files = {str(entry["file"]) for entry in manifest().values()}
    files.update(css for entry in manifest().values() for css in entry.get("css", []))
    return sorted(f"dist/{file}" for file in files)


@register.simple_tag
def asset_url(name: str) -> str:
    """Address of a built file: an entry's script, or an SVG such as `icons.svg`."""
    return _address(_entry(name)["file"], settings.STATIC_URL)


@lru_cache(maxsize=256)
def _address(file: str, root: str) -> str:
    return static(f"dist/{file}")


@register.simple_tag
def asset(name: str) -> SafeString:
    """`<link>` and `<script>` tags of one entry, with the style sheets and chunks it needs at once."""
    return _tags(name, _built_at(), settings.STATIC_URL)


@lru_cache(maxsize=256)
def _tags(name: str, built_at: int, root: str) -> SafeString:
    """The tags of an entry of one build: the same on every page."""
    entry, url = _entry(name), asset_url(name)
    if name in CLASSIC:
        return format_html('<script src="{}"></script>', url)
    imported = [manifest()[key] for key in entry.get("imports", [])]
    styles = list(dict.fromkeys(css for part in [*imported, entry] for css in part.get("css", [])))
    return format_html(
        '{}{}<script type="module" src="{}"></script>',
        format_html_join("", '<link rel="stylesheet" href="{}">', ((static(f"dist/{css}"),) for css in styles)),
        format_html_join("", '<link rel="modulepreload" href="{}">', ((static(f"dist/{part['file']}"),) for part in imported)),
        url,
    )
