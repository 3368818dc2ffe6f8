"""Compile every method once, so that its first call is as quick as the others (after installing or upgrading)."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import time

from linli import methods


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(options: argparse.Namespace) -> list[str]:
    """Call `warm()` of each method that has one."""
    lines = []
    for found in pkgutil.iter_modules(methods.__path__):
        module = importlib.import_module(f"{methods.__name__}.{found.name}") if not found.ispkg else None
        if module is None or not hasattr(module, "warm"):
            continue
        started = time.perf_counter()
        module.warm()
        lines.append(f"{found.name:<14}{time.perf_counter() - started:6.1f} s")
    return lines
