"""Who a request comes from: session, post of the day, chosen post, and how many queries that takes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import Client, RequestFactory

from linli.kernel.models import Setting
from linli.kernel.policy import ANONYMOUS, Actor
from linli.kernel.snapshots import changed
from linli.organizations.middleware import ActorOfRequest
from linli.organizations.queries import areas, bodies, roles
from linli.organizations.tests.factories import STREET, account, client_of, days, organization, post, role
from linli.people.sessions import SEEN_KEY, SINCE_KEY

pytestmark = pytest.mark.django_db


def warm() -> None:
    """Load what is kept in memory, so that only the request's own queries are counted."""
    roles(), bodies(), areas()


def actor_in(client: Client) -> Actor:
    answer = client.get("/accounts/activity/")
    return answer.wsgi_request.actor if answer.status_code == 200 else ANONYMOUS


def test_a_visitor_without_a_cookie_costs_no_query(django_assert_num_queries: Any) -> None:
    warm()
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.session = SessionStore()

    with django_assert_num_queries(0):
        ActorOfRequest(lambda got: HttpResponse(got.actor.kind))(request)

    assert not request.actor.is_known


def test_a_signed_in_person_costs_three_queries(django_assert_num_queries: Any) -> None:
    mine = account()
    post(mine.person, role(), organization())
    client = client_of(mine)
    client.get("/home/")
    warm()

    with django_assert_num_queries(3):
        answer = client.get("/home/")

    assert answer["Location"] == "/desk/"


def test_the_actor_is_what_the_post_says() -> None:
    mine = account()
    held = post(mine.person, role("t-clerk", ("cases.case.view",)), organization("t-body"))

    actor = actor_in(client_of(mine))

    assert (actor.kind, actor.person_id, actor.account_id) == ("person", mine.person_id, mine.pk)
    assert (actor.post_id, actor.role, actor.reach) == (held.pk, "t-clerk", "area")
    assert (actor.area_code, actor.organization_id) == (STREET, held.organization_id)
    assert actor.rights == {"cases.case.view"}


def test_the_lazy_actor_can_be_replaced_like_the_real_one() -> None:
    mine = account()
    answer = client_of(mine).get("/accounts/activity/")

    other = replace(answer.wsgi_request.actor, extra={"case_link": 1})

    assert (other.person_id, other.extra) == (mine.person_id, {"case_link": 1})


@pytest.mark.parametrize(
    ("first", "last", "holds"),
    [(-30, -1, False), (1, None, False), (-30, 0, True), (0, 0, True), (0, None, True), (-30, 1, True)],
)
def test_a_post_holds_from_its_first_to_its_last_day(first: int, last: int | None, holds: bool) -> None:
    mine = account()
    post(mine.person, role("t-clerk", ("cases.case.view",)), organization(),
         valid_from=days(first), valid_until=None if last is None else days(last))  # fmt: skip

    actor = actor_in(client_of(mine))

    assert (actor.role == "t-clerk") is holds
    assert actor.holds("cases.case.view") is holds


def test_a_post_that_ends_takes_the_running_session_along() -> None:
    mine = account()
    held = post(mine.person, role("t-clerk", ("organizations.post.view",)), organization())
    client = client_of(mine)
    assert client.get("/desk/people/").status_code == 200

    held.valid_until = days(-1)
    held.save()

    assert client.get("/desk/people/").status_code == 403


def test_a_person_without_a_post_is_a_resident() -> None:
    mine = account()

    actor = actor_in(client_of(mine))

    assert (actor.role, actor.reach, actor.door, actor.post_id) == ("resident", "own", "portal", None)
    assert actor.rights == frozenset(roles()["resident"].rights)


def test_of_several_posts_the_first_counts_until_another_is_chosen() -> None:
    mine = account()
    post(mine.person, role("t-clerk"), organization())
    second = post(mine.person, role("t-head"), organization())
    client = client_of(mine)
    assert actor_in(client).role == "t-clerk"

    answer = client.post("/accounts/post/", {"post": second.pk, "next": "/desk/"})

    assert answer["Location"] == "/desk/"
    assert actor_in(client).post_id == second.pk


def test_switching_to_a_post_of_another_door_leads_to_that_door() -> None:
    mine = account()
    post(mine.person, role("t-clerk"), organization())
    second = post(mine.person, role("t-grid", door="field"), organization())

    answer = client_of(mine).post("/accounts/post/", {"post": second.pk, "next": "/desk/"})

    assert answer["Location"] == "/field/"


@pytest.mark.parametrize("whose", ["ended", "of another", "none"])
def test_a_post_that_is_not_held_cannot_be_chosen(whose: str) -> None:
    mine = account()
    first = post(mine.person, role("t-clerk"), organization())
    chosen = {
        "ended": post(mine.person, role("t-head"), organization(), valid_until=days(-1)).pk,
        "of another": post(account().person, role("t-head"), organization()).pk,
        "none": "x",
    }[whose]
    client = client_of(mine)

    assert client.post("/accounts/post/", {"post": chosen}).status_code == 404
    assert actor_in(client).post_id == first.pk


def test_a_chosen_post_that_ends_falls_back_to_another() -> None:
    mine = account()
    first = post(mine.person, role("t-clerk"), organization())
    second = post(mine.person, role("t-head"), organization())
    client = client_of(mine)
    client.post("/accounts/post/", {"post": second.pk})

    second.valid_until = days(-1)
    second.save()

    assert actor_in(client).post_id == first.pk


def test_switching_by_get_is_refused() -> None:
    assert client_of(account()).get("/accounts/post/").status_code == 405


def shift(client: Client, key: str, seconds: int) -> None:
    session = client.session
    session[key] = int(time.time()) - seconds
    session.save()


@pytest.mark.parametrize(("key", "seconds"), [(SEEN_KEY, 31 * 60), (SINCE_KEY, 13 * 3600)])
def test_a_desk_session_ends_when_idle_or_old(key: str, seconds: int) -> None:
    mine = account()
    post(mine.person, role("t-clerk", ("organizations.post.view",)), organization())
    client = client_of(mine)
    client.get("/desk/people/")
    shift(client, key, seconds)

    assert client.get("/desk/people/").status_code in (302, 403)
    assert client.get("/home/")["Location"] == "/accounts/login/"


def test_the_field_app_is_not_put_out_by_idleness() -> None:
    mine = account()
    post(mine.person, role("t-grid", door="field"), organization())
    client = client_of(mine)
    client.get("/home/")
    shift(client, SEEN_KEY, 5 * 3600)

    assert client.get("/home/")["Location"] == "/field/"


def test_a_place_may_switch_idleness_off() -> None:
    mine = account()
    post(mine.person, role(), organization())
    Setting.objects.create(key="people.session.idle_minutes", value=0)
    changed("settings")
    client = client_of(mine)
    client.get("/home/")
    shift(client, SEEN_KEY, 5 * 3600)

    assert client.get("/home/")["Location"] == "/desk/"
