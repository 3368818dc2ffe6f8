"""Every address of the house, from the resolver, filled with things that exist; and everybody who may ask for it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from linli.cases.models import SavedFilter
from linli.cases.operations import link_secret
from linli.cases.operations.situations import open_situation
from linli.cases.tests import factories as make
from linli.cases.workflow import Stage
from linli.kernel.models import Quarantined
from linli.kernel.policy import Actor
from linli.kernel.uploads import keep_photo
from linli.notifications.models import Delivery, Message, Webhook
from linli.organizations.models import AccessToken
from linli.portal.tests.factories import picture

NOBODY = "nobody"
# The same work elsewhere: another street, another unit. What concerns our street is not there for them.
ELSEWHERE = {
    "grid_worker elsewhere": ("grid_worker", "jd-qingping", "990101002001"),
    "street_dispatcher elsewhere": ("street_dispatcher", "jd-qingping", "990101002"),
    "department_clerk elsewhere": ("department_clerk", "dept-hw", "990101"),
}
REPORTER = "the reporter"
QUERIES = {  # what an address cannot do without
    "list_duplicates": f"?category={make.FLOOD}&lng=120.1&lat=30.1",
    "show_received": "?sha256=" + "0" * 64,
    "portal:look-up": "?reference=nothing",
}
SEALED, WRONG_SECRET = "sealed", "wrong secret"
OF_A_CASE = {"reference", "photo_id", "photo", "name", "token"}  # words of an address that lead to one case
SAME_DOOR = ("take_",)  # the thirty verbs of the API look their case up by the same words; `note` stands for them
FEW = (NOBODY, "resident", "grid_worker", "street_dispatcher", "street_leader", "department_clerk", "department_head", REPORTER)
PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Pattern:
    """An address as it is declared: its path with names for what varies, and the name it has in the code."""

    path: str
    name: str

    @property
    def varies(self) -> tuple[str, ...]:
        return tuple(PLACEHOLDER.findall(self.path))


def patterns() -> list[Pattern]:
    """Every declared address once, in the order of the resolver."""
    found = dict(reversed([(path, name) for path, name in _walk(get_resolver().url_patterns, "", ())]))
    return [Pattern(path, name) for path, name in reversed(found.items())]


def _walk(rows: Any, before: str, spaces: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for row in rows:
        path = before + _readable(str(row.pattern))
        if isinstance(row, URLResolver):
            yield from _walk(row.url_patterns, path, (*spaces, row.namespace) if row.namespace else spaces)
        elif isinstance(row, URLPattern):
            yield "/" + path, ":".join((*spaces, row.name or ""))


def _readable(pattern: str) -> str:
    """`^requests/(?P<reference>[^/]{1,80})\\.(?P<format>xml|json)$` → `requests/<reference>.<format>`"""
    named = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern)
    return named.removeprefix("^").removesuffix("$").replace("\\", "")


@dataclass(frozen=True)
class Row:
    """A row of a table of addresses: a pattern, or a variant of it that has rules of its own."""

    pattern: Pattern
    variant: str = ""

    @property
    def title(self) -> str:
        return f"{self.pattern.path} · {self.variant}" if self.variant else self.pattern.path


def rows() -> list[Row]:
    """Every pattern, with the variants of those that lead to a case."""
    found = []
    for pattern in patterns():
        found.append(Row(pattern))
        if OF_A_CASE & set(pattern.varies) and not pattern.name.startswith(SAME_DOOR):
            found.append(Row(pattern, SEALED))
        if "secret" in pattern.varies:
            found.append(Row(pattern, WRONG_SECRET))
    return found


@dataclass
class Scene:
    """One case of every kind that matters, things around it, and a browser for everybody."""

    values: dict[str, Any]
    of_name: dict[str, dict[str, Any]]  # what a certain address calls by the same word
    sealed: dict[str, Any]  # the same words for the sealed case
    reporter: Actor
    browsers: dict[str, Client] = field(default_factory=dict)

    def askers(self, row: Row) -> dict[str, Client]:
        """Who is sent to this address: everybody, or those who stand for all others where thirty addresses are one door."""
        return {who: self.browsers[who] for who in FEW} if row.pattern.name.startswith(SAME_DOOR) else self.browsers

    def url(self, pattern: Pattern, **changes: Any) -> str:
        values = {**self.values, **self.of_name.get(pattern.name, {}), **changes}
        missing = [word for word in pattern.varies if word not in values]
        assert not missing, f"{pattern.path}: say in tests/architecture/addresses.py what to put for {missing}"
        return PLACEHOLDER.sub(lambda found: str(values[found[1]]), pattern.path) + QUERIES.get(pattern.name, "")

    def url_of(self, row: Row) -> str:
        if row.variant == SEALED:
            return self.url(row.pattern, **self.sealed)
        if row.variant == WRONG_SECRET:
            return self.url(row.pattern, secret="x" * len(self.values["secret"]))
        return self.url(row.pattern)


def everybody(reporter: Actor) -> dict[str, Client]:
    """A browser for nobody known, for each role at its usual place, for some elsewhere, and for who reported the case."""
    actors = {role: make.at_post(role) for role in make.all_roles()}
    actors |= {title: make.at_post(role, organization=body, area=area) for title, (role, body, area) in ELSEWHERE.items()}
    actors[REPORTER] = reporter
    found = {NOBODY: Client(raise_request_exception=False)}
    for title, actor in actors.items():
        found[title] = make.browser_of(actor)
        found[title].raise_request_exception = False
    return found


def scene() -> Scene:
    """Made anew for each test: a public case in a department's hands, a sealed one, and one of everything that has an address."""
    reporter = make.at_post("resident")
    photo, hidden, loose = (keep_photo(picture(colour)).pk for colour in ("teal", "olive", "navy"))
    case = make.case_at(Stage.ACCEPTED, by=reporter, photos=[photo])
    sealed = make.reported("门口有孩子独自哭", category=make.CHILD, by=reporter, photos=[hidden])
    dispatcher = make.at_post("street_dispatcher")
    situation = open_situation(actor=dispatcher, name="暴雨", area_code=make.STREET, since=timezone.now() - timedelta(hours=1))
    saved = SavedFilter.objects.create(person_id=dispatcher.person_id, name="积水", query="q=积水")
    message = Message.objects.create(
        person_id=reporter.person_id,
        event_id=1,
        kind="cases.case.accepted",
        title="已受理",
        url="/my/",
        created_at=timezone.now(),
    )
    delivery = Delivery.objects.create(
        event_id=1, channel="email", recipient="a@yunxi.example", recipient_digest="0" * 32, kind="cases.case.accepted",
        title="已受理", state="failed", due_at=timezone.now(),
    )  # fmt: skip
    token = AccessToken.objects.create(name="对接", digest="0" * 64, hint="abcd", post_id=dispatcher.post_id)
    webhook = Webhook.objects.create(
        name="对接", url="https://example.org/", events=["cases.case.*"], area_code=make.STREET, secret="s"
    )
    quarantined = Quarantined.objects.create(kind="cases.report", subject_id=case.pk, person_id=reporter.person_id, body={})
    return Scene(
        values={
            "reference": case.reference, "secret": link_secret(case.pk), "verb": "deliver", "photo_id": photo, "photo": photo,
            "name": photo, "size": "small", "code": make.FLOOD, "format": "json", "token": case.reference,
            "situation_id": situation.pk, "webhook_id": webhook.pk, "message_id": message.pk, "delivery_id": delivery.pk,
            "quarantined_id": quarantined.pk, "number": saved.pk, "provider_id": "nowhere", "use": uuid.uuid4(), "sha256": "0" * 64,
        },
        of_name={
            "organizations:post-end": {"pk": dispatcher.post_id},
            "organizations:token-revoke": {"pk": token.pk},
            "portal:report-photo": {"photo_id": loose},
        },
        sealed={"reference": sealed.reference, "secret": link_secret(sealed.pk), "photo_id": hidden, "photo": hidden, "name": hidden, "token": sealed.reference},
        reporter=reporter,
        browsers=everybody(reporter),
    )  # fmt: skip
