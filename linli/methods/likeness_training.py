"""Training of category suggestions: linear support vector machines over grams of one to three signs, confidence calibrated.

Principle: each label gets a weight for every gram so that its texts lie on one side and all others on the other (squared
hinge loss, one against the rest, dual coordinate descent: Hsieh et al. 2008). Further training starts from the weights there
are and changes them as little as the new texts demand (a proximal step), so the old texts need not be kept. Confidences are
a softmax of the margins, sharpened so that held-out texts are as likely as can be (Guo et al. 2017, temperature scaling).
Complexity: texts × grams of a text × labels × some ten passes. 10,000 headlines with 10 labels: under a CPU second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.methods import likeness_kernels as kernels
from linli.methods.errors import BadInput
from linli.methods.likeness_serving import LEAST_CONFIDENCE, Model, softmax
from linli.methods.likeness_words import LONGEST, idf_of, signs_of
from linli.methods.running import Progress, tell

COST = 1.0
LEAST_PULL = 0.2  # of few new texts, as a share of COST
TOLERANCE = 0.05
MOST_EPOCHS = 100
MOST_BYTES = 20_000_000
FOLDS = 3
SHARPNESS_OF_FEW = 3.0  # when there are too few texts to measure it
LEAST_SHARPNESS, MOST_SHARPNESS = 0.1, 12.0
DOUBT = 0.01


@dataclass(frozen=True)
class Rows:
    """Texts as sparse rows of length 1 (CSR), column numbers of a list of grams."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def only(self, chosen: NDArray[np.int64]) -> Rows:
        """Some of the rows."""
        sizes = np.diff(self.starts)[chosen]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        at = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes) + np.repeat(self.starts[chosen], sizes)
        return Rows(starts, self.columns[at], self.values[at])


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    most_bytes: int = MOST_BYTES,
    least: float = LEAST_CONFIDENCE,
    seed: int = 0,
    progress: Progress | None = None,
) -> Model:
    """A model from texts and their labels.

    `most_bytes`: grams that decide least are left out until the model is as small. Deterministic for a seed.
    Raises BadInput (labels) when there are not as many labels as texts, or fewer than two different ones.
    """
    truth, names = _numbered(texts, labels)
    signs = signs_of(texts, punctuation=True)
    places, row_starts, listed = kernels.listed_grams(signs.codes, signs.starts, LONGEST, np.zeros(0, np.uint64))
    starts, columns, counts = kernels.counted(places, row_starts)
    texts_with = np.bincount(columns, minlength=len(listed)).astype(np.int32)
    rows = Rows(starts, columns, kernels.weigh(starts, columns, counts, idf_of(texts_with, len(texts))))
    tell(progress, 0.2)
    sharpness = _calibrated(rows, truth, len(listed), len(names), seed)
    tell(progress, 0.7)
    weights, bias = np.zeros((len(listed), len(names)), np.float32), np.zeros(len(names), np.float32)
    _descend(rows, truth, weights, bias, seed)
    tell(progress, 1.0)
    return _model(names, listed, texts_with, len(texts), weights, bias, sharpness, least, most_bytes)


def train_further(
    model: Model, texts: Sequence[str], labels: Sequence[str], *, most_bytes: int = MOST_BYTES, seed: int = 0
) -> Model:
    """A model that has learned from more texts, also of new labels, without the old texts.

    Costs what the new texts cost; the fewer they are beside the old ones, the gentler they pull. Raises BadInput as `train`
    (one label is enough here).
    """
    names = (*model.labels, *sorted(set(labels) - set(model.labels)))
    truth, _names = _numbered(texts, labels, names)
    signs = signs_of(texts, punctuation=True)
    places, row_starts, listed = kernels.listed_grams(signs.codes, signs.starts, LONGEST, model.grams)
    starts, columns, counts = kernels.counted(places, row_starts)
    texts_with = np.bincount(columns, minlength=len(listed)).astype(np.int32)
    texts_with[: len(model.grams)] += model.texts_with
    total = model.texts + len(texts)
    rows = Rows(starts, columns, kernels.weigh(starts, columns, counts, idf_of(texts_with, total)))
    weights = np.zeros((len(listed), len(names)), np.float32)
    weights[: len(model.grams), : len(model.labels)] = model.weights
    bias = np.concatenate([model.bias, np.full(len(names) - len(model.labels), -1.0, np.float32)])
    _descend(rows, truth, weights, bias, seed, cost=COST * max(LEAST_PULL, math.sqrt(len(texts) / max(total, 1))))
    return _model(names, listed, texts_with, total, weights, bias, model.sharpness, model.least, most_bytes)


def margins_of(model: Model, texts: Sequence[str]) -> NDArray[np.float32]:
    """What `Model.margins` answers, for very many texts at once: compiled."""
    signs = signs_of(texts, punctuation=True)
    places, row_starts = kernels.known_grams(signs.codes, signs.starts, LONGEST, *kernels.table_of(model.grams))
    starts, columns, counts = kernels.counted(places, row_starts)
    values = kernels.weigh(starts, columns, counts, idf_of(model.texts_with, model.texts))
    return np.asarray(kernels.scores_of(starts, columns, values, model.weights.astype(np.float32), model.bias))


def classify(model: Model, texts: Sequence[str]) -> tuple[list[str], NDArray[np.float64]]:
    """The likeliest label of each text and its confidence. Some hundred thousand short texts a CPU second."""
    if not texts or not model.labels:
        return [], np.zeros(0)
    margins = margins_of(model, texts)
    best = margins.argmax(axis=1)
    confidences = softmax(margins, model.sharpness)
    return [model.labels[at] for at in best], confidences[np.arange(len(texts)), best]


def _numbered(
    texts: Sequence[str], labels: Sequence[str], names: tuple[str, ...] | None = None
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    if len(texts) != len(labels):
        raise BadInput("labels", f"there are {len(labels)} for {len(texts)} texts")
    if names is None:
        names = tuple(sorted(set(labels)))
        if len(names) < 2:
            raise BadInput("labels", "at least two different ones are needed to tell them apart")
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[label] for label in labels], np.int64), names


def _descend(
    rows: Rows,
    truth: NDArray[np.int64],
    weights: NDArray[np.float32],
    bias: NDArray[np.float32],
    seed: int,
    *,
    cost: float = COST,
) -> None:
    kernels.descend(
        rows.starts, rows.columns, rows.values, truth, weights, bias,
        np.float32(cost), MOST_EPOCHS, np.float32(TOLERANCE), seed,
    )  # fmt: skip


def _calibrated(rows: Rows, truth: NDArray[np.int64], grams: int, labels: int, seed: int) -> float:
    """The sharpness under which texts that were held out in turn are likeliest."""
    if len(rows) < 10 * FOLDS:
        return SHARPNESS_OF_FEW
    fold = np.random.default_rng(seed).permutation(len(rows)) % FOLDS
    margins = np.zeros((len(rows), labels), np.float32)
    for turn in range(FOLDS):
        learned, held = np.flatnonzero(fold != turn), np.flatnonzero(fold == turn)
        weights, bias = np.zeros((grams, labels), np.float32), np.zeros(labels, np.float32)
        _descend(rows.only(learned), truth[learned], weights, bias, seed)
        part = rows.only(held)
        margins[held] = kernels.scores_of(part.starts, part.columns, part.values, weights, bias)
    return sharpest(margins, truth)


def sharpest(margins: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """The factor of margins whose softmax makes the truth likeliest; by golden section.

    Texts that are told apart without a fault would make it endless; a doubt of `DOUBT` and a bound keep it from boasting.
    """

    def surprise(logarithm: float) -> float:
        shares = softmax(margins, math.exp(logarithm))
        logarithms = np.log(np.maximum(shares, 1e-12))
        right = logarithms[np.arange(len(truth)), truth]
        return float(-((1 - DOUBT) * right + DOUBT * logarithms.mean(axis=1)).mean())

    low, high, part = math.log(LEAST_SHARPNESS), math.log(MOST_SHARPNESS), (math.sqrt(5) - 1) / 2
    for _step in range(30):
        first, second = high - part * (high - low), low + part * (high - low)
        low, high = (low, second) if surprise(first) <= surprise(second) else (first, high)
    return math.exp((low + high) / 2)


def _model(
    names: tuple[str, ...],
    listed: NDArray[np.uint64],
    texts_with: NDArray[np.int32],
    texts: int,
    weights: NDArray[np.float32],
    bias: NDArray[np.float32],
    sharpness: float,
    least: float,
    most_bytes: int,
) -> Model:
    """Grams in ascending order; those of least influence left out beyond `most_bytes`."""
    room = max(1, int(most_bytes * 0.99) // (12 + 2 * len(names)))
    kept = np.arange(len(listed))
    if len(listed) > room:
        influence = np.abs(weights).max(axis=1) * idf_of(texts_with, texts)
        kept = np.argpartition(-influence, room)[:room]
    kept = kept[np.argsort(listed[kept])]
    return Model(
        names, listed[kept], texts_with[kept], texts, weights[kept].astype(np.float16), bias, float(sharpness), float(least)
    )
