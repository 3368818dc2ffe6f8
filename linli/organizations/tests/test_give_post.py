"""Giving and ending posts: who may, where, and what is written down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from linli.kernel.errors import NotAllowed, NotFound, RuleBroken
from linli.kernel.models import Event
from linli.kernel.policy import SYSTEM, Actor
from linli.organizations.models import Post
from linli.organizations.operations import end_post, give_post
from linli.organizations.queries import actor_of, posts_of
from linli.organizations.tests.factories import (
    COMMUNITY,
    DISTRICT,
    STREET,
    account,
    client_of,
    days,
    organization,
    person,
    post,
    role,
    today,
)

pytestmark = pytest.mark.django_db
MANAGE = ("organizations.post.manage", "organizations.post.view")


def giver(*, reach: str = "area", rights: tuple[str, ...] = MANAGE, area: str = STREET) -> Actor:
    held = post(person("管"), role(f"t-manager-{reach}", rights, reach=reach), organization("t-office", area), area)
    return actor_of(held, name="管")


def give(actor: Actor, **other: Any) -> Post:
    given: dict[str, Any] = {
        "person": person("新"), "role": role("t-clerk"), "organization": organization("t-inside", COMMUNITY),
        "area_code": COMMUNITY, "valid_from": today(), "valid_until": None,
    }  # fmt: skip
    return give_post(actor=actor, **{**given, **other})


def refused(actor: Actor, error: type[Exception], **other: Any) -> str:
    """The code of the refusal, having made sure that nothing was written."""
    given = {"person": person("新"), **other}
    before = (Post.objects.count(), Event.objects.count())
    with pytest.raises(error) as refusal:
        give(actor, **given)
    assert (Post.objects.count(), Event.objects.count()) == before
    return str(refusal.value.code)


def test_a_post_is_given_and_holds_from_its_first_day() -> None:
    who, new = giver(), person("新")

    made = give(who, person=new, valid_until=days(9))

    assert posts_of(new.pk) == [made]
    line = Event.objects.get(name="organizations.post.given")
    assert (line.subject_id, line.person_id, line.post_id) == (new.pk, who.person_id, who.post_id)
    assert line.data == {
        "post": made.pk, "role": "t-clerk", "organization": made.organization_id, "area_code": COMMUNITY,
        "valid_from": today().isoformat(), "valid_until": days(9).isoformat(),
    }  # fmt: skip


def test_nobody_gives_a_post_to_themselves() -> None:
    mine = post(person("管"), role("t-manager", MANAGE, reach="all"), organization())

    assert refused(actor_of(mine, name="管"), NotAllowed, person=mine.person) == "own_post"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"area_code": "990101002001"}, "not_allowed"),
        ({"area_code": DISTRICT}, "not_allowed"),
        ({"organization": ("t-far", "990101002")}, "post_too_wide"),
        ({"organization": ("t-district", DISTRICT)}, "post_too_wide"),
        ({"role": ("t-all", "all")}, "post_too_wide"),
    ],
)
def test_a_post_never_reaches_further_than_the_givers(wish: dict[str, Any], code: str) -> None:
    who = giver()
    if "organization" in wish:
        wish = {"organization": organization(*wish["organization"])}
    if "role" in wish:
        wish = {"role": role(wish["role"][0], reach=wish["role"][1])}

    assert refused(who, NotAllowed, **wish) == code


def test_a_manager_of_a_body_gives_posts_of_that_body_only() -> None:
    who = giver(reach="unit")
    own = organization("t-office", STREET)

    assert give(who, organization=own, area_code=STREET).pk
    assert refused(who, NotAllowed) == "not_allowed"


def test_without_the_right_nothing_is_given() -> None:
    assert refused(giver(rights=("organizations.post.view",)), NotAllowed) == "not_allowed"


@pytest.mark.parametrize(("first", "last", "code"), [(0, -1, "days_reversed"), (-9, -3, "post_over"), (5, 2, "days_reversed")])
def test_days_must_make_sense(first: int, last: int, code: str) -> None:
    assert refused(giver(), RuleBroken, valid_from=days(first), valid_until=days(last)) == code


def test_the_same_post_twice_in_the_same_time_is_refused_but_afterwards_given() -> None:
    who, new = giver(), person("新")
    give(who, person=new, valid_until=days(9))

    assert refused(who, RuleBroken, person=new, valid_from=days(9)) == "post_doubled"
    assert give(who, person=new, valid_from=days(10)).pk


def test_the_system_gives_any_post() -> None:
    assert give(SYSTEM, role=role("t-all", reach="all")).pk


def test_ended_yesterday_opens_nothing_today() -> None:
    who, new = giver(), person("新")
    made = give(who, person=new, valid_from=days(-5))

    end_post(actor=who, post_id=made.pk, last_day=days(-1), reason="moved")

    assert posts_of(new.pk) == []
    line = Event.objects.get(name="organizations.post.ended")
    assert line.data == {"post": made.pk, "role": "t-clerk", "last_day": days(-1).isoformat(), "reason": "moved"}


def test_ended_today_still_holds_today() -> None:
    who, new = giver(), person("新")
    made = give(who, person=new)

    end_post(actor=who, post_id=made.pk, last_day=today())

    assert posts_of(new.pk) == [made]


def test_a_post_that_has_not_begun_can_be_taken_back() -> None:
    who, new = giver(), person("新")
    made = give(who, person=new, valid_from=days(5))

    end_post(actor=who, post_id=made.pk, last_day=days(4))

    made.refresh_from_db()
    assert made.valid_until == days(4)
    assert not Post.objects.filter(pk=made.pk).current(days(5)).exists()


def test_an_earlier_end_stays_and_is_not_told_again() -> None:
    who = giver()
    made = give(who, valid_from=days(-5))
    end_post(actor=who, post_id=made.pk, last_day=days(-2))

    end_post(actor=who, post_id=made.pk, last_day=days(3))

    made.refresh_from_db()
    assert made.valid_until == days(-2)
    assert Event.objects.filter(name="organizations.post.ended").count() == 1


def test_a_post_of_another_area_is_not_there_to_end() -> None:
    far = post(person("远"), role("t-clerk"), organization("t-far", "990101002"), "990101002001")

    with pytest.raises(NotFound):
        end_post(actor=giver(), post_id=far.pk, last_day=today())

    far.refresh_from_db()
    assert far.valid_until is None


def test_nobody_ends_their_own_post() -> None:
    who = giver()

    with pytest.raises(NotAllowed):
        end_post(actor=who, post_id=who.post_id, last_day=today())

    assert Post.objects.get(pk=who.post_id).valid_until is None


def test_a_post_cannot_end_long_before_it_began() -> None:
    who = giver()
    made = give(who, valid_from=days(5))

    with pytest.raises(RuleBroken):
        end_post(actor=who, post_id=made.pk, last_day=made.valid_from - timedelta(days=2))


def test_the_form_gives_a_post_by_sign_in_name() -> None:
    mine, new = account(), account("xinren")
    post(mine.person, role("t-manager", MANAGE), organization())
    role("t-clerk"), organization("t-inside", COMMUNITY)
    client = client_of(mine)
    inside = organization("t-inside", COMMUNITY)
    given = {"username": "XinRen", "role": "t-clerk", "organization": inside.pk, "area": COMMUNITY,
             "valid_from": today().isoformat()}  # fmt: skip

    answer = client.post("/desk/people/give/", given)
    again = client.post("/desk/people/give/", given)

    assert answer["Location"] == "/desk/people/"
    assert [held.role_id for held in posts_of(new.person_id)] == ["t-clerk"]
    assert again.status_code == 422
    assert "username" in again.context["form"].errors


def test_the_form_knows_nothing_outside_the_givers_area() -> None:
    mine, new = account(), account("xinren")
    post(mine.person, role("t-manager", MANAGE), organization())
    far = organization("t-far", "990101002")

    answer = client_of(mine).post(
        "/desk/people/give/",
        {"username": "xinren", "role": "t-manager", "organization": far.pk, "area": "990101002",
         "valid_from": today().isoformat()},
    )  # fmt: skip

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"organization", "area"}
    assert posts_of(new.person_id) == []
