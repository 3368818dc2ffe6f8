"""Bring in foreign history: `import requests FILE --map …`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from linli.cases.importing.loading import BadRow, Outcome, import_requests
from linli.cases.importing.mapping import read_map
from linli.cases.importing.reading import read_rows
from linli.kernel.errors import BadInput


class Command(BaseCommand):
    help = "Import requests of another system from csv, xlsx or Open311 JSON; safe to repeat, adds only what is new."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True)
        requests = kinds.add_parser("requests", help="service requests, open or closed")
        requests.add_argument("file", type=Path)
        requests.add_argument("--map", required=True, help="open311, sla, a JSON file, or pairs external_id=id,reported_at=…")
        requests.add_argument("--source", default="", help="name of the source; with the id it makes a row known again")
        requests.add_argument("--offset", default="", help="degrees east,north added to every place, such as 181.3,-11.7")
        requests.add_argument("--errors", type=Path, help="file for rows that were not taken (default: FILE.errors.csv)")
        requests.add_argument("--dry-run", action="store_true", help="check everything, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._import(options)
        except BadInput as bad:
            raise CommandError(str(bad.message)) from None

    def _import(self, options: dict[str, Any]) -> None:
        path: Path = options["file"]
        chosen = read_map(options["map"]).adjusted(source=options["source"], offset=options["offset"])
        errors = options["errors"] or path.with_name(f"{path.name}.errors.csv")
        rows = read_rows(path, chosen.needed)
        _check_writable(errors)
        bad: list[BadRow] = []
        with tqdm(unit=" rows", mininterval=0.3) as bar:
            outcome = import_requests(rows, chosen, dry_run=options["dry_run"], on_bad=bad.append, progress=bar.update)
        self._tell(outcome, bad, errors, is_dry=options["dry_run"])

    def _tell(self, outcome: Outcome, bad: list[BadRow], errors: Path, *, is_dry: bool) -> None:
        would = "would be " if is_dry else ""
        self.stdout.write(
            f"read {outcome.read}: {outcome.new} {would}new, {outcome.known} known already, {outcome.bad} not taken"
        )
        self.stdout.write(f"place outside the district or unknown: {outcome.outside}")
        if outcome.judged:
            self.stdout.write(f"on time: {outcome.agreed} of {outcome.judged} rows agree with the source's own verdict")
        if outcome.disagreements:
            self.stdout.write("  not: " + ", ".join(outcome.disagreements[:20]))
        if bad:
            _write_errors(errors, bad)
            self.stdout.write(f"rows not taken, with the reason: {errors}")


def _check_writable(path: Path) -> None:
    """Try it before anything is taken: afterwards the reasons would be lost. Raises BadInput."""
    is_new = not path.exists()
    try:
        path.open("a").close()
        if is_new:
            path.unlink()
    except OSError as error:
        raise BadInput(
            "errors_not_writable",
            f"{path} cannot be written ({error.strerror}); name another file with --errors.",
            field="errors",
        ) from None


def _write_errors(path: Path, bad: list[BadRow]) -> None:
    names = list(dict.fromkeys(name for item in bad for name in item.row))  # rows of JSON may each have their own
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "column", "what is wrong", *names])
        for item in bad:
            writer.writerow([item.number, item.column, item.message, *(item.row.get(name, "") for name in names)])
