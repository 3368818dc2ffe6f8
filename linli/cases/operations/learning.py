"""Learning from closed cases which words speak for which category."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from linli.cases.models import Case
from linli.cases.queries.lists import first_id
from linli.cases.queries.suggestions import STAMP, model_path, phrases
from linli.cases.workflow import ENDED
from linli.catalogue.queries import catalogue
from linli.kernel.snapshots import changed

MOST_CASES = 20_000
LEAST_CASES = 200  # before that the catalogue knows better
LEARNED_DAYS = 730
MOST_MB = 8  # each web process keeps it in memory
LIMIT_S = 1800


def learn_categories() -> int:
    """Train the category suggestions anew from the catalogue's words and closed cases; how many texts, 0 if cases are too few.

    Reads only masked words, never sealed cases or those that are not public: what is learned is runs of at most three signs,
    and long numbers are not told apart. Trained by a process of its own, so that no compiled code stays in the worker's memory.
    Raises CalledProcessError when it fails; the file from before stays then. Safe to run twice.
    """
    texts, labels = phrases(catalogue())
    known = catalogue().categories
    since = timezone.now() - timedelta(days=LEARNED_DAYS)
    closed = Case.objects.filter(pk__gte=first_id(since), stage__in=ENDED, is_sealed=False, is_public=True)
    told = [
        (text, code)
        for text, code in closed.order_by("-pk").values_list("public_text", "category_id")[:MOST_CASES]
        if code in known and text.strip()
    ]
    if len(told) < LEAST_CASES:
        return 0
    texts += [text for text, _code in told]
    labels += [code for _text, code in told]
    _train(texts, labels)
    with transaction.atomic():
        changed(STAMP)
    return len(texts)


def _train(texts: list[str], labels: list[str]) -> None:
    table = io.StringIO()
    csv.writer(table).writerows([("text", "label"), *zip(texts, labels, strict=True)])
    path = model_path()
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    program = "import os, sys; os.nice(10); from linli.methods.commands import main; sys.exit(main('likeness', sys.argv[1:]))"
    arguments = ["train", "/dev/stdin", "--model", str(fresh), "--most-mb", str(MOST_MB)]
    try:
        subprocess.run(
            [sys.executable, "-c", program, *arguments],
            input=table.getvalue().encode(),
            capture_output=True,
            timeout=LIMIT_S,
            check=True,
        )
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
