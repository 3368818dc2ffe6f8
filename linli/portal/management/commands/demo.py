"""`linli demo`: the fictional Yunxi district, prepared once and served; its accounts."""

from __future__ import annotations

import hashlib
import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from linli.kernel.pack_difference import difference, load
from linli.kernel.packs import check, folder_of, pack_digest, read_pack
from linli.kernel.server import let_go_of_databases
from linli.organizations.models import Post
from linli.people.models import Account
from linli.people.packs import DEMO_PASSWORD
from linli.places.queries import areas

PACKS = ("china", "yunxi")
KEY = "demo-open311"
ADVICE = "See `linli demo accounts` for everybody; in the browser one press on the sign-in page is enough."


def migrations_digest() -> str:
    """A number that changes when a module gets another migration."""
    names = [
        f"{config.label}/{path.name}"
        for config in apps.get_app_configs()
        for path in sorted(Path(config.path).glob("migrations/0*.py"))
    ]
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


class Prepared:
    """What has been made in the demo's data folder, so that it is made once."""

    def __init__(self, folder: Path):
        self._path = folder / "prepared.json"
        self._done: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def has(self, stage: str, digest: str) -> bool:
        return self._done.get(stage) == digest

    def was_begun(self, stage: str) -> bool:
        return self._done.get(stage) == "begun"

    def note(self, stage: str, digest: str) -> None:
        self._done[stage] = digest
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._done))
        fresh.replace(self._path)

    def forget(self) -> None:
        self._done = {}
        self._path.unlink(missing_ok=True)


class Command(BaseCommand):
    help = "Serve the fictional demo district (demo serve), prepare it only (demo prepare), or list its accounts."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        serve = verbs.add_parser("serve", help="prepare what is missing and serve")
        serve.add_argument("--host", default="127.0.0.1")
        serve.add_argument("--port", type=int, default=0, help="a free one if not given")
        serve.add_argument("--workers", type=int, default=2)
        verbs.add_parser("prepare", help="migrate, load the packs, make the history")
        verbs.add_parser("accounts", help="who is there, with the password of the demo")

    def handle(self, *, verb: str, **options: Any) -> None:
        if not settings.LINLI_DEMO:
            raise CommandError("this is not a demo: LINLI_DEMO is off")
        if verb == "accounts":
            self._accounts()
            return
        self._prepare()
        if verb == "serve":
            self._serve(**options)

    def _say(self, line: str, **options: Any) -> None:
        self.stdout.write(line, **options)
        self.stdout.flush()

    @contextmanager
    def _step(self, title: str) -> Iterator[None]:
        started = time.monotonic()
        self._say(f"  {title} …")
        yield
        self._say(f"  {title}: {time.monotonic() - started:.1f} s")

    def _prepare(self) -> None:
        """Bring the demo's database to this version, load the packs, make six months of history: each once."""
        prepared = Prepared(settings.DATA_DIR)
        if prepared.was_begun("history"):  # stopped in the middle: half a history is none
            self._begin_again(prepared)
        if not prepared.has("migrations", migrations_digest()):
            with self._step("database"):
                call_command("migrate", verbosity=0)
            prepared.note("migrations", migrations_digest())
        folders = [folder_of(name) for name in PACKS]
        digest = " ".join(pack_digest(folder) for folder in folders)
        if not prepared.has("packs", digest):
            with self._step("packs china and yunxi"):
                self._load_packs(folders)
            prepared.note("packs", digest)
        if not prepared.has("history", "1") and "simulate" in get_commands():
            with self._step("six months of history (once, takes a while)"):
                prepared.note("history", "begun")
                call_command("simulate", "history")
            prepared.note("history", "1")

    def _load_packs(self, folders: list[Path]) -> None:
        packs = [read_pack(folder) for folder in folders]
        problems = check(packs, with_stored=True)
        if problems:
            raise CommandError("\n".join(str(problem) for problem in problems))
        load(difference(packs))

    def _begin_again(self, prepared: Prepared) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("the demo's history is half made; give it an empty database and start again")
        self._say("  the last preparation was stopped; beginning again")
        let_go_of_databases()
        for path in Path(settings.DATABASES["default"]["NAME"]).parent.glob("linli.sqlite3*"):
            path.unlink()
        prepared.forget()

    def _accounts(self) -> None:
        """Everybody of the demo, a row for each post."""
        posts: dict[Any, list[Post]] = {}
        for post in Post.objects.select_related("role", "organization").order_by("id"):
            posts.setdefault(post.person_id, []).append(post)
        rows = [("account", "password", "name", "role", "organization", "area", "door")]
        for account in Account.objects.filter(person__pack="yunxi").select_related("person").order_by("id"):
            for post in posts.get(account.person_id, [None]):
                rows.append((account.username, DEMO_PASSWORD, account.person.name, *_post_columns(post)))
        widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
            self._say("  ".join(cells).rstrip())

    def _serve(self, *, host: str, port: int, workers: int, **_options: Any) -> None:
        featured = Account.objects.filter(demo_order__gt=0).select_related("person").order_by("demo_order")[:8]
        self._say("")
        self._say(f"Linli, demo district Yunxi (fictional): {settings.BASE_URL}/")
        self._say(f"  Open311: {settings.BASE_URL}/open311/v2/discovery.json, jurisdiction yunxi, key {KEY}")
        self._say(f"  accounts (password {DEMO_PASSWORD}): " + ", ".join(account.username for account in featured))
        self._say(f"  {ADVICE}")
        self._say("")
        call_command("serve", host=host, port=port, workers=workers)


def _post_columns(post: Post | None) -> tuple[str, str, str, str]:
    if post is None:
        return ("居民 resident", "", "", "portal")
    area = areas().by_code.get(post.area_code)
    return (
        f"{post.role.name_zh} {post.role_id}",
        post.organization.name_zh,
        area.name_zh if area else post.area_code,
        post.role.door,
    )


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
