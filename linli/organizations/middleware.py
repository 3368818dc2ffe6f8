"""Who is asking: every request gets a lazy `request.actor`, made from the session's post or from an access token.

A visitor without a session cookie costs no query; a signed-in person costs three (session, account, posts).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cached_property
from typing import cast

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from linli.kernel.policy import ANONYMOUS, Actor
from linli.kernel.problems import problem, problem_response
from linli.organizations.models import AccessToken, Post
from linli.organizations.queries import actor_of, actor_of_token, posts_of, resident_actor, valid_token
from linli.people.models import Account
from linli.people.sessions import NOTE_EVERY, is_alive

POST_KEY = "post"  # session: the post the person chose to work on


class LazyActor(SimpleLazyObject):
    """An `Actor` that is looked up at first use; `dataclasses.replace` works on it as on the real one."""

    __dataclass_fields__ = Actor.__dataclass_fields__


class ActorRequest(HttpRequest):
    """A request that has passed here, for type annotations: who asks, and the posts they may choose from."""

    actor: Actor
    visitor: Visitor
    user: Account  # type: ignore[assignment]  # behind login_required


class Visitor:
    """Who sent a request: the posts they hold today and the actor they are on the chosen one."""

    def __init__(self, request: HttpRequest):
        self._request = request

    @cached_property
    def posts(self) -> list[Post]:
        """The posts the signed-in person holds today; empty for a resident or an unknown visitor."""
        user = self._request.user
        return posts_of(user.person_id) if user.is_authenticated else []

    @cached_property
    def actor(self) -> Actor:
        request = self._request
        if not request.COOKIES.get(settings.SESSION_COOKIE_NAME) or not request.user.is_authenticated:
            return ANONYMOUS
        person, account_id = request.user.person, request.user.pk
        chosen = request.session.get(POST_KEY)
        if not self.posts:
            return resident_actor(person.pk, name=person.shown_name, account_id=account_id)
        post = next((post for post in self.posts if post.pk == chosen), self.posts[0])
        actor = actor_of(post, name=person.shown_name, account_id=account_id)
        if actor.door == "desk" and not is_alive(request.session):
            logout(request)
            self.posts = []
            return ANONYMOUS
        return actor


class ActorOfRequest:
    """Middleware: puts `visitor` and the lazy `actor` on every request; refuses a token that opens nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = cast(ActorRequest, request)
        asked.visitor = visitor = Visitor(request)
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() == "bearer":
            token = valid_token(secret.strip())
            if token is None:
                return _refuse_token()
            _note_use(token)
            # A token speaks for itself: whatever session the same request carries does not count.
            visitor.posts, visitor.actor = [], actor_of_token(token)
        asked.actor = cast(Actor, LazyActor(lambda: visitor.actor))
        return self._get_response(request)


def _note_use(token: AccessToken) -> None:
    """Write when a token was used, at most once a minute."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > timedelta(seconds=NOTE_EVERY):
        AccessToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _refuse_token() -> HttpResponse:
    detail = _("This access token is unknown, expired or revoked. Ask for a new one.")
    answer = problem_response(problem(401, "token_invalid", detail))
    answer["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return answer
