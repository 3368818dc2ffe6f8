"""Nothing in the repository that opens a door, and nobody real."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
BINARY = {".png", ".webp", ".jpg", ".ico", ".woff2", ".gz", ".xlsx", ".pdf", ".zip", ".svg"}
SECRETS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a key of a cloud": re.compile(r"\b(?:AKIA|ASIA|LTAI|AKID)[0-9A-Za-z]{12,}\b"),
    "a token": re.compile(r"\b(?:gh[pousr]_[0-9A-Za-z]{20,}|glpat-[0-9A-Za-z_-]{20,}|xox[bp]-[0-9A-Za-z-]{10,})"),
    "a signed token": re.compile(r"\beyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\."),
    "a password in an address": re.compile(r"\b[a-z+]+://[^\s:/@{}$<>\"'`]{1,40}:(?!password|secret|…|\.\.\.)[^\s:/@{}$<>\"'`]{6,}@[a-z0-9.-]+"),
}
# Mobile numbers of China; 199 0000 xxxx is the range for tests, and what tests show to be wrong is named there.
PHONE = re.compile(r"(?<![0-9A-Za-z_.+-])1[3-9]\d{9}(?![0-9A-Za-z_.-])")
OWN_RANGE = re.compile(r"1990000\d{4}")
ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[0-9Xx](?![0-9A-Za-z])")


def tracked() -> list[Path]:
    """What is in the repository; what lies in the folder where there is none (a package that was unpacked)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    names = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in names if path.is_file() and path.suffix not in BINARY] or sorted((ROOT / "linli").rglob("*.py"))


def found_in(pattern: re.Pattern[str], *, but: re.Pattern[str] | None = None) -> dict[str, set[str]]:
    found = {}
    for path in tracked():
        if path == Path(__file__) or path.name.endswith(("lock.json", ".lock")) or path.parent.name == "requirements":
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        hits = {hit for hit in pattern.findall(text) if but is None or not but.fullmatch(hit)}
        if hits:
            found[str(path.relative_to(ROOT))] = hits
    return found


def test_no_secret_is_in_the_repository() -> None:
    assert len(tracked()) > 300
    assert {what: hits for what, pattern in SECRETS.items() if (hits := found_in(pattern))} == {}


def test_nothing_generated_or_kept_is_in_the_repository() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}

    assert names & {"var", ".venv", "node_modules", ".pytest_cache"} == set()
    assert [path for path in tracked() if path.name in ("secret_key", "field_keys", ".env")] == []


def test_telephone_numbers_are_of_the_range_for_tests() -> None:
    assert found_in(PHONE, but=OWN_RANGE) == {}


def test_identity_numbers_are_of_the_region_that_does_not_exist() -> None:
    # the second one is the example printed in the standard GB 11643 itself
    assert found_in(ID_NUMBER, but=re.compile(r"990101.*|11010519491231.*")) == {}
