"""The likeness of texts: duplicates among reports, common issues among needs, category suggestions, photo hashes.

What a street office asks: has somebody reported this already; what do thousands of wishes have in common; what kind of matter
is this. No word list and no language model: characters one to three at a time, so slips of the pen and any language work.

| to do | here | in |
|---|---|---|
| pairs of reports about one thing | `find_duplicates`, `groups_of` | `likeness_duplicates` |
| one new report against the open ones | `alike`, `likelihood`, `fit` | `likeness_rule` (pages) |
| issues among needs | `find_issues` | `likeness_issues` |
| train, train further, classify very many | `train`, `train_further`, `classify` | `likeness_training` |
| suggest for one text, with words and confidence | `Model.suggest` | `likeness_serving` (pages) |
| photos | `photo_hash`, `photo_hashes`, `bits_between` | `likeness_photos` |

Shapes, units, complexity and sources stand in each file. Web processes import only those marked "pages": they need neither
numba nor SciPy.
"""

from __future__ import annotations

import numpy as np

from linli.methods.likeness_duplicates import Pairs, Reports, find_duplicates, groups_of
from linli.methods.likeness_issues import Issue, Issues, find_issues
from linli.methods.likeness_photos import photo_hash, photo_hashes
from linli.methods.likeness_rule import RULE, Rule, Telling, alike, bits_between, fit, likelihood
from linli.methods.likeness_serving import Model, Suggestion, words_model
from linli.methods.likeness_training import classify, train, train_further


def warm() -> None:
    """Compile every loop on a few made-up texts."""
    texts = ["路灯坏了三天", "东门路灯坏了", "垃圾没人清走", "垃圾满了没人清"]
    model = train(texts, ["灯", "灯", "垃圾", "垃圾"])
    classify(train_further(model, texts[:1], ["灯"]), texts)
    where = np.zeros(len(texts))
    groups_of(find_duplicates(Reports(texts, where, where, where), least=0.0), len(texts))
    find_issues(texts * 20)


__all__ = [
    "RULE", "Issue", "Issues", "Model", "Pairs", "Reports", "Rule", "Suggestion", "Telling", "alike", "bits_between", "classify",
    "find_duplicates", "find_issues", "fit", "groups_of", "likelihood", "photo_hash", "photo_hashes", "train", "train_further",
    "warm", "words_model",
]  # fmt: skip
