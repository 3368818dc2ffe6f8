"""Made-up days of home visits: workers with a grid each, visits of some minutes, windows, skills, urgent ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

HOUR = 3600
CELL_M, DETOUR, METRES_PER_SECOND = 290.0, 1.3, 1.2


class Day(NamedTuple):
    """V visits and W workers; metres, seconds of the day, skills as bits (three kinds)."""

    visit_at: np.ndarray  # float[V, 2]
    service: np.ndarray  # int[V]
    opens: np.ndarray  # int[V]
    closes: np.ndarray  # int[V]
    needs: np.ndarray  # int[V]
    is_urgent: np.ndarray  # bool[V]
    own: np.ndarray  # int[V]
    worker_at: np.ndarray  # float[W, 2]
    skills: np.ndarray  # int[W]
    shift: tuple[int, int]

    def may(self) -> np.ndarray:
        """Whether a worker has what a visit needs, bool[V, W]."""
        return (self.needs[:, None] & ~self.skills[None, :]) == 0

    def must_leave(self) -> int:
        """Visits whose own worker lacks the skill: the least that can be outside their own grid."""
        return int(((self.needs & ~self.skills[self.own]) != 0).sum())

    def travel(self) -> np.ndarray:
        """Seconds from every place to every other, visits first."""
        places = np.concatenate([self.visit_at, self.worker_at])
        metres = DETOUR * np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
        return np.rint(metres / METRES_PER_SECOND).astype(np.int64)


def visit_day(each: int = 20, workers: int = 50, service_h: float = 330, seed: int = 5) -> Day:
    """`each` visits a worker, `service_h` hours of service in all (of 9 hours a worker); 15 % have a window of two hours,
    10 % need one of three skills, each of which 30 % of the workers have, 10 % are urgent. Grids are squares in rows of ten."""
    rng = np.random.default_rng(seed)
    corner = np.stack([np.arange(workers) % 10, np.arange(workers) // 10], axis=1) * CELL_M
    own = np.repeat(np.arange(workers), each)
    visits = len(own)
    visit_at = corner[own] + rng.uniform(0, CELL_M, (visits, 2))
    worker_at = corner + CELL_M / 2 + rng.normal(0, 40, (workers, 2))
    minutes = rng.gamma(4.0, 5.0, visits).clip(5, 60)
    service = np.rint(minutes * service_h * 60 / minutes.sum()).astype(np.int64) * 60
    start, end = int(8.5 * HOUR), int(17.5 * HOUR)
    opens, closes = np.full(visits, start), np.full(visits, end)
    timed = rng.permutation(visits)[: round(0.15 * visits)]
    opens[timed] = start + rng.integers(0, 8, len(timed)) * HOUR
    closes[timed] = np.minimum(opens[timed] + 2 * HOUR, end)
    needs, is_urgent, skills = np.zeros(visits, np.int64), np.zeros(visits, bool), np.zeros(workers, np.int64)
    needs[rng.permutation(visits)[: visits // 10]] = 1 << rng.integers(0, 3, visits // 10)
    is_urgent[rng.permutation(visits)[: visits // 10]] = True
    for skill in range(3):
        skills[rng.permutation(workers)[: round(0.3 * workers)]] |= 1 << skill
    return Day(visit_at, service, opens, closes, needs, is_urgent, own, worker_at, skills, (start, end))


def tight_day() -> Day:
    """26 visits each, 429 hours of service in 450 hours of shifts: not everybody can be visited."""
    return visit_day(26, 50, 429, seed=6)
