"""When two reports are about one thing: a small logistic of words, metres, hours, kind and photo. And one report against few.

Pages load this; numpy only. `fit` learns the rule of a place from what its clerks merged and kept apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.methods.errors import BadInput
from linli.methods.likeness_words import counts_of, idf_of, signs_of, weighted

PHOTO_BITS = 64
FAR_PHOTO_BITS = 32  # unlike pictures differ in half of their bits
USUAL_SIGNS, MOST_SIGNS = 20, 80
NAMES = ("words", "place", "age", "kind", "photo", "length")


@dataclass(frozen=True)
class Rule:
    """How likely two reports are one thing: logistic of start + words · alike + place · metres / radius + age · hours / window
    + kind (when both have the same, − kind when not) + photo · (how much nearer the pictures are than chance, 0 to 1)
    + length · ln(signs of the shorter / 20), because long texts share set phrases. The weights were learned from made-up
    reports of several sorts (`bench/methods/texts.py`) and rounded towards the middle of them.
    """

    radius_m: float = 110.0
    window_hours: float = 240.0
    least: float = 0.5
    start: float = -1.5
    words: float = 16.0
    place: float = -5.0
    age: float = -3.0
    kind: float = 0.25
    photo: float = 6.0
    length: float = -1.0


RULE = Rule()


def likelihood(
    rule: Rule,
    *,
    alike: ArrayLike,
    metres: ArrayLike,
    hours: ArrayLike,
    is_same_kind: ArrayLike | None = None,
    photo_bits: ArrayLike | None = None,
    signs: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """The probability of each pair. What is not known (no kinds, no signs; a photo distance below 0) counts nothing."""
    given = features(rule, alike, metres, hours, is_same_kind, photo_bits, signs)
    score = rule.start + given @ np.array([getattr(rule, name) for name in NAMES])
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(score, -500, 500))))


def features(
    rule: Rule,
    alike: ArrayLike,
    metres: ArrayLike,
    hours: ArrayLike,
    is_same_kind: ArrayLike | None = None,
    photo_bits: ArrayLike | None = None,
    signs: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """What the logistic weighs, in the order of `NAMES`: float64 (pairs, 6)."""
    words = np.asarray(alike, np.float64)
    kind = np.zeros_like(words) if is_same_kind is None else np.where(np.asarray(is_same_kind), 1.0, -1.0)
    bits = np.full_like(words, -1.0) if photo_bits is None else np.asarray(photo_bits, np.float64)
    photo = np.where(bits < 0, 0.0, np.clip(1.0 - bits / FAR_PHOTO_BITS, 0.0, 1.0))
    near = np.asarray(metres, np.float64) / rule.radius_m
    age = np.asarray(hours, np.float64) / rule.window_hours
    length = np.zeros_like(words)
    if signs is not None:
        length = np.log(np.clip(np.asarray(signs, np.float64), 1, MOST_SIGNS) / USUAL_SIGNS)
    return np.stack([words, near, age, kind, photo, length], axis=-1)


def fit(
    rule: Rule,
    truth: ArrayLike,
    *,
    alike: ArrayLike,
    metres: ArrayLike,
    hours: ArrayLike,
    is_same_kind: ArrayLike | None = None,
    photo_bits: ArrayLike | None = None,
    signs: ArrayLike | None = None,
    shrink: float = 0.1,
) -> Rule:
    """The rule learned from pairs that people judged (`truth`: one thing or not), by Newton's method.

    What never differs stays near 0; `shrink` keeps weights small when few pairs are there. Raises BadInput (truth) when all
    pairs are judged the same.
    """
    wanted = np.asarray(truth, np.float64)
    if not 0 < wanted.sum() < len(wanted):
        raise BadInput("truth", "needs pairs of both sorts: the same thing, and not")
    given = features(rule, alike, metres, hours, is_same_kind, photo_bits, signs)
    design = np.column_stack([np.ones(len(wanted)), given])
    weights, hold = np.zeros(1 + len(NAMES)), np.diag([1e-6] + [shrink] * len(NAMES))
    for _step in range(50):
        shares = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (shares - wanted) + hold @ weights
        curve = (design * (shares * (1 - shares))[:, None]).T @ design + hold
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    found = dict(zip(("start", *NAMES), map(float, weights), strict=True))
    return replace(rule, **found)


def bits_between(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.int64]:
    """How many bits of two photo hashes differ: 0 the same picture, about 32 unlike ones."""
    parted = np.ascontiguousarray(np.bitwise_xor(first, second)).view(np.uint8).reshape(*np.shape(first), 8)
    return np.asarray(_ONES[parted].sum(axis=-1))


_ONES = np.array([bin(value).count("1") for value in range(256)], np.int64)


@dataclass(frozen=True)
class Telling:
    """How telling each gram is where a text comes from: `grams` ascending, in how many of `texts` texts each is."""

    grams: NDArray[np.uint64]
    texts_with: NDArray[Any]
    texts: int


def alike(text: str, others: Sequence[str], telling: Telling | None = None) -> NDArray[np.float64]:
    """How alike a text is to each of some others, 0 to 1: cosine of TF-IDF grams of one and two signs. About 0.5 ms for fifty.

    Without `telling` every gram counts the same; then only the words themselves decide.
    """
    rows, places, counts, listed = counts_of(signs_of([text, *others]), 2)
    idf = np.ones(len(listed), np.float32) if telling is None else _idf(listed, telling)
    values = weighted(counts, idf[places], rows, 1 + len(others)).astype(np.float64)
    mine = np.zeros(len(listed))
    own = rows == 0
    mine[places[own]] = values[own]
    return np.asarray(np.bincount(rows, values * mine[places], minlength=1 + len(others))[1:], np.float64)


def _idf(listed: NDArray[np.uint64], telling: Telling) -> NDArray[np.float32]:
    texts_with = np.zeros(len(listed), np.int64)
    if len(telling.grams):
        place = np.minimum(np.searchsorted(telling.grams, listed), len(telling.grams) - 1)
        texts_with = np.where(telling.grams[place] == listed, telling.texts_with[place], 0)
    return idf_of(texts_with, telling.texts)
