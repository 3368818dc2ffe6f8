"""What a session remembers of its sign-in, and when a desk session has ended by itself."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from linli.kernel import options
from linli.kernel.option_values import whole

IDLE_MINUTES = options.option(
    "people.session.idle_minutes", 30, "After how many idle minutes a session at the desk ends; 0 never.", whole()
)
SEEN_KEY = "seen"  # when the desk was last used, in seconds since 1970
SINCE_KEY = "since"  # when the person signed in
NOTE_EVERY = 60  # seconds between two notes of "still there", so that reading pages does not write each time


def start(session: SessionBase) -> None:
    """Note in a fresh session when it began."""
    session[SINCE_KEY] = session[SEEN_KEY] = int(time.time())


def is_alive(session: SessionBase) -> bool:
    """Whether a desk session is in use, and if so a note of it. Idle ones end, and all end after twelve hours."""
    now, idle = time.time(), options.value(IDLE_MINUTES) * 60
    since, seen = session.get(SINCE_KEY), session.get(SEEN_KEY)
    if since is not None and now - since > settings.SESSION_COOKIE_AGE:
        return False
    if idle and seen is not None and now - seen > idle:
        return False
    if seen is None or now - seen > NOTE_EVERY:
        session[SEEN_KEY] = int(now)
    return True
