"""What pages need of the likeness of texts: a suggestion from a trained model, one new report against the open ones near it.

Web processes load this; it needs numpy only, never numba or SciPy (a test says so). Training, groups of duplicates and issues
are in `linli.methods.likeness`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.methods.errors import BadInput
from linli.methods.likeness_words import BITS, LONGEST, counts_of, grams_of, idf_of, said, signs_of, spelled, weighted

FORMAT = 1
LEAST_CONFIDENCE = 0.4
WORDS_SHOWN = 3
SHARPNESS_OF_WORDS = 22.0  # as sure as it was right on some fifty everyday sentences of our own


@dataclass(frozen=True)
class Suggestion:
    """A label with how sure the model is (0 to 1, calibrated) and the words of the text that spoke most for it."""

    label: str
    confidence: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """A trained classifier of texts. V grams, K labels.

    `grams` uint64 (V), ascending · `texts_with` int32 (V), how many training texts have each · `texts`, how many there were ·
    `weights` float16 (V, K) · `bias` float32 (K) · `sharpness`, by which margins are multiplied before the softmax that makes
    them confidences · `least`, below which the best label is "not sure".
    """

    labels: tuple[str, ...]
    grams: NDArray[np.uint64]
    texts_with: NDArray[np.int32]
    texts: int
    weights: NDArray[np.float16]
    bias: NDArray[np.float32]
    sharpness: float
    least: float = LEAST_CONFIDENCE

    @property
    def size_bytes(self) -> int:
        """Of the model in memory, which is about that of its file."""
        return self.grams.nbytes + self.texts_with.nbytes + self.weights.nbytes + self.bias.nbytes

    def margins(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """How far each text lies on the side of each label: float32 (texts, K); all 0 without a label."""
        rows, places, counts, listed = counts_of(signs_of(texts, punctuation=True))
        known, column = _found(listed, self.grams)
        idf = idf_of(self.texts_with, self.texts)
        kept = known[places]
        rows, counts, columns = rows[kept], counts[kept], column[places[kept]]
        values = weighted(counts, idf[columns], rows, len(texts))
        margins = np.tile(self.bias, (len(texts), 1))
        np.add.at(margins, rows, values[:, None] * self.weights[columns].astype(np.float32))
        return margins

    def confidences(self, margins: NDArray[np.float32]) -> NDArray[np.float64]:
        """Margins as shares that add up to 1 in each row."""
        return softmax(margins, self.sharpness)

    def suggest(self, text: str, most: int = 3) -> list[Suggestion]:
        """The likeliest labels of a text, best first. None when no gram of it is known. About 0.1 ms for a short one."""
        keys, _rows = grams_of(signs_of([text], punctuation=True))
        if not self.labels or not _found(np.unique(keys), self.grams)[0].any():
            return []
        confidences = self.confidences(self.margins([text]))[0]
        best = np.argsort(-confidences, kind="stable")[:most]
        return [Suggestion(self.labels[at], float(confidences[at]), self.words_for(text, int(at))) for at in best]

    def is_sure(self, found: Sequence[Suggestion]) -> bool:
        """Whether the first may be named as the answer: likely enough, and by words of the text, not only by being frequent."""
        return bool(found) and bool(found[0].words) and found[0].confidence >= self.least

    def words_for(self, text: str, label: int, most: int = WORDS_SHOWN) -> tuple[str, ...]:
        """The runs of the text that spoke most for a label, against the mean of all labels, without overlap."""
        signs, written = spelled(text, punctuation=True)
        codes = [ord(sign) for sign in signs]
        spans = [(at, at + size) for size in range(1, LONGEST + 1) for at in range(len(codes) - size + 1)]
        keys = [sum(codes[at] << (BITS * (at - start)) for at in range(start, end)) for start, end in spans]
        known, column = _found(np.array(keys, np.uint64), self.grams)
        idf = idf_of(self.texts_with, self.texts)[column]
        weights = self.weights[column].astype(np.float32)
        speaks = np.where(known, idf * (weights[:, label] - weights.mean(axis=1)), 0.0)
        return _best_runs(written, spans, speaks, most)

    def to_bytes(self) -> bytes:
        """The model as a file (npz), to be read by `Model.from_bytes`."""
        file = io.BytesIO()
        np.savez(
            file, format=FORMAT, labels=np.array(self.labels, dtype=np.str_), grams=self.grams, texts_with=self.texts_with,
            texts=self.texts, weights=self.weights, bias=self.bias, sharpness=self.sharpness, least=self.least,
        )  # fmt: skip
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Model:
        """A model from its file. Raises BadInput when it is none, or one of another version."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                if int(file["format"]) != FORMAT:
                    raise BadInput("model", f"is of version {int(file['format'])}; this program reads {FORMAT}")
                model = cls(
                    tuple(str(label) for label in file["labels"]), file["grams"], file["texts_with"], int(file["texts"]),
                    file["weights"], file["bias"], float(file["sharpness"]), float(file["least"]),
                )  # fmt: skip
        except BadInput:
            raise
        except Exception as fault:
            raise BadInput("model", f"is no model of likeness ({type(fault).__name__})") from None
        shape = (len(model.grams), len(model.labels))
        if model.weights.shape != shape or model.texts_with.shape != shape[:1] or model.bias.shape != shape[1:]:
            raise BadInput("model", "has parts of different sizes")
        return model

    def save(self, path: str | Path) -> None:
        Path(path).write_bytes(self.to_bytes())

    @classmethod
    def load(cls, path: str | Path) -> Model:
        """Raises BadInput when the file is no model, OSError when it cannot be read."""
        return cls.from_bytes(Path(path).read_bytes())


def words_model(phrases: Sequence[str], labels: Sequence[str], *, sharpness: float = SHARPNESS_OF_WORDS) -> Model:
    """A model from a few phrases a label (names, synonyms), for the day before there is anything to learn from.

    Each label's weights are the mean direction of its phrases, so a margin is a cosine. Without training: some hundredths of
    a second for thousands of phrases, and no compiled code. Raises BadInput (labels) when there are not as many as phrases.
    """
    if len(phrases) != len(labels):
        raise BadInput("labels", f"there are {len(labels)} for {len(phrases)} phrases")
    names = tuple(sorted(set(labels)))
    number = {name: at for at, name in enumerate(names)}
    rows, places, counts, listed = counts_of(signs_of(phrases, punctuation=True))
    texts_with = np.bincount(places, minlength=len(listed)).astype(np.int32)
    values = weighted(counts, idf_of(texts_with, len(phrases))[places], rows, len(phrases))
    label_of = np.array([number[label] for label in labels], np.int64)
    cells, cell = np.unique(places * len(names) + label_of[rows], return_inverse=True)
    sums, columns = np.bincount(cell, values), cells % max(len(names), 1)
    norms = np.sqrt(np.bincount(columns, sums * sums, minlength=len(names)))
    weights = np.zeros((len(listed), len(names)), np.float16)
    weights[cells // max(len(names), 1), columns] = sums / norms[columns]
    bias = np.zeros(len(names), np.float32)
    return Model(names, listed, texts_with, len(phrases), weights, bias, sharpness)


def softmax(margins: NDArray[np.float32], sharpness: float) -> NDArray[np.float64]:
    """Shares of each row that add up to 1."""
    raised = margins.astype(np.float64) * sharpness
    if raised.size:
        raised = np.exp(raised - raised.max(axis=1, keepdims=True))
    return np.asarray(raised / np.maximum(raised.sum(axis=1, keepdims=True), 1e-300))


def _found(keys: NDArray[np.uint64], listed: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Whether each key is in the ascending list, and where (0 if not)."""
    if not len(listed):
        return np.zeros(len(keys), bool), np.zeros(len(keys), np.int64)
    place = np.minimum(np.searchsorted(listed, keys), len(listed) - 1)
    known = listed[place] == keys
    return known, np.where(known, place, 0)


def _best_runs(written: list[str], spans: list[tuple[int, int]], speaks: Any, most: int) -> tuple[str, ...]:
    """The runs that spoke most, each sign counted once; runs that touch are one."""
    total = np.zeros(len(written))
    for (start, end), weight in zip(spans, speaks, strict=True):
        total[start:end] += weight / (end - start)
    if not total.size or total.max() <= 0:
        return ()
    loud = [bool(weight >= 0.3 * total.max()) and sign[0].isalnum() for weight, sign in zip(total, written, strict=True)]
    edges = np.flatnonzero(np.diff([False, *loud, False]))
    runs = [(float(total[start:end].sum()), int(start), int(end)) for start, end in edges.reshape(-1, 2)]
    runs.sort(key=lambda run: (-run[0], run[1]))
    return tuple(dict.fromkeys(said(written[start:end]) for _weight, start, end in runs[:most]))
