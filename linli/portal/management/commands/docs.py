"""`linli docs`: write the generated reference, or say where it has drifted from the program."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from linli.portal.reference import folder, pages


class Command(BaseCommand):
    help = "Write docs/reference: workflow, rights, events, settings, jobs, commands, packs, API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is not as it would be written")

    def handle(self, *, check: bool, **options: object) -> None:
        drifted = []
        for name, text in pages().items():
            path = folder() / name
            if path.exists() and path.read_text(encoding="utf-8") == text:
                continue
            drifted.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        if check and drifted:
            raise CommandError(f"not up to date: {', '.join(drifted)}; run `linli docs`")
        self.stdout.write(f"{len(drifted)} pages written" if drifted else "up to date")
