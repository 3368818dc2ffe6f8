"""How many statements each page costs stands in `query_counts.json`: never more with more rows, and changed only on purpose.

Every address without a variable part that shows something to somebody is a row, and so are the pages of one thing. Counted
with areas, catalogue and roles in memory, as in a house that has been running, and without what pages remember for a while.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linli.cases.tests import factories as make
from linli.cases.workflow import Stage
from linli.kernel import limits, snapshots
from linli.notifications.models import Message
from linli.people.models import Account
from linli.portal.remembering import Remembered
from tests.architecture import tables
from tests.architecture.addresses import NOBODY, REPORTER, Row, Scene, rows, scene
from tests.architecture.test_every_url import FILE as RIGHTS
from tests.architecture.test_every_url import answers_of

FILE = "query_counts.json"
# Who is asked first whether the page is theirs: those who see most of it.
READERS = ("street_dispatcher", "district_supervisor", "administrator", REPORTER, NOBODY)
OF_ONE_THING = (
    "/desk/cases/<str:reference>/", "/desk/situations/<uuid:situation_id>/", "/desk/dispatch/<str:reference>/",
    "/r/<reference:reference>/", "/r/<reference:reference>/<slug:secret>/", "/api/v1/cases/<reference>",
    "/api/v1/cases/<reference>/timeline", "/open311/v2/requests.<format>", "/open311/v2/services.<format>",
)  # fmt: skip
OWN = {"/my/", "/messages/", "/field/api/today", "/"}  # pages of one's own
LIST_BUDGET, PAGE_BUDGET = 8, 12  # what docs/develop/modules.md promises
LISTS = (
    "/desk/cases/",
    "/desk/dispatch/",
    "/desk/situations/",
    "/api/v1/cases",
    "/open311/v2/requests.<format>",
    "/my/",
    "/messages/",
)


def counted(table: dict[str, Any]) -> dict[str, tuple[Row, str]]:
    """The rows to count, each with its reader."""
    found = {}
    for row in rows():
        if row.variant or (row.pattern.varies and row.pattern.path not in OF_ONE_THING):
            continue
        statuses = answers_of(table[row.title], list(READERS))
        readers = (REPORTER, *READERS) if row.title in OWN else READERS
        reader = next((who for who in readers if statuses[who] == 200), None)
        if reader:
            found[row.title] = (row, reader)
    return found


def got(browser: Client, url: str) -> int:
    """The status of a GET, read to its end."""
    limits.forget_all()
    response = browser.get(url)
    for part in response.streaming_content if response.streaming else ():
        assert part is not None
    for close in response._resource_closers:
        close()
    return response.status_code


def statements(browser: Client, url: str) -> int:
    """How many a GET costs; 0 for what is only sent to."""
    first = got(browser, url)
    if first == 405:
        return 0
    cache.clear()
    for each in snapshots._all:
        if isinstance(each, Remembered):
            each.forget()
    with CaptureQueriesContext(connection) as caught:
        again = got(browser, url)
    assert (first, again) == (200, 200), url
    return len(caught)


def more(made: Scene) -> None:
    """Three times as much of what lists show."""
    for number in range(6):
        make.case_at(Stage.ACCEPTED, by=made.reporter, text=f"积水 {number}", east_m=number * 9)
        make.reported(f"又一处积水 {number}", east_m=number * 7, north_m=5)
        make.at_post("grid_worker")
    mine = [
        Message(person_id=one, event_id=number, kind="cases.case.accepted", title="已受理", created_at=timezone.now())
        for one in Account.objects.values_list("person_id", flat=True)
        for number in range(50, 60)
    ]
    Message.objects.bulk_create(mine)


@pytest.mark.django_db
def test_pages_cost_what_is_written_down_however_much_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "LOOK_EVERY", 3600.0)  # on a slow machine its statement would come now and then
    made, wanted = scene(), counted(tables.read(RIGHTS))
    make.case_at(Stage.REGISTERED)  # so that no board is empty
    few = {title: statements(made.browsers[who], made.url_of(row)) for title, (row, who) in wanted.items()}
    more(made)
    many = {title: statements(made.browsers[who], made.url_of(row)) for title, (row, who) in wanted.items()}

    if tables.WRITES:
        tables.write(FILE, {title: {"reader": who, "statements": many[title]} for title, (_row, who) in wanted.items()})
    meant = {title: row["statements"] for title, row in tables.read(FILE).items()}
    assert {title: (few[title], many[title]) for title in few if few[title] != many[title]} == {}, "it grows with the rows"
    assert many == meant, tables.HOW.format(FILE)


def test_what_is_written_down_keeps_the_promises() -> None:
    table = tables.read(FILE)

    assert len(table) > 60
    assert {title: table[title]["statements"] for title in LISTS if table[title]["statements"] > LIST_BUDGET} == {}
    assert {title: row for title, row in table.items() if "reference" in title and row["statements"] > PAGE_BUDGET} == {}
