"""Drawing a sample that can be checked beside numpy's, which cannot: a million cases in 65 strata, 2,600 drawn."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from heapq import nsmallest

import numpy as np

from bench.methods.contest import OURS, Contender, Goal, Match
from linli.methods import draw

CASES, STRATA, EACH = 1_000_000, 65, 40
SECRET, PUBLIC = "a secret of the bench, long enough to commit to", "07 11 18 23 30"


def instance() -> list[tuple[str, str]]:
    return [(f"street {number % STRATA:02d}", f"C{number:07d}") for number in range(CASES)]


def sizes() -> dict[str, int]:
    return {f"street {number:02d}": EACH for number in range(STRATA)}


def ours(cases: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Everything: canonical list, its digest, seed, tickets, smallest."""
    drawn = draw.draw(cases, sizes(), secret=SECRET, public=PUBLIC).drawn
    return {stratum: [case for _ticket, case in rows] for stratum, rows in drawn.items()}


def with_numpy(cases: list[tuple[str, str]]) -> dict[str, list[str]]:
    """A seeded generator: quick, but who cannot run this very numpy must believe it."""
    strata = np.array([stratum for stratum, _case in cases])
    names, group = np.unique(strata, return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group))
    chance, drawn = np.random.default_rng(20_261), {}
    for at, name in enumerate(names):
        members = order[(ends[at - 1] if at else 0) : ends[at]]
        drawn[str(name)] = [cases[int(row)][1] for row in chance.choice(members, EACH, replace=False)]
    return drawn


def with_hmac(cases: list[tuple[str, str]]) -> dict[str, list[str]]:
    """The same tickets by HMAC, as one would write it without thinking of time."""
    key, by_stratum = SECRET.encode(), {}
    for stratum, case in cases:
        ticket = hmac.new(key, case.encode(), hashlib.sha256).digest()
        by_stratum.setdefault(stratum, []).append((ticket, case))
    return {stratum: [case for _ticket, case in nsmallest(EACH, rows)] for stratum, rows in by_stratum.items()}


def _score(cases: list[tuple[str, str]], answer: dict[str, list[str]]) -> Mapping[str, float]:
    again = ours(cases)
    return {"drawn": sum(map(len, answer.values())), "can be repeated with sha256sum": float(answer == again)}


def matches() -> list[Match]:
    """One draw."""
    return [
        Match(
            f"A sample of {STRATA * EACH:,} among {CASES:,} cases in {STRATA} strata", instance, _score,
            (Contender(OURS, ours, repeat=5), Contender("HMAC of each case", with_hmac), Contender("numpy, seeded", with_numpy, None, "numpy")),
            {"CPU s": Goal(round(CASES / 1_100_000, 3)), "can be repeated with sha256sum": Goal(1, more_is_better=True)},
            note="1.1 million cases a CPU second are 0.909 s.",
        )
    ]  # fmt: skip


def picture() -> str:
    """Tickets of two streets: every case a dot at its ticket, the smallest drawn."""
    import random

    chance, width = random.Random(4), 760
    parts: list[str] = []
    boxes = (("digest of the published list", 20), ("secret, committed to before", 270), ("public value, known after", 520))
    for text, left in boxes:
        parts.append(f'<rect x="{left}" y="18" width="220" height="38" rx="8" fill="#e8f0ee" stroke="#3f7f73"/>')
        parts.append(f'<text x="{left + 110}" y="42" text-anchor="middle">{text}</text>')
        parts.append(f'<path d="M{left + 110} 56 L380 88" stroke="#8fa8a2" fill="none"/>')
    parts.append('<rect x="300" y="88" width="160" height="34" rx="8" fill="#3f7f73"/>')
    parts.append('<text x="380" y="110" text-anchor="middle" fill="#fff">seed = SHA-256</text>')
    cases = [(f"street {row}", f"case {row}-{number}") for row in range(3) for number in range((70, 34, 50)[row])]
    chance.shuffle(cases)
    take = {"street 0": 7, "street 1": 4, "street 2": 5}
    drawn = draw.draw(cases, take, secret=SECRET, public=PUBLIC)
    everyone = draw.smallest(drawn.seed, cases, dict.fromkeys(take, 99))
    for row, (stratum, rows) in enumerate(sorted(everyone.items())):
        middle, chosen = 160 + row * 46, {case for _ticket, case in drawn.drawn[stratum]}
        parts.append(f'<text x="20" y="{middle + 5}">{stratum}: {len(chosen)} of {len(rows)}</text>')
        parts.append(f'<line x1="170" y1="{middle}" x2="740" y2="{middle}" stroke="#c9d4d1"/>')
        for ticket, case in rows:
            x, is_drawn = 170 + 570 * int(ticket[:8], 16) / 2**32, case in chosen
            parts.append(
                f'<circle cx="{x:.1f}" cy="{middle}" r="{6 if is_drawn else 3.2}" fill="{"#d9772b" if is_drawn else "#9bb5ae"}"/>'
            )
    parts.append(
        '<text x="170" y="292" fill="#5b6d69">smallest ticket</text><text x="740" y="292" text-anchor="end" fill="#5b6d69">largest</text>'
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 305" font-family="sans-serif" font-size="14" fill="#22302d">'
    return head + f'<rect width="{width}" height="305" rx="10" fill="#fbfcfb"/>' + "".join(parts) + "</svg>\n"
