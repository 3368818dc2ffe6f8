"""The tests' own ground: a test that commits leaves nothing for the next one but the district."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from linli.kernel.events import emit
from linli.kernel.models import Event
from linli.kernel.pack_difference import PackLoaded
from linli.kernel.policy import SYSTEM
from linli.places.models import Area


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_thread_commits_is_gone_for_the_next_test_and_the_district_is_back(turn):
    assert Area.objects.filter(level="grid").count() >= 50
    assert not Event.objects.filter(name="kernel.pack.loaded", data__pack="from a thread").exists()

    def write() -> None:
        with transaction.atomic():
            emit(SYSTEM, PackLoaded("from a thread", "1", 1, 0, 0))
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()

    assert Event.objects.filter(data__pack="from a thread").count() == 1
