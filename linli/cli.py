"""The program `linli`: everything an operator does, in one place.

It is Django's command line under a friendlier help; `linli help COMMAND` shows a command's own options.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import sys
from pathlib import Path

from linli.methods import commands as methods

# What the plain `linli` prints: groups of commands, each with a line. The test compares it with what exists.
GROUPS: dict[str, dict[str, str]] = {
    "Run": {
        "serve": "serve pages and API, with a worker beside it",
        "worker": "do the work that waits: messages, schedules, limits",
        "demo": "serve the fictional demo district (demo serve) or list its accounts (demo accounts)",
    },
    "Data of a place": {
        "pack": "check, compare and load packs: catalogue, areas, organizations, roles, settings",
        "import": "take over requests from another system",
        "simulate": "make plausible history or a load for trying out",
    },
    "Look after it": {
        "migrate": "bring the database to this version",
        "verify": "look for gaps: steps without a line in the audit, photos that are gone",
        "ledger": "the books: verify, export for other checkers, reconcile with the bank, statements",
        "account": "make an account, give a post, set a password",
        "keys": "keys of field encryption: a new one, where they are used, everything encrypted again",
    },
    "Develop": {
        "texts": "compile translations and list missing ones",
        "docs": "write the generated reference again",
        "makemigrations": "write migrations for changed models",
        "shell": "Python with everything loaded",
        "test": "run the tests (the same as pytest)",
    },
}


def _existing() -> set[str]:
    from django.core.management import get_commands

    return set(get_commands()) | {"texts", "test"}


def overview() -> str:
    """The help that `linli` alone prints: commands that exist, by group."""
    existing = _existing()
    lines = ["Linli (邻里): a district and its residents run their neighbourhood together.", ""]
    lines += ["linli COMMAND --help", ""]
    for group, commands in GROUPS.items():
        shown = {name: line for name, line in commands.items() if name in existing}
        if shown:
            lines += [group, *(f"  {name:<16}{line}" for name, line in shown.items()), ""]
    lines += ["Compute, from files to files", *(f"  {name:<16}{line}" for name, line in methods.commands().items()), ""]
    lines.append("Every other command of Django is there too: linli help --commands")
    return "\n".join(lines)


def free_port(host: str) -> int:
    """A port nobody listens on; 8000 if it is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (8000, 0):
        with contextlib.suppress(OSError), contextlib.closing(socket.socket(family)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    raise SystemExit(f"cannot listen on {host}: give another --host")


def demo_environment(arguments: list[str]) -> list[str]:
    """Set what makes a demo, before any setting is read: its data folder, its address. Returns the arguments."""
    root = Path(__file__).resolve().parent.parent
    given = argparse.ArgumentParser(add_help=False)
    given.add_argument("--host", default="127.0.0.1")
    given.add_argument("--port", type=int, default=0)
    address, _rest = given.parse_known_args(arguments)
    os.environ["LINLI_DEMO"] = "1"
    os.environ.setdefault("LINLI_DATA", str(root / "var" / "demo"))
    os.environ.setdefault("LINLI_PACKS", "china,yunxi")
    os.environ.setdefault("LINLI_HOSTS", "*")
    if "serve" not in arguments:
        return arguments
    host = address.host or "127.0.0.1"
    port = address.port or free_port(host)
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in host else host  # noqa: S104
    os.environ.setdefault("LINLI_BASE_URL", f"http://{shown}:{port}")
    return ["demo", "serve", *_without(arguments[2:], "--host", "--port"), "--host", host, "--port", str(port)]


def _without(arguments: list[str], *names: str) -> list[str]:
    """The arguments without some options and their values."""
    kept: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument in names:
            next(waiting, None)
        elif not argument.startswith(tuple(f"{name}=" for name in names)):
            kept.append(argument)
    return kept


def main() -> None:
    """Run `linli` with the arguments of this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    arguments = sys.argv[1:]
    if arguments[:1] == ["texts"]:  # without loading any module: the set-up calls it before anything else works
        from linli.kernel import texts

        sys.exit(texts.main(arguments[1:]))
    if arguments[:1] == ["test"]:
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments[1:]])  # noqa: S606
    if arguments and arguments[0] in methods.commands():
        sys.exit(methods.main(arguments[0], arguments[1:]))
    if arguments[:1] == ["demo"]:
        arguments = demo_environment(arguments)
    if not arguments or arguments in (["help"], ["-h"], ["--help"]):
        import django

        django.setup()
        print(overview())
        return
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["linli", *arguments])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
