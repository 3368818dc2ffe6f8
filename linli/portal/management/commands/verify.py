"""`linli verify`: is everything whole?"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from linli.cases.models import Case
from linli.kernel.models import Photo
from linli.portal.gaps import jobs_given_up, photos_gone, steps_without_event

AT_MOST = 200


class Command(BaseCommand):
    help = "Look for gaps: steps without a line in the audit, photos that are gone or altered, jobs given up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--photos", type=float, default=0.05, help="share of photos whose content is compared, 0 to 1")

    def handle(self, *, photos: float, **options: object) -> None:
        found = 0
        with self._bar("cases", Case.objects.count()) as bar:
            found += self._tell(steps_without_event(bar.update))
        with self._bar("photos", Photo.objects.count()) as bar:
            found += self._tell(photos_gone(bar.update, share=photos))
        found += self._tell(jobs_given_up())
        if found:
            raise CommandError(f"{found} gaps")
        self.stdout.write("whole: no gaps")

    def _bar(self, title: str, total: int) -> tqdm:
        return tqdm(total=total, desc=title, unit="", disable=not sys.stderr.isatty())

    def _tell(self, gaps: Iterable[str]) -> int:
        count = 0
        for gap in gaps:
            count += 1
            if count <= AT_MOST:
                self.stdout.write(gap)
        if count > AT_MOST:
            self.stdout.write(f"… and {count - AT_MOST} more")
        return count
