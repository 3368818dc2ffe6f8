"""Every change of posts, access tokens and duties."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.errors import Conflict, NotAllowed, NotFound, RuleBroken
from linli.kernel.events import emit
from linli.kernel.identifiers import new_token
from linli.kernel.policy import Actor, require
from linli.organizations.events import DutyEnded, DutyStarted, PostEnded, PostGiven, PostsExported, TokenGiven, TokenRevoked
from linli.organizations.models import AccessToken, Duty, Organization, Post, Role
from linli.organizations.policy import DUTY_CLOCK, NOT_FOR_PROGRAMS, POSTS_MANAGE, TOKEN_MANAGE, covers_place
from linli.organizations.queries import bodies, roles, token_digest
from linli.people.models import Person

TOKEN_PREFIX = "linli_"  # noqa: S105  tells people and secret scanners what they have found
TOKEN_DAYS = 366
OLDEST_CLOCKING = timedelta(days=7)  # a phone may have been without a net for so long


# --- posts -----------------------------------------------------------------------------------------------------------


def give_post(
    *,
    actor: Actor,
    person: Person,
    role: Role,
    organization: Organization,
    area_code: str,
    valid_from: date,
    valid_until: date | None = None,
) -> Post:
    """Put a person on a post from one day to another (both included).

    Nobody gives one to themselves, and none may reach further than the giver's own. Raises NotAllowed, and
    RuleBroken if the days are wrong or the person has this very post in that time. Emits `organizations.post.given`.
    """
    post = Post(
        person=person, role=role, organization=organization, area_code=area_code,
        valid_from=valid_from, valid_until=valid_until,
    )  # fmt: skip
    if person.pk == actor.person_id:
        raise NotAllowed("own_post", _("Nobody gives a post to themselves. Ask a colleague with this right."))
    require(actor, POSTS_MANAGE, post)
    _require_no_wider(actor, role, organization)
    _check_days(valid_from, valid_until)
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)  # two givers at once must see each other
        _refuse_double(post)
        post.save(force_insert=True)
        emit(actor, _given(post))
    return post


def _given(post: Post) -> PostGiven:
    return PostGiven(
        person_id=post.person_id,
        post=post.pk,
        role=post.role_id,
        organization=post.organization_id,
        area_code=post.area_code,
        valid_from=post.valid_from.isoformat(),
        valid_until=post.valid_until.isoformat() if post.valid_until else "",
    )


def _require_no_wider(actor: Actor, role: Role, organization: Organization) -> None:
    """A role that sees everything, or a body outside the giver's area, would reach further than the giver."""
    if actor.is_system or actor.reach == "all":
        return
    if role.reach == "all" or not organization.area_code.startswith(actor.area_code):
        raise NotAllowed("post_too_wide", _("This post would reach further than your own. Ask the level above."))


def _check_days(valid_from: date, valid_until: date | None) -> None:
    if valid_until is not None and valid_until < valid_from:
        raise RuleBroken("days_reversed", _("The last day lies before the first."), "valid_until")
    if valid_until is not None and valid_until < timezone.localdate():
        raise RuleBroken("post_over", _("This post would already be over."), "valid_until")


def _refuse_double(post: Post) -> None:
    """Raise if the person has the same post on any of its days."""
    same = Post.objects.filter(
        person=post.person, role=post.role, organization=post.organization, area_code=post.area_code
    ).filter(Q(valid_until=None) | Q(valid_until__gte=post.valid_from))
    if post.valid_until is not None:
        same = same.filter(valid_from__lte=post.valid_until)
    if same.exists():
        raise RuleBroken("post_doubled", _("This person already has this post in that time."), "person")


def end_post(*, actor: Actor, post_id: int, last_day: date, reason: str = "") -> Post:
    """Set the last day of a post: yesterday or earlier closes it at once, today leaves it until midnight.

    An end that lies already earlier stays. Raises NotFound, NotAllowed, and RuleBroken for a day before the first.
    Emits `organizations.post.ended`.
    """
    with transaction.atomic():
        post = Post.objects.select_for_update().filter(pk=post_id).first()
        if post is None or not (actor.is_system or covers_place(actor, post.organization_id, post.area_code)):
            raise NotFound("post_unknown", _("There is no such post in your area."))
        if post.person_id == actor.person_id:
            raise NotAllowed("own_post", _("Nobody ends their own post. Ask a colleague with this right."))
        require(actor, POSTS_MANAGE, post)
        if last_day < post.valid_from - timedelta(days=1):
            raise RuleBroken("days_reversed", _("The last day lies before the first."), "last_day")
        if post.valid_until is not None and post.valid_until <= last_day:
            return post
        # A post that ends before it ever held keeps one day in the table and loses it by starting in the past.
        post.valid_from = min(post.valid_from, last_day)
        post.valid_until = last_day
        post.save(update_fields=["valid_from", "valid_until"])
        emit(actor, PostEnded(post.person_id, post.pk, post.role_id, last_day.isoformat(), reason.strip()))
    return post


def note_export(*, actor: Actor, rows: int) -> None:
    """Write into the audit that a list of posts was taken out. Emits `organizations.post.exported`."""
    with transaction.atomic():
        emit(actor, PostsExported(rows))


# --- access tokens ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TokenWish:
    """What a token shall open. For the giver's own post leave role, organization and area empty.

    `rights` is a part of what the role holds; for a system it must be named, for an own post empty means all.
    """

    name: str
    expires_on: date
    role: str = ""
    organization_id: int | None = None
    area_code: str = ""
    rights: tuple[str, ...] = field(default_factory=tuple)


def give_token(*, actor: Actor, wish: TokenWish) -> tuple[AccessToken, str]:
    """Make an access token for the giver's own post or for a system. Returns it with its secret, shown only now.

    Raises NotAllowed, and RuleBroken for a missing name, an end that is past or more than a year away, or rights
    that the role does not hold. Emits `organizations.token.given`.
    """
    role_code = wish.role or actor.role
    token = AccessToken(
        name=wish.name.strip(),
        post_id=None if wish.role else actor.post_id,
        role_id=wish.role or None,
        organization_id=wish.organization_id,
        area_code=wish.area_code,
        rights=sorted(wish.rights),
        expires_on=wish.expires_on,
    )
    if not wish.role and actor.post_id is None:
        raise NotAllowed("no_post", _("A token belongs to a post or to a system; you have no post."))
    require(actor, TOKEN_MANAGE, token)
    _check_token(actor, token, roles().get(role_code))
    secret = TOKEN_PREFIX + new_token()
    token.digest, token.hint = token_digest(secret), secret[-4:]
    with transaction.atomic():
        token.save(force_insert=True)
        emit(
            actor,
            TokenGiven(
                token.pk, token.name, token.hint, role_code, token.area_code or actor.area_code, tuple(token.rights),
                wish.expires_on.isoformat(),
            ),
        )  # fmt: skip
    return token, secret


def _check_token(actor: Actor, token: AccessToken, role: Role | None) -> None:
    today = timezone.localdate()
    if not token.name:
        raise RuleBroken("name_missing", _("Say what the token is for."), "name")
    if token.expires_on is None or not today <= token.expires_on <= today + timedelta(days=TOKEN_DAYS):
        raise RuleBroken("expiry_wrong", _("A token ends within a year from today."), "expires_on")
    if role is None:
        raise RuleBroken("role_unknown", _("There is no such role."), "role")
    if token.post_id is None and not token.rights:
        raise RuleBroken("rights_missing", _("Choose what the system may do."), "rights")
    if not set(token.rights) <= set(role.rights) - NOT_FOR_PROGRAMS:
        raise RuleBroken("rights_too_wide", _("The role does not hold all of these rights."), "rights")
    if token.post_id is None:
        body = bodies().by_id.get(token.organization_id or 0)
        if body is None:
            raise RuleBroken("organization_missing", _("Choose the body the system belongs to."), "organization")
        if role.reach == "all" and actor.reach != "all":
            raise NotAllowed("token_too_wide", _("This token would reach further than your own post."))


def revoke_token(*, actor: Actor, token_id: int) -> AccessToken:
    """Close an access token at once; closing it again changes nothing. Emits `organizations.token.revoked`."""
    with transaction.atomic():
        token = AccessToken.objects.select_for_update(of=("self",)).select_related("post").filter(pk=token_id).first()
        if token is None:
            raise NotFound("token_unknown", _("There is no such token in your area."))
        require(actor, TOKEN_MANAGE, token)
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            emit(actor, TokenRevoked(token.pk, token.name, token.hint))
    return token


# --- duties ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clocking:
    """A clock-in or clock-out as the phone tells it: its own id, when (now if None), and where if it knows."""

    request_id: uuid.UUID | None = None
    at: datetime | None = None
    lng: float | None = None
    lat: float | None = None


def _moment(clocking: Clocking) -> datetime:
    """The instant that counts: the phone's if it is neither in the future nor older than a week, else the server's."""
    now = timezone.now()
    if clocking.at is None or not now - OLDEST_CLOCKING <= clocking.at <= now:
        return now
    return clocking.at


def start_duty(*, actor: Actor, clocking: Clocking) -> Duty:
    """Clock in on the actor's present post. The same request id again gives the same duty.

    Raises NotAllowed, and Conflict if the person is on duty already. Emits `organizations.duty.started`.
    """
    require(actor, DUTY_CLOCK)
    if actor.post_id is None or actor.person_id is None:
        raise NotAllowed("no_post", _("Clocking in needs a post."))
    duty = Duty(
        person_id=actor.person_id, post_id=actor.post_id, started_at=_moment(clocking),
        start_lng=clocking.lng, start_lat=clocking.lat, request_id=clocking.request_id,
    )  # fmt: skip
    try:
        with transaction.atomic():
            duty.save(force_insert=True)
            emit(actor, DutyStarted(actor.person_id, duty.pk))
    except IntegrityError:
        known = Duty.objects.filter(request_id=clocking.request_id, person_id=actor.person_id).first()
        if clocking.request_id is not None and known is not None:
            return known  # the same request came before
        raise Conflict("on_duty", _("You are on duty already. Clock out first.")) from None
    return duty


def end_duty(*, actor: Actor, clocking: Clocking, duty_id: int | None = None) -> Duty:
    """Clock out: the duty named, or the one that is open. A duty that has ended stays as it is.

    Raises Conflict if there is none. Emits `organizations.duty.ended`.
    """
    require(actor, DUTY_CLOCK)
    if actor.person_id is None:
        raise Conflict("not_on_duty", _("You are not on duty."))
    with transaction.atomic():
        mine = Duty.objects.select_for_update().filter(person_id=actor.person_id)
        duty = mine.filter(pk=duty_id).first() if duty_id else mine.filter(ended_at=None).first()
        if duty is None:
            raise Conflict("not_on_duty", _("You are not on duty."))
        if duty.ended_at is not None:
            return duty
        duty.ended_at = max(_moment(clocking), duty.started_at)
        duty.end_lng, duty.end_lat = clocking.lng, clocking.lat
        duty.save(update_fields=["ended_at", "end_lng", "end_lat"])
        minutes = int((duty.ended_at - duty.started_at).total_seconds() // 60)
        emit(actor, DutyEnded(duty.person_id, duty.pk, minutes))
    return duty
