"""Limits: so many at once, then so many a minute; each asker for themselves, together over all processes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings
from django.test import RequestFactory

from linli.kernel import limits, options
from linli.kernel.errors import TooMany
from linli.kernel.models import Setting
from linli.kernel.snapshots import changed

LIMIT = "limits.test"


@pytest.fixture(autouse=True)
def afresh(db):
    """A limit of the tests' own, gone after each: whoever lists what is declared must not meet it."""
    limits.forget_all()
    limits.limit("test", "5/10", "For the tests.")
    yield
    options._OPTIONS.pop(LIMIT)


def test_five_at_once_then_one_every_two_seconds():
    assert [limits.wait_for(LIMIT, "a", now=1000.0) for _turn in range(5)] == [0.0] * 5
    assert limits.wait_for(LIMIT, "a", now=1000.0) == pytest.approx(2.0)
    assert limits.wait_for(LIMIT, "a", now=1001.9) == pytest.approx(0.1)
    assert limits.wait_for(LIMIT, "a", now=1002.0) == 0.0
    assert limits.wait_for(LIMIT, "a", now=1002.0) == pytest.approx(2.0)


def test_after_a_rest_the_whole_allowance_is_back():
    for _turn in range(5):
        limits.wait_for(LIMIT, "a", now=1000.0)

    assert [limits.wait_for(LIMIT, "a", now=1010.0) for _turn in range(5)] == [0.0] * 5


def test_askers_do_not_share():
    for _turn in range(6):
        limits.wait_for(LIMIT, "a", now=1000.0)

    assert limits.wait_for(LIMIT, "b", now=1000.0) == 0.0


def test_a_clock_set_back_locks_nobody_out():
    for _turn in range(6):
        limits.wait_for(LIMIT, "a", now=9000.0)

    assert limits.wait_for(LIMIT, "a", now=1000.0) == 0.0


def test_too_many_says_how_long_to_wait():
    for _turn in range(5):
        limits.spend(LIMIT, "a")

    with pytest.raises(TooMany) as refused:
        limits.spend(LIMIT, "a")

    assert 1 <= refused.value.details["retry_after"] <= 3


def test_a_place_may_change_a_limit_or_switch_it_off():
    Setting.objects.create(key=LIMIT, value="1/60")
    changed("settings")
    limits.spend(LIMIT, "a")
    with pytest.raises(TooMany):
        limits.spend(LIMIT, "a")

    Setting.objects.filter(key=LIMIT).update(value="")
    changed("settings")
    for _turn in range(100):
        limits.spend(LIMIT, "a")


def test_processes_share_the_allowance():
    limits.wait_for(LIMIT, "warm", now=1000.0)
    code = (
        "import django; django.setup(); from linli.kernel import limits, snapshots;"
        "limits.options._values._load = dict;"  # the other process has no test database to ask
        "snapshots._current_version = lambda name: 1;"
        f"limits.limit('test', '5/10', 'x'); print([limits.wait_for('{LIMIT}', 'a', now=1000.0) for _ in range(5)])"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LINLI_DATA": str(settings.DATA_DIR),
        "PYTHONPATH": str(settings.BASE_DIR),
        "LINLI_DATABASE_URL": "",
    }
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True)

    assert limits.wait_for(LIMIT, "a", now=1000.0) > 0


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.7", "127.0.0.1"),  # anybody may write the header
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "10.0.0.1, 203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "198.51.100.7", "127.0.0.1"),  # came past our proxies
    ],
)
def test_the_address_is_what_our_own_proxies_saw(settings, proxies, forwarded, address):
    settings.LINLI_PROXIES = proxies

    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})

    assert limits.address_of(request) == address
