"""A sample for spot checks that nobody can have arranged and everybody can draw again.

Before: the list of cases with their strata is published with its digest, and the digest of a secret (`commitment`). After:
a public value that nobody could know (lottery numbers, a beacon's round) and the secret give the seed:

    seed = SHA-256(digest of the list + "." + secret + "." + public value)
    ticket of a case = SHA-256(seed + "." + case)

all as lower-case hexadecimal text. In each stratum the smallest tickets are drawn. So the one who knew the secret did not
know the public value, and the other way round; a case added or removed changes no other's ticket; and `sha256sum` with
`sort` repeats the draw without this program. Sources: Rivest's and Stark's samplers for audits of elections, RFC 3797,
Calandrino, Halderman and Felten 2008.

Sizes: `allocate` spreads a number of checks over strata (Neyman 1934: by size and spread, with a floor); `error_rate` says what
a sample tells about the rest. Complexity: a SHA-256 a case, over a million a CPU second; memory the cases and a few bytes each.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from linli.methods.errors import BadInput
from linli.methods.running import Progress, tell

_ROOM = 200  # cases kept beyond those to be drawn before the rest is dropped
_CHUNK = 25_000
_Z = 1.959963984540054  # of the normal distribution, for 95 %


@dataclass(frozen=True)
class Draw:
    """The seed and, by stratum, the drawn (ticket, case) with the smallest ticket first."""

    seed: str
    digest: str
    drawn: dict[str, list[tuple[str, str]]]


def canonical(cases: Sequence[tuple[str, str]]) -> str:
    """The published list: a line “stratum<tab>case” each, in the order of its bytes; what `sha256sum` is run on.

    Raises BadInput when a name has a tab or a line break. That no case stands there twice, `refuse_twins` looks.
    """
    lines = list(map("\t".join, cases))
    lines.sort()  # by code points, which is the order of UTF-8's bytes too: that of `sort` with LC_ALL=C
    text = "\n".join(lines) + "\n" if lines else ""
    if text.count("\t") != len(lines) or text.count("\n") != len(lines) or "\r" in text:
        bad = next(case for pair in cases for case in pair if re.search(r"[\t\n\r]", case))
        raise BadInput("cases", f"“{bad!r}” has a tab or a line break in its name")
    return text


def refuse_twins(cases: Iterable[str]) -> None:
    """Raise when a case stands there twice; run on the whole list before it is published, and on what was drawn."""
    seen: set[str] = set()
    for case in cases:
        if case in seen:
            raise BadInput("cases", f"“{case}” stands there twice")
        seen.add(case)


def digest_of(text: str) -> str:
    """SHA-256 of a text as `sha256sum` prints it."""
    return hashlib.sha256(text.encode()).hexdigest()


def commitment(secret: str) -> str:
    """What is published before the draw: the digest of the secret. Raises BadInput when the secret could be guessed."""
    if len(secret) < 32:
        raise BadInput("secret", "is shorter than 32 characters and could be guessed")
    return digest_of(secret)


def seed_of(digest: str, secret: str, public: str) -> str:
    """The seed out of the three; `public` as it was published, without spaces at its ends."""
    if not public.strip():
        raise BadInput("public value", "is missing")
    return digest_of(f"{digest}.{secret}.{public.strip()}")


def draw(
    cases: Sequence[tuple[str, str]],
    sizes: Mapping[str, int],
    *,
    secret: str,
    public: str,
    committed: str = "",
    progress: Progress | None = None,
) -> Draw:
    """Draw `sizes[stratum]` of the (stratum, case) rows; strata without a size are left out.

    `committed` is the commitment published before: another secret is refused. Raises BadInput naming the stratum that is
    unknown or has too few cases.
    """
    if committed and commitment(secret) != committed.strip().lower():
        raise BadInput("secret", "is not the one whose digest was published")
    text = canonical(cases)
    digest = digest_of(text)
    seed = seed_of(digest, secret, public)
    negative = next((stratum for stratum, size in sizes.items() if size < 0), None)
    if negative is not None:
        raise BadInput(f"size of {negative}", "is below nought")
    drawn = smallest(seed, cases, sizes, progress)
    for stratum, size in sizes.items():
        if len(drawn[stratum]) < size:
            raise BadInput(f"size of {stratum}", f"is {size}, but the stratum has {len(drawn[stratum])} cases")
    refuse_twins(case for rows in drawn.values() for _ticket, case in rows)
    return Draw(seed, digest, drawn)


def smallest(
    seed: str, cases: Sequence[tuple[str, str]], sizes: Mapping[str, int], progress: Progress | None = None
) -> dict[str, list[tuple[str, str]]]:
    """By stratum the smallest (ticket, case), as many as `sizes` says or as there are. One pass in the order of the list."""
    copy = hashlib.sha256(f"{seed}.".encode()).copy
    best: dict[str, list[tuple[bytes, str]]] = {stratum: [] for stratum in sizes}
    limits = {stratum: b"\xff" * 32 for stratum, size in sizes.items() if size > 0}  # above it a ticket is not among the smallest
    for first in range(0, len(cases), _CHUNK):
        highest = max(limits.values(), default=b"")
        for stratum, case in cases[first : first + _CHUNK]:
            ticket = copy()
            ticket.update(case.encode())
            drawn = ticket.digest()
            if drawn <= highest and drawn <= limits.get(stratum, b""):
                kept = best[stratum]
                kept.append((drawn, case))
                if len(kept) >= 2 * sizes[stratum] + _ROOM:
                    kept.sort()
                    del kept[sizes[stratum] :]
                    limits[stratum] = kept[-1][0]
        tell(progress, min(1.0, (first + _CHUNK) / len(cases)))
    return {stratum: [(ticket.hex(), case) for ticket, case in sorted(rows)[: sizes[stratum]]] for stratum, rows in best.items()}


def allocate(
    total: int, sizes: Mapping[str, int], *, spread: Mapping[str, float] | None = None, floor: int = 1
) -> dict[str, int]:
    """How many checks each stratum gets: at least `floor` (or all it has), the rest by size × spread (Neyman), `total` in all.

    `spread` is the standard deviation expected in the stratum, √(p (1 − p)) for a rate p; without it all are alike. Left-over
    single checks go to the largest remainder, then to the stratum listed first. Raises BadInput when `total` cannot be met.
    """
    spread = spread or dict.fromkeys(sizes, 1.0)
    if any(size < 0 for size in sizes.values()) or any(
        not spread.get(name, 0) >= 0 or not math.isfinite(spread[name]) for name in sizes
    ):
        raise BadInput("strata", "sizes and spreads must not be below nought")
    given = {name: min(floor, size) for name, size in sizes.items()}
    if not sum(given.values()) <= total <= sum(sizes.values()):
        raise BadInput("total", f"is {total}; floors need {sum(given.values())}, and there are {sum(sizes.values())} cases")
    left, pull = total - sum(given.values()), {name: size * spread[name] for name, size in sizes.items()}
    while left:
        # Towards size × spread of the whole; who already has more, by the floor or by being full, is left out.
        open_ones = [name for name in sizes if given[name] < sizes[name]]
        weights = {name: pull[name] or 1e-12 for name in open_ones}
        scale = (sum(given[name] for name in open_ones) + left) / sum(weights.values())
        wanted = {name: max(0.0, min(weights[name] * scale, sizes[name]) - given[name]) for name in open_ones}
        share = min(1.0, left / (sum(wanted.values()) or 1.0))
        whole = {name: math.floor(want * share + 1e-9) for name, want in wanted.items()}
        if not any(whole.values()):
            for name in sorted(open_ones, key=lambda one: -wanted[one])[:left]:
                given[name] += 1
                left -= 1
            continue
        for name, more in whole.items():
            given[name] += more
            left -= more
    return given


def error_rate(found: int, checked: int, population: int | None = None) -> tuple[float, float, float]:
    """(rate, low, high): the share of errors in a sample and its 95 % interval.

    Wilson's interval; with the `population` from which the sample was drawn the exact hypergeometric one (Clopper-Pearson's
    idea for a finite list), which is nothing wide when all were checked. Raises BadInput when the counts make no sense.
    """
    if not 0 <= found <= checked or checked < 1:
        raise BadInput("found", f"{found} errors in {checked} checked cases make no sense")
    rate = found / checked
    if population is not None:
        if population < checked:
            raise BadInput("population", f"of {population} cannot give a sample of {checked}")
        low, high = _finite_bounds(found, checked, population)
        return rate, low / population, high / population
    middle = (rate + _Z**2 / (2 * checked)) / (1 + _Z**2 / checked)
    reach = _Z / (1 + _Z**2 / checked) * math.sqrt(rate * (1 - rate) / checked + _Z**2 / (4 * checked**2))
    return rate, max(0.0, middle - reach) if found else 0.0, min(1.0, middle + reach) if found < checked else 1.0


def _finite_bounds(found: int, checked: int, population: int) -> tuple[int, int]:
    """Least and most errors in the population under which the sample is not too strange (2.5 % on either side)."""
    from scipy.stats import hypergeom

    def least(holds: object, low: int, high: int) -> int:
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if holds(middle) else (middle + 1, high)  # type: ignore[operator]
        return low

    top = population - (checked - found)
    lowest = least(lambda errors: hypergeom.sf(found - 1, population, errors, checked) > 0.025, found, top)
    beyond = least(lambda errors: hypergeom.cdf(found, population, errors, checked) <= 0.025, found, top + 1)
    return lowest, max(lowest, beyond - 1)
