"""Rows of organisations, duties and accounts, from the hand-written tables."""

import re
from itertools import product

from builder import accounts, bodies
from builder.areas import DISTRICT, Area

Row = tuple[str, ...]
ORGANIZATION_HEADER = "code kind name_zh name_en unit_code area_code parent_code"
DUTY_HEADER = "category_code area_code lead_organization co_organizations"
ACCOUNT_HEADER = (
    "username name_zh name_en role organization_code area_code door sentence_zh sentence_en is_featured"
    " valid_from valid_until phone email"
)
HIRED = "2024-01-01"


def organization_rows(areas: list[Area]) -> list[Row]:
    """Rows of organizations.csv: the hand-written ones, then the committee of every community."""
    rows: list[Row] = []
    for line in bodies.ORGANIZATIONS.strip().splitlines():
        code, kind, zh, en, unit, place, parent = line.split("|")
        rows.append((code, kind, zh, en, unit, DISTRICT + place, parent))
    offices = {row[5]: row[0] for row in rows if row[1] == "street_office"}
    for area in areas:
        if area.level == "community":
            code = f"sq-{area.code.removeprefix(DISTRICT)}"
            names = (f"{area.name_zh}居民委员会", f"{area.name_en} Committee")
            rows.append((code, "community", *names, "", area.code, offices[area.parent]))
    return rows


def duty_rows() -> list[Row]:
    """Rows of duty.csv."""
    rows: list[Row] = []
    for line in bodies.DUTIES.strip().splitlines():
        category, area, lead, helpers = line.split("|")
        rows.append((category, DISTRICT + area, lead, helpers))
    return rows


def invented_names() -> list[tuple[str, str]]:
    """Names nobody bears: every surname with every given name, in an order that mixes them."""
    surnames = [re.match(r"(.)(.+)", word).groups() for word in accounts.SURNAMES.split(" ")]  # type: ignore[union-attr]
    given = [re.match(r"(..)(.+)", word).groups() for word in accounts.GIVEN.split(" ")]  # type: ignore[union-attr]
    return [(s[0] + g[0], f"{s[1]} {g[1]}") for g, s in product(given, surnames)]


def account_rows() -> list[Row]:
    """Rows of accounts.csv. A second row with the same username is a second post of the same person."""
    sentences = dict(line.split("|", 1) for line in accounts.SENTENCES.strip().splitlines())
    names = iter(invented_names())
    known: dict[str, tuple[str, str, str]] = {}
    rows: list[Row] = []
    for line in accounts.ACCOUNTS.strip().splitlines():
        username, role, organization, area, start, end = (line.split("|") + ["", ""])[:6]
        if username not in known:
            known[username] = (*next(names), f"1990000{len(known) + 1:04d}")
        zh, en, phone = known[username]
        sentence = sentences.pop(role, "")
        sentence_zh, sentence_en = sentence.split("|") if sentence else ("", "")
        rows.append(
            (username, zh, en, role, organization, DISTRICT + area, accounts.DOORS.get(role, "desk"))
            + (sentence_zh, sentence_en, "yes" if sentence else "no", start or HIRED, end)
            + (phone, f"{username}@yunxi.example")
        )
    return rows


def responsible_workers(rows: list[Row]) -> dict[str, str]:
    """Which grid worker answers for which area now: area code → username."""
    return {row[5]: row[0] for row in rows if row[3] == "grid_worker" and not row[11]}
