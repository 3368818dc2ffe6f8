"""What a text is made of: short runs of characters, each as one number. No word list: Chinese, English, slips of the pen alike.

Principle: a text becomes a row of *signs*. A Chinese character is a sign, a Latin word is one sign (folded to lower case and
singular), a digit is a sign, a long number (a telephone, an identity card) is one sign that says only "long number". A *gram* is
a run of one to three signs, packed into 64 bits of 21 each, so grams are exact and need no dictionary to be counted.
Complexity: linear in the characters. This module needs numpy only: web processes load it.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BITS = 21  # of one sign: all of Unicode fits
LONGEST = 3
MOST_CHARACTERS = 4000  # of a text that are looked at
END = "\0"
LONG_NUMBER = "\ue000"
FIRST_WORD = 0xF0000  # words take the two private planes at the end of Unicode
WORD_SIGNS = 0x1FFFC

_latin = re.compile(r"[a-z]+")
_long_number = re.compile(r"\d{5,}")
_blank = re.compile(r"[^\S\0]+")
_unspoken = re.compile(r"[^\w\0]+|_+")


def word_sign(word: str) -> str:
    """The sign that stands for a Latin word; plural and singular are one. Two of some thousand words may share a sign."""
    single = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    return chr(FIRST_WORD + zlib.crc32(single.encode()) % WORD_SIGNS)


@dataclass(frozen=True)
class Signs:
    """Texts one after the other. `codes` uint32, all signs; text i is `codes[starts[i]:starts[i + 1] - 1]`, a 0 ends it."""

    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1


def fold(joined: str, *, punctuation: bool) -> str:
    """Texts joined by `END` as signs: compatible forms and cases folded, blanks gone, punctuation too unless it is wanted."""
    folded = unicodedata.normalize("NFKC", joined).lower()
    if not punctuation:
        folded = _unspoken.sub(" ", folded)
    folded = _latin.sub(lambda found: word_sign(found.group()), _long_number.sub(LONG_NUMBER, folded))
    return _blank.sub("", folded)


def signs_of(texts: Sequence[str], *, punctuation: bool = False) -> Signs:
    """The signs of many texts at once; only the first `MOST_CHARACTERS` of each are read."""
    joined = "".join(text[:MOST_CHARACTERS].replace(END, " ") + END for text in texts)
    folded = fold(joined, punctuation=punctuation)
    codes = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.flatnonzero(codes == 0)
    return Signs(codes, np.concatenate([np.zeros(1, np.int64), ends.astype(np.int64) + 1]))


def grams_of(signs: Signs, longest: int = LONGEST) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Every gram of every text: (packed grams, number of the text), both n; a gram stands as often as it occurs."""
    codes = signs.codes.astype(np.uint64)
    rows = np.repeat(np.arange(len(signs), dtype=np.int64), np.diff(signs.starts))
    keys, owners = [], []
    packed, is_whole = codes, codes != 0
    for size in range(1, longest + 1):
        if size > 1:
            packed = packed[:-1] | (codes[size - 1 :] << np.uint64(BITS * (size - 1)))
            is_whole = is_whole[:-1] & (codes[size - 1 :] != 0)
        keys.append(packed[is_whole])
        owners.append(rows[: len(packed)][is_whole])
    return np.concatenate(keys), np.concatenate(owners)


def counts_of(
    signs: Signs, longest: int = LONGEST
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]]:
    """Each gram of each text once: (text, place of the gram in the list, how often), all m, sorted; and the list, ascending."""
    keys, rows = grams_of(signs, longest)
    listed, place = np.unique(keys, return_inverse=True)
    pairs, counts = np.unique(rows * max(len(listed), 1) + place, return_counts=True)
    return pairs // max(len(listed), 1), pairs % max(len(listed), 1), counts, listed


def weighted(counts: NDArray[np.int64], idf: NDArray[np.float32], rows: NDArray[np.int64], texts: int) -> NDArray[np.float32]:
    """TF-IDF of grams, each text of length 1: (1 + ln count) · idf over the text's norm."""
    values = (1.0 + np.log(counts)) * idf
    norms = np.sqrt(np.bincount(rows, values * values, minlength=texts))
    return (values / np.maximum(norms, 1e-12)[rows]).astype(np.float32)


def idf_of(texts_with: NDArray[np.int64] | NDArray[np.int32], texts: int) -> NDArray[np.float32]:
    """How telling a gram is: 1 + ln((1 + texts) / (1 + texts that have it))."""
    return np.asarray(1.0 + np.log((1.0 + texts) / (1.0 + texts_with)), np.float32)


def spelled(text: str, *, punctuation: bool = False) -> tuple[str, list[str]]:
    """One text as signs, and for each sign how it is written: to show the grams that decided."""
    plain = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS].replace(END, " ")).lower()
    words = {word_sign(word): word for word in _latin.findall(plain)}
    signs = fold(text[:MOST_CHARACTERS].replace(END, " "), punctuation=punctuation)
    return signs, [words.get(sign, "…" if sign == LONG_NUMBER else sign) for sign in signs]


def said(written: Sequence[str]) -> str:
    """Signs as people write them: Latin words with blanks between them."""
    text = ""
    for sign in written:
        is_word = sign[0].isascii() and sign[0].isalpha()
        text += (" " if is_word and text and text[-1].isascii() and text[-1].isalpha() else "") + sign
    return text
