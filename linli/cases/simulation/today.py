"""The morning of today: a few dozen cases taken through the real operations, so that every desk has something to do."""

from __future__ import annotations

import random

from linli.cases.simulation.town import Town


def live_work(town: Town, chance: random.Random) -> int:
    return 0
