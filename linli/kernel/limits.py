"""How often something may be asked for: per client address and per subject, without a query.

The rule is GCRA (a leaky bucket that remembers one instant): so many at once, then so many a minute. The instants lie
in a file in the data folder that every process of the machine maps into memory, in slots chosen by a keyed hash of who
asks; neither an address nor a number is kept. Two askers that share a slot share its allowance, which only makes a
limit tighter, once in some hundred thousand.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import threading
import time
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel import options
from linli.kernel.errors import TooMany

SLOTS = 1 << 19
SLOT = struct.Struct("d")
_lock = threading.Lock()
_map: mmap.mmap | None = None
_owner = 0


@dataclass(frozen=True)
class Rate:
    """So many at once, and so many again in `seconds`."""

    count: int
    seconds: float


def read_rate(given: str) -> Rate | None:
    """“30/600” as a rate; none if it is empty."""
    if not given:
        return None
    count, _slash, seconds = given.partition("/")
    try:
        rate = Rate(int(count), float(seconds or 60))
    except ValueError:
        raise ValueError(f"“{given}” is not a limit; write it like 30/600: 30 in 600 seconds") from None
    if rate.count < 1 or not 0 < rate.seconds < float("inf"):
        raise ValueError(f"“{given}” lets nobody in; write it like 30/600, or nothing for no limit")
    return rate


def limit(name: str, default: str, meaning: str) -> str:
    """Declare a limit as an option of the place; `default` is like "30/600": 30 in 600 seconds, "" for none."""
    return options.option(f"limits.{name}", default, f"{meaning} As count/seconds; empty for no limit.", read_rate)


REPORT_BY_ADDRESS = limit("report_address", "60/600", "Reports that one client address may send.")
SIGN_IN_BY_ADDRESS = limit("sign_in_address", "60/300", "Sign-ins that one client address may try.")
LOOK_UP_BY_ADDRESS = limit("look_up_address", "120/60", "Searches and look-ups by number from one client address.")
UPLOAD_BY_ADDRESS = limit("upload_address", "200/600", "Photos that one client address may send.")
API_BY_TOKEN = limit("api_token", "6000/60", "Requests that one access token may make.")


def _slots() -> mmap.mmap:
    """The shared slots of this process; mapped again after a fork."""
    global _map, _owner
    if _map is None or _owner != os.getpid():
        path = settings.DATA_DIR / "limits.slots"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(handle, SLOTS * SLOT.size)
            _map, _owner = mmap.mmap(handle, SLOTS * SLOT.size), os.getpid()
        finally:
            os.close(handle)
    return _map


def _offset(key: str, who: str) -> int:
    digest = hashlib.blake2b(f"{key}\0{who}".encode(), digest_size=8, key=settings.SECRET_KEY.encode()[:64]).digest()
    return int.from_bytes(digest, "big") % SLOTS * SLOT.size


def rate_of(key: str) -> Rate | None:
    """The rate in force for a declared limit; none if the place has switched it off."""
    return read_rate(str(options.value(key) or ""))


def wait_for(key: str, who: str, *, now: float | None = None) -> float:
    """Take one from the allowance of `who`; 0 if it was there, otherwise nothing is taken: the seconds to wait."""
    rate = rate_of(key)
    if rate is None:
        return 0.0
    now = time.time() if now is None else now
    each = rate.seconds / rate.count
    with _lock:
        slots, offset = _slots(), _offset(key, who)
        (free_at,) = SLOT.unpack_from(slots, offset)
        free_at = max(free_at, now) if free_at < now + 2 * rate.seconds else now  # a clock set back must not lock out
        early = free_at + each - now - rate.seconds
        if early > 1e-6:
            return early
        SLOT.pack_into(slots, offset, free_at + each)
    return 0.0


def spend(key: str, who: str) -> None:
    """Take one from the allowance of `who` or raise `TooMany`, which says how long to wait."""
    seconds = wait_for(key, who)
    if seconds:
        wait = int(seconds) + 1
        raise TooMany(
            "too_many",
            _("Too many requests came from here in a short time. Try again in %(seconds)s seconds.") % {"seconds": wait},
            retry_after=wait,
        )


def address_of(request: HttpRequest) -> str:
    """The client's address: the peer, or what the outermost of our own proxies saw."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    trusted = settings.LINLI_PROXIES
    if not trusted:
        return peer
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    return hops[-trusted] if len(hops) >= trusted else peer


def forget_all() -> None:
    """Give everybody their whole allowance back (tests, and an operator who let a mistake in)."""
    with _lock:
        slots = _slots()
        slots[:] = bytes(len(slots))


def is_used() -> bool:
    """Whether this process has looked at an allowance at all."""
    return _map is not None
