"""`linli account`: the first accounts of a new place, and a way back in for somebody locked out."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import override

from linli.kernel.errors import DomainError
from linli.kernel.policy import SYSTEM
from linli.organizations.models import Organization, Post, Role
from linli.organizations.operations import give_post
from linli.people.models import Account
from linli.people.operations import open_account, set_password


class Command(BaseCommand):
    help = "Make an account, give it a post, set its password, list accounts. For operators; everything is audited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="make a person with an account; asks for a password")
        create.add_argument("username")
        create.add_argument("--name", required=True, help="name of the person")
        create.add_argument("--phone", default="")
        password = verbs.add_parser("password", help="set a password; asks twice")
        password.add_argument("username")
        for one in (create, password):
            one.add_argument("--stdin", action="store_true", help="read the password from standard input")
        post = verbs.add_parser("post", help="give a post: role, organization, area")
        post.add_argument("username")
        post.add_argument("role", help="code of roles.csv, like administrator")
        post.add_argument("organization", help="code of organizations.csv")
        post.add_argument("area", help="code of areas.csv")
        post.add_argument("--from", dest="valid_from", type=date.fromisoformat, help="first day; today if not given")
        post.add_argument("--until", dest="valid_until", type=date.fromisoformat, help="last day")
        verbs.add_parser("list", help="accounts with their posts of today")

    def handle(self, *, verb: str, **options: Any) -> None:
        try:
            with override("en"):  # the program's own output is English
                getattr(self, f"_{verb}")(**options)
        except (DomainError, ValidationError) as error:
            message = " ".join(error.messages) if isinstance(error, ValidationError) else str(error.message)
            raise CommandError(message) from None

    def _create(self, *, username: str, name: str, phone: str, stdin: bool, **_options: Any) -> None:
        password = self._ask(Account(username=username), stdin=stdin)
        open_account(username=username, name=name, phone=phone, password=password, way="operator")
        self.stdout.write(f"{username} made; without a post a resident. Give one: linli account post {username} …")

    def _password(self, *, username: str, stdin: bool, **_options: Any) -> None:
        account = self._account(username)
        set_password(account, self._ask(account, stdin=stdin))
        self.stdout.write(f"{username} has a new password")

    def _post(self, *, username: str, role: str, organization: str, area: str, **options: Any) -> None:
        given = give_post(
            actor=SYSTEM,
            person=self._account(username).person,
            role=self._found(Role, code=role),
            organization=self._found(Organization, code=organization),
            area_code=area,
            valid_from=options["valid_from"] or timezone.localdate(),
            valid_until=options["valid_until"],
        )
        self.stdout.write(f"{username} is {given.role.name_en} at {given.organization} for {area} from {given.valid_from}")

    def _list(self, **_options: Any) -> None:
        today = timezone.localdate()
        for account in Account.objects.select_related("person").order_by("username"):
            posts = Post.objects.filter(person=account.person).current(today).select_related("organization")
            held = "; ".join(f"{post.role_id} {post.organization.code} {post.area_code}" for post in posts)
            state = "" if account.is_active else " (closed)"
            self.stdout.write(f"{account.username:<20} {account.person.name}{state}  {held}")

    def _account(self, username: str) -> Account:
        return self._found(Account.objects.select_related("person"), username=username)

    @staticmethod
    def _found(rows: Any, **by: str) -> Any:
        manager = getattr(rows, "_default_manager", rows)
        found = manager.filter(**by).first()
        if found is None:
            raise CommandError(f"nothing has {', '.join(f'{name} {value}' for name, value in by.items())}")
        return found

    def _ask(self, account: Account, *, stdin: bool) -> str:
        if stdin:
            password = sys.stdin.readline().rstrip("\n")
        else:
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Again: "):
                raise CommandError("the two differ; nothing was changed")
        validate_password(password, account)
        return password
