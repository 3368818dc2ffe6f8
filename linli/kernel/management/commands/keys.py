"""`linli keys`: the keys of field encryption; where they are used, and everything encrypted again under a new one."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction
from tqdm import tqdm

from linli.kernel.encryption import CannotDecrypt, EncryptedTextField, Sealed, is_settled, new_key, rotate

BLOCK = 200


def encrypted_fields() -> dict[type[models.Model], list[str]]:
    """Every model that keeps something encrypted, with the names of those fields."""
    found: dict[type[models.Model], list[str]] = {}
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
        if names:
            found[model] = names
    return found


class Command(BaseCommand):
    help = "Keys of field encryption: make a new one, see which values wait for it, encrypt everything again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("new", help="print a new key; put it in front of the others")
        verbs.add_parser("show", help="count values under the present key and under older ones; shows no key")
        again = verbs.add_parser("rotate", help="encrypt every value again under the present key; may be broken off and repeated")
        again.add_argument("--dry-run", action="store_true", help="only count what waits")

    def handle(self, *, verb: str, **options: Any) -> None:
        if verb == "new":
            self.stdout.write(new_key())
            return
        self.stdout.write(f"{len(settings.LINLI_KEYS)} keys, suite {settings.LINLI_CRYPTO}")
        if verb == "show" or options["dry_run"]:
            self._show()
        else:
            self._rotate()

    def _show(self) -> None:
        waiting = 0
        for model, names in encrypted_fields().items():
            for name in names:
                held = [value for value in _values(model, name) if isinstance(value, Sealed)]
                old = sum(not is_settled(value) for value in held)
                waiting += old
                self.stdout.write(f"{model._meta.label}.{name}: {len(held)} values, {old} wait for rotation")
        if not waiting:
            self.stdout.write("all under the present key")

    def _rotate(self) -> None:
        unopened = written = 0
        for model, names in encrypted_fields().items():
            with tqdm(total=model._default_manager.count(), desc=model._meta.label, disable=not sys.stderr.isatty()) as bar:
                for block in _blocks(model):
                    done, failed = self._rotate_block(model, names, block)
                    written, unopened = written + done, unopened + failed
                    bar.update(len(block))
        self.stdout.write(f"{written} rows encrypted again")
        if unopened:
            raise CommandError(f"{unopened} rows do not open: their key is not among LINLI_KEYS, or they were altered")

    def _rotate_block(self, model: type[models.Model], names: list[str], block: list[Any]) -> tuple[int, int]:
        """One block in its own transaction, its rows locked: nobody's change made meanwhile is overwritten."""
        done = failed = 0
        with transaction.atomic():
            for row in model._default_manager.select_for_update().filter(pk__in=block).only("pk", *names):
                try:
                    done += rotate([row], names)
                except CannotDecrypt as error:
                    failed += 1
                    self.stderr.write(f"{model._meta.label} {row.pk}: {error}")
        return done, failed


def _values(model: type[models.Model], name: str) -> Iterator[Any]:
    return model._default_manager.exclude(**{f"{name}__isnull": True}).values_list(name, flat=True).iterator(chunk_size=BLOCK)


def _blocks(model: type[models.Model]) -> Iterator[list[Any]]:
    """Ids by the block, in their order; rows that come meanwhile are under the present key anyway."""
    last: Any = None
    rows = model._default_manager.order_by("pk").values_list("pk", flat=True)
    while block := list((rows if last is None else rows.filter(pk__gt=last))[:BLOCK]):
        yield block
        last = block[-1]
