"""The program `linli`: everything an operator does, in one place.

It is Django's command line under a friendlier help; `linli help COMMAND` shows a command's own options.
"""

from __future__ import annotations

import os
import sys

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
        "account": "make an account, give a post, set a password",
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
    lines.append("Every other command of Django is there too: linli help --commands")
    return "\n".join(lines)


def main() -> None:
    """Run `linli` with the arguments of this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    arguments = sys.argv[1:]
    if arguments[:1] == ["texts"]:  # without loading any module: the set-up calls it before anything else works
        from linli.kernel import texts

        sys.exit(texts.main(arguments[1:]))
    if arguments[:1] == ["test"]:
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *arguments[1:]])  # noqa: S606
    if arguments[:1] == ["demo"]:
        os.environ["LINLI_DEMO"] = "1"
    if not arguments or arguments in (["help"], ["-h"], ["--help"]):
        import django

        django.setup()
        print(overview())
        return
    from django.core.management import execute_from_command_line

    execute_from_command_line(["linli", *arguments])


if __name__ == "__main__":
    main()
