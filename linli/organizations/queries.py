"""Reading organizations and posts: who serves where, and whom to tell."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from linli.kernel.policy import Actor
from linli.kernel.snapshots import Snapshot
from linli.organizations.models import AccessToken, Organization, Post, Role
from linli.organizations.policy import NOT_FOR_PROGRAMS
from linli.people.models import Account
from linli.places.queries import areas

RESIDENT = "resident"
# Pictures of the roles a pack usually has; others get the plain one.
ROLE_ICONS = {
    "resident": "home",
    "grid_worker": "map-pin",
    "community_worker": "heart-handshake",
    "community_secretary": "building-community",
    "street_dispatcher": "subtask",
    "street_leader": "building",
    "department_clerk": "tools",
    "department_head": "briefcase",
    "district_supervisor": "eye",
    "district_leader": "building-bank",
    "auditor": "scale",
    "administrator": "settings",
    "evaluator": "chart-bar",
    "social_organization": "users-group",
    "volunteer": "hand-stop",
    "partner": "building-store",
    "screen_viewer": "device-desktop",
}


@dataclass(frozen=True)
class Body:
    """An organization as pages and the duty matrix need it."""

    id: int
    code: str
    kind: str
    name_zh: str
    name_en: str
    unit_code: str
    area_code: str

    @property
    def name(self) -> str:
        return self.name_zh if (get_language() or "zh").startswith("zh") else (self.name_en or self.name_zh)


class Bodies:
    def __init__(self) -> None:
        self.by_id: dict[int, Body] = {}
        self.by_code: dict[str, Body] = {}
        self.by_unit: dict[str, list[Body]] = defaultdict(list)
        self._ever: dict[int, Body] = {}  # those no longer active too: old cases were theirs
        fields = ("id", "code", "kind", "name_zh", "name_en", "unit_code", "area_code")
        for is_active, *row in Organization.objects.order_by("code").values_list("is_active", *fields):
            body = Body(*row)
            self._ever[body.id] = body
            if not is_active:
                continue
            self.by_id[body.id] = self.by_code[body.code] = body
            if body.unit_code:
                self.by_unit[body.unit_code].append(body)

    def for_unit(self, unit_code: str, area_code: str) -> Body | None:
        """The body that carries this kind of duty for the area: the one with the longest area prefix wins."""
        fitting = [body for body in self.by_unit.get(unit_code, []) if area_code.startswith(body.area_code)]
        return max(fitting, key=lambda body: len(body.area_code), default=None)

    def name(self, id_: int | None) -> str:
        """What the body is called, also one that is no longer active; "" for None."""
        return self._ever[id_].name if id_ in self._ever else ""


_bodies: Snapshot[Bodies] = Snapshot("organizations", Bodies)
_roles: Snapshot[dict[str, Role]] = Snapshot("roles", lambda: {role.code: role for role in Role.objects.all()})


def bodies() -> Bodies:
    """Every active organization, and the names of all (kept in memory)."""
    return _bodies.get()


def roles() -> dict[str, Role]:
    """Every role by code (kept in memory)."""
    return _roles.get()


def posts_of(person_id: uuid.UUID) -> list[Post]:
    """The posts a person holds today, in the order they were given. One query."""
    return list(Post.objects.filter(person_id=person_id).current(timezone.localdate()))


def actor_of(post: Post, *, name: str, account_id: int | None = None) -> Actor:
    """The actor that a person is on one of their posts."""
    role = roles()[post.role_id]
    return Actor(
        kind="person",
        account_id=account_id,
        person_id=post.person_id,
        name=name,
        post_id=post.pk,
        role=role.code,
        rights=frozenset(role.rights),
        reach=role.reach,
        area_code=post.area_code,
        organization_id=post.organization_id,
        door=role.door,
    )


def resident_actor(person_id: uuid.UUID, *, name: str, account_id: int | None = None) -> Actor:
    """The actor that a person without a post is: a resident, who reaches what is their own."""
    role = roles().get(RESIDENT)
    return Actor(
        kind="person",
        account_id=account_id,
        person_id=person_id,
        name=name,
        role=RESIDENT,
        rights=frozenset(role.rights if role else ()),
        reach="own",
        door="portal",
    )


def token_digest(secret: str) -> str:
    """What is kept of an access token. The secret has 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def valid_token(secret: str) -> AccessToken | None:
    """The access token behind a secret, if it opens anything today: not expired, not revoked, its post still held."""
    today = timezone.localdate()
    token = (
        AccessToken.objects.select_related("post__person__account")
        .filter(digest=token_digest(secret), revoked_at=None)
        .filter(Q(expires_on=None) | Q(expires_on__gte=today))
        .first()
    )
    if token is None or (token.post is None and token.role_id is None):
        return None
    if token.post is not None:
        account = getattr(token.post.person, "account", None)
        if not token.post.holds_on(today) or (account is not None and not account.is_active):
            return None
    return token


def actor_of_token(token: AccessToken) -> Actor:
    """The program that an access token stands for: the post's or role's rights, narrowed to the token's."""
    post = token.post
    role = roles()[post.role_id if post else str(token.role_id)]
    granted = frozenset(role.rights) - NOT_FOR_PROGRAMS
    return Actor(
        kind="program",
        person_id=post.person_id if post else None,
        name=token.name,
        post_id=post.pk if post else None,
        role=role.code,
        rights=granted & frozenset(token.rights) if token.rights else granted,
        reach=role.reach,
        area_code=post.area_code if post else token.area_code,
        organization_id=post.organization_id if post else token.organization_id,
        door=role.door,
        token_id=token.pk,
    )


@dataclass(frozen=True)
class PostLine:
    """A post as pages show it."""

    id: int
    label: str
    body: str
    area: str
    door: str
    valid_from: date
    valid_until: date | None
    is_present: bool

    @property
    def place(self) -> str:
        """Where it serves: its body, and its area if that says more."""
        return self.body if not self.area or self.area in self.body else f"{self.body} · {self.area}"


def post_lines(posts: Iterable[Post], present_id: int | None = None) -> list[PostLine]:
    """Posts in words, in the reader's language; no query."""
    return [
        PostLine(
            id=post.pk,
            label=roles()[post.role_id].name,
            body=bodies().name(post.organization_id),
            area=areas().name(post.area_code) if post.area_code else "",
            door=roles()[post.role_id].door,
            valid_from=post.valid_from,
            valid_until=post.valid_until,
            is_present=post.pk == present_id,
        )
        for post in posts
    ]


def demo_accounts() -> list[dict[str, Any]]:
    """The people a demo offers by one press: id, role, name, sentence, icon. Two queries."""
    today = timezone.localdate()
    rows = Account.objects.filter(demo_order__gt=0, is_active=True).select_related("person").order_by("demo_order", "pk")
    first_posts: dict[uuid.UUID, Post] = {}
    for post in Post.objects.filter(person__account__demo_order__gt=0).current(today).order_by("id"):
        first_posts.setdefault(post.person_id, post)
    is_chinese = (get_language() or "zh").startswith("zh")
    offered = []
    for row in rows:
        held = first_posts.get(row.person_id)
        role = roles().get(held.role_id if held else RESIDENT)
        sentence = (row.sentence_zh if is_chinese else row.sentence_en) or (role.sentence if role else "")
        line = post_lines([held])[0] if held else None
        offered.append(
            {
                "id": row.pk,
                "role": role.name if role else "",
                "name": row.person.shown_name + (f" · {line.body}" if line and line.body else ""),
                "sentence": sentence,
                "icon": ROLE_ICONS.get(role.code if role else "", "user"),
            }
        )
    return offered


def people_with(*rights: str, area_code: str = "", organization_id: int | None = None, is_exact: bool = False) -> list[uuid.UUID]:
    """Persons who today hold a post with these rights that covers the area, or at the organization if one is given.

    `is_exact`: only posts for just this area, not those above it. Posts that serve a unit are left out of areas.
    """
    codes = [
        role.code
        for role in roles().values()
        if set(rights) <= set(role.rights) and (organization_id is not None or role.reach != "unit")
    ]
    posts = Post.objects.filter(role_id__in=codes).current(timezone.localdate())
    if organization_id is not None:
        posts = posts.filter(organization_id=organization_id)
    else:
        posts = posts.filter(area_code__in=[area_code] if is_exact else prefixes(area_code))
    return list(posts.values_list("person_id", flat=True).distinct())


def prefixes(area_code: str) -> Iterable[str]:
    """The codes of the area and of everything above it."""
    return [area_code[:cut] for cut in (6, 9, 12, 15, 17) if len(area_code) >= cut]
