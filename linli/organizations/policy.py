"""Who may see and change posts, access tokens and duties; the docstring says who."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from linli.kernel.policy import Actor, plain_right, right

OUTSIDE = _("This is outside the area or the body your post stands for.")

POSTS_VIEW = plain_right("organizations.post.view", _("See people and posts"))
POSTS_MANAGE = "organizations.post.manage"
TOKEN_MANAGE = "organizations.token.manage"  # noqa: S105  a right, not a secret
DUTY_CLOCK = plain_right("organizations.duty.clock", _("Clock in and out"))

# Rights that no program ever has: with them a stolen token could make itself others.
NOT_FOR_PROGRAMS = frozenset({POSTS_MANAGE, TOKEN_MANAGE})


def covers_place(actor: Actor, organization_id: int | None, area_code: str) -> bool:
    """The actor's post reaches the body and the area: everywhere, inside its area, or inside its own body."""
    if actor.reach == "all":
        return True
    if not actor.area_code or not area_code.startswith(actor.area_code):
        return False
    return actor.reach == "area" or (actor.reach == "unit" and organization_id == actor.organization_id)


@right(POSTS_MANAGE, _("Give and end posts"), why_not=OUTSIDE)
def may_manage_post(actor: Actor, post: Any) -> bool:
    """Staff with the right, inside the area (or body) of their own post; never their own posts."""
    if post.person_id == actor.person_id:
        return False
    return covers_place(actor, post.organization_id, post.area_code)


@right(TOKEN_MANAGE, _("Give and revoke access tokens"), why_not=OUTSIDE)
def may_manage_token(actor: Actor, token: Any) -> bool:
    """Staff with the right: tokens of their own post, and of systems inside their area."""
    if token.post_id is not None:
        return token.post_id == actor.post_id or covers_place(actor, token.post.organization_id, token.post.area_code)
    return covers_place(actor, token.organization_id, token.area_code)
