"""`linli worker`: does what waits, until told to stop."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from linli.kernel.jobs import Worker, drain, start_schedules


class Command(BaseCommand):
    help = "Do the work that waits: hand on events, send messages, keep schedules. Several may run side by side."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now and end")
        parser.add_argument("--pause", type=float, default=0.5, help="seconds between looks when nothing waits")

    def handle(self, *, once: bool, pause: float, **options: object) -> None:
        if once:
            started = start_schedules()
            self.stdout.write(f"{started} schedules due, {drain()} jobs done")
            return
        Worker(pause=pause).run()
