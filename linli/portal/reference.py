"""The generated reference: what the program declares about itself, as Markdown. Same program, same text."""

from __future__ import annotations

import csv
import inspect
import json
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.utils.translation import override
from ninja import NinjaAPI

from config.environment import VARIABLES
from linli import cli
from linli.cases.workflow import INCIDENT
from linli.kernel import events, jobs, options, packs, policy
from linli.kernel.loading import load_everything
from linli.kernel.workflow import SAME, Workflow
from linli.methods import commands as methods

API_MODULE = "config.api"
FOOT = "\n_Written by `linli docs`; a test compares it with the program._\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    head = list(head)
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _said(language: str, text: Any) -> str:
    with override(language):
        return str(text)


def _doc(thing: Any) -> str:
    """The docstring as one line."""
    return " ".join((inspect.getdoc(thing) or "").split())


def workflow_page(workflow: Workflow = INCIDENT) -> str:
    """The workflow as a diagram and as a table."""
    steps = [
        (
            f"`{step.verb}`",
            _said("en", step.label),
            _said("zh-hans", step.label),
            ", ".join(state for state in workflow.states if state in step.sources) or "(new)",
            "stays" if step.target == SAME else step.target,
            ", ".join(step.needs),
            ", ".join(step.starts),
            ", ".join(step.stops),
            ", ".join(step.tells),
        )
        for step in workflow
    ]
    head = ("Verb", "English", "中文", "From", "To", "Needs", "Starts clock", "Stops clock", "Tells")
    states = [(f"`{state}`", _said("en", label), _said("zh-hans", label)) for state, label in workflow.states.items()]
    return (
        f"# Workflow: {workflow.name}\n\n"
        "Who may take a step is said by the right of the same name (`cases.case.<verb>`, see [rights](rights.md)).\n\n"
        f"```mermaid\n{workflow.diagram()}\n```\n\n"
        f"## States\n\n{_table(('State', 'English', '中文'), states)}\n\n## Steps\n\n{_table(head, steps)}\n"
    )


def rights_page() -> str:
    """Every right, who may use it, and which roles of the default catalogue hold it."""
    with (settings.BASE_DIR / "packs" / "china" / "roles.csv").open(encoding="utf-8") as file:
        roles = list(csv.DictReader(file))
    rows = []
    for name, declared in policy.rights().items():
        holders = [role["code"] for role in roles if name in role["rights"].split()]
        who = _doc(declared.predicate) if declared.predicate else "Whoever holds the right."
        public = "no role needed" if declared.is_public else ""
        label = f"{_said('en', declared.label)} / {_said('zh-hans', declared.label)}"
        rows.append((f"`{name}`", label, who, public, ", ".join(holders)))
    reach = [(f"`{role['code']}`", role["name_zh"], role["name_en"], role["reach"], role["door"]) for role in roles]
    return (
        "# Rights and roles\n\nRoles are data of a pack; these are those of `packs/china`. A post joins a person, a role, "
        "an organization and an area between two days.\n\n"
        f"## Roles\n\n{_table(('Role', '中文', 'English', 'Sees', 'Door'), reach)}\n\n"
        f"## Rights\n\n{_table(('Right', 'Meaning', 'Who may', '', 'Roles'), rows)}\n"
    )


def events_page() -> str:
    """Every event: what it tells and which fields it carries."""
    rows = [
        (f"`{name}`", _doc(kind), _code(events.field_names(kind)), _code(sorted(events.listeners_of(name))))
        for name, kind in events.kinds().items()
    ]
    return (
        "# Events\n\nEach is written in the transaction of the change it tells of: a line of the audit that cannot be "
        "changed. Listeners are called afterwards, each in a transaction of its own.\n\n"
        f"{_table(('Event', 'What happened', 'Fields', 'Listeners'), rows)}\n"
    )


def settings_page() -> str:
    """Environment variables of the operator and options of the place."""
    here = str(settings.BASE_DIR)
    variables = [
        (f"`{item.name}`", f"`{item.default.replace(here, '.')}`" if item.default else "", item.meaning)
        for item in VARIABLES.values()
    ]
    chosen = [
        (f"`{item.key}`", f"`{json.dumps(item.default, ensure_ascii=False)}`", item.meaning)
        for item in options.options().values()
    ]
    return (
        "# Settings\n\n## Environment variables\n\nGiven by whoever runs the server.\n\n"
        f"{_table(('Variable', 'Default', 'Meaning'), variables)}\n\n"
        "## Options of the place\n\nSet by a pack's `settings.json`; take effect within seconds.\n\n"
        f"{_table(('Key', 'Default', 'Meaning'), chosen)}\n"
    )


def jobs_page() -> str:
    """Every task of the worker."""
    rows = []
    for task in jobs.tasks().values():
        runs = "outside a transaction" if task.outside else "in one transaction"
        rows.append((f"`{task.name}`", task.every or "when asked for", runs, _doc(task.run)))
    return (
        "# Jobs\n\nDone by `linli worker` (and by the worker beside `linli serve`); a job of a worker that died is done "
        f"again. A failure is tried again {jobs.MAX_ATTEMPTS} times, later and later.\n\n"
        f"{_table(('Task', 'Every', 'Runs', 'What it does'), rows)}\n"
    )


def commands_page() -> str:
    """Every command of the program with its options."""
    parts = ["# Commands\n"]
    existing = get_commands()
    for group, names in cli.GROUPS.items():
        parts.append(f"\n## {group}\n")
        for name, line in names.items():
            if name in existing and existing[name].startswith("linli."):
                parser = load_command_class(existing[name], name).create_parser("linli", name)
                parts.append(f"\n### linli {name}\n\n{line[0].upper()}{line[1:]}.\n\n{_options(parser)}")
            elif name in existing or name in ("texts", "test"):
                parts.append(f"\n### linli {name}\n\n{line[0].upper()}{line[1:]}.\n")
    parts.append("\n## Compute, from files to files\n")
    for name, line in methods.commands().items():
        parts.append(f"\n### linli {name}\n\n{line}.\n\n{_options(methods.parser_of(name))}")
    return "".join(parts)


DJANGO_OPTIONS = {
    "help", "version", "verbosity", "settings", "pythonpath", "traceback", "no_color", "force_color", "skip_checks",
}  # fmt: skip


def _options(parser: Any) -> str:
    """A parser's own arguments, and those of its verbs, as lists."""
    lines, verbs = [], []
    for action in parser._actions:
        if isinstance(action.choices, dict) and not action.option_strings:
            verbs = [(name, one) for name, one in action.choices.items()]
            lines += [f"- `{choice.dest}`: {choice.help}" for choice in action._choices_actions]
        elif action.dest not in DJANGO_OPTIONS:
            shown = ", ".join(action.option_strings) or action.metavar or action.dest
            lines.append(f"- `{shown}`: {action.help or ''}".rstrip(": "))
    text = "\n".join(lines) + "\n" if lines else ""
    for name, one in verbs:
        if own := _options(one):
            text += f"\n`{name}`:\n\n{own}"
    return text


def packs_page() -> str:
    """Every file of a pack and its columns."""
    parts = [
        "# Packs\n\nData of a locality in files. `linli pack check|diff|load`. A pack is a folder with a `pack.json` "
        "(name, version, title_zh, title_en, requires). CSV files are UTF-8 with a header line.\n"
    ]
    for table in packs.tables().values():
        rows = []
        for column in (*table.columns, *table.checks):
            refers = f"`{packs.tables()[column.refers].file}`" if column.refers else ""
            rows.append((f"`{column.name}`", "yes" if column.required else "", refers, column.meaning))
        gone = f"A row that has gone from the file is {table.retired}." if table.has_pack else "Rows are never removed."
        parts.append(f"\n## {table.name}\n\n{table.meaning} Key: {_code(table.key)}. {gone}\n\n")
        parts.append(_table(("Column", "Required", "Refers to", "Meaning"), rows) + "\n")
    return "".join(parts)


def api_page() -> str:
    """Every operation of the API, from its own description."""
    found = vars(import_module(API_MODULE)).values()
    schema = next(value for value in found if isinstance(value, NinjaAPI)).get_openapi_schema(path_prefix="/api/")
    rows = []
    for path, verbs in schema["paths"].items():
        for method, operation in verbs.items():
            answers = ", ".join(str(code) for code in operation.get("responses", {}))
            rows.append((f"`{method.upper()} {path}`", operation.get("summary", ""), answers))
    return f"# API\n\nThe whole description is at `/api/openapi.json`.\n\n{_table(('Operation', 'What', 'Answers'), rows)}\n"


PAGES: dict[str, Callable[[], str]] = {
    "workflow.md": workflow_page,
    "rights.md": rights_page,
    "events.md": events_page,
    "settings.md": settings_page,
    "jobs.md": jobs_page,
    "commands.md": commands_page,
    "packs.md": packs_page,
    **({"api.md": api_page} if find_spec(API_MODULE) else {}),
}


def pages() -> dict[str, str]:
    """Every generated page by file name."""
    load_everything()
    with override("en"):
        return {name: page() + FOOT for name, page in PAGES.items()}


def folder() -> Path:
    return Path(settings.BASE_DIR) / "docs" / "reference"
