"""Generated history: `simulate history` for a demo district, `simulate cases N` for trying things at size."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from linli.cases.models import Case, CaseStep
from linli.cases.simulation.demo import load_history
from linli.cases.simulation.lives import Generator
from linli.cases.simulation.loading import load_parallel, refresh_statistics
from linli.cases.simulation.town import read_town
from linli.kernel.db.bare import bare


class Command(BaseCommand):
    help = "Fill the district with invented history (history), or with any number of cases (cases N)."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True)
        history = kinds.add_parser("history", help="six months of a district, with a storm morning and work waiting today")
        history.add_argument("--again", action="store_true", help="add even if there are cases already")
        cases = kinds.add_parser("cases", help="many cases over a span of days")
        cases.add_argument("count", type=int)
        cases.add_argument("--days", type=int, default=365)
        cases.add_argument("--seed", type=int, default=1)
        cases.add_argument("--dry-run", action="store_true", help="generate, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["kind"] == "history":
                self._history(again=options["again"])
            else:
                self._cases(options["count"], options["days"], options["seed"], options["dry_run"])
        except LookupError as error:
            raise CommandError(str(error)) from None

    def _history(self, *, again: bool) -> None:
        if Case.objects.exists() and not again:
            self.stdout.write("There are cases already; nothing was added.")
            return
        counts = load_history(say=self.stdout.write)
        self.stdout.write(", ".join(f"{key}: {value}" for key, value in counts.items()))

    def _cases(self, count: int, days: int, seed: int, dry_run: bool) -> None:
        started, now = time.monotonic(), timezone.now()
        start = now - timedelta(days=days)
        with tqdm(total=count, unit=" cases", mininterval=0.5) as bar:
            if dry_run:
                for _life in Generator(read_town(), now=now, seed=seed).lives(count, start, now):
                    bar.update()
                return
            is_big = count > 50_000 and Case.objects.count() < count / 10
            processes = min(os.cpu_count() or 1, 4) if count > 20_000 else 1
            with bare(*((Case, CaseStep) if is_big else ()), tell=lambda line: bar.set_postfix_str(f"indexes {line}")):
                load_parallel(count, start, now, now=now, seed=seed, processes=processes, progress=bar.update)
        refresh_statistics()
        seconds = time.monotonic() - started
        self.stdout.write(f"loaded {count} cases in {seconds:.1f} s, {count / seconds:.0f} a second")
