"""Access tokens: what they open, what they never open, and how they are given and revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.kernel.errors import NotAllowed, RuleBroken
from linli.kernel.models import Event
from linli.kernel.policy import Actor
from linli.organizations.models import AccessToken, Post
from linli.organizations.operations import TokenWish, give_token, revoke_token
from linli.organizations.queries import actor_of, token_digest
from linli.organizations.tests.factories import COMMUNITY, account, client_of, days, organization, post, role, token

pytestmark = pytest.mark.django_db
RIGHTS = ("cases.case.view", "cases.case.note", "organizations.token.manage", "organizations.post.manage")


def held(**fields: Any) -> Post:
    return post(account().person, role("t-clerk", RIGHTS), organization(), **fields)


def actor_by(secret: str) -> Actor | None:
    answer = Client().get("/home/", HTTP_AUTHORIZATION=f"Bearer {secret}")
    return None if answer.status_code == 401 else answer.wsgi_request.actor


def giver(**fields: Any) -> Actor:
    return actor_of(held(**fields), name="Giver")


def test_a_token_of_a_post_acts_as_that_person_through_a_program() -> None:
    mine = held()
    made = token("linli_a", post=mine)

    actor = actor_by("linli_a")

    assert (actor.kind, actor.person_id, actor.post_id, actor.token_id) == ("program", mine.person_id, mine.pk, made.pk)
    assert actor.rights == {"cases.case.view", "cases.case.note"}  # it never manages posts or tokens


def test_rights_are_narrowed_to_those_of_the_token() -> None:
    token("linli_a", post=held(), rights=["cases.case.note", "kernel.audit.view"])

    assert actor_by("linli_a").rights == {"cases.case.note"}


def test_a_token_of_a_system_has_its_own_role_and_place() -> None:
    body = organization("t-city")
    token("linli_a", role=role("t-clerk", RIGHTS), organization=body, area_code=COMMUNITY, rights=["cases.case.view"])

    actor = actor_by("linli_a")

    assert (actor.person_id, actor.area_code, actor.organization_id) == (None, COMMUNITY, body.pk)


@pytest.mark.parametrize("fault", ["unknown", "expired", "revoked", "post ended", "post not begun", "account closed", "empty"])
def test_a_token_that_opens_nothing_is_answered_401_and_never_as_a_visitor(fault: str) -> None:
    mine = held(
        valid_from=days(1) if fault == "post not begun" else days(-9),
        valid_until=days(-1) if fault == "post ended" else None,
    )
    if fault == "account closed":
        mine.person.account.is_active = False
        mine.person.account.save()
    token(
        "linli_a", post=None if fault == "empty" else mine,
        expires_on=days(-1) if fault == "expired" else days(0),
        revoked_at=timezone.now() if fault == "revoked" else None,
    )  # fmt: skip

    answer = Client().get("/home/", HTTP_AUTHORIZATION=f"Bearer {'linli_b' if fault == 'unknown' else 'linli_a'}")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("language", "says"), [("zh-hans", "访问令牌"), ("en", "access token")])
def test_a_refused_token_is_a_problem_as_any_other_in_the_language_asked_for(language: str, says: str) -> None:
    answer = Client(headers={"Authorization": "Bearer none", "Accept-Language": language}).get("/api/v1/me")

    told = answer.json()
    assert (told["type"], told["code"], told["status"]) == ("urn:linli:problem:token_invalid", "token_invalid", 401)
    assert says in told["detail"]
    assert told["title"] != "Unauthorized"
    assert says in answer.content.decode()  # readable, not escaped
    assert (answer["Content-Language"], answer["Cache-Control"]) == (language, "no-store")


def test_a_token_counts_and_the_session_of_the_same_request_does_not() -> None:
    browser = client_of(account())
    mine = held()
    token("linli_a", post=mine)

    answer = browser.get("/home/", HTTP_AUTHORIZATION="Bearer linli_a")

    assert answer.wsgi_request.actor.person_id == mine.person_id


def test_its_use_is_noted_at_most_once_a_minute() -> None:
    made = token("linli_a", post=held())
    actor_by("linli_a")
    made.refresh_from_db()
    first = made.last_used_at

    actor_by("linli_a")
    made.refresh_from_db()
    assert made.last_used_at == first

    AccessToken.objects.update(last_used_at=first - timedelta(minutes=2))
    actor_by("linli_a")
    made.refresh_from_db()
    assert made.last_used_at >= first


def test_a_token_takes_one_query_more_than_its_use(django_assert_max_num_queries: Any) -> None:
    token("linli_a", post=held())
    actor_by("linli_a")

    with django_assert_max_num_queries(1):
        actor_by("linli_a")


def test_a_token_is_given_and_only_its_hash_is_kept() -> None:
    who = giver()

    made, secret = give_token(actor=who, wish=TokenWish("Reader", days(30), rights=("cases.case.view",)))

    assert made.digest == token_digest(secret)
    assert secret not in str(AccessToken.objects.filter(pk=made.pk).values().get())
    assert actor_by(secret).rights == {"cases.case.view"}
    assert Event.objects.get(name="organizations.token.given").data["hint"] == secret[-4:]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"expires_on": -1}, "expiry_wrong"),
        ({"expires_on": 400}, "expiry_wrong"),
        ({"rights": ("kernel.audit.view",)}, "rights_too_wide"),
        ({"rights": ("organizations.post.manage",)}, "rights_too_wide"),
        ({"role": "t-clerk", "area_code": COMMUNITY}, "rights_missing"),
        ({"role": "t-clerk", "area_code": COMMUNITY, "rights": ("cases.case.view",)}, "organization_missing"),
    ],
)
def test_a_token_that_breaks_a_rule_is_not_made(wish: dict[str, Any], code: str) -> None:
    who = giver()
    given = {"name": "Reader", **wish, "expires_on": days(wish.get("expires_on", 30))}

    with pytest.raises(RuleBroken) as refusal:
        give_token(actor=who, wish=TokenWish(**given))

    assert refusal.value.code == code
    assert not AccessToken.objects.exists()
    assert not Event.objects.filter(name="organizations.token.given").exists()


def test_a_system_outside_the_givers_area_gets_no_token() -> None:
    who = giver()
    wish = TokenWish("City", days(30), role="t-clerk", organization_id=organization().pk, area_code="990101002",
                     rights=("cases.case.view",))  # fmt: skip

    with pytest.raises(NotAllowed):
        give_token(actor=who, wish=wish)

    assert not AccessToken.objects.exists()


def test_revoked_means_at_once() -> None:
    who = giver()
    made, secret = give_token(actor=who, wish=TokenWish("Reader", days(30)))

    revoke_token(actor=who, token_id=made.pk)
    revoke_token(actor=who, token_id=made.pk)

    assert actor_by(secret) is None
    assert Event.objects.filter(name="organizations.token.revoked").count() == 1


def test_the_secret_is_shown_once_on_the_page() -> None:
    mine = account()
    post(mine.person, role("t-clerk", RIGHTS), organization())
    client = client_of(mine)

    made = client.post("/desk/people/tokens/give/", {"name": "Reader", "kind": "own", "expires_on": days(9).isoformat()})

    secret = made.context["secret"]
    assert (made.status_code, secret in made.content.decode()) == (201, True)
    assert "no-store" in made["Cache-Control"]
    assert secret not in client.get("/desk/people/tokens/").content.decode()


def test_tokens_of_another_area_are_not_there() -> None:
    other = post(account().person, role("t-clerk", RIGHTS), organization("t-far", "990101002"), "990101002")
    far = token("linli_far", post=other)
    mine = account()
    post(mine.person, role("t-clerk", RIGHTS), organization())

    answer = client_of(mine).post(f"/desk/people/tokens/{far.pk}/revoke/")

    far.refresh_from_db()
    assert answer.status_code == 404
    assert far.revoked_at is None
