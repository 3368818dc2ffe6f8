"""`linli grids`, `linli match` and so on: files in, files and a short report out. No database, no settings.

Each file here but `files` is one command: its docstring is its help, `add_arguments(parser)` declares it, `run(options)`
does it and returns the lines of its report. A command with verbs (`linli grids divide`) makes sub-parsers itself.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import sys
from pathlib import Path
from types import ModuleType

from linli.methods.errors import BadInput, Cancelled


def commands() -> dict[str, str]:
    """Every command with the first sentence of its help, found without loading it."""
    found = sorted(path for path in Path(__file__).parent.glob("*.py") if path.stem not in ("__init__", "files"))
    texts = {path.stem: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "" for path in found}
    return {name: text.splitlines()[0].rstrip(".") if text else "" for name, text in texts.items()}


def load(name: str) -> ModuleType:
    """The module of a command."""
    return importlib.import_module(f"linli.methods.commands.{name}")


def parser_of(name: str) -> argparse.ArgumentParser:
    """What a command takes."""
    command = load(name)
    parser = argparse.ArgumentParser(prog=f"linli {name}", description=command.__doc__)
    command.add_arguments(parser)
    return parser


def main(name: str, arguments: list[str]) -> int:
    """Run one command; a fault of the input is one line on the error output and code 2, never a traceback."""
    options = parser_of(name).parse_args(arguments)
    try:
        lines: list[str] = load(name).run(options)
    except (BadInput, OSError) as fault:
        sys.stderr.write(f"linli {name}: {fault}\n")
        return 2
    except (KeyboardInterrupt, Cancelled):
        sys.stderr.write(f"linli {name}: stopped\n")
        return 130
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0
