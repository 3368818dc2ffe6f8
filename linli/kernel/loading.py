"""Loading every module of the program, for those that ask what all of it declares: options, rights, events, jobs."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from django.apps import apps

NOT_LOADED = frozenset({"tests", "migrations", "management", "texts"})  # texts: a developer's tool; it needs Babel


@cache
def load_everything() -> int:
    """Import every module of our own apps but tests, migrations and commands; returns how many."""
    count = 0
    for config in apps.get_app_configs():
        if config.name.startswith("linli."):
            count += _load(config.path, f"{config.name}.")
    return count


def _load(folder: str, prefix: str) -> int:
    count = 0
    for found in pkgutil.iter_modules([folder], prefix):
        short = found.name.removeprefix(prefix)
        if short in NOT_LOADED:
            continue
        import_module(found.name)
        count += 1
        if found.ispkg:
            count += _load(f"{folder}/{short}", f"{found.name}.")
    return count
