"""The demo district's past and its morning of today: six months of cases, one storm, and work that waits."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from linli.cases.models import Situation
from linli.cases.operations.situations import report_of
from linli.cases.simulation.lives import Generator, Life
from linli.cases.simulation.loading import load, refresh_statistics
from linli.cases.simulation.today import live_work
from linli.cases.simulation.town import Spot, read_town
from linli.kernel.identifiers import new_id

DAYS = 183
A_DAY = 36
STORM_REPORTS = 131
STORM_DAYS_AGO = 38


def load_history(*, say: Callable[[str], object] = print) -> dict[str, int]:
    """Fill an empty demo district. Returns what was made. Deterministic but for the day it is made on."""
    now, town = timezone.now(), read_town()
    generator = Generator(town, now=now, seed=20)
    start = now - timedelta(days=DAYS)
    say(f"  six months of cases ({DAYS * A_DAY}) …")
    ordinary = load(generator.lives(DAYS * A_DAY, start, now - timedelta(hours=3)))
    say("  a storm morning …")
    storm = _storm(generator, now)
    say("  work that waits today …")
    live = live_work(town, random.Random(7))
    refresh_statistics()
    return {"cases": ordinary, "storm reports": storm, "cases of today": live}


def _storm(generator: Generator, now: datetime) -> int:
    local = timezone.localtime(now - timedelta(days=STORM_DAYS_AGO))
    while local.weekday() > 4:
        local -= timedelta(days=1)
    start = local.replace(hour=6, minute=5, second=0, microsecond=0)
    end = start.replace(hour=8, minute=30)
    street = _busiest_street(generator.town.spots)
    spots = generator.chance.sample([spot for spot in generator.town.spots if spot.grid.startswith(street)], 34)
    situation = Situation(
        id=new_id(start),
        name=f"{start:%m月%d日}暴风雨",
        area_code=street,
        opened_at=start,
        opened_by_system=True,
        trigger={"reports": 12, "minutes": 60},
    )
    with transaction.atomic():
        situation.save(force_insert=True)
        lives = list(generator.storm(STORM_REPORTS, start, end, spots))
        for life in _merging(generator, lives):
            generator.put(life.case, situation_id=situation.pk)
    load(lives)
    situation.closed_at = start.replace(hour=20, minute=15)
    situation.report = {
        **report_of(situation),
        "words": "清晨大风暴雨，倒树、积水为主。园林、排水、供电、街道同时出动，绝大部分险情当天上午清除，未发生人员受伤。",
    }
    situation.report["until"] = situation.closed_at.isoformat()
    situation.save(update_fields=["closed_at", "report"])
    return len(lives)


def _merging(generator: Generator, lives: list[Life]) -> Iterator[Life]:
    """Later reports of the same thing close by become merged into the first one."""
    leads: list[Life] = []
    for life in lives:
        same = next((lead for lead in leads if generator.is_same(lead, life)), None)
        if same is None:
            leads.append(life)
        else:
            generator.merge(life, same)
        yield life


def _busiest_street(spots: list[Spot]) -> str:
    codes = [spot.grid[:9] for spot in spots]
    return max(set(codes), key=codes.count)
