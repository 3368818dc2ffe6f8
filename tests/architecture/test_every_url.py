"""Every address × everybody: `url_rights.json` says who gets what, and nothing else may happen.

The answers are those to GET, or, where an address takes no GET from them (405), to a POST of nothing. "*" is everybody else.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from linli.kernel import limits
from tests.architecture import tables
from tests.architecture.addresses import ELSEWHERE, NOBODY, REPORTER, Row, rows, scene

FILE = "url_rights.json"
# Parts of the house, so that they are tried side by side; an address belongs to the first that fits.
PARTS = ("/api/v1/cases/", "/api/", "/accounts/", "/desk/cases/", "/desk/rates/", "/desk/", "/open311/", "/r/", "/")
INSIDE = ("/desk/", "/messages/", "/screen/", "/field/photos/", "/field/api/", "/my/")
OPEN_TO_ALL = {"/field/api/session"}  # says whether somebody is signed in
NOT_IN = {301, 302, 401, 403, 404, 405}


def part_of(row: Row) -> str:
    return next(part for part in PARTS if row.pattern.path.startswith(part))


def answer(browser: Client, url: str) -> int:
    """The status of a GET, or of a POST of nothing where GET is not taken; whatever it wrote is taken back."""
    limits.forget_all()
    with transaction.atomic():
        response = browser.get(url)
        if response.status_code == 405:
            as_json = {"data": "{}", "content_type": "application/json"} if "/api/" in url else {}
            response = browser.post(url, **as_json)
        transaction.set_rollback(True)
    for close in response._resource_closers:  # files; closing the response would close the connection too
        close()
    return response.status_code


def in_words(answers: dict[str, int]) -> dict[str, Any]:
    """Who gets what, with the most frequent answer said once."""
    by_status = defaultdict(list)
    for who, status in answers.items():
        by_status[status].append(who)
    usual = max(by_status, key=lambda status: len(by_status[status]))
    return {**{str(status): by_status[status] for status in sorted(by_status) if status != usual}, "*": usual}


def answers_of(row: dict[str, Any], people: list[str]) -> dict[str, int]:
    named = {who: int(status) for status, whom in row.items() if status != "*" for who in whom}
    return {who: named.get(who, row["*"]) for who in people}


@pytest.mark.django_db
@pytest.mark.parametrize("part", PARTS)
def test_everybody_gets_what_the_table_says(part: str) -> None:
    table, made, wrong = tables.read(FILE), scene(), []
    asked = [row for row in rows() if part_of(row) == part]
    for row in asked:
        url = made.url_of(row)
        found = {who: answer(browser, url) for who, browser in made.askers(row).items()}
        wrong += [f"{url} is broken ({status}) for {who}" for who, status in found.items() if status >= 500]
        if tables.WRITES:
            table[row.title] = in_words(found)
        elif row.title not in table:
            wrong.append(f"{row.title} has no row: {in_words(found)}")
        else:
            meant = answers_of(table[row.title], list(found))
            wrong += [f"{row.title}: {who} got {found[who]}, not {meant[who]}" for who in found if found[who] != meant[who]]
    if tables.WRITES:
        tables.write(FILE, {row.title: table[row.title] for row in rows() if row.title in table})

    assert asked
    assert wrong == [], tables.HOW.format(FILE)


def test_the_table_has_a_row_for_every_address_and_no_other() -> None:
    assert list(tables.read(FILE)) == [row.title for row in rows()]


def test_whoever_is_not_known_comes_nowhere_inside() -> None:
    """Independent of what was written down: a table made from wrong answers would be found here."""
    inside = {title: row for title, row in tables.read(FILE).items() if title.startswith(INSIDE) and title not in OPEN_TO_ALL}

    assert len(inside) > 60
    assert {title for title, row in inside.items() if answers_of(row, [NOBODY])[NOBODY] not in NOT_IN} == set()


def test_a_stranger_to_the_area_or_unit_finds_nothing_of_ours() -> None:
    """Where the same role at its own place is let in, the one elsewhere gets 404, not even 403."""
    table = tables.read(FILE)
    of_ours = {row.title for row in rows() if {"reference", "situation_id", "quarantined_id"} & set(row.pattern.varies)}
    of_ours = {title for title in of_ours if title.startswith("/desk/")}

    assert len(of_ours) > 15
    for title in of_ours:
        for elsewhere, (role, _body, _area) in ELSEWHERE.items():
            found = answers_of(table[title], [role, elsewhere])
            assert found[elsewhere] == (found[role] if found[role] in (403, 405) else 404), (title, elsewhere, found)


def test_a_sealed_case_is_open_to_those_with_the_right_and_to_who_reported_it() -> None:
    table = tables.read(FILE)
    sealed = {title: row for title, row in table.items() if title.endswith("· sealed") and "secret>" not in title}
    let_in = {who for row in sealed.values() for status, whom in row.items() if status == "200" for who in whom}

    assert all(row["*"] != 200 for row in sealed.values())
    assert let_in == {"street_leader", "district_supervisor", "auditor", REPORTER}
