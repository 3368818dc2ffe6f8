"""`linli pack`: check, compare and load the data of a place."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from linli.kernel.pack_difference import Difference, difference, load, loaded_digest
from linli.kernel.pack_values import PackUnreadable
from linli.kernel.packs import Pack, check, folder_of, pack_digest, read_pack


class Command(BaseCommand):
    help = "Check, compare and load packs. PATH is a folder with a pack.json, or the name of one below packs/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, line in {
            "check": "name every mistake with file, row and column; needs no database",
            "diff": "show what loading would change",
            "load": "show what changes, ask, and load in one transaction",
        }.items():
            one = verbs.add_parser(verb, help=line)
            one.add_argument("paths", nargs="*", metavar="PATH", help=f"default: {' '.join(settings.LINLI_PACKS)}")
            if verb != "check":
                one.add_argument("--all", action="store_true", help="show every row, not only the first ones")
            if verb == "load":
                one.add_argument("--yes", action="store_true", help="do not ask")
                one.add_argument("--if-changed", action="store_true", help="nothing at all if the files are as loaded")

    def handle(self, *, verb: str, paths: list[str], **chosen: Any) -> None:
        try:
            folders = [folder_of(name) for name in paths or settings.LINLI_PACKS]
            if chosen.get("if_changed") and all(loaded_digest(folder.name) == pack_digest(folder) for folder in folders):
                self.stdout.write(f"{', '.join(folder.name for folder in folders)}: as loaded")
                return
            packs = [read_pack(folder) for folder in folders]
            self._check(packs, with_stored=verb != "check")
        except PackUnreadable as error:
            raise CommandError(str(error)) from None
        if verb == "check":
            rows = sum(len(rows) for pack in packs for rows in pack.rows.values())
            self.stdout.write(f"{', '.join(pack.name for pack in packs)}: {rows} rows, no mistakes")
            return
        found = difference(packs)
        for line in found.lines(at_most=10**9 if chosen["all"] else 12):
            self.stdout.write(line)
        if found.is_empty:
            load(found)
            self.stdout.write("nothing to change")
        elif verb == "load":
            self._load(found, yes=chosen["yes"])

    def _check(self, packs: list[Pack], *, with_stored: bool) -> None:
        problems = check(packs, with_stored=with_stored)
        for problem in problems:
            self.stderr.write(str(problem))
        if problems:
            raise CommandError(f"{len(problems)} mistakes; nothing was loaded", returncode=1)

    def _load(self, found: Difference, *, yes: bool) -> None:
        if not yes:
            if not sys.stdin.isatty():
                raise CommandError("say --yes to load without being asked")
            self.stdout.write("Load this? [y/N] ", ending="")
            self.stdout.flush()
            if input().strip().lower() not in ("y", "yes"):
                raise CommandError("nothing was loaded")
        started = time.monotonic()
        counts = load(found)
        parts = ", ".join(f"{counts[kind]} {kind}" for kind in ("added", "changed", "removed", "kept") if counts[kind])
        self.stdout.write(f"loaded in {time.monotonic() - started:.1f} s: {parts}")
